"""A fast posterior for simulation studies and leave-one-study-out: adaptive importance sampling.

Mode and curvature first (Laplace), then a Student-t proposal whose mean and covariance are adapted to the
weighted draws (adaptive multiple importance sampling, Cornuet 2012). Pareto-k̂ (Vehtari 2024) says
whether the answer can be trusted; it is checked against NUTS. Vectorised over draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..units import Array
from .diagnostics import psis

LogDensity = Callable[[Array], Array]  # (draws, dim) → (draws,)
FREEDOM = 7.0  # degrees of freedom of the proposal: heavier tails than the posterior
STEP = 1e-4
CHUNK = 128
OUTSIDE = 1e12  # what the search for the mode sees where the density is zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """Weighted draws: z (draws, dim), normalised weights (draws,), Pareto-k̂ and effective sample size."""

    z: Array
    weights: Array
    pareto_k: float
    ess: float

    def resample(self, size: int, rng: np.random.Generator) -> Array:
        """``size`` equally weighted draws (systematic resampling), in random order."""
        grid = (np.arange(size) + rng.random()) / size
        index = np.minimum(np.searchsorted(np.cumsum(self.weights), grid), len(self.z) - 1)
        return np.asarray(self.z[rng.permutation(index)])


def in_chunks(log_density: LogDensity, z: Array) -> Array:
    """The log density of many draws, in pieces that stay in cache; −inf where it is not finite."""
    with np.errstate(all="ignore"):
        values = np.concatenate([_halving(log_density, z[k : k + CHUNK]) for k in range(0, len(z), CHUNK)])
    return np.where(np.isfinite(values), values, -np.inf)


def _halving(log_density: LogDensity, z: Array) -> Array:
    """The log density; far-out draws whose covariance fails in floating point get −inf, not the whole
    batch.
    """
    try:
        return log_density(z)
    except np.linalg.LinAlgError:
        if len(z) == 1:
            return np.array([-np.inf])
        middle = len(z) // 2
        return np.concatenate([_halving(log_density, z[:middle]), _halving(log_density, z[middle:])])


def _gradient(log_density: LogDensity, z: Array) -> Array:
    """Central differences, all directions in one call; 0 where a step leaves the domain."""
    steps = STEP * np.eye(len(z))
    up, down = np.split(in_chunks(log_density, np.concatenate([z + steps, z - steps])), 2)
    known = np.isfinite(up) & np.isfinite(down)
    return np.where(known, np.where(known, up, 0.0) - np.where(known, down, 0.0), 0.0) / (2 * STEP)


def mode_and_covariance(log_density: LogDensity, dim: int) -> tuple[Array, Array]:
    """Posterior mode (dim,) and inverse negative Hessian there (dim, dim), made positive definite."""
    from scipy.optimize import minimize

    found = minimize(
        lambda z: min(-float(in_chunks(log_density, z[None])[0]), OUTSIDE),
        np.zeros(dim),
        jac=lambda z: -_gradient(log_density, z),
        method="BFGS",
        options={"gtol": 1e-3, "maxiter": 200},
    )
    step = 1e-3
    hessian = np.stack(
        [
            (_gradient(log_density, found.x + step * e) - _gradient(log_density, found.x - step * e))
            / (2 * step)
            for e in np.eye(dim)
        ]
    )
    values, vectors = np.linalg.eigh(-(hessian + hessian.T) / 2)
    # no direction is wider than a few prior standard deviations (the prior has unit scale)
    return found.x, (vectors / np.clip(values, 0.2, None)) @ vectors.T


def _student(rng: np.random.Generator, size: int, mean: Array, factor: Array) -> Array:
    """Antithetic draws of a multivariate Student-t."""
    half = rng.standard_normal((size // 2, len(mean)))
    scale = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, (size // 2, 1)))
    step = (half * scale) @ factor.T
    return np.concatenate([mean + step, mean - step])


def _student_log(z: Array, mean: Array, factor: Array) -> Array:
    """Its log density, up to a constant shared by all proposals of one dimension."""
    white = np.linalg.solve(factor, (z - mean).T)
    quad = (white**2).sum(axis=0)
    return np.asarray(-np.log(np.diag(factor)).sum() - 0.5 * (FREEDOM + len(mean)) * np.log1p(quad / FREEDOM))


def _log_mean_exp(values: Array) -> Array:
    top = values.max(axis=0)
    return np.asarray(top + np.log(np.exp(values - top).mean(axis=0)))


def _normalised(log_weights: Array) -> Array:
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def smoothed(log_weights: Array) -> tuple[Array, float]:
    """Normalised Pareto-smoothed weights and k̂; raw weights and k̂ = ∞ where no tail can be fitted."""
    with np.errstate(all="ignore"):
        fitted, k_hat = psis(log_weights)
    if np.isfinite(k_hat) and not np.isnan(fitted).any():
        return _normalised(fitted), k_hat
    return _normalised(log_weights), float("inf")


def importance(
    log_density: LogDensity, dim: int, *, seed: int, draws: int = 4000, rounds: int = 4
) -> Weighted:
    """Weighted draws of the posterior exp(log_density) on R^dim.

    Each round draws ``draws`` points from an adapted proposal; all rounds count, weighted by the mixture of
    the proposals (deterministic mixture weights). Weights are Pareto-smoothed.
    """
    rng = np.random.default_rng(seed)
    mean, cov = mode_and_covariance(log_density, dim)
    proposals: list[tuple[Array, Array]] = []
    z, target = np.empty((0, dim)), np.empty(0)
    for k in range(rounds):
        # the first round is widened: a Laplace covariance is too small where the posterior is skew
        factor = np.asarray(np.linalg.cholesky(cov * (1.5 if k == 0 else 1.15) + 1e-9 * np.eye(dim)), float)
        proposals.append((mean, factor))
        fresh = _student(rng, draws, mean, factor)
        z, target = np.concatenate([z, fresh]), np.concatenate([target, in_chunks(log_density, fresh)])
        mixture = _log_mean_exp(np.stack([_student_log(z, m, f) for m, f in proposals]))
        weights, k_hat = smoothed(target - mixture)
        # a proposal that misses puts all weight on a few draws: adapt to flattened weights then
        spread = weights if 1.0 / (weights**2).sum() > 10 * dim else _normalised((target - mixture) / 4)
        mean = spread @ z
        cov = (spread[:, None] * (z - mean)).T @ (z - mean)
    return Weighted(z=z, weights=weights, pareto_k=k_hat, ess=float(1.0 / (weights**2).sum()))
