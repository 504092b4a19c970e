"""From a mechanism to readable Python source: one Rosenbrock step with an unrolled sparse LU.

The same source runs in NumPy, where every name is an array over patients, and under Numba, where it is a number.
``python -m marrowdose.joint.generate`` rewrites the files in ``generated``; a test compares their bytes. Needs sympy.

The method is RODAS (Hairer & Wanner, Solving ODEs II, 2nd ed., section VI.4): six stages, order 4 with an embedded
order 3, stiffly accurate (the last two stages are corrections, and the last one is the error estimate).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..domain import InputError, require
from .expression import evaluate, number, parse, symbol
from .mechanism import Mechanism

# Hairer & Wanner's coefficients in the transformed form that needs no product with the Jacobian
GAMMA = 0.25
A = ((), (1.544,), (0.9466785280815826, 0.2557011698983284),
     (3.314825187068521, 2.896124015972201, 0.9986419139977817),
     (1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950))  # fmt: skip
C = ((), (-5.6688,), (-2.430093356833875, -0.2063599157091915),
     (-0.1073529058151375, -9.594562251023355, -20.47028614809616),
     (7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160),
     (8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054))  # fmt: skip
NODE = (0.0, 0.386, 0.21, 0.63, 1.0, 1.0)
SLOPE = (0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0)
DENSE = ((10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662),
         (-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872))  # fmt: skip


def sympy() -> Any:
    """The module, or an ``InputError`` that says how to get it."""
    try:
        import sympy
    except ImportError:
        raise InputError(
            "sympy is not installed",
            where="a mechanism without generated source",
            remedy="pip install 'marrowdose[mechanism]'",
        ) from None
    return sympy


def to_sympy(tree: ast.expr, known: dict[str, Any]) -> Any:
    """The formula in sympy; decimal numbers exactly as printed."""
    sp = sympy()
    match tree:
        case ast.Constant():
            return sp.Rational(repr(tree.value))
        case ast.Name():
            return known[tree.id]
        case ast.UnaryOp():
            inner = to_sympy(tree.operand, known)
            return -inner if isinstance(tree.op, ast.USub) else inner
        case ast.Call():
            return getattr(sp, tree.func.id)(to_sympy(tree.args[0], known))  # type: ignore[attr-defined]
        case ast.BinOp() if symbol(tree) == "**":
            base, power = to_sympy(tree.left, known), to_sympy(tree.right, known)
            if base.is_number and power.is_number:  # never an exact power of huge numbers
                value = float(evaluate(tree, {}))
                require(math.isfinite(value), f"{ast.unparse(tree)} is not finite", where="formula")
                return sp.Rational(repr(value))
            return base**power
        case ast.BinOp():
            left, right = to_sympy(tree.left, known), to_sympy(tree.right, known)
            match symbol(tree):
                case "+":
                    return left + right
                case "-":
                    return left - right
                case "*":
                    return left * right
            require(right != 0, f"{ast.unparse(tree)} divides by zero", where="formula")
            return left / right
    raise AssertionError(ast.dump(tree))


def text_of(e: Any) -> str:
    """An expression as Python: small whole powers as products, so that every engine rounds alike."""
    if e.is_Symbol:
        return str(e.name)
    if e.is_Number:
        return repr(float(e))
    if e.is_Add:
        first, *rest = e.as_ordered_terms()
        return text_of(first) + "".join(
            f" - {text_of(-a)}" if a.could_extract_minus_sign() else f" + {text_of(a)}" for a in rest
        )
    if e.is_Mul:
        head, rest = e.as_coeff_Mul()
        if head < 0:
            return f"-{_product(-e)}"
        return _product(e)
    if e.is_Pow:
        base, power = e.args
        if power.is_Integer and 2 <= power <= 8:
            return "*".join([_bracket(base)] * int(power))
        if power.is_Integer and power < 0:
            below = text_of(base) if power == -1 else text_of(base**-power)
            return f"1.0/({below})"
        if power == sympy().Rational(1, 2):
            return f"sqrt({text_of(base)})"
        return f"({text_of(base)})**({text_of(power)})"
    return f"{e.func.__name__}({', '.join(text_of(a) for a in e.args)})"


def _product(e: Any) -> str:
    return "*".join(_bracket(a) for a in e.as_ordered_factors()) if e.is_Mul else _bracket(e)


def _bracket(e: Any) -> str:
    text = text_of(e)
    plain = e.is_Symbol or (e.is_Number and e >= 0) or e.is_Function
    return text if plain else f"({text})"


class Constants:
    """Parts of the equations that hold parameters alone: computed once for each patient."""

    def __init__(self, parameters: Iterable[Any]) -> None:
        self.parameters, self.found = frozenset(parameters), {}  # type: frozenset[Any], dict[Any, Any]

    def of(self, e: Any) -> Any:
        """``e`` with each largest part of parameters alone replaced by its own symbol."""
        if e.is_Number:
            return e
        if e.free_symbols <= self.parameters:
            return self._name(e)
        if not e.args:
            return e
        if e.is_Add or e.is_Mul:
            own = [a for a in e.args if a.free_symbols <= self.parameters]
            rest = [self.of(a) for a in e.args if not a.free_symbols <= self.parameters]
            return e.func(self.of(e.func(*own)), *rest) if own else e.func(*rest)
        return e.func(*(self.of(a) for a in e.args))

    def _name(self, e: Any) -> Any:
        if e not in self.found:
            self.found[e] = sympy().Symbol(f"_c[{len(self.found)}]")
        return self.found[e]


def lines_of(values: Sequence[Any], prefix: str) -> tuple[list[str], list[Any]]:
    """Assignments that share common parts and divide once for each divisor, and the remaining expressions."""
    sp = sympy()
    inverse: dict[Any, Any] = {}

    def undivided(e: Any) -> Any:
        if not e.args:
            return e
        args = [undivided(a) for a in e.args]
        if e.is_Pow and args[1].is_Integer and args[1] < 0:
            if args[0] not in inverse:
                inverse[args[0]] = sp.Symbol(f"_{prefix}inv{len(inverse)}")
            return inverse[args[0]] ** -args[1]
        return e.func(*args)

    values = [undivided(e) for e in values]
    shared, reduced = sp.cse(
        [*inverse, *values], symbols=(sp.Symbol(f"_{prefix}{i}") for i in range(10**6)), order="canonical"
    )
    todo = list(shared)
    todo += [(name, 1 / divisor) for name, divisor in zip(inverse.values(), reduced, strict=False)]
    lines, made = [], set()
    unmade = {name for name, _ in todo}
    while todo:  # a divisor may hold shared parts, and a shared part may hold an inverse
        ready = [(n, e) for n, e in todo if not e.free_symbols & (unmade - made)]
        for name, e in ready:
            lines.append(f"{name} = {text_of(e)}")
            made.add(name)
        todo = [(n, e) for n, e in todo if n not in made]
    return lines, reduced[len(inverse) :]


def elimination(pattern: set[tuple[int, int]], size: int) -> tuple[list[int], set[tuple[int, int]]]:
    """A pivot order with little fill-in (Markowitz, on the diagonal) and the pattern with the fill."""
    left, filled, order = set(range(size)), set(pattern) | {(i, i) for i in range(size)}, []
    while left:
        def cost(i: int) -> tuple[int, int]:
            rows = sum((r, i) in filled for r in left) - 1
            return rows * (sum((i, c) in filled for c in left) - 1), i

        pivot = min(left, key=cost)
        order.append(pivot)
        left.remove(pivot)
        for r in left:
            if (r, pivot) in filled:
                filled |= {(r, c) for c in left if (pivot, c) in filled}
    return order, filled


def _function(head: str, says: str, lines: Iterable[str]) -> list[str]:
    return ["", "", f"def {head}:", f'    """{says}"""', *(f"    {line}" for line in lines)]


def _tuple(items: Iterable[str]) -> str:
    inside = [f"{item}," for item in items]
    return f"({' '.join(inside)})" if sum(map(len, inside)) < 100 else "\n        ".join(["(", *inside]) + "\n    )"


def _sum(terms: Iterable[tuple[float, str]]) -> str:
    out = ""
    for factor, name in terms:
        sign, size = (" - " if factor < 0 else " + "), abs(factor)
        out += sign + (name if size == 1.0 else f"{size!r}*{name}")
    return out


def source_of(model: Mechanism) -> str:
    """The source for one mechanism. Raises ``InputError`` where sympy is missing or a rate cannot be differentiated."""
    sp = sympy()
    states, n = model.state_names, len(model.states)
    known = {name: sp.Symbol(name, real=True) for name in (*states, *model.parameter_names, "t")}
    for name, text in model.definitions.items():
        known[name] = to_sympy(parse(text), known)
    rates = [to_sympy(parse(number(s.rate, s.name)), known) for s in model.states]
    bad = [s.name for s, e in zip(model.states, rates, strict=True) if e.has(sp.nan, sp.zoo, sp.oo)]
    require(not bad, f"the rate of {', '.join(bad)} is not finite", where=f"mechanism {model.name}")
    t = known["t"]
    jacobian = {
        (i, j): d for i, e in enumerate(rates) for j, s in enumerate(states) if (d := sp.diff(e, known[s])) != 0
    }
    slopes = {i: d for i, e in enumerate(rates) if (d := sp.diff(e, t)) != 0}
    constants = Constants(known[name] for name in model.parameter_names)
    rates = [constants.of(e) for e in rates]
    second = [constants.of(e) for e in (*jacobian.values(), *slopes.values())]
    order, filled = elimination(set(jacobian), n)

    out = [
        f'"""{model.name}: {model.label}. Written by marrowdose.joint.generate; do not edit.',
        "",
        *(f"{name} = {text}" for name, text in model.definitions.items()),
        *(f"d{s.name}/dt = {s.rate}" for s in model.states),
        '"""',
        "# ruff: noqa",
        "# fmt: off",
        "# mypy: ignore-errors",
        "",
        "from numpy import cos, exp, log, maximum, sin, sqrt, tanh",
        "",
        f'FINGERPRINT = "{model.fingerprint}"',
        f"STATES = {_tuple(map(repr, states))}",
    ]
    shared, values = lines_of(list(constants.found), "k")
    used = sorted({s.name for e in constants.found for s in e.free_symbols}, key=model.parameter_names.index)
    places = [f"{name} = _p[{model.parameter_names.index(name)}]" for name in used]
    out += _function("constants(_p)", "What depends on parameters alone; ``_p`` in the order of the mechanism.",
                     [*places, *shared, f"return {_tuple(map(text_of, values)) if values else '(0.0,)'}"])  # fmt: skip
    unpack = [f"{_tuple(states)} = _y", *(["t = _t"] if any(t in e.free_symbols for e in rates) else [])]
    shared, values = lines_of(rates, "x")
    out += _function("rates(_t, _y, _c)", "d/dt of every state.",
                     [*unpack, *shared, f"return {_tuple(map(text_of, values))}"])  # fmt: skip
    shared, values = lines_of([*rates, *second], "x")
    places = [f"_f{i} = {text_of(e)}" for i, e in enumerate(values[:n])]
    places += [f"_j{i}_{j} = {text_of(e)}" for (i, j), e in zip(jacobian, values[n:], strict=False)]
    places += [f"_s{i} = {text_of(e)}" for i, e in zip(slopes, values[n + len(jacobian) :], strict=False)]
    slots = {place: k for k, place in enumerate(sorted(filled))}
    out += _function("linearise(_t, _y, _c, _g)",
                     "Rates, their slope in time, and the LU factors of _g I - J (pivots as reciprocals).",
                     [*unpack, *shared, *places, *_factor(order, filled, set(jacobian)),
                      f"_f = {_tuple(f'_f{i}' for i in range(n))}",
                      f"_s = {_tuple((f'_s{i}' if i in slopes else '0.0') for i in range(n)) if slopes else '0.0'}",
                      f"return _f, _s, {_tuple(f'_a{i}_{j}' for i, j in sorted(filled))}"])  # fmt: skip
    out += _function("solve(_a, _b)", "The solution of (_g I - J) x = _b.", _solve(order, filled, slots, n))
    return "\n".join([*out, *_step(n, slopes), *_read(n), ""])


