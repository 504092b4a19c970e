"""Multivariate t and normal probabilities of a maximum, by quasi-Monte-Carlo on the sphere.

T_m = (a_m'Z + δ_m)/s, Z standard normal in r dimensions, ν s² ~ χ²_ν (s = 1 for ν = ∞), |a_m| = 1; r is the
rank of the correlation, which MCP-Mod makes singular (more candidates than doses).

Without effects (δ = 0), Z = R u with u uniform on the sphere and R² ~ χ²_r; max T > c where R/s > c/h(u),
h(u) = max_m a_m'u, an F tail (Deák 1980; Genz & Bretz 2009, section 4.1). Only u is sampled, so small tail
probabilities keep their relative precision, and one sample serves all c. With effects, the coordinate along
the common direction of the a_m is integrated exactly, and the others and s are sampled (Genz 1992). The
points are Genz' randomly shifted lattices; the shifts give the Monte-Carlo error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...errors import require
from ...special import chdtrc, chdtri, fdtrc, ndtr, ndtri, stdtrit
from ...units import Array, Probability
from ..one_dimension import root

SHIFTS = 8  # independent randomisations of the lattice, for the error
POINTS = 8191  # lattice points of each shift without effects
POINTS_POWER = 2039  # and with effects, where every alternative costs the same again
POINTS_EACH = 251  # and where every trial has a correlation of its own
_BINS = 1024  # of h(u) in [−1, 1]: the F tail is smooth in h, binned means lose less than 1e-4 of it
_TRIALS = 1000  # at once, to bound the memory
_RANK = 1e-10  # eigenvalues of a correlation below this part of the largest are 0
_ORTHOGONAL = 1e-12
_EDGE = 1e-9  # no lattice point is exactly 0 or 1


@dataclass(frozen=True, slots=True)
class Integral:
    """Monte-Carlo results and their standard errors."""

    value: Array
    error: Array


def factor(correlation: Array) -> Array:
    """Rows a_m (M, r) with correlation = A A', r its rank. Raises ``InputError`` if it is no correlation."""
    r = np.asarray(correlation, dtype=float)
    allowed = "a symmetric positive semi-definite matrix with 1 on the diagonal"
    require(
        r.ndim == 2 and r.shape[0] == r.shape[1] and bool(np.isfinite(r).all()),
        "no correlation matrix",
        allowed=allowed,
    )
    require(
        bool(np.allclose(np.diag(r), 1, atol=1e-6) and np.allclose(r, r.T, atol=1e-6)),
        "the correlation matrix is not one",
        allowed=allowed,
    )
    values, vectors = np.linalg.eigh(r)
    require(
        bool(values[0] > -1e-6), f"the correlation matrix has eigenvalue {values[0]:.3g}", allowed=allowed
    )
    keep = values > _RANK * values[-1]
    rows = vectors[:, keep] * np.sqrt(values[keep])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@lru_cache(maxsize=16)
def _lattice(dimensions: int, points: int, seed: int) -> Array:
    """Standard normal points (dimensions, SHIFTS · points): Richtmyer lattices, shifted and folded (Genz)."""
    primes = [p for p in range(2, 400) if all(p % q for q in range(2, math.isqrt(p) + 1))]
    require(dimensions <= len(primes), f"{dimensions} dimensions", allowed=f"at most {len(primes)}")
    shift = np.random.default_rng(seed).random((dimensions, SHIFTS, 1))
    step = np.sqrt(np.array(primes[:dimensions], dtype=float))
    uniform = np.abs(2 * ((np.arange(1, points + 1) * step[:, None, None] + shift) % 1.0) - 1)
    z = ndtri(np.clip(uniform, _EDGE, 1 - _EDGE)).reshape(dimensions, -1)
    z.setflags(write=False)
    return np.asarray(z)


def _over_shifts(per_shift: Array) -> Integral:
    """Mean and standard error over the first axis."""
    return Integral(per_shift.mean(axis=0), per_shift.std(axis=0, ddof=1) / math.sqrt(len(per_shift)))


def _reach(correlation: Array, two_sided: bool, seed: int) -> tuple[Array, Array, int]:
    """Distribution of h(u) = max_m a_m'u (or |a_m'u|): values (bins,), shares (SHIFTS, bins), rank."""
    rows = factor(correlation)
    rank = rows.shape[1]
    if rank == 1:
        h = np.array([rows.max(), -rows.min()]) if not two_sided else np.ones(2)
        return h, np.full((SHIFTS, 2), 0.5), rank
    z = _lattice(rank, POINTS, seed)
    along = rows @ z
    size = np.linalg.norm(z, axis=0)
    highest, lowest = (
        (along.max(axis=0) / size).reshape(SHIFTS, -1),
        (along.min(axis=0) / size).reshape(SHIFTS, -1),
    )
    h = np.maximum(highest, -lowest) if two_sided else np.hstack([highest, -lowest])  # u and −u
    bins = np.minimum(((h + 1) * (_BINS / 2)).astype(int), _BINS - 1)
    flat = (bins + _BINS * np.arange(SHIFTS)[:, None]).ravel()
    counts = np.bincount(flat, minlength=SHIFTS * _BINS).reshape(SHIFTS, _BINS)
    sums = np.bincount(bins.ravel(), weights=h.ravel(), minlength=_BINS)
    some = counts.sum(axis=0) > 0
    values = sums[some] / counts.sum(axis=0)[some]
    return values, np.asarray(counts[:, some] * (SHIFTS / h.size), dtype=np.float64), rank


