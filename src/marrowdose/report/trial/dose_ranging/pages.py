"""One page a simulation or a comparison of longitudinal designs: pictures, numbers, assumptions, rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....trial.dose_ranging.file import Planned
from ....trial.dose_ranging.simulate import Results
from ....trial.estimate import estimate
from ....trial.seamless.file import PlannedSeamless
from ....units import Array
from ...frame.document import Grid, Points, html_of
from ...frame.page import page
from ...frame.pictures import picture
from ..estimates import percent
from ..figures import Row, difference_figure, ending_figure, months_figure
from .figures import answer_figure, curve_figure
from .protocol import assumptions
from .record import AssuranceRecord, DifferenceOf, LessTheFirst, LongitudinalTold
from .run_in import run_in_part
from .text import (
    KINDS,
    SCALARS,
    arm_rows,
    arms,
    band_rows,
    scalar_cell,
    scalar_label,
    scalar_rows,
    truth_line,
)
from .versus import effect_line

_PLUS = "± is one Monte-Carlo standard error; whiskers are 95 % intervals of the simulation."


def run_page(planned: Planned, told: LongitudinalTold, found: Results) -> str:
    """Answers, estimates over the truth, endings, characteristics, assumptions and rules of one design."""
    return page(f"Trial design: {planned.design.name}", _parts(planned, told, found, 0), stale=False)


def compare_page(
    designs: Sequence[Planned],
    told: Sequence[LongitudinalTold],
    found: Sequence[Results],
    differences: Sequence[LessTheFirst],
) -> str:
    """The paired differences, then every design's pictures, numbers and rules."""
    first = told[0]["design"]
    said = f"Every design meets the same virtual patients, trial by trial. {truth_line(told[0])}."
    parts = [("Side by side", f"{html_of(said)}{_numbers_beside(told)}")]
    for k, other in enumerate(differences):
        parts.append((f"{other['design']} less {first}", _differences(other["less_the_first"], k)))
    for k, (planned, row, results) in enumerate(zip(designs, told, found, strict=True)):
        parts += _parts(planned, row, results, k)
    return page("Trial designs compared", parts, stale=False)


def _numbers_beside(told: Sequence[LongitudinalTold]) -> str:
    head = ["", *(row["design"] for row in told)]
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
    return html_of(Grid("± is one Monte-Carlo standard error", [head, *rows]))


_SHARES = ("answers within the margin", "benefit claimed")


def _differences(rows: Sequence[DifferenceOf], k: int) -> str:
    """Shares in one picture, the rest as a table: they have units of their own."""

    def words(row: DifferenceOf, scale: float, unit: str) -> str:
        value, low, high = (scale * x for x in (row.value, *row.interval_95))
        return f"{value:+.2f} ({low:+.2f} to {high:+.2f}){unit}"

    def bar(row: DifferenceOf) -> Row:
        value, low, high = (100 * x for x in (row.value, *row.interval_95))
        return row.what, value, low, high, words(row, 100, " %")

    drawn = [bar(r) for r in rows if r.what in _SHARES]
    table = [["difference", "value (95 % interval of the simulation)"]]
    table += [[r.what, words(r, 1, "")] for r in rows if r.what not in _SHARES]
    return picture(
        "Share of trials",
        "Differences trial by trial over the same patients; lines are 95 % intervals of the simulation.",
        lambda width, uid: difference_figure(drawn, unit="percentage points", width=width, uid=uid),
        f"differences-{k}",
    ) + html_of(Grid("Other differences over the same patients", table))


def _spread(values: Array) -> tuple[float, float, float]:
    """Mean and middle 95 % of the trials that have a value."""
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, [0.025, 0.975])
    return float(known.mean()), float(low), float(high)


