"""From a mechanism to readable Python source: one Rosenbrock step with an unrolled sparse LU.

The same source runs in NumPy, where every name is an array over patients, and under Numba, where it is a
number. ``python -m marrowdose.joint.engine.generate`` rewrites the files in ``generated``; a test compares
their bytes. Needs sympy.

The method is RODAS (Hairer & Wanner, Solving ODEs II, 2nd ed., section VI.4): six stages, order 4 with an
embedded order 3, stiffly accurate (the last two stages are corrections, and the last one is the error
estimate).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import require
from ..expression import number, parse
from ..mechanism import Mechanism
from .algebra import Constants, elimination, lines_of, sympy, text_of, to_sympy
from .control import LANES
from .rosenbrock import DENSE, GAMMA, NODE, SLOPE, A, C

if TYPE_CHECKING:
    from .algebra import Expr


def _function(head: str, says: str, lines: Iterable[str]) -> list[str]:
    return ["", "", f"def {head}:", f'    """{says}"""', *(f"    {line}" for line in lines)]


def _tuple(items: Iterable[str]) -> str:
    inside = [f"{item}," for item in items]
    return (
        f"({' '.join(inside)})"
        if sum(map(len, inside)) < 100
        else "\n        ".join(["(", *inside]) + "\n    )"
    )


def _plain(text: str) -> str:
    """A sum without the sign in front that ``_sum`` gives its first term."""
    return (
        text.removeprefix(" + ").replace(" - ", "-", 1)
        if text.startswith(" - ")
        else text.removeprefix(" + ")
    )


def _sum(terms: Iterable[tuple[float, str]]) -> str:
    out = ""
    for factor, name in terms:
        sign, size = (" - " if factor < 0 else " + "), abs(factor)
        out += sign + (name if size == 1.0 else f"{size!r}*{name}")
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Equations:
    """The rates of a mechanism and their slopes in sympy, parts of parameters alone as ``constants``."""

    model: Mechanism
    rates: list[Expr]
    jacobian: dict[tuple[int, int], Expr]  # (rate, state): slope, where it is not 0
    slopes: dict[int, Expr]  # rate: slope in time, where it is not 0
    constants: Constants
    timed: bool  # time stands in a rate

    @property
    def unpack(self) -> list[str]:
        """Lines that give states, and time where it is needed, their names."""
        return [f"{_tuple(self.model.state_names)} = _y", *(["t = _t"] if self.timed else [])]


def _equations(model: Mechanism) -> _Equations:
    """Raises ``InputError`` where sympy is missing or a rate cannot be differentiated."""
    sp = sympy()
    states = model.state_names
    known = {name: sp.Symbol(name, real=True) for name in (*states, *model.parameter_names, "t")}
    for name, text in model.definitions.items():
        known[name] = to_sympy(parse(number(text, name)), known)
    rates = [to_sympy(parse(number(s.rate, s.name)), known) for s in model.states]
    bad = [s.name for s, e in zip(model.states, rates, strict=True) if e.has(sp.nan, sp.zoo, sp.oo, sp.I)]
    require(not bad, f"the rate of {', '.join(bad)} is not finite", where=f"mechanism {model.name}")
    t = known["t"]
    jacobian = {
        (i, j): d
        for i, e in enumerate(rates)
        for j, s in enumerate(states)
        if (d := sp.diff(e, known[s])) != 0
    }
    slopes = {i: d for i, e in enumerate(rates) if (d := sp.diff(e, t)) != 0}
    constants = Constants(known[name] for name in model.parameter_names)
    rates = [constants.of(e) for e in rates]
    return _Equations(
        model=model,
        rates=rates,
        jacobian={place: constants.of(e) for place, e in jacobian.items()},
        slopes={i: constants.of(e) for i, e in slopes.items()},
        constants=constants,
        timed=any(t in e.free_symbols for e in rates),
    )


def source_of(model: Mechanism) -> str:
    """The source for one mechanism. Raises ``InputError`` where sympy is missing or a rate has no slope."""
    equations = _equations(model)
    n, constants = len(model.states), len(equations.constants.found)
    order, filled = elimination(set(equations.jacobian), n)
    slots = {place: k for k, place in enumerate(sorted(filled))}
    solve = _function("solve(_a, _b)", "The solution of (_g I - J) x = _b.", _solve(order, filled, slots, n))
    parts = (
        _head(model),
        _constants(equations),
        _rates(equations),
        _linearise(equations, order, filled),
        solve,
        _step(n, equations.slopes),
        _read(n),
        _lanes(n, max(1, constants)),
    )
    return "\n".join([*(line for part in parts for line in part), ""])


def _head(model: Mechanism) -> list[str]:
    """The equations to read, and what the source may use."""
    return [
        f'"""{model.name}: {model.label}. Written by marrowdose.joint.engine.generate; do not edit.',
        "",
        *(f"{name} = {text}" for name, text in model.definitions.items()),
        *(f"d{s.name}/dt = {s.rate}" for s in model.states),
        '"""',
        "# ruff: noqa",
        "# fmt: off",
        "# mypy: ignore-errors",
        "",
        (
            "from numpy import cos, exp, log, maximum as _maximum, minimum as _minimum, sign as _sign, sin,"
            " sqrt, tanh, uint64"
        ),
        "",
        f'FINGERPRINT = "{model.fingerprint}"',
        f"STATES = {_tuple(map(repr, model.state_names))}",
    ]


