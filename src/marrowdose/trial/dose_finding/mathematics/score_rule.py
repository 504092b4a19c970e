"""Up or down by the mean score of a dose: what gBOIN and TITE-gBOIN share (Mu et al. 2019, JRSS C 68:289)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from ....errors import require, require_between
from ....statistics.isotonic import pooled
from ....units import Array, Flags, Indices
from ..interval import interval
from ..rules import Propose, Select
from ..seen import View
from ..tables import MOVES


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRule(Propose, Select):
    """``low`` and ``high`` are the means that call for escalation and de-escalation, 0.6 and 1.4 times the
    target unless given.

    Higher scores are worse. Graded scores lie from 0 to 1 and count as shares of an event (quasi-Bernoulli),
    with the thresholds of BOIN; continuous ones are in any unit, with thresholds half way from the target.
    """

    target: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        graded = self.graded
        require_between(self.target, 0.001, 0.7 if graded else 1e9, where="target")
        low, high = self.means
        require_between(low, 1e-9 if graded else -1e9, self.target, where="low")
        require_between(high, self.target, 1 - 1e-9 if graded else 1e9, where="high")
        require(
            low < self.target < high,
            "no interval about the target",
            where="low",
            allowed="below the target, high above",
        )

    @property
    @abstractmethod
    def graded(self) -> bool:
        """Whether scores are grades from 0 to 1."""

    @abstractmethod
    def weighed(self, view: View) -> tuple[Array, Array]:
        """Patients who count, and the sum of their scores: two (trials, doses)."""

    @property
    def means(self) -> tuple[float, float]:
        """The means that the design tells apart from the target."""
        low = 0.6 * self.target if self.low is None else self.low
        return low, 1.4 * self.target if self.high is None else self.high

    @property
    def thresholds(self) -> tuple[float, float]:
        """Escalate up to the first mean, de-escalate from the second."""
        low, high = self.means
        if self.graded:
            return interval(self.target, low, high)
        return (self.target + low) / 2, (self.target + high) / 2

    def propose(self, view: View) -> Indices:
        """One dose up, down or none, by the mean at the current dose; none where nobody counts yet."""
        n, total = (x[np.arange(len(view)), view.current] for x in self.weighed(view))
        dose: Indices = np.clip(view.current + self._moves(n, total), 0, len(view.doses) - 1)
        return dose

    def judged(self, view: View) -> tuple[float, float, str]:
        """At the current dose of one trial: patients who count, their mean, and what it means."""
        at = int(view.current[0])
        n, total = (float(x[0, at]) for x in self.weighed(view))
        return n, total / n if n else 0.0, MOVES[int(self._moves(np.array(n), np.array(total)))]

    def _moves(self, n: Array, total: Array) -> Indices:
        """1, 0 or −1: a mean that is a threshold but for rounding (3.6 of 3 patients, threshold 1.2) counts
        as it.
        """
        low, high = self.thresholds
        slack = 1e-12 * max(abs(low), abs(high))
        move = np.where(total <= (low + slack) * n, 1, np.where(total >= (high - slack) * n, -1, 0))
        return np.where(n > 0, move, 0)

    def select(self, view: View, allowed: Flags) -> Indices:
        """The tried and allowed dose whose pooled mean is nearest to the target; of equal means below it the
        highest.
        """
        counted, total = self.weighed(view)
        n = np.where(allowed, counted, 0).astype(float)
        nudge = (
            1e-10 * self.target * np.arange(n.shape[1])
        )  # equal means: the higher below the target, else the lower
        mean = pooled(np.divide(total, n, out=np.zeros_like(n), where=n > 0), n) + nudge
        distance = np.where(np.isnan(mean), np.inf, np.abs(mean - self.target))
        return np.where((n > 0).any(axis=1), distance.argmin(axis=1), -1)

    def moves(self) -> tuple[str, str]:
        """The rule and the choice, as sentences."""
        low, high = self.thresholds
        return (
            (
                "The next cohort gets one dose level more if the mean score at the current dose is at most"
                f" {low:.4g}, one less if it is at least {high:.4g}, and the same dose otherwise."
            ),
            (
                "At the end means are pooled so as not to fall with dose, and the dose nearest to the target"
                " is chosen."
            ),
        )