def _factor(order: list[int], filled: set[tuple[int, int]], jacobian: set[tuple[int, int]]) -> list[str]:
    lines = []
    for i, j in sorted(filled):
        entry = f"_j{i}_{j}" if (i, j) in jacobian else ""
        if i == j:
            lines.append(f"_a{i}_{j} = _g - {entry}" if entry else f"_a{i}_{j} = _g")
        elif entry:
            lines.append(f"_a{i}_{j} = -{entry}")
    made = jacobian | {(i, i) for i in order}
    for k, pivot in enumerate(order):
        lines.append(f"_a{pivot}_{pivot} = 1.0/_a{pivot}_{pivot}")
        after = order[k + 1 :]
        for i in (i for i in after if (i, pivot) in filled):
            lines.append(f"_a{i}_{pivot} = _a{i}_{pivot}*_a{pivot}_{pivot}")
            for j in (j for j in after if (pivot, j) in filled):
                before = f"_a{i}_{j} - " if (i, j) in made else "-"
                lines.append(f"_a{i}_{j} = {before}_a{i}_{pivot}*_a{pivot}_{j}")
                made = made | {(i, j)}
    return lines


def _solve(order: list[int], filled: set[tuple[int, int]], slots: dict[tuple[int, int], int], n: int) -> list[str]:
    lines = [f"{_tuple(f'_b{i}' for i in range(n))} = _b"]
    for k, i in enumerate(order):
        terms = "".join(f" - _a[{slots[i, j]}]*_b{j}" for j in order[:k] if (i, j) in filled)
        lines += [f"_b{i} = _b{i}{terms}"] if terms else []
    for k, i in reversed(list(enumerate(order))):
        terms = "".join(f" - _a[{slots[i, j]}]*_b{j}" for j in order[k + 1 :] if (i, j) in filled)
        lines.append(f"_b{i} = (_b{i}{terms})*_a[{slots[i, i]}]")
    return [*lines, f"return {_tuple(f'_b{i}' for i in range(n))}"]


