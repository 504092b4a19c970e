"""Every refusal and every caution has a code, and every code is met."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from hand_made import hand_made
from marrowdose.domain import CautionCode, Goal, RefusalCode
from marrowdose.patient import limits
from marrowdose.patient.advice import advise
from marrowdose.patient.intake import EXAMPLE, patient_from

MILD = {"instrument": "vas_pain", "min": 0, "max": 100, "value": 4}
REFUSED: dict[RefusalCode, tuple[dict[str, Any], float]] = {
    "beyond_doses_tried": ({}, 200.0),
    "beyond_randomised_doses": ({}, 5.0),
    "under_18": ({"age": 17}, 50.0),
    "no_radiographic_osteoarthritis": ({"kl_grade": 0}, 50.0),
    "contraindication": ({"conditions": ["pregnancy"]}, 50.0),
    "no_room_to_improve": ({"pain": MILD}, 50.0),
}
CAUTIONED: dict[CautionCode, tuple[dict[str, Any], float]] = {
    "rare_grade": ({"kl_grade": 4}, 6.0),
    "age_outside_trials": ({"age": 80}, 6.0),
    "month_outside_trials": ({}, 24.0),
    "bmi_outside_trials": ({"bmi": 40}, 6.0),
}


def case(change: dict[str, Any], month: float = 12.0) -> limits.Case:
    patient = patient_from({**EXAMPLE, **change})
    return limits.Case(
        patient=patient,
        goal=Goal(month=month),
        dose_range=(10.0, 150.0),
        month_range=(1.0, 12.0),
        baseline=patient.pain.severity if patient.pain else None,
    )


def test_every_code_is_tried_here() -> None:
    assert tuple(REFUSED) == get_args(RefusalCode)
    assert tuple(CAUTIONED) == get_args(CautionCode)
    assert (len(limits.LIMITS), len(limits.CAUTIONS)) == (len(REFUSED), len(CAUTIONED))


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_has_its_code(code: RefusalCode) -> None:
    change, dose = REFUSED[code]
    found = limits.refusals(case(change), dose)
    assert code in [refusal.code for refusal in found]
    assert all(refusal.sentence for refusal in found)
    assert code not in [refusal.code for refusal in limits.refusals(case({}), 50.0)]


@pytest.mark.parametrize("code", CAUTIONED)
def test_a_caution_has_its_code(code: CautionCode) -> None:
    change, month = CAUTIONED[code]
    assert [caution.code for caution in limits.cautions(case(change, month), 50.0)] == [code]


def test_a_plan_carries_the_codes() -> None:
    rec = advise(hand_made(), patient_from({**EXAMPLE, "age": 17, "kl_grade": 1}))
    assert all("under_18" in [refusal.code for refusal in row.refusals] for row in rec.doses)
    assert all([caution.code for caution in row.cautions] == ["rare_grade"] for row in rec.doses)
