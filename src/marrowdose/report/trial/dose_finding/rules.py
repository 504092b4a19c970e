"""The rules of a dose-finding design in words: its decision table, its sentences, its further tables."""

from __future__ import annotations

from collections.abc import Sequence

from ....trial.dose_finding.design import Design
from ....trial.dose_finding.reasons import decision_table
from ....trial.dose_finding.rules import Part, Sheet

SCORES = (
    "Among the doses that may be given next, the one with the highest score at its own counts is given; E: it"
    " may not be given."
)


def table_rows(design: Design) -> list[list[str]]:
    """The decision table at the ends of cohorts, headings first; empty where there is none."""
    found = decision_table(design)
    if not any(any(x is not None for x in column) for column in found.values()):
        return []
    rows = [["patients at the dose", *(f"{h} (toxicities)" for h in found)]]
    for n in range(design.cohort, design.patients + 1, design.cohort):
        rows.append([str(n), *("–" if c[n - 1] is None else str(c[n - 1]) for c in found.values())])
    return rows


def rule_sentences(design: Design) -> dict[str, list[str]]:
    """The sentences of the parts by what they do, and those of the design itself."""
    groups: dict[str, Sequence[Part]] = {
        "Dose": (design.propose,),
        "Limits": design.limits,
        "Stopping": design.stops,
        "Pauses": design.pauses,
        "Choice": (design.select,),
    }
    found = {
        name: [s for part in parts for s in part.sentences(design.doses)] for name, parts in groups.items()
    }
    entered = "patients" if design.backfill is None else "patients of the escalation"
    found["Stopping"].append(f"The trial ends when {design.patients} {entered} have entered.")
    proposal = found["Dose"]  # a part that proposes and chooses says its rule once
    chooser: Part = design.select
    if chooser == design.propose:
        found["Choice"] = [s for s in proposal if s.startswith("At the end")]
        found["Dose"] = [s for s in proposal if s not in found["Choice"]]
    found["Choice"] = [s for s in found["Choice"] if s not in proposal or s.startswith("At the end")] or [
        "The dose at the end follows from the rule of dose assignment."
    ]
    if design.backfill is not None:
        found["Dose"] = [
            *found["Dose"],
            *design.backfill.sentences(design.patients, steps=design.propose.steps),
        ]
    return {name: sentences for name, sentences in found.items() if sentences}


def stop_sentences(design: Design) -> list[str]:
    """What would end the trial."""
    return [*rule_sentences(design)["Stopping"], *_no_dose(design)]


def _no_dose(design: Design) -> list[str]:
    return [s for limit in design.limits for s in limit.sentences(design.doses) if "trial ends" in s]


def sheets(design: Design) -> list[Sheet]:
    """The further tables of all parts, for doses with up to four cohorts."""
    most = min(design.patients, 4 * design.cohort)
    return [_shortened(sheet) for part in design.parts if (sheet := part.sheet(design.cohort, most))]


def _shortened(sheet: Sheet) -> Sheet:
    """Rows of one number of patients where nothing is admissible become one: 4+ toxicities."""
    title, head, *rows = sheet
    out: list[tuple[str, ...]] = []
    for row in rows:
        barred = set(row[2:]) <= {"E", ""}
        if barred and out and out[-1][0] == row[0] and set(out[-1][2:]) <= {"E", ""}:
            out[-1] = (row[0], out[-1][1].removesuffix("+") + "+", *out[-1][2:])
        else:
            out.append(tuple(row))
    return (title, head, *out)
