"""Renderings of a dose-response meta-analysis: text, and one page with its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...domain import BANNER
from ...units import Z95, Array
from ..frame.document import Block, PageBlock, Picture, Section, Table, Verbatim, as_text
from ..frame.numbers import banded, decimals, four_digits, significant, whole
from ..frame.page import page
from ..frame.svg import Svg
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
class Pooled:
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


def drma_record(found: Pooled) -> DrmaRecord:
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
    """Four significant digits, as in other programs for meta-analysis; – where it is not known."""
    return "–" if value is None or not np.isfinite(value) else four_digits(value)


def drma_text(found: Pooled) -> str:
    """Coefficients, heterogeneity, convergence, predictions, and what else was asked for."""
    parts: list[Sequence[Block]] = [[BANNER, *_fit_blocks(found.fit)]]
    if found.average is not None:
        parts.append(_average_blocks(found.average))
    parts.append([_predictions(found.points)])
    if found.doses:
        parts.append([_dose_table(found)])
    if found.influence is not None:
        parts.append(_influence_blocks(found.influence))
    if found.small is not None:
        parts.append(_small_blocks(found.small))
    first, *others = parts
    return as_text(*first, *(block for part in others for block in ("", *part)))


def _fit_blocks(fit: DoseResponse) -> list[Block]:
    columns = (fit.beta, fit.se, fit.low, fit.high, fit.p)
    rows = [[name, *(_cell(column[i]) for column in columns)] for i, name in enumerate(fit.names)]
    stages = f"{fit.stages} stage{'s' if fit.stages == 'two' else ''}"
    blocks: list[Block] = [
        Table(
            f"{fit.curve}, {fit.method}, {stages}: {len(fit.studies)} studies",
            ["", "estimate", "se", "low", "high", "p"],
            rows,
        ),
        "",
        (
            f"Q {_cell(fit.q)} on {fit.q_df} (p {significant(fit.q_p)}), I² {whole(fit.i2)} %, AIC"
            f" {_cell(fit.aic)}"
        ),
    ]
    if fit.nonlinearity is not None:
        blocks.append(f"test of non-linearity: p {significant(fit.nonlinearity.p)}")
    if (c := fit.convergence) is not None:
        slope = significant(c.gradient, 1)
        blocks.append(f"converged: slope {slope}, {c.starts_agreeing} of {c.starts} starts agree")
    return blocks


def _predictions(points: CurvePoints) -> Table:
    columns = (points.dose, points.effect, points.low, points.high, points.new_low, points.new_high)
    head = ["dose", "effect", "low", "high", "new study low", "new study high"]
    return Table("", head, [[*map(_cell, row)] for row in zip(*columns, strict=True)])


def _average_blocks(average: Average) -> list[Block]:
    rows = [
        [r.curve, _cell(r.log_likelihood), _cell(r.aic), decimals(r.delta), decimals(r.weight)]
        for r in average.rows
    ]
    caption = (
        "Curves by their AIC; the effects below are of the average, with the choice of curve in their"
        " intervals"
    )
    table = Table(caption, ["curve", "log-likelihood", "AIC", "behind", "weight"], rows)
    failed = [f"not fitted: {name}: {reason}" for name, reason in average.failed]
    return [table, *failed]


def _dose_table(found: Pooled) -> Table:
    rows = []
    for what, pair in found.doses:
        for whose, dose in zip(("all studies", "a new study"), pair, strict=True):
            band = "–" if dose.low is None else f"{_cell(dose.low)} to {_cell(dose.high)}"
            if dose.se is not None and dose.se < 1e-6 * found.fit.dose_range[1]:
                band = "set by the shape alone"  # a straight line has its 80 % at 80 % of the largest dose
            reached = f"{whole(100 * dose.reached)} %"
            rows.append([what, whose, _cell(dose.estimate), _cell(dose.se), band, reached])
    caption = f"Doses read off the {found.fit.curve} curve; the interval is of the drawn curves that reach it"
    head = ["", "for", "dose", "se", f"{100 * found.fit.level:g} %", "reached by"]
    return Table(caption, head, rows)


def _influence_blocks(found: StudyInfluence) -> list[Block]:
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
    table = Table(
        f"Leave one study out: effect of dose {found.dose:g}; moved in standard errors; Baujat's coordinates",
        ["without", "effect", "low", "high", "I²", "moved", "heterogeneity", "pull"],
        rows,
    )
    failed = [f"not fitted without {name}: {reason}" for name, reason in found.failed]
    return [table, *failed]


def _small_blocks(found: SmallStudyEffects) -> list[Block]:
    e, t, own = found.egger, found.trim_and_fill, found.multiples
    rows = [
        [name, _cell(m), _cell(float(np.sqrt(v)))]
        for name, m, v in zip(own.study, own.multiple, own.variance, strict=True)
    ]
    caption = "Small studies (each study as a multiple of the curve; 1 is as fitted)"
    limit = banded(e.limit.estimate, e.limit.low, e.limit.high, _cell)
    filled = banded(float(t.filled.beta[0]), float(t.filled.low[0]), float(t.filled.high[0]), _cell)
    return [
        Table(caption, ["study", "multiple", "se"], rows),
        "",
        (
            f"Egger: z {significant(e.statistic)}, p {significant(e.p)}; a study without error would show"
            f" {limit} times the curve"
        ),
        f"Begg: tau {decimals(found.rank_tau)}, p {significant(found.rank_p)}",
        f"Trim and fill: {t.missing} studies missing on the {t.side}; with them {filled} times the curve",
    ]


def drma_html(found: Pooled) -> str:
    """One page: the curve over the studies, every study's largest dose, the funnel of all effects, the
    numbers.
    """
    effect = _EFFECTS[found.fit.measure]
    around = funnel_figure(*_residuals(found.fit), 0.0, x_name=f"{effect}, less the curve's")
    curve = "" if found.average is None else _weights_told(found.average)
    told = _CURVE_TOLD.format(100 * found.fit.level)
    parts: list[Section[PageBlock]] = [
        Section(curve, [told, Picture(svg=_over_studies(found, effect))]),
        Section("Every study at its largest dose", [Picture(svg=_largest_doses(found.fit, effect))]),
        Section("Effects around the curve", [Picture(svg=around)]),
    ]
    if found.influence is not None:
        parts += _influence_pictures(found.influence)
    if found.small is not None:
        own = found.small.multiples
        drawn = funnel_figure(own.multiple, own.variance, 1.0, x_name="times the curve", uid="multiples")
        parts.append(Section("Studies as multiples of the curve", [Picture(svg=drawn)]))
    parts.append(Section("Numbers", [Verbatim(drma_text(found))]))
    return page("Dose-response meta-analysis", parts)


def _over_studies(found: Pooled, effect: str) -> Svg:
    """The curve, and each study put on it at its own reference dose."""
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
    return dose_figure(grid.dose, grid.effect, grid.low, grid.high, studies, y_name=effect)


def _largest_doses(fit: DoseResponse, effect: str) -> Svg:
    top = [(s, int(np.argmax(s.doses))) for s in fit.studies]
    labels = [f"{s.name}, dose {s.doses[k]:g}" for s, k in top]
    y = np.array([s.effects.y[k] for s, k in top])
    v = np.array([s.effects.covariance[k, k] for s, k in top])
    return forest_figure(labels, y, v, x_name=effect)


def _weights_told(average: Average) -> str:
    shares = ", ".join(f"{row.curve} {decimals(row.weight)}" for row in average.rows)
    return f"The average of the curves ({shares})"


def _residuals(fit: DoseResponse) -> tuple[Array, Array]:
    """Every effect less the curve's, and its variance within the study."""
    apart = [s.effects.y - fit.at_study(s) for s in fit.studies]
    return np.concatenate(apart), np.concatenate([np.diag(s.effects.covariance) for s in fit.studies])


def _influence_pictures(found: StudyInfluence) -> list[Section[PageBlock]]:
    known = np.flatnonzero(np.isfinite(found.effect_without))
    half = (found.high_without - found.low_without)[known] / 2  # drawn as it is, whatever its level
    forest = forest_figure(
        [f"without {found.study[i]}" for i in known],
        found.effect_without[known],
        (half / Z95) ** 2,
        (found.effect, found.low, found.high),
        x_name="effect",
        uid="without",
    )
    baujat = baujat_figure(found.study, found.heterogeneity_share, found.pull)
    return [
        Section(f"Effect of dose {found.dose:g} without each study", [Picture(svg=forest)]),
        Section("Which study disagrees, and which one pulls", [Picture(svg=baujat)]),
    ]
