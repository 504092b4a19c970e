"""The variance between studies τ² of one effect a study, by each estimator that pooling offers.

Sources: DerSimonian & Laird 1986 (DL), Hedges & Olkin 1985 (HE), Hunter & Schmidt 2004 (HS), Sidik & Jonkman
2005 (SJ), Paule & Mandel 1982 (PM, EB), Harville 1977 (ML, REML).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from ..domain import Array, InputError

Estimator = Literal["fixed", "dl", "he", "hs", "sj", "pm", "eb", "ml", "reml"]
_GRID = 48  # values of τ² that are looked at before one is polished


def generalised_q(y: Array, v: Array, x: Array, tau2: float) -> float:
    """Σ w (y − xβ̂)², w = 1/(v + τ²); falls in τ², χ² with k − p degrees of freedom at the true one."""
    w = 1.0 / (v + tau2)
    residual = y - x @ np.linalg.solve((x.T * w) @ x, x.T @ (w * y))
    return float(w @ residual**2)


def trace_p(w: Array, x: Array) -> float:
    """tr(P), P = W − WX(XᵀWX)⁻¹XᵀW."""
    c = np.linalg.inv((x.T * w) @ x)
    return float(w.sum() - np.einsum("pr,rp->", c, (x.T * w**2) @ x))


def _trace_pp(w: Array, x: Array) -> float:
    """tr(PP), without a k × k matrix."""
    c = np.linalg.inv((x.T * w) @ x)
    second, third = (x.T * w**2) @ x @ c, (x.T * w**3) @ x @ c
    return float(w @ w - 2 * np.trace(third) + np.trace(second @ second))


def estimate_tau2(y: Array, v: Array, x: Array, estimator: Estimator) -> tuple[float, float | None]:
    """Between-study variance and its standard error (large-sample; Viechtbauer 2005 for the moment ones)."""
    k, p = x.shape
    if estimator == "fixed":
        return 0.0, None
    if estimator in ("ml", "reml"):
        tau2 = _likeliest(y, v, x, estimator == "reml")
        w = 1.0 / (v + tau2)
        return tau2, float(np.sqrt(2 / (_trace_pp(w, x) if estimator == "reml" else w @ w)))
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
    squares = float(w @ (y - x @ np.linalg.solve((x.T * w) @ x, x.T @ (w * y))) ** 2)
    c = np.linalg.inv((x.T * w) @ x)
    slope = trace_p(w, x)
    within = float(w @ v - np.einsum("pr,rp->", c, (x.T * (w**2 * v)) @ x))  # tr(PV)
    if estimator == "sj":
        tau2, divisor = squares / df, float(df)
    elif estimator == "hs":
        tau2, divisor = (squares - k) / w.sum(), float(w.sum())
    else:
        tau2, divisor = (squares - within) / slope, slope
    tau2 = max(0.0, tau2)
    pv_pv, pv_p, pp = _traces(w, v, x)
    return tau2, float(np.sqrt(2 * pv_pv + 4 * tau2 * pv_p + 2 * tau2**2 * pp) / divisor)


def _traces(w: Array, v: Array, x: Array) -> tuple[float, float, float]:
    """tr(PVPV), tr(PVP) and tr(PP)."""
    c = np.linalg.inv((x.T * w) @ x)
    plain, with_v = (x.T * w**2) @ x @ c, (x.T * (w**2 * v)) @ x @ c
    pvpv = (w * v) @ (w * v) - 2 * np.trace((x.T * (w**3 * v**2)) @ x @ c) + np.trace(with_v @ with_v)
    pvp = w @ (w * v) - 2 * np.trace((x.T * (w**3 * v)) @ x @ c) + np.trace(with_v @ plain)
    return float(pvpv), float(pvp), _trace_pp(w, x)


def solve_q(y: Array, v: Array, x: Array, target: float) -> float:
    """The τ² at which the generalised Q equals ``target``; zero where even τ² = 0 gives less."""

    def excess(tau2: float) -> float:
        return generalised_q(y, v, x, tau2) - target

    if target <= 0 or excess(0.0) <= 0:
        return 0.0
    high = _widest(y)
    while excess(high) > 0:
        high *= 4
    return float(brentq(excess, 0.0, high, xtol=1e-14 * high, rtol=1e-14))


def _widest(y: Array) -> float:
    """A τ² beyond which no likelihood maximum lies: the squared range of the effects."""
    return max(float(np.ptp(y)) ** 2, 1e-12)


def _likeliest(y: Array, v: Array, x: Array, reml: bool) -> float:
    """τ² at the highest of all maxima: the profile is looked at on a grid, then polished by Newton.

    Raises ``InputError`` where the slope there is not zero (or not falling, at τ² = 0).
    """
    top = _widest(y)
    low = min(1e-4 * float(v.min()), 1e-4 * top)
    grid = np.concatenate([[0.0], np.geomspace(low, top, _GRID)])
    values = _profile(y, v, x, grid, reml)
    best = int(np.argmax(values))
    left, right = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, _GRID)])
    slope = _slope_of(y, v, x, reml)
    tau2 = float(grid[best])
    if best == 0 and slope(0.0)[0] <= 0:
        return 0.0
    for _ in range(100):  # Newton inside a bracket that shrinks: slope > 0 left of the maximum, < 0 right
        first, second = slope(tau2)
        if first > 0:
            left = tau2
        else:
            right = tau2
        step = tau2 - first / second if second < 0 else 0.5 * (left + right)
        if not left <= step <= right:
            step = 0.5 * (left + right)
        if abs(step - tau2) <= 1e-14 * (tau2 + low):
            tau2 = step
            break
        tau2 = step
    first, second = slope(tau2)
    noise = 1e-7 * (1.0 + abs(second) * tau2)
    if abs(first) * max(tau2, low) > noise * max(tau2, low, 1.0) or second > 0:
        raise InputError("the likelihood of the between-study variance has no clear maximum", where="pool",
                         remedy="use estimator='dl' or 'pm', or look at the effects for a slip of scale")  # fmt: skip
    return tau2


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


def _slope_of(y: Array, v: Array, x: Array, reml: bool) -> Callable[[float], tuple[float, float]]:
    """τ² → first and second derivative of the profile log-likelihood: ½(yᵀPPy − tr), ½tr(··) − yᵀPPPy."""

    def slope(tau2: float) -> tuple[float, float]:
        w = 1.0 / (v + tau2)
        xw = x.T * w
        c = np.linalg.inv(xw @ x)
        u = w * (y - x @ (c @ (xw @ y)))  # Py
        pu = w * (u - x @ (c @ (xw @ u)))  # PPy
        one, two = float(w.sum()), float(w @ w)
        if reml:  # tr(P) and tr(PP)
            second = c @ (xw @ xw.T)
            one -= float(second.trace())
            two += float((second @ second).trace() - 2 * (c @ ((xw * w) @ xw.T)).trace())
        return 0.5 * (float(u @ u) - one), 0.5 * two - float(u @ pu)

    return slope
