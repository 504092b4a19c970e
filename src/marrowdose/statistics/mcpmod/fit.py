"""One dose-response model fitted to one trial: raw data with covariates, or estimates with a covariance.

Both are the same fit, of the dose means with their covariance (``estimates``): maximum likelihood for raw
normal data, generalised least squares for estimates of other kinds (Pinheiro 2014, section 3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...errors import InputError, require
from ...special import ndtri, stdtrit
from ...units import Array, Probability
from .contrasts import lower_root
from .data import Covariates, Estimates
from .doses import effective_dose, first_of, peak, target_dose
from .profile_likelihood import Profile, fit_profile
from .shapes import Dose, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedCurve:
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
    the parameters apart). ``rss`` is the residual sum of squares of raw data, or (m − μ)'S⁻¹(m − μ). ``aic``
    and ``bic`` are those of the normal likelihood, or rss + 2p and rss + p log K. ``at_bound`` names the θ
    that ended at a bound; ``last_step`` and ``agreeing`` as in ``Profile``. ``covariate_coefficients`` and
    ``full_covariance`` (those of ``coefficients`` first) are of raw data adjusted for covariates. For
    placebo-adjusted estimates e0 is no estimate, and its covariance 0.
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
    covariate_coefficients: dict[str, float]
    full_covariance: Array | None

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

    def predict(
        self, doses: Sequence[float], *, effect: bool = False, level: Probability = 0.95
    ) -> FittedCurve:
        """μ(d), or with ``effect`` μ(d) − μ(0), with delta-method standard errors and pointwise limits."""
        require(0 < level < 1, f"level {level!r}", allowed="above 0 and below 1")
        d = np.asarray(doses, dtype=float)
        require(
            d.ndim == 1 and bool(np.all(np.isfinite(d) & (d >= 0))),
            "doses that are no numbers from 0 up",
            where="predict",
        )
        if self.covariance is None:
            raise InputError(
                f"the data do not tell the parameters of {self.shape.name} apart",
                where="standard errors",
                remedy="use a shape with fewer parameters, or a bootstrap",
            )
        value, jacobian = self._design(d)
        if effect:
            at_0, jacobian_0 = self._design(np.zeros(1))
            value, jacobian = value - at_0, jacobian - jacobian_0
        se = np.sqrt(np.maximum(np.einsum("dp,pq,dq->d", jacobian, self.covariance, jacobian), 0.0))
        tail = (1 + level) / 2
        half = se * float(ndtri(tail) if math.isinf(self.df) else stdtrit(self.df, tail))
        return FittedCurve(doses=d, value=value, se=se, lower=value - half, upper=value + half)

    def target_dose(self, delta: float, *, among: Sequence[Dose] | None = None) -> Dose | None:
        """Smallest dose (of the doses ``among``) with effect ``delta`` over placebo (below 0: a fall).

        None if none up to the largest dose.
        """
        if among is not None:
            return first_of(self.effect, delta, among)
        return target_dose(self.effect, delta, self.shape.top)

    def target_interval(self, delta: float, level: Probability = 0.95) -> tuple[Dose | None, Dose | None]:
        """Doses between which the pointwise band of the effect holds ``delta`` (inversion of the band).

        The lower limit is the smallest dose at which the better end of the band reaches ``delta``, the upper
        one that of the worse end; None where that is above the largest dose.
        """

        def end(worse: bool) -> Dose | None:
            def reached(doses: Array) -> Array:
                band = self.predict(list(doses), effect=True, level=level)
                return band.lower if worse == (delta > 0) else band.upper

            return target_dose(reached, delta, self.shape.top)

        return end(False), end(True)

    def effective_dose(self, p: Probability, *, among: Sequence[Dose] | None = None) -> Dose | None:
        """Smallest dose (of the doses ``among``) with share ``p`` of the largest effect; None for none."""
        if among is not None:
            return first_of(self.effect, p * peak(self.effect, self.shape.top)[1], among)
        return effective_dose(self.effect, p, self.shape.top)

    def effective_dose_se(self, p: Probability) -> Dose | None:
        """Standard error of ``effective_dose`` by the delta method, from steps of a thousandth of an error.

        0 where the shape alone sets that dose (a straight line); None where a parameter is at its bound or
        the data do not tell the parameters apart.
        """
        if self.covariance is None or self.at_bound:
            return None
        slopes = np.zeros(len(self.coefficients))
        for k, (name, error) in enumerate(
            zip(self.coefficients, np.sqrt(np.maximum(np.diag(self.covariance), 0.0)), strict=True)
        ):
            up, down = (
                replace(self, coefficients={**self.coefficients, name: self.coefficients[name] + move})
                for move in (1e-3 * error, -1e-3 * error)
            )
            if error > 0:
                slopes[k] = (up.effective_dose(p) or 0.0) - (down.effective_dose(p) or 0.0)
                slopes[k] /= 2e-3 * error
        se = math.sqrt(max(0.0, float(slopes @ self.covariance @ slopes)))
        return se if se > 1e-6 * self.shape.top else 0.0


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
    return np.tril(np.linalg.inv(root))


def fit_model(data: Estimates, shape: Shape, *, starts: int = 8) -> ModelFit:
    """Fit one shape. Raises ``InputError`` where it has too many parameters or the fit did not converge.

    >>> dose = np.array([0.0, 10, 25, 50, 100])
    >>> found = fit_model(estimates(dose, 2 + 10 * dose / (20 + dose), np.eye(5)), make_shape("emax", 100.0))
    >>> {name: round(value, 3) for name, value in found.coefficients.items()}
    {'e0': 2.0, 'eMax': 10.0, 'ed50': 20.0}
    """
    p = len(shape.coefficients) + len(shape.parameters)
    require(
        len(data.doses) >= p,
        f"{shape.name} has {p} parameters, the trial {len(data.doses)} doses",
        where="fit",
        remedy="use a shape with fewer parameters",
    )
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
    mean, slopes = mean_and_jacobian(shape, data.doses, linear, theta)
    n, q = data.n, 0 if data.covariates is None else len(data.covariates.names)
    if n is None:
        p -= data.free_level > 0
        rss, df, scale, log_likelihood = float(found.rss[0]), data.df, 1.0, None
        aic, bic = rss + 2 * p, rss + p * math.log(len(data.doses))
    else:
        rss, df = data.sigma2 * (data.df + float(found.rss[0])), float(n - p - q)
        scale = rss / df / data.sigma2
        log_likelihood = -n / 2 * (math.log(2 * math.pi * rss / n) + 1)
        aic = -2 * log_likelihood + 2 * (p + q + 1)
        bic = -2 * log_likelihood + math.log(n) * (p + q + 1)
    names = (*shape.coefficients, *shape.parameters)
    covariance = _information_inverse(white @ slopes, scale)
    if covariance is not None and data.free_level:
        covariance[0, 0] -= data.free_level
    gamma, full = _beside_the_curve(data.covariates, mean, slopes, covariance, rss / df)
    return ModelFit(
        shape=shape,
        estimates=data,
        coefficients=dict(zip(names, (float(x) for x in (*linear, *theta)), strict=True)),
        covariance=covariance,
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
        covariate_coefficients=gamma,
        full_covariance=full,
    )


def _beside_the_curve(
    covariates: Covariates | None, mean: Array, slopes: Array, covariance: Array | None, sigma2: float
) -> tuple[dict[str, float], Array | None]:
    """Coefficients of the covariates given the curve, and the covariance of all coefficients."""
    if covariates is None:
        return {}, covariance
    gamma = covariates.at_zero - covariates.by_mean @ mean
    named = dict(zip(covariates.names, map(float, gamma), strict=True))
    if covariance is None:
        return named, None
    by_curve = -covariates.by_mean @ slopes  # ∂γ/∂(coefficients)
    cross = covariance @ by_curve.T
    own = sigma2 * covariates.inverse + by_curve @ cross
    return named, np.block([[covariance, cross], [cross.T, own]])


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
    """The shape with other bounds of the named θ.

    >>> with_bounds(make_shape("emax", 10.0), ed50=(1.0, 5.0)).bounds
    ((1.0, 5.0),)
    """
    unknown = set(bounds) - set(shape.parameters)
    require(
        not unknown,
        f"bounds of {', '.join(sorted(unknown))}",
        where=shape.name,
        allowed=", ".join(shape.parameters) or "none",
    )
    return replace(
        shape, bounds=tuple(bounds.get(k, b) for k, b in zip(shape.parameters, shape.bounds, strict=True))
    )
