"""The JSON Schema of a type: what ``files.json`` writes of its values, told to those who read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from types import NoneType, UnionType
from typing import (
    Annotated,
    Literal,
    NewType,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import numpy as np

from ..units import Within

Schema = dict[str, object]

_PLAIN = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}
_NUMBERS: Schema = {
    "description": "An array of numbers, by row and column; null where there is none.",
    "type": "array",
    "items": {"anyOf": [{"type": ["number", "null"]}, {"$ref": "#/$defs/Numbers"}]},
}


def schema_of(record: type) -> Schema:
    """The schema (draft 2020-12) of a typed dictionary or dataclass whose field ``schema`` names it.

    Docstrings and the strings of ``Annotated`` are its descriptions, ``Within`` its ranges. Fields that are
    functions are not written, so they are not told. Raises ``TypeError`` for what JSON cannot hold and where
    two types share a name.
    """
    (name,) = get_args(get_type_hints(record)["schema"])
    named = _Named({record.__name__: record}, {})
    whole = named.object_of(record)
    defs = {"$defs": dict(sorted(named.schemas.items()))} if named.schemas else {}
    identity = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:marrowdose:schema:{name}",
        "title": name,
    }
    return {**identity, **whole, **defs}


@dataclass(frozen=True, slots=True)
class _Named:
    """The types met so far, by name, and their schemas."""

    types: dict[str, type]
    schemas: dict[str, Schema]

    def object_of(self, kind: type) -> Schema:
        """An object with the fields of a typed dictionary, dataclass or named tuple, and no others."""
        hints = get_type_hints(kind, include_extras=True)
        told = {key: hint for key, hint in hints.items() if get_origin(hint) is not Callable}
        return {
            "type": "object",
            "description": _told(kind.__doc__ or ""),
            "properties": {key: self.schema(hint) for key, hint in told.items()},
            "required": [key for key, hint in told.items() if get_origin(hint) is not NotRequired],
            "additionalProperties": False,
        }

    def schema(self, hint: object) -> Schema:
        """Of any type that JSON can hold."""
        origin, parts = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return _described(self.schema(parts[0]), parts[1:])
        if origin in (Required, NotRequired):
            return self.schema(parts[0])
        if isinstance(hint, NewType):
            return self.schema(hint.__supertype__)
        if origin is Literal:
            return _choice(parts)
        if origin in (Union, UnionType):
            return _one_of([self.schema(part) for part in parts])
        if origin is tuple and Ellipsis not in parts:
            return _row([self.schema(part) for part in parts])
        if origin in (list, tuple, Sequence):
            return {"type": "array", "items": self.schema(parts[0])}
        if origin in (dict, Mapping):
            return {"type": "object", "additionalProperties": self.schema(parts[1])}
        if origin is np.ndarray:
            self.schemas["Numbers"] = _NUMBERS
            return {"$ref": "#/$defs/Numbers"}
        if isinstance(hint, type):
            return {"type": _PLAIN[hint]} if hint in _PLAIN else self._reference(hint)
        raise TypeError(f"JSON has no {hint}")

    def _reference(self, kind: type) -> Schema:
        if not (is_typeddict(kind) or is_dataclass(kind) or hasattr(kind, "_fields")):
            raise TypeError(f"JSON has no {kind}")
        if self.types.setdefault(kind.__name__, kind) is not kind:
            raise TypeError(f"two types are called {kind.__name__}")
        if kind.__name__ not in self.schemas:
            self.schemas[kind.__name__] = {}  # a type that holds itself ends here
            self.schemas[kind.__name__] = self.object_of(kind)
        return {"$ref": f"#/$defs/{kind.__name__}"}


def _told(docstring: str) -> str:
    """On one line, in the words of JSON."""
    return " ".join(docstring.split()).replace("``None``", "null").replace("``", "")


def _described(schema: Schema, notes: Sequence[object]) -> Schema:
    """With a description, the unit in brackets after the meaning, and with the range of a number."""
    unit_first = [str(note) for note in (schema.get("description"), *notes) if isinstance(note, str)]
    described = dict(schema)
    if unit_first:
        *units, meaning = unit_first
        described["description"] = f"{meaning.rstrip('.')} [{', '.join(units)}]." if units else meaning
    for within in (note for note in notes if isinstance(note, Within)):
        bounds = {"minimum": within.low, "maximum": within.high, "exclusiveMinimum": within.above}
        described |= {key: bound for key, bound in bounds.items() if bound is not None}
    return described


def _choice(values: Sequence[object]) -> Schema:
    if len(values) == 1:
        return {"const": values[0]}
    (kind,) = {type(value) for value in values}
    return {"type": _PLAIN[kind], "enum": list(values)}


def _one_of(choices: Sequence[Schema]) -> Schema:
    """A plain type that may be null as a list of types, ``["number", "null"]``; anything else as a choice."""
    *first, last = choices
    if last == {"type": "null"} and len(first) == 1 and isinstance(kind := first[0].get("type"), str):
        values = first[0].get("enum")
        with_null = {"enum": [*values, None]} if isinstance(values, list) else {}
        return {**first[0], "type": [kind, "null"], **with_null}
    return {"anyOf": list(choices)}


def _row(items: Sequence[Schema]) -> Schema:
    count = len(items)
    same = all(item == items[0] for item in items)
    each: Schema = {"items": items[0]} if same else {"prefixItems": list(items), "items": False}
    return {"type": "array", **each, "minItems": count, "maxItems": count}
