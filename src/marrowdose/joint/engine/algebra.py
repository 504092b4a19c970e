"""The algebra behind the generated source: formulas in sympy, common parts, elimination order."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from ...errors import InputError, require
from ..expression import Arithmetic, evaluate

if TYPE_CHECKING:
    import sympy as sp

    Expr: TypeAlias = sp.Expr
    Symbol: TypeAlias = sp.Symbol


def sympy() -> ModuleType:
    """The module, or an ``InputError`` that says how to get it."""
    try:
        import sympy
    except ImportError:
        raise InputError(
            "sympy is not installed",
            where="a mechanism without generated source",
            remedy="pip install 'marrowdose[mechanism]'",
        ) from None
    return cast(ModuleType, sympy)


@cache
def own() -> dict[str, type[Expr]]:
    """Functions with slopes that stay finite where sympy's own would not, by their names in a formula.

    Sympy writes the slope of ``x**n`` as ``n*x**n/x``, which is 0/0 at 0, where a Hill term often starts.
    Where n < 1 the slope at 0 is infinite, and a step with an infinite Jacobian would stay at 0 for ever with
    no error: there it is taken as 0, and the error control finds the step. ``hole`` is 1 in that place and 0
    elsewhere.
    """
    sp = sympy()

    def power(self: Expr, place: int) -> Expr:
        base, exponent = self.args
        less = exponent - 1
        if place == 2:
            return self * sp.log(base)
        if less.is_Integer or (less.is_number and less > 0):
            return exponent * (base**less if less.is_Integer else own()["power"](base, less))
        hole = own()["hole"](base, less)
        return exponent * (1 - hole) * own()["power"](base + hole, less)

    def larger(self: Expr, place: int) -> Expr:
        a, b = self.args
        return (1 + own()["sign"](a - b if place == 1 else b - a)) / 2

    def smaller(self: Expr, place: int) -> Expr:
        a, b = self.args
        return (1 + own()["sign"](b - a if place == 1 else a - b)) / 2

    def slope_of_abs(self: Expr, place: int) -> Expr:
        return own()["sign"](self.args[0])

    def none(self: Expr, place: int) -> Expr:
        return sp.Integer(0)

    slopes = {"power": power, "hole": none, "max": larger, "min": smaller, "abs": slope_of_abs, "sign": none}
    names = {
        "max": "_maximum",
        "min": "_minimum",
        "sign": "_sign",
    }  # in the source: no state can be called so
    return {name: type(names.get(name, name), (sp.Function,), {"fdiff": f}) for name, f in slopes.items()}


def to_sympy(tree: ast.expr, known: dict[str, Expr]) -> Expr:
    """The formula in sympy; decimal numbers exactly as printed.

    Raises ``InputError`` for what is never finite.
    """
    return evaluate(tree, known, _algebra())


@cache
def _algebra() -> Arithmetic:
    sp = sympy()

    def function(name: str) -> Callable[..., Expr]:
        if name == "heaviside":
            return lambda x: 1 - own()["max"](0, own()["sign"](-x))
        if name == "sqrt":
            return lambda x: power(x, sp.Rational(1, 2))
        return own().get(name) or getattr(sp, name)

    def divide(a: Expr, b: Expr, node: ast.expr) -> Expr:
        require(b != 0, f"{ast.unparse(node)} divides by zero", where="formula")
        return a / b

    def power(a: Expr, b: Expr, node: ast.expr | None = None) -> Expr:
        if a.is_number and b.is_number:  # never an exact power of huge numbers
            value = math.nan
            if a.is_real and b.is_real:
                with np.errstate(all="ignore"):
                    value = float(np.power(float(a), float(b)))
            require(
                math.isfinite(value),
                f"{ast.unparse(node) if node else f'sqrt({a})'} is not finite",
                where="formula",
            )
            return sp.Rational(repr(value))
        return a**b if b.is_Integer else own()["power"](a, b)

    return Arithmetic(constant=lambda x: sp.Rational(repr(x)), function=function, divide=divide, power=power)


def text_of(e: Expr) -> str:
    """An expression as Python: small whole powers as products, so that every engine rounds alike."""
    if e.is_Symbol:
        return str(e.name)
    if e.is_Number or e.is_NumberSymbol:
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
    if e.func.__name__ == "power":
        base, power = e.args
        if abs(power) == sympy().Rational(1, 2):
            return f"sqrt({text_of(base)})" if power > 0 else f"(1.0/sqrt({text_of(base)}))"
        return f"({text_of(base)})**({text_of(power)})"
    if e.func.__name__ == "hole":
        base, less = e.args
        steep = "" if less.is_number else f"*_maximum(0.0, -_sign({text_of(less)}))"
        return f"((1.0 - abs(_sign({text_of(base)}))){steep})"
    return f"{e.func.__name__}({', '.join(text_of(a) for a in e.args)})"


def _product(e: Expr) -> str:
    return "*".join(_bracket(a) for a in e.as_ordered_factors()) if e.is_Mul else _bracket(e)


def _bracket(e: Expr) -> str:
    text = text_of(e)
    plain = e.is_Symbol or (e.is_Number and e >= 0) or e.is_Function
    return text if plain else f"({text})"


class Constants:
    """Parts of the equations that hold parameters alone: computed once for each patient."""

    def __init__(self, parameters: Iterable[Symbol]) -> None:
        self.parameters: frozenset[Symbol] = frozenset(parameters)
        self.found: dict[Expr, Symbol] = {}

    def of(self, e: Expr) -> Expr:
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

    def _name(self, e: Expr) -> Expr:
        if e not in self.found:
            self.found[e] = sympy().Symbol(f"_c[{len(self.found)}]")
        return self.found[e]


def lines_of(values: Sequence[Expr], prefix: str) -> tuple[list[str], list[Expr]]:
    """Assignments that share common parts and divide once for each divisor, and the remaining expressions."""
    sp = sympy()
    inverse: dict[Expr, Symbol] = {}

    def undivided(e: Expr) -> Expr:
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
    lines: list[str] = []
    made: set[Symbol] = set()
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
        rows = {i: sum((r, i) in filled for r in left) - 1 for i in left}
        columns = {i: sum((i, c) in filled for c in left) - 1 for i in left}
        pivot = min(left, key=lambda i, r=rows, c=columns: (r[i] * c[i], i))  # type: ignore[misc]
        order.append(pivot)
        left.remove(pivot)
        for r in left:
            if (r, pivot) in filled:
                filled |= {(r, c) for c in left if (pivot, c) in filled}
    return order, filled
