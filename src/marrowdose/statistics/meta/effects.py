"""Arms that share a control → effects against it and their covariance.

Every function takes the arms of one study, the reference arm first, and returns ``Effects``: one effect for
each other arm and the covariance (m, m) of all of them. Because all are compared with the same reference,
they are correlated; the covariance of any two is the variance that the reference arm brings. Variances and
covariances always come from the same formula: a pooled variance on the diagonal beside the reference arm's
own variance off it, as in a widely used package, can make the matrix indefinite.

Sources: Gleser & Olkin 2009 (Handbook of Research Synthesis, ch. 19) for shared controls, Hedges 1981 and
Cohen 1988 (standardised differences), Crippa & Orsini 2016 (BMC Med Res Methodol 16:91) for the forms in
dose-response meta-analysis.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from ...errors import require
from ...units import Array

Standardiser = Literal["cohen", "hedges", "glass"]
Ratio = Literal["or", "rr", "irr"]


class Effects(NamedTuple):
    """Effects (m,) of the arms against the reference, and their covariance (m, m)."""

    y: Array
    covariance: Array


def mean_differences(mean: Array, sd: Array, n: Array, *, pooled: bool = False) -> Effects:
    """Differences of means. Variance sd_k²/n_k + sd_0²/n_0, covariance sd_0²/n_0.

    With ``pooled`` the study's common SD takes the place of every arm's own, on and off the diagonal. Raises
    ``InputError`` for a negative SD, a zero variance or fewer than two patients in an arm.

    >>> mean_differences([5, 8], [10, 12], [50, 60]).y.tolist()
    [3.0]
    """
    mean, sd, n = _arms(mean=mean, sd=sd, n=n)
    require(bool((sd >= 0).all()), f"the SD {sd.min():g} is negative", where="sd", allowed="0 or more")
    require(bool((n >= 2).all()), f"an arm of {n.min():g} patients has no SD", where="n", allowed="2 or more")
    require(
        bool((sd > 0).all()),
        "an SD is zero: that arm would count as known exactly",
        where="sd",
        remedy="check for a rounded or missing SD, or leave the arm out",
    )
    variance = _pooled_variance(sd, n) / n if pooled else sd**2 / n
    return Effects(mean[1:] - mean[0], np.diag(variance[1:]) + variance[0])


def standardised_differences(mean: Array, sd: Array, n: Array, *, by: Standardiser = "hedges") -> Effects:
    """Differences of means in units of the SD.

    ``cohen``: SD pooled over all arms of the study, N patients; covariance 1/n_0 + d_j d_k / (2N) and, on the
    diagonal, 1/n_k more. ``hedges``: times 1 − 3/(4N − 9), with N − 3.94 for N. ``glass``: the reference
    arm's SD, with n_0 − 1 for N (forms of Crippa & Orsini 2016).

    >>> standardised_differences([20, 25], [5, 5], [30, 30]).y.round(3).tolist()
    [0.987]
    """
    require(
        by in ("cohen", "hedges", "glass"),
        f"{by!r} is no standardiser",
        where="measure",
        allowed="cohen, hedges, glass",
    )
    raw = mean_differences(mean, sd, n).y
    _, sd, n = _arms(mean=mean, sd=sd, n=n)
    total = float(n.sum())
    if by == "glass":
        d, weight = raw / sd[0], float(n[0]) - 1
    else:
        d, weight = raw / np.sqrt(_pooled_variance(sd, n)), total
    if by == "hedges":
        require(total > 5, f"{total:g} patients are too few", where="n", allowed="6 or more in a study")
        d, weight = d * (1 - 3 / (4 * total - 9)), total - 3.94
    return Effects(d, 1 / n[0] + np.diag(1 / n[1:]) + np.outer(d, d) / (2 * weight))


def log_ratios(cases: Array, n: Array, *, measure: Ratio = "or", add: float = 0.5) -> Effects:
    """Log odds ratios (``or``), risk ratios (``rr``) or rate ratios (``irr``; ``n`` is then person-time).

    Variances are sums of 1/cases + 1/non-cases, 1/cases − 1/n or 1/cases of the two arms; covariances the
    reference's part. ``add`` is added to cases, and for odds and risks to non-cases, of every arm of a study
    in which one of them is zero, as metafor's ``escalc`` does; zero refuses such studies.

    Tuberculosis after BCG (Aronson 1948): 11 of 139 controls, 4 of 123 vaccinated.

    >>> effect = log_ratios([11, 4], [139, 123], measure="rr")
    >>> round(float(effect.y[0]), 4), round(float(effect.covariance[0, 0]), 4)
    (-0.8893, 0.3256)
    """
    require(
        measure in ("or", "rr", "irr"), f"{measure!r} is no ratio", where="measure", allowed="or, rr, irr"
    )
    cases, n = _arms(cases=cases, n=n)
    require(
        bool((cases >= 0).all() and (n > 0).all()),
        "a count is negative or an arm is empty",
        where="cases",
        allowed="cases from 0, n above 0",
    )
    require(
        measure == "irr" or bool((cases <= n).all()),
        "more cases than patients",
        where="cases",
        remedy="check for swapped columns",
    )
    empty = bool((cases == 0).any() or (measure != "irr" and (cases == n).any()))
    if empty:
        require(
            add > 0,
            "an arm has no cases (or only cases)",
            where="cases",
            remedy="give add=0.5, or leave the arm out",
        )
        cases, n = cases + add, n + (0.0 if measure == "irr" else 2 * add)
    if measure == "or":
        level, part = np.log(cases / (n - cases)), 1 / cases + 1 / (n - cases)
    else:
        level, part = np.log(cases / n), 1 / cases - (1 / n if measure == "rr" else 0.0)
    return Effects(level[1:] - level[0], np.diag(part[1:]) + part[0])


def change_reference(effects: Effects, to: int) -> Effects:
    """The same study against its non-reference arm ``to`` (0 … m − 1); the old reference takes its place.

    A linear map of the effects, so any model with a common reference gives the same answer before and after.

    >>> three = mean_differences([5, 8, 9], [10, 10, 10], [50, 50, 50])
    >>> change_reference(three, 0).y.round(6).tolist()
    [-3.0, 1.0]
    """
    m = len(effects.y)
    require(0 <= to < m, f"there is no arm {to}", where="reference", allowed=f"0 to {m - 1}")
    move = np.eye(m)
    move[:, to] = -1.0
    return Effects(move @ effects.y, move @ effects.covariance @ move.T)


def user_covariance(y: Array, covariance: Array) -> Effects:
    """Effects with a covariance given from outside: checked to be symmetric and positive definite.

    >>> user_covariance([3.0, 4.0], [[4.0, 2.0], [2.0, 4.0]]).y.tolist()
    [3.0, 4.0]
    """
    y, covariance = np.asarray(y, float), np.asarray(covariance, float)
    require(
        covariance.shape == (len(y), len(y)),
        f"the covariance is {covariance.shape}",
        where="covariance",
        allowed=f"{len(y)} × {len(y)}",
    )
    require(
        bool(np.isfinite(covariance).all() and np.isfinite(y).all()),
        "a figure is not a number",
        where="covariance",
    )
    skew = float(np.abs(covariance - covariance.T).max())
    require(skew <= 1e-8 * float(np.abs(covariance).max()), "is not symmetric", where="covariance")
    spectrum = np.linalg.eigvalsh(covariance)
    require(
        bool(spectrum[0] > 1e-12 * spectrum[-1]),
        "is not positive definite",
        where="covariance",
        remedy="check for repeated arms, or variances and covariances from different formulas",
    )
    return Effects(y, covariance)


def _arms(**columns: Array) -> list[Array]:
    """The columns as arrays of one length, finite, of two arms or more."""
    arrays = [np.asarray(column, float) for column in columns.values()]
    require(
        len({a.shape for a in arrays}) == 1 and arrays[0].ndim == 1,
        "columns of different length",
        where="arms",
    )
    require(
        len(arrays[0]) >= 2,
        "a single arm has nothing to be compared with",
        where="arms",
        allowed="2 arms or more in a study",
        remedy="leave the study out",
    )
    for name, array in zip(columns, arrays, strict=True):
        require(bool(np.isfinite(array).all()), "a figure is missing or not a number", where=name)
    return arrays


def _pooled_variance(sd: Array, n: Array) -> float:
    """Σ (n − 1) sd² / Σ (n − 1)."""
    return float((n - 1) @ sd**2 / (n - 1).sum())
