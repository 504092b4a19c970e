"""Group-sequential bounds, assurance, Bayesian go/no-go and MAMS against gsDesign, rpact, gsbDesign and MAMS.

Tolerances are those of the files: z 1e-4, inflation 2e-4, assurance 1e-4, go/no-go 1e-3, MAMS bounds 2e-3 and
patients ±1. We are within 2e-5, 2e-6, 1e-6, 1e-6 and 2e-4 (validation/sequential/README.md).
"""

import math

import numpy as np
import pytest

from marrowdose.statistics.sequential import (
    OBRIEN_FLEMING,
    Criterion,
    Spending,
    futility_bounds,
    go_no_go,
    mams,
    sequential_assurance,
    spending_bounds,
    standardised,
    t_sample_size,
    wang_tsiatis,
    z_assurance,
    z_power,
)
from places import golden

Z_025, Z_90 = 1.959963984540054, 1.2815515655446004


def cases(name, keep=lambda case: True):
    found = golden(name)["cases"]
    return pytest.mark.parametrize("case", [c for c in found if keep(c)], ids=lambda c: c["id"])


def kind(name):
    return lambda case: (
        case["input"].get("type") in name if isinstance(name, tuple) else case["id"].startswith(name)
    )


@cases("group_sequential_boundaries", kind(("OF", "Pocock", "WangTsiatis")))
def test_bounds_by_shape(case):
    given, expected = case["input"], case["expected"]
    delta = {"OF": 0.0, "Pocock": 0.5}.get(given["type"], given.get("Delta"))
    bounds = wang_tsiatis(given["K"], given["alpha_one_sided"], delta)
    assert bounds.upper == pytest.approx(expected["z_upper"], abs=1e-4)
    if "alpha_spent" in expected:
        assert bounds.spent == pytest.approx(expected["alpha_spent"], abs=1e-6)
        assert bounds.inflation(1 - given["beta"]) == pytest.approx(expected["inflation_factor"], abs=2e-4)


SPENDING = {"LDOF": "obrien_fleming", "LDPocock": "pocock", "HSD": "hwang_shih_decani", "Power": "power"}


@cases("group_sequential_boundaries", lambda case: case["input"].get("type", "").startswith("spend_"))
def test_bounds_by_spending(case):
    given, expected = case["input"], case["expected"]
    spending = Spending(SPENDING[given["type"].removeprefix("spend_")], given["par"])
    bounds = spending_bounds(given["information_fractions"], given["alpha_one_sided"], spending)
    assert bounds.upper == pytest.approx(expected["z_upper"], abs=1e-4)
    assert bounds.spent == pytest.approx(expected["alpha_spent_cum"], abs=1e-7)


def _futility(looks, binding):
    return futility_bounds(
        np.arange(1, looks + 1) / looks,
        0.025,
        0.1,
        OBRIEN_FLEMING,
        Spending("hwang_shih_decani", -2),
        binding=binding,
    )


@cases("group_sequential_boundaries", kind("futility"))
def test_bounds_with_futility(case):
    given, expected = case["input"], case["expected"]
    bounds = _futility(given["K"], given["binding"])
    assert bounds.upper == pytest.approx(expected["z_upper"], abs=1e-4)
    assert bounds.lower == pytest.approx(expected["z_lower"], abs=1e-4)
    most = given["n_fix"] * (bounds.drift / (Z_025 + Z_90)) ** 2
    n = most * bounds.information
    assert n / given["n_fix"] == pytest.approx(np.array(expected["n"]) / given["n_fix"], abs=2e-4)
    at = bounds.exit([0.0, bounds.drift])
    for name, found in (
        ("prob_cross_upper_H0", at.upper[0]),
        ("prob_cross_upper_H1", at.upper[1]),
        ("prob_cross_lower_H0", at.lower[0]),
        ("prob_cross_lower_H1", at.lower[1]),
    ):
        assert found == pytest.approx(expected[name], abs=2e-5)
    assert at.stop @ n == pytest.approx([expected["EN_H0"], expected["EN_H1"]], abs=2e-3)
    assert bounds.power(bounds.drift) == pytest.approx(0.9, abs=1e-8)


@cases("group_sequential_boundaries", kind("JT_two_sided"))
def test_two_sided_bounds(case):
    given, expected = case["input"], case["expected"]
    for delta, bound, inflation in ((0.5, "pocock_C", "R_pocock"), (0.0, "obf_C", "R_obf")):
        bounds = wang_tsiatis(given["K"], given["alpha_two_sided"], delta, sides=2)
        assert bounds.upper[-1] == pytest.approx(expected[bound], abs=1e-4)
        assert bounds.inflation(given["power"]) == pytest.approx(expected[inflation], abs=2e-4)


