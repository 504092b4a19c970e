"""What happens next in a dose-finding trial: the only place where the parts of a design meet.

Any limit and any stop binds, whatever their order: a proposed dose that is not allowed is replaced by the
highest allowed dose below it, and where there is none the trial ends. So another limit never raises a dose.
The same ``decide`` runs in the simulation, in the enumeration of all paths and at the bedside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...units import Flags, Indices
from .design import Design
from .seen import View

ENDS = ("all planned patients entered", "no dose allowed", "its rule is complete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens next in each trial. ``next`` is −1 where the trial ends."""

    next: Indices  # (trials,)
    stopped: Flags  # (trials,)
    allowed: Flags  # (trials, doses), by all limits together
    proposed: Indices  # (trials,) before limits and stops
    limits: tuple[Flags, ...]  # by each limit of the design
    stops: tuple[Flags, ...]  # by each stop of the design
    full: Flags  # (trials,) all planned patients have entered
    paused: Flags  # (trials,) the next cohort waits for patients who are pending

    @property
    def ended(self) -> Indices:
        """Why, where the trial ends: an index into ``ENDS``, then 3, 4, … for the stops of the design."""
        why = np.where(self.proposed < 0, 2, 1)
        for number, stop in reversed(list(enumerate(self.stops, start=len(ENDS)))):
            why[stop] = number
        why[self.full] = 0
        return why


def decide(design: Design, view: View) -> Decision:
    """The next dose of each trial, or its end."""
    begun = view.current >= 0
    if begun.all():
        proposed = _proposed(design, view)
    else:
        proposed = np.full(len(view), design.start)
        if begun.any():
            proposed[begun] = _proposed(design, view.take(begun))
    limits = tuple(limit.allowed(view) for limit in design.limits)
    allowed = _all_of(limits, view)
    given = _highest_allowed(allowed, proposed)
    full = view.escalated >= design.patients
    stops = tuple(stop.stop(view) for stop in design.stops)
    stopped = (given < 0) | full
    for stop in stops:
        stopped = stopped | stop
    paused = np.zeros(len(view), bool)
    for pause in design.pauses:
        paused |= pause.pause(view)
    return Decision(
        next=np.where(stopped, -1, given),
        stopped=stopped,
        allowed=allowed,
        proposed=proposed,
        limits=limits,
        stops=stops,
        full=full,
        paused=paused & ~stopped,
    )


def _proposed(design: Design, view: View) -> Indices:
    """The proposal, lowered where backfilled patients contradict it."""
    proposed = design.propose.propose(view)
    if design.backfill is not None and design.propose.steps:
        return design.backfill.lowered(view, proposed)
    return proposed


def backfilled(design: Design, view: View) -> Indices:
    """The dose of a patient who is ready while a cohort is under observation, −1 for none: (trials,).

    No dose that a limit bars, none after a stop for harm, none at or above the current dose.
    """
    assert design.backfill is not None
    allowed = _all_of(tuple(limit.allowed(view) for limit in design.limits), view)
    dose = design.backfill.given(view, allowed)
    for stop in design.stops:
        if not stop.chooses:
            dose = np.where(stop.stop(view), -1, dose)
    return dose


def choose(design: Design, view: View) -> Indices:
    """The dose chosen at the end of each trial, −1 for none. Limits bind here too."""
    allowed = allowed_doses(design, view)
    chosen = _highest_allowed(allowed, design.select.select(view, allowed))
    for stop in design.stops:
        if not stop.chooses:
            chosen = np.where(stop.stop(view), -1, chosen)
    return chosen


def allowed_doses(design: Design, view: View) -> Flags:
    """(trials, doses) that every limit allows."""
    return _all_of(tuple(limit.allowed(view) for limit in design.limits), view)


def _all_of(limits: tuple[Flags, ...], view: View) -> Flags:
    allowed = limits[0] if limits else np.ones((len(view.doses), len(view)), bool).T
    for limit in limits[1:]:
        allowed = allowed & limit
    return allowed


def _highest_allowed(allowed: Flags, proposed: Indices) -> Indices:
    """The proposed dose where allowed, else the highest allowed below it, else −1."""
    trials = np.arange(len(proposed))
    doubtful = np.flatnonzero((proposed < 0) | ~allowed[trials, proposed])
    if not len(doubtful):
        return proposed
    given = proposed.copy()
    top, may = proposed[doubtful], allowed[doubtful]
    best = np.full(len(doubtful), -1)
    for j in range(allowed.shape[1]):
        best[may[:, j] & (j <= top)] = j
    given[doubtful] = best
    return given