def _constants(equations: _Equations) -> list[str]:
    names, found = equations.model.parameter_names, list(equations.constants.found)
    shared, values = lines_of(found, "k")
    used = sorted({s.name for e in found for s in e.free_symbols}, key=names.index)
    places = [f"{name} = _p[{names.index(name)}]" for name in used]
    return _function(
        "constants(_p)",
        "What depends on parameters alone; ``_p`` in the order of the mechanism.",
        [*places, *shared, f"return {_tuple(map(text_of, values)) if values else '(0.0,)'}"],
    )


def _rates(equations: _Equations) -> list[str]:
    shared, values = lines_of(equations.rates, "x")
    lines = [*equations.unpack, *shared, f"return {_tuple(map(text_of, values))}"]
    return _function("rates(_t, _y, _c)", "d/dt of every state.", lines)


def _linearise(equations: _Equations, order: list[int], filled: set[tuple[int, int]]) -> list[str]:
    jacobian, slopes, n = equations.jacobian, equations.slopes, len(equations.rates)
    shared, values = lines_of([*equations.rates, *jacobian.values(), *slopes.values()], "x")
    places = [f"_f{i} = {text_of(e)}" for i, e in enumerate(values[:n])]
    places += [f"_j{i}_{j} = {text_of(e)}" for (i, j), e in zip(jacobian, values[n:], strict=False)]
    places += [f"_s{i} = {text_of(e)}" for i, e in zip(slopes, values[n + len(jacobian) :], strict=False)]
    return _function(
        "linearise(_t, _y, _c, _g)",
        "Rates, their slope in time, and the LU factors of _g I - J (pivots as reciprocals).",
        [
            *equations.unpack,
            *shared,
            *places,
            *_factor(order, filled, set(jacobian)),
            f"_f = {_tuple(f'_f{i}' for i in range(n))}",
            f"_s = {_tuple((f'_s{i}' if i in slopes else '0.0') for i in range(n)) if slopes else '0.0'}",
            f"return _f, _s, {_tuple(f'_a{i}_{j}' for i, j in sorted(filled))}",
        ],
    )


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


def _solve(
    order: list[int], filled: set[tuple[int, int]], slots: dict[tuple[int, int], int], n: int
) -> list[str]:
    lines = [f"{_tuple(f'_b{i}' for i in range(n))} = _b"]
    for k, i in enumerate(order):
        terms = "".join(f" - _a[{slots[i, j]}]*_b{j}" for j in order[:k] if (i, j) in filled)
        lines += [f"_b{i} = _b{i}{terms}"] if terms else []
    for k, i in reversed(list(enumerate(order))):
        terms = "".join(f" - _a[{slots[i, j]}]*_b{j}" for j in order[k + 1 :] if (i, j) in filled)
        lines.append(f"_b{i} = (_b{i}{terms})*_a[{slots[i, i]}]")
    return [*lines, f"return {_tuple(f'_b{i}' for i in range(n))}"]


