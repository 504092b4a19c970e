"""Looking things up in the evidence: which studies, what one says, what a reference points to. Pure."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, NotRequired, TypedDict

from ..errors import InputError
from ..units import Months
from .columns import columns
from .row import Row
from .tables import Evidence

CELLS = ("bm_msc", "ad_msc", "uc_msc")  # cultured cells: their dose is a number of cells


class StudyListed(TypedDict):
    """One study; ``core`` where it was asked which studies are used."""

    study: str
    year: int | None
    design: str
    cells: Annotated[str, "kind of cells"]
    doses: Annotated[list[str], "of arms with cultured cells, some a range [million cells]"]
    n: Annotated[int | None, "patients randomised or enrolled"]
    months: Annotated[list[Months], "of its outcomes, 0 being the baseline"]
    core: NotRequired[Annotated[str, '"used", or why the study is not']]


class StudyShown(TypedDict):
    """The rows of one study, each with its ``ref``."""

    study: dict[str, str]
    arms: list[dict[str, str]]
    outcomes: list[dict[str, str]]
    safety: list[dict[str, str]]
    decisions: list[dict[str, str]]


def list_studies(evidence: Evidence, left_out: Mapping[str, str] | None = None) -> list[StudyListed]:
    """One record a study; with ``left_out`` (study → reason) it says whether and why it is not used."""
    arms = _by_study(evidence.arms)
    outcomes = _by_study(evidence.outcomes)
    found = []
    for row in evidence.studies:
        study = row["study_id"]
        record: StudyListed = {
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


def show_study(evidence: Evidence, study_id: str) -> StudyShown:
    """Everything the tables say about one study. Raises ``InputError`` for an unknown id, naming the
    nearest.
    """
    studies = _by_study(evidence.studies)
    if study_id not in studies:
        raise _unknown(study_id, list(studies))

    def own(rows: tuple[Row, ...]) -> list[dict[str, str]]:
        return [_record(row) for row in _by_study(rows)[study_id]]

    return {
        "study": _record(studies[study_id][0]),
        "arms": own(evidence.arms),
        "outcomes": own(evidence.outcomes),
        "safety": own(evidence.safety),
        "decisions": own(evidence.decisions),
    }


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


def _record(row: Row) -> dict[str, str]:
    return {"ref": row.ref, **row.values}


def _unknown(study_id: str, studies: list[str]) -> InputError:
    lower = {study.lower(): study for study in studies}
    near = [lower[one] for one in difflib.get_close_matches(study_id.lower(), lower, n=5, cutoff=0.4)]
    return InputError(
        f"there is no study {study_id!r}",
        where="study",
        allowed=", ".join(near) if near else f"one of {len(studies)} studies",
        remedy="list the studies to see all names",
    )