def _exceeds(reach: Array, rank: int, df: float, c: float) -> Array:
    """P(R h/s > c) for every h: the F tail of (c/h)²/r, or for c below 0 its complement."""
    same = reach > 0 if c >= 0 else reach < 0
    with np.errstate(over="ignore"):
        square = (c / reach[same]) ** 2
    tail = chdtrc(rank, square) if math.isinf(df) else fdtrc(rank, df, square / rank)
    found = np.zeros_like(reach) if c >= 0 else np.ones_like(reach)
    found[same] = tail if c >= 0 else 1.0 - tail
    return found


def max_p_values(
    statistics: Array, correlation: Array, df: float, *, two_sided: bool = False, seed: int = 0
) -> Integral:
    """P(max_m T_m ≥ t) under no effect for every t: adjusted p-values (Bretz 2005, section 2.2).

    >>> found = max_p_values(np.array([2.0, 2.5]), np.eye(2), math.inf)
    >>> found.value.round(3).tolist()  # 1 − Φ(t)² each
    [0.045, 0.012]
    """
    t = np.abs(statistics) if two_sided else np.asarray(statistics, dtype=float)
    require(bool(np.isfinite(t).all()), "a test statistic is not a number", where="p-values")
    _check_df(df)
    reach, shares, rank = _reach(correlation, two_sided, seed)
    return _over_shifts(np.stack([shares @ _exceeds(reach, rank, df, float(c)) for c in t], axis=1))


def critical_value(
    correlation: Array, df: float, alpha: Probability, *, two_sided: bool = False, seed: int = 0
) -> float:
    """c with P(max_m T_m > c) = alpha under no effect (Bretz 2005, section 2.2).

    >>> round(critical_value(np.eye(1), math.inf, 0.025), 4)
    1.96
    """
    require(0 < alpha < 0.5, f"alpha {alpha!r}", allowed="above 0 and below 0.5")
    _check_df(df)
    reach, shares, rank = _reach(correlation, two_sided, seed)
    share = shares.mean(axis=0)

    def excess(c: float) -> float:
        return float(share @ _exceeds(reach, rank, df, c)) - alpha

    high = 4.0
    while excess(high) > 0:  # few degrees of freedom, small alpha
        high *= 2.0
    return float(root(excess, 0.0, high, xtol=1e-7))


def critical_values(
    directions: Array,
    df: float | Array,
    alpha: Probability,
    *,
    two_sided: bool = False,
    seed: int = 0,
) -> Array:
    """``critical_value`` of B trials with a correlation each, of unit vectors ``directions`` (B, M, r).

    ``df`` is one for all, or (B,): the value of a trial is then a parabola in 1/df through its values at the
    least, the middle and the largest 1/df of all trials. r may exceed the rank. Trials share few points,
    whose error is that of the trial in the middle, for which the value is known: c times known/found is right
    to about 2e-3 where variances differ by a third.

    >>> trials = np.broadcast_to(np.eye(2), (3, 2, 2))
    >>> critical_values(trials, math.inf, 0.025).round(2).tolist()
    [2.24, 2.24, 2.24]
    """
    require(bool(np.all(np.asarray(df) > 0)), "degrees of freedom not above 0", where="trials")  # NaN too
    own = 1.0 / np.broadcast_to(np.asarray(df, dtype=float), len(directions))
    low, high = float(own.min()), float(own.max())
    knots = np.array([high]) if high == low else np.linspace(high, low, 3)
    at = [1.0 / knot if knot > 0 else math.inf for knot in knots.tolist()]
    middle = directions.mean(axis=0)
    middle = middle / np.linalg.norm(middle, axis=1, keepdims=True)
    correlation = middle @ middle.T
    known = np.array([critical_value(correlation, nu, alpha, two_sided=two_sided, seed=seed) for nu in at])
    cuts = [directions[k : k + _TRIALS] for k in range(0, len(directions), _TRIALS)]
    each = np.concatenate([_by_newton(cut, at, alpha, two_sided, seed) for cut in (middle[None], *cuts)])
    found = each[1:] * (known / each[0])
    if len(knots) == 1:
        return np.asarray(found[:, 0])
    x = (own - low) / (high - low)
    shares = np.stack([x * (2 * x - 1), 4 * x * (1 - x), (1 - x) * (1 - 2 * x)], axis=1)  # Lagrange
    return np.asarray((found * shares).sum(axis=1))


