"""All 38 cases of DoseFinding 1.4-1 in mcpmod_trials.json, at the tolerance each one states.

Where the reference is less exact than its own tolerance, the case is named here with the reason, and it is
shown that the reference is off: see validation/mcpmod/README.md.
"""

import math
import re

import numpy as np
import pytest
from scipy.optimize import brentq

from marrowdose.statistics.mcpmod import (
    Candidate,
    ContrastRule,
    assess_estimation,
    contrast_correlation,
    contrast_test,
    critical_value,
    fit_model,
    from_patients,
    interpolation,
    make_shape,
    max_exceeds,
    max_p_values,
    optimal_contrasts,
    optimal_design,
    power,
    sample_size,
)
from marrowdose.statistics.mcpmod.candidates import candidate_means
from places import golden

CASES = golden("mcpmod_trials")["cases"]
BIOM = golden("mcpmod_biom")["inputs"]
OURS = {"sigEmax": "sigemax", "betaMod": "beta"}
LIN_INT = [0.0, 10.0, 25.0, 50.0, 100.0, 150.0]
# the candidate sets of the documentation and papers: top dose, placebo, largest effect, scale,
# offset, guesses
SETS = {
    "df_doc": (
        150.0,
        0.0,
        0.4,
        200.0,
        None,
        {
            "linear": (),
            "emax": (25,),
            "logistic": (50, 10.88111),
            "exponential": (85,),
            "betaMod1": (0.33, 2.31),
            "betaMod2": (1.39, 1.39),
        },
    ),
    "pinheiro2006": (
        1.0,
        0.0,
        1.0,
        None,
        None,
        {"emax": (0.2,), "linear": (), "exponential": (0.2783,), "quadratic": (-0.8535,)},
    ),
    "jbs2006": (
        100.0,
        1.25,
        0.15,
        None,
        None,
        {"emax1": (2.6,), "emax2": (12.5,), "sigEmax": (30.5, 3.5), "quadratic": (-0.00776,)},
    ),
    "msc_womac": (
        100.0,
        0.0,
        10.0,
        120.0,
        1.0,
        {
            "linear": (),
            "linlog": (),
            "emax1": (5,),
            "emax2": (20,),
            "sigEmax": (30, 3),
            "quadratic": (-0.0075,),
            "betaMod": (0.9, 1.2),
        },
    ),
    "linInt": (
        150.0,
        0.0,
        8.0,
        None,
        None,
        {"emax1": (2,), "emax2": (25,), "linInt": (0.1, 0.5, 1.0, 1.0, 0.6)},
    ),
}


def _shape(theirs, top, scale=None, offset=None):
    name = theirs.rstrip("12")
    if name == "linInt":
        return interpolation(LIN_INT)
    settings = {"betaMod": {"scale": scale}, "linlog": {"offset": offset}}.get(name, {})
    return make_shape(OURS.get(name, name), top, **settings)


def _candidates(case):
    top, placebo, effect, scale, offset, guesses = next(
        v for k, v in SETS.items() if case["id"].startswith(k)
    )
    return [
        Candidate(label=k, shape=_shape(k, top, scale, offset), guess=g, placebo=placebo, max_effect=effect)
        for k, g in guesses.items()
    ]


def _cases(kind):
    found = [c for c in CASES if c["kind"].startswith(kind)]
    return pytest.mark.parametrize("case", found, ids=[c["id"] for c in found])


def _tolerance(case):
    """'abs 1e-3 …' or 'rel 1e-6' as the argument of approx; contrasts have the file's 1e-6."""
    kind, size = re.search(r"(abs|rel) (\S+)", case.get("tolerance", "abs 1e-6")).groups()
    return {kind: float(size)}


def test_every_case_is_tested():
    kinds = {
        "optContr",
        "optContr_weighted",
        "critVal",
        "powMCT",
        "sampSizeMCT",
        "target_dose",
        "optDesign",
        "MCTtest",
        "fitMod",
        "planMod_sim",
    }
    assert {c["kind"] for c in CASES} == kinds
    assert len(CASES) == 38


@_cases("optContr")
def test_contrasts(case):
    i, means = case["input"], np.array(case["input"]["model_means"]).T
    weights = np.ones(len(means)) if i["weights"] == "equal" else np.array(i["weights"], dtype=float)
    covariance = np.diag(1 / weights)
    found = optimal_contrasts(means, covariance)
    assert found == pytest.approx(np.array(case["expected"]["contrasts"]).T, abs=1e-8)
    if "corr" in case["expected"]:
        correlation = contrast_correlation(found, covariance)
        assert correlation == pytest.approx(np.array(case["expected"]["corr"]), abs=1e-8)


# their default multivariate t stops at an error of 1e-3 of the probability: these are off by more
# than they state
ROUGH = {
    "df_doc_critval",
    "msc_womac_critval",
    "pinheiro2006_critval",
    "df_doc_power_n25",
    "pinheiro2006_power_n40",
    "jbs2006_power_n30",
    "msc_womac_power_n30",
}


@_cases("critVal")
def test_critical_values(case):
    i, theirs = case["input"], case["expected"]["crit"]
    correlation = np.array(i["corr"])
    found = critical_value(correlation, i["df"], i["alpha"])
    assert found == pytest.approx(theirs, **({"abs": 2e-3} if case["id"] in ROUGH else _tolerance(case)))
    ours, at_theirs = max_p_values(np.array([found, theirs]), correlation, i["df"], seed=99).value
    assert ours == pytest.approx(i["alpha"], abs=4e-5)  # by other points
    assert at_theirs == pytest.approx(i["alpha"], abs=1e-3)
    if case["id"] in ROUGH:
        assert abs(at_theirs - i["alpha"]) > 2 * abs(ours - i["alpha"])


