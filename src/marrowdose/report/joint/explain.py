"""Renderings of ``joint explain``: what drives the answers, what trials can learn, which statements hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import fill as wrapped

import numpy as np

from ...domain import BANNER
from ...joint.information import PRIOR_SD, Learned
from ...joint.labels import BANDS, LABELS, PURPOSE, statement
from ...joint.parameters import parameters
from ...joint.sensitivity import Indices
from ...joint.statements import FEWEST, MOST, Statement
from ...joint.targets import Target
from ..frame.numbers import percent
from ..frame.page import page
from ..frame.text import table
from .figures import drivers_figure
from .record import JointExplainRecord
from .run import claims, claims_html, html_table, mark

_TOP = 8  # parameters of a table of drivers
_RULE = (
    f"Supported: at least {MOST:.0%} of the draws agree; not supported: at most {FEWEST:.0%}; undecided"
    " between. Built in: the equations force it, so the model is no evidence for it. Cannot be asked: the"
    " model has no term for it. That the mechanism tells a dose is either supported or not."
).replace("%", " %")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What ``joint explain`` found: four answers, and the seed and number of draws behind them."""

    drivers: tuple[Indices, ...]
    learned: Learned
    statements: tuple[Statement, ...]
    targets: tuple[Target, ...]
    seed: int
    draws: int


def explain_record(found: Explained) -> JointExplainRecord:
    """Everything that is shown, as plain values."""
    learned = found.learned
    return {
        "schema": "joint-explain/1",
        "banner": BANNER,
        "tier": 1,
        **statement(1),
        "bands": BANDS,
        "seed": found.seed,
        "draws": found.draws,
        "drivers": [
            {
                "answer": d.answer,
                "unit": d.unit,
                "mean": d.mean,
                "sd": d.sd,
                "parameters": [
                    {
                        "symbol": s,
                        "row": parameters()[s].row,
                        "kind": parameters()[s].kind,
                        "first": float(d.first[k]),
                        "first_half_width": float(d.first_half[k]),
                        "total": float(d.total[k]),
                        "total_half_width": float(d.total_half[k]),
                    }
                    for k, s in enumerate(d.symbols)
                ],
            }
            for d in found.drivers
        ],
        "learned": {
            "doses": list(learned.design.doses),
            "n": list(learned.design.n),
            "months": list(learned.design.months),
            "residual_sd": learned.design.sd,
            "residual_sd_kind": "assumed",
            "prior_sd_of_log": PRIOR_SD,
            "posterior_sd_of_log": dict(zip(learned.symbols, learned.posterior_sd.tolist(), strict=True)),
        },
        "rule": _RULE,
        "statements": list(found.statements),
        "held_against": list(found.targets),
    }


_HELD = (
    "The model agrees where the 95 % band of its draws overlaps the measured interval, or holds the figure"
    " where no interval was printed. Its parameters are not fitted to these figures, but some ranges were set"
    " with them in view."
)
_HELD_HEAD = ("Measured", "Figure", "Model (95 % band)", "Agrees", "Source")


def _held_rows(targets: Sequence[Target]) -> list[list[str]]:
    def told(middle: float, low: float | None, high: float | None) -> str:
        ends = "" if low is None or high is None else f" ({low:.3g} to {high:.3g})"
        return f"{middle:.3g}{ends}".replace("-", "−")

    return [
        [
            t.name,
            f"{told(t.measured, t.low, t.high)} {t.unit}",
            told(t.model, t.model_low, t.model_high),
            "yes" if t.agrees else "no",
            f"{t.source}; {t.row}",
        ]
        for t in targets
    ]


def _order(found: Indices) -> list[int]:
    return [int(k) for k in np.argsort(-found.total)[:_TOP]]


def _pm(value: float, half: float) -> str:
    return f"{max(value, 0.0):.2f} ± {half:.2f}"


def _learned_rows(learned: Learned) -> list[list[str]]:
    return [
        [f"{parameters()[s].name} ({s})", *(f"{v:.2f}" for v in row), _reading(float(row[-1]))]
        for s, row in zip(learned.symbols, learned.posterior_sd, strict=True)
    ]


def _reading(sd: float) -> str:
    """In words, for the largest size: how much of the prior's variance is gone."""
    gone = 1 - sd**2 / PRIOR_SD**2
    return (
        "learned"
        if gone > 0.9
        else "partly learned"
        if gone > 0.5
        else "mostly prior"
        if gone > 0.1
        else "prior"
    )


