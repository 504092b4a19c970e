"""The history of a running trial: read from a table, checked against the design, seen as a ``View``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np

from ...errors import require
from ...files.csv import Row, Table, read_table
from ...units import Array, Flags, Months
from .backfill import Backfill
from .decisions import backfilled, choose, decide
from .design import Design
from .reasons import reasons
from .seen import Counts, Patients, View

COLUMNS = ("dose", "toxic")
MORE = ("effective", "score", "followed", "toxic_after", "backfill", "level")
_ANSWERS = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """One patient of a history, as known today."""

    line: int  # of the file
    dose: int  # index
    toxic: bool  # seen so far
    effective: bool  # seen so far; False where not watched
    score: Annotated[float, "graded endpoint, in its own unit; 0 where not watched"]
    followed: Months  # under observation
    toxic_after: Annotated[float | None, "months from entry to the toxicity"] = None
    backfill: bool = False  # beside the escalation
    level: int = 0  # of efficacy seen so far, where the design looks at levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What to do with the next patient."""

    dose: int  # index; −1: the trial ends, or waits where ``paused``
    paused: bool
    chosen: int  # where the trial ends: the dose that it chooses, −1 for none
    reasons: tuple[str, ...]
    left: int  # patients that may still get this dose before the next decision
    backfill: int = -1  # index of the dose that a patient who is ready now is backfilled to; −1: none


def read_history(path: str | Path, design: Design) -> tuple[Entered, ...]:
    """The patients in order of entry: a CSV file with dose, toxic (1 or 0 so far) and, where the design looks
    at them, effective, score, followed [months; empty: to the end], toxic_after [months to the toxicity],
    backfill (1 or 0) and, in place of effective, the level of efficacy. Raises ``InputError`` naming the
    line.
    """
    table = read_table(Path(path))
    _check_columns(table, design)
    return tuple(_entered(row, design) for row in table.rows)


def _check_columns(table: Table, design: Design) -> None:
    """Raises ``InputError`` unless the columns are those that the design looks at."""
    names, allowed = table.columns, ", ".join((*COLUMNS, *MORE))
    watched = {"levels": "level", "score": "score"}
    if "levels" not in design.needs:
        watched["efficacy"] = "effective"
    needed = (*COLUMNS, *(column for need, column in watched.items() if need in design.needs))
    require(
        "level" not in names or "levels" in design.needs,
        "a column 'level', and the design has two levels of efficacy",
        where=table.head,
        remedy="give effective, 1 or 0",
    )
    require(
        "level" not in names or "effective" not in names,
        "columns 'level' and 'effective'",
        where=table.head,
        remedy="give level alone",
    )
    require(
        "backfill" not in names or design.backfill is not None,
        "a column 'backfill', and the design has no [backfill]",
        where=table.head,
    )
    for name in needed:
        require(name in names, f"no column {name!r}", where=table.head, allowed=allowed)
    for name in names:
        require(name in (*COLUMNS, *MORE), f"unknown column {name!r}", where=table.head, allowed=allowed)
    table.require_once()


def _entered(row: Row, design: Design) -> Entered:
    text, where = {k: v.strip().lower() for k, v in row.cells.items()}, row.where()
    dose, settles = _number(text["dose"], f"{where}: dose"), design.timing.settles
    known = ", ".join(f"{d:g}" for d in design.doses)
    require(dose in design.doses, f"{dose:g} M is no dose of the design", where=where, allowed=known)
    followed = _number(text["followed"], f"{where}: followed") if text.get("followed") else settles
    require(
        followed >= settles or not design.timing.waits or design.backfill is not None,
        f"followed for {followed:g} months only",
        where=where,
        remedy=f"this design waits until every patient has been followed for {settles:g} months",
    )
    toxic = _answer(text["toxic"], f"{where}: toxic")
    after = _number(text["toxic_after"], f"{where}: toxic_after") if text.get("toxic_after") else None
    require(
        after is None or (toxic and after <= design.timing.window),
        f"a toxicity after {after:g} months" if after is not None else "",
        where=f"{where}: toxic_after",
        allowed=f"empty without toxicity, else 0 to {design.timing.window:g}",
    )
    score = _number(text["score"], f"{where}: score", low=-1e6) if "score" in text else 0.0
    require(
        "grades" not in design.needs or 0 <= score <= 1,
        f"{score:g} is no grade",
        where=f"{where}: score",
        allowed="0 to 1, the largest grade being worth 1",
    )
    level = _number(text["level"], f"{where}: level") if "level" in text else 0.0
    require(
        level in range(design.levels),
        f"{text.get('level', '')!r} is no level of efficacy",
        where=f"{where}: level",
        allowed=f"0 to {design.levels - 1}",
    )
    return Entered(
        line=row.line,
        dose=design.doses.index(dose),
        toxic=toxic,
        effective=_answer(text["effective"], f"{where}: effective") if "effective" in text else level > 0,
        level=int(level),
        score=score,
        followed=min(followed, settles),
        toxic_after=after,
        backfill=_answer(text["backfill"], f"{where}: backfill") if text.get("backfill") else False,
    )