def _step(n: int, slopes: dict[int, Any]) -> list[str]:
    lines = ["_r = 1.0/_h", f"_f, _s, _a = linearise(_t, _y, _c, {1 / GAMMA!r}*_r)"]
    point = "_y"
    for stage in range(6):
        if 0 < stage < 5:
            moved = (
                f"_y[{i}]" + _sum((a, f"_k{j + 1}[{i}]") for j, a in enumerate(A[stage])) for i in range(n)
            )
            lines.append(f"_u = {_tuple(moved)}")
            point = "_u"
        elif stage == 5:
            lines.append(f"_u = {_tuple(f'_u[{i}] + _k5[{i}]' for i in range(n))}")
        if stage:
            when = "_t + _h" if NODE[stage] == 1.0 else f"_t + {NODE[stage]!r}*_h"
            lines.append(f"_f = rates({when}, {point}, _c)")
        right = []
        for i in range(n):
            own = _sum((c, f"_k{j + 1}[{i}]") for j, c in enumerate(C[stage]))
            start = own.strip().removeprefix("+ ")
            row = f"_f[{i}]" + (f" + _r*({start.replace('- ', '-', 1) if start.startswith('- ') else start})" if own else "")
            row += f"{_sum([(SLOPE[stage], f'_h*_s[{i}]')])}" if i in slopes and SLOPE[stage] else ""
            right.append(row)
        lines.append(f"_k{stage + 1} = solve(_a, {_tuple(right)})")
    lines += [
        f"_u = {_tuple(f'_u[{i}] + _k6[{i}]' for i in range(n))}",
        "return _u, _k6, (_k1, _k2, _k3, _k4, _k5)",
    ]
    return _function("step(_t, _h, _y, _c)", "The next state, its error estimate, and the stages for ``between``.", lines)


