"""Renderings of one knee: text, a plain record for JSON, one HTML page. Every one says what it may claim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from ...domain import BANNER
from ...joint.labels import (
    BANDS,
    CREDIBLE,
    CREDIBLE_HEAD,
    LABELS,
    NOT_CREDIBLE,
    OVERDOSE,
    PURPOSE,
    Tier,
    statement,
)
from ...joint.outlook import KneeOutlook, Series
from ...units import Array
from ..frame.numbers import dose_text, number
from ..frame.page import page
from ..frame.text import table
from ..frame.words import capital
from .figures import course_figure, map_figure
from .record import CourseQuantiles, JointRunRecord, ParameterUsed, SeriesShown

SHOWN = (0, 1, 3, 6, 12, 24, 36, 48, 60, 84, 120)  # months of the text
LINES = (
    "Lines, and the map below: the model at the central value of every parameter. Bands, and the difference"
    " in the text: draws from the ranges. A line need not run in the middle of its band."
)


def mark(tier: Tier) -> str:
    """The first word of the label, for a picture: ``explanation`` or ``hypothesis``."""
    return f"{LABELS[tier].partition(':')[0]}, not the source of advice"


def knee_record(found: KneeOutlook) -> list[ParameterUsed]:
    """Each parameter with its value here, range, kind and the row that says where it is from."""
    centre, origin = found.central, found.knee.origin
    return [
        {
            "symbol": p.symbol,
            "name": p.name,
            "value": centre[p.symbol],
            "low": p.low,
            "high": p.high,
            "unit": p.unit,
            "kind": "measured" if origin.get(p.symbol, "").startswith("measured") else p.kind,
            "held": origin.get(p.symbol),
            "prior": p.prior,
            "row": p.row,
            "source": p.source,
            "url": p.url,
            "note": p.note,
        }
        for p in found.parameters.values()
    ]


def run_record(found: KneeOutlook) -> JointRunRecord:
    """Everything a run shows, as plain values."""
    return {
        "schema": "joint-run/1",
        "banner": BANNER,
        "tier": found.tier,
        **statement(found.tier),
        "bands": BANDS,
        "dose": found.dose,
        "repeats": list(found.repeats),
        "draws": found.draws,
        "seed": found.seed,
        "parameters": knee_record(found),
        "notes": [*found.knee.notes, *found.short_of],
        "not_known": list(found.knee.not_known),
        "months": found.months.tolist(),
        "series": {s.name: _series(s, LABELS[found.tier]) for s in found.series},
        "map": {
            "label": LABELS[found.tier],
            "doses": found.map_doses.tolist(),
            "months": found.months.tolist(),
            "pain_difference": found.map.tolist(),
        },
        "failed": [{"draw": k, "reason": why} for k, why in found.failed],
    }


def _series(s: Series, label: str) -> SeriesShown:
    no_cells, dose = s.centre.tolist()
    return {
        "label": label,
        "title": s.title,
        "unit": s.unit,
        "kind": s.kind,
        "centre": {"no_cells": no_cells, "dose": dose},
        "bands": {"no_cells": _quantiles(s.band[:, 0]), "dose": _quantiles(s.band[:, 1])},
        "difference": _quantiles(s.difference),
    }


def _quantiles(band: Array) -> CourseQuantiles:
    """A band (7, times) by the names of ``joint.outlook.QUANTILES``."""
    q025, q10, q25, q50, q75, q90, q975 = band.tolist()
    return {"q025": q025, "q10": q10, "q25": q25, "q50": q50, "q75": q75, "q90": q90, "q975": q975}


def _num(value: float, unit: str) -> str:
    """Points and percentages as everywhere; cells and ratios to two decimals."""
    if unit[0] in "p%":
        return number(value)
    return f"{round(value, 2) + 0.0:.{2 if abs(value) < 9.995 else 0}f}"  # −0.0 + 0.0 is 0.0


def _signed(value: float, unit: str) -> str:
    text = _num(abs(value), unit)
    return text if float(text) == 0 else ("−" if value < 0 else "+") + text


def run_text(found: KneeOutlook) -> str:
    """One block a quantity: without cells, with them, the difference and its 95 % band, by month."""
    at = [k for k, m in enumerate(found.months.tolist()) if m in SHOWN or m == found.months[-1]]
    again = f", again at month {', '.join(f'{r:g}' for r in found.repeats)}" if found.repeats else ""
    lines = [
        BANNER,
        f"Tier {found.tier}. {LABELS[found.tier].capitalize()}.",
        PURPOSE,
        "",
        f"{dose_text(found.dose)} million cells{again}, beside the same knee without cells",
        "",
    ]
    for s in found.series:
        rows = [
            [
                f"{found.months[k]:g}",
                *(_num(v, s.unit) for v in s.centre[:, k]),
                _signed(s.difference[3, k], s.unit),
                _range(s, k),
            ]
            for k in at
        ]
        head = ["month", "no cells", "cells", "difference", "95 % band"]
        lines += [f"{s.title} [{s.unit}]", f"({s.kind})", table(head, rows)]
    lines += [f"No cells, cells: central values. Difference: median of {found.draws} draws. {BANDS}"]
    lines += [f"Note: {n}." for n in (*found.knee.notes, *found.short_of)] + [
        f"Not known: {n}." for n in found.knee.not_known
    ]
    lines += [f"Draw {k} failed: {why}." for k, why in found.failed]
    lines += claims(found.tier)
    return "\n".join(lines) + "\n"


def _range(s: Series, k: int) -> str:
    low, high = (_signed(s.difference[q, k], s.unit) for q in (0, 6))
    return f"{low} to {high}" if low != high else low


def claims(tier: Tier) -> list[str]:
    """What is and is not credible of a tier, a line each."""
    return [
        f"{CREDIBLE_HEAD[tier]}: {'; '.join(CREDIBLE[tier])}.",
        f"Not credible: {'; '.join(NOT_CREDIBLE[tier])}.",
        OVERDOSE[tier],
    ]


def claims_html(tier: Tier) -> str:
    """The label, the purpose, and what is and is not credible: stands on top of every page of the model."""
    lists = "".join(
        f"<div><h3>{head}</h3><ul>{''.join(f'<li>{escape(c)}</li>' for c in said)}</ul></div>"
        for head, said in ((CREDIBLE_HEAD[tier], CREDIBLE[tier]), ("Not credible", NOT_CREDIBLE[tier]))
    )
    label = f"<p><b>{escape(LABELS[tier].capitalize())}.</b> {escape(PURPOSE)}</p>"
    return f'{label}<div class="two">{lists}</div><p>{escape(OVERDOSE[tier])}</p>'


def run_html(found: KneeOutlook) -> str:
    """The page: claims, the course of each quantity, the map, the parameters with their sources."""
    label, dose = mark(found.tier), f"{dose_text(found.dose)} million cells"
    drawn = [
        course_figure(
            s.title, s.unit, label, found.months, s.band[:, 1], s.centre, dose, uid=f"course-{s.name}"
        )
        for s in found.series
    ]
    pain = found.of("pain")
    at_month = int(np.argmin(np.abs(found.months - 12)))
    said = (
        f"At month {found.months[at_month]:g} the difference in pain between the cells and the same knee"
        f" without them is {_signed(pain.difference[3, at_month], pain.unit)} points (95 % band"
        f" {_range(pain, at_month)}); below 0 is relief."
    )
    head = ("Parameter", "Value", "Range", "Unit", "Kind", "Held", "Source")
    rows = [
        (
            f"{r['name']} ({r['symbol']})",
            f"{r['value']:.4g}",
            f"{r['low']:.4g} to {r['high']:.4g}",
            r["unit"],
            r["kind"],
            r["held"] or "",
            f"{r['source']}; {r['row']}",
        )
        for r in knee_record(found)
    ]
    notes = [f"{capital(n)}." for n in (*found.knee.notes, *found.short_of)] + [
        f"Not known: {n}." for n in found.knee.not_known
    ]
    parts = [
        ("", claims_html(found.tier)),
        (
            "What the model says",
            f"<p>{escape(said)}</p><p>{escape(BANDS)}</p>" + "".join(f"<p>{escape(n)}</p>" for n in notes),
        ),
        (
            "The course in this knee",
            f'<p>{escape(LINES)}</p><div class="two">{"".join(f"<figure>{f}</figure>" for f in drawn)}</div>',
        ),
        ("Dose by time", map_figure(found.map_doses, found.months, found.map, label)),
        ("Numbers", f"<pre tabindex='0'>{escape(run_text(found))}</pre>"),
        ("Parameters", html_table("Parameters", head, rows)),
    ]
    return page(f"How {dose} may act in a knee ({LABELS[found.tier].partition(':')[0]})", parts, stale=False)


def html_table(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that slides sideways on a narrow screen; the first column names the row."""
    top = "".join(f'<th scope="col">{escape(h)}</th>' for h in head)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(c)}</td>" for c in rest)}</tr>'
        for first, *rest in rows
    )
    return (
        f'<div class="scroll" role="region" aria-label="Table: {escape(name)}" tabindex="0"><table'
        f' class="rows"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )
