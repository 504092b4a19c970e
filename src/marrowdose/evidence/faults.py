"""What is wrong with the rows of tables, wherever they were read: every fault by file, line and column.

What one cell may hold is said in ``data/columns.csv``; this file adds what no single cell can show:
cells that contradict one another, rows that repeat one another, names that lead nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import InputError
from .columns import NUMBER, Column
from .row import Row, fault

Dictionary = Mapping[str, tuple[Column, ...]]
Rows = Mapping[str, list[Row]]  # table → its rows
Key = tuple[str | float, ...]  # the cells that together name a row


def faults_of_rows(tables: Rows, known: Dictionary, *, references: bool = True) -> list[InputError]:
    """Everything wrong with the rows; ``references`` False: without names that lead nowhere and repeats."""
    found = [one for table, of in known.items() for one in _cell_faults(table, tables[table], of)]
    if references:
        keys = {table: _keys(tables[table], of) for table, of in known.items()}
        for table, of in known.items():
            found += _duplicates(tables[table], keys[table], of)
            found += _orphans(table, tables, keys, known)
    return found


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
                yield fault(row, column.name, what, column.accepts, column.remedy)
        if good:
            numbers = {name: float(row.values[name]) for name in numeric if row.values[name]}
            for contradiction in _contradictions(table, row, numbers):
                yield fault(row, *contradiction)


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
            yield fault(row, names[-1], f"repeats {seen.ref} ({row[names[0]]})", allowed, remedy)


def _orphans(
    table: str, tables: Rows, keys: Mapping[str, list[Key]], known: Dictionary
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
                yield fault(row, column.name, what, allowed, f"correct the name or add it to {target}.csv")