def _step(n: int, slopes: Collection[int]) -> list[str]:
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
            row = f"_f[{i}]" + (f" + _r*({_plain(own)})" if own else "")
            row += f"{_sum([(SLOPE[stage], f'_h*_s[{i}]')])}" if i in slopes and SLOPE[stage] else ""
            right.append(row)
        lines.append(f"_k{stage + 1} = solve(_a, {_tuple(right)})")
    lines += [
        f"_u = {_tuple(f'_u[{i}] + _k6[{i}]' for i in range(n))}",
        "return _u, _k6, (_k1, _k2, _k3, _k4, _k5)",
    ]
    return _function(
        "step(_t, _h, _y, _c)", "The next state, its error estimate, and the stages for ``between``.", lines
    )


def _read(n: int) -> list[str]:
    """Loading, error norm, dense output."""
    everywhere = range(n)
    dense = [
        f"_{name} ="
        f" {_tuple(_plain(_sum((d, f'_k[{j}][{i}]') for j, d in enumerate(row))) for i in everywhere)}"
        for name, row in zip("de", DENSE, strict=True)
    ]
    inside = [f"_y[{i}]*(1.0 - _s) + _s*(_u[{i}] + (1.0 - _s)*(_d[{i}] + _s*_e[{i}]))" for i in everywhere]
    norm = [f"_w{i} = _e[{i}]/(_atol[{i}] + _r*(abs(_y[{i}]) + abs(_u[{i}])))" for i in everywhere]
    square = " + ".join(f"_w{i}*_w{i}" for i in everywhere)
    return [
        *_function(
            "size(_e, _y, _u, _rtol, _atol)",
            "Sum of squares of ``_e`` in units of the tolerance between two states.",
            ["_r = 0.5*_rtol", *norm, f"return {square}"],
        ),
        *_function(
            "dense(_k)", "The two terms that ``between`` needs of the stages.", [*dense, "return _d, _e"]
        ),
        *_function(
            "between(_s, _y, _u, _d, _e)",
            "The state at the part ``_s`` of a step (order 3).",
            [f"return {_tuple(inside)}"],
        ),
    ]


def _lanes(n: int, constants: int) -> list[str]:
    """Several patients side by side in one flat array, so that a compiler uses vector instructions."""

    def slots(first: int, count: int) -> str:
        return _tuple(f"_w[_l + uint64({(first + i) * LANES})]" for i in range(count))

    def stores(first: int, name: str) -> list[str]:
        return [f"    _w[_l + uint64({(first + i) * LANES})] = {name}[{i}]" for i in range(n)]

    after = n + 2 + constants
    lines = [
        f"_a = {_tuple(f'_atol[{i}]' for i in range(n))}",
        f"for _l in range(uint64({LANES})):",
        f"    _y = {slots(0, n)}",
        f"    _t = _w[_l + uint64({n * LANES})]",
        f"    _h = _w[_l + uint64({(n + 1) * LANES})]",
        f"    _c = {slots(n + 2, constants)}",
        "    _u, _e, _k = step(_t, _h, _y, _c)",
        f"    _w[_l + uint64({after * LANES})] = size(_e, _y, _u, _rtol, _a)",
        "    _d, _e = dense(_k)",
        *stores(after + 1, "_u"),
        *stores(after + 1 + n, "_d"),
        *stores(after + 1 + 2 * n, "_e"),
    ]
    return [
        *_function(
            "load(_a)", "The states as separate names.", [f"return {_tuple(f'_a[{i}]' for i in range(n))}"]
        ),
        *_function(
            "lanes(_w, _rtol, _atol)",
            "One step in each lane of ``_w``: in y, t, h, constants; out error, next y, dense terms.",
            lines,
        ),
    ]


def main() -> None:
    """Rewrite the source of every mechanism of the package."""
    from ..models import mechanisms

    for model in mechanisms().values():
        (Path(__file__).parents[1] / "generated" / f"{model.name}.py").write_text(
            source_of(model), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
