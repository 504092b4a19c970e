"""JSON: one reader and one writer."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, require

_DIGITS = 6  # significant digits: finer than any Monte-Carlo error here, coarse enough to compare by eye


def text_of(value: Any, where: str = "value") -> str:
    """Any record as JSON text, rounded, with 2-space indentation. Raises ``ValueError`` as ``to_json``
    does.
    """
    return json.dumps(rounded(value, where), indent=2, ensure_ascii=False) + "\n"


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
    where = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # a device or a pipe may have no end
        text = data.decode("utf-8-sig") if len(data) <= MAX_BYTES else None
    except UnicodeDecodeError as problem:
        raise InputError("is not UTF-8 text", where=where, remedy="save it as UTF-8") from problem
    except OSError as problem:
        what = f"cannot be read ({problem.strerror or problem})"
        raise InputError(
            what, where=where, remedy="; ".join(filter(None, ("check the path", see)))
        ) from problem
    if text is None:
        raise InputError(
            "is too large", where=where, allowed=f"up to {MAX_BYTES} bytes", remedy="give one patient a file"
        )
    return parse_json(text, where, see=see)


def parse_json(text: str, where: str, *, see: str = "") -> Any:
    """JSON text as Python values; NaN, infinity and repeated keys are refused."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = next((k for k, count in Counter(k for k, _ in pairs).items() if count > 1), None)
        require(twice is None, f"the field {_shown(twice)} is given twice", where=where, remedy="keep one")
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


def _shown(value: Any) -> str:
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
