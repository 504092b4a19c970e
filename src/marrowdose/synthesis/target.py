"""Doses read off a fitted curve: where it peaks, where it reaches a share of its peak, or a target effect.

Intervals come from curves drawn from the estimates' normal distribution: the dose is found on every draw,
then quantiles of the doses are taken. For a new study the draws also vary by the spread between studies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..domain import Array, Probability, require, require_between
from .drma import DoseResponse
from .results import Result

_GRID = 600  # doses at which a curve is looked at
_FAR = 1e6  # times the highest dose: what "asymptote" means


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseEstimate(Result):
    """A dose and its interval.

    ``reached`` is the share of drawn curves that have such a dose within the doses looked at; ``low`` and
    ``high`` are quantiles of those, and None where fewer than half do. ``estimate`` is None where the
    estimated curve itself does not reach the target.
    """

    estimate: float | None
    low: float | None
    high: float | None
    reached: Probability
    level: Probability
    new_study: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak(Result):
    """The greatest effect (in size) within the doses of the table, and the lowest dose that has it."""

    dose: float
    effect: float


def peak(fit: DoseResponse) -> Peak:
    """Where the estimated curve is farthest from zero, within the doses of the table."""
    doses = np.linspace(0.0, fit.dose_range[1], 20 * _GRID + 1)
    effect = fit.predict(doses).effect
    at = int(np.argmax(np.abs(effect)))
    return Peak(dose=float(doses[at]), effect=float(effect[at]))


def effective_dose(fit: DoseResponse, share: Probability, *, of: Literal["range", "asymptote"] = "range",
                   new_study: bool = False, draws: int = 2000, seed: int = 0) -> DoseEstimate:  # fmt: skip
    """The lowest dose with ``share`` of the greatest effect: ED₈₀ is ``effective_dose(fit, 0.8)``.

    The greatest effect is that within the doses of the table, or (``of="asymptote"``, non-linear curves only)
    that of an unlimited dose.
    """
    require_between(share, 0.01, 0.99, where="share")
    require(of in ("range", "asymptote"), f"{of!r} is no choice", where="of", allowed="range, asymptote")
    require(
        of == "range" or bool(fit.shape.nonlinear),
        f"{fit.curve} has no asymptote",
        where="of",
        allowed="range",
    )
    return _doses(fit, share, None, of, new_study, draws, seed)


def target_dose(fit: DoseResponse, effect: float, *, new_study: bool = False, draws: int = 2000,
                seed: int = 0) -> DoseEstimate:  # fmt: skip
    """The lowest dose, within the doses of the table, whose effect against no dose is ``effect``."""
    require(
        bool(np.isfinite(effect)) and effect != 0, f"{effect!r} is no target", where="effect", allowed="not 0"
    )
    return _doses(fit, None, effect, "range", new_study, draws, seed)


def _doses(fit: DoseResponse, share: float | None, target: float | None, of: str, new_study: bool, draws: int,
           seed: int) -> DoseEstimate:  # fmt: skip
    require_between(draws, 100, 100_000, where="draws")
    top = fit.dose_range[1]
    grid = np.linspace(0.0, top, _GRID + 1)
    if of == "asymptote":
        grid = np.concatenate([[0.0], np.geomspace(top * 1e-5, top * _FAR, 4 * _GRID)])
    points = np.random.default_rng(seed).standard_normal((draws, len(fit.beta)))
    theta = len(fit.beta) - len(fit.linear)
    root = _root(fit.covariance)
    q = len(fit.psi)
    between = _root(fit.psi)
    moves = np.random.default_rng((seed, 1)).standard_normal((draws, q)) @ between.T
    found = np.full(draws, np.nan)
    for i, point in enumerate(points @ root.T):
        beta = fit.beta + point
        linear = beta[:q] + (moves[i] if new_study else 0.0)
        found[i] = _first(grid, _curve(fit, grid, linear, beta[len(beta) - theta :]), share, target, of)
    estimate = _first(_fine(grid), _curve(fit, _fine(grid), fit.linear[:q], fit.log_theta), share, target, of)
    ok = np.isfinite(found)
    tail = 50 * (1 - fit.level)
    low, high = np.percentile(found[ok], [tail, 100 - tail]) if ok.mean() >= 0.5 else (None, None)
    return DoseEstimate(estimate=float(estimate) if np.isfinite(estimate) else None,
                        low=None if low is None else float(low), high=None if high is None else float(high),
                        reached=float(ok.mean()), level=fit.level, new_study=new_study)  # fmt: skip


def _curve(fit: DoseResponse, doses: Array, linear: Array, theta: Array) -> Array:
    basis = fit.shape.basis(doses, theta)
    return np.asarray((basis - basis[0]) @ linear)


def _fine(grid: Array) -> Array:
    """Twenty times as many doses, for the estimate itself."""
    at = np.linspace(0, len(grid) - 1, 20 * (len(grid) - 1) + 1)
    return np.asarray(np.interp(at, np.arange(len(grid)), grid))


def _first(doses: Array, effect: Array, share: float | None, target: float | None, of: str) -> float:
    """The first dose at which the effect reaches the target, by linear interpolation; NaN where it never does."""
    if share is not None:
        most = effect[-1] if of == "asymptote" else effect[int(np.argmax(np.abs(effect)))]
        target = share * float(most)
    if not target:
        return float("nan")
    size = effect * np.sign(target) - abs(target)
    reached = np.flatnonzero(size >= 0)
    if len(reached) == 0 or reached[0] == 0:
        return float("nan")
    i = int(reached[0])
    return float(doses[i - 1] + (doses[i] - doses[i - 1]) * -size[i - 1] / (size[i] - size[i - 1]))


def _root(covariance: Array) -> Array:
    """A square root of a covariance that may be singular."""
    eigen, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(eigen, 0.0)))
