"""One page a simulation or a comparison of longitudinal designs: pictures, numbers, assumptions, rules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from ....trial.dose_ranging.file import Planned
from ....trial.dose_ranging.simulate import Results
from ....trial.estimate import estimate
from ....trial.seamless.file import PlannedSeamless
from ....units import Array
from ...frame.document import PageBlock, Picture, Points, Section, Table, headed
from ...frame.page import page
from ...frame.pictures import drawn
from ..estimates import percent
from ..figures import PAIRED, PLUS_MINUS, Row, difference_figure, ending_figure, months_figure
from .assumptions import assumptions
from .figures import Spread, answer_figure, curve_figure
from .record import AssuranceRecord, DifferenceOf, LessTheFirst, LongitudinalTold
from .run_in import run_in_part
from .text import (
    KINDS,
    SCALARS,
    SHARES,
    arm_rows,
    arms,
    band_rows,
    difference_words,
    scalar_cell,
    scalar_label,
    scalar_rows,
    truth_line,
)
from .versus import effect_line


def run_page(planned: Planned, told: LongitudinalTold, found: Results) -> str:
    """Answers, estimates over the truth, endings, characteristics, assumptions and rules of one design."""
    return page(f"Trial design: {planned.design.name}", _parts(planned, told, found, 0))


def compare_page(
    designs: Sequence[Planned],
    told: Sequence[LongitudinalTold],
    found: Sequence[Results],
    differences: Sequence[LessTheFirst],
) -> str:
    """The paired differences, then every design's pictures, numbers and rules."""
    first = told[0]["design"]
    said = f"Every design meets the same virtual patients, trial by trial. {truth_line(told[0])}."
    parts: list[Section[PageBlock]] = [Section("Side by side", [said, _numbers_beside(told)])]
    for k, less in enumerate(differences):
        parts.append(Section(f"{less['design']} less {first}", _differences(less["less_the_first"], k)))
    for k, (planned, row, results) in enumerate(zip(designs, told, found, strict=True)):
        parts += _parts(planned, row, results, k)
    return page("Trial designs compared", parts)


def _numbers_beside(told: Sequence[LongitudinalTold]) -> Table:
    asking = next((row for row in told if row["asked"]), told[0])
    several = len({str(row["asked"]) for row in told if row["asked"]}) > 1
    rows = []
    for key in SCALARS:
        if key != "sure" or asking["asked"]:
            what = (
                "claims a dose with the probability that the design asks"
                if key == "sure" and several
                else scalar_label(asking if key == "sure" else told[0], key)
            )
            rows.append([what, *(scalar_cell(row, key) for row in told)])
    return Table("± is one Monte-Carlo standard error", ["", *(row["design"] for row in told)], rows)


def _differences(rows: Sequence[DifferenceOf], k: int) -> list[PageBlock]:
    """Shares in one picture, the rest as a table: they have units of their own."""
    shares = [_bar(row) for row in rows if row.what in SHARES]
    others = Table(
        "Other differences over the same patients",
        ["difference", "value (95 % interval of the simulation)"],
        [[row.what, difference_words(row)] for row in rows if row.what not in SHARES],
    )
    draw = partial(difference_figure, shares, unit="percentage points")
    return [drawn(draw, f"differences-{k}", title="Share of trials", words=PAIRED), others]


def _bar(row: DifferenceOf) -> Row:
    value, low, high = (100 * x for x in (row.value, *row.interval_95))
    return row.what, value, low, high, difference_words(row)


def _parts(planned: Planned, told: LongitudinalTold, found: Results, k: int) -> list[Section[PageBlock]]:
    """The sections of the design number ``k`` of a page."""
    design, name = planned.design, planned.design.name
    taken = [f"Truth: {told['truth']}, {KINDS[told['kind_of_truth']]}.", *assumptions(design.reality)]
    parts: list[Section[PageBlock]] = [
        Section(name, _pictures(planned, told, found, k)),
        Section(f"Characteristics: {name}", _characteristics(told)),
    ]
    if "assurance" in told:
        parts.append(Section(f"Assurance and power at the mean: {name}", _assurance(told["assurance"])))
    if isinstance(planned, PlannedSeamless):
        parts.append(run_in_part(planned, told["run_in"], k))
    return [
        *parts,
        Section(f"What was assumed: {name}", [Points(taken)]),
        Section(f"Rules: {name}", [Points(design.rules)]),
    ]


