"""Renderings of a dose-response meta-analysis: text, and one page with its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ...domain import BANNER
from ...units import Array
from ..frame.page import page
from ..frame.text import table
from .figures import baujat_figure, dose_figure, forest_figure, funnel_figure
from .record import DrmaRecord

if TYPE_CHECKING:
    from ...statistics.meta import (
        Average,
        CurvePoints,
        DoseEstimate,
        DoseResponse,
        SmallStudyEffects,
        StudyInfluence,
    )

_EFFECTS = {
    "md": "mean difference",
    "smd": "standardised mean difference",
    "cohen": "standardised mean difference",
    "glass": "standardised mean difference",
    "or": "log odds ratio",
    "rr": "log risk ratio",
    "irr": "log rate ratio",
    "reported": "reported effect",
}
_CURVE_TOLD = (
    "Effect against dose 0: the line is the mean of all studies, the band its {:g} % interval. Dotted: the"
    " studies, each put on the line at its own reference dose; larger dots are more precise."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A fit, its predictions, and whatever else was asked for.

    ``doses``: what was looked for (as "ED80") → the dose for the mean of all studies and for a new study.
    With ``average``, ``fit`` is its heaviest curve and ``points`` are of the average.
    """

    fit: DoseResponse
    points: CurvePoints
    average: Average | None = None
    influence: StudyInfluence | None = None
    small: SmallStudyEffects | None = None
    doses: tuple[tuple[str, tuple[DoseEstimate, DoseEstimate]], ...] = ()


def drma_record(found: Analysis) -> DrmaRecord:
    """Everything that was found."""
    told: DrmaRecord = {
        "schema": "drma/1",
        "banner": BANNER,
        "fit": found.fit,
        "predictions": found.points,
    }
    if found.average is not None:
        told["average"] = {
            "rows": list(found.average.rows),
            "failed": [{"curve": name, "reason": reason} for name, reason in found.average.failed],
        }
    if found.influence is not None:
        told["influence"] = found.influence
    if found.small is not None:
        told["small_study_effects"] = found.small
    if found.doses:
        told["doses"] = dict(found.doses)
    return told


def _cell(value: float | None) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:.4g}"


def drma_text(found: Analysis) -> str:
    """Coefficients, heterogeneity, convergence, predictions, and what else was asked for."""
    fit, points = found.fit, found.points
    stages = f"{fit.stages} stage{'s' if fit.stages == 'two' else ''}"
    lines = [
        BANNER,
        f"{fit.curve}, {fit.method}, {stages}: {len(fit.studies)} studies",
        table(
            ["", "estimate", "se", "low", "high", "p"],
            [
                [name, *(f"{column[i]:.4g}" for column in (fit.beta, fit.se, fit.low, fit.high, fit.p))]
                for i, name in enumerate(fit.names)
            ],
        ),
        f"Q {fit.q:.4g} on {fit.q_df} (p {fit.q_p:.3g}), I² {fit.i2:.0f} %, AIC {fit.aic:.4g}",
    ]
    if fit.nonlinearity is not None:
        lines.append(f"test of non-linearity: p {fit.nonlinearity.p:.3g}")
    if fit.convergence is not None:
        c = fit.convergence
        lines.append(f"converged: slope {c.gradient:.1g}, {c.starts_agreeing} of {c.starts} starts agree")
    if found.average is not None:
        lines += ["", *_average_lines(found.average)]
    columns = (points.dose, points.effect, points.low, points.high, points.new_low, points.new_high)
    rows = [[f"{value:.4g}" for value in row] for row in zip(*columns, strict=True)]
    lines += ["", table(["dose", "effect", "low", "high", "new study low", "new study high"], rows)]
    if found.doses:
        lines += _dose_lines(found)
    if found.influence is not None:
        lines += _influence_lines(found.influence)
    if found.small is not None:
        lines += _small_lines(found.small)
    return "\n".join(lines)


def _average_lines(average: Average) -> list[str]:
    rows = [
        [r.curve, _cell(r.log_likelihood), _cell(r.aic), f"{r.delta:.2f}", f"{r.weight:.2f}"]
        for r in average.rows
    ]
    return [
        (
            "Curves by their AIC; the effects below are of the average, with the choice of curve in their"
            " intervals"
        ),
        table(["curve", "log-likelihood", "AIC", "behind", "weight"], rows),
        *(f"not fitted: {name}: {reason}" for name, reason in average.failed),
    ]


def _dose_lines(found: Analysis) -> list[str]:
    level = f"{100 * found.fit.level:g} %"
    rows = []
    for what, pair in found.doses:
        for whose, dose in zip(("all studies", "a new study"), pair, strict=True):
            band = "–" if dose.low is None else f"{_cell(dose.low)} to {_cell(dose.high)}"
            if dose.se is not None and dose.se < 1e-6 * found.fit.dose_range[1]:
                band = "set by the shape alone"  # a straight line has its 80 % at 80 % of the largest dose
            rows.append(
                [what, whose, _cell(dose.estimate), _cell(dose.se), band, f"{100 * dose.reached:.0f} %"]
            )
    return [
        f"Doses read off the {found.fit.curve} curve; the interval is of the drawn curves that reach it",
        table(["", "for", "dose", "se", level, "reached by"], rows),
    ]


