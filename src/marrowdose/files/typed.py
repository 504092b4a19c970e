"""Plain values, as JSON gives them, → frozen dataclasses, and back: a fault names its key, the order stays.

Fields may be texts, numbers, true or false, ``X | None``, ``Literal``, tuples, mappings from text, and other
dataclasses. A subclass's own fields come before those it inherits, in what is written as in what is read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NewType,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from ..errors import InputError

Noun = TypeVar("Noun")
Reader = Callable[[object], Any]
_SIMPLE: dict[object, tuple[tuple[type, ...], str]] = {
    str: ((str,), "text"),
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((float, int), "a number"),
}


class _BadValueError(Exception):
    """A value that cannot be used, with the way to it; each level adds its key as the fault passes."""

    def __init__(self, what: str, allowed: str, *way: str) -> None:
        self.what, self.allowed, self.way = what, allowed, list(way)


def read_as(kind: type[Noun], value: object, where: str) -> Noun:
    """The value as a ``kind``, a dataclass. Raises ``InputError`` with ``where`` and the first bad key."""
    try:
        found: Noun = _reader(cast(Hashable, kind))(value)
    except _BadValueError as bad:
        way = "".join(reversed(bad.way)).removeprefix(".")
        raise InputError(bad.what, where=f"{where}, {way}" if way else where, allowed=bad.allowed) from None
    return found


def parts(record: object) -> dict[str, Any]:
    """The fields of a dataclass by name, its own before those it inherits; nothing inside is changed."""
    return {name: getattr(record, name) for name in _fields(cast(Hashable, type(record)))}


def plain(value: object) -> Any:
    """Dataclasses, tuples and mappings inside a value as dicts and lists, in the order they were read in."""
    if is_dataclass(value):
        return {name: plain(part) for name, part in parts(value).items()}
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, (tuple, list)) else value


@cache
def _fields(kind: Any) -> dict[str, object]:
    """The fields of a dataclass with their types, those of the class itself before those it inherits."""
    hints = get_type_hints(kind)
    own = [vars(base).get("__annotations__", {}) for base in kind.__mro__]
    return {name: hints[name] for names in own for name in names}


@cache
def _reader(kind: Any) -> Reader:
    """What reads a value of this type, or raises ``_BadValueError``."""
    if isinstance(kind, NewType):
        return _reader(kind.__supertype__)
    of, inside = get_origin(kind), get_args(kind)
    if of is Annotated:
        return _reader(inside[0])
    if of in (Union, UnionType):
        return _or_none(_reader(next(one for one in inside if one is not NoneType)))
    if of is Literal:
        return _one_of(inside)
    if of is tuple:
        return _many(_reader(inside[0])) if inside[-1] is Ellipsis else _row([_reader(one) for one in inside])
    if isinstance(of, type) and issubclass(of, Mapping):
        return _mapping(_reader(inside[1]))
    return _record(kind) if is_dataclass(kind) else _simple(*_SIMPLE[kind])


def _simple(kinds: tuple[type, ...], allowed: str) -> Reader:
    def read(value: object) -> object:
        if type(value) not in kinds:  # true is no number
            raise _BadValueError("is not usable", allowed)
        return value

    return read


def _one_of(choices: tuple[object, ...]) -> Reader:
    def read(value: object) -> object:
        if value not in choices:
            raise _BadValueError("is not usable", ", ".join(map(str, choices)))
        return value

    return read


def _or_none(inner: Reader) -> Reader:
    return lambda value: None if value is None else inner(value)


def _many(inner: Reader) -> Reader:
    return lambda value: tuple(
        [_at(f"[{k}]", inner, item) for k, item in enumerate(_expect(list, value, "a list"))]
    )


def _row(inner: list[Reader]) -> Reader:
    def read(value: object) -> tuple[object, ...]:
        items = _expect(list, value, f"a list of {len(inner)}")
        if len(items) != len(inner):
            raise _BadValueError("is not usable", f"a list of {len(inner)}")
        return tuple(
            [_at(f"[{k}]", one, item) for k, (one, item) in enumerate(zip(inner, items, strict=True))]
        )

    return read


def _mapping(inner: Reader) -> Reader:
    def read(value: object) -> dict[str, object]:
        entries = _expect(dict, value, "an object")
        return {name: _at(f".{name}", inner, item) for name, item in entries.items()}

    return read


def _record(kind: Any) -> Reader:
    readers = {name: _reader(of) for name, of in _fields(kind).items()}

    def read(value: object) -> object:
        entries = _expect(dict, value, "an object")
        if entries.keys() != readers.keys():
            name = next(name for name in (*readers, *entries) if (name in readers) != (name in entries))
            missing = name in readers
            what, allowed = ("is missing", "") if missing else ("is not known", ", ".join(readers))
            raise _BadValueError(what, allowed, f".{name}")
        return kind(**{name: _at(f".{name}", inner, entries[name]) for name, inner in readers.items()})

    return read


def _expect(kind: type, value: object, allowed: str) -> Any:
    if not isinstance(value, kind):
        raise _BadValueError("is not usable", allowed)
    return value


def _at(key: str, inner: Reader, value: object) -> Any:
    """The inner value; a fault in it is told to lie under this key."""
    try:
        return inner(value)
    except _BadValueError as bad:
        bad.way.append(key)
        raise
