"""Local reactions by dose: r_ik ~ Binomial(n_ik, p_ik), logit p_ik = a + σ u_i + s·[other source] + β log(1 +
d/10).

Zero cells in a table need no continuity correction: the likelihood takes them as they are (SCIENCE section
8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..evidence.counts import HarmCount
from ..priors import Parametrised, Prior
from ..units import Probability
from .record import SeriousTotal
from .serious import serious_counts

_PRIORS = {
    "intercept": Prior("normal", -1.5, 1.5, "logit", "between 1 % and 80 % of knees react to an injection"),
    "spread": Prior("halfnormal", 0.0, 1.5, "logit", "trials ask for and count reactions very differently"),
    "other_source": Prior("normal", 0.0, 1.0, "logit", "adipose and cord cells may react differently"),
    "slope": Prior(
        "lognormal",
        0.3,
        0.8,
        "logit per log(1 + d/10)",
        "more cells, more reactions: positive a priori, size uncertain",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmModel(Parametrised):
    """Priors and log density of local reactions by dose. Only counts with one dose speak to the trend."""

    counts: tuple[HarmCount, ...]

    @property
    def used(self) -> tuple[HarmCount, ...]:
        """Counts of local reactions with a known dose."""
        return tuple(c for c in self.counts if c.category == "local" and c.dose is not None and not c.pooled)

    @property
    def priors(self) -> dict[str, Prior]:
        """Every parameter with its prior, in the order of z."""
        studies = dict.fromkeys(c.study for c in self.used)
        return _PRIORS | {
            f"u.{s}": Prior("normal", 0.0, 1.0, "1", "study deviation, non-centred") for s in studies
        }

    def log_density(self, z: Any, xp: Any = np) -> Any:
        """Log posterior density of z (dim,), up to a constant."""
        p = self.parameters(z, xp)
        total = self.log_prior(z, xp)
        for c in self.used:
            other = float(c.source not in ("bm_msc", "none"))
            eta = (
                p["intercept"]
                + p["spread"] * p[f"u.{c.study}"]
                + p["other_source"] * other
                + p["slope"] * np.log1p((c.dose or 0.0) / 10.0)
            )
            total = total + c.events * eta - c.at_risk * xp.logaddexp(0.0, eta)
        return total


def upper_bound(events: float, at_risk: float, level: float = 0.95) -> Probability:
    """One-sided exact (Clopper–Pearson 1934) upper bound of a proportion: "0 of 71: up to 4 %"."""
    from scipy.special import betaincinv

    return 1.0 if events >= at_risk else float(betaincinv(events + 1, at_risk - events, level))


def serious_events(counts: tuple[HarmCount, ...]) -> SeriousTotal:
    """Serious events among knees given bone-marrow cells, all doses together, with the exact upper bound.

    No trend over dose is estimated: with no event there is none to estimate.
    """
    found = serious_counts(counts)
    upper = upper_bound(found.events, found.at_risk)
    return SeriousTotal(events=found.events, at_risk=found.at_risk, upper95=upper)
