"""A table of arms by column, from memory or from a CSV file, that says where each of its cells stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import SupportsFloat

import numpy as np

from ..errors import InputError, require
from ..files.csv import read_table
from ..units import Array

Cell = str | SupportsFloat | None
Table = Mapping[str, Sequence[Cell]] | Sequence[Mapping[str, Cell]] | str | Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Column → its cells, one a row; ``file`` and ``lines`` of the rows, empty for a table in memory."""

    columns: Mapping[str, Sequence[Cell]]
    file: str = ""
    lines: tuple[int, ...] = ()

    @property
    def head(self) -> str:
        """The place of the names of the columns, for a message."""
        return f"{self.file}:1" if self.file else "table"

    def where(self, row: int, column: str = "") -> str:
        """The place of a cell, or of a row: ``arms.csv:3: mean``; in memory ``table row 2, column mean``."""
        if self.file:
            return f"{self.file}:{self.lines[row]}" + (f": {column}" if column else "")
        return f"table row {row + 1}" + (f", column {column}" if column else "")

    def numbers(self, column: str) -> Array:
        """A column as numbers (rows,); empty is NaN. Raises ``InputError`` with the place of another text."""
        values = self.columns[column]
        try:
            whole = np.asarray(values, float)  # the usual column: all numbers
        except (TypeError, ValueError):
            whole = np.empty(0)
        if whole.shape == (len(values),) and not np.isinf(whole).any():
            return whole
        found = np.full(len(values), np.nan)
        for i, value in enumerate(values):
            if value is None or (isinstance(value, str) and value.strip().lower() in ("", "na", "nan")):
                continue
            try:
                found[i] = float(value)
            except (TypeError, ValueError):
                raise InputError(f"{value!r} is not a number", where=self.where(i, column)) from None
            require(not np.isinf(found[i]), "is infinite", where=self.where(i, column))
        return found

    def refuse_repeats(self) -> None:
        """Refuse a slip of copying: a row that repeats another whole would count its patients twice."""
        seen: dict[tuple[str, ...], int] = {}
        for i, row in enumerate(zip(*self.columns.values(), strict=True)):
            before = seen.setdefault(tuple(map(str, row)), i)
            require(
                before == i,
                f"is {self._named(before)} again",
                where=self.where(i),
                remedy="delete one of them; tell two arms apart in a column of their own, say arm",
            )

    def _named(self, row: int) -> str:
        return f"line {self.lines[row]}" if self.file else f"row {row + 1}"


def arms_of(table: Table) -> Arms:
    """A mapping of columns, a sequence of rows or a CSV file, by column. Raises ``InputError``."""
    if isinstance(table, str | Path):
        return _from_file(Path(table))
    if isinstance(table, Mapping):
        columns: dict[str, Sequence[Cell]] = {str(name): list(values) for name, values in table.items()}
    else:
        rows = list(table)
        require(len(rows) > 0, "has no rows", where="table")
        columns = {str(name): [row.get(name) for row in rows] for name in rows[0]}
    lengths = {name: len(values) for name, values in columns.items()}
    require(len(set(lengths.values())) <= 1, f"columns of different length: {lengths}", where="table")
    return Arms(columns=columns)


def _from_file(path: Path) -> Arms:
    """The table of a file, blanks around its cells dropped."""
    found = read_table(path)
    found.require_once()
    columns = {name: [row[name].strip() for row in found.rows] for name in found.columns}
    return Arms(columns=columns, file=found.file, lines=tuple(row.line for row in found.rows))