def _answer(text: str, where: str) -> bool:
    require(text in _ANSWERS, f"{text!r} is not usable", where=where, allowed="1 or 0")
    return _ANSWERS[text]


def _number(text: str, where: str, low: float = 0.0) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    require(low <= value < 1e6, f"{text!r} is not usable", where=where, allowed=f"a number from {low:g}")
    return value


def view_of(design: Design, history: Sequence[Entered]) -> View:
    """What the design sees of one trial; backfilled patients come after those of the escalation."""
    doses, timing, many = len(design.doses), design.timing, len(_escalation(history))
    history = sorted(history, key=lambda e: e.backfill)
    dose = np.array([[e.dose for e in history]], np.int64).reshape(1, -1)
    patients = Patients(
        dose=dose,
        followed=np.array([[e.followed for e in history]], float).reshape(1, -1),
        toxic=np.array([[e.toxic for e in history]], bool).reshape(1, -1),
        toxicity_window=timing.window,
        effective=np.array([[e.effective for e in history]], bool).reshape(1, -1),
        efficacy_window=timing.efficacy_window or 0.0,
        toxic_after=_times(history),
        score=np.array([[e.score for e in history]], float).reshape(1, -1),
    )
    assert patients.effective is not None
    assert patients.score is not None
    settled = np.where(patients.toxicity_pending, 0.0, patients.score)  # a score may still rise
    timed, efficacy = design.timed, "efficacy" in design.needs

    def count(flags: Flags) -> Counts:
        return patients.by_dose(flags, doses).astype(np.int16)

    return View(
        doses=design.doses,
        current=dose[:, many - 1] if many else np.array([-1]),
        treated=count(dose >= 0),
        toxic=count(patients.toxic),
        effective=count(patients.effective) if efficacy else None,
        both=count(patients.effective & patients.toxic) if efficacy else None,
        better=_better(design, history, patients.toxic, count),
        pending=count(patients.toxicity_pending) if timed else None,
        score=patients.by_dose(settled, doses) if "score" in design.needs else None,
        backfilled=(
            None
            if design.backfill is None
            else count(np.array([[e.backfill for e in history]], bool).reshape(1, -1))
        ),
        patients=patients if timed else None,
    )


def _better(
    design: Design, history: Sequence[Entered], toxic: Flags, count: Callable[[Flags], Counts]
) -> Counts | None:
    """As ``View.better``."""
    if "levels" not in design.needs or design.levels < 3:
        return None
    reached = [
        np.array([[e.level >= k for e in history]], bool).reshape(1, -1) for k in range(2, design.levels)
    ]
    return np.stack([count(x) for flags in reached for x in (flags, flags & toxic)], axis=2)


def _escalation(history: Sequence[Entered]) -> list[Entered]:
    """Without the backfilled patients."""
    return [e for e in history if not e.backfill]


def _times(history: Sequence[Entered]) -> Array | None:
    """Months to each toxicity (1, patients), None unless all are told."""
    if any(e.toxic and e.toxic_after is None for e in history):
        return None
    return np.array([[math.inf if e.toxic_after is None else e.toxic_after for e in history]]).reshape(1, -1)


