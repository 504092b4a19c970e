"""One dose-response model fitted to one trial: on raw data with covariates, or on estimates with a covariance.

Both are the same fit. Raw normal data are first reduced to the dose means of the analysis of (co)variance,
with their covariance σ²V, residual sum of squares and degrees of freedom; the residual sum of squares of
any dose-response model is then that of the means plus the one within doses (Frisch–Waugh). For estimates
of other kinds (log odds, log rates, log hazards, means of an MMRM) the means and covariance are what the
user's model gives, and the fit is generalised least squares (Pinheiro 2014, section 3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import ndtri, stdtrit

from ..domain import Array, InputError, Probability, require
from .contrasts import lower_root
from .profile import Profile, fit_profile
from .shapes import Dose, Shape
from .target import effective_dose, target_dose


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Estimated means by dose (K,), in ascending order of dose, and their covariance (K, K).

    ``df`` are the residual degrees of freedom (infinite for generalised estimates); ``n`` the number of
    patients of raw data and None otherwise: it decides whether AIC and BIC are those of a normal
    likelihood or of the generalised least squares (gAIC of Pinheiro 2014). ``sigma2`` is the residual
    variance of raw data, contained in ``covariance``.
    """

    doses: Array
    means: Array
    covariance: Array
    df: float
    n: int | None = None
    sigma2: float = 1.0
    covariates: tuple[str, ...] = ()


def estimates(
    doses: Sequence[float], means: Sequence[float], covariance: Array, *, df: float = math.inf
) -> Estimates:
    """Estimates of any kind, one a dose, with their covariance. Raises ``InputError`` where they cannot be that."""
    d, m, s = (np.asarray(x, dtype=float) for x in (doses, means, covariance))
    require(d.ndim == 1 and d.shape == m.shape and s.shape == (len(d), len(d)), f"{len(d)} doses, {len(m)} means, covariance of shape {s.shape}", where="estimates", allowed="one mean a dose and a square covariance")  # fmt: skip
    _check_doses(d)
    require(bool(np.isfinite(m).all()), "a mean that is not a number", where="estimates")
    require(df > 0, f"{df!r} degrees of freedom", where="estimates", allowed="above 0, or infinite")
    lower_root(s, where="covariance of the estimates")
    order = np.argsort(d)
    return Estimates(doses=d[order], means=m[order], covariance=s[np.ix_(order, order)], df=float(df))


def _check_doses(doses: Array) -> None:
    require(
        bool(np.all(np.isfinite(doses) & (doses >= 0))),
        "a dose that is not a number or below 0",
        where="doses",
    )
    require(
        len(np.unique(doses)) == len(doses) >= 2,
        f"{len(np.unique(doses))} different doses in {len(doses)} estimates",
        where="doses",
        allowed="two different doses or more, one estimate each",
        remedy="a dose-response needs doses to compare",
    )


