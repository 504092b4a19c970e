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
from typing import Literal, NamedTuple

import numpy as np

from ...errors import InputError, require
from ...special import chdtrc
from ...units import Array
from ..arms import Table
from .blocks import Blocks
from .curve import DoseResponse, WaldTest, wald
from .fitting import USUAL, FitMethod, Fitting
from .mixed import MixedFit, at_spread, fit_mixed, moment_spread
from .pooling import quantile, two_sided
from .shapes import Shape, fractional, power_sets, shape
from .stages import placing, second_stage
from .structures import Structure, spread
from .table import AGAINST_LOWEST, Comparison, Measure, StudyEffects, studies_of


def drma(
    table: Table,
    curve: str = "rcs3",
    *,
    measure: Measure = "md",
    covariates: Sequence[str] = (),
    knots: Sequence[float] | None = None,
    percentiles: Sequence[float] | None = None,
    fitting: Fitting = USUAL,
    comparison: Comparison = AGAINST_LOWEST,
) -> DoseResponse:
    """Fit one dose-response curve to all studies of ``table``.

    ``curve``: see ``shapes.shape``; ``fp1`` and ``fp2`` choose the powers of highest likelihood. ``knots`` of
    a spline, or the ``percentiles`` of the doses where they lie. Raises ``InputError`` where the table cannot
    be used, the studies do not tell the curve, or the fit did not converge; the message says what to try.

    >>> arms = {"study": ["a", "a", "b", "b", "c", "c", "d", "d"], "dose": [0, 10, 0, 20, 0, 30, 0, 40],
    ...         "mean": [5, 7.2, 4, 7.8, 5, 11.1, 6, 13.8], "sd": [9] * 8, "n": [50] * 8}
    >>> fit = drma(arms, curve="linear")
    >>> fit.beta.round(3).tolist(), fit.predict([20]).effect.round(2).tolist()
    ([0.198], [3.95])
    """
    studies = studies_of(table, measure, covariates=covariates, comparison=comparison)
    return fit_studies(
        studies,
        curve,
        measure=measure,
        covariates=covariates,
        knots=knots,
        percentiles=percentiles,
        fitting=fitting,
    )


def fit_studies(
    studies: Sequence[StudyEffects],
    curve: str = "rcs3",
    *,
    measure: Measure = "md",
    covariates: Sequence[str] = (),
    knots: Sequence[float] | None = None,
    percentiles: Sequence[float] | None = None,
    fitting: Fitting = USUAL,
) -> DoseResponse:
    """``drma`` from effects that are already worked out.

    >>> doses = [np.array([5.0]), np.array([10.0]), np.array([20.0])]
    >>> found = [Effects(0.2 * dose, np.eye(1)) for dose in doses]
    >>> studies = [
    ...     StudyEffects(name=str(k), reference=0.0, doses=doses[k], effects=found[k]) for k in range(3)
    ... ]
    >>> fit_studies(studies, "linear").beta.round(3).tolist()
    [0.2]
    """
    form = _form(studies, curve, knots, percentiles)
    method = fitting.method_for(form, curve)
    structure = fitting.structure
    z = np.array([s.covariates for s in studies], float).reshape(len(studies), -1)
    centre = z.mean(axis=0)
    theta, joint, second = np.empty(0), None, None
    if form.nonlinear:
        from .nonlinear import fit_nonlinear

        common: Literal["fixed", "ml"] = "fixed" if method == "fixed" else "ml"
        theta, found, joint = fit_nonlinear(studies, form, z - centre, common, structure)
        one = placing(studies, form, z - centre)(theta)
    else:
        one = placing(studies, form, z - centre)(theta)
        second = None if fitting.stages == "one" else second_stage(studies, form, z - centre, one)
        found = _fit(second or one, method, structure)
    fitted = _Fitted(
        studies=tuple(studies),
        form=form,
        covariates=tuple(zip(covariates, map(float, centre), strict=True)),
        method=method,
        searched=len(form.powers) if curve in ("fp1", "fp2") else 0,
        one=one,
        second=second,
        mixed=found,
        theta=theta,
        joint=joint,
    )
    return _result(fitted, measure, fitting)


def _form(
    studies: Sequence[StudyEffects],
    curve: str,
    knots: Sequence[float] | None,
    percentiles: Sequence[float] | None,
) -> Shape:
    """The shape of that name for the doses of the studies. Raises ``InputError``."""
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
    doses = _doses(studies)
    if curve in ("fp1", "fp2"):
        return _best_powers(studies, 1 if curve == "fp1" else 2, doses)
    return shape(curve, doses, knots=knots, percentiles=percentiles)


def _doses(studies: Sequence[StudyEffects]) -> Array:
    """The doses of all arms, reference arms included."""
    return np.concatenate([np.append(s.doses, s.reference) for s in studies])


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


