"""The population's dose-response: record, text, and one page with its picture."""

from __future__ import annotations

from typing import Any

from ...curves import curves
from ...domain import BANNER
from ...synthesis.fit import Fit
from ...synthesis.population import DoseResponse
from ..frame.document import Block, Picture, Section, Table, Verbatim, as_text
from ..frame.numbers import percent, tenths
from ..frame.page import page
from ..frame.words import STALE
from .figures import CurvePoint, curve_figure

Record = dict[str, Any]
_SHOWN = (0, 1, 5, 10, 25, 50, 75, 100, 150)  # doses of the text [million]
_SURE = 0.9  # below it the trials do not tell two doses apart


def curve_record(found: DoseResponse, fit: Fit, stale: bool) -> Record:
    """Everything the curve shows, as plain values."""
    q = dict(zip(("q025", "q10", "q25", "q50", "q75", "q90", "q975"), found.quantiles.tolist(), strict=True))
    return {
        "schema": "curve/1",
        "banner": BANNER,
        "domain": found.domain,
        "month": found.month,
        "mcid": found.mcid,
        "stale": stale,
        "doses": [
            {
                "dose": float(d),
                "mean": float(found.mean[k]),
                "p_positive": float(found.p_positive[k]),
                **{n: v[k] for n, v in q.items()},
            }
            for k, d in enumerate(found.doses)
        ],
        "curves": {
            n: {"weight": w, "mean": line.tolist(), "says": curves()[n].says}
            for n, (w, line) in found.curves.items()
        },
        "points": list(found.points),
        "answers": [{"more": a, "less": b, **p} for a, b, p in found.answers],
        "evidence_digest": fit.meta["evidence_digest"],
    }


def answer_sentences(found: DoseResponse) -> list[str]:
    """Is more better? One sentence a pair of doses."""
    said = []
    for more, less, p in found.answers:
        favoured = "higher" if p["more"] > p["less"] else "lower"
        told_apart = max(p["more"], p["less"]) >= _SURE
        verdict = (
            f"the trials favour the {favoured} dose" if told_apart else "the trials do not tell them apart"
        )
        said.append(
            f"{more:g} against {less:g} million: {percent(p['more'])} more benefit, {percent(p['same'])} the"
            f" same, {percent(p['less'])} less; {percent(p['mcid'])} for a difference of {found.mcid:g}"
            f" points or more: {verdict}."
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


def _by_weight(item: tuple[str, tuple[float, Any]]) -> float:
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
    points = [
        CurvePoint(f"{p['study']} {p['label']}", p["dose"], p["effect"], p["se"], p["origin"])
        for p in found.points
    ]
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