def from_patients(dose: Sequence[float], response: Sequence[float], covariates: Array | None = None, *, names: Sequence[str] = ()) -> Estimates:  # fmt: skip
    """Means by dose from raw data, adjusted to covariates of 0: analysis of (co)variance with a common variance.

    ``covariates`` is (n, q), already numbers (centre them to read the means at the average patient).
    """
    d, y = np.asarray(dose, dtype=float), np.asarray(response, dtype=float)
    x = np.empty((len(y), 0)) if covariates is None else np.asarray(covariates, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    require(d.ndim == y.ndim == 1 and len(d) == len(y) == len(x) > 0, f"{len(d)} doses, {len(y)} responses, {len(x)} covariates", where="patients", allowed="one of each a patient")  # fmt: skip
    finite = np.isfinite(y) & np.isfinite(x).all(axis=1) & np.isfinite(d)
    require(bool(finite.all()), f"{int((~finite).sum())} patients with a missing or infinite value, the first at row {int(np.argmin(finite)) + 1}", where="patients", remedy="leave them out or impute them, and say so")  # fmt: skip
    levels, group = np.unique(d, return_inverse=True)
    _check_doses(levels)
    design = np.column_stack([group[:, None] == np.arange(len(levels)), x])
    df = len(y) - design.shape[1]
    require(df > 0, f"{len(y)} patients for {design.shape[1]} means and covariates", where="patients", allowed="more patients than those")  # fmt: skip
    q, r = np.linalg.qr(design)
    diagonal = np.abs(np.diag(r))
    require(
        diagonal.min() > 1e-10 * diagonal.max(), "covariates that are a combination of one another or of the doses", where="patients", remedy="leave one out"
    )  # fmt: skip
    beta = solve_triangular(r, q.T @ y)
    left = y - design @ beta
    sigma2 = float(left @ left) / df
    require(
        sigma2 > 1e-24 * max(1.0, float(y @ y) / len(y)), "no spread within the doses", where="patients", remedy="check that responses are not means repeated"
    )  # fmt: skip
    inverse = np.linalg.inv(r)[: len(levels)]
    return Estimates(
        doses=levels,
        means=beta[: len(levels)],
        covariance=sigma2 * inverse @ inverse.T,
        df=float(df),
        n=len(y),
        covariates=tuple(names) or tuple(f"x{k + 1}" for k in range(x.shape[1])),
        sigma2=sigma2,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Values of a fitted curve at ``doses``, with standard errors and limits (all (D,))."""

    doses: Array
    value: Array
    se: Array
    lower: Array
    upper: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFit:
    """One shape fitted: maximum likelihood, or generalised least squares.

    ``coefficients`` in the order e0, slopes, θ, and ``covariance`` theirs (None where the data do not tell
    the parameters apart). ``rss`` is the residual sum of squares of raw data, or (m − μ)'S⁻¹(m − μ).
    ``aic`` and ``bic`` are those of the normal likelihood, or rss + 2p and rss + p log K.
    ``at_bound`` names the θ that ended at a bound; ``last_step`` and ``agreeing`` as in ``Profile``.
    """

    shape: Shape
    estimates: Estimates
    coefficients: dict[str, float]
    covariance: Array | None
    rss: float
    df: float
    log_likelihood: float | None
    aic: float
    bic: float
    at_bound: tuple[str, ...]
    last_step: float
    agreeing: float

    def value(self, doses: Array) -> Array:
        """μ(d)."""
        return self._design(np.asarray(doses, dtype=float))[0]

    def effect(self, doses: Array) -> Array:
        """μ(d) − μ(0)."""
        return self.value(doses) - self.value(np.zeros(1))

    def _design(self, doses: Array) -> tuple[Array, Array]:
        """μ (D,) and its derivatives by the coefficients (D, p)."""
        linear, theta = split(self.shape, np.array(list(self.coefficients.values())))
        return mean_and_jacobian(self.shape, doses, linear, theta)

    def predict(self, doses: Sequence[float], *, effect: bool = False, level: Probability = 0.95) -> Curve:
        """μ(d), or with ``effect`` μ(d) − μ(0), with delta-method standard errors and pointwise limits."""
        require(0 < level < 1, f"level {level!r}", allowed="above 0 and below 1")
        d = np.asarray(doses, dtype=float)
        require(d.ndim == 1 and bool(np.all(np.isfinite(d) & (d >= 0))), "doses that are no numbers from 0 up", where="predict")  # fmt: skip
        if self.covariance is None:
            raise InputError(f"the data do not tell the parameters of {self.shape.name} apart", where="standard errors", remedy="use a shape with fewer parameters, or a bootstrap")  # fmt: skip
        value, jacobian = self._design(d)
        if effect:
            at_0, jacobian_0 = self._design(np.zeros(1))
            value, jacobian = value - at_0, jacobian - jacobian_0
        se = np.sqrt(np.maximum(np.einsum("dp,pq,dq->d", jacobian, self.covariance, jacobian), 0.0))
        tail = (1 + level) / 2
        half = se * float(ndtri(tail) if math.isinf(self.df) else stdtrit(self.df, tail))
        return Curve(doses=d, value=value, se=se, lower=value - half, upper=value + half)

    def target_dose(self, delta: float) -> Dose | None:
        """Smallest dose with effect ``delta`` over placebo (below 0: a fall); None if none up to the largest dose."""
        return target_dose(self.effect, delta, self.shape.top)

    def effective_dose(self, p: Probability) -> Dose:
        """Smallest dose with share ``p`` of the largest effect up to the largest dose."""
        return effective_dose(self.effect, p, self.shape.top)


def split(shape: Shape, values: Array) -> tuple[Array, Array]:
    """e0 with slopes, and θ, from coefficients in that order (last axis)."""
    k = len(shape.coefficients)
    return values[..., :k], values[..., k:]


def mean_and_jacobian(shape: Shape, doses: Array, linear: Array, theta: Array) -> tuple[Array, Array]:
    """μ (D,) and ∂μ/∂(e0, slopes, θ) (D, p)."""
    columns = np.column_stack([np.ones_like(doses), *shape.columns(doses, *theta)])
    by_theta = [linear[1] * g for g in shape.gradient(doses, *theta)]
    return columns @ linear, np.column_stack([columns, *by_theta])


def white_of(covariance: Array) -> Array:
    """W with W'W = S⁻¹, lower triangular."""
    root = lower_root(covariance, where="covariance of the dose means")
    return np.asarray(solve_triangular(root, np.eye(len(root)), lower=True))


def fit_model(data: Estimates, shape: Shape, *, starts: int = 8) -> ModelFit:
    """Fit one shape. Raises ``InputError`` where it has too many parameters or the fit did not converge."""
    p = len(shape.coefficients) + len(shape.parameters)
    require(len(data.doses) >= p, f"{shape.name} has {p} parameters, the trial {len(data.doses)} doses", where="fit", remedy="use a shape with fewer parameters")  # fmt: skip
    white = white_of(data.covariance)
    found = fit_profile(shape, data.doses, white, data.means[None], starts=starts)
    if not found.converged[0]:
        raise InputError(
            f"the fit of {shape.name} did not converge (a step of {found.last_step[0]:.2g} was left)",
            where="fit",
            remedy="use a shape with fewer parameters, narrow the bounds, or give more starts",
        )
    return _assemble(data, shape, found, white, p)


def _assemble(data: Estimates, shape: Shape, found: Profile, white: Array, p: int) -> ModelFit:
    linear, theta = found.linear[0], found.theta[0]
    jacobian = white @ mean_and_jacobian(shape, data.doses, linear, theta)[1]
    n, q = data.n, len(data.covariates)
    if n is None:
        rss, df, scale, log_likelihood = float(found.rss[0]), data.df, 1.0, None
        aic, bic = rss + 2 * p, rss + p * math.log(len(data.doses))
    else:
        rss, df = data.sigma2 * (data.df + float(found.rss[0])), float(n - p - q)
        scale = rss / df / data.sigma2
        log_likelihood = -n / 2 * (math.log(2 * math.pi * rss / n) + 1)
        aic = -2 * log_likelihood + 2 * (p + q + 1)
        bic = -2 * log_likelihood + math.log(n) * (p + q + 1)
    names = (*shape.coefficients, *shape.parameters)
    return ModelFit(
        shape=shape,
        estimates=data,
        coefficients=dict(zip(names, (float(x) for x in (*linear, *theta)), strict=True)),
        covariance=_information_inverse(jacobian, scale),
        rss=rss,
        df=df,
        log_likelihood=log_likelihood,
        aic=aic,
        bic=bic,
        at_bound=tuple(
            name
            for name, value, ends in zip(shape.parameters, theta, shape.bounds, strict=True)
            if any(math.isclose(value, end, rel_tol=1e-6) for end in ends)
        ),
        last_step=float(found.last_step[0]),
        agreeing=float(found.agreeing[0]),
    )


def _information_inverse(jacobian: Array, scale: float) -> Array | None:
    """scale · (J'J)⁻¹, or None where J has not full rank."""
    size = np.linalg.norm(jacobian, axis=0)
    if size.min() == 0:
        return None
    r = np.linalg.qr(jacobian / size, mode="r")
    if np.abs(np.diag(r)).min() < 1e-9:
        return None
    inverse = np.linalg.inv(r) / size[:, None]
    return np.asarray(scale * inverse @ inverse.T)


def with_bounds(shape: Shape, **bounds: tuple[float, float]) -> Shape:
    """The shape with other bounds of the named θ."""
    unknown = set(bounds) - set(shape.parameters)
    require(not unknown, f"bounds of {', '.join(sorted(unknown))}", where=shape.name, allowed=", ".join(shape.parameters) or "none")  # fmt: skip
    return replace(
        shape, bounds=tuple(bounds.get(k, b) for k, b in zip(shape.parameters, shape.bounds, strict=True))
    )
