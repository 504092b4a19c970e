"""The engine against what is known: Baker 2017, Radau at 1e-11, Robertson, closed forms, order 4,
libRoadRunner.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from marrowdose.joint.engine import simulate
from marrowdose.joint.engine.sbml import to_sbml
from marrowdose.joint.engine.source import module_of, source_for
from marrowdose.joint.mechanism import Dose, Event, Mechanism, Parameter, State
from marrowdose.joint.models import mechanisms
from marrowdose.joint.models.baker2017 import ANTI_CYTOKINE
from places import golden_file

KNEE, BAKER = mechanisms()["knee12"], mechanisms()["baker2017"]


def parameter(name: str, value: float) -> Parameter:
    return Parameter(name=name, value=value, lo=0.0, hi=1e9)


DRUG = Mechanism(
    name="drug",
    label="test",
    dose=Dose(state="gut", scale="part"),
    states=(
        State(name="gut", start=0.0, rate="-ka*gut"),
        State(name="blood", start=0.0, rate="ka*gut - ke*blood"),
    ),
    parameters=(parameter("ka", 1.5), parameter("ke", 0.2), parameter("part", 0.7)),
    outputs={"conc": "blood/10"},
)
ROBERTSON = Mechanism(
    name="robertson",
    label="test",
    states=(
        State(name="x", start=1.0, rate="-0.04*x + 1e4*y*z"),
        State(name="y", start=0.0, rate="0.04*x - 1e4*y*z - 3e7*y**2"),
        State(name="z", start=0.0, rate="3e7*y**2"),
    ),
)
FORCED = Mechanism(  # Prothero and Robinson's problem with its exact solution sin t, not stiff
    name="forced",
    label="test",
    parameters=(parameter("k", 2.0),),
    states=(State(name="y", start=0.0, rate="-k*(y - sin(t)) + cos(t) + (y**2 - sin(t)**2)/4"),),
)


@pytest.mark.parametrize(
    ("state", "largest"),
    [
        ((0.013082, 0.003083, 0.011711, 0.011711), -0.4967),
        ((0.053760, 0.043863, 0.038818, 0.038818), 0.4533),
        ((0.260356, 3.571661, 0.644823, 0.644823), 0.0148),
    ],
)
def test_baker_steady_states(state: tuple[float, ...], largest: float) -> None:
    from scipy.optimize import root

    module = module_of(source_for(BAKER))
    constants = module.constants([p.value for p in BAKER.parameters])

    def rates(y: np.ndarray) -> np.ndarray:
        return np.array(module.rates(0.0, y, constants))

    found = root(rates, state, tol=1e-13)
    assert found.success
    assert found.x == pytest.approx(state, abs=1e-5)
    shifts = 1e-6 * np.eye(4)
    jacobian = np.array([(rates(found.x + s) - rates(found.x - s)) / 2e-6 for s in shifts]).T
    assert np.linalg.eigvals(jacobian).real.max() == pytest.approx(largest, abs=1e-4)


def test_baker_before_and_after_the_event() -> None:
    times = [np.nextafter(20, 0), 20, 21]
    course = simulate(BAKER, {}, (), times, events=[ANTI_CYTOKINE], rtol=1e-8, engine="numpy")
    before, after, later = course.values[0]
    assert before == pytest.approx((0.295400, 2.08051, 0.511204, 0.409867), abs=1e-5)
    assert after == pytest.approx((0.0295400, 2.08051, 0.511204, 0.409867), abs=1e-5)
    assert later == pytest.approx((0.247441, 1.832554, 0.376390, 0.387099), abs=1e-5)


@pytest.mark.parametrize(("rtol", "worst", "usual"), [(1e-3, 1e-3, 3e-4), (1e-4, 2e-4, 1e-4)])
def test_sixty_knees_against_radau(rtol: float, worst: float, usual: float) -> None:
    """Relative to the value, or to a thousandth of the state's largest where that is more
    (validation/joint_engine).
    """
    with np.load(golden_file("joint_radau.npz")) as file:
        values = dict(zip(KNEE.parameter_names, file["parameters"], strict=True))
        course = simulate(KNEE, values, [(0.0, file["dose"])], file["times"], rtol=rtol, engine="numpy")
        reference = file["values"]
    assert not course.failures
    least = 1e-3 * np.abs(reference).max(axis=1, keepdims=True)
    error = np.abs(course.values - reference) / np.maximum(np.abs(reference), least)
    assert error.max() <= worst
    assert np.quantile(error, 0.99) <= usual


def test_the_record_of_radau_is_of_this_knee() -> None:
    """One of the sixty again, at a short time where Radau is quick."""
    from scipy.integrate import solve_ivp

    with np.load(golden_file("joint_radau.npz")) as file:
        values = dict(zip(KNEE.parameter_names, file["parameters"][:, 0], strict=True))
        dose, times, reference = file["dose"][0], file["times"][:2], file["values"][0, :2]
    module = module_of(source_for(KNEE))
    constants = module.constants([values[name] for name in KNEE.parameter_names])
    start = simulate(KNEE, values, [(0.0, dose)], [0.0]).values[0, 0]
    found = solve_ivp(
        lambda t, y: module.rates(t, y, constants),
        (0, times[-1]),
        start,
        method="Radau",
        rtol=1e-8,
        atol=1e-12,
        t_eval=times,
    )
    course = found.y.T
    assert course == pytest.approx(reference, rel=1e-5, abs=1e-9)


def test_robertson() -> None:
    """Values of Hairer & Wanner's and Hindmarsh's test, t = 0.4 … 4e5."""
    found = simulate(ROBERTSON, {}, (), [0.4, 40.0, 4e3, 4e5], rtol=1e-7, atol=1e-12).values[0]
    assert found[0] == pytest.approx((9.8517e-1, 3.3864e-5, 1.4794e-2), rel=1e-4)
    assert found[1] == pytest.approx((7.1582706872e-1, 9.1855347645e-6, 2.8416374577e-1), rel=1e-6)
    assert found[2] == pytest.approx((1.8320e-1, 8.9424e-7, 8.1680e-1), rel=1e-4)
    assert found[3] == pytest.approx((4.9383e-3, 1.9850e-8, 9.9506e-1), rel=1e-4)


def test_repeat_doses_have_their_closed_form() -> None:
    """Bateman's function, superposed; each patient with a dose and rates of his own."""
    amount, ka, ke = np.array([1.0, 5.0, 0.0]), np.array([1.5, 0.9, 2.0]), np.array([0.2, 0.3, 0.1])
    given, times = [(0.0, amount), (6.0, 2.0), (6.0, amount), (13.5, amount)], np.linspace(0, 30, 61)
    course = simulate(DRUG, {"ka": ka, "ke": ke}, given, times, rtol=1e-9)
    expected = np.zeros((3, times.size))
    for when, what in given:
        late = np.maximum(times - when, 0.0)
        shape = np.exp(-ke[:, None] * late) - np.exp(-ka[:, None] * late)
        expected += 0.7 * np.reshape(what, (-1, 1)) * (ka / (ka - ke))[:, None] * shape
    assert course.of("blood") == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert course.of("conc") == pytest.approx(expected / 10, rel=1e-6, abs=1e-10)
    gut = 0.7 * amount
    assert course.of("gut")[:, 0] == pytest.approx(gut)  # at the time of a dose the value after it


