"""The column dictionary ``data/columns.csv``: what each column of the evidence tables means and may hold.

Nothing in the program lists codes or ranges of a column a second time. A line of the dictionary says:
``kind`` text | code | codes (several joined by ``|``) | number | month | bool; ``required`` in every row;
``key`` the columns that together name a row; ``allowed`` codes separated by ``|`` (``other:*``: any ending),
``[whole] [above] LOW..HIGH`` for numbers, ``in TABLE.csv`` for a reference (``|all`` allows that word too).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources

from ..files.csv import read_table

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_RANGE = re.compile(r"(whole )?(above )?(-?\d+)\.\.(-?\d+)", re.ASCII)
_REFERENCE = "in "
_REMEDY = {
    "number": "write a plain number with a decimal point",
    "month": "write months after the injection as a plain number",
    "code": "write one of these codes exactly",
    "codes": "write one of these codes exactly, or several joined by |",
    "bool": "write yes or no",
    "text": "fill it in",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One line of the column dictionary."""

    name: str
    kind: str
    required: bool
    key: bool
    allowed: str
    unit: str
    meaning: str

    @property
    def numeric(self) -> bool:
        """True for numbers and months."""
        return self.kind in ("number", "month")

    @property
    def refers_to(self) -> tuple[str, tuple[str, ...]] | None:
        """The table this column names a row of, and the words that are allowed instead."""
        if self.kind != "text" or not self.allowed.startswith(_REFERENCE):
            return None
        file, *words = self.allowed.removeprefix(_REFERENCE).split("|")
        return file.removesuffix(".csv"), tuple(words)

    @property
    def accepts(self) -> str:
        """What a cell may hold, for a message."""
        if self.kind == "bool":
            return "yes or no"
        return f"{self.allowed} {self.unit}".strip() if self.numeric else self.allowed or "any text"

    @property
    def remedy(self) -> str:
        """What to do about a cell that cannot be used."""
        return _REMEDY[self.kind] + ("" if self.required else ", or leave it empty if it was not reported")

    def test(self) -> Callable[[str], bool] | None:
        """A test for a cell that is not empty, or None where any text will do."""
        if self.numeric:
            return _number_test(self.allowed)
        if self.kind == "text":
            return None
        codes = {"yes", "no"} if self.kind == "bool" else set(self.allowed.split("|"))
        stems = tuple(code[:-1] for code in codes if code.endswith("*"))

        def is_code(text: str) -> bool:
            return text in codes or (text.startswith(stems) and text not in stems)

        return (lambda text: all(map(is_code, text.split("|")))) if self.kind == "codes" else is_code


def _number_test(allowed: str) -> Callable[[str], bool]:
    """A test for ``[whole] [above] LOW..HIGH``: what ``float`` also takes (nan, 1_000) is no number here."""
    found = _RANGE.fullmatch(allowed)
    assert found, f"columns.csv: {allowed!r} is not a range"
    whole, above, low, high = found[1], found[2], float(found[3]), float(found[4])

    def is_allowed(text: str) -> bool:
        if not NUMBER.fullmatch(text):
            return False
        x = float(text)
        return low <= x <= high and not (above and x == low) and not (whole and x % 1)

    return is_allowed


def columns() -> dict[str, tuple[Column, ...]]:
    """The column dictionary: table → its columns in order."""
    found: dict[str, list[Column]] = defaultdict(list)
    for row in read_table(resources.files(__package__) / "data" / "columns.csv", "columns.csv").rows:
        file, name, kind, required, key, allowed, unit, meaning = row.cells.values()
        column = Column(name, kind, required == "yes", key == "yes", allowed, unit, meaning)
        found[file.removesuffix(".csv")].append(column)
    return {table: tuple(of) for table, of in found.items()}
