"""Looking things up in the evidence: which studies, what one says, what a reference points to. Pure."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping

from ..errors import InputError
from .columns import columns
from .row import Row
from .tables import Evidence

CELLS = ("bm_msc", "ad_msc", "uc_msc")  # cultured cells: their dose is a number of cells
Record = dict[str, object]


def list_studies(evidence: Evidence, left_out: Mapping[str, str] | None = None) -> list[Record]:
    """One record a study: study, year, design, cells, doses, n, months.

    ``doses``: million cells per injection per knee, as text because some are ranges, of arms with cultured
    cells; ``n``: patients randomised or enrolled; ``months``: of its outcomes, 0 being the baseline.
    With ``left_out`` (study → reason), a column ``core``: "used", or the reason why the study is not.
    """
    arms = _by_study(evidence.arms)
    outcomes = _by_study(evidence.outcomes)
    found = []
    for row in evidence.studies:
        study = row["study_id"]
        record: Record = {
            "study": study,
            "year": _whole(row.number("year")),
            "design": row["design"],
            "cells": row["source_cells"],
            "doses": _doses(arms[study]),
            "n": _whole(row.number("n_randomised")),
            "months": sorted({m for one in outcomes[study] if (m := one.number("month")) is not None}),
        }
        if left_out is not None:
            record["core"] = left_out.get(study, "used")
        found.append(record)
    return found


def show_study(evidence: Evidence, study_id: str) -> Record:
    """Everything the tables say about one study: ``study`` a record, ``arms`` to ``decisions`` lists of them.

    Each record is a row with its ``ref``. Raises ``InputError`` for an unknown id, naming the nearest.
    """
    studies = _by_study(evidence.studies)
    if study_id not in studies:
        raise _unknown(study_id, list(studies))
    record: Record = {"study": _record(studies[study_id][0])}
    for table in ("arms", "outcomes", "safety", "decisions"):
        record[table] = [_record(row) for row in _by_study(getattr(evidence, table))[study_id]]
    return record


def lookup(evidence: Evidence, ref: str) -> Row:
    """The row a reference such as ``outcomes.csv:17`` names. Raises ``InputError`` if there is none."""
    tables = columns()
    found = re.fullmatch(r"(?:.+/)?(\w+)\.csv:\d+", ref)
    if found is None or found[1] not in tables:
        allowed = "TABLE.csv:LINE or FOLDER/TABLE.csv:LINE with a table of " + ", ".join(tables)
        raise InputError(
            "is not a reference to a row", where=ref, allowed=allowed, remedy="write it as outcomes.csv:17"
        )
    file = ref.rpartition(":")[0]
    rows: tuple[Row, ...] = getattr(evidence, found[1])
    for row in rows:
        if row.ref == ref:
            return row
    lines = [row.line for row in rows if row.file == file]
    allowed = f"lines {min(lines)} to {max(lines)}" if lines else ", ".join({row.file: 0 for row in rows})
    raise InputError("there is no such row", where=ref, allowed=allowed, remedy="the header is line 1")


def _by_study(rows: tuple[Row, ...]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["study_id"]].append(row)
    return found


def _doses(arms: list[Row]) -> list[str]:
    """Doses of the arms, lowest first; a range only if no arm has a number (it may be a sum of such arms)."""
    cells = [arm for arm in arms if arm["treatment"] in CELLS]
    numbers = {dose for arm in cells if (dose := arm.number("dose_million_cells")) is not None}
    if numbers:
        return [f"{dose:g}" for dose in sorted(numbers)]
    return sorted({f"{arm['dose_low']}–{arm['dose_high']}" for arm in cells if arm["dose_low"]})


def _whole(x: float | None) -> int | None:
    return None if x is None else int(x)


def _record(row: Row) -> Record:
    return {"ref": row.ref, **row.values}


def _unknown(study_id: str, studies: list[str]) -> InputError:
    lower = {study.lower(): study for study in studies}
    near = [lower[one] for one in difflib.get_close_matches(study_id.lower(), lower, n=5, cutoff=0.4)]
    return InputError(
        f"there is no study {study_id!r}",
        where="evidence",
        allowed=", ".join(near) if near else f"one of {len(studies)} studies",
        remedy="list the studies to see all names",
    )
