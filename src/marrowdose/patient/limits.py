"""Who and which dose is refused, and what deserves a caution. One algebra: any refusal refuses, order never
matters.

A limit is a function ``(case, dose) -> Refusal or None``. One more limit is one more function in the tuple.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..domain import Caution, Goal, Patient, Refusal
from ..units import MillionCells, Points
from .fields import CONDITIONS
from .predict import trial_ages

TRIED_IN_PEOPLE: tuple[MillionCells, MillionCells] = (1.0, 150.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a limit may look at."""

    patient: Patient
    goal: Goal
    dose_range: tuple[float, float]  # with a randomised figure [million cells]
    month_range: tuple[float, float]
    baseline: Points | None  # of the goal's domain


Limit = Callable[[Case, MillionCells], Refusal | None]


def tried_in_people(case: Case, dose: MillionCells) -> Refusal | None:
    """Dose outside what was injected into knees."""
    low, high = TRIED_IN_PEOPLE
    if low <= dose <= high:
        return None
    return Refusal(
        code="beyond_doses_tried",
        sentence=f"{dose:g} million cells lie outside the {low:g}–{high:g} million tried in people",
    )


def randomised_figure(case: Case, dose: MillionCells) -> Refusal | None:
    """Dose outside the range with a randomised comparison: shown, but never recommended."""
    low, high = case.dose_range
    if low <= dose <= high:
        return None
    side = f"below {low:g}" if dose < low else f"above {high:g}"
    return Refusal(
        code="beyond_randomised_doses",
        sentence=f"no randomised result {side} million cells: the figures are extrapolated",
    )


def adult(case: Case, dose: MillionCells) -> Refusal | None:
    """Age under 18."""
    if case.patient.age >= 18:
        return None
    return Refusal(code="under_18", sentence="no trial treated anyone under 18")


def has_osteoarthritis(case: Case, dose: MillionCells) -> Refusal | None:
    """KL grade 0."""
    if case.patient.kl_grade != 0:
        return None
    return Refusal(
        code="no_radiographic_osteoarthritis",
        sentence="KL grade 0 is no radiographic osteoarthritis: outside every trial",
    )


def excluded_conditions(case: Case, dose: MillionCells) -> Refusal | None:
    """Conditions that the trials excluded."""
    found = [CONDITIONS[c] for c in case.patient.conditions or ()]
    if not found:
        return None
    return Refusal(
        code="contraindication",
        sentence=f"the trials excluded patients with {', '.join(found)}: nothing is known for them",
    )


def room_to_improve(case: Case, dose: MillionCells) -> Refusal | None:
    """A baseline below the MCID leaves nothing to gain."""
    if case.baseline is None or case.baseline >= case.goal.mcid:
        return None
    return Refusal(
        code="no_room_to_improve",
        sentence=(
            f"the {case.goal.domain} score ({case.baseline:.0f} of 100) is below the smallest improvement"
            f" that matters ({case.goal.mcid:g})"
        ),
    )


LIMITS: tuple[Limit, ...] = (
    tried_in_people,
    randomised_figure,
    adult,
    has_osteoarthritis,
    excluded_conditions,
    room_to_improve,
)


def thin_grades(case: Case, dose: MillionCells) -> Caution | None:
    """KL 1 and 4 were rarely included."""
    g = case.patient.kl_grade
    if g not in (1, 4):
        return None
    return Caution(
        code="rare_grade",
        sentence=f"KL grade {g} was rare in the trials of bone-marrow cells (most took grades 2–3, some 4)",
    )


def age_outside(case: Case, dose: MillionCells) -> Caution | None:
    """Age beyond most trial patients."""
    low, high = trial_ages()
    if low <= case.patient.age <= high or case.patient.age < 18:
        return None
    return Caution(
        code="age_outside_trials",
        sentence=f"age {case.patient.age:g} is beyond most trial patients ({low:g}–{high:g}): extrapolated",
    )


def month_outside(case: Case, dose: MillionCells) -> Caution | None:
    """A month without randomised figures."""
    low, high = case.month_range
    if low <= case.goal.month <= high:
        return None
    return Caution(
        code="month_outside_trials",
        sentence=(
            f"no randomised figure beyond months {low:g}–{high:g}: month {case.goal.month:g} is extrapolated"
        ),
    )


def bmi_outside(case: Case, dose: MillionCells) -> Caution | None:
    """BMI beyond most trial patients."""
    bmi = case.patient.bmi
    if bmi is None or 19 <= bmi <= 37:
        return None
    return Caution(
        code="bmi_outside_trials",
        sentence=f"BMI {bmi:.0f} is beyond most trial patients (19–37): extrapolated",
    )


CAUTIONS: tuple[Callable[[Case, MillionCells], Caution | None], ...] = (
    thin_grades,
    age_outside,
    month_outside,
    bmi_outside,
)


def refusals(case: Case, dose: MillionCells) -> tuple[Refusal, ...]:
    """Every reason to refuse this dose to this patient; empty if there is none."""
    return tuple(found for limit in LIMITS if (found := limit(case, dose)))


def cautions(case: Case, dose: MillionCells) -> tuple[Caution, ...]:
    """Every caution."""
    return tuple(found for limit in CAUTIONS if (found := limit(case, dose)))
