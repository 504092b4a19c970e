"""Tests of an MMRM with few patients: standard errors and degrees of freedom after Kenward & Roger (1997).

Biometrics 53:983. The covariance Φ of the coefficients takes Σ as known; that Σ is estimated makes it too
small and the normal quantile too near. With P_i = ∂Φ⁻¹/∂σ_i and W the inverse of the expected information on
the covariances σ of Σ (in which Σ is linear, so that their R_ij is 0),

    Φ_A = Φ + 2 Φ {Σ_ij W_ij (Q_ij − P_i Φ P_j)} Φ,

and a test of ℓ contrasts is referred to F(ℓ, m)/λ with the two moments matched. For one contrast λ is 1 and m
the degrees of freedom of Satterthwaite. Without missing values both are those of the analysis of covariance,
and for contrasts over visits those of Hotelling's T²: exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...errors import require
from ...special import fdtrc, stdtr
from ...units import Array
from .mixed_model import Mmrm, basis, information, inverses, leverages, pattern_weights

_TRIALS = 512  # at a time: a coefficients × coefficients matrix for each covariance of Σ


class ContrastEstimates(NamedTuple):
    """M contrasts of T trials, each (T, M), NaN without a fit; ``covariance`` (T, M, M) is theirs."""

    estimate: Array
    error: Array
    df: Array
    covariance: Array

    @property
    def p_value(self) -> Array:
        """Two-sided, by Student's t."""
        return np.asarray(2 * stdtr(self.df, -np.abs(self.estimate / self.error)))


class FTest(NamedTuple):
    """Test that ``numerator`` contrasts are all 0, each (T,): ``scale`` × ``f`` against F(numerator, df)."""

    f: Array
    scale: Array
    numerator: int
    df: Array

    @property
    def p_value(self) -> Array:
        """Upper tail of the scaled statistic."""
        return np.asarray(fdtrc(self.numerator, self.df, self.scale * self.f))


class _Part(NamedTuple):
    """Some trials: their rows; L Φ L', L Φ_A L' (T, M, M), L Φ P_i Φ L' (T, I, M, M), W (T, I, I)."""

    rows: slice
    plain: Array
    adjusted: Array
    moves: Array
    spread: Array


def contrasts(fit: Mmrm, weights: ArrayLike, *, visit: int = -1) -> ContrastEstimates:
    """Contrasts ``weights`` (M, arms) of the arm means at one visit, the last by default.

    Raises ``InputError``.

    >>> values = np.array([[[4, 5], [6, 8], [5, 9], [7, 8], [8, 13], [6, 11]]])
    >>> found = contrasts(mmrm(values, [0, 0, 0, 1, 1, 1]), [[-1, 1]])
    >>> found.estimate.round(2).tolist(), found.df.round(1).tolist()  # complete: the t test of the last visit
    ([[3.33]], [[4.0]])
    """
    c = np.atleast_2d(np.asarray(weights, dtype=float))
    arms, visits = fit.means.shape[1:]
    require(
        c.ndim == 2 and c.shape[1] == arms and bool(np.isfinite(c).all() and c.any(axis=1).all()),
        f"weights of shape {c.shape}",
        where="MMRM",
        allowed=f"contrasts × {arms} arms, none of them 0",
    )
    require(-visits <= visit < visits, f"visit {visit!r}", where="MMRM", allowed=f"{-visits} to {visits - 1}")
    rows = np.zeros((len(c), arms, visits))
    rows[:, :, visit] = c
    shape = (len(fit.means), len(c))
    error, df, covariance = np.empty(shape), np.empty(shape), np.empty((*shape, len(c)))
    for part in _parts(fit, rows):
        moves = np.einsum("timm->tmi", part.moves)  # of each contrast's variance with each covariance of Σ
        variance = np.einsum("tmm->tm", part.plain)
        uncertain = np.einsum("tmi,tij,tmj->tm", moves, part.spread, moves)
        with np.errstate(all="ignore"):
            df[part.rows] = 2 * variance**2 / uncertain
            error[part.rows] = np.sqrt(np.einsum("tmm->tm", part.adjusted))
        covariance[part.rows] = part.adjusted
    return ContrastEstimates(fit.means[:, :, visit] @ c.T, error, df, covariance)


