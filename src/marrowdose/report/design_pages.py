"""One page a simulation or a comparison of dose-finding designs: pictures, numbers, rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..trial.characteristics import Characteristics, Estimate
from ..trial.rules import Design, decision_table
from ..trial.truth import Truth
from .designs import characteristics_text, comparison_text, rule_sentences
from .figures.designs import choice_figure, decision_figure
from .population import page


def run_html(design: Design, truth: Truth, found: Characteristics) -> str:
    """Choice and allocation over the truth, the decision table, the characteristics and the rules."""
    parts = [
        (design.name, picture_of(design, truth, found)),
        ("Characteristics", _pre(characteristics_text(design, truth, found))),
        *_table_part(design),
        ("Rules", _rules(design)),
    ]
    return page(f"Dose-finding design: {design.name}", parts, stale=False)


def compare_html(designs: Sequence[Design], truths: Sequence[Truth], found: Sequence[Characteristics], record: Mapping[str, Any]) -> str:  # fmt: skip
    """Every design's picture, the paired differences, the rules of each."""
    rows = list(zip(designs, truths, found, strict=True))
    parts = [(d.name, picture_of(d, t, c, uid=f"choice-{k}")) for k, (d, t, c) in enumerate(rows)]
    parts.append(("Side by side, over the same virtual patients", _pre(comparison_text(record))))
    parts += [(f"Rules of {d.name}", _rules(d)) for d in designs]
    return page("Dose-finding designs compared", parts, stale=False)


def picture_of(design: Design, truth: Truth, found: Characteristics, *, uid: str = "choice") -> str:
    """Chosen doses and shares of patients over the assumed truth."""
    total = found.total_patients.value or 1.0

    def pair(e: Estimate, scale: float = 1.0) -> tuple[float, float]:
        return e.value / scale, e.se / scale

    return choice_figure(
        [*(f"{d:g} M" for d in design.doses), "none"],
        [*map(pair, found.chosen), pair(found.none)],
        [*(pair(e, total) for e in found.patients), None],
        [*truth.toxicity, None],
        [*(truth.efficacy or [None] * len(design.doses)), None],
        uid=uid,
    )


def letters(design: Design) -> tuple[list[int], list[str]]:
    """Patients at the ends of cohorts, and a letter for every number of toxicities; empty without a table."""
    table = decision_table(design)
    if "escalate if at most" not in table:
        return [], []
    sizes = list(range(design.cohort, design.patients + 1, design.cohort))

    def letter(n: int, y: int) -> str:
        for heading, sign in (("end if at least", "■"), ("eliminate if at least", "X"), ("de-escalate if at least", "D")):  # fmt: skip
            bound = table[heading][n - 1] if heading in table else None
            if bound is not None and y >= bound:
                return sign
        most = table["escalate if at most"][n - 1]
        return "E" if most is not None and y <= most else "S"

    return sizes, ["".join(letter(n, y) for y in range(n + 1)) for n in sizes]


def _table_part(design: Design) -> list[tuple[str, str]]:
    sizes, decisions = letters(design)
    return [("Decision table to print", decision_figure(sizes, decisions))] if sizes else []


def _rules(design: Design) -> str:
    groups = rule_sentences(design).items()
    return "".join(
        f"<h3>{escape(name)}</h3><ul>{''.join(f'<li>{escape(s)}</li>' for s in said)}</ul>"
        for name, said in groups
    )


def _pre(text: str) -> str:
    return f"<pre tabindex='0'>{escape(text)}</pre>"