def check_history(design: Design, history: Sequence[Entered], where: str) -> None:
    """Raises ``InputError`` at the first patient who did not get what the design gives.

    Cohorts are taken in order: of one dose each and full, unless the dose was barred by what the first of
    them showed. A design that does not wait, or backfills, cannot be replayed from today's follow-up: only
    its number of patients, its first dose and its cohorts are checked, and that nobody was backfilled at or
    above the dose of the escalation or beyond the cap.
    """
    _check_backfilled(design, history, where)
    history = _escalation(history)
    require(
        len(history) <= design.patients,
        f"{len(history)} patients",
        where=where,
        allowed=f"{design.patients}, the most of the design",
    )
    starts = _cohorts(design, history)
    for start, end in pairwise((*starts, len(history))):
        first = history[start]
        if end - start < design.cohort and end < len(history):
            short = decide(design, view_of(design, history[:end]))
            require(
                not short.allowed[0, first.dose],
                "not all of this cohort got one dose",
                where=f"{where}:{first.line}",
                remedy=f"cohorts are {design.cohort} patients in order of entry",
            )
        if start and (not design.timing.waits or design.backfill is not None):
            continue
        found = decide(design, view_of(design, history[:start]))
        meant = int(found.next[0])
        says = (
            f"the design gives {design.doses[meant]:g} M" if meant >= 0 else "the design has ended the trial"
        )
        require(
            meant == first.dose,
            f"{design.doses[first.dose]:g} M was given where {says}",
            where=f"{where}:{first.line}",
        )


def _check_backfilled(design: Design, history: Sequence[Entered], where: str) -> None:
    for k, one in enumerate(history):
        if one.backfill and design.backfill is not None:
            before, line = _escalation(history[:k]), f"{where}:{one.line}"
            below = bool(before) and one.dose < before[-1].dose
            require(
                below,
                f"{design.doses[one.dose]:g} M was backfilled at or above the dose of the escalation",
                where=line,
            )
            had = sum(e.dose == one.dose for e in history[:k])
            require(
                had < design.backfill.cap,
                f"{design.doses[one.dose]:g} M was backfilled after {had} patients",
                where=line,
                allowed=f"fewer than {design.backfill.cap}, the cap",
            )


def _cohorts(design: Design, history: Sequence[Entered]) -> list[int]:
    """Where the cohorts start: after a full one, and where the dose changes."""
    starts: list[int] = []
    for k, entered in enumerate(history):
        if not starts or k - starts[-1] == design.cohort or entered.dose != history[k - 1].dose:
            starts.append(k)
    return starts


def _meanwhile(design: Design, view: View, rule: Backfill) -> Next:
    """A full cohort is under observation: who is ready is backfilled to the highest open dose."""
    dose = int(backfilled(design, view)[0])
    why = {j: rule.closed_because(view, j) for j in range(int(view.current[0]))}
    for limit in design.limits:
        why |= {j: limit.reason for j in why if not limit.allowed(view)[0, j]}
    said = ["A cohort is under observation: the dose of the next one is decided when all of it are settled."]
    said += [
        f"{design.doses[j]:g} M is open for backfilling: {_seen_at(view, j)}."
        for j, closed in why.items()
        if not closed
    ]
    said += [
        f"{design.doses[j]:g} M is closed for backfilling: {closed}." for j, closed in why.items() if closed
    ]
    return Next(dose=-1, paused=True, chosen=-1, left=0, backfill=dose, reasons=tuple(said))


def _seen_at(view: View, dose: int) -> str:
    n, y, had = (int(x[0, dose]) for x in (view.assessed, view.toxic, view.treated))
    answered = "" if view.effective is None else f", {int(view.effective[0, dose])} responded"
    return f"{had} patients have had it, {y} of {n} settled with toxicity{answered}"


def next_dose(design: Design, history: Sequence[Entered]) -> Next:
    """The dose of the next patient and the reasons.

    Within a cohort the dose stays, unless it is not allowed any more: then the decision is made at once.
    """
    view = view_of(design, history)
    history = _escalation(history)
    found, said = decide(design, view), reasons(design, view)
    into = (len(history) - max(_cohorts(design, history), default=0)) % design.cohort
    if into and not found.full[0] and found.allowed[0, view.current[0]]:
        at, left = int(view.current[0]), min(design.cohort - into, design.patients - len(history))
        word = "patient" if into == 1 else "patients"
        return Next(
            dose=at,
            paused=False,
            chosen=-1,
            left=left,
            reasons=(
                (
                    f"{into} {word} of a cohort of {design.cohort} have entered: the others get"
                    f" {design.doses[at]:g} M too."
                ),
            ),
        )
    if design.backfill is not None and any(e.followed < design.timing.settles for e in history):
        return _meanwhile(design, view, design.backfill)
    dose, paused = int(found.next[0]), bool(found.paused[0])
    chosen = int(choose(design, view)[0]) if found.stopped[0] else -1
    left = min(design.cohort, design.patients - len(history))
    return Next(dose=-1 if paused else dose, paused=paused, chosen=chosen, reasons=said, left=left)
