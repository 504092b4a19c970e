"""What was given → values of a field: a number in its range, a choice, choices; else an ``InputError``."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from ..errors import InputError, require
from ..files.json import shown
from .fields import Field

Given = Mapping[str, object]  # a JSON object
_UNKNOWN = "leave it out if it is unknown"


def json_object(given: object, what: str, where: str, allowed: str = "", remedy: str = "") -> Given:
    """A JSON object as it is. Raises ``InputError`` for anything else."""
    if not isinstance(given, dict):
        raise InputError(what, where=where, allowed=allowed, remedy=remedy)
    return given


def check_keys(data: Given, known: tuple[str, ...], where: str) -> None:
    """Raise ``InputError`` for a key that is not known, with the nearest that is."""
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(key.lower(), known, 1)
            raise InputError(
                f"unknown field {shown(key)}",
                where=where,
                allowed=", ".join(known),
                remedy=f"perhaps {near[0]!r} is meant" if near else "leave it out",
            )


def between(value: object, field: Field, where: str, remedy: str = "") -> float:
    """The value as a number in the range of a field."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if field.low <= value <= field.high:  # NaN lies in no range
            return float(value)
        fault = "not usable"
    else:
        fault = "text, not a number" if isinstance(value, str) else "not a number"
    raise InputError(f"{shown(value)} is {fault}", where=where, allowed=field.span, remedy=remedy)


def number(data: Given, field: Field, where: str, remedy: str = _UNKNOWN) -> float | None:
    """The number under the key of a field, in its range; None if unknown."""
    value = data.get(field.key)
    return None if value is None else between(value, field, f"{where}, {field.key}", remedy)


def choice(data: Given, field: Field, where: str, remedy: str = _UNKNOWN) -> Any:
    """The choice under the key of a field; None if unknown."""
    value, here = data.get(field.key), f"{where}, {field.key}"
    known = value is None or value in field.choices
    require(known, f"{shown(value)} is not known", where=here, allowed=field.allowed, remedy=remedy)
    return value


def choices(data: Given, field: Field, where: str) -> tuple[Any, ...] | None:
    """The choices under the key of a field, each once; None if unknown."""
    value, here = data.get(field.key), f"{where}, {field.key}"
    if value is None:
        return None
    if not isinstance(value, list):
        raise InputError(f"{shown(value)} is not a list", where=here, allowed=field.allowed)
    for item in value:
        known, what = item in field.choices, f"{shown(item)} is not known"
        require(known, what, where=here, allowed=field.allowed, remedy=_UNKNOWN)
    return tuple(dict.fromkeys(value))