def _influence_lines(found: StudyInfluence) -> list[str]:
    columns = (
        found.effect_without,
        found.low_without,
        found.high_without,
        found.i2_without,
        found.moved,
        found.heterogeneity_share,
        found.pull,
    )
    rows = [
        [name, *map(_cell, row)]
        for name, *row in zip(found.study, *map(np.ndarray.tolist, columns), strict=True)
    ]
    return [
        f"Leave one study out: effect of dose {found.dose:g}; moved in standard errors; Baujat's coordinates",
        table(["without", "effect", "low", "high", "I²", "moved", "heterogeneity", "pull"], rows),
        *(f"not fitted without {name}: {reason}" for name, reason in found.failed),
    ]


def _small_lines(found: SmallStudyEffects) -> list[str]:
    e, t = found.egger, found.trim_and_fill
    filled = t.filled
    return [
        "Small studies (each study as a multiple of the curve; 1 is as fitted)",
        table(
            ["study", "multiple", "se"],
            [
                [name, _cell(m), _cell(float(np.sqrt(v)))]
                for name, m, v in zip(
                    found.multiples.study, found.multiples.multiple, found.multiples.variance, strict=True
                )
            ],
        ),
        (
            f"Egger: z {e.statistic:.3g}, p {e.p:.3g}; a study without error would show"
            f" {_cell(e.limit.estimate)} ({_cell(e.limit.low)} to {_cell(e.limit.high)}) times the curve"
        ),
        f"Begg: tau {found.rank_tau:.2f}, p {found.rank_p:.3g}",
        (
            f"Trim and fill: {t.missing} studies missing on the {t.side}; with them"
            f" {_cell(float(filled.beta[0]))} ({_cell(float(filled.low[0]))} to"
            f" {_cell(float(filled.high[0]))}) times the curve"
        ),
        "",
    ]


def drma_html(found: Analysis) -> str:
    """One page: the curve over the studies, every study's largest dose, the funnel of all effects, the
    numbers.
    """
    fit = found.fit
    grid = (found.average or fit).predict(np.linspace(0.0, fit.dose_range[1], 41).tolist())
    start = (found.average or fit).predict([s.reference for s in fit.studies]).effect
    studies = [
        (
            s.name,
            np.append(s.reference, s.doses),
            height + np.append(0.0, s.effects.y),
            np.sqrt(np.diag(s.effects.covariance)),
        )
        for s, height in zip(fit.studies, start, strict=True)
    ]
    top = [int(np.argmax(s.doses)) for s in fit.studies]
    y = np.array([s.effects.y[k] for s, k in zip(fit.studies, top, strict=True)])
    v = np.array([s.effects.covariance[k, k] for s, k in zip(fit.studies, top, strict=True)])
    labels = [f"{s.name}, dose {s.doses[k]:g}" for s, k in zip(fit.studies, top, strict=True)]
    effect = _EFFECTS[fit.measure]
    parts = [
        (
            "" if found.average is None else _weights_told(found.average),
            f"<p>{escape(_CURVE_TOLD.format(100 * fit.level))}</p>"
            + dose_figure(grid.dose, grid.effect, grid.low, grid.high, studies, y_name=effect),
        ),
        ("Every study at its largest dose", forest_figure(labels, y, v, x_name=effect)),
        (
            "Effects around the curve",
            funnel_figure(*_residuals(fit), 0.0, x_name=f"{effect}, less the curve's"),
        ),
    ]
    if found.influence is not None:
        parts += _influence_pictures(found.influence)
    if found.small is not None:
        own = found.small.multiples
        parts.append(
            (
                "Studies as multiples of the curve",
                funnel_figure(own.multiple, own.variance, 1.0, x_name="times the curve", uid="multiples"),
            )
        )
    parts.append(("Numbers", f"<pre tabindex='0'>{escape(drma_text(found))}</pre>"))
    return page("Dose-response meta-analysis", parts, stale=False)


def _weights_told(average: Average) -> str:
    shares = ", ".join(f"{row.curve} {row.weight:.2f}" for row in average.rows)
    return f"The average of the curves ({shares})"


def _residuals(fit: DoseResponse) -> tuple[Array, Array]:
    """Every effect less the curve's, and its variance within the study."""
    apart = [s.effects.y - fit.at_study(s) for s in fit.studies]
    return np.concatenate(apart), np.concatenate([np.diag(s.effects.covariance) for s in fit.studies])


def _influence_pictures(found: StudyInfluence) -> list[tuple[str, str]]:
    known = np.flatnonzero(np.isfinite(found.effect_without))
    labels = [f"without {found.study[i]}" for i in known]
    whole = found.effect, found.low, found.high
    half = (found.high_without - found.low_without)[known] / 2  # drawn as it is, whatever its level
    return [
        (
            f"Effect of dose {found.dose:g} without each study",
            forest_figure(
                labels,
                found.effect_without[known],
                (half / 1.959963984540054) ** 2,
                whole,
                x_name="effect",
                uid="without",
            ),
        ),
        (
            "Which study disagrees, and which one pulls",
            baujat_figure(found.study, found.heterogeneity_share, found.pull),
        ),
    ]
