"""The engines among themselves, failures in the run, and what the knee model must and must not do."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowdose.errors import InputError
from marrowdose.joint.engine import simulate, with_numpy
from marrowdose.joint.engine.generate import source_of
from marrowdose.joint.engine.source import FOLDER, committed, module_of, source_for
from marrowdose.joint.mechanism import Event, Mechanism, Parameter, State
from marrowdose.joint.models import mechanisms
from places import VALIDATION

sys.path.append(str(VALIDATION / "joint_engine"))
from radau import random_knees

KNEE, BLOCKER, BAKER = (mechanisms()[name] for name in ("knee12", "knee12_blocker", "baker2017"))
MONTH = 30.4375
BLOW = Mechanism(
    name="blow",
    label="test",
    states=(State(name="y", start="s", rate="y**2 - y"),),
    parameters=(Parameter(name="s", value=0.5, lo=0.0, hi=10.0),),
)


@pytest.mark.parametrize("model", mechanisms().values(), ids=lambda m: m.name)
def test_committed_source_is_what_the_generator_writes(model: Mechanism) -> None:
    assert committed(model) == source_of(model) == (FOLDER / f"{model.name}.py").read_text(encoding="utf-8")


def test_every_mechanism_says_what_it_claims() -> None:
    assert KNEE.label == BLOCKER.label == "hypothesis"
    assert simulate(KNEE, {}, (), [1.0]).label == "hypothesis"
    for p in KNEE.parameters:
        assert p.source
        assert p.unit
        assert p.meaning


def test_the_engines_agree_to_the_last_bit() -> None:
    """The knee, with a repeat dose and an output at it; patients of one call and of many."""
    values, dose = random_knees(150, 7)
    times = np.array([0.0, 3.0, 30.0, 90.0, 365.0, 700.0])
    doses = [(0.0, dose), (90.0, dose / 2)]
    found = {e: simulate(KNEE, values, doses, times, engine=e) for e in ("numpy", "numba")}
    assert np.array_equal(found["numpy"].values, found["numba"].values)
    assert np.array_equal(found["numpy"].steps, found["numba"].steps)
    fixed = {
        e: simulate(KNEE, values, doses, times, grid="graded", engine=e).values for e in ("numpy", "numba")
    }
    assert np.array_equal(fixed["numpy"], fixed["numba"])


def test_a_patient_does_not_depend_on_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    values, dose = random_knees(40, 8)
    whole = simulate(KNEE, values, [(0.0, dose)], [10.0, 100.0], engine="numpy").values
    monkeypatch.setattr(with_numpy, "CHUNK", 7)
    assert np.array_equal(simulate(KNEE, values, [(0.0, dose)], [10.0, 100.0], engine="numpy").values, whole)
    one = simulate(
        KNEE, {k: v[23] for k, v in values.items()}, [(0.0, dose[23])], [10.0, 100.0], engine="numpy"
    )
    assert one.values[0] == pytest.approx(whole[23], rel=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_patient_that_fails_is_named_and_the_others_stay(engine: str) -> None:
    start = np.array([0.5, 3.0, 0.9, 2.0, 0.0])  # y' = y² - y is infinite at log(s/(s - 1)) where s > 1
    course = simulate(BLOW, {"s": start}, (), [0.1, 5.0], rtol=1e-6, engine=engine)  # type: ignore[arg-type]
    assert [index for index, _ in course.failures] == [1, 3]
    for index, reason in course.failures:
        at = float(reason.split("t = ")[1])
        assert at == pytest.approx(np.log(start[index] / (start[index] - 1)), rel=1e-3)
    fine = [0, 2, 4]
    exact = start[fine, None] / (start[fine, None] + (1 - start[fine, None]) * np.exp([0.1, 5.0]))
    assert course.of("y")[fine] == pytest.approx(exact, rel=1e-5)
    assert np.isnan(course.values[[1, 3]]).all()


def test_float32_is_harmless_at_the_default_tolerance() -> None:
    values, dose = random_knees(30, 9)
    double = simulate(KNEE, values, [(0.0, dose)], [30.0, 365.0, 1826.0], rtol=1e-6, engine="numpy")
    single = simulate(KNEE, values, [(0.0, dose)], [30.0, 365.0, 1826.0], dtype="float32")
    assert single.values.dtype == np.float32
    for name in ("pain", "K", "R", "T"):
        assert single.of(name) == pytest.approx(double.of(name), rel=2e-4)


def test_graded_grid_is_good_enough_for_pictures() -> None:
    values, dose = random_knees(60, 10)
    times = np.linspace(0, 60, 21)[1:] * MONTH
    exact = simulate(KNEE, values, [(0.0, dose)], times, rtol=1e-6, engine="numpy")
    graded = simulate(KNEE, values, [(0.0, dose)], times, grid="graded", engine="numpy")
    assert int(graded.steps[0]) == pytest.approx(55, abs=5)
    assert np.abs(graded.of("pain") - exact.of("pain")).max() < 0.05  # points
    assert graded.of("K") == pytest.approx(exact.of("K"), rel=1e-5)


@given(st.floats(0.0, 1000.0), st.integers(0, 11))
@settings(max_examples=10, deadline=None)
def test_no_cells_is_never_below_zero_and_room_is_kept(dose: float, seed: int) -> None:
    values, _ = random_knees(5, seed)
    course = simulate(KNEE, values, [(0.0, dose)], [0.5, 5.0, 50.0, 500.0], engine="numpy")
    assert not course.failures
    for name in ("Ms", "Ma", "D", "P", "T", "I", "L", "A", "R", "X", "G", "K"):
        assert (course.of(name) >= -1e-6 * max(1.0, dose)).all()
    assert (course.of("Ma") <= values["Kn"][:, None] * 1.001).all()


def test_without_numba_or_sympy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from marrowdose.joint.engine import source as engine_source
    from marrowdose.joint.engine import with_numba

    with_numba._kernel.cache_clear()
    monkeypatch.setattr(engine_source, "_written", {})
    for missing in ("numba", "sympy"):
        monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match=r"marrowdose\[fast\]"):
        simulate(BAKER, {}, (), [1.0], engine="numba")
    new = replace(BLOW, states=(State(name="y", start=1.0, rate="-y/3"),))
    with pytest.raises(InputError, match=r"marrowdose\[mechanism\]"):
        simulate(new, {}, (), [1.0])
    assert simulate(BAKER, {}, (), [1.0], engine="numpy").failures == ()  # committed source needs neither


# what the knee must and must not do (JOINT: targets and falsification)


def test_a_knee_without_cells_stays_and_loses_cartilage_as_cohorts_do() -> None:
    course = simulate(KNEE, {}, (), np.array([12, 48, 72]) * MONTH)
    for name in ("T", "I", "L", "A", "R", "X", "G"):
        start = float(simulate(KNEE, {}, (), [0.0]).of(name)[0, 0])
        assert course.of(name) == pytest.approx(start, rel=1e-9)
    loss = course.of("cartilage_loss")[0]
    assert loss[0] == pytest.approx(1.1, abs=0.02)  # %/year, by construction
    assert 4.0 < loss[1] < 5.0  # OAI: 4.5 % in 4 years


def test_the_start_is_a_stable_steady_state_over_the_ranges() -> None:
    n = 400
    values, _ = random_knees(n, 11)
    start = simulate(KNEE, values, (), [0.0], engine="numpy").values[:, 0].T
    module = module_of(source_for(KNEE))
    constants = module.constants([values[name] for name in KNEE.parameter_names])
    still = slice(0, 11)  # all but cartilage
    assert (
        np.abs(np.array([np.broadcast_to(f, n) for f in module.rates(0.0, start, constants)])[still]).max()
        < 1e-12
    )
    jacobian = np.empty((n, 11, 11))
    for j in range(11):
        up, down = start.copy(), start.copy()
        up[j] += 1e-6
        down[j] -= 1e-6
        difference = [
            (a - b) / 2e-6
            for a, b in zip(module.rates(0, up, constants), module.rates(0, down, constants), strict=True)
        ]
        jacobian[:, :, j] = np.array([np.broadcast_to(d, n) for d in difference[still]]).T
    assert np.linalg.eigvals(jacobian).real.max() < 0


def test_retention_is_that_of_tier_one_at_small_doses() -> None:
    cells = simulate(KNEE, {}, [(0.0, 1.0)], [1, 7, 30, 70, 182.6]).of("cells")[0]
    assert cells == pytest.approx([0.768, 0.263, 0.108, 0.039, 0.0022], rel=0.04)


def test_an_il1_blocker_of_four_hours_does_nothing_at_week_four() -> None:
    """Against placebo, at doses that block 99.9 and 99.999 % of IL-1 at first (Chevalier 2009: no
    difference).
    """
    course = simulate(BLOCKER, {}, [(0.0, np.array([0.0, 1e3, 1e5]))], [1.0, 28.0])
    pain = course.of("pain")
    assert (pain[0, 0] - pain[1:, 0] > 10).all()  # it does act on the first day …
    assert np.abs(pain[0, 1] - pain[1:, 1]).max() < 0.5  # … and is not seen at week 4: points of 100


def test_pain_is_flat_while_cartilage_falls() -> None:
    course = simulate(KNEE, {"Zmax": 0.0}, (), np.array([0, 12, 48, 72]) * MONTH)
    assert np.ptp(course.of("pain")) < 0.01
    assert course.of("cartilage_loss")[0, -1] > 6


def test_no_lost_collagen_grows_again() -> None:
    dose = np.array([0.0, 10.0, 50.0, 150.0, 1000.0])
    thickness = simulate(KNEE, {}, [(0.0, dose), (180.0, dose)], np.arange(0, 61, 2) * MONTH).of("K")
    assert (np.diff(thickness, axis=1) < 0).all()
    assert (np.diff(thickness[:, -1]) > 0).all()  # a larger dose slows the loss


def test_worn_cartilage_does_not_come_back_even_where_chondrogenic_cells_are_many() -> None:
    assert next(p.value for p in KNEE.parameters if p.name == "s_K") == 0.0
    worn = [Event(time=0.0, target="K", value=0.5), Event(time=0.0, target="D", value=100.0)]
    for repair in (0.0, 2e-5):  # the default, and the most that its range allows
        thickness = simulate(KNEE, {"s_K": repair}, (), [0.0, 30.0, 365.0], events=worn).of("K")[0]
        assert thickness[0] == 0.5
        assert (np.diff(thickness) < 0).all()


def test_the_saline_response_is_still_there_at_six_to_twelve_months() -> None:
    pain = simulate(KNEE, {}, [(0.0, 0.0)], np.array([0, 3, 6, 12]) * MONTH).of("pain")[0]
    drop = pain[0] - pain[1:]
    assert ((drop > 3.3) & (drop < 20.9)).all()  # Saltzman 2017 at 3 months
    assert drop[1:] == pytest.approx(drop[0], rel=0.1)  # Altman 2016: SMD -0.68 and -0.61


def test_size_of_the_effect_is_that_of_trials() -> None:
    """Pooled cells against control: -19.2 (-26.3, -12.2) VAS mm over trials; the placebo-adjusted arm must
    not exceed it.
    """
    pain = simulate(KNEE, {}, [(0.0, np.array([0.0, 10.0, 50.0, 150.0]))], np.array([3, 6, 12]) * MONTH).of(
        "pain"
    )
    gain = pain[0] - pain[1:]
    assert (gain > 0).all()
    assert (np.diff(gain, axis=0) > 0).all()  # more cells, less pain: it saturates but never turns
    assert gain.max() < 19.2
