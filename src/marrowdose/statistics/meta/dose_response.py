"""Dose-response meta-analysis: a table of arms in, a curve with its doubts out.

    fit = drma(table, curve="rcs3")
    fit.predict([25, 50, 100])

y_i ~ Normal((F_i ⊗ [1, z_i]) β, S_i + F_i Ψ F_iᵀ) for the effects y_i of study i against its own reference,
F_i = f(doses) − f(reference dose), z_i the study's covariates less their mean. One stage fits this at once;
two stages first estimate a curve in every study and then pool the coefficients, which for curves linear in
their coefficients is the same likelihood. Non-linear curves are fitted by the profile of the likelihood.

Sources: Greenland & Longnecker 1992, Crippa & Orsini 2016 (BMC Med Res Methodol 16:91), Crippa 2019 (Stat
Methods Med Res 28:1579), Gasparrini 2012 (Stat Med 31:3821), Jackson & Riley 2014 (Stat Med 33:2561) for
Knapp–Hartung with several coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...errors import InputError, require, require_between
from ...special import chdtrc, fdtrc
from ...units import Array, Probability
from .arms import Table
from .blocks import Blocks
from .mixed import Convergence, MixedFit, at_spread, fit_mixed, moment_spread
from .pooling import Test, quantile, two_sided
from .shapes import Shape, fractional, power_sets, shape
from .stages import placing, second_stage
from .structures import Structure, spread
from .table import Covariances, Measure, Reference, StudyEffects, studies_of

FitMethod = Literal["fixed", "dl", "ml", "reml"]
Stages = Literal["one", "two"]


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
        """f(doses) − f(reference) (n, q), and the derivative of the effect in every entry of ``beta`` (n,
        p).
        """
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


def drma(
    table: Table,
    curve: str = "rcs3",
    *,
    measure: Measure = "md",
    method: FitMethod | None = None,
    stages: Stages = "one",
    test: Test = "z",
    structure: Structure = "un",
    knots: Sequence[float] | None = None,
    percentiles: Sequence[float] | None = None,
    covariates: Sequence[str] = (),
    covariance: Covariances = "gl",
    reference: Reference = "lowest",
    pooled: bool = False,
    level: Probability = 0.95,
) -> DoseResponse:
    """Fit one dose-response curve to all studies of ``table``.

    ``curve``: see ``shapes.shape``; ``fp1`` and ``fp2`` choose the powers of highest likelihood. ``method``:
    ``reml`` unless the curve is non-linear, then ``ml``; ``dl`` is by moments, in two stages. ``structure``
    of the spread between studies: ``un`` (any), ``diag``, ``id``. ``test="knha"``: Knapp–Hartung. The other
    arguments: see ``studies_of``. Raises ``InputError`` where the table cannot be used, the studies do not
    tell the curve, or the fit did not converge; the message says what to try.
    """
    require_between(level, 0.5, 0.9999, where="level")
    require(stages in ("one", "two"), f"{stages!r} is no choice", where="stages", allowed="one, two")
    require(test in ("z", "knha", "adhoc"), f"{test!r} is no test", where="test", allowed="z, knha, adhoc")
    studies = studies_of(
        table, measure, covariance=covariance, reference=reference, covariates=covariates, pooled=pooled
    )
    return fit_studies(
        studies,
        curve,
        measure=measure,
        method=method,
        stages=stages,
        test=test,
        structure=structure,
        knots=knots,
        percentiles=percentiles,
        covariates=covariates,
        level=level,
    )


def fit_studies(
    studies: Sequence[StudyEffects],
    curve: str = "rcs3",
    *,
    measure: Measure = "md",
    method: FitMethod | None = None,
    stages: Stages = "one",
    test: Test = "z",
    structure: Structure = "un",
    knots: Sequence[float] | None = None,
    percentiles: Sequence[float] | None = None,
    covariates: Sequence[str] = (),
    level: Probability = 0.95,
) -> DoseResponse:
    """``drma`` from effects that are already worked out."""
    require(
        curve.startswith("rcs") or knots is percentiles is None,
        f"{curve} has no knots",
        where="knots",
        remedy="leave them out, or use curve='rcs3'",
    )
    require(
        knots is None or percentiles is None,
        "given with knots",
        where="percentiles",
        remedy="give one of them",
    )
    doses = np.concatenate([np.append(s.doses, s.reference) for s in studies])
    if curve in ("fp1", "fp2"):
        form = _best_powers(studies, 1 if curve == "fp1" else 2, doses)
    else:
        form = shape(curve, doses, knots=knots, percentiles=percentiles)
    if method is None:
        method = "ml" if form.nonlinear else "reml"
    allowed = ("fixed", "ml") if form.nonlinear else ("fixed", "dl", "ml", "reml")
    require(
        method in allowed, f"{method!r} does not go with {curve}", where="method", allowed=", ".join(allowed)
    )
    require(
        not form.nonlinear or stages == "one",
        f"{curve} is fitted in one stage",
        where="stages",
        allowed="one",
    )
    require(
        method != "dl" or stages == "two",
        "moments are taken of each study's own curve",
        where="method",
        remedy="give stages='two', or method='reml'",
    )
    z = np.array([s.covariates for s in studies], float).reshape(len(studies), -1)
    centre = z.mean(axis=0)
    theta, joint, found = np.empty(0), None, None
    searched = len(form.powers) if curve in ("fp1", "fp2") else 0  # powers that were chosen are estimates too
    second: Blocks | None = None
    if form.nonlinear:
        from .nonlinear import fit_nonlinear

        theta, found, joint = fit_nonlinear(
            studies, form, z - centre, "fixed" if method == "fixed" else "ml", structure
        )
    one = placing(studies, form, z - centre)(theta)
    if found is None:
        second = None if stages == "one" else second_stage(studies, form, z - centre, one)
        found = _fit(second or one, method, structure)
    return _result(
        studies,
        form,
        one,
        second,
        found,
        theta,
        joint,
        searched=searched,
        measure=measure,
        method=method,
        stages=stages,
        test=test,
        structure=structure,
        level=level,
        covariates=tuple(zip(covariates, map(float, centre), strict=True)),
    )


def _fit(blocks: Blocks, method: FitMethod, structure: Structure) -> MixedFit:
    if method != "dl":
        return fit_mixed(blocks, spread(structure, blocks.z.shape[2]), method)
    require(
        len(blocks.y) > 1,
        "one study cannot tell the spread between studies",
        where="studies",
        remedy="use method='fixed'",
    )
    return at_spread(blocks, moment_spread(blocks.y, blocks.x, blocks.v))


def _against(basis: Array) -> Array:
    """Rows less the last row: f(d) − f(reference)."""
    return np.asarray(basis[:-1] - basis[-1])


def _best_powers(studies: Sequence[StudyEffects], degree: int, doses: Array) -> Shape:
    """The fractional polynomial of highest likelihood with common coefficients (Royston & Altman 1994)."""
    none = np.zeros((len(studies), 0))
    best, value = None, -np.inf
    for powers in power_sets(degree):
        form = fractional(powers, doses)
        try:
            found = fit_mixed(placing(studies, form, none)(np.empty(0)), None, "fixed")
        except InputError:
            continue  # these powers cannot be told apart at these doses
        if found.log_likelihood > value:
            best, value = form, found.log_likelihood
    if best is None:
        raise InputError(
            "no fractional polynomial can be told at these doses", where="curve", remedy="use curve='linear'"
        )
    return best


def _result(
    studies: Sequence[StudyEffects],
    form: Shape,
    one: Blocks,
    second: Blocks | None,
    found: MixedFit,
    theta: Array,
    joint: Array | None,
    *,
    searched: int,
    measure: Measure,
    method: FitMethod,
    stages: Stages,
    test: Test,
    structure: Structure,
    level: Probability,
    covariates: tuple[tuple[str, float], ...],
) -> DoseResponse:
    """Tests, intervals and heterogeneity around the estimates."""
    names = [
        *form.names,
        *(f"{n}:{c}" for c, _ in covariates for n in form.names),
        *(f"log {n}" for n in form.nonlinear),
    ]
    beta = np.append(found.beta, theta)
    covariance = found.covariance if joint is None else joint
    residual = found.df - len(theta)
    df = None
    if test != "z":
        require(
            residual > 0,
            "nothing is left to estimate the residual variance",
            where="test",
            remedy="use test='z'",
        )
        df, scale = residual, found.q_generalised / residual
        covariance = covariance * (max(1.0, scale) if test == "adhoc" else scale)
    se = np.sqrt(np.diag(covariance))
    statistic, half = beta / se, quantile(level, df) * se
    bent = None
    if form.straight is not None and len(form.names) > len(form.straight):
        free = [i for i in range(len(form.names)) if i not in form.straight]
        bent = wald(beta[free], covariance[np.ix_(free, free)], df)
    whole = at_spread(one, np.zeros_like(found.psi))
    total = float(np.einsum("km,km->", one.y, np.linalg.solve(one.v, one.y[:, :, None])[:, :, 0]))
    parameters = len(beta) + searched + (0 if method == "fixed" else spread(structure, len(found.psi)).size)
    value = found.log_likelihood_restricted if method == "reml" else found.log_likelihood
    between = np.einsum("kmq,qr,kmr->km", one.z, found.psi, one.z)
    real = np.arange(one.y.shape[1]) < np.array([len(s.doses) for s in studies])[:, None]
    doses = np.concatenate([np.append(s.doses, s.reference) for s in studies])
    deviance_df = whole.df - len(theta)
    q, q_df = found.q, residual
    each = np.empty(0)
    if second is not None:
        apart = second.y - second.x @ at_spread(second, np.zeros_like(found.psi)).beta
        each = (apart**2 / np.einsum("kqq->kq", second.v)).sum(0)
    return DoseResponse(
        curve=form.name,
        measure=measure,
        method=method,
        stages=stages,
        test=test,
        structure=structure,
        level=level,
        names=tuple(names),
        beta=beta,
        se=se,
        statistic=statistic,
        p=two_sided(statistic, df),
        low=beta - half,
        high=beta + half,
        covariance=covariance,
        df=df,
        psi=found.psi,
        log_likelihood=value,
        aic=2 * parameters - 2 * value,
        q=q,
        q_df=q_df,
        q_p=float(chdtrc(q_df, q)) if q_df > 0 else 1.0,
        i2=100 * max(0.0, (q - q_df) / q) if q > 0 else 0.0,
        coefficient_q=each,
        coefficient_q_p=np.asarray(chdtrc(len(studies) - 1 - len(covariates), each)),
        deviance=whole.q,
        deviance_df=deviance_df,
        deviance_p=float(chdtrc(deviance_df, whole.q)) if deviance_df > 0 else 1.0,
        r2=1 - whole.q / total if total > 0 else 0.0,
        nonlinearity=bent,
        vpc=(between / (between + np.einsum("kmm->km", one.v)))[real],
        convergence=found.convergence,
        knots=form.knots,
        powers=form.powers,
        covariate_means=covariates,
        dose_range=(float(doses.min()), float(doses.max())),
        studies=tuple(studies),
        study_coefficients=() if second is None else tuple(second.y),
        shape=form,
    )


def wald(beta: Array, covariance: Array, df: int | None) -> WaldTest:
    """Test that ``beta`` is zero: βᵀC⁻¹β ~ χ², or divided by its length ~ F with ``df``."""
    statistic, m = float(beta @ np.linalg.solve(covariance, beta)), len(beta)
    if df is None:
        return WaldTest(statistic=statistic, df=m, df_residual=None, p=float(chdtrc(m, statistic)))
    return WaldTest(statistic=statistic / m, df=m, df_residual=df, p=float(fdtrc(m, df, statistic / m)))


def leave_one_out(fit: DoseResponse) -> tuple[tuple[str, DoseResponse], ...]:
    """The fit without each study in turn, its name beside it; knots and powers stay as they were."""
    return tuple((left.name, refit(fit, [s for s in fit.studies if s is not left])) for left in fit.studies)


def refit(fit: DoseResponse, studies: Sequence[StudyEffects]) -> DoseResponse:
    """The same analysis of other studies."""
    return fit_studies(
        studies,
        fit.curve,
        measure=fit.measure,
        method=fit.method,
        stages=fit.stages,
        test=fit.test,
        structure=fit.structure,
        knots=fit.knots or None,
        covariates=[c for c, _ in fit.covariate_means],
        level=fit.level,
    )
