"""Arm means at the last visit by the mixed model, with standard errors and degrees of freedom for few patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from ...domain import Array
from ..kenward_roger import contrasts
from ..mmrm import mmrm
from .visit_means import LEAST_DF, LEAST_SEEN

SAID = (
    "At each analysis the mean of each arm at the last visit, at the mean baseline, is estimated by a mixed model for repeated "
    "measures: means by arm and visit, a slope of the baseline for each visit, an unstructured covariance, restricted maximum "
    "likelihood, standard errors and degrees of freedom after Kenward and Roger (1997)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedMeans:
    """T trials, K arms. ``last`` (T, K) means at the last visit with their ``covariance`` (T, K, K) after Kenward & Roger;
    ``benefit``, ``error`` and ``df`` (T, K − 1) of the doses over placebo; ``ready`` (T,): fitted, with two patients
    in every arm at the last visit and five degrees of freedom (else the rest is void)."""

    last: Array
    covariance: Array
    benefit: Array
    error: Array
    df: Array
    ready: NDArray[np.bool_]

    def intervals(self) -> tuple[Array, Array, Array]:
        """Benefit over placebo (T, K − 1) with its 95 % interval by Student's t."""
        wide = stdtrit(np.maximum(self.df, 1.0), 0.975) * self.error
        return self.benefit, self.benefit - wide, self.benefit + wide


def mixed_means(values: Array, arm: NDArray[np.int64], baseline: Array, arms: int) -> MixedMeans:
    """Estimates from ``values`` (T, N, V), NaN where not (yet) seen, of patients in ``arm`` (T, N)."""
    fit = mmrm(values, arm, baseline=baseline, arms=arms)
    each = np.eye(arms)
    found = contrasts(fit, np.vstack([each, each[1:] - each[0]]))
    here = np.isfinite(values[:, :, -1])
    seen = (here[:, :, None] & (arm[:, :, None] == np.arange(arms))).sum(axis=1)
    df = found.df[:, arms:]
    enough = (seen.min(axis=1) >= LEAST_SEEN) & (df.min(axis=1) >= LEAST_DF)  # NaN is not enough
    return MixedMeans(
        last=found.estimate[:, :arms],
        covariance=found.covariance[:, :arms, :arms],
        benefit=found.estimate[:, arms:],
        error=found.error[:, arms:],
        df=df,
        ready=fit.converged & enough,
    )
