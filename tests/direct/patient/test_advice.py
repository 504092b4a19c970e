"""The advice rule on draws made by hand, so that what it must say is known."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest

from hand_made import hand_made
from marrowdose.domain import Goal, Patient, Recommendation
from marrowdose.outcomes import responder
from marrowdose.patient import limits
from marrowdose.patient.advice import advise
from marrowdose.patient.intake import EXAMPLE, goal_from, patient_from
from marrowdose.report.plan.json import to_json


def patient(**change: Any) -> Patient:
    return patient_from({**EXAMPLE, **change})


def say(fit: Any, goal: dict[str, Any] | None = None, **change: Any) -> Recommendation:
    return advise(fit, patient(**change), goal_from(goal or {}))


def test_plateau_names_the_lowest_dose_first() -> None:
    rec = say(hand_made({"plateau": 20.0}))
    assert (rec.verdict, rec.dose_low, rec.dose_high) == ("range", 10.0, 150.0)
    assert all(a.p_same == 1 for a in rec.answers)


def test_rising_curve_is_given_the_top() -> None:
    rec = say(hand_made({"linear": 20.0}))
    assert (rec.dose_low, rec.dose_high) == (150.0, 150.0)
    assert all(a.p_more_is_better == 1 for a in rec.answers)


def test_umbrella_is_given_its_peak() -> None:
    rec = say(hand_made({"umbrella": 20.0}, parameters={"umbrella": {"ed50": 25.0, "id50": 25.0}}))
    assert rec.dose_low is not None
    assert rec.dose_low <= 25.0 <= (rec.dose_high or 0)
    assert rec.dose_high < 100
    assert rec.answers[0].p_less_is_better == 1


def test_no_effect_no_dose() -> None:
    rec = say(hand_made({"null": 0.0}))
    assert rec.verdict == "no_dose"
    assert rec.dose_low is rec.dose_high is None
    assert not any(r.in_range for r in rec.doses)
    assert any("better than with placebo is 0 %" in r for r in rec.reasons)
    assert rec.evpi == 0


def test_comparator_and_probability_decide() -> None:
    fit = hand_made({"plateau": 4.0}, tau=0.01)
    assert say(fit, {"month": 3}).verdict == "range"
    assert say(fit, {"month": 3, "comparator": "ha"}).verdict == "no_dose"  # HA brings 5 points at its peak
    strict = say(fit, {"month": 3, "least_probability": 0.99})
    assert strict.verdict == "no_dose"
    assert any("improving by 10 points" in r for r in strict.reasons)


def test_harm_limit_and_prices_lower_the_dose() -> None:
    fit = hand_made({"linear": 20.0}, harm_slope=1.0)
    free = say(fit)
    limited = say(fit, {"harm_limit": 0.4})
    priced = say(fit, {"harm_weight": 12.0})
    costly = say(fit, {"cost_weight": 3.0})
    assert free.dose_low == 150
    for other in (limited, priced, costly):
        assert other.verdict == "range"
        assert (other.dose_low or 999) < 150
    row = next(r for r in priced.doses if r.dose == 50)
    gain = row.outlook[0].benefit.mean
    assert row.net_benefit == pytest.approx(gain - 10 * 12.0 * row.harm.p_local_reaction.mean, abs=1e-9)


def test_doses_without_randomised_figures_are_never_recommended() -> None:
    rec = say(hand_made({"plateau": 20.0}))
    low = [r for r in rec.doses if r.dose < 10]
    assert low
    assert all(r.refusals and not r.in_range and r.p_best == 0 for r in low)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"age": 17}, "under 18"),
        ({"kl_grade": 0}, "no radiographic osteoarthritis"),
        ({"conditions": ["active_infection"]}, "active infection"),
        ({"pain": {"instrument": "vas_pain", "min": 0, "max": 100, "value": 4}}, "smallest improvement"),
    ],
)
def test_refusals_are_values(change: dict[str, Any], words: str) -> None:
    rec = say(hand_made(), **change)
    assert rec.verdict == "refused"
    assert any(words in r for r in rec.reasons)
    assert all(r.refusals for r in rec.doses)


def test_limits_are_an_algebra() -> None:
    """Any refusal refuses; the order of the limits never matters; one more limit never lifts a refusal."""
    case = limits.Case(
        patient=patient(age=17, kl_grade=0),
        goal=Goal(),
        dose_range=(10.0, 150.0),
        month_range=(1.0, 12.0),
        baseline=55.0,
    )
    for dose in (0.5, 5.0, 50.0, 200.0):
        said = {s for limit in limits.LIMITS if (s := limit(case, dose))}
        for order in itertools.islice(itertools.permutations(limits.LIMITS), 20):
            found = {s for limit in order if (s := limit(case, dose))}
            assert found == said == set(limits.refusals(case, dose))
        for k in range(len(limits.LIMITS)):
            fewer = {s for limit in limits.LIMITS[:k] if (s := limit(case, dose))}
            assert fewer <= said


def test_probabilities_of_individuals() -> None:
    """P(improvement ≥ MCID) of a normal individual: six lines of algebra."""
    from math import erf, sqrt

    rec = say(hand_made({"plateau": 20.0}, tau=0.0001))
    row = next(r for r in rec.doses if r.dose == 50).outlook[0]
    assert row.improvement is not None
    mean = 15.0 + 0.3 * (55 - 50) + row.benefit.mean
    expected = 0.5 * (1 + erf((mean - 10) / sqrt(2) / np.sqrt(20.0**2 + row_spread(rec) ** 2)))
    assert row.p_improvement_mcid == pytest.approx(expected, abs=4 * 0.5 / sqrt(4000) + 0.01)


def row_spread(rec: Recommendation) -> float:
    """SD of the patient's own effect multiplier times the effect."""
    band = next(r for r in rec.doses if r.dose == 50).outlook[0].benefit
    return (band.q975 - band.q025) / 3.92