def _design_words(learned: Learned) -> str:
    d = learned.design
    doses, months = (", ".join(f"{v:g}" for v in values) for values in (d.doses, d.months))
    return (
        f"{len(d.doses)} arms (doses {doses} million), pain at months {months}; residual SD {d.sd:g} points"
        f" (assumed). Shown: SD of the log of a parameter after the trial; before it {PRIOR_SD:g}."
    )


def _numbers(said: Statement) -> str:
    return "; ".join(f"{name} = {value:.3g}".replace("-", "−") for name, value in said.numbers.items())


def _fill(words: str, indent: str = "") -> str:
    kept = words.replace(" %", "\u00a0%")  # a number stays with its sign
    return wrapped(kept, 96, initial_indent=indent, subsequent_indent=indent)


def explain_text(found: Explained) -> str:
    """Four parts: drivers, what a trial can learn, statements, measurements."""
    learned = found.learned
    lines = [
        BANNER,
        f"Tier 1. {LABELS[1].capitalize()}.",
        PURPOSE,
        "",
        "What drives the answers (share of the variance, ± 95 %)",
        "",
    ]
    for d in found.drivers:
        lines += [f"{d.answer}: {d.mean:.3g} {d.unit}, SD {d.sd:.2g}", ""]
        rows = [
            [
                f"{parameters()[d.symbols[k]].name} ({d.symbols[k]})",
                _pm(float(d.first[k]), d.first_half[k]),
                _pm(float(d.total[k]), d.total_half[k]),
                parameters()[d.symbols[k]].kind,
            ]
            for k in _order(d)
        ]
        lines.append(table(["parameter", "alone", "in total", "kind"], rows))
    lines += ["What a trial can learn", "", _fill(_design_words(learned)), ""]
    lines.append(
        table(["parameter", *(f"n = {n}" for n in learned.design.n), "reading"], _learned_rows(learned))
    )
    lines += ["Statements, held against runs of the model", "", _fill(_RULE), ""]
    for s in found.statements:
        lines += [
            f"“{s.says}”  {s.verdict.upper()}",
            *(
                _fill(t, "  ")
                for t in (
                    f"Asked: {s.rule}. Draws that agree: {percent(s.share)}.",
                    f"Computed: {_numbers(s)}.",
                    f"{s.reason} Source: {s.source}.",
                )
            ),
            "",
        ]
    lines += ["Held against measurements", "", _fill(_HELD), ""]
    lines.append(table([h.lower() for h in _HELD_HEAD[:4]], [row[:4] for row in _held_rows(found.targets)]))
    lines += claims(1)
    return "\n".join(lines) + "\n"


def explain_html(found: Explained) -> str:
    """One page: claims, statements, measurements, drivers as pictures, what a trial can learn."""
    learned = found.learned
    figures = "".join(
        "<figure>"
        + drivers_figure(
            f"{d.answer[:1].upper()}{d.answer[1:]}",
            [parameters()[d.symbols[k]].name for k in _order(d)],
            d.first[_order(d)],
            d.total[_order(d)],
            d.total_half[_order(d)],
            mark(1),
            width=760,
            uid=f"drivers-{i}",
        )
        + "</figure>"
        for i, d in enumerate(found.drivers)
    )
    judged = "".join(
        f"<article><h3>“{escape(s.says)}” {escape(s.verdict.capitalize())}.</h3><p>Asked: {escape(s.rule)}."
        f" Draws that agree: {percent(s.share)}. Computed:"
        f" {escape(_numbers(s))}.</p><p>{escape(s.reason)}{_cited(s)}</p></article>"
        for s in found.statements
    )
    head = ["Parameter", *(f"n = {n} an arm" for n in learned.design.n), "Reading"]
    parts = [
        ("", claims_html(1)),
        ("Statements, held against runs of the model", f"<p>{escape(_RULE)}</p>{judged}"),
        (
            "Held against measurements",
            f"<p>{escape(_HELD)}</p>{html_table('measurements', _HELD_HEAD, _held_rows(found.targets))}",
        ),
        ("What drives the answers", figures),
        (
            "What a trial can learn",
            (
                f"<p>{escape(_design_words(learned))}</p>"
                f"{html_table('what a trial can learn', head, _learned_rows(learned))}"
            ),
        ),
    ]
    return page("What the knee model can and cannot support (explanation)", parts, stale=False)


def _cited(said: Statement) -> str:
    source = f'<a href="{escape(said.url)}">{escape(said.source)}</a>' if said.url else escape(said.source)
    return f" Source: {source}."