def _pictures(planned: Planned, told: LongitudinalTold, found: Results, k: int) -> list[Picture]:
    """Answers, estimates over what is true, endings."""
    months = partial(months_figure, told["months_quantiles"])
    return [
        _answers(planned, told, k),
        *_estimates(planned, told, found, k),
        drawn(
            partial(ending_figure, _ends(planned, found)),
            f"endings-{k}",
            title="Where trials end",
            words=PLUS_MINUS,
        ),
        drawn(months, f"months-{k}", title="When trials end", words="From the first patient to the answer."),
    ]


def _answers(planned: Planned, told: LongitudinalTold, k: int) -> Picture:
    rows = told["arms"]
    draw = partial(
        answer_figure,
        ["no dose", *arms(planned.design)[1:]],
        [(row["named"].value, row["named"].monte_carlo_se) for row in rows],
        [row["patients"].value / told["patients"].value for row in rows],
        [row["right"].value for row in rows],
    )
    words = (
        f"“Right” is the smallest dose (or none) whose true benefit is within {planned.margin:g} points of"
        f" the best. {PLUS_MINUS}"
    )
    title = "What is named, what would be right, who is treated"
    return drawn(draw, f"answers-{k}", title=title, words=words)


def _estimates(planned: Planned, told: LongitudinalTold, found: Results, k: int) -> list[Picture]:
    """The estimated benefit over the true one and, with an active arm, the difference from it."""
    design, month = planned.design, f"month {planned.design.visits[-1]:g}"
    truth = [_spread(column) for column in found.target.T]
    varies = told["kind_of_truth"] == "fitted" and any(high > low for _, low, high in truth)
    over = (
        "the truth differs from trial to trial, so the estimates vary with it"
        if varies
        else "the truth is the same in every trial"
    )
    unit = "percentage points of responders" if design.estimand == "composite" else "points"
    benefit = drawn(
        partial(curve_figure, design.doses[1:], truth, _known_spreads(found.benefit)),
        f"estimates-{k}",
        title="Estimated benefit over the truth",
        words=f"Benefit over placebo at {month}, in {unit}, by dose, over the true value of the estimand;"
        f" {over}.",
    )
    if design.estimand == "composite" or design.comparator is None or found.versus is None:
        return [benefit]
    name, versus = design.comparator.name, found.versus[:, 1:]
    true = [_spread(column) for column in versus[:, :, 3].T]
    difference = drawn(
        partial(curve_figure, design.doses[1:], true, _known_spreads(versus[:, :, 0])),
        f"versus-{k}",
        title=f"Estimated difference from {name} over the truth",
        words=f"Each dose less {name} at {month}, in points; {over}.",
    )
    return [benefit, difference]


def _spread(values: Array) -> Spread:
    """Mean and middle 95 % of the trials that have a value."""
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, [0.025, 0.975])
    return float(known.mean()), float(low), float(high)


def _known_spreads(estimates: Array) -> list[Spread | None]:
    """Of each dose; None where no trial estimated it."""
    return [_spread(column) if np.isfinite(column).any() else None for column in estimates.T]


def _ends(planned: Planned, found: Results) -> list[tuple[str, float, float]]:
    """Where trials end: the share of trials, and its Monte-Carlo standard error."""
    design, ends = planned.design, []
    if isinstance(planned, PlannedSeamless):
        none = estimate(found.look < 0)
        ends.append(("with the run-in: no dose open", none.value, none.monte_carlo_se))
    for i, n in enumerate(design.stages):
        share = estimate(found.look == i)
        name = f"at the look after {n} patients" if n < design.patients else "at the planned end"
        ends.append((name, share.value, share.monte_carlo_se))
    return ends


def _characteristics(told: LongitudinalTold) -> list[PageBlock]:
    beside = [effect_line(told["comparator"])] if "comparator" in told else []
    said = [truth_line(told) + ".", *beside, *told["remarks"], *told.get("notes", [])]
    return [
        *said,
        headed("By arm", arm_rows(told)),
        Table("Of the trial", ["", "value"], scalar_rows(told)),
    ]


def _assurance(told: AssuranceRecord) -> list[PageBlock]:
    rows = [
        ["assurance: over the posterior", percent(told["assurance"])],
        ["power at the posterior mean", percent(told["power_at_mean"])],
    ]
    return [
        Table("Chance of success", ["", "claims a benefit"], rows),
        headed("By the size of the true benefit", band_rows(told)),
        told["why"],
    ]
