"""Which study carries the result, and do small studies say something else?

Leave-one-out and case diagnostics for ``pooling`` (Viechtbauer & Cheung 2010), Egger's regression (Egger
1997; Sterne & Egger 2005), Begg's rank correlation (Begg & Mazumdar 1994), trim-and-fill (Duval & Tweedie
2000), Baujat's coordinates (Baujat 2002). No Python package we know keeps these; they are small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...errors import require
from ...units import Array, Probability
from .pooling import Interval, Pooled, Test, pool
from .tau2 import Estimator


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """Case diagnostics, one entry a study; ``*_without`` is of the fit that leaves it out.

    ``rstudent``: its distance from what the others predict, in standard errors; ``cook``: how far all
    coefficients move; ``dffits``: how far its own prediction moves; ``covariance_ratio`` below 1: precision
    is gained without it; ``dfbetas`` (k, p): how far each coefficient moves, in standard errors.
    """

    rstudent: Array
    dffits: Array
    cook: Array
    covariance_ratio: Array
    tau2_without: Array
    q_without: Array
    hat: Array
    dfbetas: Array
    beta_without: Array  # (k, p)
    se_without: Array  # (k, p)
    low_without: Array
    high_without: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallStudies:
    """Egger's regression on the standard error: ``statistic`` and ``p`` of its slope; the limit as se → 0."""

    statistic: float
    p: Probability
    limit: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimFill:
    """Trim-and-fill: ``missing`` studies mirrored on ``side``; ``filled`` is the pooled result with them."""

    missing: int
    side: Literal["left", "right"]
    filled: Pooled


def influence(
    y: Array,
    v: Array,
    x: Array | None = None,
    *,
    estimator: Estimator = "reml",
    test: Test = "z",
    level: Probability = 0.95,
) -> Influence:
    """Leave every study out in turn and compare; arguments as for ``pool``.

    Raises ``InputError`` where fewer studies would be left than coefficients need.

    >>> y = [-0.89, -1.59, -1.35, -1.44, -0.22, -0.79, -1.62, 0.01, -0.47, -1.37, -0.34, 0.45, -0.02]
    >>> v = [0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071]
    >>> int(influence(y, v).cook.argmax()) + 1  # the study that moves the result most
    4
    """
    y, v = np.asarray(y, float), np.asarray(v, float)
    x = np.ones((len(y), 1)) if x is None else np.asarray(x, float)
    full = pool(y, v, x, estimator=estimator, test=test, level=level)
    k, p = x.shape
    require(
        k >= p + 2,
        f"{k} studies are too few to leave one out",
        where="influence",
        allowed=f"{p + 2} studies or more",
    )
    rest = [np.arange(k) != i for i in range(k)]
    fits = [pool(y[r], v[r], x[r], estimator=estimator, test=test, level=level) for r in rest]
    beta, tau2 = np.array([f.beta for f in fits]), np.array([f.tau2 for f in fits])
    w = 1.0 / (v + full.tau2)
    hat = w * np.einsum("kp,pr,kr->k", x, np.linalg.inv((x.T * w) @ x), x)
    predicted = np.einsum("kp,kp->k", x, beta)
    variance = np.array([row @ f.covariance @ row for row, f in zip(x, fits, strict=True)])
    moved = full.beta - beta
    without = [1.0 / (v + t) for t in tau2]  # all studies, weighed with the τ² of the fit without study i
    spread = np.array([np.sqrt(np.diag(np.linalg.inv((x.T * u) @ x))) for u in without])
    volume = np.array([np.linalg.det(f.covariance) for f in fits]) / np.linalg.det(full.covariance)
    return Influence(
        rstudent=(y - predicted) / np.sqrt(v + variance + tau2),
        dffits=(x @ full.beta - predicted) / np.sqrt(hat * (v + tau2)),
        cook=np.einsum("kp,pr,kr->k", moved, np.linalg.inv(full.covariance), moved),
        covariance_ratio=volume,
        tau2_without=tau2,
        q_without=np.array([f.q for f in fits]),
        hat=hat,
        dfbetas=moved / spread,
        beta_without=beta,
        se_without=np.array([f.se for f in fits]),
        low_without=np.array([f.low for f in fits]),
        high_without=np.array([f.high for f in fits]),
    )


def egger(
    y: Array, v: Array, *, estimator: Estimator = "reml", test: Test = "z", level: Probability = 0.95
) -> SmallStudies:
    """Meta-regression on the standard error: a slope means that small studies differ from large ones.

    >>> y = [-0.89, -1.59, -1.35, -1.44, -0.22, -0.79, -1.62, 0.01, -0.47, -1.37, -0.34, 0.45, -0.02]
    >>> v = [0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071]
    >>> found = egger(y, v)
    >>> round(found.statistic, 2), round(found.p, 2)
    (-0.81, 0.42)
    """
    y, v = np.asarray(y, float), np.asarray(v, float)
    require(len(y) >= 3, f"{len(y)} studies are too few", where="egger", allowed="3 studies or more")
    require(bool((v > 0).all()), "a variance is not positive", where="egger")
    error = np.sqrt(v)
    require(
        float(np.ptp(error)) > 1e-12 * float(error.max()),
        "all studies are of the same size",
        where="egger",
        remedy="small-study effects cannot be seen",
    )
    fit = pool(y, v, np.column_stack([np.ones(len(y)), error]), estimator=estimator, test=test, level=level)
    limit = Interval(
        estimate=float(fit.beta[0]), se=float(fit.se[0]), low=float(fit.low[0]), high=float(fit.high[0])
    )
    return SmallStudies(statistic=float(fit.statistic[1]), p=float(fit.p[1]), limit=limit)