class _Fitted(NamedTuple):
    """A fit before anything is said about it.

    ``covariates``: name and mean. ``searched``: powers that were chosen, which are estimates too. ``one`` and
    ``second`` are the effects of one stage and of two; ``joint`` the covariance of (β, θ) of a non-linear
    curve.
    """

    studies: tuple[StudyEffects, ...]
    form: Shape
    covariates: tuple[tuple[str, float], ...]
    method: FitMethod
    searched: int
    one: Blocks
    second: Blocks | None
    mixed: MixedFit
    theta: Array
    joint: Array | None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients."""
        form = self.form
        crossed = (f"{n}:{c}" for c, _ in self.covariates for n in form.names)
        return (*form.names, *crossed, *(f"log {n}" for n in form.nonlinear))

    @property
    def residual(self) -> int:
        """Residual degrees of freedom."""
        return self.mixed.df - len(self.theta)

    def bent(self, beta: Array, covariance: Array, df: int | None) -> WaldTest | None:
        """Test that a straight line would do; None where none is among the shapes, or the shape is one."""
        straight = self.form.straight
        if straight is None or len(self.form.names) == len(straight):
            return None
        free = [i for i in range(len(self.form.names)) if i not in straight]
        return wald(beta[free], covariance[np.ix_(free, free)], df)

    def each_q(self) -> Array:
        """Q of every coefficient by itself, in two stages; else nothing."""
        if self.second is None:
            return np.empty(0)
        common = at_spread(self.second, np.zeros_like(self.mixed.psi)).beta
        apart = self.second.y - self.second.x @ common
        return np.asarray((apart**2 / np.einsum("kqq->kq", self.second.v)).sum(0))

    def shares_between(self) -> Array:
        """The share of every effect's variance that is between studies (Crippa 2019)."""
        one = self.one
        between = np.einsum("kmq,qr,kmr->km", one.z, self.mixed.psi, one.z)
        real = np.arange(one.y.shape[1]) < np.array([len(s.doses) for s in self.studies])[:, None]
        return np.asarray((between / (between + np.einsum("kmm->km", one.v)))[real])


def _spread_of_estimates(fitted: _Fitted, fitting: Fitting) -> tuple[Array, int | None]:
    """Covariance of all coefficients, scaled for Knapp–Hartung, and its degrees of freedom (None for z)."""
    covariance = fitted.mixed.covariance if fitted.joint is None else fitted.joint
    if fitting.test == "z":
        return covariance, None
    df = fitted.residual
    require(
        df > 0,
        "nothing is left to estimate the residual variance",
        where="test",
        remedy="use test='z'",
    )
    scale = fitted.mixed.q_generalised / df
    return covariance * (max(1.0, scale) if fitting.test == "adhoc" else scale), df


def _tail(q: float, df: int) -> float:
    """P(χ² > q), or 1 without degrees of freedom."""
    return float(chdtrc(df, q)) if df > 0 else 1.0


def _result(fitted: _Fitted, measure: Measure, fitting: Fitting) -> DoseResponse:
    """Tests, intervals and heterogeneity around the estimates."""
    form, one, found = fitted.form, fitted.one, fitted.mixed
    beta = np.append(found.beta, fitted.theta)
    covariance, df = _spread_of_estimates(fitted, fitting)
    se = np.sqrt(np.diag(covariance))
    statistic, half = beta / se, quantile(fitting.level, df) * se
    whole = at_spread(one, np.zeros_like(found.psi))
    total = float(np.einsum("km,km->", one.y, np.linalg.solve(one.v, one.y[:, :, None])[:, :, 0]))
    spreads = 0 if fitted.method == "fixed" else spread(fitting.structure, len(found.psi)).size
    parameters = len(beta) + fitted.searched + spreads
    value = found.log_likelihood_restricted if fitted.method == "reml" else found.log_likelihood
    doses, each = _doses(fitted.studies), fitted.each_q()
    deviance_df = whole.df - len(fitted.theta)
    return DoseResponse(
        curve=form.name,
        measure=measure,
        method=fitted.method,
        stages=fitting.stages,
        test=fitting.test,
        structure=fitting.structure,
        level=fitting.level,
        names=fitted.names,
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
        q=found.q,
        q_df=fitted.residual,
        q_p=_tail(found.q, fitted.residual),
        i2=100 * max(0.0, (found.q - fitted.residual) / found.q) if found.q > 0 else 0.0,
        coefficient_q=each,
        coefficient_q_p=np.asarray(chdtrc(len(fitted.studies) - 1 - len(fitted.covariates), each)),
        deviance=whole.q,
        deviance_df=deviance_df,
        deviance_p=_tail(whole.q, deviance_df),
        r2=1 - whole.q / total if total > 0 else 0.0,
        nonlinearity=fitted.bent(beta, covariance, df),
        vpc=fitted.shares_between(),
        convergence=found.convergence,
        knots=form.knots,
        powers=form.powers,
        covariate_means=fitted.covariates,
        dose_range=(float(doses.min()), float(doses.max())),
        studies=fitted.studies,
        study_coefficients=() if fitted.second is None else tuple(fitted.second.y),
        shape=form,
    )


def leave_one_out(fit: DoseResponse) -> tuple[tuple[str, DoseResponse], ...]:
    """The fit without each study in turn, its name beside it; knots and powers stay as they were.

    >>> arms = {"study": ["a", "a", "b", "b", "c", "c", "d", "d"], "dose": [0, 10, 0, 20, 0, 30, 0, 40],
    ...         "mean": [5, 7.2, 4, 7.8, 5, 11.1, 6, 13.8], "sd": [9] * 8, "n": [50] * 8}
    >>> fit = drma(arms, curve="linear")
    >>> [(name, round(float(without.beta[0]), 3)) for name, without in leave_one_out(fit)]
    [('a', 0.197), ('b', 0.199), ('c', 0.195), ('d', 0.201)]
    """
    return tuple((left.name, refit(fit, [s for s in fit.studies if s is not left])) for left in fit.studies)


def refit(fit: DoseResponse, studies: Sequence[StudyEffects]) -> DoseResponse:
    """The same analysis of other studies."""
    return fit_studies(
        studies,
        fit.curve,
        measure=fit.measure,
        covariates=[c for c, _ in fit.covariate_means],
        knots=fit.knots or None,
        fitting=Fitting(
            method=fit.method, stages=fit.stages, test=fit.test, structure=fit.structure, level=fit.level
        ),
    )
