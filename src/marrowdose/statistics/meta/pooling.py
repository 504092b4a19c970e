"""One effect a study: random-effects meta-analysis and meta-regression, y_i ~ Normal(x_i β, v_i + τ²).

Names follow metafor's ``rma.uni`` so that results can be laid side by side. Sources: DerSimonian & Laird 1986
(DL), Hedges & Olkin 1985 (HE), Hunter & Schmidt 2004 (HS), Sidik & Jonkman 2005 (SJ), Paule & Mandel 1982
(PM; the empirical Bayes estimate EB is the same number), Harville 1977 (ML, REML), Knapp & Hartung 2003,
Higgins & Thompson 2002 (I², H²), Viechtbauer 2007 (Q-profile interval), Raudenbush 2009 (R²).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from ...errors import require, require_between
from ...special import chdtrc, chdtri, fdtrc, ndtr, ndtri, stdtr, stdtrit
from ...units import Array, Probability
from .tau2 import Estimator, Weighed, estimate_tau2, solve_q, weighed

Test = Literal["z", "knha", "adhoc"]
ESTIMATORS: tuple[Estimator, ...] = ("fixed", "dl", "he", "hs", "sj", "pm", "eb", "ml", "reml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate, its standard error and its interval at the level asked for."""

    estimate: float
    se: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """A meta-analysis or meta-regression of ``k`` effects.

    ``beta``, ``se``, ``statistic``, ``p``, ``low``, ``high`` have one entry per coefficient, ``covariance``
    is theirs. ``df`` is None for normal tests. ``i2`` and ``r2`` are percentages; ``r2`` is None without
    covariates. ``predict_low``/``predict_high``: the true effect of a new study (None with covariates: ask
    ``predict``). ``log_likelihood`` and ``log_likelihood_restricted`` carry all constants.
    """

    estimator: Estimator
    test: Test
    level: Probability
    k: int
    beta: Array
    se: Array
    covariance: Array
    statistic: Array
    p: Array
    low: Array
    high: Array
    df: int | None
    tau2: float
    se_tau2: float | None
    i2: float
    h2: float
    r2: float | None
    q: float
    q_df: int
    q_p: Probability
    moderators: float  # test that all coefficients but the intercept are zero: χ², or F with Knapp–Hartung
    moderators_p: Probability
    log_likelihood: float
    log_likelihood_restricted: float
    predict_low: float | None
    predict_high: float | None

    def criteria(self, *, restricted: bool = False) -> Criteria:
        """Information criteria of the (restricted) likelihood, with τ² a parameter where it is estimated."""
        p = len(self.beta)
        count = p + (self.estimator != "fixed")
        n = self.k - p if restricted else self.k
        deviance = -2 * (self.log_likelihood_restricted if restricted else self.log_likelihood)
        enough = max(n, count + 2)
        return Criteria(
            deviance + 2 * count,
            deviance + count * float(np.log(n)),
            deviance + 2 * count * enough / (enough - count - 1),
        )

    def predict(self, x: Array) -> Predictions:
        """Means at the rows of ``x`` (n, p), with intervals of the mean and of a new study."""
        x = np.atleast_2d(np.asarray(x, float))
        require(
            x.shape[1] == len(self.beta),
            f"{x.shape[1]} columns were given",
            where="predict",
            allowed=f"{len(self.beta)}, the intercept first",
        )
        mean, variance = x @ self.beta, np.einsum("np,pr,nr->n", x, self.covariance, x)
        width = quantile(self.level, self.df)
        half, new = width * np.sqrt(variance), width * np.sqrt(variance + self.tau2)
        return Predictions(mean, np.sqrt(variance), mean - half, mean + half, mean - new, mean + new)


class Criteria(NamedTuple):
    """Akaike's and the Bayesian information criterion, and Akaike's corrected for few studies."""

    aic: float
    bic: float
    aicc: float


class Predictions(NamedTuple):
    """Means with intervals, and intervals for a new study; one entry a row."""

    mean: Array
    se: Array
    low: Array
    high: Array
    new_low: Array
    new_high: Array


class Heterogeneity(NamedTuple):
    """τ² and what follows from it, each (estimate, low, high); by the Q-profile method."""

    tau2: tuple[float, float, float]
    tau: tuple[float, float, float]
    i2: tuple[float, float, float]
    h2: tuple[float, float, float]


def quantile(level: Probability, df: float | None) -> float:
    """The two-sided normal quantile, or Student's with ``df`` degrees of freedom."""
    upper = 0.5 + level / 2
    return float(ndtri(upper) if df is None else stdtrit(df, upper))


def two_sided(statistic: Array, df: float | None) -> Array:
    """Two-sided p-values of normal, or Student's t, statistics."""
    size = -np.abs(statistic)
    return np.asarray(2 * (ndtr(size) if df is None else stdtr(df, size)))


