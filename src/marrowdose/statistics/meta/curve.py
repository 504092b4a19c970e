"""The result of a dose-response meta-analysis: a curve, its tests and what it says at other doses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import require
from ...special import chdtrc, fdtrc
from ...units import Array, Probability
from .fitting import FitMethod, Stages
from .mixed import Convergence
from .pooling import Test, quantile
from .shapes import Shape
from .structures import Structure
from .table import Measure, StudyEffects


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoints:
    """Effects at ``dose`` against ``reference``: mean with interval, and interval for a new study's truth."""

    dose: Array
    reference: float
    effect: Array
    se: Array
    low: Array
    high: Array
    new_low: Array
    new_high: Array
    extrapolated: tuple[bool, ...]  # outside the doses of the table


@dataclass(frozen=True, slots=True, kw_only=True)
class WaldTest:
    """χ² (or F with Knapp–Hartung) test that some coefficients are zero."""

    statistic: float
    df: int
    df_residual: int | None
    p: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseResponse:
    """A fitted dose-response curve.

    ``names`` are the coefficients, those of covariates as ``dose:age``, then the logarithms of non-linear
    parameters as ``log ed50``; ``beta`` … ``high`` and ``covariance`` follow them. ``psi`` is the covariance
    of the curve's coefficients between studies. ``deviance`` is Q of all effects around the common curve on
    ``df`` degrees of freedom, ``r2`` the share it explains (Discacciati 2017); ``q`` on ``q_df`` is Cochran's
    Q of what was pooled, and ``i2`` its share beyond chance [%]. ``coefficient_q``: in two stages, Q of every
    coefficient of the curve by itself, on one degree of freedom for each study but one (and but covariates).
    ``aic`` is of the likelihood, restricted or not as fitted: compare it only between fits by ``ml`` (or
    ``fixed``). ``vpc``: share of each effect's variance that is between studies (Crippa 2019).
    """

    curve: str
    measure: Measure
    method: FitMethod
    stages: Stages
    test: Test
    structure: Structure
    level: Probability
    names: tuple[str, ...]
    beta: Array
    se: Array
    statistic: Array
    p: Array
    low: Array
    high: Array
    covariance: Array
    df: int | None
    psi: Array
    log_likelihood: float
    aic: float
    q: float
    q_df: int
    q_p: Probability
    i2: float
    coefficient_q: Array
    coefficient_q_p: Array
    deviance: float
    deviance_df: int
    deviance_p: Probability
    r2: float
    nonlinearity: WaldTest | None
    vpc: Array
    convergence: Convergence | None
    knots: tuple[float, ...]
    powers: tuple[float, ...]
    covariate_means: tuple[tuple[str, float], ...]
    dose_range: tuple[float, float]
    studies: tuple[StudyEffects, ...]
    study_coefficients: tuple[Array, ...]  # two stages: each study's own; else empty
    shape: Shape

    def predict(
        self,
        doses: Sequence[float] | Array,
        *,
        reference: float = 0.0,
        covariates: dict[str, float] | None = None,
    ) -> CurvePoints:
        """Effects at ``doses`` against ``reference``, at the mean of the covariates unless given.

        ``new_low`` and ``new_high`` hold the true curve of a new study; ``extrapolated`` marks doses beyond
        the table's. Raises ``InputError`` for negative doses and unknown covariates.
        """
        d = np.atleast_1d(np.asarray(doses, float))
        require(
            d.ndim == 1 and bool(np.isfinite(d).all() and (d >= 0).all()) and reference >= 0,
            "a dose is negative or not a number",
            where="predict",
            allowed="doses of 0 or more",
        )
        f, rows = self.rows(d, reference, covariates)
        effect = rows[:, : len(self.beta) - len(self.shape.nonlinear)] @ self.linear
        variance = np.einsum("np,pr,nr->n", rows, self.covariance, rows)
        between = np.einsum("np,pr,nr->n", f, self.psi, f)
        width = quantile(self.level, self.df)
        half, new = width * np.sqrt(variance), width * np.sqrt(variance + between)
        low, high = self.dose_range
        return CurvePoints(
            dose=d,
            reference=reference,
            effect=effect,
            se=np.sqrt(variance),
            low=effect - half,
            high=effect + half,
            new_low=effect - new,
            new_high=effect + new,
            extrapolated=tuple(bool(x) for x in (d < low) | (d > high)),
        )

    def at_study(self, study: StudyEffects) -> Array:
        """The fitted effects at a study's doses, against its reference and at its covariates."""
        names = [name for name, _ in self.covariate_means]
        own = dict(zip(names, study.covariates, strict=True))
        return self.predict(study.doses, reference=study.reference, covariates=own).effect

    @property
    def linear(self) -> Array:
        """The coefficients that enter linearly."""
        return self.beta[: len(self.beta) - len(self.shape.nonlinear)]

    @property
    def log_theta(self) -> Array:
        """The logarithms of the non-linear parameters."""
        return self.beta[len(self.beta) - len(self.shape.nonlinear) :]

    def rows(
        self, doses: Array, reference: float, covariates: dict[str, float] | None = None
    ) -> tuple[Array, Array]:
        """f(doses) − f(reference) (n, q), and the derivative of the effect in each of ``beta`` (n, p)."""
        known = dict(self.covariate_means)
        for name in covariates or {}:
            require(
                name in known,
                f"{name!r} is no covariate of this fit",
                where="covariates",
                allowed=", ".join(known) or "none",
            )
        z = [float((covariates or {}).get(name, mean)) - mean for name, mean in self.covariate_means]
        at = np.append(doses, reference)
        f = _against(self.shape.basis(at, self.log_theta))
        parts = [f * factor for factor in (1.0, *z)]
        step = 1e-6
        for t in np.eye(len(self.log_theta)) * step:
            up, down = (_against(self.shape.basis(at, self.log_theta + move)) for move in (t, -t))
            parts.append(((up - down) / (2 * step) @ self.linear)[:, None])
        return f, np.hstack(parts)


def _against(basis: Array) -> Array:
    """Rows less the last row: f(d) − f(reference)."""
    return np.asarray(basis[:-1] - basis[-1])


def wald(beta: Array, covariance: Array, df: int | None) -> WaldTest:
    """Test that ``beta`` is zero: βᵀC⁻¹β ~ χ², or divided by its length ~ F with ``df``.

    >>> round(wald(np.array([1.96]), np.eye(1), None).p, 3)
    0.05
    """
    statistic, m = float(beta @ np.linalg.solve(covariance, beta)), len(beta)
    if df is None:
        return WaldTest(statistic=statistic, df=m, df_residual=None, p=float(chdtrc(m, statistic)))
    return WaldTest(statistic=statistic / m, df=m, df_residual=df, p=float(fdtrc(m, df, statistic / m)))
