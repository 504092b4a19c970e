"""Coherence: no higher dose right after a cohort with too much toxicity (Cheung 2005, Biometrika 92:863)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .....errors import require, require_between
from .....units import Flags, Probability
from ...rules import Limit
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Coherence(Limit):
    """Doses above the current one are barred if the toxicity rate of the last ``cohort`` patients is ≥
    target.
    """

    needs = frozenset({"time"})
    target: Probability
    cohort: int = 3

    def __post_init__(self) -> None:
        require_between(self.target, 0.001, 0.999, where="target")
        require(self.cohort >= 1, f"{self.cohort}", where="cohort", allowed="1 patient or more")

    def allowed(self, view: View) -> Flags:
        """Doses up to the current one after a toxic cohort, else all."""
        doses = np.arange(len(view.doses))
        if view.patients is None:  # the trial is over, or has not begun
            return np.ones((len(view), len(doses)), bool)
        entered = view.escalated  # backfilled patients come after them, and are of no cohort
        order = np.arange(view.patients.dose.shape[1])
        last = (order < entered[:, None]) & (order >= entered[:, None] - self.cohort)
        toxic = (view.patients.toxic & last).sum(axis=1) >= self.target * np.maximum(last.sum(axis=1), 1)
        free: Flags = ~(toxic & (entered > 0))[:, None] | (doses <= view.current[:, None])
        return free

    @property
    def reason(self) -> str:
        """What was found."""
        return f"the toxicity rate of the last cohort was at least {self.target:g}"

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (
            (
                f"After a cohort of {self.cohort} whose toxicity rate is at least {self.target:g} the dose is"
                " not raised."
            ),
        )
