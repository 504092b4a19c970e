"""From part one to part two at the bedside and on paper: the doses that a run-in leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...units import MillionCells, Probability
from ..dose_finding.history import Entered, Next, view_of
from ..dose_finding.paths import Paths
from .file import PlannedSeamless


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingOn:
    """``open_doses`` of part two; None while the run-in goes on, or while ``pending`` of its patients are
    under observation.
    """

    open_doses: tuple[MillionCells, ...] | None = None
    pending: int = 0


def after_run_in(planned: PlannedSeamless, history: Sequence[Entered], found: Next) -> GoingOn:
    """What follows from a run-in so far, ``found`` being its next dose."""
    design = planned.run_in.design
    if found.dose >= 0 or found.paused:
        return GoingOn()
    if "efficacy" in design.needs:
        pending = sum(e.followed < design.timing.settles for e in history)
    else:
        pending = sum(not e.toxic and e.followed < design.timing.window for e in history)
    if pending:
        return GoingOn(pending=pending)
    opened = planned.run_in.opened_in(planned.design.doses, view_of(design, history))[0]
    return GoingOn(open_doses=_doses(planned, opened.tolist()))


def exact_sets(
    planned: PlannedSeamless, found: Paths
) -> tuple[tuple[tuple[MillionCells, ...], Probability], ...]:
    """Probability of every set of open doses from all paths of the run-in, the likeliest first."""
    opened = planned.run_in.opened_in(planned.design.doses, found.view)
    chances: dict[tuple[MillionCells, ...], Probability] = {}
    for row, p in zip(opened.tolist(), found.probability.tolist(), strict=True):
        doses = _doses(planned, row)
        chances[doses] = chances.get(doses, 0.0) + p
    return tuple(sorted(chances.items(), key=lambda x: -x[1]))


def _doses(planned: PlannedSeamless, opened: Sequence[bool]) -> tuple[MillionCells, ...]:
    return tuple(d for d, on in zip(planned.design.doses[1:], opened, strict=True) if on)
