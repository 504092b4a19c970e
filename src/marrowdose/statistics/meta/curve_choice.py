"""Several curves side by side: information criteria, weights, and the average of the curves.

Fits of one table by maximum likelihood (or with common coefficients) in one stage are of the same effects, so
their AIC may be compared. Sources: Buckland 1997 (Biometrics 53:603) for weights and the standard error of an
average; Burnham & Anderson 2002.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InputError, require
from ...units import Array, Probability
from ..arms import Table
from .curve import CurvePoints, DoseResponse
from .dose_response import fit_studies
from .fitting import Fitting
from .pooling import quantile
from .table import AGAINST_LOWEST, Comparison, Measure, studies_of

LIKELIEST = Fitting(method="ml")
DEFAULT = ("linear", "quadratic", "rcs3", "log", "emax")


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRow:
    """One curve: log-likelihood, free parameters, AIC, its distance from the best, and Akaike weight."""

    curve: str
    log_likelihood: float
    aic: float
    delta: float
    weight: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """Curves by weight. ``failed``: curves that could not be fitted, with the reason; they have no weight."""

    rows: tuple[CurveRow, ...]
    failed: tuple[tuple[str, str], ...]
    fits: tuple[DoseResponse, ...]

    def predict(self, doses: Sequence[float] | Array, *, reference: float = 0.0) -> CurvePoints:
        """The weighted curve; its error Σ w √(se² + (effect − average)²) holds the choice of curve too."""
        points = [fit.predict(doses, reference=reference) for fit in self.fits]
        w = np.array([row.weight for row in self.rows])
        effects = np.array([p.effect for p in points])
        mean = w @ effects
        apart = (effects - mean) ** 2
        width = quantile(self.fits[0].level, None)
        new = np.array(
            [
                ((p.new_high - p.new_low) / (2 * quantile(f.level, f.df))) ** 2
                for p, f in zip(points, self.fits, strict=True)
            ]
        )
        se = w @ np.sqrt(np.array([p.se for p in points]) ** 2 + apart)
        half, half_new = width * se, width * (w @ np.sqrt(new + apart))
        return CurvePoints(
            dose=points[0].dose,
            reference=reference,
            effect=mean,
            se=se,
            low=mean - half,
            high=mean + half,
            new_low=mean - half_new,
            new_high=mean + half_new,
            extrapolated=points[0].extrapolated,
        )


def compare_curves(
    table: Table,
    curves: Sequence[str] = DEFAULT,
    *,
    measure: Measure = "md",
    covariates: Sequence[str] = (),
    knots: Sequence[float] | None = None,
    percentiles: Sequence[float] | None = None,
    fitting: Fitting = LIKELIEST,
    comparison: Comparison = AGAINST_LOWEST,
) -> Average:
    """Fit every curve to the table in one stage and weigh them by AIC; arguments as for ``drma``.

    ``knots`` and ``percentiles`` are those of splines. A curve that cannot be fitted is named in ``failed``.
    Raises ``InputError`` where none can.

    >>> arms = {"study": ["a", "a", "b", "b", "c", "c", "d", "d"], "dose": [0, 10, 0, 20, 0, 30, 0, 40],
    ...         "mean": [5, 7.2, 4, 7.8, 5, 11.1, 6, 13.8], "sd": [9] * 8, "n": [50] * 8}
    >>> [(row.curve, round(row.weight, 2)) for row in compare_curves(arms, ["linear", "log"]).rows]
    [('linear', 0.53), ('log', 0.47)]
    """
    method = fitting.method
    require(
        method in ("fixed", "ml"), f"{method!r} does not compare curves", where="method", allowed="fixed, ml"
    )
    require(
        fitting.stages == "one", "curves are compared in one stage", where="stages", remedy="leave it out"
    )
    require(len(set(curves)) == len(curves) > 0, "a curve is named twice, or none is", where="curves")
    splines = [name for name in curves if name.startswith("rcs")]
    require(
        bool(splines) or knots is percentiles is None,
        "none of the curves is a spline",
        where="knots",
        remedy="leave them out",
    )
    fits: list[DoseResponse] = []
    failed: list[tuple[str, str]] = []
    studies = studies_of(table, measure, covariates=covariates, comparison=comparison)
    for name in curves:
        bent = name in splines
        try:
            fit = fit_studies(
                studies,
                name,
                measure=measure,
                covariates=covariates,
                knots=knots if bent else None,
                percentiles=percentiles if bent else None,
                fitting=fitting,
            )
        except InputError as problem:
            failed.append((name, str(problem)))
        else:
            fits.append(fit)
    if not fits:
        raise InputError(
            f"no curve can be fitted; {failed[0][0]}: {failed[0][1].rstrip('.')}", where="curves"
        )
    return Average(rows=_weighed(fits), failed=tuple(failed), fits=tuple(fits))


def _weighed(fits: Sequence[DoseResponse]) -> tuple[CurveRow, ...]:
    """The curves with their Akaike weights."""
    aic = np.array([fit.aic for fit in fits])
    delta = aic - aic.min()
    weight = np.exp(-delta / 2) / np.exp(-delta / 2).sum()
    return tuple(
        CurveRow(
            curve=fit.curve, log_likelihood=fit.log_likelihood, aic=fit.aic, delta=float(d), weight=float(w)
        )
        for fit, d, w in zip(fits, delta, weight, strict=True)
    )
