"""Where assurance comes from: how often a benefit is claimed, by how large the best true benefit is.

Power is a curve of the effect, flat near no effect and flat near a large one; its average over the effects
that may be true (assurance: O'Hagan, Stevens & Campbell 2005) is therefore not the power at their average.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ...units import Points
from ..estimate import Estimate, estimate
from .simulate import Results

EDGES: tuple[Points, ...] = (0.0, 5.0, 10.0)


class Band(NamedTuple):
    """Trials whose best true benefit is above ``low`` and at most ``high`` points.

    ``share`` of all trials; ``claimed`` among them (None where fewer than two trials are in the band).
    """

    low: Points
    high: Points
    share: Estimate
    claimed: Estimate | None


def power_by_truth(found: Results, edges: tuple[Points, ...] = EDGES) -> list[Band]:
    """Bands of the best true benefit at the last visit, from −∞ to ∞, cut at ``edges``."""
    best, ends = found.truth.max(axis=1), (-np.inf, *edges, np.inf)
    bands = []
    for low, high in pairwise(ends):
        inside = (best > low + 1e-9) & (best <= high + 1e-9)
        claimed = estimate(found.positive[inside]) if inside.sum() >= 2 else None
        bands.append(Band(float(low), float(high), estimate(inside), claimed))
    return bands


def why_they_differ(bands: list[Band], assurance: Estimate, at_mean: Estimate, mean_benefit: Points) -> str:
    """One paragraph from the numbers: why assurance is not the power at the mean of the posterior."""

    def percent(e: Estimate) -> str:
        return f"{100 * e.value:.0f} ± {100 * e.monte_carlo_se:.0f} %"

    def said(e: Estimate | None) -> str:
        return "too few trials to say" if e is None else f"claimed there in {percent(e)}"

    nothing, most = bands[0], bands[-1]
    apart = assurance.value - at_mean.value
    error = float(np.hypot(assurance.monte_carlo_se, at_mean.monte_carlo_se))
    if abs(apart) < 2 * error:
        result = (
            f"Here the two are not told apart by so many trials (difference {100 * apart:+.1f} ±"
            f" {100 * error:.1f} percentage points)."
        )
    else:
        side = "above" if apart > 0 else "below"
        pull = (
            "the large effects add more than the small ones take away"
            if apart > 0
            else "the small and harmful effects take away more than the large ones add"
        )
        result = (
            f"Here assurance is {100 * abs(apart):.1f} ± {100 * error:.1f} percentage points {side} that"
            f" power: {pull}."
        )
    return (
        f"Power at the posterior mean takes one effect as known: {mean_benefit:.1f} points at the best dose."
        " Assurance averages over all effects that the evidence allows. No dose helps in"
        f" {percent(nothing.share)} of them ({said(nothing.claimed)}); the best dose helps by more than"
        f" {most.low:g} points in {percent(most.share)} ({said(most.claimed)}). The chance of success is a"
        f" bent curve of the effect, so its average is not its value at the average. {result}"
    )
