"""How the contrasts of a dose-response are tested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...units import Array, Probability
from . import multivariate_t as mvt
from .contrasts import constrained_contrasts, optimal_contrasts


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastRule:
    """The error of the test, its sides and its contrasts.

    One-sided unless ``two_sided``, the side being that of each candidate's ``max_effect``; ``alpha`` is that
    of the test. ``constrained`` contrasts keep the sign of the candidate's effect at every active dose.
    ``seed`` moves the points of the integrals.
    """

    alpha: Probability = 0.025
    two_sided: bool = False
    constrained: bool = False
    seed: int = 0

    def contrasts(self, means: Array, covariance: Array) -> Array:
        """Best contrasts (K, M) for candidate ``means`` (K, M) and the ``covariance`` (K, K) of estimates."""
        return (constrained_contrasts if self.constrained else optimal_contrasts)(means, covariance)

    def critical_value(self, correlation: Array, df: float) -> float:
        """What the largest of statistics with this correlation exceeds with probability ``alpha``."""
        return mvt.critical_value(correlation, df, self.alpha, two_sided=self.two_sided, seed=self.seed)

    def size(self, statistics: Array) -> Array:
        """What is compared with the critical value: t, or |t|."""
        return np.abs(statistics) if self.two_sided else statistics


DEFAULT_RULE = ContrastRule()