@cases("assurance_power", kind("gsPOS"))
def test_assurance_of_a_sequential_trial(case):
    given, bounds = case["input"], _futility(3, False)
    prior = (given["mu_rel"] * bounds.drift, given["sd_rel"] * bounds.drift)
    assert sequential_assurance(bounds, prior) == pytest.approx(case["expected"]["assurance"], abs=1e-4)


@cases("assurance_power", kind("ztest"))
def test_assurance_of_a_fixed_trial(case):
    given, expected = case["input"], case["expected"]
    trial = dict(sd=given["sd"], n=(given["n1"], given["n2"]), alpha=given["alpha_one_sided"])
    assert z_power(given["delta"], **trial) == pytest.approx(expected["power_at_delta"], abs=1e-9)
    found = z_assurance((given["prior_mean"], given["prior_sd"]), **trial)
    assert found == pytest.approx(expected["assurance_closed_form"], abs=1e-9)
    assert found == pytest.approx(expected["assurance_MC_check"], abs=1e-3)


@cases("assurance_power", kind("ttest"))
def test_sample_size_of_a_t_test(case):
    given, expected = case["input"], case["expected"]
    n = t_sample_size(given["delta"], sd=given["sd"], power=given["power"], alpha=given["alpha_one_sided"])
    assert n[0] == pytest.approx(expected["n_per_arm_powerttest"], abs=1e-4)
    assert sum(n) == pytest.approx(expected["n_total_rpact"], abs=1e-4)


@pytest.mark.parametrize(
    ("delta", "sd", "power", "alpha", "n"),
    [
        (2, 1.5, 0.8, 0.025, 9.88906769552),
        (10, 3, 0.9, 0.05, 2.6259883613),
        (12, 9, 0.95, 0.01, 19.1667969844),
    ],
)
def test_sample_size_of_a_large_effect(delta, sd, power, alpha, n):
    """power.t.test of R 4.2.2 (tol = 1e-10): so few patients that the t distribution has heavy tails."""
    assert t_sample_size(delta, sd=sd, power=power, alpha=alpha) == pytest.approx((n, n), abs=1e-4)
    assert t_sample_size(50 * sd, sd=sd, power=power, alpha=alpha) == (2, 2)


@cases("gsb_bayes_group_sequential")
def test_go_no_go(case):
    given, expected = case["input"], case["expected"]
    prior = given["prior_difference"]
    found = go_no_go(
        np.outer(np.arange(1, given["stages"] + 1), given["patients_ctrl_trt_per_stage"]),
        given["delta"],
        sd=given["sigma"],
        success=[Criterion(*c) for c in given["success"]],
        futility=[Criterion(*c) for c in given["futility"]],
        prior=(prior["mean"], prior["n_ctrl"], prior["n_trt"]),
    )
    ours = {
        "success": found.success,
        "futility": found.futility,
        "success or futility": found.success + found.futility,
        "indeterminate": 1 - found.success - found.futility,
        "cumulative success": np.cumsum(found.success),
        "cumulative futility": np.cumsum(found.futility),
        "cumulative indeterminate": found.undecided,
        "cumulative success or futility": 1 - found.undecided,
        "sample size": found.patients,
    }
    for name, stage, value in zip(expected["type"], expected["stage"], expected["value"], strict=True):
        assert ours[name][int(stage.removeprefix("stage ")) - 1] == pytest.approx(value, abs=1e-3), name


@cases("mams_boundaries")
def test_mams(case):
    given, expected = case["input"], case["expected"]
    upper = {"obf": "obrien_fleming"}.get(given["upper"], given["upper"])
    lower = 0.0 if given["lower"] == "fixed 0" else given["lower"]
    found = mams(given["K_active"], given["stages"], given["alpha_one_sided"], upper=upper, lower=lower)
    assert found.upper == pytest.approx(expected["upper"], abs=2e-3)
    assert found.lower == pytest.approx(expected["lower"], abs=2e-3)
    n = found.sample_size(given["power"], standardised(given["p"]), standardised(given["p0"]))
    assert abs(n - expected["n_per_stage"]) <= 1
    assert abs(n - expected["N"] / given["stages"] / (given["K_active"] + 1)) <= 1


def test_published_constants():
    """Jennison & Turnbull (2000), tables 2.1 and 2.3, two-sided 5 %: three decimals."""
    published = {
        2: (2.178, 1.977),
        3: (2.289, 2.004),
        4: (2.361, 2.024),
        5: (2.413, 2.040),
        10: (2.555, 2.087),
    }
    for looks, constants in published.items():
        ours = [wang_tsiatis(looks, 0.05, delta, sides=2).upper[-1] for delta in (0.5, 0.0)]
        assert ours == pytest.approx(constants, abs=6e-4), math.nan
