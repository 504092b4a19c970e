"""Posterior of the one-parameter continual reassessment method by quadrature, for many trials at once.

O'Quigley, Pepe & Fisher 1990 (Biometrics 46:33), with the weighted likelihood of Cheung & Chappell 2000
(Biometrics 56:1177) for patients still under observation: toxic p, not toxic 1 − w·p with weight w in 0–1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from ....errors import require, require_between
from ....units import Array, Flags, Indices, Months, Probability
from .crm_planning import Curves

Scheme = Literal["linear", "adaptive"]
_REACH = 8.0  # prior standard deviations each side
_STEP = 0.9  # of the smallest posterior standard deviation there can be: errs by about 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Beta:
    """What is known of β in each trial: arrays (trials,)."""

    mean: Array  # posterior mean, or the maximum of the likelihood
    variance: Array

    def interval(self, curves: Curves, level: Probability) -> tuple[Array, Array]:
        """Central interval of toxicity at each dose, by a normal interval of β: two (trials, doses)."""
        half = float(ndtri(0.5 + level / 2)) * np.sqrt(self.variance)
        return curves.toxicity(self.mean + half), curves.toxicity(self.mean - half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Patients still under observation without toxicity: arrays (trials, patients). Weight 1 counts fully."""

    dose: Indices  # −1: nobody
    weight: Array  # 0–1


def posterior(
    curves: Curves,
    prior_sd: float,
    safe: ArrayLike,
    toxic: ArrayLike,
    pending: Pending | None = None,
    *,
    nodes: int | None = None,
) -> Beta:
    """Posterior mean and variance of β ~ N(0, prior_sd²) by the trapezoid rule on ±8 prior SDs.

    ``safe`` and ``toxic`` (trials, doses): patients fully observed without, and with toxicity. The rule
    converges exponentially; unless given, ``nodes`` follow from the information that so many patients can
    hold.
    """
    require_between(prior_sd, 1e-3, 1e3, where="prior_sd")
    safe, toxic = np.asarray(safe, float), np.asarray(toxic, float)
    for name, counts in (("safe", safe), ("toxic", toxic)):
        usable = np.isfinite(counts).all() and (counts >= 0).all()
        require(
            bool(usable),
            "patients that are no number or negative",
            where=name,
            allowed="0 or more at each dose",
        )
    if nodes is None:
        nodes = _enough(
            curves, prior_sd, float((safe.sum(axis=1) + toxic.sum(axis=1)).max(initial=0)), pending
        )
    grid, log_toxic, log_safe = _tables(curves, prior_sd * _REACH, nodes)
    log_weight = toxic @ log_toxic + safe @ log_safe
    log_weight -= 0.5 * (grid / prior_sd) ** 2
    if pending is not None:
        _add_pending(log_weight, curves, grid, pending)
    return _moments(grid, log_weight)


def maximum_likelihood(
    curves: Curves, safe: ArrayLike, toxic: ArrayLike, pending: Pending | None = None
) -> Beta:
    """β of the largest likelihood in [−10, 10] and its variance.

    The variance is, for the power model, the second moment about β under a flat prior, as in dfcrm; for the
    logistic model, where that has no limit, the inverse of the observed information. Raises ``InputError``
    where all patients are toxic or none is: there is no maximum.
    """
    safe, toxic = np.asarray(safe, float), np.asarray(toxic, float)
    watched = 0 if pending is None else (pending.dose >= 0).sum(axis=1)
    exists = (toxic.sum(axis=1) > 0) & (safe.sum(axis=1) + watched > 0)
    require(
        bool(exists.all()),
        "no largest likelihood: all patients are toxic, or none",
        where="method",
        allowed="patients with and without toxicity",
        remedy="use the posterior mean",
    )

    def log_likelihood(grid: Array) -> Array:
        found = toxic @ _log_toxic(curves, grid) + safe @ _log_safe(curves, grid)
        if pending is not None:
            _add_pending(found, curves, grid, pending)
        return found

    wide = np.linspace(-60.0, 20.0, 4001)
    values = log_likelihood(wide)
    inside = (wide >= -10) & (wide <= 10)
    best = wide[inside][values[:, inside].argmax(axis=1)]
    for width in (2e-2, 4e-4, 8e-6, 1.6e-7):  # each search is fifty times finer than the one before
        near = np.linspace(-width, width, 101)
        for i, centre in enumerate(best):
            one = log_likelihood(centre + near)[i]
            best[i] = centre + near[one.argmax()]
    if curves.model == "power":
        about = _moments(wide, values)
        return Beta(mean=best, variance=about.variance + about.mean**2 - best**2)
    step = 1e-3
    bend = [np.diff(log_likelihood(b + step * np.array([-1.0, 0, 1]))[i], 2)[0] for i, b in enumerate(best)]
    return Beta(mean=best, variance=-(step**2) / np.array(bend))


