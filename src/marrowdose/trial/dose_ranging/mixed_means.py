"""Arm means at the last visit by the mixed model, with standard errors and degrees of freedom for few
patients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from ...statistics.repeated import contrasts, mmrm
from ...units import Array
from .visit_means import LEAST_DF, LEAST_SEEN, VisitMeans

SAID = (
    "At each analysis the mean of each arm at the last visit, at the mean baseline, is estimated by a mixed"
    " model for repeated measures: means by arm and visit, a slope of the baseline for each visit, an"
    " unstructured covariance, restricted maximum likelihood, standard errors and degrees of freedom after"
    " Kenward and Roger (1997)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedMeans:
    """T trials, K arms. ``last`` (T, K) means at the last visit with their ``covariance`` (T, K, K) after
    Kenward & Roger; ``benefit``, ``error`` and ``df`` (T, K − 1) of the doses over placebo; ``ready`` (T,):
    fitted, with two patients in every arm at the last visit and five degrees of freedom (else the rest is
    void).
    """

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

    def first(self, arms: int) -> MixedMeans:
        """The first ``arms`` only, as estimated beside the others."""
        doses = {name: getattr(self, name)[:, : arms - 1] for name in ("benefit", "error", "df")}
        return replace(self, last=self.last[:, :arms], covariance=self.covariance[:, :arms, :arms], **doses)


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


def of_closed_form(found: VisitMeans) -> MixedMeans:
    """The same from means in closed form, which know of a stratum; the degrees of freedom are those of its
    last regression.
    """
    c, last = found.covariance, found.last
    variance = np.einsum("tkk->tk", c)
    spread = variance[:, 1:] + variance[:, :1] - 2 * c[:, 0, 1:]
    return MixedMeans(
        last=last,
        covariance=c,
        benefit=last[:, 1:] - last[:, :1],
        error=np.sqrt(np.maximum(spread, 0.0)),
        df=np.broadcast_to(found.df[:, None], spread.shape),
        ready=found.ready,
    )
