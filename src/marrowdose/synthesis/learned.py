"""What the trials taught about each parameter: its distribution before and after them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..priors import Prior
from ..units import Probability
from .fit import Fit

_DRAWS, _BARS, _SEED = 20_000, 40, 5  # of the prior; of a histogram; of the draws


class Learned(NamedTuple):
    """One parameter: densities at ``x`` before and after the trials, and the share of variance learned."""

    name: str
    unit: str
    x: list[float]
    before: list[float]
    after: list[float]
    contraction: Probability


def learned(fit: Fit) -> list[Learned]:
    """Histograms of prior and posterior for every parameter, of the heaviest curve that has it."""
    rng = np.random.default_rng(_SEED)
    found = []
    for row in fit.record.contraction:
        curve, name = _holder(fit, row.parameter)
        prior = Prior(row.kind, row.loc, row.scale, row.unit, row.reason)
        after = np.asarray(fit.draws[curve][name], float)
        before = np.asarray(prior.value(prior.sample_z(rng, _DRAWS)))
        low, high = np.quantile(np.concatenate([after, before]), [0.005, 0.975])
        edges = np.linspace(low, high, _BARS + 1)
        heights = [np.histogram(values, edges, density=True)[0].tolist() for values in (before, after)]
        middle = ((edges[:-1] + edges[1:]) / 2).tolist()
        share = max(0.0, row.contraction)
        found.append(Learned(row.parameter, row.unit, middle, heights[0], heights[1], share))
    return found


def _holder(fit: Fit, label: str) -> tuple[str, str]:
    """The heaviest curve that has a parameter (the null curve last), and the parameter's name there."""
    curve, _, own = label.rpartition(".")
    if curve in fit.draws:
        return curve, f"curve.{own}"
    holders = [
        n for n in sorted(fit.weights, key=fit.weights.__getitem__, reverse=True) if label in fit.draws[n]
    ]
    return next((n for n in holders if n != "null"), holders[0]), label