def _parts(planned: Planned, told: LongitudinalTold, found: Results, k: int) -> list[tuple[str, str]]:
    design, rows = planned.design, told["arms"]
    named = [(row["named"].value, row["named"].monte_carlo_se) for row in rows]
    treated = [row["patients"].value / told["patients"].value for row in rows]
    right = [row["right"].value for row in rows]
    truth = [_spread(column) for column in found.target.T]
    estimates = [_spread(c) if np.isfinite(c).any() else None for c in found.benefit.T]
    labels = ["no dose", *arms(design)[1:]]
    ends = []
    if isinstance(planned, PlannedSeamless):
        none = estimate(found.look < 0)
        ends.append(("with the run-in: no dose open", none.value, none.monte_carlo_se))
    for i, n in enumerate(design.stages):
        share = estimate(found.look == i)
        name = f"at the look after {n} patients" if n < design.patients else "at the planned end"
        ends.append((name, share.value, share.monte_carlo_se))
    varies = told["kind_of_truth"] == "fitted" and any(b > a for _, a, b in truth)
    over_words = (
        "the truth differs from trial to trial, so the estimates vary with it"
        if varies
        else "the truth is the same in every trial"
    )
    unit = "percentage points of responders" if design.estimand == "composite" else "points"
    pictures = [
        picture(
            "What is named, what would be right, who is treated",
            f"“Right” is the smallest dose (or none) whose true benefit is within {planned.margin:g} points"
            f" of the best. {_PLUS}",
            lambda w, uid: answer_figure(labels, named, treated, right, width=w, uid=uid),
            f"answers-{k}",
        ),
        picture(
            "Estimated benefit over the truth",
            f"Benefit over placebo at month {design.visits[-1]:g}, in {unit}, by dose, over the true value of"
            f" the estimand; {over_words}.",
            lambda w, uid: curve_figure(design.doses[1:], truth, estimates, width=w, uid=uid),
            f"estimates-{k}",
        ),
        picture(
            "Where trials end", _PLUS, lambda w, uid: ending_figure(ends, width=w, uid=uid), f"endings-{k}"
        ),
        picture(
            "When trials end",
            "From the first patient to the answer.",
            lambda w, uid: months_figure(told["months_quantiles"], width=w, uid=uid),
            f"months-{k}",
        ),
    ]
    beside = [effect_line(told["comparator"])] if "comparator" in told else []
    numbers = [truth_line(told) + ".", *beside, *told["remarks"], *told.get("notes", [])]
    numbers_html = (
        "".join(map(html_of, numbers))
        + html_of(Grid("By arm", arm_rows(told)))
        + html_of(Grid("Of the trial", [["", "value"], *scalar_rows(told)]))
    )
    assumed = [f"Truth: {told['truth']}, {KINDS[told['kind_of_truth']]}.", *assumptions(design.reality)]
    if design.estimand != "composite" and design.comparator is not None and found.versus is not None:
        over, name = found.versus[:, 1:], design.comparator.name
        true = [_spread(c) for c in over[:, :, 3].T]
        told_over = [_spread(c) if np.isfinite(c).any() else None for c in over[:, :, 0].T]
        pictures.insert(
            2,
            picture(
                f"Estimated difference from {name} over the truth",
                f"Each dose less {name} at month {design.visits[-1]:g}, in points; {over_words}.",
                lambda w, uid: curve_figure(design.doses[1:], true, told_over, width=w, uid=uid),
                f"versus-{k}",
            ),
        )
    name = design.name
    parts = [(name, "".join(pictures)), (f"Characteristics: {name}", numbers_html)]
    if "assurance" in told:
        parts.append((f"Assurance and power at the mean: {name}", _assurance(told["assurance"])))
    if isinstance(planned, PlannedSeamless):
        parts.append(run_in_part(planned, told["run_in"], k))
    return [
        *parts,
        (f"What was assumed: {name}", html_of(Points(assumed))),
        (f"Rules: {name}", html_of(Points(design.rules))),
    ]


def _assurance(told: AssuranceRecord) -> str:
    rows = [
        ["", "claims a benefit"],
        ["assurance: over the posterior", percent(told["assurance"])],
        ["power at the posterior mean", percent(told["power_at_mean"])],
    ]
    return (
        html_of(Grid("Chance of success", rows))
        + html_of(Grid("By the size of the true benefit", band_rows(told)))
        + html_of(told["why"])
    )
