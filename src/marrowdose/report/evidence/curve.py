"""The population's dose-response: record, text, and one page with its picture."""

from __future__ import annotations

import numpy as np

from ...curves import curves
from ...domain import BANNER
from ...synthesis.fit import Fit
from ...synthesis.population import DoseComparison, DoseResponse
from ...units import Array
from ...wording import percent
from ..frame.document import Block, Picture, Section, Table, Verbatim, as_text
from ..frame.numbers import tenths
from ..frame.page import page
from ..frame.words import STALE
from .figures import CurvePoint, curve_figure
from .record import Answer, CurveDose, CurveRecord

_SHOWN = (0, 1, 5, 10, 25, 50, 75, 100, 150)  # doses of the text [million]
_SURE = 0.9  # below it the trials do not tell two doses apart


def curve_record(found: DoseResponse, fit: Fit, stale: bool) -> CurveRecord:
    """Everything the curve shows, as plain values."""
    columns = (found.doses, found.mean, found.p_positive, *found.quantiles)
    doses: list[CurveDose] = [
        {
            "dose": dose,
            "mean": mean,
            "p_positive": p,
            "q025": q025,
            "q10": q10,
            "q25": q25,
            "q50": q50,
            "q75": q75,
            "q90": q90,
            "q975": q975,
        }
        for dose, mean, p, q025, q10, q25, q50, q75, q90, q975 in np.stack(columns, axis=1).tolist()
    ]
    return {
        "schema": "curve/1",
        "banner": BANNER,
        "domain": found.domain,
        "month": found.month,
        "mcid": found.mcid,
        "stale": stale,
        "doses": doses,
        "curves": {
            n: {"weight": w, "mean": line.tolist(), "says": curves()[n].says}
            for n, (w, line) in found.curves.items()
        },
        "points": found.points,
        "answers": [_answer(a) for a in found.answers],
        "evidence_digest": fit.record.evidence_digest,
    }


def _answer(asked: DoseComparison) -> Answer:
    found = asked.found
    return {
        "higher": asked.higher,
        "lower": asked.lower,
        "more": found.more,
        "same": found.same,
        "less": found.less,
        "mcid": found.mcid,
        "effect_more": found.effect_more,
        "effect_less": found.effect_less,
        "effect_typical": found.effect_typical,
        "p_effect_less": found.p_effect_less,
    }


def answer_sentences(found: DoseResponse) -> list[str]:
    """Is more better? One sentence a pair of doses."""
    said = []
    for answer in found.answers:
        p = answer.found
        favoured = "higher" if p.more > p.less else "lower"
        told_apart = max(p.more, p.less) >= _SURE
        verdict = f"favour the {favoured} dose" if told_apart else "do not tell them apart"
        said.append(
            f"{answer.higher:g} against {answer.lower:g} million: {percent(p.more)} more benefit,"
            f" {percent(p.same)} the same, {percent(p.less)} less; {percent(p.mcid)} for a difference of"
            f" {found.mcid:g} points or more: the trials {verdict}."
        )
    return said


def curve_text(found: DoseResponse, fit: Fit, stale: bool) -> str:
    """The table of doses, the curves and their weights, and the answers."""
    low, high = fit.dose_range
    lines: list[Block] = [BANNER, *([STALE] if stale else []), ""]
    lines += [_by_dose(found), ""]
    lines.append(
        f"Randomised figures exist from {low:g} to {high:g} million cells; the rest is extrapolated."
    )
    lines += ["", "Curves and their weights (stacking of leave-one-study-out predictions)"]
    for name, (weight, _) in sorted(found.curves.items(), key=_by_weight):
        lines.append(f"  {name:<10} {percent(weight):>5}  {curves()[name].says}")
    return as_text(*lines, "", "Is more better?", *(f"  {s}" for s in answer_sentences(found)))


def _by_weight(item: tuple[str, tuple[float, Array]]) -> float:
    return -item[1][0]


def _by_dose(found: DoseResponse) -> Table:
    caption = (
        f"Mean effect of cells over placebo on {found.domain} at month {found.month:g} (points of 100;"
        " positive is better)"
    )
    rows = [
        [
            f"{dose:g}",
            tenths(found.mean[k]),
            f"{tenths(found.quantiles[1, k])} to {tenths(found.quantiles[5, k])}",
            f"{tenths(found.quantiles[0, k])} to {tenths(found.quantiles[6, k])}",
            percent(float(found.p_positive[k])),
        ]
        for k, dose in enumerate(found.doses)
        if dose in _SHOWN
    ]
    return Table(caption, ["million cells", "mean", "80 % band", "95 % band", "P(> 0)"], rows)


def curve_html(found: DoseResponse, fit: Fit, stale: bool) -> str:
    """One page: the picture, the answers, the table."""
    points = [CurvePoint(f"{p.study} {p.label}", p.dose, p.effect, p.se, p.origin) for p in found.points]
    keep = found.doses > 0
    drawn = curve_figure(
        found.doses[keep].tolist(),
        [row[keep].tolist() for row in found.quantiles],
        {n: (w, line[keep].tolist()) for n, (w, line) in found.curves.items()},
        points,
    )
    return page(
        f"Dose and effect on {found.domain} at month {found.month:g}",
        [
            Section("", [Picture(svg=drawn)]),
            Section("Is more better?", answer_sentences(found)),
            Section("Numbers", [Verbatim(curve_text(found, fit, stale))]),
        ],
        stale=stale,
    )
