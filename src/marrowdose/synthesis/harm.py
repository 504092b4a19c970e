"""Harm by dose: local reactions, which have a model, and serious events, which are few.

Local reactions: r_ik ~ Binomial(n_ik, p_ik), logit p_ik = a + σ u_i + s·[other source] + β log(1 + d/10).
Zero cells in a table need no continuity correction: the likelihood takes them as they are.

Serious adverse events: with r events in n patients given bone-marrow cells, most of them 30 to 40 million
(counted as 40), the probability at 40 million is

    p₄₀ | r, n ~ Beta(½ + r, ½ + n − r)     (Jeffreys prior),
    logit p(d) = logit p₄₀ + β (log(1 + d/10) − log(1 + 40/10)),

β being that of local reactions: the odds of serious events are *assumed* to rise with dose as theirs do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..evidence.counts import HarmCount
from ..priors import Parametrised, Prior
from ..units import Array, Count, MillionCells, Numerics, Probability
from .record import SeriousTotal

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

    def log_density(self, z: Array, xp: Numerics = np) -> Array:
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


REFERENCE: MillionCells = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriousEvents:
    """``events`` in ``at_risk`` patients given bone-marrow cells, and the ``rows`` of the evidence they stand
    in.
    """

    events: Count
    at_risk: Count
    rows: tuple[str, ...]

    def probability(self, uniform: Array, slope: Array, doses: Array) -> Array:
        """(T, D) at ``doses``, (D,) or (T, D): by a draw of p₄₀ for each of ``uniform`` (T,) in (0, 1), and
        of β (T,).
        """
        from scipy.special import betaincinv

        level = betaincinv(0.5 + self.events, 0.5 + self.at_risk - self.events, uniform)
        level = np.maximum(level, 1e-300)  # a quantile that underflows still has a logarithm
        away = np.log1p(np.asarray(doses, float) / 10.0) - np.log1p(REFERENCE / 10.0)
        eta = (np.log(level) - np.log1p(-level))[:, None] + slope[:, None] * away
        return np.asarray(1 / (1 + np.exp(-eta)))


def serious_counts(counts: Sequence[HarmCount]) -> SeriousEvents:
    """The counts among the harm counts of a fit; one over several arms is left out where its study gives the
    arms.
    """
    found = [c for c in counts if c.category == "serious" and c.source == "bm_msc"]
    in_parts = {c.study for c in found if not c.pooled}
    found = [c for c in found if not (c.pooled and c.study in in_parts)]
    return SeriousEvents(
        events=sum(c.events for c in found),
        at_risk=sum(c.at_risk for c in found),
        rows=tuple(c.row for c in found),
    )