def _read(n: int) -> list[str]:
    """Loading, error norm, dense output."""
    everywhere = range(n)
    inside = [f"_y[{i}]*(1.0 - _s) + _s*(_u[{i}] + (1.0 - _s)*(_d[{i}] + _s*_e[{i}]))" for i in everywhere]
    dense = [
        f"{name} = {_tuple(_sum((d, f'_k[{j}][{i}]') for j, d in enumerate(row)).removeprefix(' + ').replace(' - ', '-', 1) if row[0] < 0 else _sum((d, f'_k[{j}][{i}]') for j, d in enumerate(row)).removeprefix(' + ') for i in everywhere)}"
        for name, row in zip(("_d", "_e"), DENSE, strict=True)
    ]
    norm = [f"_w{i} = _e[{i}]/(_atol[{i}] + _rtol*maximum(abs(_y[{i}]), abs(_u[{i}])))" for i in everywhere]
    square = " + ".join(f"_w{i}*_w{i}" for i in everywhere)
    return [
        *_function("load(_a)", "The states as separate names.", [f"return {_tuple(f'_a[{i}]' for i in everywhere)}"]),
        *_function("size(_e, _y, _u, _rtol, _atol)",
                   "Root mean square of ``_e`` in units of the tolerance at the larger of two states.",
                   [*norm, f"return sqrt(({square})*{1.0 / n!r})"]),
        *_function("between(_s, _y, _u, _k)", "The state at the part ``_s`` of a step (order 3).",
                   [*dense, f"return {_tuple(inside)}"]),
    ]  # fmt: skip


def main() -> None:
    """Rewrite the source of every mechanism of the package."""
    from .models import mechanisms

    for model in mechanisms().values():
        (Path(__file__).parent / "generated" / f"{model.name}.py").write_text(source_of(model), encoding="utf-8")


if __name__ == "__main__":
    main()
