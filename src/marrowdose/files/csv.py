"""CSV: one reader. A table is rows of cells that know where they stand: file, line and column.

Text comes from ``text.read_text``, which decides on encodings; ``_records`` decides on separators and quotes.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from ..errors import InputError, require
from .text import read_text

MOST = 20_000_000  # bytes of one table: a hundred times the shipped ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record: the line it starts on (the header is line 1) and its cells by column, as written."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def where(self, column: str = "") -> str:
        """Where a cell stands: ``arms.csv:3: mean``; the row itself without ``column``."""
        return f"{self.file}:{self.line}: {column}" if column else f"{self.file}:{self.line}"

    def number(self, column: str, *, missing: float | None = None) -> float:
        """The cell as a finite number; ``missing`` stands for an empty cell, where one may be empty.

        Raises ``InputError`` with the place of the cell.
        """
        text = self.cells[column].strip()
        return missing if missing is not None and not text else _number(text, self.where(column))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file with a header: columns in the order of the file, whole rows, and what is wrong with others."""

    file: str
    columns: tuple[str, ...]
    whole: tuple[Row, ...]
    ragged: tuple[InputError, ...]  # rows with too few or too many cells

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows. Raises ``InputError`` at the first that has not as many cells as there are columns."""
        if self.ragged:
            raise self.ragged[0]
        return self.whole

    @property
    def head(self) -> str:
        """Where the header stands."""
        return f"{self.file}:1"

    def require(self, *columns: str, remedy: str = "") -> None:
        """Raises ``InputError`` unless each of ``columns`` is there once."""
        missing = [c for c in columns if c not in self.columns]
        there = ", ".join(self.columns) or "a header line"
        require(not missing, f"no column {', '.join(missing)}", where=self.head, allowed=there, remedy=remedy)
        self.require_once(*columns)

    def require_once(self, *columns: str) -> None:
        """Raises ``InputError`` where one of ``columns`` is there twice; without ``columns``, any."""
        twice = sorted({c for c in columns or self.columns if self.columns.count(c) > 1})
        require(not twice, f"two columns are called {', '.join(twice)}", where=self.head, remedy="rename one")

    def numbers(self, column: str) -> list[float]:
        """A column of finite numbers. Raises ``InputError`` with the place of a cell that is none."""
        return [row.number(column) for row in self.rows]


def read_table(file: Path | Traversable, label: str = "") -> Table:
    """The table in a file, blanks around the names of its columns dropped and blank lines passed over.

    ``label`` names the file in messages (its path unless given). Raises ``InputError`` where it is no table.
    """
    where = label or str(file)
    records = _records(read_text(file, label=where, format="CSV", most=MOST), where)
    _, header = next(records, (1, []))
    columns = tuple(name.strip() for name in header)
    whole, ragged = [], []
    for line, cells in records:
        if len(cells) == len(columns):
            whole.append(Row(file=where, line=line, cells=dict(zip(columns, cells, strict=True))))
        else:
            ragged.append(_ragged(len(cells), columns, f"{where}:{line}"))
    return Table(file=where, columns=columns, whole=tuple(whole), ragged=tuple(ragged))


def read_matrix(file: Path) -> list[list[float]]:
    """The numbers of a file without a header, row by row. Raises ``InputError``."""
    records = _records(read_text(file, format="CSV", most=MOST), str(file))
    return [
        [_number(cell, f"{file}:{line}: column {k}") for k, cell in enumerate(cells, 1)]
        for line, cells in records
    ]


def _records(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line they start on: a quoted cell may span lines, a blank line is no record."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as problem:
        what, remedy = f"is not CSV ({problem})", "check the quotes"
        raise InputError(what, where=f"{where}:{line}", remedy=remedy) from problem


def _ragged(cells: int, columns: tuple[str, ...], where: str) -> InputError:
    last = columns[min(cells, len(columns)) - 1] if columns else ""
    return InputError(
        f"has {cells} cell{'s'[: cells != 1]} for {len(columns)} columns",
        where=f"{where}: {last}".rstrip(": "),
        remedy="quote a cell that holds a comma; an empty cell keeps its comma",
    )


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    remedy = "correct it, or leave the row out and say so"
    require(math.isfinite(value), f"{text!r} is not a number", where=where, remedy=remedy)
    return value
