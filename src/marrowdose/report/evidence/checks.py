"""Is the fit fit for use? Diagnostics, predictions, influence, priors: record, text, and one page."""

from __future__ import annotations

import numpy as np

from ...domain import BANNER
from ...synthesis.fit import Fit
from ...synthesis.learned import learned
from ...synthesis.record import Answers, FitRecord, HeldOut
from ...wording import percent
from ..frame.document import Picture, Section, Table, Verbatim, as_text
from ..frame.numbers import decimals, tenths
from ..frame.page import page
from ..frame.svg import Svg
from ..frame.words import STALE
from .figures import CoverageRow, InfluenceRow, coverage_figure, influence_figure, prior_posterior_figure
from .record import CheckRecord, CrossCheck, FitWritten

_ALL = "(all studies)"
_ANSWERS = ("effect", "95 %", "more", "same", "less")


def check_record(fit: Fit, stale: bool, compared: CrossCheck) -> CheckRecord:
    """The checks and their tables as plain values, and the frequentist curves beside them."""
    m = fit.record
    return {
        "schema": "check/1",
        "banner": BANNER,
        "stale": stale,
        "analysis": m.analysis,
        "checks": m.checks,
        "weights": m.weights,
        "lpd": m.lpd,
        "diagnostics": m.diagnostics,
        "predictive": m.predictive,
        "influence": m.influence,
        "sensitivity": m.sensitivity,
        "posterior_predictive_p": m.posterior_predictive_p,
        "prior_sensitivity": m.prior_sensitivity,
        "contraction": m.contraction,
        "studies": m.studies,
        "studies_out": m.studies_out,
        "evidence_digest": m.evidence_digest,
        "versions": m.versions,
        "settings": m.settings,
        "cross_check": compared,
    }


def fit_record(fit: Fit, out: str) -> FitWritten:
    """Where a fit was written, its checks and weights."""
    checks, weights = fit.record.checks, fit.record.weights
    return {"schema": "fit/1", "banner": BANNER, "out": out, "checks": checks, "weights": weights}


def check_text(fit: Fit, stale: bool) -> str:
    """Diagnostics, weights, held-out predictions, influence, prior against posterior."""
    tables = (_checks, _weights, _held_out, _influence, _sensitivity, _prior_power, _taught)
    lines = [BANNER, *([STALE] if stale else []), "", f"Analysis: {fit.record.analysis}"]
    return as_text(*lines, *(block for table in tables for block in (table(fit.record), "")))


def _checks(record: FitRecord) -> Table:
    rows = [
        [("ok   " if c.ok else "FAIL " if c.blocking else "note ") + c.name, c.says] for c in record.checks
    ]
    return Table("", ["check", "says"], rows)


def _weights(record: FitRecord) -> Table:
    w = record.weights
    kinds = (w.used, w.stacking_optimum, w.pseudo_bma, w.prior)
    rows = [[name, *(decimals(kind[name]) for kind in kinds)] for name in w.used]
    return Table("Weights of the curves", ["curve", "used", "optimum", "pseudo-BMA", "prior"], rows)


def _held_out(record: FitRecord) -> Table:
    caption = (
        "Every study predicted from the others (held-out contrasts inside their interval; posterior"
        " predictive p)"
    )
    by_study: dict[str, list[HeldOut]] = {}
    for contrast in record.predictive.rows:
        by_study.setdefault(contrast.study, []).append(contrast)
    rows = [
        [
            study,
            str(len(own)),
            percent(float(np.mean([c.in80 for c in own]))),
            percent(float(np.mean([c.in95 for c in own]))),
            decimals(record.posterior_predictive_p[study]),
        ]
        for study, own in by_study.items()
    ]
    return Table(caption, ["study", "contrasts", "in 80 %", "in 95 %", "p"], rows)


def _influence(record: FitRecord) -> Table:
    caption = (
        "Leave one study out: effect of 50 million at month 12 [points], and P(100 million does more than,"
        " the same as, less than 25 million)"
    )
    rows = [[r.without or _ALL, *_answers(r)] for r in record.influence]
    return Table(caption, ["without", *_ANSWERS], rows)


def _sensitivity(record: FitRecord) -> Table:
    caption = "The same with other choices of evidence (Pareto-k above 0.7: read with care)"
    rows = [[r.analysis, *_answers(r), decimals(r.pareto_k)] for r in record.sensitivity]
    return Table(caption, ["analysis", *_ANSWERS, "k"], rows)


def _answers(row: Answers) -> list[str]:
    """The effect with its interval, and whether more is better."""
    band = f"{tenths(row.typical_low)} to {tenths(row.typical_high)}"
    return [tenths(row.effect_typical), band, *(percent(p) for p in (row.more, row.same, row.less))]


def _prior_power(record: FitRecord) -> Table:
    rows = [
        [f"{r.alpha:g}", tenths(r.effect_typical), percent(r.more), percent(r.less)]
        for r in record.prior_sensitivity
    ]
    return Table("Priors made weaker (0.8) and stronger (1.25)", ["power", "effect", "more", "less"], rows)


def _taught(record: FitRecord) -> Table:
    rows = [
        [c.parameter, decimals(c.contraction), "the trials do not tell" * (c.contraction < 0.1)]
        for c in record.contraction
    ]
    return Table("What the trials taught (1 − posterior/prior variance)", ["parameter", "learned", ""], rows)


def check_html(fit: Fit, stale: bool, compared: str, overlaid: Svg) -> str:
    """One page: the checks as text, with the pictures of priors, influence, held-out predictions and, given
    as text and picture, the frequentist cross-check."""
    everything, *without = fit.record.influence
    influence = influence_figure(
        [InfluenceRow(r.without, r.effect_typical, r.typical_low, r.typical_high) for r in without],
        overall=everything.effect_typical,
        statistic="Effect of 50 million cells at month 12",
    )
    coverage = coverage_figure([_covered(row) for row in fit.record.predictive.rows])
    pictures = {
        "Priors and posteriors": prior_posterior_figure(learned(fit)),
        "Influence": influence,
        "Held-out predictions": coverage,
        "Frequentist curves over the Bayesian one": overlaid,
    }
    parts = [Section(heading, [Picture(svg=svg)]) for heading, svg in pictures.items()]
    told = Section("Checks", [Verbatim(check_text(fit, stale) + compared)])
    return page("Is the fit fit for use?", [*parts, told], stale=stale)


def _covered(row: HeldOut) -> CoverageRow:
    arm, _, month = row.label.rpartition(" month ")
    return CoverageRow(row.study, arm, float(month), row.observed, row.q025, row.q975)
