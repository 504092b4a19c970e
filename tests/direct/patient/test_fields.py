"""The table of input fields: complete, and true of what intake takes and refuses, of the questions too."""

from __future__ import annotations

from dataclasses import fields
from math import nextafter
from typing import Any

import pytest

from marrowdose.domain import Goal, Patient
from marrowdose.errors import InputError
from marrowdose.patient.ask import ASKED, ask, question
from marrowdose.patient.fields import PATIENT, PATIENT_FIELDS, Field
from marrowdose.patient.goal_fields import GOAL, GOAL_FIELDS
from marrowdose.patient.intake import EXAMPLE, goal_from, patient_from

SMALLEST = {key: EXAMPLE[key] for key in ("age", "kl_grade", "pain")}
NUMBERS = [f for f in PATIENT_FIELDS if f.kind in ("number", "whole")]
BESIDE = {"height_cm": {"weight_kg": 70}, "weight_kg": {"height_cm": 170}}  # they go together


def patient_with(field: Field, value: Any) -> Patient:
    return patient_from({**SMALLEST, **BESIDE.get(field.key, {}), field.key: value})


def test_every_attribute_has_a_field_that_fills_it() -> None:
    for table, noun in ((PATIENT_FIELDS, Patient), (GOAL_FIELDS, Goal)):
        filled = {name for field in table for name in field.fills}
        assert filled == {attribute.name for attribute in fields(noun)}


@pytest.mark.parametrize("field", [*PATIENT_FIELDS, *GOAL_FIELDS], ids=lambda field: field.key)
def test_every_field_says_what_a_form_must_say(field: Field) -> None:
    assert field.label[0].isupper()
    assert field.why
    assert field.unknown
    assert field.allowed
    assert bool(field.choices) == (field.kind in ("choice", "list", "mcid"))
    assert (field.low < field.high) == (field.kind in ("number", "whole", "visits", "mcid"))


@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.key)
def test_a_number_is_taken_between_its_ends_and_nowhere_else(field: Field) -> None:
    edges = (field.low, field.high)
    if field.key not in BESIDE:  # with these the BMI may lie outside its own range
        for value in edges:
            assert getattr(patient_with(field, value), field.fills[0]) == value
    for value in (nextafter(field.low, -1e9), nextafter(field.high, 1e9)):
        with pytest.raises(InputError) as problem:
            patient_with(field, value)
        assert f"{field.key}: " in str(problem.value)
        assert f"allowed: {field.span};" in str(problem.value)


@pytest.mark.parametrize(
    "field", [f for f in GOAL_FIELDS if f.kind in ("number", "mcid")], ids=lambda f: f.key
)
def test_a_number_of_a_goal_is_taken_between_its_ends_and_nowhere_else(field: Field) -> None:
    for value in (field.low, field.high):
        assert getattr(goal_from({field.key: value}), field.fills[0]) == value
    for value in (nextafter(field.low, -1e9), nextafter(field.high, 1e9)):
        with pytest.raises(InputError, match=f"{field.key}: .*allowed: {field.low:g} to {field.high:g}"):
            goal_from({field.key: value})


@pytest.mark.parametrize("field", [f for f in PATIENT_FIELDS if f.choices], ids=lambda field: field.key)
def test_choices_are_taken_and_nothing_else(field: Field) -> None:
    def given(choice: str) -> Any:
        return [choice] if field.kind == "list" else int(choice) if field.key == "kl_grade" else choice

    for choice in field.choices:
        found = getattr(patient_with(field, given(choice)), field.fills[0])
        assert found == (tuple(given(choice)) if field.kind == "list" else given(choice))
    with pytest.raises(InputError, match=field.choices[0]):
        patient_with(field, ["5"] if field.kind == "list" else "5")


@pytest.mark.parametrize("field", [f for f in GOAL_FIELDS if f.kind == "choice"], ids=lambda field: field.key)
def test_choices_of_a_goal_are_taken_and_nothing_else(field: Field) -> None:
    for choice in field.choices:
        assert getattr(goal_from({field.key: choice}), field.fills[0]) == choice
    with pytest.raises(InputError, match=field.allowed):
        goal_from({field.key: "5"})


@pytest.mark.parametrize("field", PATIENT_FIELDS, ids=lambda field: field.key)
def test_needed_is_needed(field: Field) -> None:
    without = {key: value for key, value in EXAMPLE.items() if key != field.key}
    if field.needed:
        with pytest.raises(InputError, match="is missing"):
            patient_from(without)
    else:
        assert patient_from(without)


def test_the_words_of_a_usual_goal_are_those_of_the_goal() -> None:
    usual = Goal()
    for key in (
        "month",
        "least_probability",
        "beat_probability",
        "margin_of_mcid",
        "harm_weight",
        "cost_weight",
    ):
        assert GOAL[key].unknown == f"{getattr(usual, key):g}"
    assert (GOAL["domain"].unknown, GOAL["comparator"].unknown) == (usual.domain, usual.comparator)


def test_questions_are_those_of_the_table() -> None:
    answers = {"age": "61", "kl_grade": "3", "pain": "womac_pain 11 0 20", "conditions": "none"}
    asked = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return answers.get(next(key for key in ASKED if prompt == f"{question(PATIENT[key])}: "), "")

    given = ask(answer, say=lambda line: None)
    assert asked == [f"{question(PATIENT[key])}: " for key in ASKED]
    assert patient_from(given) == patient_from({**SMALLEST, "conditions": []})


def test_a_bad_answer_is_asked_again_with_the_reason() -> None:
    answers = iter(["old", "161", "61", "3", *[""] * 2, "womac_pain 11", "womac_pain 11/0/20", *[""] * 5])
    said: list[str] = []
    given = ask(lambda prompt: next(answers), said.append)
    assert (given["age"], given["kl_grade"]) == (61, 3)
    assert [line.strip().split(";")[0] for line in said[1:]] == [
        "a number is needed.",
        "answer, age: 161 is not usable",
        "give four words",
    ]
