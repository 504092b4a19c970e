"""Published models of many fields against their pinned courses by Radau at rtol 1e-11, and through
libRoadRunner.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.joint.engine import simulate
from marrowdose.joint.engine.sbml import to_sbml
from marrowdose.joint.mechanism import Dose, Event, Mechanism, Parameter, State
from places import VALIDATION

sys.path.append(str(VALIDATION / "joint_engine"))
from published import CASES, FILE, Case, error

PINNED = {
    name: np.array(rows) for name, rows in json.loads(FILE.read_text(encoding="utf-8"))["values"].items()
}
EACH = pytest.mark.parametrize("case", CASES, ids=[c.model.name for c in CASES])


def one(rate: str, start: float | str = 0.0, **more: Any) -> Mechanism:
    k = Parameter(name="k", value=1.0, lo=-10, hi=10)
    return Mechanism(
        name="one",
        label="test",
        states=(State(name="y", start=start, rate=rate),),
        parameters=(k, *more.pop("parameters", ())),
        **more,
    )


@EACH
def test_as_radau_has_it(case: Case) -> None:
    course = simulate(
        case.model,
        {},
        case.doses,
        case.times,
        events=case.events,
        rtol=1e-7,
        atol=case.atol and case.atol * 1e-7,
        engine="numpy",
    )
    assert not course.failures
    assert error(case, course.values[0], PINNED[case.model.name]) < 3e-6


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.model.name not in ("late_pulse", "e5")], ids=lambda c: c.model.name
)
def test_roadrunner_has_it_from_our_sbml(case: Case) -> None:
    """But for a pulse after a rest, which its adaptive steps pass over, and E5, below its absolute
    tolerance.
    """
    import roadrunner

    run = roadrunner.RoadRunner(to_sbml(case.model, case.doses, case.events))
    run.integrator.relative_tolerance, run.integrator.absolute_tolerance = 1e-10, 1e-15
    run.integrator.maximum_num_steps = 10**6
    run.timeCourseSelections = list(case.model.state_names)
    theirs = np.array(run.simulate(times=list(case.times)))
    stops = {t for t, _ in case.doses} | {e.time for e in case.events}
    between = np.array([t not in stops for t in case.times])  # at an event simulators differ by convention
    known = PINNED[case.model.name]
    floor = 1e-4 * np.abs(known).max(axis=0)
    assert theirs[between] == pytest.approx(known[between], rel=1e-5, abs=1e-5 * floor.max())


def test_the_engines_agree_on_jumps_roots_and_time() -> None:
    pytest.importorskip("numba")
    states = (
        State(name="y", start=0.0, rate="k*(heaviside(t - 3) - heaviside(t - 4)) + 1e-3 - 0.2*sqrt(y)"),
        State(name="z", start="k", rate="y*max(0, t - 5) - z"),
    )
    model = Mechanism(
        name="mixed",
        label="test",
        states=states,
        parameters=(Parameter(name="k", value=1.0, lo=0.0, hi=9.0),),
    )
    k = np.linspace(0.5, 3.0, 12)
    found = [simulate(model, {"k": k}, (), [2.0, 3.5, 9.0], engine=e) for e in ("numpy", "numba")]
    assert not found[0].failures
    assert found[0].values.tobytes() == found[1].values.tobytes()
    assert np.array_equal(found[0].steps, found[1].steps)


@pytest.mark.parametrize("rate", ["1 - k*sqrt(y)", "1 - k*y**0.5", "1 - k*y**n", "1 - k*max(y, 0)**0.5"])
def test_an_empty_start_with_an_infinite_slope_fills(rate: str) -> None:
    """y' = 1 - sqrt(y) from 0: t = -2 (u + log(1 - u)) with u = sqrt(y). Once it stayed at 0 for ever,
    unreported.
    """
    model = one(rate, parameters=(Parameter(name="n", value=0.5, lo=0, hi=3),))
    found = simulate(model, {}, (), [0.1, 1.0, 4.0], rtol=1e-7, engine="numpy").of("y")[0]
    u = np.sqrt(found)
    assert -2 * (u + np.log(1 - u)) == pytest.approx([0.1, 1.0, 4.0], rel=1e-5)


def test_a_whole_exponent_given_as_a_parameter_keeps_its_slope_at_zero() -> None:
    """The order of the method stays 4 from y = 0 with n = 1 and 2: the slope of y**n there is 1 and 0, not
    cut.
    """
    model = one("1 - k*y**n", parameters=(Parameter(name="n", value=1.0, lo=0, hi=3),))
    grid = [np.linspace(0, 2, m + 1)[1:] for m in (10, 20)]
    for n, exact in ((1.0, 1 - np.exp(-2)), (2.0, np.tanh(2))):
        far, near = (abs(simulate(model, {"n": n}, (), [2.0], grid=g).values[0, 0, 0] - exact) for g in grid)
        assert np.log2(far / near) > 3.5


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_pulse_after_a_rest_is_not_stepped_over(engine: Any) -> None:
    """Nothing moves until t = 40: the first steps could be as long as the whole time, past the pulse."""
    pytest.importorskip("numba")
    found = simulate(one("k*max(0, 1 - abs(t - 40))"), {}, (), [30.0, 100.0], engine=engine).of("y")[0]
    assert found == pytest.approx([0.0, 1.0], abs=1e-3)


def test_time_in_a_read_out_costs_no_steps() -> None:
    assert not one("-k*y", outputs={"shown": "exp(-t)"}).driven
    assert one("-k*late", definitions={"late": "max(0, t - 1)"}).driven


def test_a_step_of_time_and_its_event_agree() -> None:
    jump = simulate(one("k*heaviside(t - 3) - 0.2*y", 1.0), {}, (), [2.0, 5.0, 9.0], rtol=1e-5).of("y")[0]
    model = one("k*on - 0.2*y", 1.0, parameters=(Parameter(name="on", value=0, lo=0, hi=1),))
    by_event = simulate(
        model, {}, (), [2.0, 5.0, 9.0], events=[Event(time=3.0, target="on", value=1.0)], rtol=1e-8
    )
    assert jump == pytest.approx(by_event.of("y")[0], rel=1e-4)


def test_roadrunner_reads_our_heaviside() -> None:
    import roadrunner

    model = one("heaviside(t - 3)*k - 0.2*y*heaviside(y - 0.5)", 1.0)
    run = roadrunner.RoadRunner(to_sbml(model))
    run.integrator.relative_tolerance, run.integrator.absolute_tolerance = 1e-10, 1e-12
    run.timeCourseSelections = ["y"]
    times = [0.0, 1.0, 2.5, 4.0, 6.0]
    theirs = np.array(run.simulate(times=times))[:, 0]
    assert simulate(model, {}, (), times, rtol=1e-6).of("y")[0] == pytest.approx(theirs, rel=1e-5)


def test_a_sum_of_two_hundred_and_fifty_parameters_is_taken() -> None:
    names = [f"k{i}" for i in range(250)]
    model = one(
        "-y*(" + " + ".join(names) + ")",
        1.0,
        parameters=tuple(Parameter(name=n, value=0.01, lo=0, hi=1) for n in names),
    )
    assert simulate(model, {}, (), [1.0], rtol=1e-8).of("y")[0, 0] == pytest.approx(np.exp(-2.5), rel=1e-6)
    assert "k249" in to_sbml(model)
    with pytest.raises(InputError, match="at most 300 in a sum; give parts of it a name"):
        one("-y*(" + " + ".join(["k"] * 400) + ")")


def test_events_reach_any_state_with_an_amount_of_each_patient() -> None:
    """An event may add, scale or set; at an asked time the value after it is given; after the last time
    nothing is.
    """
    amount = np.array([1.0, 5.0])
    more = Parameter(name="more", value=0.0, lo=0, hi=9)
    events = [Event(time=1.0, target="y", value="y + more"), Event(time=2.0, target="y", value="y/2")]
    found = simulate(
        one("-k*y", 1.0, parameters=(more,)),
        {"more": amount},
        (),
        [0.5, 1.0, 1.5, 2.0],
        events=events,
        rtol=1e-8,
    ).of("y")
    after = np.exp(-1) + amount
    want = [np.full(2, np.exp(-0.5)), after, after * np.exp(-0.5), after * np.exp(-1) / 2]
    assert np.allclose(found.T, want, rtol=1e-6, atol=0)


def test_numbers_and_tables_of_numpy_are_taken() -> None:
    model = Mechanism(
        name="plain",
        label="test",
        dose=Dose(state="y", scale=np.int64(2)),  # type: ignore[arg-type]
        states=[State(name="y", start=np.float32(1), rate="-k*y + a")],  # type: ignore[arg-type]
        parameters=[Parameter(name="k", value=np.int64(1), lo=0, hi=2)],
        definitions={"a": 0.0},  # type: ignore[arg-type]
    )
    found = simulate(model, {}, np.array([[0.0, 1.0], [0.5, 2.0]]), range(3), rtol=1e-8).of("y")[0]
    assert found == pytest.approx(
        [3.0, 3 * np.exp(-1) + 4 * np.exp(-0.5), 3 * np.exp(-2) + 4 * np.exp(-1.5)], rel=1e-6
    )


def test_dividing_by_a_parameter_of_zero_fails_that_patient_alone() -> None:
    model = one("-y/k", 1.0)
    course = simulate(model, {"k": np.array([1.0, 0.0, 2.0])}, (), [1.0], engine="numpy")
    assert [index for index, _ in course.failures] == [1]
    assert simulate(model, {"k": 0.0}, (), [1.0]).failures == ((0, "a state is not finite near t = 0"),)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"states": {"y": 1.0}}, "states: .* is not usable; allowed: only State"),
        ({"states": ("y",)}, "only State"),
        ({"parameters": {"k": 1.0}}, "only Parameter"),
        ({"events": Event(time=1.0, target="y", value=0)}, "only Event"),
        ({"events": ((1.0, "y", 0.0),)}, "only Event"),
        ({"dose": "y"}, "allowed: a Dose"),
        ({"definitions": [("a", "k")]}, "names with their formulas"),
        ({"outputs": "a"}, "names with their formulas"),
    ],
)
def test_a_model_of_other_parts_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Mechanism(**{"name": "m", "label": "l", "states": (State(name="y", start=1.0, rate="1"),), **change})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"parameters": [("k", 1.0)]}, "parameters: .* names with their values"),
        ({"doses": 5.0}, "doses: 5.0 is not"),
        ({"doses": None}, "doses: None"),
        ({"events": None}, "events: None"),
        ({"events": [3]}, "only Event"),
        ({"parameters": {"y": 1.0}}, "give the state a parameter as its start"),
        ({"doses": [(0.0, 1.0, 2.0)]}, "pairs"),
        ({"parameters": {"k": np.ones(10**6)}, "times": np.arange(1, 2001.0)}, "2e.09 values.*in parts"),
    ],
)
def test_other_things_than_asked_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        simulate(one("-k*y", 1.0, dose=Dose(state="y")), **{"times": [1.0], **given})


@pytest.mark.parametrize("rate", ["sqrt(-1)*y", "log(-1)*y", "y*sqrt(0 - k*0 - 2)"])
def test_a_rate_that_is_no_real_number_is_refused(rate: str) -> None:
    with pytest.raises(InputError, match="not finite"):
        simulate(one(rate), {}, (), [1.0])


def test_what_sympy_simplifies_still_runs() -> None:
    """exp(1), sqrt of a square, a parameter less itself: sympy turns them into names and functions of its
    own.
    """
    found = simulate(one("-exp(k/k)*sqrt(y**2) + (k - k)**2", 1.0), {}, (), [0.5], rtol=1e-8).values[0, 0, 0]
    assert found == pytest.approx(np.exp(-0.5 * np.e), rel=1e-6)
