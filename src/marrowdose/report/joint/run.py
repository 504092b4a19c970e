"""Renderings of one knee: text, a plain record for JSON, one HTML page. Every one says what it may claim."""

from __future__ import annotations

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
from ...wording import capital, dose_text, number
from ..frame.document import (
    Beside,
    Block,
    PageBlock,
    Paragraph,
    Picture,
    Points,
    Section,
    Table,
    Verbatim,
    as_text,
)
from ..frame.numbers import decimals, four_digits
from ..frame.page import page
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


def _in_unit(value: float, unit: str) -> str:
    """Points and percentages as everywhere; cells and ratios to two decimals."""
    return number(value) if unit[0] in "p%" else decimals(value, 2 if abs(value) < 9.995 else 0)


def _signed(value: float, unit: str) -> str:
    size = _in_unit(abs(value), unit)
    return ("−" if value < 0 else "+") + size if size.strip("0.") else size


def run_text(found: KneeOutlook) -> str:
    """One block a quantity: without cells, with them, the difference and its 95 % band, by month."""
    at = [k for k, m in enumerate(found.months.tolist()) if m in SHOWN or m == found.months[-1]]
    again = f", again at month {', '.join(f'{r:g}' for r in found.repeats)}" if found.repeats else ""
    lines: list[Block] = [
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
                *(_in_unit(v, s.unit) for v in s.centre[:, k]),
                _signed(s.difference[3, k], s.unit),
                _range(s, k),
            ]
            for k in at
        ]
        head = ["month", "no cells", "cells", "difference", "95 % band"]
        lines += [f"{s.title} [{s.unit}]", Table(f"({s.kind})", head, rows), ""]
    lines += [f"No cells, cells: central values. Difference: median of {found.draws} draws. {BANDS}"]
    lines += [f"Note: {n}." for n in (*found.knee.notes, *found.short_of)]
    lines += [f"Not known: {n}." for n in found.knee.not_known]
    lines += [f"Draw {k} failed: {why}." for k, why in found.failed]
    return as_text(*lines, *claims(found.tier))


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


def claims_part(tier: Tier) -> Section[PageBlock]:
    """The label, the purpose, and what is and is not credible: stands on top of every page of the model."""
    lists = ((CREDIBLE_HEAD[tier], CREDIBLE[tier]), ("Not credible", NOT_CREDIBLE[tier]))
    return Section(
        "",
        [
            Paragraph(lead=f"{LABELS[tier].capitalize()}.", words=PURPOSE),
            Beside([Section(head, [Points(said)]) for head, said in lists]),
            OVERDOSE[tier],
        ],
    )


def run_html(found: KneeOutlook) -> str:
    """The page: claims, the course of each quantity, the map, the parameters with their sources."""
    label, dose = mark(found.tier), f"{dose_text(found.dose)} million cells"
    notes = [f"{capital(n)}." for n in (*found.knee.notes, *found.short_of)]
    unknown = [f"Not known: {n}." for n in found.knee.not_known]
    courses = [
        Picture(svg=course_figure(s, found.months, label, dose, uid=f"course-{s.name}")) for s in found.series
    ]
    parts: list[Section[PageBlock]] = [
        claims_part(found.tier),
        Section("What the model says", [_at_a_year(found), BANDS, *notes, *unknown]),
        Section("The course in this knee", [LINES, Beside(courses)]),
        Section("Dose by time", [Picture(svg=map_figure(found.map_doses, found.months, found.map, label))]),
        Section("Numbers", [Verbatim(run_text(found))]),
        Section("Parameters", [_parameters(found)]),
    ]
    return page(f"How {dose} may act in a knee ({LABELS[found.tier].partition(':')[0]})", parts)


def _at_a_year(found: KneeOutlook) -> str:
    """The difference in pain at the month nearest to 12."""
    pain, k = found.of("pain"), int(np.argmin(np.abs(found.months - 12)))
    return (
        f"At month {found.months[k]:g} the difference in pain between the cells and the same knee without"
        f" them is {_signed(pain.difference[3, k], pain.unit)} points (95 % band {_range(pain, k)}); below 0"
        " is relief."
    )


def _parameters(found: KneeOutlook) -> Table:
    head = ("Parameter", "Value", "Range", "Unit", "Kind", "Held", "Source")
    rows = [
        (
            f"{r['name']} ({r['symbol']})",
            four_digits(r["value"]),
            f"{four_digits(r['low'])} to {four_digits(r['high'])}",
            r["unit"],
            r["kind"],
            r["held"] or "",
            f"{r['source']}; {r['row']}",
        )
        for r in knee_record(found)
    ]
    return Table("What the model was run with", head, rows, words=range(1, len(head)))