def pool(
    y: Array,
    v: Array,
    x: Array | None = None,
    *,
    estimator: Estimator = "reml",
    test: Test = "z",
    level: Probability = 0.95,
) -> Pooled:
    """Pool effects ``y`` (k,) with known variances ``v`` (k,), on covariates ``x`` (k, p) if given.

    ``x`` has its own column of ones if an intercept is wanted. ``test="knha"`` scales the covariance by the
    weighted residual variance and uses Student's t; ``"adhoc"`` never scales below one.

    >>> fit = pool([0.2, 0.5, 0.9], [0.04, 0.05, 0.03])
    >>> round(float(fit.beta[0]), 3), round(fit.tau2, 3)
    (0.544, 0.094)
    """
    y, v, x = _checked(y, v, x, estimator, test, level)
    (k, p), intercept = x.shape, bool((x[:, 0] == 1).all())
    tau2, se_tau2 = estimate_tau2(y, v, x, estimator)
    flat, end = weighed(y, v, x, 0.0), weighed(y, v, x, tau2)
    df = None if test == "z" else k - p
    scale = 1.0 if df is None else end.q / df
    c = end.covariance * (max(1.0, scale) if test == "adhoc" else scale)
    se = np.sqrt(np.diag(c))
    statistic, half = end.beta / se, quantile(level, df) * se
    i2, h2 = _inconsistency(flat, tau2, k - p, estimator)
    moderators, moderators_p = _moderators(end.beta, c, df, intercept)
    likelihoods = _log_likelihoods(x, end)
    single = p == 1 and intercept and estimator != "fixed"
    new_half = quantile(level, df) * float(np.sqrt(c[0, 0] + tau2))
    return Pooled(
        estimator=estimator,
        test=test,
        level=level,
        k=k,
        beta=end.beta,
        se=se,
        covariance=c,
        statistic=statistic,
        p=two_sided(statistic, df),
        low=end.beta - half,
        high=end.beta + half,
        df=df,
        tau2=tau2,
        se_tau2=se_tau2,
        i2=i2,
        h2=h2,
        r2=_explained(y, v, x, estimator, tau2) if intercept and p > 1 else None,
        q=flat.q,
        q_df=k - p,
        q_p=float(chdtrc(k - p, flat.q)) if k > p else 1.0,
        moderators=moderators,
        moderators_p=moderators_p,
        log_likelihood=likelihoods[0],
        log_likelihood_restricted=likelihoods[1],
        predict_low=float(end.beta[0]) - new_half if single else None,
        predict_high=float(end.beta[0]) + new_half if single else None,
    )


def _inconsistency(flat: Weighed, tau2: float, df: int, estimator: Estimator) -> tuple[float, float]:
    """I² [%] and H², of τ² and the typical variance within studies, or with a common effect of Q."""
    if estimator != "fixed":
        typical = df / flat.trace if df > 0 else 0.0
        return 100 * tau2 / (typical + tau2), tau2 / typical + 1
    if flat.q > 0 and df > 0:
        return 100 * max(0.0, (flat.q - df) / flat.q), flat.q / df
    return 0.0, 1.0


def _moderators(beta: Array, covariance: Array, df: int | None, intercept: bool) -> tuple[float, float]:
    """Test that all coefficients are zero, but the intercept where it is not alone: statistic and p-value."""
    tested = np.arange(1 if intercept and len(beta) > 1 else 0, len(beta))
    b, c = beta[tested], covariance[np.ix_(tested, tested)]
    statistic = float(b @ np.linalg.solve(c, b)) / (1 if df is None else len(b))
    return statistic, float(chdtrc(len(b), statistic) if df is None else fdtrc(len(b), df, statistic))


def _log_likelihoods(x: Array, end: Weighed) -> tuple[float, float]:
    """The log-likelihood and the restricted one, with all constants."""
    k, p = x.shape
    plain = -0.5 * (k * np.log(2 * np.pi) - np.log(end.w).sum() + end.q)
    gram, informed = (np.linalg.slogdet(m)[1] for m in (x.T @ x, (x.T * end.w) @ x))
    return float(plain), float(plain + 0.5 * (p * np.log(2 * np.pi) + gram - informed))


def _explained(y: Array, v: Array, x: Array, estimator: Estimator, tau2: float) -> float | None:
    """R² [%]: how much of the spread between studies the covariates take away (Raudenbush 2009)."""
    if estimator == "fixed":
        return None
    total = estimate_tau2(y, v, x[:, :1], estimator)[0]
    return 100 * max(0.0, (total - tau2) / total) if total > 0 else 0.0


