"""Choosing the optimal biological dose at the end, from rates of toxicity and efficacy by dose.

Yamaguchi, Takeda, Yoshida & Maruo 2024 (J Biopharm Stat 34:379) compare these ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ....statistics.isotonic import pooled
from ....units import Array, Flags, Indices, Probability

Estimator = Literal["observed", "unimodal"]
Criterion = Literal["efficacy", "weighted", "scored", "linear"]
ESTIMATORS: tuple[Estimator, ...] = ("observed", "unimodal")
CRITERIA: tuple[Criterion, ...] = ("efficacy", "weighted", "scored", "linear")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tradeoff:
    """Numbers of the criteria: ``weighted`` efficacy − price·toxicity − penalty·toxicity above ``toxic``;
    ``scored`` mean utility, 100 for efficacy alone; ``linear`` product of two ramps between the pairs given.
    """

    toxic: Probability
    price: float = 0.33
    penalty: float = 1.09
    neither: float = 40.0
    both: float = 60.0
    toxicity_ramp: tuple[Probability, Probability] = (0.03, 0.42)
    efficacy_ramp: tuple[Probability, Probability] = (0.18, 0.6)

    def worth(self, criterion: Criterion, toxicity: Array, efficacy: Array) -> Array:
        """The value that is made largest, of arrays of one shape."""
        t, e = toxicity, efficacy
        if criterion == "weighted":
            return np.asarray(e - self.price * t - self.penalty * t * (t > self.toxic))
        if criterion == "scored":
            return np.asarray(self.neither * (1 - e) * (1 - t) + self.both * e * t + 100 * e * (1 - t))
        if criterion == "linear":
            (a, b), (c, d) = self.toxicity_ramp, self.efficacy_ramp
            return np.asarray(np.clip((e - c) / (d - c), 0, 1) * (1 - np.clip((t - a) / (b - a), 0, 1)))
        return np.asarray(e)


def chosen(
    n: Array,
    toxic: Array,
    effective: Array,
    candidates: Flags,
    *,
    target: Probability,
    estimator: Estimator,
    criterion: Criterion,
    tradeoff: Tradeoff,
) -> Indices:
    """The best tried candidate of each trial, the lowest of equals; −1 where there is none: (trials,).

    Toxicity is the isotonic regression of the observed rates, each dose counting alike. "efficacy" looks up
    to the maximum tolerated dose only, which is the dose with toxicity nearest ``target``, the highest of
    equals.
    """
    tried = n > 0
    candidates = candidates & tried
    toxicity = pooled(toxic / np.maximum(n, 1), tried.astype(float))
    efficacy = effective / np.maximum(n, 1)
    if estimator == "unimodal":
        efficacy = averaged_unimodal(n, effective)
    worth = tradeoff.worth(criterion, toxicity, efficacy).round(12)
    use = candidates
    if criterion == "efficacy":
        distance = np.where(tried, np.abs(toxicity - target), np.inf).round(12)
        nearest = np.where(candidates, distance, np.inf).min(axis=1)
        last = n.shape[1] - 1 - (distance == nearest[:, None])[:, ::-1].argmax(axis=1)
        use = candidates & (np.arange(n.shape[1]) <= last[:, None])
    best = np.where(use, worth, -np.inf).argmax(axis=1)
    return np.where(use.any(axis=1), best, -1)


def averaged_unimodal(n: Array, events: Array) -> Array:
    """Rates averaged over unimodal regressions, one for each place of the mode, weighted by likelihood.

    Only over the doses tried; NaN for the others. Each dose counts alike in the least squares.
    """
    found = np.full(n.shape, np.nan)
    tried = n > 0
    for pattern in np.unique(tried, axis=0):
        if not pattern.any():
            continue
        rows = np.flatnonzero((tried == pattern).all(axis=1))
        m, y = n[np.ix_(rows, pattern)], events[np.ix_(rows, pattern)]
        fits = np.stack([unimodal(y / m, k) for k in range(m.shape[1])])
        p = fits.clip(1e-12, 1 - 1e-12)
        likelihood = (y * np.log(p) + (m - y) * np.log1p(-p)).sum(axis=2)
        weight = np.exp(likelihood - likelihood.max(axis=0))
        found[np.ix_(rows, pattern)] = (weight[:, :, None] * fits).sum(axis=0) / weight.sum(axis=0)[:, None]
    return found


def unimodal(value: Array, mode: int) -> Array:
    """Least squares of ``value`` (trials, doses) rising up to ``mode`` and falling from there.

    By the max–min formula over the upper sets of this order: the intervals around the mode.
    """
    doses = value.shape[1]
    intervals = [(a, b) for a in range(mode + 1) for b in range(mode, doses)]
    inside = np.zeros((len(intervals) + 1, doses), bool)  # the last one empty
    for row, (a, b) in enumerate(intervals):
        inside[row, a : b + 1] = True
    found = np.full(value.shape, -np.inf)
    for upper in inside[:-1]:
        part = upper & ~inside  # with every lower set, the complement of an upper set
        size = part.sum(axis=1)
        means = value @ part.T / np.maximum(size, 1)
        for j in np.flatnonzero(upper):
            found[:, j] = np.maximum(found[:, j], means[:, part[:, j]].min(axis=1))
    return found
