"""Wrong models and wrong inputs of the joint's engine: one clear refusal each, and no formula can do harm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marrowdose.errors import InputError
from marrowdose.joint.engine import simulate
from marrowdose.joint.engine.sbml import to_sbml
from marrowdose.joint.expression import evaluate, names, parse
from marrowdose.joint.mechanism import Dose, Event, Mechanism, Parameter, State
from marrowdose.joint.models import mechanisms

KNEE = mechanisms()["knee12"]
GOOD: dict[str, Any] = {
    "name": "good",
    "label": "test",
    "states": (State(name="y", start=1.0, rate="-k*y"),),
    "parameters": (Parameter(name="k", value=1.0, lo=0.0, hi=2.0),),
}


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__",
        "y.real",
        "[y]",
        "{y: 1}",
        "y if y else 1",
        "lambda: 1",
        "y[0]",
        "'a'",
        "b'a'",
        "True",
        "None",
        "...",
        "1j",
        "y and y",
        "y < 1",
        "not y",
        "~y",
        "y % 2",
        "y // 2",
        "y @ y",
        "y << 9",
        "f'{y}'",
        "(y := 3)",
        "open(y)",
        "exp(y, y)",
        "exp(x=y)",
        "exp(*y)",
        "eval(y)",
        "exp",
        "",
        "  ",
        "y +",
        "y; y",
        "y\ny",
        "1e999",
        "nan",
        "inf",
        "y" * 5000,
        "(" * 90 + "y" + "*2)" * 90,
        "-" * 3000 + "y",
        "y\0",
        "unknown",
    ],
)
def test_formulas_that_are_not_arithmetic_are_refused(text: str) -> None:
    with pytest.raises(InputError) as problem:
        Mechanism(**GOOD | {"states": (State(name="y", start=1.0, rate=text),)})
    assert len(str(problem.value)) < 6000
    with pytest.raises(InputError):
        Mechanism(**GOOD | {"outputs": {"out": text}})


def test_a_tower_of_powers_is_refused_and_not_computed() -> None:
    model = Mechanism(**GOOD | {"states": (State(name="y", start=1.0, rate="-k*y + 9**9**9**9"),)})
    with pytest.raises(InputError, match="not finite"):
        simulate(model, {}, (), [1.0])


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_formulas_mean_what_python_means(a: float, b: float) -> None:
    text = "-a*b + (a - b)/(1 + a**2) - exp(-b**2/1e12)*sqrt(1 + a**2) + +tanh(a) - 2**-1"
    from math import exp, sqrt, tanh  # noqa: F401 — used by the text

    expected = eval(text)
    assert evaluate(parse(text), {"a": a, "b": b}) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert set(names(parse(text))) == {"a", "b"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Good"}, "no name"),
        ({"name": "../up"}, "no name"),
        ({"label": " "}, "no label"),
        ({"states": ()}, "0 states"),
        ({"states": (State(name="y", start=1.0, rate="y"),) * 2}, "there twice"),
        ({"states": (State(name="t", start=1.0, rate="1"),)}, "means something else"),
        ({"states": (State(name="exp", start=1.0, rate="1"),)}, "means something else"),
        ({"states": (State(name="lambda", start=1.0, rate="1"),)}, "no name"),
        ({"states": (State(name="_c", start=1.0, rate="1"),)}, "no name"),
        ({"states": (State(name="y", start="y", rate="1"),)}, "y is not known there"),
        ({"states": (State(name="y", start=float("nan"), rate="1"),)}, "nan is not usable"),
        ({"states": (State(name="y", start=True, rate="1"),)}, "True is not usable"),
        ({"states": (State(name="y", start=1.0, rate=3),)}, None),  # a number is a formula too
        ({"parameters": (Parameter(name="k", value=3.0, lo=0.0, hi=2.0),)}, r"3 is not in \[0, 2\]"),
        ({"parameters": (Parameter(name="k", value=1.0, lo=0.0, hi=float("inf")),)}, "inf is not usable"),
        ({"parameters": (Parameter(name="k", value=1.0, lo=0.0, hi=2.0, kind="guessed"),)}, "no kind"),  # type: ignore[arg-type]
        ({"definitions": {"a": "b", "b": "k"}}, "b is not known there"),
        ({"outputs": {"y": "k"}}, "there twice"),
        ({"dose": Dose(state="z")}, "z is not a state"),
        ({"dose": Dose(state="y", scale="y")}, "y is not known there"),
        ({"events": (Event(time=-1.0, target="y", value=1.0),)}, "not a usable time"),
        ({"events": (Event(time=1.0, target="z", value=1.0),)}, "z is no state or parameter"),
        ({"events": (Event(time=1.0, target="y", value="z"),)}, "z is not known there"),
    ],
)
def test_a_wrong_model_is_refused_where_it_is_made(change: dict[str, Any], words: str | None) -> None:
    if words is None:
        assert simulate(Mechanism(**GOOD | change), {}, (), [1.0]).values[0, 0, 0] == pytest.approx(4.0)
        return
    with pytest.raises(InputError, match=words):
        Mechanism(**GOOD | change)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"doses": [(0.0, -1.0)]}, "dose: not usable; allowed: 0 to"),
        ({"doses": [(0.0, 1e9)]}, "dose: not usable; allowed: 0 to"),
        ({"doses": [(0.0, float("nan"))]}, "dose: a number is missing"),
        ({"doses": [(0.0, "fifty")]}, "dose: 'fifty' is not usable"),
        ({"doses": [(-3.0, 1.0)]}, "time of a dose: -3.0 is not usable"),
        ({"doses": [(99.0, 1.0)]}, "allowed: 0 to 10"),
        ({"doses": [5.0]}, "pairs"),
        ({"doses": [(0.0, np.ones((2, 2)))]}, "dimensions"),
        ({"times": []}, "0 times"),
        ({"times": [1.0, 1.0]}, "not increasing"),
        ({"times": [3.0, 1.0]}, "not increasing"),
        ({"times": [-1.0, 1.0]}, "negative"),
        ({"times": [np.inf]}, "not finite"),
        ({"times": "soon"}, "not usable"),
        ({"times": [1e12]}, "too large"),
        ({"parameters": {"k_att": 5.0}}, "parameter k_att: outside its range; allowed: 0.02 to 0.3 1/day"),
        ({"parameters": {"k_att": [0.1, 5.0]}}, "outside its range"),
        ({"parameters": {"k_att": None}}, "k_att"),
        ({"parameters": {"k_at": 0.1}}, "k_at is not a parameter"),
        ({"parameters": {"k_att": [0.1, 0.2], "k_clr": [0.1] * 3}}, "different lengths"),
        ({"parameters": {"k_att": [0.1, 0.2]}, "doses": [(0.0, [1.0] * 3)]}, "different lengths"),
        ({"parameters": {"k_att": []}}, "0 patients"),
        ({"rtol": 0.0}, "rtol"),
        ({"rtol": float("nan")}, "rtol"),
        ({"atol": -1.0}, "atol"),
        ({"atol": [1e-9, 1e-9]}, "atol"),
        ({"engine": "julia"}, "no engine"),
        ({"dtype": "int8"}, "no type"),
        ({"dtype": "float32", "engine": "numba"}, "float32"),
        ({"grid": "coarse"}, "no grid"),
        ({"grid": [2.0, 1.0]}, "grid"),
        ({"events": [Event(time=1.0, target="Q", value=1.0)]}, "Q is no state or parameter"),
        ({"model": "knee12"}, "str is not a mechanism"),
    ],
)
def test_wrong_inputs_are_refused(given: dict[str, Any], words: str) -> None:
    call = {"model": KNEE, "times": [1.0, 10.0], **given}
    with pytest.raises(InputError, match=words):
        simulate(**call)


def test_a_range_can_be_left_on_purpose() -> None:
    course = simulate(KNEE, {"k_att": 0.5}, [(0.0, 10.0)], [10.0], extrapolate=True)
    assert np.isfinite(course.values).all()


def test_a_model_without_a_dose_refuses_one_and_an_unknown_output_is_refused() -> None:
    model = Mechanism(**GOOD)
    with pytest.raises(InputError, match="takes no dose"):
        simulate(model, {}, [(0.0, 1.0)], [1.0])
    with pytest.raises(InputError, match="takes no dose"):
        to_sbml(model, [(0.0, 1.0)])
    with pytest.raises(InputError, match="z is not a state or output"):
        simulate(model, {}, (), [1.0]).of("z")


def test_sbml_is_well_formed_and_carries_the_label() -> None:
    text = to_sbml(replace(KNEE, label="hypothesis <b> & 'more'"), [(0.0, 10.0)])
    root = ElementTree.fromstring(text)
    assert "hypothesis <b> & 'more'" in next(iter(root)).attrib["name"]
