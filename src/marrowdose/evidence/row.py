"""One line of an evidence table, and how a fault in it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..domain import EvidenceRow
from ..errors import InputError
from .columns import NUMBER


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table as it stands in the file; the header is line 1. An empty cell: not reported."""

    file: str
    line: int
    values: Mapping[str, str]

    @property
    def ref(self) -> EvidenceRow:
        """Where it stands: ``outcomes.csv:17``, or ``FOLDER/outcomes.csv:17`` for added evidence."""
        return EvidenceRow(f"{self.file}:{self.line}")

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def number(self, column: str) -> float | None:
        """The cell as a number in the unit of its column, None if empty. Raises ``InputError`` for text."""
        text = self.values[column]
        if text and not NUMBER.fullmatch(text):
            raise fault(self, column, f"{text!r} is not a number", "a number", "write a plain number")
        return float(text) if text else None


def fault(row: Row, column: str, what: str, allowed: str, remedy: str) -> InputError:
    """What is wrong with one cell, named by file, line and column."""
    return InputError(what, where=f"{row.ref}: {column}", allowed=allowed, remedy=remedy)
