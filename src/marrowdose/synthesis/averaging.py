"""Weights over curves from leave-one-study-out predictive densities (stacking, Yao 2018).

With few studies the plain stacking optimum sits in a corner of the simplex and jumps with one study. We
therefore average the weights over their posterior under a flat Dirichlet prior: density ∝ Π_i Σ_k w_k p_ik.
The plain optimum and pseudo-BMA stand beside it as checks.
"""

from __future__ import annotations

import numpy as np

from ..units import Array

SIMPLEX_POINTS = 40_000


def simplex_points(curves: int, size: int = SIMPLEX_POINTS) -> Array:
    """A fixed even cover (size, curves) of the simplex: the same weights for the same densities."""
    exponential = np.random.default_rng(20160101).standard_exponential((size, curves))
    return np.asarray(exponential / exponential.sum(axis=1, keepdims=True))


def stacking_posterior(lpd: Array) -> Array:
    """Posterior mean weights (curves,) for log predictive densities ``lpd`` (curves, studies)."""
    points = simplex_points(len(lpd))
    density = np.exp(lpd - lpd.max(axis=0))
    log_score = np.log(points @ density).sum(axis=1)
    weight = np.exp(log_score - log_score.max())
    return np.asarray(weight @ points / weight.sum())


def stacking_optimum(lpd: Array) -> Array:
    """The weights (curves,) that maximise Σ_i log Σ_k w_k p_ik, by expectation-maximisation."""
    density = np.exp(lpd - lpd.max(axis=0))
    w = np.full(len(lpd), 1.0 / len(lpd))
    for _ in range(5000):
        share = w[:, None] * density
        update = (share / share.sum(axis=0)).mean(axis=1)
        if np.abs(update - w).max() < 1e-10:
            break
        w = update
    return w


def pseudo_bma(lpd: Array) -> Array:
    """Pseudo-BMA+ weights (curves,) with the Bayesian bootstrap (Yao 2018, section 3.4)."""
    studies = lpd.shape[1]
    shares = np.random.default_rng(20160102).dirichlet(np.ones(studies), 2000)
    score = studies * shares @ lpd.T
    weight = np.exp(score - score.max(axis=1, keepdims=True))
    return np.asarray((weight / weight.sum(axis=1, keepdims=True)).mean(axis=0))


def loo_from_full(log_likelihoods: Array, weights: Array) -> Array:
    """Leave-one-study-out log predictive densities (studies,) from full-posterior draws, no re-fit.

    ``log_likelihoods`` (draws, studies), ``weights`` (draws,) normalised. Importance ratios 1/p(y_i|θ),
    Pareto-smoothed. Used inside simulations; the product re-fits without each study instead.
    """
    from .importance import smoothed

    out = np.empty(log_likelihoods.shape[1])
    log_w = np.log(np.maximum(weights, 1e-300))
    for i, ll in enumerate(log_likelihoods.T):
        ratio, _ = smoothed(log_w - ll)
        out[i] = np.log(ratio @ np.exp(ll - ll.max())) + ll.max()
    return out
