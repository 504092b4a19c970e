"""JSON: one reader and one writer.

``text_of`` writes what people and other programs read: every ``--json``, six significant digits, and no
number that is not finite; what is not known is left out, or null where the list that holds it goes on.
``exact_text`` writes what only this program reads again (a fit, the label of kept trials, the name of a job):
all digits.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, require
from .text import read_text

_DIGITS = 6  # significant digits: finer than any Monte-Carlo error here, coarse enough to compare by eye


def text_of(value: object, where: str = "value") -> str:
    """Any record as JSON text, rounded, indented by 2 spaces. Raises ``ValueError`` as ``rounded`` does."""
    return json.dumps(rounded(value, where), indent=2, ensure_ascii=False) + "\n"


def exact_text(
    value: object,
    *,
    indent: int | None = None,
    sort_keys: bool = False,
    other: Callable[[object], str] | None = None,
) -> str:
    """JSON text with all digits, for this program alone; ``other`` writes what JSON does not know."""
    return json.dumps(value, indent=indent, sort_keys=sort_keys, ensure_ascii=False, default=other)


def rounded(value: Any, where: str = "value") -> Any:
    """Dataclasses, tuples and NumPy numbers as what JSON knows, floats to 6 significant digits.

    What has named fields is an object; fields that are functions are left out. What an array does not know
    (NaN) is null. Raises ``ValueError`` telling ``where`` another number is not finite.
    """
    if is_dataclass(value):
        parts = {f.name: getattr(value, f.name) for f in fields(value)}
        return {k: rounded(part, f"{where}.{k}") for k, part in parts.items() if not callable(part)}
    if hasattr(value, "_asdict"):
        return rounded(value._asdict(), where)
    if isinstance(value, dict):
        return {str(key): rounded(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [rounded(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if hasattr(value, "tolist"):  # a NumPy array or scalar
        return rounded(_known(value.tolist()) if value.ndim else value.item(), where)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value}: only finite numbers can be written")
        return float(f"{value:.{_DIGITS}g}") + 0.0  # −0.0 + 0.0 is 0.0
    return value


def _known(items: list[Any]) -> list[Any]:
    """An array as lists, null where it holds NaN."""
    return [_known(x) if isinstance(x, list) else None if x != x else x for x in items]


MAX_BYTES = 1_000_000


def read_json(path: Path, *, see: str = "") -> Any:
    """A JSON file as Python values; ``see`` is where an example is found. Raises ``InputError`` for anything
    that is not readable UTF-8 JSON.
    """
    return parse_json(read_text(path, format="JSON", most=MAX_BYTES, see=see), str(path), see=see)


def parse_json(text: str, where: str, *, see: str = "") -> Any:
    """JSON text as Python values; NaN, infinity and repeated keys are refused."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = next((k for k, count in Counter(k for k, _ in pairs).items() if count > 1), None)
        require(twice is None, f"the field {shown(twice)} is given twice", where=where, remedy="keep one")
        return dict(pairs)

    def constant(name: str) -> Any:
        raise InputError(f"{name} is not a number", where=where, remedy="leave it out if it is unknown")

    require(bool(text.strip()), "is empty", where=where, remedy=see)
    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=constant)
    except InputError:
        raise
    except json.JSONDecodeError as problem:
        what = f"is not valid JSON ({problem.msg}, line {problem.lineno} column {problem.colno})"
        raise InputError(what, where=where, remedy=see) from problem
    except RecursionError as problem:
        raise InputError("is nested too deeply", where=where, remedy=see) from problem
    except ValueError as problem:  # Python refuses to read thousands of digits
        raise InputError("holds a number that is too long", where=where, remedy=see) from problem


def shown(value: Any) -> str:
    """A value as a sentence names it: never longer than a few words, whatever was given."""
    if isinstance(value, (dict, list)):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int) and abs(value) >= 10**15:
        return "a number that long"
    text = value if isinstance(value, str) else repr(value).removesuffix(".0")
    short = text if len(text) <= 40 else text[:40] + "…"
    return repr(short) if isinstance(value, str) else short
