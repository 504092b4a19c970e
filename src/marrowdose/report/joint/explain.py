"""Renderings of ``joint explain``: what drives the answers, what trials can learn, which statements hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill as wrapped

import numpy as np

from ...domain import BANNER
from ...joint.information import PRIOR_SD, Learned
from ...joint.labels import BANDS, LABELS, PURPOSE, statement
from ...joint.parameters import parameters
from ...joint.sensitivity import Indices
from ...joint.statements import FEWEST, MOST, Statement
from ...joint.targets import Target
from ...wording import capital, percent
from ..frame.document import Block, PageBlock, Paragraph, Picture, Section, Simple, Table, as_text
from ..frame.numbers import banded, decimals, plus_minus, significant
from ..frame.page import page
from .figures import drivers_figure
from .record import JointExplainRecord
from .run import claims, claims_part, mark

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
        return significant(middle) if low is None or high is None else banded(middle, low, high)

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
    return plus_minus(max(value, 0.0), half)


def _learned_table(learned: Learned, caption: str) -> Table:
    head = ["parameter", *(f"n = {n} an arm" for n in learned.design.n), "reading"]
    rows = [
        [f"{parameters()[s].name} ({s})", *map(decimals, row), _reading(float(row[-1]))]
        for s, row in zip(learned.symbols, learned.posterior_sd, strict=True)
    ]
    return Table(caption, head, rows, words=[len(head) - 1])


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
    return "; ".join(f"{name} = {significant(value)}" for name, value in said.numbers.items())


def _fill(words: str, indent: str = "") -> str:
    kept = words.replace(" %", "\u00a0%")  # a number stays with its sign
    return wrapped(kept, 96, initial_indent=indent, subsequent_indent=indent)


def explain_text(found: Explained) -> str:
    """Four parts: drivers, what a trial can learn, statements, measurements."""
    lines: list[Block] = [BANNER, f"Tier 1. {LABELS[1].capitalize()}.", PURPOSE, ""]
    lines += ["What drives the answers (share of the variance, ± 95 %)", ""]
    for d in found.drivers:
        said = f"{d.answer}: {significant(d.mean)} {d.unit}, SD {significant(d.sd, 2)}"
        lines += [said, "", Table("", ["parameter", "alone", "in total", "kind"], _driver_rows(d)), ""]
    learned = _learned_table(found.learned, "")
    lines += ["What a trial can learn", "", _fill(_design_words(found.learned)), "", learned, ""]
    lines += ["Statements, held against runs of the model", "", _fill(_RULE), ""]
    for s in found.statements:
        lines += [f"“{s.says}”  {s.verdict.upper()}", *(_fill(t, "  ") for t in _judged(s)), ""]
    held = Table("", [h.lower() for h in _HELD_HEAD[:4]], [row[:4] for row in _held_rows(found.targets)])
    lines += ["Held against measurements", "", _fill(_HELD), "", held, ""]
    return as_text(*lines, *claims(1))


def _driver_rows(found: Indices) -> list[list[str]]:
    return [
        [
            f"{parameters()[found.symbols[k]].name} ({found.symbols[k]})",
            _pm(float(found.first[k]), found.first_half[k]),
            _pm(float(found.total[k]), found.total_half[k]),
            parameters()[found.symbols[k]].kind,
        ]
        for k in _order(found)
    ]


def _judged(said: Statement) -> tuple[str, str, str]:
    """How a statement was asked, what was computed, why it is judged so."""
    return (
        f"Asked: {said.rule}. Draws that agree: {percent(said.share)}.",
        f"Computed: {_numbers(said)}.",
        f"{said.reason} Source: {said.source}.",
    )


def explain_html(found: Explained) -> str:
    """One page: claims, statements, measurements, drivers as pictures, what a trial can learn."""
    held = Table("The measurements and the model", _HELD_HEAD, _held_rows(found.targets), words=range(1, 5))
    learned = _learned_table(found.learned, "The doubt that a trial leaves, by its size")
    drivers = [_drivers(d, f"drivers-{i}") for i, d in enumerate(found.drivers)]
    parts: list[Section[PageBlock]] = [
        claims_part(1),
        Section("Statements, held against runs of the model", [_RULE, *map(_statement, found.statements)]),
        Section("Held against measurements", [_HELD, held]),
        Section("What drives the answers", drivers),
        Section("What a trial can learn", [_design_words(found.learned), learned]),
    ]
    return page("What the knee model can and cannot support (explanation)", parts)


def _statement(said: Statement) -> Section[Simple]:
    asked, computed, _ = _judged(said)
    why = Paragraph(words=said.reason, source=said.source, url=said.url)
    return Section(f"“{said.says}” {said.verdict.capitalize()}.", [f"{asked} {computed}", why])


def _drivers(found: Indices, uid: str) -> Picture:
    shown = _order(found)
    drawn = drivers_figure(
        capital(found.answer),
        [parameters()[found.symbols[k]].name for k in shown],
        found.first[shown],
        found.total[shown],
        found.total_half[shown],
        mark(1),
        width=760,
        uid=uid,
    )
    return Picture(svg=drawn)