def closest_dose(toxicity: Array, target: Probability) -> Indices:
    """The dose whose toxicity is nearest the target, the lower of two equally near: (trials,)."""
    nearest = np.abs(toxicity - target).argmin(axis=1)
    top, all_safe = toxicity.shape[1] - 1, (toxicity <= target).all(axis=1)
    return np.where(all_safe, top, np.where((toxicity >= target).all(axis=1), 0, nearest))


def weights(followed: Array, toxic: Flags, window: Months, scheme: Scheme = "linear") -> Array:
    """Weight of each patient: 1 with toxicity, else the part of the window seen: (trials, patients).

    ``followed``: time under observation, to the toxicity where there was one. ``adaptive`` (Cheung &
    Chappell 2000, section 5) takes the times of the toxicities seen as the clock. NaN: nobody there (0).
    """
    require_between(window, 1e-9, 1e9, where="window")
    followed, toxic = np.asarray(followed, float), np.asarray(toxic, bool)
    present = ~np.isnan(followed)
    require(
        bool((followed[present] >= 0).all()), "a follow-up is negative", where="followed", allowed="0 or more"
    )
    if scheme == "linear":
        part = followed / window
    else:
        require(scheme == "adaptive", f"{scheme!r}", where="scheme", allowed="linear, adaptive")
        part = np.stack([_adaptive(f, np.sort(f[t]), window) for f, t in zip(followed, toxic, strict=True)])
    return np.where(present, np.where(toxic, 1.0, np.minimum(part, 1.0)), 0.0)


def _adaptive(followed: Array, events: Array, window: float) -> Array:
    """Equal weight between neighbouring toxicity times, linear within."""
    knots = np.concatenate([[0.0], events, [window]])
    z = len(events)
    m = np.searchsorted(events, followed, side="right")
    low, gap = knots[m], knots[np.minimum(m + 1, z + 1)] - knots[m]
    within = np.divide(followed - low, gap, out=np.ones_like(followed), where=gap > 0)
    return np.asarray((m + within) / (z + 1))


def _enough(curves: Curves, prior_sd: float, patients: float, pending: Pending | None) -> int:
    """Nodes that resolve the sharpest posterior of this many patients; few sizes, so that tables are kept."""
    most = patients + (0 if pending is None else pending.dose.shape[1])
    information = _sharpest(curves) * 2.0 ** np.ceil(np.log2(max(most, 8))) + prior_sd**-2
    return 2 * int(np.ceil(_REACH * prior_sd * np.sqrt(information) / _STEP)) + 1


@cache
def _sharpest(curves: Curves) -> float:
    """Largest Fisher information about β of one patient, whatever the probability of toxicity."""
    p = np.linspace(0.001, 0.999, 999)
    if curves.model == "power":
        return float((p * np.log(p) ** 2 / (1 - p)).max())
    return float((p * (1 - p) * (np.log(p / (1 - p)) - curves.intercept) ** 2).max())


def _log_toxic(curves: Curves, grid: Array) -> Array:
    scaled = np.exp(grid)[:, None] * curves.codes
    if curves.model == "power":
        return scaled.T
    return -np.logaddexp(0, -(scaled + curves.intercept)).T


def _log_safe(curves: Curves, grid: Array) -> Array:
    scaled = np.exp(grid)[:, None] * curves.codes
    if curves.model == "power":
        return np.log(-np.expm1(scaled)).T
    return -np.logaddexp(0, scaled + curves.intercept).T


@cache
def _tables(curves: Curves, reach: float, nodes: int) -> tuple[Array, Array, Array]:
    """Grid of β and log probabilities of toxicity and of none: (nodes,), (doses, nodes) twice."""
    grid = np.linspace(-reach, reach, nodes)
    # −1e4 stands for log 0: below it nothing counts, and 0 · log 0 must be 0
    return grid, np.maximum(_log_toxic(curves, grid), -1e4), np.maximum(_log_safe(curves, grid), -1e4)


def _add_pending(log_weight: Array, curves: Curves, grid: Array, pending: Pending) -> None:
    """Adds log(1 − w·p) of each patient under observation, patient by patient, to (trials, nodes)."""
    toxicity = curves.toxicity(grid).T
    for dose, weight in zip(pending.dose.T, pending.weight.T, strict=True):
        here = np.flatnonzero((dose >= 0) & (weight > 0))
        if len(here):
            log_weight[here] += np.log1p(-weight[here, None] * toxicity[dose[here]])


def _moments(grid: Array, log_weight: Array) -> Beta:
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    total = weight.sum(axis=1)
    mean = weight @ grid / total
    return Beta(mean=mean, variance=np.maximum(weight @ grid**2 / total - mean**2, 0))