def rank_correlation(y: Array, v: Array) -> tuple[float, Probability]:
    """Kendall's τ between standardised effects and variances, and its p-value (Begg & Mazumdar 1994).

    >>> y = [-0.89, -1.59, -1.35, -1.44, -0.22, -0.79, -1.62, 0.01, -0.47, -1.37, -0.34, 0.45, -0.02]
    >>> v = [0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071]
    >>> [round(x, 3) for x in rank_correlation(y, v)]
    [0.026, 0.952]
    """
    from scipy.stats import kendalltau

    fixed = pool(y, v, estimator="fixed")
    v = np.asarray(v, float)
    standard = (np.asarray(y, float) - fixed.beta[0]) / np.sqrt(v - fixed.covariance[0, 0])
    untied = len(np.unique(v)) == len(np.unique(standard)) == len(v)
    few = untied and len(v) < 50  # the p-value is exact then
    found = kendalltau(standard, v, method="exact" if few else "asymptotic")
    return float(found.statistic), float(found.pvalue)


def trim_and_fill(
    y: Array,
    v: Array,
    *,
    estimator: Estimator = "reml",
    test: Test = "z",
    side: Literal["left", "right"] | None = None,
    count: Literal["L0", "R0"] = "L0",
    level: Probability = 0.95,
) -> TrimFill:
    """Studies that asymmetry suggests are missing, and the result with them mirrored in.

    ``side`` is where studies are missing; by default the side that Egger's slope points away from. ``count``
    estimates how many: ``L0`` from the sum of the ranks, ``R0`` from the longest run of the outermost
    studies. Raises ``InputError`` where trimming does not settle, or leaves fewer than two studies.

    >>> y, v = [0.20, 0.25, 0.30, 0.55, 0.70, 0.90], [0.01, 0.02, 0.03, 0.08, 0.10, 0.15]
    >>> found = trim_and_fill(y, v)
    >>> found.missing, found.side, round(float(found.filled.beta[0]), 2)
    (2, 'left', 0.25)
    """
    require(count in ("L0", "R0"), f"{count!r} is no estimate", where="trim-and-fill", allowed="L0, R0")
    require(
        side in (None, "left", "right"), f"{side!r} is no side", where="trim-and-fill", allowed="left, right"
    )
    y, v = np.asarray(y, float), np.asarray(v, float)
    if side is None:
        side = "right" if egger(y, v, estimator=estimator).statistic < 0 else "left"
    sign = -1.0 if side == "right" else 1.0  # inside, the missing studies are on the left
    order = np.argsort(sign * y, kind="stable")
    ys, vs = sign * y[order], v[order]
    k, missing, settled = len(ys), 0, False
    for _ in range(100):
        kept = slice(0, k - missing)
        centre = float(pool(ys[kept], vs[kept], estimator=estimator).beta[0])
        distance = ys - centre
        ranks = (np.abs(distance).argsort(kind="stable").argsort() + 1) * np.sign(distance)
        if count == "L0":
            now = round(max(0.0, (4 * float(ranks[ranks > 0].sum()) - k * (k + 1)) / (2 * k - 1)))
        else:  # all effects alike: nothing is far out
            now = round(max(0.0, k + float(ranks.min()) - 1)) if float(ranks.min()) < 0 else 0
        settled = now == missing
        if settled or k - now < 2:
            break
        missing = now
    require(
        settled,
        f"trimming {k} studies does not settle",
        where="trim-and-fill",
        remedy="the studies are too few or too uneven for it: look at the funnel",
    )
    beyond = slice(k - missing, k)
    filled = sign * np.concatenate([ys, 2 * centre - ys[beyond]])
    both = pool(filled, np.concatenate([vs, vs[beyond]]), estimator=estimator, test=test, level=level)
    return TrimFill(missing=missing, side=side, filled=both)


def baujat(y: Array, v: Array) -> tuple[Array, Array]:
    """Each study's share of Q and its squared pull on the fixed-effect result (Baujat 2002).

    >>> share, pull = baujat([0.2, 0.5, 0.9], [0.04, 0.05, 0.03])
    >>> share.round(2).tolist()
    [3.51, 0.11, 3.53]
    """
    y, v = np.asarray(y, float), np.asarray(v, float)
    require(len(y) >= 2, "one study has no heterogeneity", where="baujat", allowed="2 studies or more")
    full = pool(y, v, estimator="fixed")
    w = 1.0 / v
    mean = float(full.beta[0])
    without = (w @ y - w * y) / (w.sum() - w)
    return w * (y - mean) ** 2, (without - mean) ** 2 * (w.sum() - w)
