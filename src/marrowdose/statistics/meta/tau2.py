"""The variance between studies τ² of one effect a study, by each estimator that pooling offers.

Sources: DerSimonian & Laird 1986 (DL), Hedges & Olkin 1985 (HE), Hunter & Schmidt 2004 (HS), Sidik & Jonkman
2005 (SJ), Paule & Mandel 1982 (PM, EB), Harville 1977 (ML, REML).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from ...errors import InputError
from ...units import Array
from ..one_dimension import root

Estimator = Literal["fixed", "dl", "he", "hs", "sj", "pm", "eb", "ml", "reml"]
_GRID = 48  # values of τ² that are looked at before one is polished
_SHARES = np.linspace(0.0, 1.0, _GRID)


class Weighed(NamedTuple):
    """Least squares with weights w = 1/(v + τ²): what every estimator and test is made of.

    P = W − WX(XᵀWX)⁻¹XᵀW; ``q`` = yᵀPy falls in τ² and is χ² with k − p degrees of freedom at the true one.
    """

    w: Array
    beta: Array
    covariance: Array  # (XᵀWX)⁻¹
    scores: Array  # Py
    q: float
    trace: float  # tr P
    trace_squared: float  # tr PP
    score_slope: float  # yᵀPPPy


def weighed(y: Array, v: Array, x: Array, tau2: float) -> Weighed:
    """Weighted least squares at one τ², without a k × k matrix."""
    w = 1.0 / (v + tau2)
    xw = x.T * w
    c: Array = np.asarray(np.linalg.inv(xw @ x))
    hat = c @ xw
    beta = hat @ y
    residual = y - x @ beta
    scores = w * residual
    inside = np.einsum("pk,pk->k", hat, xw)  # of XᵀWX's share of P's diagonal
    cross = hat @ xw.T
    trace = float(w.sum()) - float(cross.trace())
    trace_squared = float(w @ w) - 2 * float(w @ inside) + float(np.vdot(cross, cross.T))
    score_slope = float(w @ scores**2) - float((xw @ scores) @ (hat @ scores))
    return Weighed(w, beta, c, scores, float(scores @ residual), trace, trace_squared, score_slope)


def estimate_tau2(y: Array, v: Array, x: Array, estimator: Estimator) -> tuple[float, float | None]:
    """Between-study variance and its standard error (large-sample; Viechtbauer 2005 for the moment ones)."""
    k, p = x.shape
    if estimator == "fixed":
        return 0.0, None
    if estimator in ("ml", "reml"):
        tau2, end = _likeliest(y, v, x, estimator == "reml")
        return tau2, float(np.sqrt(2 / (end.trace_squared if estimator == "reml" else end.w @ end.w)))
    if estimator in ("pm", "eb"):
        tau2 = solve_q(y, v, x, k - p)
        return tau2, float(np.sqrt(2 * k**2 / (k - p)) / (1 / (v + tau2)).sum())
    return _by_moments(y, v, x, estimator)


def _by_moments(y: Array, v: Array, x: Array, estimator: Estimator) -> tuple[float, float]:
    """The closed forms: τ² from one quadratic form yᵀPy; its variance 2 tr((P(V + τ²I))²) over its slope²."""
    k, p = x.shape
    df = k - p
    start = 1.0
    if estimator == "sj":
        start = float(np.var(y))
        w = 1.0 / (v + start) * start if start > 0 else np.ones(k)
    else:
        w = np.ones(k) if estimator == "he" else 1.0 / v
    found = weighed(y, 1.0 / w, x, 0.0)
    squares, c, slope = found.q, found.covariance, found.trace
    within = float(w @ v - np.einsum("pr,rp->", c, (x.T * (w**2 * v)) @ x))  # tr(PV)
    if estimator == "sj":
        tau2, divisor = squares / df, float(df)
    elif estimator == "hs":
        tau2, divisor = (squares - k) / w.sum(), float(w.sum())
    else:
        tau2, divisor = (squares - within) / slope, slope
    tau2 = max(0.0, tau2)
    pv_pv, pv_p = _traces(w, v, x, c)
    return tau2, float(np.sqrt(2 * pv_pv + 4 * tau2 * pv_p + 2 * tau2**2 * found.trace_squared) / divisor)


def _traces(w: Array, v: Array, x: Array, c: Array) -> tuple[float, float]:
    """tr(PVPV) and tr(PVP)."""
    plain, with_v = (x.T * w**2) @ x @ c, (x.T * (w**2 * v)) @ x @ c
    pvpv = (w * v) @ (w * v) - 2 * np.trace((x.T * (w**3 * v**2)) @ x @ c) + np.trace(with_v @ with_v)
    pvp = w @ (w * v) - 2 * np.trace((x.T * (w**3 * v)) @ x @ c) + np.trace(with_v @ plain)
    return float(pvpv), float(pvp)


def solve_q(y: Array, v: Array, x: Array, target: float) -> float:
    """The τ² at which the generalised Q equals ``target``; zero where even τ² = 0 gives less."""

    def excess(tau2: float) -> float:
        return weighed(y, v, x, tau2).q - target

    if target <= 0 or excess(0.0) <= 0:
        return 0.0
    high = _widest(y, v)
    while excess(high) > 0:
        high *= 4
    return float(root(excess, 0.0, high, xtol=1e-14 * high, rtol=1e-14))


def _widest(y: Array, v: Array) -> float:
    """A τ² beyond which no likelihood maximum lies: the squared range of the effects (or a trace of v)."""
    return max(float(np.ptp(y)) ** 2, 1e-12 * float(v.min()))


def _likeliest(y: Array, v: Array, x: Array, reml: bool) -> tuple[float, Weighed]:
    """τ² at the highest of all maxima: the profile is looked at on a grid, then polished by Newton.

    Raises ``InputError`` where the slope there is not zero (or not falling, at τ² = 0).
    """
    y = y - x @ weighed(y, v, x, 0.0).beta  # a far-off mean would drown the differences in rounding
    top = _widest(y, v)
    low = min(1e-4 * float(v.min()), 1e-4 * top)
    grid = np.concatenate([[0.0], low * (top / low) ** _SHARES])
    values = _profile(y, v, x, grid, reml)
    best = int(np.argmax(values))
    left, right = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, _GRID)])
    tau2 = float(grid[best])
    if best == 0:
        first, _, at = _slope(y, v, x, reml, 0.0)
        if first <= 0:
            return 0.0, at
    elif 1 < best < _GRID:  # the top of the parabola through three places, which are even in log τ²
        before, middle, after = values[best - 1 : best + 2].tolist()
        bend = before - 2 * middle + after
        tau2 *= (top / low) ** (0.5 * (before - after) / bend / (_GRID - 1)) if bend < 0 else 1.0
    for _ in range(100):  # Newton inside a bracket that shrinks: slope > 0 left of the maximum, < 0 right
        first, second, _ = _slope(y, v, x, reml, tau2)
        if first > 0:
            left = tau2
        else:
            right = tau2
        step = tau2 - first / second if second < 0 else 0.5 * (left + right)
        if not left <= step <= right:
            step = 0.5 * (left + right)
        moved, tau2 = abs(step - tau2), step
        if moved <= 1e-6 * (tau2 + low):  # what is left is the square of this
            break
    first, second, at = _slope(y, v, x, reml, tau2)
    size = max(tau2, low)  # slopes in units of log τ², so that the unit of the effects does not matter
    if abs(first) * size > 1e-7 * (1.0 + abs(second) * size**2) or second > 0:
        raise InputError(
            "the likelihood of the between-study variance has no clear maximum",
            where="pool",
            remedy="use estimator='dl' or 'pm', or look at the effects for a slip of scale",
        )
    return tau2, at


def _profile(y: Array, v: Array, x: Array, grid: Array, reml: bool) -> Array:
    """Profile log-likelihood, less constants, at each τ² of ``grid``."""
    w = 1.0 / (v + grid[:, None])
    xw = x.T * w[:, None, :]
    information = xw @ x
    right = xw @ y
    beta = np.linalg.solve(information, right[..., None])[..., 0]
    squares = (w @ y**2) - (beta * right).sum(1)
    value = 0.5 * (np.log(w).sum(1) - squares)
    return np.asarray(value - 0.5 * np.linalg.slogdet(information)[1] if reml else value)


def _slope(y: Array, v: Array, x: Array, reml: bool, tau2: float) -> tuple[float, float, Weighed]:
    """First and second derivative of the profile log-likelihood: ½(yᵀPPy − tr), ½tr(··) − yᵀPPPy."""
    at = weighed(y, v, x, tau2)
    one, two = (at.trace, at.trace_squared) if reml else (float(at.w.sum()), float(at.w @ at.w))
    return 0.5 * (float(at.scores @ at.scores) - one), 0.5 * two - at.score_slope, at
