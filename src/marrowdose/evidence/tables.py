"""Evidence tables → rows: read, validate, and name every fault by file, line and column.

What one cell may hold is said in ``data/columns.csv``; this file adds what no single cell can show:
cells that contradict one another, rows that repeat one another, names that lead nowhere.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from ..domain import EvidenceRow
from ..errors import InputError, require
from ..files.csv import Row as Record
from ..files.csv import Table, read_table
from .columns import NUMBER, Column, columns

NEEDED = ("studies", "arms", "outcomes")  # what an added folder must hold
Dictionary = Mapping[str, tuple[Column, ...]]
Key = tuple[str | float, ...]  # the cells that together name a row


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
            raise _fault(self, column, f"{text!r} is not a number", "a number", "write a plain number")
        return float(text) if text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All tables, shipped and added, in the order they were read.

    ``digest``: SHA-256 of the content, whatever the path, the order of columns or the line endings;
    ``folders``: names of the folders added to the shipped tables.
    """

    studies: tuple[Row, ...]
    arms: tuple[Row, ...]
    outcomes: tuple[Row, ...]
    safety: tuple[Row, ...]
    comparator_timecourse: tuple[Row, ...]
    benchmarks: tuple[Row, ...]
    benchmarks_derived: tuple[Row, ...]
    modifiers: tuple[Row, ...]
    decisions: tuple[Row, ...]
    events: tuple[Row, ...]
    digest: str
    folders: tuple[str, ...]


def read_evidence(*folders: Path) -> Evidence:
    """The shipped tables and those of further folders in the same format, as one body of evidence.

    Raises ``InputError`` with the first fault and the count of the rest; ``validate`` lists them all.
    """
    evidence, faults = _load(folders)
    if faults:
        first, rest = faults[0], len(faults) - 1
        more = f" (and {rest} more: check the whole folder)" if rest else ""
        raise InputError(first.what, where=first.where, allowed=first.allowed, remedy=first.remedy + more)
    return evidence


def validate(folder: Path) -> tuple[str, ...]:
    """Everything that keeps a folder from being read as evidence, one sentence each; empty if nothing does.

    While a file is missing or cannot be read, references between tables are not checked.
    """
    return tuple(str(fault) for fault in _load((folder,))[1])


