"""Evidence tables → Evidence: rows from folders or from memory, checked alike (``faults``)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from ..errors import InputError, require
from ..files.csv import Row as Record
from ..files.csv import Table, read_table
from .columns import Column, columns
from .faults import Dictionary, faults_of_rows
from .row import Row

NEEDED = ("studies", "arms", "outcomes")  # what an added folder must hold
Tables = Mapping[str, Iterable[Mapping[str, str]]]  # table → rows, each with a cell for every column
Loaded = tuple[dict[str, list[Row]], list[InputError]]  # rows by table, and what could not be read


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
    return _faultless(*_from_folders(folders), more="check the whole folder")


def evidence_from(tables: Tables, *, origin: str = "", beside: Evidence | None = None) -> Evidence:
    """Evidence from rows in memory, alone or ``beside`` other evidence, checked as rows of files are.

    A row is named as if it stood in a file below its header: ``ORIGIN/outcomes.csv:2`` is the first one.
    Every column has a cell, a text, empty where nothing was reported; tables that are not needed may be left
    out. Raises ``InputError`` with the first fault and the count of the rest.

    >>> evidence_from({"studies": [], "arms": [], "outcomes": []}, origin="registry")
    Traceback (most recent call last):
    ...
    marrowdose.errors.InputError: registry/studies.csv: has no rows; add rows (and 2 more: check every table).
    """
    known, names = columns(), beside.folders if beside else ()
    rows: dict[str, list[Row]] = {table: [*getattr(beside, table, ())] for table in known}
    added, broken = _from_memory(tables, f"{origin}/" if origin else "", known)
    for table, some in added.items():
        rows[table] += some
    names = (*names, *filter(None, (origin,)))
    return _faultless(*_checked(rows, names, [*_repeated(names), *broken], known), more="check every table")


def validate(folder: Path) -> tuple[str, ...]:
    """Everything that keeps a folder from being read as evidence, one sentence each; empty if nothing does.

    While a file is missing or cannot be read, references between tables are not checked.
    """
    return tuple(str(fault) for fault in _from_folders((folder,))[1])


def _faultless(evidence: Evidence, faults: list[InputError], more: str) -> Evidence:
    """The evidence, if nothing is wrong with it."""
    if faults:
        first, rest = faults[0], len(faults) - 1
        remedy = first.remedy + (f" (and {rest} more: {more})" if rest else "")
        raise InputError(first.what, where=first.where, allowed=first.allowed, remedy=remedy)
    return evidence


def _checked(
    rows: dict[str, list[Row]], names: tuple[str, ...], broken: list[InputError], known: Dictionary
) -> tuple[Evidence, list[InputError]]:
    """The evidence of these rows with all faults; ``broken``: what could not be read."""
    # with a table missing, names would seem to lead nowhere only because of that
    faults = broken + faults_of_rows(rows, known, references=not broken)
    tables = {table: tuple(some) for table, some in rows.items()}
    return Evidence(**tables, digest=_digest(tables), folders=names), faults


def _digest(tables: Mapping[str, tuple[Row, ...]]) -> str:
    canonical = io.StringIO(newline="")
    writer = csv.writer(canonical, lineterminator="\n")
    for table, rows in tables.items():
        writer.writerow([table])
        writer.writerows(row.values.values() for row in rows)
    return hashlib.sha256(canonical.getvalue().encode()).hexdigest()


def _repeated(names: tuple[str, ...]) -> list[InputError]:
    """Rows are cited by the name of their folder or origin, so no two may share one."""
    return [
        InputError("two folders have this name", where=name, remedy="rename one: rows are cited by it")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]


# from folders -------------------------------------------------------------------------------------------


def _from_folders(folders: tuple[Path, ...]) -> tuple[Evidence, list[InputError]]:
    """Read everything, collecting faults instead of stopping at the first."""
    known = columns()
    rows: dict[str, list[Row]] = {table: [] for table in known}
    names = tuple(folder.resolve().name for folder in folders)
    broken = _repeated(names)
    _read_folder(resources.files(__package__) / "data", "", known, rows, broken)
    for name, folder in zip(names, folders, strict=True):
        broken += _folder_faults(folder, name, known)
        _read_folder(folder, f"{name}/", known, rows, broken)
    return _checked(rows, names, broken, known)


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


# from memory --------------------------------------------------------------------------------------------


def _from_memory(tables: Tables, prefix: str, known: Dictionary) -> Loaded:
    """The rows of tables in memory, and what cannot be used of them."""
    rows: dict[str, list[Row]] = {}
    broken: list[InputError] = []
    for table in tables.keys() - known.keys():
        allowed = ", ".join(known)
        broken.append(InputError("is not an evidence table", where=f"{prefix}{table}", allowed=allowed))
    for table, of in known.items():
        label, names = f"{prefix}{table}.csv", [column.name for column in of]
        found = list(enumerate(tables.get(table, ()), 2))  # the header would be line 1
        if table in NEEDED and not found:
            broken.append(InputError("has no rows", where=label, remedy="add rows"))
        rows[table] = []
        for line, cells in found:
            faults = [*_misfit(cells, names, f"{label}:{line}")]
            broken += faults
            if not faults:
                rows[table].append(Row(label, line, {name: cells[name] for name in names}))
    return rows, broken


def _misfit(cells: Mapping[str, str], names: list[str], where: str) -> Iterator[InputError]:
    """Cells of one row that are unknown, missing or no text."""
    for name in [*names, *sorted(cells.keys() - set(names))]:
        if name not in cells:
            remedy = "add it; a cell stays empty where nothing was reported"
            yield InputError(f"column {name!r} is missing", where=where, remedy=remedy)
        elif name not in names:
            yield InputError(f"column {name!r} is unknown", where=where, allowed=",".join(names))
        elif not isinstance(cells[name], str):
            what, remedy = f"{cells[name]!r} is not a text", "write it as it would stand in a file"
            yield InputError(what, where=f"{where}: {name}", remedy=remedy)
