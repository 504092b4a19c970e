"""gBOIN: up or down by the mean of a graded or continuous endpoint (Mu, Yuan, Xu, Mandrekar & Yin 2019, JRSS C 68:289)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...domain import require, require_between
from ..models.boin_interval import interval
from ..models.isotone import pooled
from ..rules import Propose, Select
from ..view import Flags, Indices, View


@dataclass(frozen=True, slots=True, kw_only=True)
class GBoin(Propose, Select):
    """The mean score of a dose against thresholds; higher scores are worse.

    ``endpoint`` "continuous": normal scores in any unit, thresholds half way from the target to ``low`` and
    ``high`` (their equation for one known variance, which cancels). "graded": scores from 0 to 1 that count as
    shares of an event (quasi-Bernoulli), thresholds as in BOIN. ``low`` and ``high`` are the means that call
    for escalation and de-escalation, 0.6 and 1.4 times the target unless given.
    """

    needs = frozenset({"score"})
    target: float
    endpoint: Literal["continuous", "graded"] = "continuous"
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        require(self.endpoint in ("continuous", "graded"), f"{self.endpoint!r}", where="endpoint", allowed="continuous, graded")  # fmt: skip
        graded = self.endpoint == "graded"
        require_between(self.target, 0.001, 0.7 if graded else 1e9, where="target")
        low, high = self.means
        require_between(low, 1e-9 if graded else -1e9, self.target, where="low")
        require_between(high, self.target, 1 - 1e-9 if graded else 1e9, where="high")
        require(low < self.target < high, "no interval about the target", where="low", allowed="below the target, high above")  # fmt: skip

    @property
    def means(self) -> tuple[float, float]:
        """The means that the design tells apart from the target."""
        low = 0.6 * self.target if self.low is None else self.low
        return low, 1.4 * self.target if self.high is None else self.high

    @property
    def thresholds(self) -> tuple[float, float]:
        """Escalate up to the first, de-escalate from the second."""
        low, high = self.means
        if self.endpoint == "graded":
            return interval(self.target, low, high)
        return (self.target + low) / 2, (self.target + high) / 2

    def propose(self, view: View) -> Indices:
        """One dose up, down or none, by the mean at the current dose."""
        assert view.score is not None
        trials = np.arange(len(view))
        n, total = view.assessed[trials, view.current], view.score[trials, view.current]
        low, high = self.thresholds
        move = np.where(total <= low * n, 1, np.where(total >= high * n, -1, 0))
        return np.clip(view.current + move, 0, len(view.doses) - 1)

    def why(self, view: View) -> str:
        """The mean at the current dose and where it lies."""
        assert view.score is not None
        at, (low, high) = int(view.current[0]), self.thresholds
        n = int(view.assessed[0, at])
        mean = float(view.score[0, at]) / max(n, 1)
        word = "escalate" if mean <= low else "de-escalate" if mean >= high else "stay"
        return f"The mean score of {n} patients at {view.doses[at]:g} M is {mean:.3f} (thresholds {low:.3f} and {high:.3f}): {word}."  # fmt: skip

    def select(self, view: View, allowed: Flags) -> Indices:
        """The tried and allowed dose whose pooled mean is nearest to the target; of equal means below it the highest."""
        assert view.score is not None
        n = np.where(allowed, view.assessed, 0).astype(float)
        nudge = (
            1e-10 * self.target * np.arange(n.shape[1])
        )  # equal means: the higher below the target, else the lower
        mean = pooled(view.score / np.maximum(n, 1), n) + nudge
        distance = np.where(np.isnan(mean), np.inf, np.abs(mean - self.target))
        return np.where((n > 0).any(axis=1), distance.argmin(axis=1), -1)

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        low, high = self.thresholds
        return (
            f"The endpoint is a {self.endpoint} score, higher being worse, with target mean {self.target:g} (gBOIN, Mu and "
            "others 2019).",
            f"The next cohort gets one dose level more if the mean score at the current dose is at most {low:.4g}, one "
            f"less if it is at least {high:.4g}, and the same dose otherwise.",
            "At the end means are pooled so as not to fall with dose, and the dose nearest to the target is chosen.",
        )