def test_unknown_widens_and_is_listed() -> None:
    fit = hand_made({"plateau": 20.0})
    full = say(fit)
    bare = advise(fit, patient_from({"age": 61, "kl_grade": 3, "pain": EXAMPLE["pain"]}), Goal())
    width = [b.outlook[0].benefit.q975 - b.outlook[0].benefit.q025 for b in (full.doses[5], bare.doses[5])]
    assert width[1] > width[0]
    assert len(bare.unknown) > len(full.unknown)
    assert bare.doses[5].outlook[1].improvement is None
    assert (bare.doses[5].p_responder_undetermined or 0) > (full.doses[5].p_responder_undetermined or 0)


def test_follow_up_narrows_and_moves_towards_what_was_measured() -> None:
    fit = hand_made({"plateau": 3.0}, spread=3.0, tau=3.0)
    scale = {"instrument": "vas_pain", "min": 0, "max": 100}
    visit = [{"month": 3, "pain": {**scale, "value": 88}}]  # worse than before treatment
    rec = say(fit, pain={**scale, "value": 80}, treated_dose=50, follow_up=visit)
    row = next(r for r in rec.follow_up if r.domain == "pain" and r.month == 12)
    assert row.after.q975 - row.after.q025 < row.before.q975 - row.before.q025
    assert row.after.mean < row.before.mean - 5
    assert say(fit).follow_up == ()


def test_same_seed_same_bytes_and_another_seed_another_draw() -> None:
    fit = hand_made({"plateau": 8.0, "linear": 8.0}, spread=4.0, tau=4.0)
    a, b, c = (to_json(advise(fit, patient(), Goal(), seed=s)) for s in (0, 0, 1))
    assert a == b
    assert a != c
    assert json.loads(a)["seed"] == 0


def test_floor_is_reported() -> None:
    mild = say(
        hand_made({"plateau": 20.0}), pain={"instrument": "vas_pain", "min": 0, "max": 100, "value": 20}
    )
    severe = say(
        hand_made({"plateau": 20.0}), pain={"instrument": "vas_pain", "min": 0, "max": 100, "value": 90}
    )
    assert mild.floor_share > 0.3 > severe.floor_share


def test_responder_rule() -> None:
    gain = lambda *x: np.array(x, float)  # noqa: E731
    # high change in one domain is enough; small changes need two of three; a missing domain may leave it open
    assert (
        responder(gain(25), gain(0), gain(0), pain_baseline=50, function_baseline=50, global_baseline=50)[0]
        == 1
    )
    assert (
        responder(gain(25), gain(0), gain(0), pain_baseline=60, function_baseline=50, global_baseline=50)[0]
        == 0
    )
    assert responder(gain(12), gain(12), None, pain_baseline=50, function_baseline=50)[0] == 1
    assert responder(gain(12), gain(0), None, pain_baseline=50, function_baseline=50)[0] == 2
    assert responder(gain(0), gain(0), None, pain_baseline=50, function_baseline=50)[0] == 0
    assert responder(gain(0), None, None, pain_baseline=50, function_baseline=None)[0] == 2
    assert (
        responder(gain(0), gain(0), gain(90), pain_baseline=50, function_baseline=50, global_baseline=50)[0]
        == 0
    )