@_cases("powMCT")
def test_power(case):
    i, means = case["input"], np.array(case["input"]["model_means"]).T
    n, arms = i["n_per_arm"], len(means)
    df = arms * (n - 1)
    contrasts = optimal_contrasts(means, np.eye(arms))
    correlation = contrast_correlation(contrasts, np.eye(arms))
    c = critical_value(correlation, df, i["alpha"])
    shift = means.T @ contrasts * math.sqrt(n) / i["sigma"]
    found, theirs = max_exceeds(shift, correlation, df, c), case["expected"]["power"]
    candidates = _candidates(case)
    assert candidate_means(candidates, np.array(i["doses"])) == pytest.approx(means, rel=1e-6)
    by_name = power(candidates, i["doses"], n, i["sigma"], rule=ContrastRule(alpha=i["alpha"]))
    # two factors of one correlation may differ by a rotation, and the integrals by their own error
    assert np.all(np.abs(by_name.power - found.value) <= 4 * np.hypot(by_name.error, found.error) + 1e-9)
    if case["id"] in ROUGH:  # one other critical value explains all powers of the case

        def miss(x):
            return max_exceeds(shift[:1], correlation, df, x).value[0] - theirs[0]

        c = brentq(miss, c - 0.1, c + 0.1)
        assert max_p_values(np.array([c]), correlation, df).value[0] == pytest.approx(i["alpha"], abs=2e-3)
        found = max_exceeds(shift, correlation, df, c)
    assert found.value == pytest.approx(theirs, **_tolerance(case))


@_cases("sampSizeMCT")
def test_sample_sizes(case):
    i = case["input"]
    for over in (np.mean, np.min):
        found = sample_size(
            _candidates(case),
            i["doses"],
            i["sigma"],
            target=i["power"],
            rule=ContrastRule(alpha=i["alpha"]),
            over=over,
        )
        assert abs(found.n[0] - case["expected"][f"n_per_arm_{over.__name__}"]) <= 1


@_cases("target_dose")
def test_target_doses(case):
    i = case["input"]
    for k, candidate in enumerate(_candidates(case)):
        assert candidate.label == i["models"][k]
        found = {
            "TD": candidate.target_dose(i["delta"]),
            "ED50": candidate.effective_dose(0.5),
            "ED90": candidate.effective_dose(0.9),
        }
        for name, dose in found.items():
            assert dose == pytest.approx(case["expected"][name][k], **_tolerance(case)), name


@_cases("optDesign")
def test_designs(case):
    i = case["input"]
    candidates = [
        Candidate(label="emax", shape=make_shape("emax", 100.0), guess=(20.0,), max_effect=10.0),
        Candidate(label="linear", shape=make_shape("linear", 100.0), max_effect=10.0),
    ]
    found = optimal_design(candidates, i["doses"], delta=i["Delta"], probabilities=i["probs"])
    assert found.shares == pytest.approx(case["expected"]["weights"], **_tolerance(case))
    assert found.criterion == pytest.approx(case["expected"]["crit"], rel=1e-6)


def _biom():
    return from_patients(BIOM["dose"], BIOM["resp"])


@_cases("MCTtest")
def test_contrast_test(case):
    guesses = {"emax": (0.2,), "linear": (), "exponential": (0.2783,), "quadratic": (-0.8535,)}
    candidates = [Candidate(label=k, shape=_shape(k, 1.0), guess=g) for k, g in guesses.items()]
    found, theirs = contrast_test(_biom(), candidates), case["expected"]
    assert list(found.labels) == theirs["models"]
    assert found.statistics == pytest.approx(theirs["tstat"], abs=1e-6)
    assert found.p_values == pytest.approx(theirs["pval"], abs=1e-3)
    at_theirs = max_p_values(np.array([theirs["crit"]]), found.correlation, found.df)
    assert at_theirs.value[0] == pytest.approx(found.rule.alpha, abs=1e-3)


@_cases("fitMod")
def test_fits(case):
    i, theirs = case["input"], case["expected"]
    fit = fit_model(_biom(), _shape(i["model"], 1.0, i["scal"], i["off"]))
    assert list(fit.coefficients.values()) == pytest.approx(list(theirs["coef"].values()), **_tolerance(case))
    found = {"RSS": fit.rss, "AIC": fit.aic, "TD_0.4": fit.target_dose(0.4), "ED90": fit.effective_dose(0.9)}
    assert found == pytest.approx({k: theirs[k] for k in found}, **_tolerance(case))


@_cases("planMod_sim")
def test_planned_precision(case):
    """Their 200 trials against our 2000; 4 standard errors of the difference.

    Not compared: lengths of the intervals of TD (theirs extrapolates beyond the doses) and ED (no p is
    stated).
    """
    i, doses = case["input"], np.array(LIN_INT)
    for line, truth in zip(case["expected"]["text"][1:], _candidates({"id": "df_doc"}), strict=True):
        label, efficiency, curve_rmse, *_ = line.split()
        assert label == truth.label
        found = assess_estimation(
            truth,
            [make_shape(i["fit_model"], 150.0)],
            doses,
            np.eye(6) * i["sigma"] ** 2 / i["n_per_arm"],
            rng=np.random.default_rng(7),
        )
        if (
            label == "betaMod1"
        ):  # a second minimum, which their search misses in 1 of 13 trials: see validation
            assert found.efficiency > float(efficiency)
            continue
        error = found.curve_rmse_error * math.sqrt(1 + 2000 / i["nSim"])
        assert found.curve_rmse == pytest.approx(float(curve_rmse), abs=4 * error), label
        error = 2 * found.dose_rmse_error / found.dose_rmse * math.sqrt(1 + 2000 / i["nSim"])
        assert found.efficiency == pytest.approx(float(efficiency), rel=4 * error), label
