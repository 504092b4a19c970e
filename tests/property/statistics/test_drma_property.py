"""What no dose-response meta-analysis may depend on: order of rows, choice of reference, units, form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowdose.statistics.meta import (
    Comparison,
    Effects,
    Fitting,
    change_reference,
    drma,
    mean_differences,
    pool,
    studies_of,
)

CURVES = ("linear", "quadratic", "rcs3")
DOSES = [0.0, 10.0, 30.0, 60.0]


def simulated(seed, studies=6, doses=DOSES):
    """Trials of three or four arms around an Emax curve that differs between studies."""
    rng = np.random.default_rng(seed)
    rows = {name: [] for name in ("study", "dose", "mean", "sd", "n")}
    for i in range(studies):
        top = rng.normal(10, 3)
        for dose in doses[: rng.integers(3, len(doses) + 1)]:
            n, sd = int(rng.integers(20, 80)), float(rng.uniform(8, 12))
            mean = 5 + top * dose / (15 + dose) + rng.normal(0, sd / np.sqrt(n))
            for name, value in zip(rows, (f"s{i}", dose, float(mean), sd, n), strict=True):
                rows[name].append(value)
    return rows


seeds = st.integers(0, 2**31)
few = settings(max_examples=5, deadline=None)


@few
@given(seed=seeds, curve=st.sampled_from(CURVES), method=st.sampled_from(["fixed", "ml", "reml"]))
def test_order_of_rows(seed, curve, method):
    table = simulated(seed)
    order = np.random.default_rng(seed).permutation(len(table["study"]))
    shuffled = {name: [column[i] for i in order] for name, column in table.items()}
    one, two = (
        drma(t, curve, fitting=Fitting(method=method, structure="diag")).predict([5, 25, 60])
        for t in (table, shuffled)
    )
    assert two.effect == pytest.approx(one.effect, rel=1e-6, abs=1e-8)
    assert two.new_high == pytest.approx(one.new_high, rel=1e-5)


@few
@given(seed=seeds, curve=st.sampled_from(CURVES), method=st.sampled_from(["fixed", "ml", "reml"]))
def test_choice_of_reference_arm(seed, curve, method):
    table = simulated(seed)
    low, high = (
        drma(table, curve, fitting=Fitting(method=method), comparison=Comparison(reference=arm))
        for arm in ("lowest", "highest")
    )
    assert high.beta == pytest.approx(low.beta, rel=1e-5, abs=1e-7)
    assert high.covariance == pytest.approx(low.covariance, rel=1e-4, abs=1e-9)
    if method != "reml":  # the constant ½ log|XᵀX| of the restricted likelihood is of the contrasts
        assert high.log_likelihood == pytest.approx(low.log_likelihood, abs=1e-6)


@few
@given(seed=seeds, curve=st.sampled_from(CURVES), factor=st.sampled_from([0.001, 7.0, 1e6]))
def test_units_of_dose(seed, curve, factor):
    table = simulated(seed)
    moved = {**table, "dose": [d * factor for d in table["dose"]]}
    one, two = drma(table, curve), drma(moved, curve)
    at = np.array([5.0, 25.0, 60.0])
    assert two.predict(at * factor).effect == pytest.approx(one.predict(at).effect, rel=1e-5, abs=1e-7)
    assert two.predict(at * factor).new_low == pytest.approx(one.predict(at).new_low, rel=1e-4, abs=1e-5)
    assert two.beta[0] * factor == pytest.approx(one.beta[0], rel=1e-5, abs=1e-8)


@few
@given(seed=seeds, curve=st.sampled_from(CURVES), factor=st.sampled_from([-1.0, 0.01, 1e4]))
def test_units_and_direction_of_outcome(seed, curve, factor):
    table = simulated(seed)
    moved = {
        **table,
        "mean": [m * factor for m in table["mean"]],
        "sd": [s * abs(factor) for s in table["sd"]],
    }
    one, two = drma(table, curve), drma(moved, curve)
    assert two.beta == pytest.approx(one.beta * factor, rel=1e-5, abs=1e-8 * abs(factor))
    assert two.psi == pytest.approx(one.psi * factor**2, rel=1e-4, abs=1e-8 * factor**2)
    assert two.p == pytest.approx(one.p, rel=1e-4, abs=1e-9)


def test_units_of_dose_of_an_emax_curve():
    table = simulated(3)
    moved = {**table, "dose": [d * 1e6 for d in table["dose"]]}
    one, two = (drma(t, "emax", fitting=Fitting(method="fixed")) for t in (table, moved))
    assert two.beta[0] == pytest.approx(one.beta[0], rel=1e-5)
    assert two.beta[1] - np.log(1e6) == pytest.approx(one.beta[1], abs=1e-5)


@few
@given(seed=seeds, curve=st.sampled_from(CURVES))
def test_one_stage_and_two_stages_are_one_likelihood(seed, curve):
    table = simulated(seed)
    for method in ("ml", "reml"):
        one, two = (
            drma(table, curve, fitting=Fitting(stages=stages, method=method)) for stages in ("one", "two")
        )
        assert one.predict([5, 30, 60]).effect == pytest.approx(
            two.predict([5, 30, 60]).effect, rel=1e-5, abs=1e-6
        )


@few
@given(seed=seeds, curve=st.sampled_from(CURVES))
def test_arm_based_form(seed, curve):
    """Arm means with a free level of every study: the same coefficients, by ten lines of algebra."""
    table = simulated(seed)
    fit = drma(table, curve, fitting=Fitting(method="fixed"))
    names = list(dict.fromkeys(table["study"]))
    level = np.array([[s == name for name in names] for s in table["study"]], float)
    basis = fit.shape.basis(np.array(table["dose"]), np.empty(0))
    x = np.hstack([level, basis])
    w = np.array(table["n"]) / np.array(table["sd"]) ** 2
    covariance = np.linalg.inv((x.T * w) @ x)
    beta = covariance @ (x.T @ (w * np.array(table["mean"])))
    assert fit.beta == pytest.approx(beta[len(names) :], rel=1e-6, abs=1e-9)
    k = len(names)
    assert fit.covariance == pytest.approx(covariance[k:, k:], rel=1e-6, abs=1e-12)


def test_change_of_reference_and_back():
    first = mean_differences([1, 4, 6], [2, 3, 4], [10, 20, 30])
    back = change_reference(change_reference(first, 0), 0)
    assert back.y == pytest.approx(first.y)
    assert back.covariance == pytest.approx(first.covariance)
    other = mean_differences([4, 1, 6], [3, 2, 4], [20, 10, 30])
    assert change_reference(first, 0).y == pytest.approx(other.y)
    assert change_reference(first, 0).covariance == pytest.approx(other.covariance)


def test_studies_without_a_zero_dose_arm():
    """A straight line has one slope wherever a study starts."""
    table = simulated(5)
    shifted = {**table, "dose": [d + 5 for d in table["dose"]]}
    assert drma(shifted, "linear").beta == pytest.approx(drma(table, "linear").beta, rel=1e-8)
    assert [s.reference for s in studies_of(shifted, "md")] == [5.0] * 6


@few
@given(seed=seeds, factor=st.sampled_from([-3.0, 1e-3, 1e5]))
def test_pool_units(seed, factor):
    rng = np.random.default_rng(seed)
    y, v = rng.normal(0, 1, 8), rng.uniform(0.1, 1, 8)
    for estimator in ("dl", "he", "hs", "sj", "pm", "ml", "reml"):
        one, two = pool(y, v, estimator=estimator), pool(y * factor, v * factor**2, estimator=estimator)
        assert two.tau2 == pytest.approx(one.tau2 * factor**2, rel=1e-6, abs=1e-9 * factor**2)
        assert two.beta == pytest.approx(one.beta * factor, rel=1e-6)


def test_effects_are_a_pair():
    y, covariance = Effects(np.ones(1), np.eye(1))
    assert y.shape == (1,)
    assert covariance.shape == (1, 1)
