"""A CSV file → its records, in the columns that were asked for; anything else is an ``InputError``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from operator import itemgetter

from ..errors import InputError

LARGEST = 20_000_000  # bytes; a hundred times the shipped tables
Record = tuple[int, dict[str, str]]  # line it starts on (the header is line 1), column → cell


def records(file: Traversable, label: str, names: list[str], ragged: list[InputError]) -> list[Record]:
    """The records of a file, cells in the order of ``names`` whatever the order in the file.

    ``label`` names the file in messages. Records with too few or too many cells go to ``ragged``.
    Raises ``InputError`` if the file as a whole cannot be used.
    """
    lines = _numbered(_text(file, label), label)
    _, header = next(lines, (1, []))
    _check_header(header, names, label)
    in_order = itemgetter(*map(header.index, names))
    found: list[Record] = []
    empty = True
    for line, cells in lines:
        empty = False
        if len(cells) == len(names):
            found.append((line, dict(zip(names, in_order(cells), strict=True))))
        else:
            ragged.append(_ragged(cells, header, f"{label}, line {line}"))
    if empty:
        raise InputError("has a header and no rows", where=label, remedy="add rows or remove the file")
    return found


def _text(file: Traversable, label: str) -> str:
    """The text of a file, if it can be a table at all."""
    remedy = "save it as CSV in UTF-8"
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=label, remedy="check the file") from error
    if len(data) > LARGEST:
        allowed, advice = f"at most {LARGEST // 10**6} MB", "give figures of arms, not of patients"
        raise InputError("is too large", where=label, allowed=allowed, remedy=advice)
    if 0 in data:
        where = f"{label}, line {_line(data, data.index(0))}"
        raise InputError("holds NUL bytes", where=where, allowed="text", remedy=remedy)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"{label}, line {_line(data, error.start)}"
        raise InputError("is not UTF-8", where=where, allowed="text in UTF-8", remedy=remedy) from error


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def _check_header(header: list[str], names: list[str], label: str) -> None:
    """Raise ``InputError`` unless the header holds each column once and nothing else."""
    where, allowed = f"{label}, line 1", ",".join(names)
    for i, name in enumerate(header):
        if name not in names or name in header[:i]:
            what = f"column {name!r} is {'there twice' if name in names else 'unknown'}"
            raise InputError(what, where=where, allowed=allowed, remedy="use each once, separated by commas")
    for name in names:
        if name not in header:
            remedy = "add it; a cell stays empty where nothing was reported"
            raise InputError(f"column {name!r} is missing", where=where, allowed=allowed, remedy=remedy)


def _numbered(text: str, label: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the line they start on: a quoted cell may span lines, a blank line is no record."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        where = f"{label}, line {line}"
        raise InputError(f"is not CSV: {error}", where=where, remedy="check the quotes") from error


def _ragged(cells: list[str], header: list[str], where: str) -> InputError:
    last = header[min(len(cells), len(header)) - 1]
    return InputError(
        f"the row has {len(cells)} cells",
        where=f"{where}, column {last}",
        allowed=f"{len(header)}, as in the header",
        remedy="quote a cell that holds a comma; keep the commas of empty cells",
    )
