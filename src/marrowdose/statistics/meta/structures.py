"""Between-study covariance Ψ as a smooth function of free parameters θ, with exact derivatives.

Standard deviations may be negative and Cholesky factors are free, so zero variance is an inner point: there
the first derivative vanishes and the second says whether the variance really wants to be zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from ...errors import require
from ...special import expit
from ...units import Array

Structure = Literal["un", "id", "diag", "cs", "hcs", "ar", "har", "levels"]
STRUCTURES: tuple[Structure, ...] = ("un", "id", "diag", "cs", "hcs", "ar", "har", "levels")
_SIZES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # SD between studies, in the units of the random effects
Derivatives = tuple[Array, Array, Array]  # Ψ (…, q, q), ∂Ψ/∂θ (…, m, q, q), ∂²Ψ/∂θ² (…, m, m, q, q)


@dataclass(frozen=True, slots=True)
class Spread:
    """A structure of Ψ for q random effects: how many parameters, where to start, Ψ and its derivatives.

    ``starts`` are groups of θ (group, n, m) to start from, each group alike but for its overall size.
    """

    structure: Structure
    size: int
    starts: Array
    start_psi: Array  # (group, n, q, q): Ψ at ``starts``
    at: Callable[[Array], Derivatives]


@lru_cache(maxsize=64)
def spread(structure: Structure, q: int, rho: float | None = None, shared: tuple[int, ...] = ()) -> Spread:
    """The named structure for ``q`` random effects (names as in metafor's rma.mv).

    ``un`` any covariance; ``id`` one variance; ``diag`` one each; ``cs``/``ar`` one variance and one
    correlation ρ (equal, or ρ^|i−j|); ``hcs``/``har`` a variance each. ``rho`` holds the correlation fixed.
    ``levels``: a variance for each run of neighbours, whose lengths ``shared`` gives: (1, 5) is a study and
    the five groups inside it, as ``~ 1 | study/group``.

    >>> psi, first, second = spread("cs", 2, rho=0.5).at(np.array([2.0]))
    >>> psi.round(6).tolist()
    [[4.0, 2.0], [2.0, 4.0]]
    """
    require(
        structure in STRUCTURES,
        f"{structure!r} is no structure",
        where="spread",
        allowed=", ".join(STRUCTURES),
    )
    if structure == "un":
        return _unstructured(q)
    require(
        (structure == "levels") == (sum(shared) == q > 0),
        f"{shared!r} do not divide {q} effects",
        where="spread",
        allowed="with structure 'levels', and only there: lengths that add up to the random effects",
    )
    runs = shared or ((1,) * q if structure in ("diag", "hcs", "har") else (q,))
    groups = np.repeat(np.eye(len(runs)), runs, axis=1)
    scales = groups[:, :, None] * np.eye(q)  # (sds, q, q): ∂diag(τ)/∂τ_s
    free = structure in ("cs", "hcs", "ar", "har") and rho is None and q > 1
    lag = np.abs(np.subtract.outer(np.arange(q), np.arange(q))).astype(float)
    if structure in ("cs", "hcs"):
        lag = np.minimum(lag, 1.0)
    lowest = -1.0 / (q - 1) if structure in ("cs", "hcs") and q > 2 else -1.0
    fixed = np.eye(q) if structure in ("id", "diag", "levels") else _power(lag, rho or 0.0)[0]

    starts = np.array([[[*[s] * len(groups), *[r] * int(free)] for s in _SIZES] for r in (0.0, 2.0, -2.0)])

    def at(theta: Array) -> Derivatives:
        t = (theta[..., : len(groups)] @ groups)[..., None] * np.eye(q)
        r, r1, r2 = _correlation(lag, lowest, theta[..., -1:, None]) if free else (fixed, None, None)
        psi = t @ r @ t
        half = scales @ (r @ t)[..., None, :, :]
        first = half + half.swapaxes(-1, -2)
        cross = scales[:, None] @ (r[..., None, None, :, :] @ scales)
        second = cross + cross.swapaxes(-3, -4)
        if r1 is None or r2 is None:
            return psi, first, second
        mixed = scales @ (r1 @ t)[..., None, :, :]
        mixed = mixed + mixed.swapaxes(-1, -2)
        m = theta.shape[-1]
        whole = np.empty((*theta.shape[:-1], m, m, q, q))
        whole[..., :-1, :-1, :, :], whole[..., -1, -1, :, :] = second, t @ r2 @ t
        whole[..., :-1, -1, :, :] = whole[..., -1, :-1, :, :] = mixed
        return psi, np.concatenate([first, (t @ r1 @ t)[..., None, :, :]], axis=-3), whole

    return Spread(structure, len(groups) + int(free), starts, at(starts)[0], at)


def correlation_of(psi: Array) -> float:
    """The correlation of the first two random effects; NaN where a variance is zero.

    >>> round(correlation_of(np.array([[4.0, 1.0], [1.0, 1.0]])), 6)
    0.5
    """
    scale = float(np.sqrt(psi[0, 0] * psi[1, 1]))
    return float(psi[0, 1] / scale) if scale > 0 else float("nan")


def _power(lag: Array, rho: Array | float) -> tuple[Array, Array, Array]:
    """ρ^lag with its first two derivatives in ρ."""
    off = lag > 0
    first = np.where(off, lag * np.power(rho, np.where(off, lag - 1, 0.0)), 0.0)
    twice = lag > 1
    second = np.where(twice, lag * (lag - 1) * np.power(rho, np.where(twice, lag - 2, 0.0)), 0.0)
    return np.where(off, np.power(rho, lag), 1.0), first, second


def _correlation(lag: Array, lowest: float, free: Array) -> tuple[Array, Array, Array]:
    """Correlation matrix and its derivatives in the free parameter, of which ρ is a logistic function."""
    share = expit(free)
    d1 = (1 - lowest) * share * (1 - share)
    r, r1, r2 = _power(lag, lowest + (1 - lowest) * share)
    return r, r1 * d1, r2 * d1**2 + r1 * d1 * (1 - 2 * share)


@lru_cache(maxsize=32)
def _lower(q: int) -> tuple[Array, Array]:
    """Basis (m, q, q) of lower triangular matrices and the second derivative of LLᵀ in their weights."""
    rows, columns = np.tril_indices(q)
    basis = np.zeros((len(rows), q, q))
    basis[np.arange(len(rows)), rows, columns] = 1.0
    product = np.einsum("sij,tkj->stik", basis, basis)
    return basis, product + product.transpose(0, 1, 3, 2)


def _unstructured(q: int) -> Spread:
    """Ψ = LLᵀ, θ the lower triangle of L row by row."""
    basis, second = _lower(q)
    rows, columns = np.tril_indices(q)

    starts = np.array(
        [
            [
                (np.sqrt(1 - r**2 * (rows > 0)) * (rows == columns) * s + r * s * (columns == 0) * (rows > 0))
                * tilt**rows
                for s in _SIZES
            ]
            for r in (0.0, 0.9, -0.9)
            for tilt in (1.0, 0.2, 5.0)
        ]
    )

    def at(theta: Array) -> Derivatives:
        lower = np.zeros((*theta.shape[:-1], q, q))
        lower[..., rows, columns] = theta
        turned = lower.swapaxes(-1, -2)
        first = basis @ turned[..., None, :, :]
        return lower @ turned, first + first.swapaxes(-1, -2), second

    return Spread("un", len(rows), starts, at(starts)[0], at)
