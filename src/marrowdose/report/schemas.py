"""The published JSON Schemas of all records, by id: ``curve/1`` is in ``schemas/curve-1.schema.json``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import require
from ..files.json import parse_json, text_of

if TYPE_CHECKING:
    from ..files.json_schema import Schema

_END = ".schema.json"


def schema(name: str) -> Schema:
    """The JSON Schema (draft 2020-12) of the records called ``name``. Raises ``InputError`` for others.

    >>> schema("curve/1")["title"]
    'curve/1'
    """
    require(name in names(), f"there is no schema {name!r}", where="schema", allowed=", ".join(names()))
    file = file_name(name)
    found: Schema = parse_json(files("marrowdose").joinpath("schemas", file).read_text("utf-8"), file)
    return found


def names() -> list[str]:
    """The ids of all records that are printed, in alphabetical order."""
    held = files("marrowdose").joinpath("schemas").iterdir()
    ends = (file.name.removesuffix(_END).rpartition("-") for file in held if file.name.endswith(_END))
    return sorted(f"{name}/{version}" for name, _, version in ends)


def file_name(name: str) -> str:
    """Of the schema called ``name``."""
    return name.replace("/", "-") + _END


def publish() -> None:
    """Write the schemas anew, all from the types of the records, as ``python3 dev.py schemas`` does."""
    from ..files.json_schema import schema_of
    from .records import RECORDS

    folder = Path(__file__).parent.parent / "schemas"
    for old in folder.glob(f"*{_END}"):
        old.unlink()
    for found in map(schema_of, RECORDS):
        path = folder / file_name(str(found["title"]))
        path.write_text(text_of(found), encoding="utf-8", newline="\n")