@pytest.mark.parametrize("model", [FORCED, BAKER])
def test_order_of_convergence_is_four(model: Mechanism) -> None:
    errors = []
    end = 2.0
    exact = (
        np.array([np.sin(end)])
        if model is FORCED
        else simulate(model, {}, (), [end], rtol=1e-12, atol=1e-15).values[0, 0]
    )
    for steps in (40, 80, 160):
        grid = np.linspace(0, end, steps + 1)[1:]
        errors.append(np.abs(simulate(model, {}, (), [end], grid=grid).values[0, 0] - exact).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx(4.0, abs=0.2)


def test_time_in_the_rates_and_dense_output() -> None:
    times = np.linspace(0, 20, 333)
    found = simulate(FORCED, {}, (), times, rtol=1e-7, atol=1e-9).of("y")[0]
    assert found == pytest.approx(np.sin(times), abs=3e-6)


SWITCH = Mechanism(
    name="switch",
    label="test",
    states=(State(name="y", start=1.0, rate="-k*y"),),
    parameters=(parameter("k", 0.1),),
    outputs={"loss": "k*y"},
    events=(Event(time=5.0, target="k", value="20*k"),),
)


def test_a_parameter_switches_at_its_time() -> None:
    times = np.array([0.0, 4.0, 5.0, 5.5, 7.0])
    k0 = np.array([0.1, 0.2])
    course = simulate(SWITCH, {"k": k0}, (), times, rtol=1e-9)
    k = np.where(times < 5, k0[:, None], 20 * k0[:, None])
    y = np.exp(-k0[:, None] * np.minimum(times, 5) - 20 * k0[:, None] * np.maximum(times - 5, 0))
    assert course.of("y") == pytest.approx(y, rel=1e-6)
    assert course.of("loss") == pytest.approx(k * y, rel=1e-6)


@pytest.mark.parametrize(
    ("model", "doses", "events", "end"),
    [
        (KNEE, [(0.0, 50.0), (182.0, 25.0)], [], 730.0),
        (BAKER, [], [ANTI_CYTOKINE], 40.0),
        (
            replace(SWITCH, name="switched"),
            [],
            [Event(time=2.0, target="y", value="y + exp(-t)*sqrt(k)")],
            9.0,
        ),
        (DRUG, [(0.0, 3.0), (4.0, 1.0)], [], 12.0),
    ],
    ids=lambda x: x.name if isinstance(x, Mechanism) else "",
)
def test_roadrunner_runs_our_sbml_to_the_same_course(
    model: Mechanism, doses: list, events: list, end: float
) -> None:
    import roadrunner

    times = np.linspace(
        0, end, 14
    )  # none of them the time of an event, where simulators differ by convention
    ours = simulate(model, {}, doses, times, events=events, rtol=1e-7, engine="numpy")
    run = roadrunner.RoadRunner(to_sbml(model, doses, events))
    run.integrator.relative_tolerance, run.integrator.absolute_tolerance = 1e-10, 1e-14
    run.integrator.maximum_num_steps = 10**6
    run.timeCourseSelections = ["time", *model.state_names, *model.outputs]
    theirs = np.array(run.simulate(times=list(times)))[1:]
    mine = np.stack([ours.of(name)[0, 1:] for name in (*model.state_names, *model.outputs)], axis=1)
    assert theirs[:, 1:] == pytest.approx(mine, rel=1e-5, abs=1e-9)
