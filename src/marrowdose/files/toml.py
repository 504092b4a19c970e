"""Reading TOML files that people write: every refusal names the file, the line and the key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import InputError
from .text import read_text

MAX_BYTES = 1_000_000
_HEADER = re.compile(r"\s*(\[{1,2})\s*([A-Za-z0-9_.-]+)\s*\]{1,2}")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Sections: ``[name]`` once, ``[[name]]`` as often as needed; without ``lines`` not from a file."""

    path: str
    data: dict[str, Any]
    lines: Mapping[tuple[str, int, str], int] = field(default_factory=dict)  # section, its number, key or ""

    def where(self, section: str, key: str = "", number: int = 0) -> str:
        """Where a key stands, or would: "design.toml:12: [propose] target"."""
        line = self.lines.get((section, number, key)) or self.lines.get((section, number, ""))
        place = f"{self.path}:{line}" if line else self.path
        return f"{place}: [{section}] {key}".rstrip() if section else place

    def refuse(self, what: str, section: str, key: str = "", number: int = 0, **more: str) -> InputError:
        """The error to raise about one key."""
        return InputError(what, where=self.where(section, key, number), **more)

    def only_sections(self, names: tuple[str, ...]) -> None:
        """Raises ``InputError`` at a section that means nothing here."""
        for name in self.data:
            if name not in names:
                raise self.refuse("unknown section or key", name, allowed=", ".join(f"[{n}]" for n in names))

    def table(self, section: str) -> dict[str, Any] | None:
        """The section written once, None where it is missing."""
        found = self.data.get(section)
        if found is not None and not isinstance(found, dict):
            raise self.refuse(
                f"is written as [[{section}]] or as a value", section, remedy=f"write [{section}] once"
            )
        return found

    def tables(self, section: str) -> list[dict[str, Any]]:
        """The sections written as ``[[section]]``."""
        found = self.data.get(section, [])
        if not isinstance(found, list) or not all(isinstance(x, dict) for x in found):
            raise self.refuse("cannot be used so", section, remedy=f"write [[{section}]], once for each")
        return found

    def make(
        self,
        kind: type[Made],
        section: str,
        given: Mapping[str, Any],
        *,
        number: int = 0,
        defaults: Mapping[str, Any] | None = None,
    ) -> Made:
        """A dataclass from the keys of a section: its fields are the keys, their types what is allowed.

        ``defaults`` are used for fields that have none of their own. Refusals of the class keep their words
        and get the line of the key they name.
        """
        known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
        hints = get_type_hints(kind, include_extras=True)
        for key in given:
            if key not in known:
                raise self.refuse("unknown key", section, key, number, allowed=", ".join(known) or "none")
        values = {k: self._value(v, hints[k], section, k, number) for k, v in given.items()}
        for name, f in known.items():
            if name not in values and f.default is MISSING and f.default_factory is MISSING:
                if name not in (defaults or {}):
                    raise self.refuse(f"{name!r} is missing", section, "", number, allowed=says(hints[name]))
                values[name] = (defaults or {})[name]
        return self.call(kind, section, number, **values)

    def call(self, kind: Callable[..., Made], section: str, number: int = 0, **values: Any) -> Made:
        """``kind(**values)``, its refusals with the line of the key they name."""
        try:
            return kind(**values)
        except InputError as problem:
            raise self.refuse(
                problem.what, section, problem.where, number, allowed=problem.allowed, remedy=problem.remedy
            ) from problem

    def _value(self, value: Any, hint: Any, section: str, key: str, number: int) -> Any:
        found = _converted(value, hint)
        if found is _WRONG:
            raise self.refuse(f"{value!r} is not usable", section, key, number, allowed=says(hint))
        return found


def read_document(path: str | Path) -> Document:
    """The sections of a TOML file. Raises ``InputError`` naming the line where it is not TOML."""
    return parse_document(read_toml(path), str(path))


def read_toml(path: str | Path) -> str:
    """The text of a TOML file, to be parsed here or elsewhere. Raises ``InputError``."""
    return read_text(Path(path), format="TOML", most=MAX_BYTES).replace("\r\n", "\n")


def parse_document(text: str, where: str) -> Document:
    """The sections of a TOML text; ``where`` names it in refusals."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        found = re.search(r"at line (\d+), column \d+", str(problem))
        what = re.sub(r" \(at .*\)", "", str(problem))
        raise InputError(
            f"is not TOML ({what})", where=f"{where}:{found[1]}" if found else where
        ) from problem
    return Document(path=where, data=data, lines=_lines(text))


def _lines(text: str) -> dict[tuple[str, int, str], int]:
    """Where sections and keys stand; a key whose place is not found gets the line of its section."""
    found: dict[tuple[str, int, str], int] = {}
    section, number, seen = "", 0, dict[str, int]()
    for line, content in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(content):
            section = header[2]
            number = seen[section] = seen.get(section, -1) + 1
            found[section, number, ""] = line
        elif key := _KEY.match(content):
            found.setdefault((section, number, key[1]), line)
            if not section:
                found.setdefault((key[1], 0, ""), line)
    return found


_WRONG: Any = object()


def _plain(hint: Any) -> Any:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def _converted(value: Any, hint: Any) -> Any:
    """``value`` as its type wants it, or ``_WRONG``."""
    hint = _plain(hint)
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        found = (_converted(value, part) for part in parts if part is not NoneType)
        return next((x for x in found if x is not _WRONG), _WRONG)
    if origin is Literal:
        return value if value in parts else _WRONG
    if origin is tuple:
        if not isinstance(value, list):
            return _WRONG
        inner = parts[:1] * len(value) if parts[-1] is Ellipsis else parts
        if len(inner) != len(value):
            return _WRONG
        items = tuple(_converted(v, p) for v, p in zip(value, inner, strict=True))
        return _WRONG if any(x is _WRONG for x in items) else items
    if isinstance(value, bool) or hint is bool:
        return value if isinstance(value, bool) and hint is bool else _WRONG
    if hint is float and isinstance(value, (int, float)):
        return float(value) if abs(value) < 1e300 else _WRONG  # NaN and infinities are not below
    return value if hint in (int, str) and isinstance(value, hint) else _WRONG


def says(hint: Any) -> str:
    """A type in words."""
    hint = _plain(hint)
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " or ".join(says(p) for p in parts if p is not NoneType)
    if origin is Literal:
        return ", ".join(repr(p) for p in parts)
    if origin is tuple:
        return f"a list of {says(parts[0]).removeprefix('a ')}s"
    return {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}.get(
        hint, str(hint)
    )