def f_test(fit: Mmrm, rows: ArrayLike) -> FTest:
    """Test that all ``rows`` (L, arms, visits) of the means are 0, linearly independent.

    Raises ``InputError``.

    >>> values = np.array([[[4, 5], [6, 8], [5, 9], [7, 8], [8, 13], [6, 11]]])
    >>> rows = np.array([[[-1, 0], [1, 0]], [[0, -1], [0, 1]]])  # second arm less first, at each visit
    >>> found = f_test(mmrm(values, [0, 0, 0, 1, 1, 1]), rows)
    >>> found.numerator, found.p_value.round(3).tolist()
    (2, [0.243])
    """
    r = np.asarray(rows, dtype=float)
    require(
        r.ndim == 3
        and r.shape[1:] == fit.means.shape[1:]
        and np.linalg.matrix_rank(r.reshape(len(r), -1)) == len(r),
        f"rows of shape {r.shape}",
        where="MMRM",
        allowed="contrasts × arms × visits, linearly independent",
    )
    size, t = len(r), len(fit.means)
    f, scale, df = np.empty(t), np.empty(t), np.empty(t)
    found = fit.means.reshape(t, -1) @ r.reshape(size, -1).T
    for part in _parts(fit, r):
        with np.errstate(all="ignore"):
            unit = np.linalg.solve(part.plain[:, None], part.moves)
            trace = np.einsum("tiaa->ti", unit)
            a1 = np.einsum("tij,ti,tj->t", part.spread, trace, trace)
            a2 = np.einsum("tij,tiab,tjba->t", part.spread, unit, unit)
            scale[part.rows], df[part.rows] = _matched(a1, a2, size)
            d = found[part.rows]
            f[part.rows] = np.einsum("tm,tm->t", d, np.linalg.solve(part.adjusted, d[..., None])[..., 0])
    return FTest(f / size, scale, size, df)


def _matched(a1: Array, a2: Array, size: int) -> tuple[Array, Array]:
    """λ and m by the mean and variance of F, with constants that make the exact cases exact (section 3)."""
    b = (a1 + 6 * a2) / (2 * size)
    g = ((size + 1) * a1 - (size + 4) * a2) / ((size + 2) * a2)
    below = 3 * size + 2 * (1 - g)
    c1, c2, c3 = g / below, (size - g) / below, (size + 2 - g) / below
    mean = 1 / (1 - a2 / size)
    variance = 2 / size * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    ratio = variance / (2 * mean**2)
    m = 4 + (size + 2) / (size * ratio - 1)
    return m / (mean * (m - 2)), m


def _parts(fit: Mmrm, rows: Array) -> Iterator[_Part]:
    """The matrices of the tests of ``rows`` (M, arms, visits), some trials at a time; NaN without a fit."""
    arms, visits = fit.means.shape[1:]
    size = fit.inverse.shape[-1]
    chosen = np.zeros((len(rows), size))
    chosen[:, : arms * visits] = rows.reshape(len(rows), -1)
    units = basis(visits)
    for start in range(0, len(fit.means), _TRIALS):
        part = slice(start, start + _TRIALS)
        phi, sigma, sums = fit.inverse[part], fit.sigma[part], fit.sums.take(part)
        t, count = len(phi), len(units)
        width = size // visits
        with np.errstate(all="ignore"):
            w, _ = pattern_weights(sigma, sums.seen)
            products = sums.xx.reshape(t, -1, width**2).swapaxes(1, 2)

            def spread_out(inner: Array, products: Array = products, t: int = t, width: int = width) -> Array:
                """Σ_k X'X_k ⊗ inner_k (T, C, C) for inner (T, K, V, V)."""
                flat = products @ inner.reshape(t, inner.shape[1], visits**2)
                return np.asarray(
                    flat.reshape(t, width, width, visits, visits).swapaxes(2, 3).reshape(t, size, size)
                )

            p = -np.stack([spread_out(w @ unit @ w) for unit in units], axis=1)
            turned = phi[:, None] @ p
            held = sums.n[..., None, None] * sigma[:, None] - 2 * leverages(sums, phi)
            cross = turned.reshape(t, count, -1) @ turned.swapaxes(2, 3).reshape(t, count, -1).swapaxes(1, 2)
            known = information(w, w @ held @ w) + cross / 2
            spread = inverses(known)
            flat = units.reshape(count, -1)
            pairs = (flat.T @ spread @ flat).reshape(t, visits, visits, visits, visits)  # Σ W_ij E_i ⊗ E_j
            between = np.einsum("tabcd,tkbc->tkad", pairs, w, optimize=True)
            q = spread_out(w @ between @ w)
            weighted = (spread @ p.reshape(t, count, -1)).reshape(p.shape)
            excess = q - (p @ phi[:, None] @ weighted).sum(axis=1)
            ahead = chosen @ phi
            plain = ahead @ chosen.T
            adjusted = plain + 2 * ahead @ excess @ ahead.swapaxes(1, 2)
            moves = ahead[:, None] @ p @ ahead[:, None].swapaxes(2, 3)
        yield _Part(part, plain, adjusted, moves, spread)