def _by_newton(
    directions: Array, dfs: Sequence[float], alpha: Probability, two_sided: bool, seed: int
) -> Array:
    """Critical values (B, D) at each of ``dfs``, ascending: Newton on log P, one table of the F tail each."""
    trials, tests, rank = directions.shape
    z = _lattice(rank, POINTS_EACH, seed)
    along = directions @ (z / np.linalg.norm(z, axis=0))
    highest, lowest = along.max(axis=1), along.min(axis=1)
    h = np.maximum(highest, -lowest) if two_sided else np.hstack([highest, -lowest])  # u and −u
    half = _BINS // 2  # of (0, 1]: what lies below 0 never exceeds a positive c
    bins = np.minimum((h * half).astype(int), half - 1) + half * np.arange(trials)[:, None]
    counts = np.bincount(bins[h > 0], minlength=half * trials).reshape(trials, half)
    shares, centres = counts / h.shape[1], (np.arange(half) + 0.5) / half
    found: list[Array] = []
    for df in dfs:
        tails = alpha / (2 * tests)
        bound = -float(ndtri(tails) if math.isinf(df) else stdtrit(df, tails))
        x = np.concatenate([np.linspace(0.0, 4 * bound, 4001), 4 * bound * np.geomspace(1.01, 1e4, 1000)])
        tail = np.array(chdtrc(rank, x**2) if math.isinf(df) else fdtrc(rank, df, x**2 / rank))
        density = -np.gradient(tail, x)
        # Bonferroni, or the value of fewer df: at the right, where Newton on the concave log P stays
        c = found[-1] if found else np.full(trials, bound)
        for _ in range(20):
            at = c[:, None] / centres
            exceeds = (shares * np.interp(at, x, tail)).sum(axis=1)
            slope = (shares * np.interp(at, x, density) / centres).sum(axis=1)
            step = np.log(exceeds / alpha) * exceeds / slope
            c = c + step
            if np.abs(step).max() < 1e-7:
                break
        found.append(c)
    return np.stack(found, axis=1)


def _check_df(df: float) -> None:
    require(df > 0, f"{df!r} degrees of freedom", allowed="above 0, or infinite for the normal")


def max_exceeds(
    noncentrality: Array, correlation: Array, df: float, c: float, *, two_sided: bool = False, seed: int = 0
) -> Integral:
    """P(max_m T_m > c) for every row of ``noncentrality`` (H, M): power of the contrast test.

    >>> found = max_exceeds(np.array([[3.0]]), np.eye(1), math.inf, 1.96)
    >>> found.value.round(2).tolist()
    [0.85]
    """
    _check_df(df)
    rows = factor(correlation)
    delta = np.atleast_2d(np.asarray(noncentrality, dtype=float))
    require(delta.shape[1] == len(rows) and bool(np.isfinite(delta).all()), "effects that are not numbers")
    if two_sided:
        rows, delta = np.concatenate([rows, -rows]), np.concatenate([delta, -delta], axis=1)
    rank = rows.shape[1]
    axis = np.linalg.svd(rows)[2]  # orthonormal; the first row is the common direction
    rows = rows @ axis.T
    rows[:, 0] = np.where(np.abs(rows[:, 0]) < _ORTHOGONAL, _ORTHOGONAL, rows[:, 0])  # to divide by
    z = _lattice(rank, POINTS_POWER, seed)  # r − 1 coordinates and the normal score of s
    bound = (c * _chi(rank, df, seed) - rows[:, 1:] @ z[:-1]) / rows[:, :1]
    shift = (delta / rows[:, 0])[..., None]
    up = rows[:, 0] >= 0
    outside = np.empty((len(delta), z.shape[1]))
    for k, moved in enumerate(shift):
        high = (bound[up] - moved[up]).min(axis=0, initial=np.inf)
        low = (bound[~up] - moved[~up]).max(axis=0, initial=-np.inf)
        outside[k] = 1.0 - np.maximum(ndtr(high) - ndtr(low), 0.0)
    return _over_shifts(outside.reshape(len(delta), SHIFTS, -1).mean(axis=2).T)


@lru_cache(maxsize=64)
def _chi(rank: int, df: float, seed: int) -> Array:
    """s with ν s² ~ χ²_ν at the last coordinate of the points, from a table fine enough for seven digits."""
    score = _lattice(rank, POINTS_POWER, seed)[-1]
    if math.isinf(df):
        return np.ones_like(score)
    grid = np.linspace(-6.0, 6.0, 2001)
    s = np.interp(score, grid, np.sqrt(chdtri(df, ndtr(-grid)) / df))
    s.setflags(write=False)
    return np.asarray(s)
