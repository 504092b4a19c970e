"""Serious adverse events by dose: the few counts that were published, and a stated assumption where they say
nothing.

With r events in n patients given bone-marrow cells, most of them 30 to 40 million (counted as 40), the
probability at 40 million is

    p₄₀ | r, n ~ Beta(½ + r, ½ + n − r)     (Jeffreys prior),
    logit p(d) = logit p₄₀ + β (log(1 + d/10) − log(1 + 40/10)),

β being that of local reactions (``harm``): the odds of serious events are *assumed* to rise with dose as
theirs do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..evidence.counts import HarmCount
from ..units import Array, Count, MillionCells

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
