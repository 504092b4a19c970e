"""What a longitudinal trial is to find out, and what it estimates: objectives and estimands (ICH E9(R1))."""

from __future__ import annotations

from ....trial.dose_ranging.design import Ranging
from ....trial.dose_ranging.file import Planned
from ...frame.document import Block, Points, to_complete


def objectives(planned: Planned) -> list[Block]:
    """What the trial is to find out."""
    design, last = planned.design, f"month {planned.design.visits[-1]:g}"
    percentage = "percentage " if design.estimand == "composite" else ""
    return [
        Points(
            [
                f"Primary: to find out whether cultured bone-marrow cells at {doses_told(design)} million"
                f" per injection improve {planned.domain} over placebo at {last}.",
                f"And which dose is enough: benefits less than {planned.margin:g} {percentage}points apart"
                " count as equal.",
                f"Secondary: the benefit of each dose at {last} with its 95 % interval; harms by dose.",
                *_against(design),
                to_complete("further objectives about benefit and harm"),
            ]
        )
    ]


def _against(design: Ranging) -> list[str]:
    """The objective on the active arm."""
    arm = design.comparator
    if arm is None:
        return []
    return [
        f"Secondary: whether the named dose is {arm.aim}; the difference of each dose from {arm.name} with"
        " its 95 % interval."
    ]


def estimand(planned: Planned) -> list[Block]:
    """The primary estimand by its five attributes."""
    design, r = planned.design, planned.design.reality
    composite = design.estimand == "composite"
    response = (
        f"response: {planned.domain} improved by {r.responder:g} points or more from baseline, still in the"
        " trial, without rescue treatment (0 or 100)"
    )
    endpoint = (
        response
        if composite
        else f"change of {planned.domain} from baseline, in points of 100, improvement counted positive"
    )
    summary = "difference of proportions" if composite else "difference of means"
    leaving = (
        "Leaving the trial counts as no response (composite strategy)."
        if composite
        else "Leaving the trial is no intercurrent event: it makes scores missing."
    )
    return [
        "Primary estimand:",
        Points(
            [
                (
                    f"Treatment: one injection of {doses_told(design)} million cells{also(design)} or"
                    f" placebo{_beneath(design)}; the number planned defines the arm, whatever was delivered."
                ),
                (
                    f"Population: patients who meet the eligibility criteria, with {planned.domain} of"
                    f" {r.baseline_least:g} or worse (of 100) at entry, as randomised."
                ),
                f"Variable: {endpoint}, at month {design.visits[-1]:g}.",
                (
                    f"Intercurrent event, rescue treatment ({design.estimand} strategy):"
                    f" {STRATEGIES[design.estimand]}."
                ),
                (
                    "Intercurrent event, no product could be made (treatment policy strategy): the patient is"
                    " analysed as randomised, without cells."
                ),
                "Other intercurrent events: "
                + to_complete("the strategy for a further injection, knee surgery and death")
                + " In the simulation none of them happens.",
                leaving,
                f"Population-level summary: {summary} between each dose and placebo, in {_unit(design)}.",
            ]
        ),
        "Further outcomes: " + to_complete("each with its variable, metric, aggregation and time (16)"),
    ]


STRATEGIES = {
    "treatment policy": "values after rescue treatment count as they are",
    "hypothetical": (
        "what would have been seen had no rescue treatment been available; values after rescue are set to"
        " missing"
    ),
    "composite": "a rescued patient is no responder",
}


def doses_told(design: Ranging) -> str:
    """``10, 50, 100``: without placebo."""
    return ", ".join(f"{x:g}" for x in design.doses[1:])


def _unit(design: Ranging) -> str:
    return "percentage points" if design.estimand == "composite" else "points of 100"


def also(design: Ranging) -> str:
    """The treatment of the active arm, where there is one."""
    return f", {design.comparator.name}" if design.comparator is not None else ""


def _beneath(design: Ranging) -> str:
    """The treatment that everybody gets, where there is one."""
    return f", on top of {design.background.name}" if design.background is not None else ""
