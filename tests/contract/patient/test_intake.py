"""From JSON to a Patient and a Goal: what is given is kept, what is not given stays unknown, the rest is
refused.
"""

import copy
import json
import math
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_made import hand_made
from marrowdose.domain import COMPARATORS, DOMAINS, Goal, Patient
from marrowdose.errors import InputError
from marrowdose.files.json import parse_json
from marrowdose.outcomes import INSTRUMENTS, MCIDS
from marrowdose.patient.advice import advise
from marrowdose.patient.intake import CONDITIONS, EXAMPLE, FIELDS, goal_from, goal_text, patient_from
from marrowdose.report.plan.json import to_json
from marrowdose.report.schemas import schema

PAIN = EXAMPLE["pain"]
FULL = {
    **EXAMPLE,
    "height_cm": 168,
    "weight_kg": 83,
    "comorbidities": 2,
    "conditions": ["anticoagulation"],
    "treated_dose": 40,
    "global": {"instrument": "vas_global", "min": 0, "max": 100, "value": 60},
    "follow_up": [
        {"month": 3, "pain": {**PAIN, "value": 6}},
        {"month": 6, "pain": {**PAIN, "value": 5}, "function": EXAMPLE["function"]},
    ],
}
GOAL = {
    "domain": "function",
    "month": 6,
    "mcid": 12,
    "least_probability": 0.4,
    "beat_probability": 0.7,
    "harm_limit": 0.3,
    "comparator": "ha",
    "margin_of_mcid": 0.2,
    "harm_weight": 1,
    "cost_weight": 0.5,
}
briefly = settings(deadline=None, max_examples=100)  # a busy machine is not a wrong result


# --- what is given is kept ---


def test_the_example_becomes_a_patient():
    patient = patient_from(EXAMPLE)
    assert (patient.age, patient.kl_grade, patient.sex, patient.bmi) == (61, 3, "female", 29.4)
    assert patient.pain is not None
    assert (patient.pain.value, patient.pain.maximum, patient.pain.severity) == (11, 20, 55)
    assert patient.conditions == ()  # asked, and none
    assert patient.follow_up == ()


def test_what_is_not_given_stays_unknown():
    patient = patient_from({"age": 61, "kl_grade": 3, "pain": PAIN})
    unknown = (
        "function",
        "patient_global",
        "sex",
        "bmi",
        "symptom_months",
        "comorbidities",
        "conditions",
        "donor",
        "treated_dose",
    )
    assert [getattr(patient, name) for name in unknown] == [None] * len(unknown)
    assert patient.compare == COMPARATORS


def test_null_is_unknown():
    needed = {k: EXAMPLE[k] for k in ("age", "kl_grade", "pain")}
    assert patient_from({**dict.fromkeys(FIELDS), **needed}) == patient_from(needed)


def test_everything_may_be_given():
    patient = patient_from(FULL)
    assert patient.bmi == pytest.approx(83 / 1.68**2)
    assert [(m.month, m.instrument, m.severity) for m in patient.follow_up] == [
        (3, "womac_pain", 30),
        (6, "womac_pain", 25),
        (6, "womac_function", pytest.approx(100 * 36 / 68)),
    ]


@pytest.mark.parametrize("grade", [3, 3.0])
def test_a_whole_grade_may_come_as_a_float(grade):
    assert patient_from({**EXAMPLE, "kl_grade": grade}).kl_grade == 3


def test_repeated_conditions_count_once():
    assert patient_from({**EXAMPLE, "conditions": ["malignancy", "malignancy"]}).conditions == ("malignancy",)


