"""Simulating trials that decide while patients are still pending: the clock of each trial runs on its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...units import Array, Flags, Indices
from .decisions import Decision, backfilled, decide
from .design import Design
from .people import People, scores, shows
from .seen import Counts, Patients, View
from .true_rates import Chances, TrueRates


@dataclass(frozen=True, slots=True, kw_only=True)
class _Roster:
    """Everybody who entered: arrays (trials, patients), filled as they come."""

    dose: Indices  # −1: not entered
    entry: Array  # months since the first entry of the trial
    toxic_at: Array  # months after entry; infinite: never
    effective_at: Array | None
    level: Indices | None  # of efficacy reached in the end, 0 for none
    score: Array | None
    scored_at: Array | None  # months after entry at which a score above 0 is seen; infinite: never


def late_events(
    design: Design, truth: TrueRates, chances: Chances, met: People, trials: int
) -> tuple[View, Indices, Array]:
    """Final view, why each trial ended, and months until its last patient is settled.

    Trials keep step in patients, not in time.
    """
    shape, timing = (trials, design.most), design.timing
    roster = _Roster(
        dose=np.full(shape, -1),
        entry=np.zeros(shape),
        toxic_at=np.full(shape, np.inf),
        effective_at=None if met.efficacy is None else np.full(shape, np.inf),
        level=np.zeros(shape, np.int64) if "levels" in design.needs else None,
        score=np.zeros(shape) if "score" in design.needs else None,
        scored_at=np.full(shape, np.inf) if "grades" in design.needs else None,
    )
    now, live, ended, entered = np.zeros(trials), np.arange(trials), np.zeros(trials, np.int64), 0
    while len(live):
        decision = _resumed(design, roster, now, live)
        over = decision.stopped
        ended[live[over]] = decision.ended[over]
        live, dose = live[~over], decision.next[~over]
        gap = _gap(design, roster, live, dose)
        true = chances.of(live)
        for j in range(entered, min(entered + design.cohort, design.patients)):
            _enter(design, truth, true, met, roster, (j, live), dose, now[live])
            last = j == min(entered + design.cohort, design.patients) - 1
            now[live] += timing.interval if last else gap
            if met.without_product is not None and j + 1 < design.patients:
                now[live] += timing.interval * met.without_product[j + 1, live]
        if design.backfill is not None:
            _backfill(design, truth, chances, met, roster, live)
        if timing.waits:
            now[live] += max(timing.settles - timing.interval, 0)
        entered += design.cohort
    whole = _seen(design, roster, np.full(trials, np.inf), np.arange(trials))
    last = np.where(roster.dose >= 0, roster.entry, -np.inf).max(axis=1)
    return replace(whole, patients=None, pending=None), ended, np.maximum(last + timing.settles, 0)


def _enter(
    design: Design,
    truth: TrueRates,
    true: Chances,
    met: People,
    roster: _Roster,
    who: tuple[int | Indices, Indices],
    dose: Indices,
    now: Array,
) -> None:
    """Patients ``who`` (their number, their trials) are given their dose: what happens to them, and when."""
    timing, (j, live) = design.timing, who
    roster.dose[live, j], roster.entry[live, j] = dose, now
    toxic = shows(truth, true, met, "toxicity", who, dose)
    roster.toxic_at[live, j] = _at(toxic, met.toxicity_time, who, timing.window)
    if roster.effective_at is not None:
        effective = shows(truth, true, met, "efficacy", who, dose)
        roster.effective_at[live, j] = _at(effective, met.efficacy_time, who, timing.efficacy_window or 0.0)
    if roster.level is not None:
        reached = [shows(truth, true, met, "efficacy", who, dose, k) for k in range(1, design.levels)]
        roster.level[live, j] = np.sum(reached, axis=0)
    if roster.score is not None:
        roster.score[live, j] = scores(truth, met, who, dose)
    if roster.score is not None and roster.scored_at is not None:
        graded = roster.score[live, j] > 0  # the number that decides toxicity decides when it comes
        roster.scored_at[live, j] = _at(graded, met.toxicity_time, who, timing.window)


def _backfill(
    design: Design, truth: TrueRates, chances: Chances, met: People, roster: _Roster, live: Indices
) -> None:
    """Patients who are ready while the last cohort is under observation are given the highest open dose.

    They are people of their own, after all of the escalation: so the escalation meets the same people without
    them.
    """
    last = np.where(roster.dose[live, : design.patients] >= 0, roster.entry[live, : design.patients], 0.0)
    now = np.zeros(len(roster.dose))
    for k in range(1, design.slots + 1):
        now[live] = last.max(axis=1) + k * design.timing.interval
        dose = backfilled(design, _seen(design, roster, now, live))
        number = design.patients + (roster.dose[live, design.patients :] >= 0).sum(axis=1)
        given = (dose >= 0) & (number < design.most)
        who = live[given]
        _enter(design, truth, chances.of(who), met, roster, (number[given], who), dose[given], now[who])


def _gap(design: Design, roster: _Roster, live: Indices, dose: Indices) -> Array:
    """Months between two patients of the next cohort: more where nobody had its dose yet."""
    timing = design.timing
    new = ~(roster.dose[live] == dose[:, None]).any(axis=1)  # nobody is backfilled at a new dose
    return np.where(new, max(timing.stagger, timing.interval), timing.interval)


def _at(event: Flags, share: Array | None, who: tuple[int | Indices, Indices], window: float) -> Array:
    """When the event is seen [months after entry]; at the end of the window where trials wait for all."""
    when = window if share is None else share[who] * window
    return np.where(event, when, np.inf)


def _resumed(design: Design, roster: _Roster, now: Array, live: Indices) -> Decision:
    """The decision once accrual is not suspended any more; moves ``now`` of the trials that wait."""
    if design.timing.waits:  # all of the escalation are settled, whatever the rounding of the clock
        return decide(design, _seen(design, roster, now, live, settled=True))
    while True:
        view = _seen(design, roster, now, live)
        decision = decide(design, view)
        if not decision.paused.any():
            return decision
        assert view.patients is not None
        left = design.timing.settles - view.patients.followed
        left[(view.patients.dose < 0) | (left <= 0)] = np.inf
        ready = max(design.timing.interval or np.inf, design.timing.settles / 200)  # or it would never end
        step = np.minimum(left.min(axis=1), ready)
        stuck = decision.paused & np.isinf(left.min(axis=1))
        if stuck.any():
            raise RuntimeError(f"{design.name}: accrual is suspended though nobody is pending")
        now[live] += np.where(decision.paused, step, 0)


def _seen(design: Design, roster: _Roster, now: Array, live: Indices, *, settled: bool = False) -> View:
    """What is known at ``now`` of the trials that go on; ``settled``: everything of the patients of the
    escalation.
    """
    timing, doses = design.timing, len(design.doses)
    dose = roster.dose[live]
    since = np.where(dose >= 0, now[live, None] - roster.entry[live], 0.0)
    escalation = np.arange(dose.shape[1]) < design.patients
    if settled:
        since = np.where((dose >= 0) & escalation, np.inf, since)
    toxic: Flags = roster.toxic_at[live] <= np.minimum(since, timing.window)
    effective: Flags | None = None
    if roster.effective_at is not None:
        effective = roster.effective_at[live] <= np.minimum(since, timing.efficacy_window or 0.0)
    patients = Patients(
        dose=dose,
        followed=np.minimum(since, timing.settles),
        toxic=toxic,
        toxicity_window=timing.window,
        effective=effective,
        efficacy_window=timing.efficacy_window or 0.0,
        toxic_after=roster.toxic_at[live],
        score=_scores_seen(roster, live, np.minimum(since, timing.window)),
    )

    place = np.arange(len(live))[:, None] + len(live) * dose  # of a patient among all counts, dose by dose

    def count(flags: Flags) -> NDArray[np.int16]:
        found = np.bincount(place[flags], minlength=doses * len(live))
        return found.reshape(doses, len(live)).T.astype(np.int16)

    entered = ((dose >= 0) & escalation).sum(axis=1)
    current = np.where(entered > 0, dose[np.arange(len(live)), entered - 1], -1)
    return View(
        doses=design.doses,
        current=current,
        treated=count(dose >= 0),
        toxic=count(toxic),
        effective=None if effective is None else count(effective),
        both=None if effective is None else count(effective & toxic),
        better=_better(design, roster, live, effective, toxic, count),
        pending=count(patients.toxicity_pending),
        score=None if roster.score is None else patients.by_dose(_known(roster.score[live], patients), doses),
        backfilled=None if design.backfill is None else count((dose >= 0) & ~escalation),
        patients=patients,
    )


def _better(
    design: Design,
    roster: _Roster,
    live: Indices,
    effective: Flags | None,
    toxic: Flags,
    count: Callable[[Flags], Counts],
) -> Counts | None:
    """As ``View.better``, of the efficacy seen so far."""
    if roster.level is None or effective is None or design.levels < 3:
        return None
    reached = [effective & (roster.level[live] >= k) for k in range(2, design.levels)]
    return np.stack([count(x) for flags in reached for x in (flags, flags & toxic)], axis=2)


def _scores_seen(roster: _Roster, live: Indices, since: Array) -> Array | None:
    """The graded endpoint of each patient, 0 while nothing was seen."""
    if roster.score is None or roster.scored_at is None:
        return None
    return np.where(roster.scored_at[live] <= since, roster.score[live], 0.0)


def _known(score: Array, patients: Patients) -> Array:
    """A score counts when the toxicity of its patient is settled."""
    return np.where(patients.toxicity_pending, 0.0, score)
