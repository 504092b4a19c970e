"""Dose-response meta-analysis against dosresmeta 2.2 and a likelihood in R (versions in the JSON), 1e-5.

Only the entries "2stage" and "1stage tight" (and "1stage fixed", which is not iterated) are pinned: the
default one-stage optimiser of the package stops early.
"""

import numpy as np
import pytest
from scipy.stats import chi2, t

from marrowdose.statistics.meta import (
    Comparison,
    Effects,
    Fitting,
    StudyEffects,
    at_spread,
    drma,
    effective_dose,
    fit_studies,
    fitted_cases,
    greenland_longnecker,
    hamling,
    mean_differences,
    moment_spread,
    peak,
    stack,
    standardised_differences,
)
from places import golden

PINNED = golden("dosresmeta")
ONE_STAGE = golden("one_stage_ari_ml")
DRC = golden("drc_ryegrass")
ARI, ALCOHOL, COVARIANCES = PINNED["ari"], PINNED["alcohol_cvd"], PINNED["covariances"]["results"]
SQRT_EPSILON = float(np.finfo(float).eps ** 0.5)  # mixmeta's least eigenvalue of a moment estimate


def near(found, reference, rel=1e-5, abs=1e-300):
    assert np.ravel(np.asarray(found, float)) == pytest.approx(np.ravel(reference), rel=rel, abs=abs)


def _ari(measure):
    given = ARI["inputs"]
    kind = {"md": "md", "smd": "cohens"}[measure]
    covariance = {s: np.array(c[kind]["S"]) for s, c in ARI["covariances_by_study"].items()}
    table = {
        "study": given["id"],
        "dose": given["dose"],
        "mean": given["y"],
        "sd": given["sd"],
        "n": given["n"],
    }
    measures = {"md": "md", "smd": "cohen"}
    return table, {"measure": measures[measure], "comparison": Comparison(covariance=covariance)}


def _alcohol():
    given = ALCOHOL["inputs"]
    columns = {
        "study": "id",
        "dose": "dose",
        "effect": "logrr",
        "se": "se",
        "cases": "cases",
        "n": "n",
        "type": "type",
    }
    return {ours: given[theirs] for ours, theirs in columns.items()}, {"measure": "reported"}


CASES = [(f"ari {name}", name, ARI) for name in ARI["results"]]
CASES += [(f"alcohol {name}", name, ALCOHOL) for name in ALCOHOL["results"]]