@pytest.mark.parametrize("code", [c for c, i in INSTRUMENTS.items() if i.measures in DOMAINS])
def test_every_instrument_is_taken_in_every_range_and_from_end_to_end(code):
    known = INSTRUMENTS[code]
    for low, high in known.ranges:
        ends = [
            patient_from(
                {
                    "age": 61,
                    "kl_grade": 3,
                    known.measures: {"instrument": code, "min": low, "max": high, "value": v},
                }
            )
            for v in (low, high)
        ]
        worst_last = [getattr(p, known.measures).severity for p in ends]
        assert worst_last == ([100, 0] if known.higher_is_better else [0, 100])


@pytest.mark.parametrize(
    ("version", "maximum"),
    [
        ("Likert", 20),
        ("LK 3.1", 20),
        ("NRS", 50),
        ("VAS", 500),
        ("VAS", 50),
        ("VAS mean", 100),
        ("", 50),
        (None, 500),
    ],
)
def test_versions_with_their_ranges(version, maximum):
    score = {**PAIN, "version": version, "max": maximum, "value": 10}
    assert patient_from({**EXAMPLE, "pain": score}).pain is not None


def test_no_goal_is_the_usual_goal():
    assert goal_from({}) == goal_from(goal_text("")) == Goal()


def test_every_part_of_a_goal_may_be_given():
    text = ",".join(f"{k}={v}" for k, v in GOAL.items())
    goal = goal_from(GOAL)
    assert goal == goal_from(goal_text(text)) == goal_from(goal_text(text.replace(",", " , ") + ","))
    assert {k: getattr(goal, k) for k in GOAL} == GOAL
    assert goal.mcid_source == "own value"


@pytest.mark.parametrize("name", MCIDS)
def test_a_named_mcid_brings_its_points_and_its_name(name):
    goal = goal_from({"domain": MCIDS[name].domain, "mcid": name})
    assert (goal.mcid, goal.mcid_source) == (MCIDS[name].points, name)


def test_the_usual_mcid_is_of_the_domain():
    assert goal_from({"domain": "function"}).mcid_source == "omeract_function"


def test_a_byte_order_mark_is_no_fault(tmp_path):
    from marrowdose.files.json import read_json

    (tmp_path / "p.json").write_text(json.dumps(EXAMPLE), encoding="utf-8-sig")
    assert read_json(tmp_path / "p.json") == EXAMPLE


# --- whatever is given, it is taken or refused ---

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([10**400, -(10**400), "", "\ud800", "\n", 1e-320])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every value inside a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for k, v in inner for p in [(*path, k), *places(v, (*path, k))]]


@st.composite
def damaged(draw: Any, whole: dict[str, Any]) -> Any:
    """A whole object with one to three values replaced, removed or added."""
    found = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from(places(found) or [("age",)]))
        home = found
        for key in path:
            home = home[key]
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "replace":
                home[last] = draw(values)
            case "remove":
                del home[last]
            case "add" if isinstance(home, dict):
                home[draw(st.sampled_from(FIELDS) | st.text(max_size=8))] = draw(values)
            case _:
                home.insert(0, draw(values))
    return found


def outcome(make: Any, data: Any) -> Any:
    """What was made of the data, or the sentence that refuses them."""
    try:
        return make(data)
    except InputError as problem:
        sentence = str(problem)
        assert sentence.endswith(".")
        assert len(sentence) < 1000
        return sentence


@briefly
@given(
    values | damaged(FULL) | st.dictionaries(st.sampled_from(FIELDS), values).map(lambda some: EXAMPLE | some)
)
def test_anything_is_a_patient_or_a_sentence(data):
    assert isinstance(outcome(patient_from, data), (Patient, str))


@briefly
@given(values | damaged(GOAL))
def test_anything_is_a_goal_or_a_sentence(data):
    assert isinstance(outcome(goal_from, data), (Goal, str))


@briefly
@given(
    st.text(max_size=60)
    | st.lists(
        st.tuples(
            st.sampled_from([*GOAL, "x"]),
            st.sampled_from(["=", "==", "", " = "]),
            st.floats().map(str) | st.sampled_from([*MCIDS, *COMPARATORS, *DOMAINS, "1_0", "٣"]),
        ),
        max_size=5,
    ).map(lambda parts: ",".join(map("".join, parts)))
)
def test_any_text_is_a_goal_or_a_sentence(text):
    assert isinstance(outcome(lambda text: goal_from(goal_text(text)), text), (Goal, str))


