"""Who and which dose is refused, and what deserves a caution. One algebra: any refusal refuses, order never
matters.

A limit is a function ``(view, dose) -> sentence or None``. One more limit is one more function in the tuple.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..domain import Goal, Patient
from ..units import MillionCells, Points
from .intake import CONDITIONS
from .predict import trial_ages

TRIED_IN_PEOPLE: tuple[MillionCells, MillionCells] = (1.0, 150.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a limit may look at."""

    patient: Patient
    goal: Goal
    dose_range: tuple[float, float]  # with a randomised figure [million cells]
    month_range: tuple[float, float]
    baseline: Points | None  # of the goal's domain


Limit = Callable[[View, MillionCells], str | None]


def tried_in_people(view: View, dose: MillionCells) -> str | None:
    """Dose outside what was injected into knees."""
    low, high = TRIED_IN_PEOPLE
    return (
        None
        if low <= dose <= high
        else f"{dose:g} million cells lie outside the {low:g}–{high:g} million tried in people"
    )


def randomised_figure(view: View, dose: MillionCells) -> str | None:
    """Dose outside the range with a randomised comparison: shown, but never recommended."""
    low, high = view.dose_range
    if low <= dose <= high:
        return None
    side = f"below {low:g}" if dose < low else f"above {high:g}"
    return f"no randomised result {side} million cells: the figures are extrapolated"


def adult(view: View, dose: MillionCells) -> str | None:
    """Age under 18."""
    return "no trial treated anyone under 18" if view.patient.age < 18 else None


def has_osteoarthritis(view: View, dose: MillionCells) -> str | None:
    """KL grade 0."""
    return (
        "KL grade 0 is no radiographic osteoarthritis: outside every trial"
        if view.patient.kl_grade == 0
        else None
    )


def excluded_conditions(view: View, dose: MillionCells) -> str | None:
    """Conditions that the trials excluded."""
    found = [CONDITIONS[c] for c in view.patient.conditions or ()]
    return (
        f"the trials excluded patients with {', '.join(found)}: nothing is known for them" if found else None
    )


def room_to_improve(view: View, dose: MillionCells) -> str | None:
    """A baseline below the MCID leaves nothing to gain."""
    if view.baseline is None or view.baseline >= view.goal.mcid:
        return None
    return (
        f"the {view.goal.domain} score ({view.baseline:.0f} of 100) is below the smallest improvement that"
        f" matters ({view.goal.mcid:g})"
    )


LIMITS: tuple[Limit, ...] = (
    tried_in_people,
    randomised_figure,
    adult,
    has_osteoarthritis,
    excluded_conditions,
    room_to_improve,
)


def thin_grades(view: View, dose: MillionCells) -> str | None:
    """KL 1 and 4 were rarely included."""
    g = view.patient.kl_grade
    return (
        f"KL grade {g} was rare in the trials of bone-marrow cells (most took grades 2–3, some 4)"
        if g in (1, 4)
        else None
    )


def age_outside(view: View, dose: MillionCells) -> str | None:
    """Age beyond most trial patients."""
    low, high = trial_ages()
    return (
        None
        if low <= view.patient.age <= high or view.patient.age < 18
        else f"age {view.patient.age:g} is beyond most trial patients ({low:g}–{high:g}): extrapolated"
    )


def month_outside(view: View, dose: MillionCells) -> str | None:
    """A month without randomised figures."""
    low, high = view.month_range
    return (
        None
        if low <= view.goal.month <= high
        else f"no randomised figure beyond months {low:g}–{high:g}: month {view.goal.month:g} is extrapolated"
    )


def bmi_outside(view: View, dose: MillionCells) -> str | None:
    """BMI beyond most trial patients."""
    bmi = view.patient.bmi
    return (
        None
        if bmi is None or 19 <= bmi <= 37
        else f"BMI {bmi:.0f} is beyond most trial patients (19–37): extrapolated"
    )


CAUTIONS: tuple[Limit, ...] = (thin_grades, age_outside, month_outside, bmi_outside)


def refusals(view: View, dose: MillionCells) -> tuple[str, ...]:
    """Every reason to refuse this dose to this patient; empty if there is none."""
    return tuple(s for limit in LIMITS if (s := limit(view, dose)))


def cautions(view: View, dose: MillionCells) -> tuple[str, ...]:
    """Every caution."""
    return tuple(s for limit in CAUTIONS if (s := limit(view, dose)))
