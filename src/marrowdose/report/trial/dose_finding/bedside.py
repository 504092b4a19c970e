"""A sheet for the wall of the ward: the next dose, why, the decision table, what would end the trial. A4,
black on white.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ....trial.dose_finding.design import Design
from ....trial.dose_finding.history import Next
from ...frame.document import Grid, Points, html_of
from ...frame.page import page
from .figures import decision_figure
from .pages import letters
from .text import SCORES, next_head, rule_sentences, sheets, stop_sentences, table_rows


def bedside_page(design: Design, found: Next, entered: int, then: Sequence[str] = ()) -> str:
    """The sheet after ``entered`` patients. It is void once the next patient is treated or assessed, and says
    so.

    ``then``: what follows, where the design is the first part of a trial.
    """
    word = "patient" if entered == 1 else "patients"
    now = f"<p class='next'>{escape(next_head(design, found))}</p>{html_of(Points(found.reasons))}"
    void = (
        f"After {entered} of at most {design.patients} {word if design.patients == 1 else 'patients'}. This"
        " sheet is void as soon as another patient is treated or another outcome is known."
    )
    parts = [("Next patient", f"{now}<p>{escape(void)}</p>{_SIGN}"), *_tables(design)]
    parts.append(("What would end the trial", html_of(Points(stop_sentences(design)))))
    rules = rule_sentences(design)
    parts.append(
        (
            "Rules of the dose",
            html_of(Points(rules["Dose"] + rules.get("Limits", []) + rules.get("Pauses", []))),
        )
    )
    if then:
        parts.append(("Part two", html_of(Points(then))))
    return page(design.name, parts, stale=False)


_SIGN = (
    "<p>The board may give a lower dose or end the trial, and records why. Never a higher dose than stated"
    " here.</p><table class='sign'><thead><tr>"
    + "".join(f"<th scope='col'>{name}</th>" for name in ("name", "date and hour", "dose given", "signature"))
    + "</tr></thead><tbody><tr><td></td><td></td><td></td><td></td></tr></tbody></table>"
)


def _tables(design: Design) -> list[tuple[str, str]]:
    """The decision table as letters where counts alone decide, else as numbers, and the further tables."""
    sizes, decisions = letters(design)
    body = decision_figure(sizes, decisions) if sizes else ""
    if not sizes and (rows := table_rows(design)):
        body += _small(Grid("Patients with a dose-limiting toxicity at the current dose", rows))
    scores = "".join(_small(Grid(title[0], rows)) for title, *rows in sheets(design))
    if scores:
        body += scores + html_of(SCORES)
    return (
        [("Decision table", body)]
        if body
        else [
            (
                "Decision table",
                html_of("Decisions depend on the data of all doses: ask the program, no table can tell."),
            )
        ]
    )


def _small(grid: Grid) -> str:
    return f"<div class='small'>{html_of(grid)}</div>"