@briefly
@given(st.text(max_size=200) | values.map(lambda value: json.dumps(value, default=str)))
def test_any_text_is_json_or_a_sentence(text):
    found = outcome(lambda text: parse_json(text, "p.json", see="see an example"), text)
    assert found is None or isinstance(found, (str, int, float, list, dict))


# --- whoever is taken gets an answer ---


def score(code: str) -> st.SearchStrategy[dict[str, Any]]:
    def at(ends: tuple[float, float]) -> st.SearchStrategy[dict[str, Any]]:
        low, high = ends
        return st.floats(low, high).map(
            lambda value: {"instrument": code, "min": low, "max": high, "value": value}
        )

    return st.sampled_from(INSTRUMENTS[code].ranges).flatmap(at)


def scores(domain: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from([c for c, i in INSTRUMENTS.items() if i.measures == domain]).flatmap(score)


maybe = lambda some: st.none() | some  # noqa: E731
visits = st.lists(st.integers(1, 96), unique=True, max_size=4).flatmap(
    lambda quarters: st.tuples(
        *(
            st.fixed_dictionaries(
                {"month": st.just(q / 4), "pain": scores("pain")}, optional={"function": scores("function")}
            )
            for q in quarters
        )
    )
)
patients = st.fixed_dictionaries(
    {
        "age": st.floats(0, 120),
        "kl_grade": st.integers(0, 4),
        "pain": scores("pain"),
        "function": scores("function"),
        "global": maybe(scores("global")),
        "sex": maybe(st.sampled_from(["female", "male"])),
        "bmi": maybe(st.floats(12, 80)),
        "symptom_months": maybe(st.floats(0, 1200)),
        "comorbidities": maybe(st.integers(0, 20)),
        "conditions": maybe(st.lists(st.sampled_from(list(CONDITIONS)))),
        "donor": maybe(st.sampled_from(["autologous", "allogeneic"])),
        "compare": maybe(st.lists(st.sampled_from(COMPARATORS))),
        "treated_dose": st.floats(0, 1000),
        "follow_up": visits.map(list),
    }
)
goals = st.fixed_dictionaries(
    {
        "domain": st.sampled_from(DOMAINS),
        "month": st.floats(1, 24),
        "mcid": st.floats(0.1, 60),
        "least_probability": st.floats(0, 1),
        "beat_probability": st.floats(0, 1),
        "harm_limit": maybe(st.floats(0, 1)),
        "comparator": st.sampled_from(COMPARATORS),
        "margin_of_mcid": st.floats(0, 1),
        "harm_weight": st.floats(0, 100),
        "cost_weight": st.floats(0, 100),
    }
)
MADE = hand_made()
PLANS = jsonschema.Draft202012Validator(schema("recommendation/2"))


@settings(deadline=None, max_examples=12)
@given(patients, goals)
def test_every_patient_and_goal_within_the_limits_gets_a_valid_plan(patient, goal):
    rec = advise(MADE, patient_from(patient), goal_from(goal))
    plan = json.loads(to_json(rec))
    PLANS.validate(plan)
    assert all(math.isfinite(row["net_benefit"]) for row in plan["doses"])
    refused = patient["age"] < 18 or patient["kl_grade"] == 0 or bool(patient["conditions"])
    assert not refused or rec.verdict == "refused"


def test_height_and_weight_stand_for_a_bmi_that_is_not_given() -> None:
    without = {k: v for k, v in EXAMPLE.items() if k != "bmi"}
    assert patient_from({**without, "height_cm": 168, "weight_kg": 70}).bmi == pytest.approx(70 / 1.68**2)
