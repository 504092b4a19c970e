"""Simulating trials that decide while patients are still pending: the clock of each trial runs on its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..domain import Array
from .rules import Decision, Design, decide
from .truth import Chances, People, happens
from .view import Flags, Indices, Patients, View


@dataclass(frozen=True, slots=True, kw_only=True)
class _Roster:
    """Everybody who entered: arrays (trials, patients), filled as they come."""

    dose: Indices  # −1: not entered
    entry: Array  # months since the first entry of the trial
    toxic_at: Array  # months after entry; infinite: never
    effective_at: Array | None


def late_events(design: Design, chances: Chances, met: People, trials: int) -> tuple[View, Indices, Array]:
    """Final view, why each trial ended, and months until its last patient is settled.

    Trials keep step in patients, not in time.
    """
    shape, timing = (trials, design.patients), design.timing
    assert met.toxicity_time is not None
    roster = _Roster(
        dose=np.full(shape, -1),
        entry=np.zeros(shape),
        toxic_at=np.full(shape, np.inf),
        effective_at=None if met.efficacy is None else np.full(shape, np.inf),
    )
    now, live, ended, entered = np.zeros(trials), np.arange(trials), np.zeros(trials, np.int64), 0
    while len(live):
        decision = _resumed(design, roster, now, live)
        over = decision.stopped
        ended[live[over]] = decision.ended[over]
        live, dose = live[~over], decision.next[~over]
        true = chances.of(live)
        for j in range(entered, min(entered + design.cohort, design.patients)):
            roster.dose[live, j], roster.entry[live, j] = dose, now[live]
            toxic = happens(met.toxicity[j, live], true.toxicity, dose)
            roster.toxic_at[live, j] = np.where(toxic, met.toxicity_time[j, live] * timing.window, np.inf)
            if roster.effective_at is not None:
                assert met.efficacy is not None
                assert met.efficacy_time is not None
                assert true.efficacy is not None
                effective = happens(met.efficacy[j, live], true.efficacy, dose)
                times = met.efficacy_time[j, live] * (timing.efficacy_window or 0.0)
                roster.effective_at[live, j] = np.where(effective, times, np.inf)
            now[live] += timing.interval
        if timing.waits:
            now[live] += max(timing.settles - timing.interval, 0)
        entered += design.cohort
    whole = _seen(design, roster, np.full(trials, np.inf), np.arange(trials))
    last = np.where(roster.dose >= 0, roster.entry, -np.inf).max(axis=1)
    return replace(whole, patients=None, pending=None), ended, np.maximum(last + timing.settles, 0)


def _resumed(design: Design, roster: _Roster, now: Array, live: Indices) -> Decision:
    """The decision once accrual is not suspended any more; moves ``now`` of the trials that wait."""
    while True:
        view = _seen(design, roster, now, live)
        decision = decide(design, view)
        if not decision.paused.any():
            return decision
        assert view.patients is not None
        left = design.timing.settles - view.patients.followed
        left[(view.patients.dose < 0) | (left <= 0)] = np.inf
        step = np.minimum(left.min(axis=1), design.timing.interval or np.inf)
        stuck = decision.paused & np.isinf(left.min(axis=1))
        if stuck.any():
            raise RuntimeError(f"{design.name}: accrual is suspended though nobody is pending")
        now[live] += np.where(decision.paused, step, 0)


def _seen(design: Design, roster: _Roster, now: Array, live: Indices) -> View:
    """What is known at ``now`` of the trials that go on."""
    timing, doses = design.timing, len(design.doses)
    dose = roster.dose[live]
    since = np.where(dose >= 0, now[live, None] - roster.entry[live], 0.0)
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
    )

    def count(flags: Flags) -> NDArray[np.int16]:
        return patients.by_dose(flags, doses).astype(np.int16)

    entered = (dose >= 0).sum(axis=1)
    current = np.where(entered > 0, dose[np.arange(len(live)), entered - 1], -1)
    return View(
        doses=design.doses,
        current=current,
        treated=count(dose >= 0),
        toxic=count(toxic),
        effective=None if effective is None else count(effective),
        both=None if effective is None else count(effective & toxic),
        pending=count(patients.toxicity_pending),
        patients=patients,
    )
