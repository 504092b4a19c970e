"""Is the fit fit for use? Diagnostics, predictions, influence, priors: record, text, and one page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...domain import BANNER
from ...synthesis.fit import Fit
from ...synthesis.learned import learned
from ..frame.document import Picture, Section, Table, Verbatim, as_text
from ..frame.numbers import decimals, percent, tenths
from ..frame.page import page
from ..frame.svg import Svg
from ..frame.words import STALE
from .figures import (
    CoverageRow,
    InfluenceRow,
    coverage_figure,
    influence_figure,
    prior_posterior_figure,
)

Record = dict[str, Any]
_ALL = "(all studies)"


def check_record(fit: Fit, stale: bool) -> Record:
    """The checks and their tables as plain values."""
    keys = (
        "analysis",
        "checks",
        "weights",
        "lpd",
        "diagnostics",
        "predictive",
        "influence",
        "sensitivity",
        "posterior_predictive_p",
        "prior_sensitivity",
        "contraction",
        "studies",
        "studies_out",
        "evidence_digest",
        "versions",
        "settings",
    )
    return {"schema": "check/1", "banner": BANNER, "stale": stale, **{k: fit.meta[k] for k in keys}}


def check_text(fit: Fit, stale: bool) -> str:
    """Diagnostics, weights, held-out predictions, influence, prior against posterior."""
    tables = (_checks, _weights, _held_out, _influence, _sensitivity, _prior_power, _taught)
    lines = [BANNER, *([STALE] if stale else []), "", f"Analysis: {fit.meta['analysis']}"]
    return as_text(*lines, *(block for table in tables for block in (table(fit.meta), "")))


def _checks(meta: Mapping[str, Any]) -> Table:
    rows = [
        [("ok   " if c["ok"] else "FAIL " if c["blocking"] else "note ") + c["name"], c["says"]]
        for c in meta["checks"]
    ]
    return Table("", ["check", "says"], rows)


def _weights(meta: Mapping[str, Any]) -> Table:
    kinds, weights = ("used", "stacking_optimum", "pseudo_bma", "prior"), meta["weights"]
    rows = [[name, *(decimals(weights[kind][name]) for kind in kinds)] for name in weights["used"]]
    return Table("Weights of the curves", ["curve", "used", "optimum", "pseudo-BMA", "prior"], rows)


def _held_out(meta: Mapping[str, Any]) -> Table:
    caption = (
        "Every study predicted from the others (held-out contrasts inside their interval; posterior"
        " predictive p)"
    )
    by_study: dict[str, list[Record]] = {}
    for contrast in meta["predictive"]["rows"]:
        by_study.setdefault(contrast["study"], []).append(contrast)
    rows = [
        [
            study,
            str(len(own)),
            *(percent(float(np.mean([c[inside] for c in own]))) for inside in ("in80", "in95")),
            decimals(meta["posterior_predictive_p"][study]),
        ]
        for study, own in by_study.items()
    ]
    return Table(caption, ["study", "contrasts", "in 80 %", "in 95 %", "p"], rows)


def _influence(meta: Mapping[str, Any]) -> Table:
    caption = (
        "Leave one study out: effect of 50 million at month 12 [points], and P(100 million does more than,"
        " the same as, less than 25 million)"
    )
    rows = [[r["without"] or _ALL, *_answers(r)] for r in meta["influence"]]
    return Table(caption, ["without", "effect", "95 %", "more", "same", "less"], rows)


def _sensitivity(meta: Mapping[str, Any]) -> Table:
    caption = "The same with other choices of evidence (Pareto-k above 0.7: read with care)"
    rows = [[r["analysis"], *_answers(r), decimals(r["pareto_k"])] for r in meta["sensitivity"]]
    return Table(caption, ["analysis", "effect", "95 %", "more", "same", "less", "k"], rows)


def _answers(row: Mapping[str, Any]) -> list[str]:
    """The effect with its interval, and whether more is better."""
    band = f"{tenths(row['typical_low'])} to {tenths(row['typical_high'])}"
    return [tenths(row["effect_typical"]), band, *(percent(row[k]) for k in ("more", "same", "less"))]


def _prior_power(meta: Mapping[str, Any]) -> Table:
    rows = [
        [f"{r['alpha']:g}", tenths(r["effect_typical"]), percent(r["more"]), percent(r["less"])]
        for r in meta["prior_sensitivity"]
    ]
    return Table("Priors made weaker (0.8) and stronger (1.25)", ["power", "effect", "more", "less"], rows)


def _taught(meta: Mapping[str, Any]) -> Table:
    rows = [
        [c["parameter"], decimals(c["contraction"]), "the trials do not tell" * (c["contraction"] < 0.1)]
        for c in meta["contraction"]
    ]
    return Table("What the trials taught (1 − posterior/prior variance)", ["parameter", "learned", ""], rows)


def check_html(fit: Fit, stale: bool, compared: str, overlaid: Svg) -> str:
    """One page: the checks as text, with the pictures of priors, influence, held-out predictions and, given
    as text and picture, the frequentist cross-check."""
    everything, *without = fit.meta["influence"]
    influence = influence_figure(
        [_without(row) for row in without],
        overall=everything["effect_typical"],
        statistic="Effect of 50 million cells at month 12",
    )
    coverage = coverage_figure([_covered(row) for row in fit.meta["predictive"]["rows"]])
    pictures = {
        "Priors and posteriors": prior_posterior_figure(learned(fit)),
        "Influence": influence,
        "Held-out predictions": coverage,
        "Frequentist curves over the Bayesian one": overlaid,
    }
    parts = [Section(heading, [Picture(svg=svg)]) for heading, svg in pictures.items()]
    told = Section("Checks", [Verbatim(check_text(fit, stale) + compared)])
    return page("Is the fit fit for use?", [*parts, told], stale=stale)


def _covered(row: Mapping[str, Any]) -> CoverageRow:
    arm, _, month = row["label"].rpartition(" month ")
    return CoverageRow(row["study"], arm, float(month), row["observed"], row["q025"], row["q975"])


def _without(row: Mapping[str, Any]) -> InfluenceRow:
    return InfluenceRow(row["without"], row["effect_typical"], row["typical_low"], row["typical_high"])
