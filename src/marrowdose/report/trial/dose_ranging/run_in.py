"""The run-in of a seamless design in words: what it left open, its patients and harm, its rules, what goes
on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from ....trial.dose_finding.design import Design
from ....trial.estimate import estimate, estimates
from ....trial.seamless.file import PlannedSeamless
from ....trial.seamless.going_on import GoingOn
from ....trial.seamless.hand_over import RunIn, SeamlessResults
from ....units import Flags, MillionCells, Probability
from ...frame.document import Block, PageBlock, Points, Section, headed
from ...frame.pictures import drawn
from ..dose_finding.pages import decision_picture
from ..dose_finding.protocol import table_blocks
from ..dose_finding.record import PartTwo
from ..dose_finding.rules import rule_sentences, stop_sentences
from ..estimates import number, percent, said
from ..figures import ending_figure
from .record import RunInRecord

TRIAL = "In these lines “the trial” is its part one, the run-in."


def run_in_record(planned: PlannedSeamless, found: SeamlessResults) -> RunInRecord:
    """What the run-in did over the simulated trials, each number with its Monte-Carlo standard error."""
    run_in, many = planned.run_in, found.opened.sum(axis=1)
    truth, active = run_in.truth, np.array(planned.design.doses[1:])
    opened, treated, toxic = map(estimates, (found.opened, found.run_in, found.run_in_toxic))
    by_dose = zip(planned.design.doses[1:], opened, treated, toxic, strict=True)
    told: RunInRecord = {
        "design": run_in.design.name,
        "toxicity": (
            None if truth is None else dict(zip(map(str, run_in.design.doses), truth.toxicity, strict=True))
        ),
        "by_dose": [{"dose": d, "open": o, "patients": n, "toxicities": y} for d, o, n, y in by_dose],
        "no_dose": estimate(many == 0),
        "one_dose": estimate(many == 1),
        "all_doses": estimate(many == found.opened.shape[1]),
        "patients": estimate(found.run_in.sum(axis=1)),
        "toxicities": estimate(found.run_in_toxic.sum(axis=1)),
        "months": estimate(found.run_in_months),
        "open_sets": {_name(active[list(row)].tolist()): share for row, share in _shares(found.opened)},
        "said": [],
    }
    told["said"] = _said(run_in, told)
    return told


def _shares(opened: Flags) -> list[tuple[tuple[bool, ...], float]]:
    """Every set of open doses that a trial had, and the share of trials with it, the commonest first."""
    rows, count = np.unique(opened, axis=0, return_counts=True)
    return sorted(
        ((tuple(r.tolist()), n / len(opened)) for r, n in zip(rows, count, strict=True)), key=lambda x: -x[1]
    )


def _name(doses: Sequence[MillionCells]) -> str:
    return f"{', '.join(f'{d:g}' for d in doses)} M" if doses else "none"


def _said(run_in: RunIn, told: RunInRecord) -> list[str]:
    met = (
        "It meets the local reactions of that truth as dose-limiting toxicities."
        if run_in.truth is None
        else (
            "It meets toxicities with probability "
            + ", ".join(
                f"{p:g} at {d:g} M" for d, p in zip(run_in.design.doses, run_in.truth.toxicity, strict=True)
            )
            + " (assumed); harm adds these to the local reactions of part two, which go by the truth above."
        )
    )
    doses = ", ".join(f"{row['dose']:g} M in {percent(row['open'])}" for row in told["by_dose"])
    return [
        (
            f"Run-in: {number(told['patients'])} patients, {number(told['toxicities'])} with a"
            f" dose-limiting toxicity, {number(told['months'])} months; all are counted in the numbers of"
            f" the trial. {met}"
        ),
        (
            f"Open in part two: {doses}; no dose in {percent(told['no_dose'])} of trials, one dose in"
            f" {percent(told['one_dose'])}."
        ),
        (
            "Right answers and points lost go by the benefit of every dose of the design, those closed for"
            " toxicity too. Estimates are of the trials that randomised the dose."
        ),
    ]


def run_in_rows(told: RunInRecord) -> list[list[str]]:
    """The run-in by dose as cells, headings first."""
    rows = [["", *(f"{row['dose']:g} M" for row in told["by_dose"])]]
    for key, label, is_share in (
        ("open", "open in part two", True),
        ("patients", "run-in patients", False),
        ("toxicities", "dose-limiting toxicities", False),
    ):
        rows.append([label, *(said(row, key, is_share) for row in told["by_dose"])])
    return rows


def run_in_part(planned: PlannedSeamless, told: RunInRecord, k: int) -> Section[PageBlock]:
    """The run-in on the page of a simulation."""
    shares = [
        (f"{row['dose']:g} M", row["open"].value, row["open"].monte_carlo_se) for row in told["by_dose"]
    ]
    shares.append(("no dose", told["no_dose"].value, told["no_dose"].monte_carlo_se))
    title = "Doses open in part two"
    opened = drawn(
        partial(ending_figure, shares, title=title),
        f"open-{k}",
        title=title,
        words="Share of trials in which the run-in left the dose open; whiskers are 95 % intervals of the"
        " simulation.",
    )
    table = decision_picture(planned.run_in.design)
    decisions: list[PageBlock] = [Section("Decision table", table)] if table else []
    by_dose = headed("Run-in by dose", run_in_rows(told))
    blocks: list[PageBlock] = [opened, *told["said"], by_dose, *decisions, Points(_rules(planned))]
    return Section(f"Run-in: {planned.design.name}", blocks)


def _rules(planned: PlannedSeamless) -> list[str]:
    run_in = planned.run_in
    rules = [s for said in rule_sentences(run_in.design).values() for s in said]
    return [TRIAL, *rules, *run_in.sentences(planned.design.analysis)]


def run_in_blocks(planned: PlannedSeamless, told: RunInRecord) -> dict[str, list[Block]]:
    """What the run-in adds to the sections of the protocol, by their keys."""
    run_in = planned.run_in
    design, rules = run_in.design, rule_sentences(run_in.design)
    return {
        "design": [
            (
                "The trial has two parts: a run-in that judges safety, then a randomised trial of the doses"
                " it leaves open."
            ),
            _open_label(design),
            "Part two:",
        ],
        "dose": [
            "Part one, the run-in:",
            Points([*rules["Dose"], *rules.get("Limits", []), *rules.get("Pauses", []), *rules["Choice"]]),
            "From part one to part two:",
            Points(run_in.sentences(planned.design.analysis)),
        ],
        "table": table_blocks(design),
        "size": [
            "Of the run-in in the same simulation:",
            Points([*told["said"], *design.cells.sentences()]),
            headed("Run-in by dose", run_in_rows(told)),
        ],
        "stopping": [f"Part one. {TRIAL}", Points(stop_sentences(design)), "Part two:"],
        "monitoring": [
            Points(
                [
                    "In part one the board sees the data after every cohort. The next dose, and the doses"
                    " that go on, are computed by `marrowdose trial next` from the same design file; the"
                    " board may give a lower dose, close more doses or end the trial, and records why."
                ]
            )
        ],
        "access": [
            Points(
                [
                    "In part one investigators know every dose and all toxicities; the scores of part two are"
                    " blinded as its design says."
                ]
            )
        ],
    }


def _open_label(design: Design) -> str:
    timing, doses = design.timing, ", ".join(f"{d:g}" for d in design.doses)
    waits = (
        f"when all before it have been followed for {timing.settles:g} months"
        if timing.waits
        else "while earlier patients may still be under observation"
    )
    apart = max(timing.stagger, timing.interval)
    stagger = (
        f" Patients of the first cohort at a dose enter at least {apart:g} months apart."
        if timing.stagger
        else ""
    )
    return (
        f"Part one, the run-in, is open and not randomised: {doses} million cells, at most {design.patients}"
        f" patients in cohorts of {design.cohort}, beginning at {design.doses[design.start]:g} million; a"
        f" cohort enters {waits}; a dose-limiting toxicity counts within {timing.window:g} months.{stagger}"
    )


def going_on(planned: PlannedSeamless, found: GoingOn) -> tuple[PartTwo, list[str]]:
    """What follows from a run-in so far: a record, and lines to print below the next dose."""
    if found.pending:
        return {"open_doses": None, "pending": found.pending}, [
            "The doses of part two are named when all patients of the run-in have been followed for"
            f" {planned.run_in.design.timing.settles:g} months; {found.pending}"
            f" {'has' if found.pending == 1 else 'have'} not."
        ]
    if found.open_doses is None:
        return {"open_doses": None}, [
            "Part two begins after the run-in: its doses are named when the run-in has ended."
        ]
    closed = [f"{d:g}" for d in planned.design.doses[1:] if d not in found.open_doses]
    if not found.open_doses:
        said = ["Part two does not take place: no dose is open. The trial ends and names no dose."]
    else:
        said = [
            f"Part two randomises placebo and {', '.join(f'{d:g}' for d in found.open_doses)} million cells"
            + (f"; closed: {', '.join(closed)}." if closed else ".")
        ]
    rules = planned.run_in.sentences(planned.design.analysis)
    return {"open_doses": list(found.open_doses)}, [*said, *rules]


def sets_record(sets: Sequence[tuple[Sequence[MillionCells], Probability]]) -> dict[str, Probability]:
    """Sets of open doses by their names, with the probability of each."""
    return {_name(doses): p for doses, p in sets}
