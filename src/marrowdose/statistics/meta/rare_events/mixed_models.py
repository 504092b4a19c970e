"""Generalised linear mixed models of two-group counts: exact likelihoods, no correction of zero cells.

Study i has a level l_i and an effect θ_i = x_i β + τ v_i, v_i ~ Normal(0, 1) (log odds or log rate ratio).
``um``: both groups are counted, η = l_i ± θ_i/2; the level is a free number of every study (``um.fs``) or
Normal(γ, ω²) (``um.rs``). ``cm``: the cases of one group given the cases of both, which frees the study of
its level; exactly by the non-central hypergeometric distribution (``cm.el``; for rates it is binomial), or,
where cases are rare, approximately by the binomial one (``cm.al``). Source: Stijnen, Hamza & Özdemir 2010
(Stat Med 29:3046). Model names as in metafor's ``rma.glmm``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ....errors import require, require_between
from ....special import chdtrc
from ....units import Array, Probability
from ..pooling import quantile, two_sided
from .common_odds import tables
from .likelihood import MODELS, CountProblem, Model, Optimum, counts_of, highest, product_rule


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFit:
    """Log odds (or rate) ratio of two-group counts by maximum likelihood.

    ``beta`` … ``covariance`` as in ``Pooled``; ``tau2`` is the variance of the effect between studies,
    ``level_variance`` that of the level (``um.rs`` only). ``k`` counts the studies with cases (and with
    others): the rest are left out, as metafor does. ``log_likelihood_conditional`` is that of the counts at
    every study's most likely effect, which metafor prints as the log-likelihood of ``um.fs`` and ``cm.al``:
    it is not one of the model, and not for comparing models. ``heterogeneity`` is the likelihood-ratio test
    of τ² = 0 with its p-value from ½χ²₀ + ½χ²₁; None with common effects. ``gradient`` and ``curvature``
    verify the maximum, in units of the parameters.
    """

    model: Model
    measure: Literal["or", "irr"]
    points: int
    level: Probability
    k: int
    beta: Array
    se: Array
    covariance: Array
    statistic: Array
    p: Array
    low: Array
    high: Array
    tau2: float
    level_variance: float | None
    log_likelihood: float
    log_likelihood_conditional: float
    heterogeneity: float | None
    heterogeneity_p: Probability | None
    gradient: float
    curvature: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFitting:
    """How a model of counts is fitted.

    ``method="fixed"``: one common effect. ``points`` of quadrature in each direction: 7, or with two random
    effects (``um.rs``) 1, which is what lme4 does; more is more exact. ``level`` of the intervals.
    """

    method: Literal["ml", "fixed"] = "ml"
    points: int | None = None
    level: Probability = 0.95

    def __post_init__(self) -> None:
        require(
            self.method in ("ml", "fixed"),
            f"{self.method!r} is no method",
            where="method",
            allowed="ml, fixed",
        )
        require_between(self.level, 0.5, 0.9999, where="level")
        if self.points is not None:
            require_between(self.points, 1, 50, where="points")


_LIKELIEST = CountFitting()


def glmm(
    cases: ArrayLike,
    n: ArrayLike,
    cases_control: ArrayLike,
    n_control: ArrayLike,
    x: ArrayLike | None = None,
    *,
    model: Model = "um.fs",
    measure: Literal["or", "irr"] = "or",
    fitting: CountFitting = _LIKELIEST,
) -> CountFit:
    """Fit ``model`` to 2 × 2 tables, or for ``irr`` to cases and person-time; one entry a study.

    ``x`` (k, p): covariates of the effect with their own column of ones. Raises ``InputError`` where no study
    tells the effect or no start ends in a verified maximum.

    >>> fit = glmm([1, 2, 0, 3], [50, 60, 40, 80], [4, 6, 3, 5], [50, 55, 40, 82], model="cm.al")
    >>> round(float(fit.beta[0]), 2), round(fit.tau2, 2)
    (-1.12, 0.0)
    """
    require(model in MODELS, f"{model!r} is no model", where="model", allowed=", ".join(MODELS))
    require(measure in ("or", "irr"), f"{measure!r} is no measure", where="measure", allowed="or, irr")
    points = (1 if model == "um.rs" else 7) if fitting.points is None else fitting.points
    whole = tables(cases, n, cases_control, n_control, rates=measure == "irr")
    groups, covariates = _telling(whole, x, measure)
    k, p = covariates.shape
    random = int(fitting.method == "ml")
    require(
        k >= p + random and np.linalg.matrix_rank(covariates) == p,
        f"{k} studies with cases cannot tell {p} coefficients",
        where="glmm",
        allowed=f"{p + random} or more",
        remedy="use method='fixed', or fewer covariates",
    )
    counts = counts_of(groups, model, measure)
    a, n1, c, n2 = (float(column.sum()) for column in groups)
    start = [float(np.log((a + 0.5) / (c + 0.5) * n2 / n1)), *[0.0] * (p - 1)]
    middle = [float(np.log((a + c) / (n1 + n2)))] if model == "um.rs" else []

    def best(random: int) -> Optimum:
        rule = product_rule(points, random + len(middle))
        return highest(CountProblem(counts, covariates, model, random, rule, np.zeros(k)), start, middle)

    found = best(random)
    test = 2 * (found.height - best(0).height) if random else None
    if test is not None and test < 1e-9:  # τ² = 0 but for rounding
        test = 0.0
    inverse: Array = np.asarray(np.linalg.inv(found.information)[:p, :p])
    level_variance = float(found.at[-1] ** 2) if middle else None
    tau2 = float(found.at[p] ** 2) if random else 0.0
    told = _Told(model, measure, points, k, found, inverse, tau2, level_variance, test)
    return told.at(fitting.level)


def _telling(columns: list[Array], x: ArrayLike | None, measure: str) -> tuple[list[Array], Array]:
    """The tables that tell something of the effect, and their covariates. Raises ``InputError``."""
    a, n1, c, n2 = columns
    covariates = np.ones((len(a), 1)) if x is None else np.asarray(x, float)
    require(
        covariates.ndim == 2 and len(covariates) == len(a) and bool(np.isfinite(covariates).all()),
        "covariates do not match the studies",
        where="glmm",
    )
    told = (a + c > 0) & ((a + c < n1 + n2) | (measure == "irr"))
    a, n1, c, n2 = groups = [column[told] for column in columns]
    more, fewer = (a > 0) & ((c < n2) | (measure == "irr")), (c > 0) & ((a < n1) | (measure == "irr"))
    require(
        bool(more.any() and fewer.any()),
        "one group has no cases, or only cases, in all studies",
        where="cases",
        remedy="no ratio can be told",
    )
    return groups, covariates[told]


class _Told(NamedTuple):
    """A maximum, before intervals: what was asked, the covariance of β, the variances, the test of τ² = 0."""

    model: Model
    measure: Literal["or", "irr"]
    points: int
    k: int
    found: Optimum
    covariance: Array
    tau2: float
    level_variance: float | None
    test: float | None

    def at(self, level: Probability) -> CountFit:
        """With tests and intervals of this level."""
        found, test = self.found, self.test
        beta, se = found.at[: len(self.covariance)], np.sqrt(np.diag(self.covariance))
        half = quantile(level, None) * se
        return CountFit(
            model=self.model,
            measure=self.measure,
            points=self.points,
            level=level,
            k=self.k,
            beta=beta,
            se=se,
            covariance=self.covariance,
            statistic=beta / se,
            p=two_sided(beta / se, None),
            low=beta - half,
            high=beta + half,
            tau2=self.tau2,
            level_variance=self.level_variance,
            log_likelihood=found.height,
            log_likelihood_conditional=found.conditional,
            heterogeneity=test,
            heterogeneity_p=None if test is None else float(0.5 * chdtrc(1, test)) if test > 0 else 1.0,
            gradient=found.gradient,
            curvature=float(np.linalg.eigvalsh(found.information)[0]),
        )
