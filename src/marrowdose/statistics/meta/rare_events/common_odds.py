"""Fixed-effect odds ratios for rare events, which need no correction of zero cells.

Sources: Mantel & Haenszel 1959 with the variance of Robins, Breslow & Greenland 1986 (Biometrics 42:311);
Yusuf 1985 (Prog Cardiovasc Dis 27:335), called Peto's method.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ....errors import require
from ....units import Array, Probability
from ..pooling import Interval, quantile


def mantel_haenszel(
    cases: ArrayLike,
    n: ArrayLike,
    cases_control: ArrayLike,
    n_control: ArrayLike,
    level: Probability = 0.95,
) -> Interval:
    """Common log odds ratio of 2 × 2 tables (one entry a study).

    >>> round(mantel_haenszel([1, 2], [10, 20], [3, 4], [10, 20]).estimate, 3)
    -1.008
    """
    a, n1, c, n2 = tables(cases, n, cases_control, n_control)
    b, d, total = n1 - a, n2 - c, n1 + n2
    good, bad = a * d / total, b * c / total
    require(
        float(good.sum()) > 0 and float(bad.sum()) > 0,
        "one group has no cases, or only cases, in all studies",
        where="cases",
        remedy="no odds ratio can be told",
    )
    p, q = (a + d) / total, (b + c) / total
    r, s = float(good.sum()), float(bad.sum())
    variance = (p @ good) / (2 * r**2) + (p @ bad + q @ good) / (2 * r * s) + (q @ bad) / (2 * s**2)
    return _interval(np.log(r / s), float(variance), level)


def peto(
    cases: ArrayLike,
    n: ArrayLike,
    cases_control: ArrayLike,
    n_control: ArrayLike,
    level: Probability = 0.95,
) -> Interval:
    """Log odds ratio Σ(O − E)/ΣV with hypergeometric E and V; for small effects and balanced arms only.

    >>> round(peto([1, 2], [10, 20], [3, 4], [10, 20]).estimate, 3)
    -0.93
    """
    a, n1, c, n2 = tables(cases, n, cases_control, n_control)
    total, events = n1 + n2, a + c
    expected = n1 * events / total
    variance = n1 * n2 * events * (total - events) / (total**2 * (total - 1))
    require(float(variance.sum()) > 0, "no study has both cases and non-cases", where="cases")
    return _interval(float((a - expected).sum() / variance.sum()), float(1 / variance.sum()), level)


def tables(*columns: ArrayLike, rates: bool = False) -> list[Array]:
    """Cases and totals of both groups, checked; with ``rates`` the totals are person-time.

    Raises ``InputError`` for counts that cannot be.
    """
    arrays = [np.asarray(column, float) for column in columns]
    require(
        len({a.shape for a in arrays}) == 1 and arrays[0].ndim == 1,
        "columns of different length",
        where="cases",
    )
    require(
        all(bool(np.isfinite(a).all() and (a >= 0).all()) for a in arrays),
        "a count is missing or negative",
        where="cases",
    )
    a, n1, c, n2 = arrays
    fits = rates or bool((a <= n1).all() and (c <= n2).all())
    require(
        fits and bool((n1 > 0).all() and (n2 > 0).all()),
        "more cases than patients, or an empty group",
        where="cases",
    )
    return arrays


def _interval(estimate: float, variance: float, level: Probability) -> Interval:
    se = float(np.sqrt(variance))
    half = quantile(level, None) * se
    return Interval(estimate=float(estimate), se=se, low=float(estimate) - half, high=float(estimate) + half)