def _checked(
    y: Array, v: Array, x: Array | None, estimator: Estimator, test: Test, level: Probability
) -> tuple[Array, Array, Array]:
    require(
        estimator in ESTIMATORS, f"{estimator!r} is no estimator", where="pool", allowed=", ".join(ESTIMATORS)
    )
    require(test in ("z", "knha", "adhoc"), f"{test!r} is no test", where="pool", allowed="z, knha, adhoc")
    require_between(level, 0.5, 0.9999, where="level")
    y, v = np.asarray(y, float), np.asarray(v, float)
    require(
        y.ndim == 1 and y.shape == v.shape and len(y) > 0,
        "effects and variances do not match",
        where="pool",
        allowed="two lists of the same length",
    )
    alone = x is None
    x = np.ones((len(y), 1)) if x is None else np.asarray(x, float)
    require(x.ndim == 2 and len(x) == len(y), "covariates do not match the effects", where="pool")
    finite = np.isfinite(y) & np.isfinite(v) & np.isfinite(x).all(1)
    require(
        bool(finite.all()),
        f"study {int(np.argmin(finite)) + 1} has a figure that is not a number",
        where="pool",
        remedy="complete it or leave the study out",
    )
    require(
        bool((v > 0).all()),
        f"study {int(np.argmin(v > 0)) + 1} has a variance that is not positive",
        where="pool",
        remedy="a study without a standard error cannot be weighed: complete or leave out",
    )
    k, p = x.shape
    least = p if estimator == "fixed" and test == "z" else p + 1
    require(
        k >= least,
        f"{k} {'study' if k == 1 else 'studies'} cannot give {p} coefficients and the spread between studies",
        where="pool",
        allowed=f"{least} studies or more",
        remedy="use estimator='fixed' with test='z', or fewer covariates",
    )
    norms = np.linalg.norm(x, axis=0)
    require(
        alone or (bool((norms > 0).all()) and np.linalg.matrix_rank(x / np.where(norms > 0, norms, 1)) == p),
        "the covariates repeat one another",
        where="pool",
        remedy="leave one of them out",
    )
    return y, v, x


def heterogeneity(
    y: Array, v: Array, x: Array | None = None, *, estimator: Estimator = "reml", level: Probability = 0.95
) -> Heterogeneity:
    """Intervals of τ², τ, I² [%] and H² by the Q-profile method (Viechtbauer 2007), at the estimator's τ².

    Thirteen trials of BCG against tuberculosis (Colditz 1994), log risk ratios:

    >>> y = [-0.89, -1.59, -1.35, -1.44, -0.22, -0.79, -1.62, 0.01, -0.47, -1.37, -0.34, 0.45, -0.02]
    >>> v = [0.326, 0.195, 0.415, 0.020, 0.051, 0.007, 0.223, 0.004, 0.056, 0.073, 0.012, 0.533, 0.071]
    >>> [round(x, 1) for x in heterogeneity(y, v).i2]
    [92.2, 81.9, 97.7]
    """
    y, v, x = _checked(y, v, x, estimator, "knha", level)
    k, p = x.shape
    tail = (1 - level) / 2
    tau2 = (
        estimate_tau2(y, v, x, estimator)[0],
        solve_q(y, v, x, float(chdtri(k - p, tail))),
        solve_q(y, v, x, float(chdtri(k - p, 1 - tail))),
    )
    typical = (k - p) / weighed(y, v, x, 0.0).trace

    def each(f: Callable[[float], float]) -> tuple[float, float, float]:
        return f(tau2[0]), f(tau2[1]), f(tau2[2])

    return Heterogeneity(
        tau2, each(lambda t: t**0.5), each(lambda t: 100 * t / (t + typical)), each(lambda t: t / typical + 1)
    )


def blup(y: Array, v: Array, fit: Pooled, x: Array | None = None) -> Predictions:
    """Each study's own true effect, shrunk towards its mean (best linear unbiased predictions).

    Standard errors include that of the coefficients (Raudenbush & Bryk 1985); mean and new-study interval are
    the same thing here.

    >>> fit = pool([0.2, 0.5, 0.9], [0.04, 0.05, 0.03])
    >>> blup([0.2, 0.5, 0.9], [0.04, 0.05, 0.03], fit).mean.round(2).tolist()
    [0.3, 0.52, 0.81]
    """
    y, v, x = _checked(y, v, x, fit.estimator, fit.test, fit.level)
    mean = x @ fit.beta
    keep = fit.tau2 / (v + fit.tau2)
    value = keep * y + (1 - keep) * mean
    variance = keep * v + (1 - keep) ** 2 * np.einsum("kp,pr,kr->k", x, fit.covariance, x)
    se, width = np.sqrt(variance), quantile(fit.level, fit.df)
    return Predictions(
        value, se, value - width * se, value + width * se, value - width * se, value + width * se
    )