def _load(folders: tuple[Path, ...]) -> tuple[Evidence, list[InputError]]:
    """Read everything, collecting faults instead of stopping at the first."""
    known = columns()
    tables: dict[str, list[Row]] = {table: [] for table in known}
    names = tuple(folder.resolve().name for folder in folders)
    broken = [
        InputError("two folders have this name", where=name, remedy="rename one: rows are cited by it")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    _read_folder(resources.files(__package__) / "data", "", known, tables, broken)
    for name, folder in zip(names, folders, strict=True):
        broken += _folder_faults(folder, name, known)
        _read_folder(folder, f"{name}/", known, tables, broken)
    faults = [fault for table, of in known.items() for fault in _cell_faults(table, tables[table], of)]
    if not broken:  # else names would seem to lead nowhere only because their table is missing
        keys = {table: _keys(tables[table], of) for table, of in known.items()}
        for table, of in known.items():
            faults += _duplicates(tables[table], keys[table], of)
            faults += _orphans(table, tables, keys, known)
    rows = {table: tuple(some) for table, some in tables.items()}
    return Evidence(**rows, digest=_digest(rows), folders=names), broken + faults


def _digest(tables: Mapping[str, tuple[Row, ...]]) -> str:
    canonical = io.StringIO(newline="")
    writer = csv.writer(canonical, lineterminator="\n")
    for table, rows in tables.items():
        writer.writerow([table])
        writer.writerows(row.values.values() for row in rows)
    return hashlib.sha256(canonical.getvalue().encode()).hexdigest()


def _folder_faults(folder: Path, name: str, known: Dictionary) -> Iterator[InputError]:
    """What is wrong with an added folder before any file is opened."""
    if not folder.is_dir():
        yield InputError(
            "there is no such folder", where=str(folder), remedy="give a folder of evidence tables"
        )
        return
    files = {file.name for file in folder.iterdir() if file.suffix == ".csv"}
    for table in NEEDED:
        if f"{table}.csv" not in files:
            remedy = "add it, with the header of the shipped table"
            yield InputError("is missing", where=f"{name}/{table}.csv", remedy=remedy)
    tables = [f"{table}.csv" for table in known]
    for file in sorted(files.difference(tables)):
        where, allowed = f"{name}/{file}", ", ".join(tables)
        yield InputError(
            "is not an evidence table", where=where, allowed=allowed, remedy="rename or remove it"
        )


def _read_folder(
    folder: Traversable,
    prefix: str,
    known: Dictionary,
    tables: dict[str, list[Row]],
    broken: list[InputError],
) -> None:
    """Add the rows of a folder to ``tables``, and what cannot be read to ``broken``."""
    for table, of in known.items():
        file, label = folder / f"{table}.csv", f"{prefix}{table}.csv"
        if file.is_file():
            try:
                found = read_table(file, label)
                _check_whole(found, [column.name for column in of])
            except InputError as error:
                broken.append(error)
            else:
                broken += found.ragged
                tables[table] += [_in_order(row, of) for row in found.whole]


def _in_order(row: Record, of: tuple[Column, ...]) -> Row:
    """The cells in the order of the dictionary, whatever that of the file."""
    return Row(row.file, row.line, {column.name: row[column.name] for column in of})


def _check_whole(table: Table, names: list[str]) -> None:
    """Raises ``InputError`` unless the header holds each column once and nothing else, and there are rows."""
    allowed = ",".join(names)
    for name in table.columns:
        require(
            name in names,
            f"column {name!r} is unknown",
            where=table.head,
            allowed=allowed,
            remedy="use each once, separated by commas",
        )
    table.require_once()
    table.require(*names, remedy="add it; a cell stays empty where nothing was reported")
    remedy = "add rows or remove the file"
    require(bool(table.whole or table.ragged), "has a header and no rows", where=table.file, remedy=remedy)


def _fault(row: Row, column: str, what: str, allowed: str, remedy: str) -> InputError:
    return InputError(what, where=f"{row.ref}: {column}", allowed=allowed, remedy=remedy)


def _cell_faults(table: str, rows: list[Row], of: tuple[Column, ...]) -> Iterator[InputError]:
    """Cells the dictionary does not allow; in rows without such cells, those that contradict one another."""
    tests = [(column, test) for column in of if (test := column.test()) or column.required]
    numeric = [column.name for column in of if column.numeric]
    for row in rows:
        good = True
        for column, test in tests:
            text = row.values[column.name]
            if (column.required and not text) or (text and test and not test(text)):
                good = False
                what = f"{text!r} is not usable" if text else "the cell is empty"
                yield _fault(row, column.name, what, column.accepts, column.remedy)
        if good:
            numbers = {name: float(row.values[name]) for name in numeric if row.values[name]}
            for contradiction in _contradictions(table, row, numbers):
                yield _fault(row, *contradiction)


def _contradictions(table: str, row: Row, x: Mapping[str, float]) -> Iterator[tuple[str, str, str, str]]:
    """Cells of one row that cannot be true together: column, what is wrong, what is allowed, what to do."""
    check = "check for swapped or slipped columns"
    for low, high in (("lo", "hi"), ("dose_low", "dose_high"), ("scale_min", "scale_max")):
        if low in x and high in x and (x[low] > x[high] or (low == "scale_min" and x[low] == x[high])):
            yield low, f"{x[low]:g} is not below {high} = {x[high]:g}", f"{low} below {high}", check
    if table == "outcomes":
        yield from _outcome_contradictions(row, x, check)
    if table == "safety" and x.get("n_with_event", 0) > x.get("n_at_risk", float("inf")):
        yield (
            "n_with_event",
            f"{x['n_with_event']:g} of {x['n_at_risk']:g} patients",
            "up to n_at_risk",
            check,
        )
    if (
        table == "decisions"
        and row["column"] in ("n", "extension_after")
        and not NUMBER.fullmatch(row["value"])
    ):
        yield "value", f"{row['value']!r} is not a number", f"a number for {row['column']}", "write a number"


def _outcome_contradictions(
    row: Row, x: Mapping[str, float], check: str
) -> Iterator[tuple[str, str, str, str]]:
    """The same for an outcome: its scale, its interval, its spread."""
    if ("scale_min" in x) != ("scale_max" in x):
        missing = "scale_max" if "scale_min" in x else "scale_min"
        yield missing, "only one end of the scale is given", "both ends or neither", "give both ends"
    elif "scale_min" in x and row["stat"].startswith(("mean_", "median_")):
        low, high = x["scale_min"], x["scale_max"]
        for name in ("value", "lo", "hi"):
            if name in x and not low <= x[name] <= high:
                remedy = "check the figure and the version of the instrument; a change has a change_* stat"
                yield name, f"{x[name]:g} is outside the scale", f"{low:g} to {high:g}", remedy
    if "lo" in x and "hi" in x and x["lo"] <= x["hi"] and not x["lo"] <= x["value"] <= x["hi"]:
        yield "value", f"{x['value']:g} is outside lo to hi", f"{x['lo']:g} to {x['hi']:g}", check
    if x.get("n", 2) < 2 and ("sd" in x or "lo" in x or "hi" in x):
        yield "n", "a spread of one patient", "2 patients or more", "write mean_only and no spread"


def _keys(rows: list[Row], of: tuple[Column, ...]) -> list[Key]:
    """What names each row. Numbers count by value: month 3 and month 3.0 are the same month."""
    names = [(column.name, column.numeric) for column in of if column.key]

    def cell(text: str, numeric: bool) -> str | float:
        return float(text) if numeric and NUMBER.fullmatch(text) else text

    return [tuple([cell(row.values[name], numeric) for name, numeric in names]) for row in rows]


def _duplicates(rows: list[Row], keys: list[Key], of: tuple[Column, ...]) -> Iterator[InputError]:
    """Rows that say the same thing as an earlier one."""
    names = [column.name for column in of if column.key]
    first: dict[Key, Row] = {}
    for row, key in zip(rows, keys, strict=True):
        seen = first.setdefault(key, row)
        if seen is not row:
            remedy = "keep one of them" if len(names) > 1 else f"choose another {names[0]}"
            allowed = f"one row for each {', '.join(names)}"
            yield _fault(row, names[-1], f"repeats {seen.ref} ({row[names[0]]})", allowed, remedy)


def _orphans(
    table: str, tables: Mapping[str, list[Row]], keys: Mapping[str, list[Key]], known: Dictionary
) -> Iterator[InputError]:
    """Rows that name a study or an arm which is not there."""
    for column in known[table]:
        if column.refers_to is None:
            continue
        target, words = column.refers_to
        there = set(keys[target])
        outer = [one.name for one in known[target] if one.key][:-1]  # the study an arm belongs to
        for row in tables[table]:
            name = row[column.name]
            if name and name not in words and (*(row[of] for of in outer), name) not in there:
                what = " of ".join([repr(name), *(row[of] for of in outer)]) + f" is not in {target}.csv"
                allowed = " or ".join([f"a row of {target}.csv", *words])
                yield _fault(row, column.name, what, allowed, f"correct the name or add it to {target}.csv")