@pytest.mark.parametrize("name, source", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_fits(name, source):
    reference = source["results"][name]
    words = name.split()
    table, options = _ari(words.pop(0)) if source is ARI else _alcohol()
    curve, stage, method = words[:3]
    knots = source["inputs"]["knots"] if curve == "rcs3" else None
    method = {"mm": "dl"}.get(method, method)
    fit = drma(
        table,
        curve,
        fitting=Fitting(stages="one" if stage == "1stage" else "two", method=method),
        knots=knots,
        **options,
    )
    near(fit.deviance, reference["gof"]["deviance"]["D"])
    assert fit.deviance_df == reference["gof"]["deviance"]["df"]
    near(fit.deviance_p, reference["gof"]["deviance"]["p"], rel=1e-4)
    near(fit.r2, reference["gof"]["R2"])
    if stage == "2stage":
        near(fit.study_coefficients, reference["bi"])
        all_of_them, *each = np.ravel(reference["Q"]["Q"])
        near(fit.q, all_of_them)
        near(fit.coefficient_q, each or [all_of_them])
        right = chi2.sf(
            fit.coefficient_q, len(fit.studies) - 1
        )  # the package takes all coefficients off each
        near(fit.coefficient_q_p, right)
        assert fit.q_df == np.ravel(reference["Q"]["df"])[0]
    if method == "dl":
        _check_moments(fit, reference)
        return
    near(fit.beta, reference["coefficients"])
    near(fit.covariance, reference["vcov"])
    if method != "fixed":
        near(fit.psi, reference["Psi"], abs=1e-5 * np.abs(np.diag(fit.covariance)).max())
        near(fit.vpc, reference["vpc"], abs=1e-6)
        assert fit.convergence.gradient < 1e-6
    predicted = fit.predict(reference["predict"]["dose"])
    near(predicted.effect, reference["predict"]["pred"], abs=1e-12)
    near(predicted.low, reference["predict"]["ci.lb"], abs=1e-12)
    near(predicted.high, reference["predict"]["ci.ub"], abs=1e-12)
    if reference["logLik"] is not None:
        units = 0.0
        if method == "reml" and stage == "1stage":  # the package leaves ½ log|XᵀX| out here, and only here
            f, _ = fit.rows(np.concatenate([s.doses for s in fit.studies]), 0.0)
            units = 0.5 * np.linalg.slogdet(f.T @ f)[1]
        near(fit.log_likelihood - units, reference["logLik"])


def _check_moments(fit, reference):
    """Moments to the package's own least eigenvalue, √ε, in the units of the coefficients; ours is zero."""
    b, s = np.array(reference["bi"]), np.array(reference["Si"])
    x = np.tile(np.eye(b.shape[1]), (len(b), 1, 1))
    psi = moment_spread(b, x, s, floor=SQRT_EPSILON)
    near(psi, reference["Psi"], abs=1e-20)
    found = at_spread(stack(b, x, x, s), psi)
    near(found.beta, reference["coefficients"])
    near(found.covariance, reference["vcov"])
    near(fit.psi, psi, abs=1.5 * SQRT_EPSILON)


@pytest.mark.parametrize("study", ARI["covariances_by_study"])
@pytest.mark.parametrize("kind", ["md", "cohens", "hedges", "glass"])
def test_effects_of_arms(study, kind):
    given, reference = ARI["inputs"], ARI["covariances_by_study"][study][kind]
    rows = [i for i, s in enumerate(given["id"]) if str(s) == study]
    mean, sd, n = (np.array(given[c])[rows] for c in ("y", "sd", "n"))
    s = np.array(reference["S"])
    if kind == "md":  # the package mixes: pooled variance on the diagonal, the control's own off it
        pooled, own = mean_differences(mean, sd, n, pooled=True), mean_differences(mean, sd, n)
        near(np.diag(pooled.covariance), np.diag(s))
        off = ~np.eye(len(s), dtype=bool)
        near(own.covariance[off], s[off])
        near(own.y, reference["y"][1:])
        return
    found = standardised_differences(mean, sd, n, by={"cohens": "cohen"}.get(kind, kind))
    near(found.y, reference["y"][1:])
    near(found.covariance, s)


@pytest.mark.parametrize("design", ["cc", "ci", "ir"])
def test_pseudo_counts(design):
    reference = COVARIANCES[design]
    given = reference["inputs"]
    log_ratio, n = np.array(given["logrr"]), np.array(given["n"], float)
    cases = np.array(given.get("cases", given.get("case")), float)
    se = given.get("se") or (np.log(given["ub"]) - np.log(given["lb"])) / (2 * 1.959963984540054)
    near(fitted_cases(log_ratio, cases, n, design), np.array(reference["GL_pseudo"])[:, 0])
    near(greenland_longnecker(log_ratio, se, cases, n, design).covariance, reference["GL_S"])
    ours, theirs = hamling(log_ratio, se, cases, n, design).covariance, np.array(reference["H_S"])
    near(np.diag(ours), np.diag(theirs))
    # the package minimises by Nelder–Mead and stops early: its off-diagonals, equal in theory, differ
    near(ours, theirs, rel={"cc": 5e-5, "ci": 2e-3, "ir": 1e-4}[design])


def test_a_single_study():
    given, reference = COVARIANCES["cc"]["inputs"], COVARIANCES["cc"]["fit"]
    se = (np.log(given["ub"]) - np.log(given["lb"])) / (2 * 1.959963984540054)
    table = {
        "study": ["one"] * 4,
        "dose": given["dose"],
        "effect": given["logrr"],
        "se": se,
        "cases": given["case"],
        "n": given["n"],
        "type": ["cc"] * 4,
    }
    fit = drma(table, "linear", measure="reported", fitting=Fitting(method="fixed"))
    near([fit.beta[0], fit.covariance[0, 0]], [reference["coefficients"], reference["vcov"][0][0]])
    near(fit.log_likelihood, reference["logLik"])
    near([fit.deviance, fit.r2], [reference["gof"]["deviance"]["D"], reference["gof"]["R2"]])


def _one_stage_table():
    given = ONE_STAGE["inputs"]
    return {
        "study": given["study"],
        "dose": given["dose"],
        "mean": given["y"],
        "sd": given["sd"],
        "n": given["n"],
    }


@pytest.mark.parametrize("curve", ["linear", "quadratic", "rcs3"])
def test_arm_based_and_contrast_based_forms_agree(curve):
    reference = ONE_STAGE["results"]["linear_in_parameters_common"][curve]
    knots = ONE_STAGE["inputs"]["knots"] if curve == "rcs3" else None
    fit = drma(_one_stage_table(), curve, fitting=Fitting(method="fixed"), knots=knots)
    for form in ("arm_based", "contrast"):
        near(fit.beta, reference[f"{form}_coef"])
        near(fit.covariance, reference[f"{form}_vcov"])
    near(fit.q, reference["Q"])
    assert fit.q_df == reference["df"]


@pytest.mark.parametrize("method", ["fixed", "ml"])
def test_emax_by_likelihood(method):
    """The reference's random-effects fit ends at τ = 0, where both are the same; its τ is the optimiser's
    zero.
    """
    reference = ONE_STAGE["results"]["emax_common_ML"]
    fit = drma(_one_stage_table(), "emax", fitting=Fitting(method=method))
    near([fit.beta[0], np.exp(fit.beta[1])], [reference["Emax"], reference["ED50"]])
    near(fit.se, [reference["se_Emax"], reference["se_logED50"]])
    near(fit.covariance[0, 1], reference["cov_Emax_logED50"])
    random = ONE_STAGE["results"]["emax_random_ML"]
    near(fit.psi, [0.0], abs=random["tau"] ** 2)
    near([fit.beta[0], np.exp(fit.beta[1])], [random["Emax"], random["ED50"]])


def test_published_anchor():
    """Crippa & Orsini 2016, abstract: greatest effect 10.4 (7.48 to 13.3) at 19.32; 80 % of it at 10.43."""
    table, options = _ari("md")
    fit = drma(table, "rcs3", knots=ARI["inputs"]["knots"], fitting=Fitting(stages="two"), **options)
    top = peak(fit)
    at = fit.predict([top.dose])
    near([at.effect[0], at.low[0], at.high[0]], [10.4, 7.48, 13.3], rel=5e-3)
    again = ONE_STAGE["published_anchor"]["reproduced_here_with_dosresmeta_2.2.0"]
    near([at.effect[0], at.low[0], at.high[0]], [again["max"], *again["ci"]])
    near(top.dose, again["dose_at_max"], abs=0.01)
    near(effective_dose(fit, 0.8).estimate, again["ED80"], abs=0.01)


CURVES = {"LL.4": "sigmoid", "LL.5": "richards", "W1.4": "weibull", "W2.4": "frechet", "EXD.3": "exponential"}
ORDER = {"LL.4": "eb", "LL.5": "ebf", "W1.4": "eb", "W2.4": "eb", "EXD.3": "e"}


def _check_effective_doses(fit, reference, df, rel):
    """ED10, ED50, ED90 with their delta-method standard errors and Student's intervals."""
    for share, row in zip((0.1, 0.5, 0.9), reference["ED"], strict=True):
        found = effective_dose(fit, share, of="asymptote", draws=100)
        near(found.estimate, row[0], rel=rel)
        near(found.se, row[1], rel=5 * rel)
        half = t.ppf(0.975, df) * found.se
        near([found.estimate - half, found.estimate + half], row[2:], rel=10 * rel)


def test_drc_with_a_known_level_at_an_unlimited_dose():
    """LL.3: no root is left at last, so an unlimited dose is a reference arm without error, its effect
    zero.
    """
    reference, given = DRC["results"]["LL.3"], DRC["inputs"]
    dose, y = np.array(given["conc"]), np.array(given["rootl"])
    levels, counts = np.unique(dose, return_counts=True)
    mean = np.array([y[dose == d].mean() for d in levels])
    effects = Effects(mean, np.diag(reference["residual_se"] ** 2 / counts))
    study = StudyEffects(name="ryegrass", reference=1e6, doses=levels, effects=effects)
    fit = fit_studies([study], "sigmoid", fitting=Fitting(method="fixed"))
    b, d, e = reference["coef"].values()
    near([-fit.beta[0], np.exp(fit.beta[2]), np.exp(fit.beta[1])], [d, b, e], rel=1e-4)
    near([fit.se[0], fit.se[2] * b, fit.se[1] * e], np.array(reference["se"])[[1, 0, 2]], rel=5e-4)
    _check_effective_doses(fit, reference, len(y) - 3, 1e-4)


EARLY = ("LL.5", "EXD.3")  # our likelihood is higher: drc's optimiser stops at about 3e-4 from the maximum


@pytest.mark.parametrize("model", CURVES)
def test_drc(model):
    """One study of raw data: least squares of all roots is our fixed-effect fit of the dose means."""
    reference, given = DRC["results"][model], DRC["inputs"]
    dose, y = np.array(given["conc"]), np.array(given["rootl"])
    levels = np.unique(dose)
    table = {
        "study": ["ryegrass"] * len(levels),
        "dose": levels,
        "mean": [y[dose == d].mean() for d in levels],
        "sd": [reference["residual_se"]] * len(levels),
        "n": [(dose == d).sum() for d in levels],
    }
    fit = drma(table, CURVES[model], fitting=Fitting(method="fixed"))
    coefficient = {name.split(":")[0]: value for name, value in reference["coef"].items()}
    se = dict(zip(coefficient, reference["se"], strict=True))
    rel = 1e-3 if model in EARLY else 1e-4
    near(fit.beta[0], coefficient["c"] - coefficient["d"], rel=rel)
    for log_theta, error, name in zip(fit.beta[1:], fit.se[1:], ORDER[model], strict=True):
        near(np.exp(log_theta), abs(coefficient[name]), rel=rel)  # W2.4 has a negative b
        near(error * np.exp(log_theta), se[name], rel=5 * rel)  # second derivatives magnify
    _check_effective_doses(fit, reference, len(y) - len(coefficient), rel)
    f = fit.predict(dose).effect
    residual = y - f - (y - f).mean()
    log_likelihood = -len(y) / 2 * (np.log(2 * np.pi * residual @ residual / len(y)) + 1)
    assert log_likelihood > reference["logLik"] - 1e-9
