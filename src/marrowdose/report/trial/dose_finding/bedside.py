"""A sheet for the wall of the ward: the next dose, why, the decision table, what would end the trial. A4,
black on white.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....trial.dose_finding.design import Design
from ....trial.dose_finding.history import Next
from ...frame.document import Blank, PageBlock, Paragraph, Points, Section, headed
from ...frame.page import page
from .pages import decision_picture
from .rules import SCORES, rule_sentences, sheets, stop_sentences, table_rows
from .text import next_head


def bedside_page(design: Design, found: Next, entered: int, then: Sequence[str] = ()) -> str:
    """The sheet after ``entered`` patients. It is void once the next patient is treated or assessed, and says
    so.

    ``then``: what follows, where the design is the first part of a trial.
    """
    rules = rule_sentences(design)
    of_the_dose = [*rules["Dose"], *rules.get("Limits", []), *rules.get("Pauses", [])]
    parts: list[Section[PageBlock]] = [
        Section("Next patient", _next_patient(design, found, entered)),
        Section("Decision table", _tables(design)),
        Section("What would end the trial", [Points(stop_sentences(design))]),
        Section("Rules of the dose", [Points(of_the_dose)]),
    ]
    if then:
        parts.append(Section("Part two", [Points(then)]))
    return page(design.name, parts)


def _next_patient(design: Design, found: Next, entered: int) -> list[PageBlock]:
    word = "patient" if design.patients == 1 else "patients"
    return [
        Paragraph(words=next_head(design, found), loud=True),
        Points(found.reasons),
        (
            f"After {entered} of at most {design.patients} {word}. This sheet is void as soon as another"
            " patient is treated or another outcome is known."
        ),
        (
            "The board may give a lower dose or end the trial, and records why. Never a higher dose than"
            " stated here."
        ),
        Blank(("name", "date and hour", "dose given", "signature")),
    ]


def _tables(design: Design) -> list[PageBlock]:
    """The decision table as letters where counts alone decide, else as numbers, and the further tables."""
    found: list[PageBlock] = [*decision_picture(design)]
    if not found and (rows := table_rows(design)):
        found.append(headed("Patients with a dose-limiting toxicity at the current dose", rows, small=True))
    scores = [headed(title[0], rows, small=True) for title, *rows in sheets(design)]
    if scores:
        found += [*scores, SCORES]
    return found or ["Decisions depend on the data of all doses: ask the program, no table can tell."]
