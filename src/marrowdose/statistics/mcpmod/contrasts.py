"""Contrasts of dose means that see one candidate shape best.

``means`` are (K doses, M candidates), ``covariance`` (K, K) that of the estimated means, up to a factor;
contrasts are (K, M), one column a candidate, each of unit length and summing to 0. The first dose is the
placebo (or the lowest).
"""

from __future__ import annotations

import numpy as np

from ...errors import require
from ...units import Array

_FLAT = 1e-10  # relative: a candidate whose means differ by less has no contrast


def lower_root(covariance: Array, *, where: str) -> Array:
    """Lower Cholesky factor. Raises ``InputError`` where a matrix is not a positive definite covariance."""
    matrix = np.asarray(covariance, dtype=float)
    remedy = "give the covariance of the estimated means; merge doses that have no spread of their own"
    require(
        matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1],
        f"shape {matrix.shape}",
        where=where,
        allowed="a square matrix",
    )
    require(bool(np.isfinite(matrix).all()), "an entry that is not a number", where=where, remedy=remedy)
    spread = np.sqrt(np.abs(np.diag(matrix)))
    require(bool((np.diag(matrix) > 0).all()), "a variance that is not positive", where=where, remedy=remedy)
    correlation = matrix / np.outer(spread, spread)
    require(
        bool(np.allclose(correlation, correlation.T, atol=1e-8)), "not symmetric", where=where, remedy=remedy
    )
    try:
        root: Array = np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        root = np.zeros_like(matrix)
    require(
        bool(np.min(np.diag(root)) > 1e-6), "singular or not positive definite", where=where, remedy=remedy
    )
    return spread[:, None] * root


def _check(means: Array, covariance: Array) -> tuple[Array, Array]:
    means = np.asarray(means, dtype=float)
    root = lower_root(covariance, where="covariance of the dose means")
    require(
        means.ndim == 2 and len(means) == len(root) >= 2 and bool(np.isfinite(means).all()),
        f"candidate means of shape {means.shape} for {len(root)} doses",
        allowed="a finite mean for each of two doses or more",
    )
    spread = np.ptp(means, axis=0)
    require(
        bool(np.all(spread > _FLAT * np.maximum(np.abs(means).max(axis=0), np.finfo(float).tiny))),
        "a candidate is flat over the doses",
        where="contrasts",
        remedy="change its guess or leave it out",
    )
    return means, root


def _unit(contrasts: Array) -> Array:
    return np.asarray(contrasts / np.linalg.norm(contrasts, axis=0))


def optimal_contrasts(means: Array, covariance: Array) -> Array:
    """c ∝ S⁻¹(μ − 1 μ'S⁻¹1/1'S⁻¹1): the greatest c'μ/√(c'Sc) with 1'c = 0 (Pinheiro 2014, equation 4).

    >>> optimal_contrasts(np.array([[0.0], [1.0], [3.0]]), np.eye(3)).ravel().round(3).tolist()
    [-0.617, -0.154, 0.772]
    """
    means, root = _check(means, covariance)
    white = np.linalg.solve(root, np.column_stack([np.ones(len(root)), means]))
    one, mu = white[:, :1], white[:, 1:]
    centred = mu - one * (one.T @ mu) / (one.T @ one)
    return _unit(np.asarray(np.linalg.solve(root.T, centred)))


def constrained_contrasts(means: Array, covariance: Array) -> Array:
    """The same with one sign at all active doses: that of the candidate's effect.

    With a = contrasts of the active doses, V the covariance of the differences to the first dose and δ their
    means, the greatest a'δ/√(a'Va) over a ≥ 0 has the direction of argmin |V^½ a − V^−½ δ|: non-negative
    least squares. Whether a candidate rises is the sign of its effect furthest from 0.

    >>> constrained_contrasts(np.array([[0.0], [1.0], [0.2]]), np.eye(3))[:2, 0].round(3).tolist()  # and 0
    [-0.707, 0.707]
    """
    from scipy.optimize import nnls

    means, root = _check(means, covariance)
    difference = np.column_stack([-np.ones(len(means) - 1), np.eye(len(means) - 1)])
    root_v = np.linalg.cholesky(difference @ root @ root.T @ difference.T)
    effects = difference @ means
    sign = np.sign(effects[np.abs(effects).argmax(axis=0), np.arange(effects.shape[1])])
    targets = np.linalg.solve(root_v, effects * sign)
    active = np.column_stack([nnls(root_v.T, target)[0] for target in targets.T]) * sign
    return _unit(difference.T @ active)


def contrast_correlation(contrasts: Array, covariance: Array) -> Array:
    """Correlation (M, M) of the contrast statistics, C'SC standardised.

    >>> contrasts = optimal_contrasts(np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 2.0]]), np.eye(3))
    >>> contrast_correlation(contrasts, np.eye(3)).round(3).tolist()
    [[1.0, 0.866], [0.866, 1.0]]
    """
    of_contrasts = contrasts.T @ covariance @ contrasts
    spread = np.sqrt(np.diag(of_contrasts))
    return np.asarray(of_contrasts / np.outer(spread, spread))
