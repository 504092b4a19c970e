"""Bayesian go/no-go at each look on a normal difference of known SD (Gerber & Gsponer 2016).

A criterion such as P(δ > 7 | data) ≥ 0.5 is a bound for the estimated difference, so that the operating
characteristics are exact integrals and need no simulation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...errors import require
from ...special import ndtri
from ...units import Array, Points, Probability
from .integration import exit_probabilities


@dataclass(frozen=True, slots=True)
class Criterion:
    """P(δ > ``delta`` | data) ≥ ``probability`` for success; P(δ < ``delta`` | data) ≥ it for futility."""

    delta: Points
    probability: Probability

    def __post_init__(self) -> None:
        require(
            math.isfinite(self.delta), f"difference {self.delta!r}", where="criterion", allowed="a number"
        )
        require(
            0 < self.probability < 1,
            f"probability {self.probability!r}",
            where="criterion",
            allowed="above 0 and below 1",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GoNoGo:
    """Operating characteristics, (..., looks) with the shape of δ in front.

    ``success`` and ``futility``: the trial stops for it at this look. ``patients``: expected number so far.
    """

    success: Array
    futility: Array
    patients: Array

    @property
    def undecided(self) -> Array:
        """Probability of no decision by each look."""
        return np.asarray(1.0 - np.cumsum(self.success + self.futility, axis=-1))


def go_bounds(
    patients: ArrayLike,
    *,
    sd: Points,
    success: Sequence[Criterion],
    futility: Sequence[Criterion],
    prior: tuple[Points, float, float] | None = None,
) -> tuple[Array, Array]:
    """Estimated differences below which it is futile, and above which it is a success, at each look.

    ``patients`` (looks, 2) in control and treatment so far; ``prior`` the difference it centres on and the
    patients it is worth in control and treatment (None: flat). All criteria of a side must hold; a side
    without any has no bound. Raises ``InputError``.

    >>> low, high = go_bounds([[20, 20], [50, 50]], sd=20.0, success=[Criterion(0, 0.95)], futility=[])
    >>> high.round(2).tolist()
    [10.4, 6.58]
    """
    n = np.asarray(patients, dtype=float)
    require(
        n.ndim == 2 and n.shape[1] == 2 and len(n) > 0,
        f"patients of shape {n.shape}",
        where="go/no-go",
        allowed="looks × 2",
    )
    require(
        bool((n > 0).all() and (np.diff(n, axis=0) >= 0).all()),
        f"patients {n.tolist()}",
        where="go/no-go",
        allowed="numbers above 0, never falling from look to look",
    )
    require(0 < sd < math.inf, f"standard deviation {sd!r}", where="go/no-go", allowed="above 0")
    information = 1 / ((1 / n).sum(axis=1) * sd**2)
    mean, worth = 0.0, 0.0
    if prior is not None:
        mean = prior[0]
        require(
            math.isfinite(mean) and min(prior[1:]) > 0,
            f"prior {prior!r}",
            where="go/no-go",
            allowed="a difference and numbers of patients above 0",
        )
        worth = 1 / ((1 / prior[1] + 1 / prior[2]) * sd**2)
    total = information + worth

    def estimate(limit: float, tail: float) -> Array:
        """The estimate whose posterior mean is ``limit`` plus ``tail`` posterior standard deviations."""
        return np.asarray(((limit + tail / np.sqrt(total)) * total - mean * worth) / information)

    upper = [estimate(c.delta, float(ndtri(c.probability))) for c in success]
    lower = [estimate(c.delta, -float(ndtri(c.probability))) for c in futility]
    none = np.full(len(n), np.inf)
    high, low = np.max(upper, axis=0) if upper else none, np.min(lower, axis=0) if lower else -none
    require(
        bool((low <= high).all()),
        "success and futility at the same time",
        where="go/no-go",
        remedy="move the criteria apart",
    )
    return low, high


def go_no_go(
    patients: ArrayLike,
    delta: ArrayLike,
    *,
    sd: Points,
    success: Sequence[Criterion],
    futility: Sequence[Criterion],
    prior: tuple[Points, float, float] | None = None,
) -> GoNoGo:
    """Probability of each decision at each look if the difference is ``delta`` (any shape).

    The other arguments are those of ``go_bounds``.

    >>> success, futility = [Criterion(0.0, 0.975)], [Criterion(7.0, 0.9)]
    >>> found = go_no_go([[20, 20], [50, 50]], [0.0, 10.0], sd=20.0, success=success, futility=futility)
    >>> found.success.sum(axis=-1).round(3).tolist()
    [0.043, 0.726]
    """
    low, high = go_bounds(patients, sd=sd, success=success, futility=futility, prior=prior)
    n = np.asarray(patients, dtype=float)
    information = 1 / ((1 / n).sum(axis=1) * sd**2)
    root = np.sqrt(information)
    found = exit_probabilities(low * root, high * root, information, delta)
    going = 1.0 - np.cumsum(found.upper + found.lower, axis=-1)
    steps = np.diff(n.sum(axis=1), prepend=0.0)
    reached = np.concatenate([np.ones((*going.shape[:-1], 1)), going[..., :-1]], axis=-1)
    return GoNoGo(success=found.upper, futility=found.lower, patients=np.cumsum(reached * steps, axis=-1))
