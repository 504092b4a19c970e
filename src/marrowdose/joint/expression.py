"""Formulas as text: parsed once into a small safe tree, then evaluated (in numbers or in sympy) or exported.

Allowed are numbers, names, ``+ - * / **``, brackets and the functions of ``FUNCTIONS``. Nothing else of
Python gets through, so a formula from a file can do no more than arithmetic.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np

from ..errors import InputError, require

FUNCTIONS = {
    "exp": 1,
    "log": 1,
    "sqrt": 1,
    "sin": 1,
    "cos": 1,
    "tanh": 1,
    "abs": 1,
    "heaviside": 1,
    "min": 2,
    "max": 2,
}  # values taken
LONGEST = 4000  # characters of one formula
DEEPEST = 60  # nested operations
MOST_TERMS = 300  # of a plain sum, which is nested in the tree but not for a reader
_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


@lru_cache(maxsize=4096)
def parse(text: str, where: str = "formula") -> ast.expr:
    """The tree of a formula. Raises ``InputError`` for anything but arithmetic.

    Operators of the tree: ``BinOp`` (of ``symbol``), ``UnaryOp`` (minus), ``Call`` (of ``FUNCTIONS``),
    ``Name``, ``Constant`` (finite number).
    """
    require(isinstance(text, str), f"{text!r} is not a formula", where=where, allowed="text")
    require(len(text) <= LONGEST, f"{len(text)} characters", where=where, allowed=f"at most {LONGEST}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError(
            f"{text!r} is not a formula", where=where, allowed="a + b*c, x**2, exp(-t)"
        ) from None
    _check(tree, text, where, 0, 0)
    return tree


def _check(node: ast.expr, text: str, where: str, depth: int, terms: int) -> None:
    require(depth <= DEEPEST, "nested too deeply", where=where, allowed=f"at most {DEEPEST} levels")
    require(
        terms < MOST_TERMS,
        "too many terms",
        where=where,
        allowed=f"at most {MOST_TERMS} in a sum",
        remedy="give parts of it a name",
    )
    if isinstance(node, ast.Constant):
        value = node.value
        fine = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
        require(fine, f"{value!r:.40} is not a usable number", where=where)
    elif isinstance(node, ast.Name):
        return
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        on = isinstance(node.op, ast.Add | ast.Sub) and isinstance(node.left, ast.BinOp)
        _check(node.left, text, where, depth + (not on), terms + on)
        _check(node.right, text, where, depth + 1, terms)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        _check(node.operand, text, where, depth + 1, terms)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        name, known = node.func.id, ", ".join(FUNCTIONS)
        require(name in FUNCTIONS, f"{name} is not a known function", where=where, allowed=known)
        many = FUNCTIONS[name]
        require(len(node.args) == many, f"{name} takes {('one value', 'two values')[many - 1]}", where=where)
        for argument in node.args:
            _check(argument, text, where, depth + 1, terms)
    else:
        raise InputError(
            f"{ast.unparse(node)!r} is not arithmetic",
            where=where,
            allowed=f"numbers, names, + - * / ** and {', '.join(FUNCTIONS)}",
        )


def symbol(node: ast.BinOp) -> str:
    """The operator of a node as text."""
    return _OPERATORS[type(node.op)]


def names(tree: ast.expr) -> Iterator[str]:
    """Every name in a formula that is not a function, with repeats."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr) and not (isinstance(tree, ast.Call) and node is tree.func):
            yield from names(node)
    if isinstance(tree, ast.Name):
        yield tree.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """What a formula is computed in: a constant, a function by name, and the two operators that can fail.

    ``divide`` and ``power`` also get their node, to name it in a refusal.
    """

    constant: Callable[[float], Any]
    function: Callable[[str], Callable[..., Any]]
    divide: Callable[[Any, Any, ast.expr], Any]
    power: Callable[[Any, Any, ast.expr], Any]


_NUMPY: dict[str, Callable[..., Any]] = {
    "min": np.minimum,
    "max": np.maximum,
    "heaviside": lambda x: np.heaviside(x, 1.0),  # 1 from 0 on
}
NUMBERS = Arithmetic(
    constant=float,
    function=lambda name: _NUMPY.get(name) or getattr(np, name),
    divide=lambda a, b, _: np.divide(a, b),
    power=lambda a, b, _: np.power(np.asarray(a, float), b),
)


def evaluate(tree: ast.expr, values: Mapping[str, Any], of: Arithmetic = NUMBERS) -> Any:
    """The value of a formula: a number, or an array where a name stands for one. Unknown names are a
    ``KeyError``.
    """
    match tree:
        case ast.Constant():
            return of.constant(tree.value)  # type: ignore[arg-type]
        case ast.Name():
            return values[tree.id]
        case ast.UnaryOp():
            inner = evaluate(tree.operand, values, of)
            return -inner if isinstance(tree.op, ast.USub) else inner
        case ast.Call():
            return of.function(tree.func.id)(*(evaluate(a, values, of) for a in tree.args))  # type: ignore[attr-defined]
        case ast.BinOp():
            left, right = evaluate(tree.left, values, of), evaluate(tree.right, values, of)
            match symbol(tree):
                case "+":
                    return left + right
                case "-":
                    return left - right
                case "*":
                    return left * right
                case "/":
                    return of.divide(left, right, tree)
            return of.power(left, right, tree)
    raise AssertionError(ast.dump(tree))  # parse lets nothing else through


def number(text: str | float, where: str) -> str:
    """A number or formula as the text of a formula; numbers keep every digit. Raises ``InputError``."""
    if isinstance(text, str):
        return text
    fine = isinstance(text, Real) and not isinstance(text, bool) and math.isfinite(text)
    require(fine, f"{text!r} is not usable", where=where, allowed="a finite number or a formula")
    return repr(text if isinstance(text, int) else float(text))  # NumPy's own repr names its type
