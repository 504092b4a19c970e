"""Posterior of the two-parameter logistic reassessment by two-dimensional quadrature, for many trials at
once.

logit p_j = α + exp(β)·logit(skeleton_j), α ~ N(0, intercept_sd²) and β ~ N(0, slope_sd²), independent: at (0,
0) the toxicities are the prior guesses (O'Quigley, Pepe & Fisher 1990, Biometrics 46:33, section 3, in the
form with a slope that cannot be negative of Neuenschwander, Branson & Gsponer 2008, Stat Med 27:2420).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit

from ....errors import require, require_between
from ....units import Array, Probability

_REACH = 6.0  # prior standard deviations each side of where data can pull: 4e-9 lies beyond
_PULL = (8.0, 2.0)  # of α and β, at most: logits and log slopes beyond are as good as certain
_STEP = 1.0  # of the smallest posterior standard deviation there can be
_FAR = 4.0  # |logit p − α| up to which the data of many patients can leave β sharp
_BLOCK = 1 << 21  # numbers at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoParameters:
    """The working model and its prior."""

    skeleton: tuple[Probability, ...]
    intercept_sd: float = 1.5
    slope_sd: float = 0.5

    def __post_init__(self) -> None:
        require(len(self.skeleton) > 0, "no dose", where="skeleton", allowed="one guess for each dose")
        for p in self.skeleton:
            require_between(p, 1e-6, 1 - 1e-6, where="skeleton")
        rising = all(a < b for a, b in zip(self.skeleton, self.skeleton[1:], strict=False))
        require(
            rising, f"{list(self.skeleton)} does not increase", where="skeleton", remedy="order the guesses"
        )
        require_between(self.intercept_sd, 0.05, 5, where="intercept_sd")
        require_between(self.slope_sd, 0.05, 1.5, where="slope_sd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxicities:
    """Posterior of toxicity by dose: arrays (trials, doses)."""

    mean: Array
    sd: Array


def toxicities(model: TwoParameters, safe: ArrayLike, toxic: ArrayLike, *, fineness: int = 1) -> Toxicities:
    """Posterior mean and standard deviation of toxicity at each dose, by the trapezoid rule.

    ``safe`` and ``toxic`` (trials, doses): patients fully observed without, and with toxicity. ``fineness``
    multiplies the nodes of each axis, which follow from the information that so many patients can hold.
    """
    safe, toxic = np.asarray(safe, float), np.asarray(toxic, float)
    most = float((safe + toxic).sum(axis=1).max(initial=0))
    size = 2.0 ** np.ceil(np.log2(max(most, 8)))  # few sizes, so that tables are kept
    prior, log_toxic, log_safe = _tables(model, size, fineness)
    chance = np.exp(log_toxic).T
    moments = np.hstack([chance, chance**2])
    doses = len(model.skeleton)
    found = np.empty((len(safe), 2 * doses))
    step = max(1, _BLOCK // len(prior))
    for start in range(0, len(safe), step):
        rows = slice(start, start + step)
        weight = toxic[rows] @ log_toxic + safe[rows] @ log_safe + prior
        weight -= weight.max(axis=1, keepdims=True)
        np.exp(weight, out=weight)
        found[rows] = weight @ moments / weight.sum(axis=1)[:, None]
    mean = found[:, :doses]
    return Toxicities(mean=mean, sd=np.sqrt(np.maximum(found[:, doses:] - mean**2, 0)))


@cache
def _tables(model: TwoParameters, patients: float, fineness: int) -> tuple[Array, Array, Array]:
    """Log prior of the nodes (nodes,), and log probabilities of toxicity and of none (doses, nodes)."""
    a = _axis(model.intercept_sd, patients / 4, min(patients * model.intercept_sd**2, _PULL[0]), fineness)
    b = _axis(model.slope_sd, patients * _FAR**2 / 4, min(patients * model.slope_sd**2, _PULL[1]), fineness)
    alpha, beta = (x.ravel() for x in np.meshgrid(a, b, indexing="ij"))
    eta = alpha + np.exp(beta) * logit(np.asarray(model.skeleton))[:, None]
    prior = -0.5 * ((alpha / model.intercept_sd) ** 2 + (beta / model.slope_sd) ** 2)
    return prior, -np.logaddexp(0, -eta), -np.logaddexp(0, eta)


def _axis(sd: float, information: float, pull: float, fineness: int) -> Array:
    reach = max(_REACH * sd, pull + 3 * sd)
    nodes = fineness * int(np.ceil(reach * np.sqrt(information + sd**-2) / _STEP))
    return np.linspace(-reach, reach, 2 * nodes + 1)
