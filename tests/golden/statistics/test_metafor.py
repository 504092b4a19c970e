"""Pooling, influence and multivariate models against metafor 5.1 (versions in the JSON), 1e-6 relative."""

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.statistics.meta import (
    blup,
    correlation_of,
    fit_mixed,
    heterogeneity,
    pool,
    spread,
    stack,
    wald,
)
from marrowdose.statistics.meta import diagnostics as influence
from marrowdose.statistics.meta.pooling import two_sided
from marrowdose.statistics.meta.rare_events import common_odds as rare
from places import golden

BCG, RARE, MULTIVARIATE, LEVELS = (
    golden(f"metafor_{name}") for name in ("bcg", "binary_rare", "rmamv", "levels")
)
Y, V = np.array(BCG["inputs"]["yi"]), np.array(BCG["inputs"]["vi"])
CALLS = [name for name, result in BCG["results"].items() if "call" in result]


def near(found, reference, rel=1e-6):
    assert np.ravel(np.asarray(found, float)) == pytest.approx(np.ravel(reference), rel=rel, abs=1e-300)


def _covariates(words):
    """The model matrix of a call such as "DL z ablat year alloc"."""
    columns = [np.ones(len(Y))]
    for name in words:
        column = BCG["inputs"][name]
        if name == "alloc":
            columns += [[a == level for a in column] for level in ("random", "systematic")]
        else:
            columns.append(column)
    return np.column_stack(columns)


def _fit(name):
    estimator, test, *words = name.split()
    return pool(
        Y, V, _covariates(words), estimator={"FE": "fixed"}.get(estimator, estimator.lower()), test=test
    )


@pytest.mark.parametrize("name", CALLS)
def test_pool(name):
    fit, reference = _fit(name), BCG["results"][name]
    pairs = {
        "b": fit.beta,
        "se": fit.se,
        "vb": fit.covariance,
        "zval": fit.statistic,
        "pval": fit.p,
        "ci_lb": fit.low,
        "ci_ub": fit.high,
        "tau2": fit.tau2,
        "se_tau2": fit.se_tau2,
        "I2": fit.i2,
        "H2": fit.h2,
        "R2": fit.r2,
        "QE": fit.q,
        "QEp": fit.q_p,
        "QM": fit.moderators,
        "QMp": fit.moderators_p,
        "pi_lb": fit.predict_low,
        "pi_ub": fit.predict_high,
    }
    for key, found in pairs.items():
        if reference[key] is None or reference[key] == []:
            assert found is None, key
        else:
            near(found, reference[key])
    assert fit.df == reference["ddf"]
    likelihood, restricted = fit.criteria(), fit.criteria(restricted=True)
    stats = reference["fit_stats"]
    near([fit.log_likelihood, fit.log_likelihood_restricted], stats["ll"])
    near([likelihood.aic, restricted.aic], stats["AIC"])
    near([likelihood.bic, restricted.bic], stats["BIC"])
    near([likelihood.aicc, restricted.aicc], stats["AICc"])


def test_predictions_of_a_meta_regression():
    reference = BCG["results"]["REML knha ablat"]["predict_newmods_0_20_44"]
    found = _fit("REML knha ablat").predict([[1, 0], [1, 20], [1, 44]])
    for key, values in zip(("pred", "se", "ci_lb", "ci_ub", "pi_lb", "pi_ub"), found, strict=True):
        near(values, reference[key])


def test_q_profile_intervals():
    near(heterogeneity(Y, V), BCG["results"]["REML z"]["confint_random_QP"])


def test_blup():
    reference, found = BCG["results"]["REML blup"], blup(Y, V, pool(Y, V))
    for key, values in zip(("pred", "se", "pi_lb", "pi_ub"), found, strict=False):
        near(values, reference[key])


def test_influence():
    reference, found = BCG["results"]["REML influence"], influence.influence(Y, V)
    pairs = {
        "rstudent": "rstudent",
        "dffits": "dffits",
        "cook": "cook.d",
        "covariance_ratio": "cov.r",
        "tau2_without": "tau2.del",
        "q_without": "QE.del",
        "hat": "hat",
    }
    for ours, theirs in pairs.items():
        near(getattr(found, ours), reference[theirs])
    near(100 * found.hat, reference["weight"])


def test_small_study_effects():
    reference = BCG["results"]["REML regtest"]
    found = influence.egger(Y, V)
    near(
        [found.statistic, found.p, found.limit.estimate, found.limit.low, found.limit.high],
        [reference[key] for key in ("zval", "pval", "est", "ci_lb", "ci_ub")],
    )
    ranks = BCG["results"]["REML ranktest"]
    near(influence.rank_correlation(Y, V), [ranks["tau"], ranks["pval"]])


def test_rank_correlation_is_exact_below_50_studies():
    """metafor 3.8.1: ranktest(sin(i), vi = 0.1 + ((7 i) mod 41)/41), i = 1 … 40."""
    i = np.arange(1, 41)
    near(
        influence.rank_correlation(np.sin(i), 0.1 + (i * 7 % 41) / 41),
        [-0.0384615384615385, 0.737107672819313],
    )


def test_trim_and_fill():
    """The reference fitted inside trimfill with metafor's default stopping rule: τ² to 1e-5 there."""
    reference, found = BCG["results"]["REML trimfill"], influence.trim_and_fill(Y, V)
    assert (found.missing, found.side) == (reference["k0"], reference["side"])
    near([found.filled.beta[0], found.filled.se[0]], [reference["b"], reference["se"]])
    near(found.filled.tau2, reference["tau2"], rel=1e-5)


@pytest.mark.parametrize("method", ["MH", "Peto"])
def test_rare_events(method):
    given = RARE["inputs"]
    pooled = rare.mantel_haenszel if method == "MH" else rare.peto
    found = pooled(given["ai"], given["n1i"], given["ci"], given["n2i"])
    near([found.estimate, found.se], [RARE["results"][method][key] for key in ("b", "se")])


def _blocks(data, x, z):
    """Studies with the V of the reference; rows of one study belong together."""
    study = np.array(data["study"])
    v = np.zeros((len(study), len(study)))
    for i, j, value in data["V_entries"]:
        v[i, j] = value
    rows = [np.flatnonzero(study == name) for name in dict.fromkeys(data["study"])]
    y = np.array(data["yi"])
    return stack(
        [y[r] for r in rows], [x[r] for r in rows], [z[r] for r in rows], [v[np.ix_(r, r)] for r in rows]
    )


@pytest.mark.parametrize("structure", MULTIVARIATE["ishak2007"]["results"])
def test_repeated_times(structure):
    reference, given = MULTIVARIATE["ishak2007"]["results"][structure], MULTIVARIATE["ishak2007"]["inputs"]
    data = {**given["data"], "V_entries": given["V_entries"]}
    z = np.eye(4)[np.array(data["time"]) - 1]
    fit = fit_mixed(_blocks(data, z, z), spread(structure.lower(), 4), "reml")
    near(fit.beta, reference["b"])
    near(np.sqrt(np.diag(fit.covariance)), reference["se"])
    near(fit.covariance, reference["vb"])
    near(np.diag(fit.psi), np.resize(reference["tau2"], 4), rel=2e-6)
    near(fit.q, reference["QE"])
    near(fit.log_likelihood_restricted, reference["logLik"])
    if reference["rho"]:
        near(correlation_of(fit.psi), reference["rho"])
    assert fit.convergence.gradient < 1e-6 < fit.convergence.curvature


@pytest.mark.parametrize("name", MULTIVARIATE["senn2013"]["results"])
def test_treatment_contrasts(name):
    reference, data = MULTIVARIATE["senn2013"]["results"][name], MULTIVARIATE["senn2013"]["inputs"]
    contrasts = data["contrasts"]
    x = np.column_stack(
        [contrasts[t] for t in MULTIVARIATE["senn2013"]["results"]["ML"]["coef_names"]]
    ).astype(float)
    arms = contrasts["treatment.1"]
    z = np.array([[arm == level for level in dict.fromkeys(arms)] for arm in arms], float)
    given = {"study": contrasts["study"], "yi": data["yi"], "V_entries": data["V_entries"]}
    method = "ml" if name == "ML" else "reml"
    fit = fit_mixed(_blocks(given, x, z), spread("cs", z.shape[1], rho=0.5), method)
    se = np.sqrt(np.diag(fit.covariance))
    near(fit.beta, reference["b"])
    near(se, reference["se"])
    near(fit.covariance, reference["vb"])
    near(fit.psi[0, 0], reference["tau2"])
    near(fit.q, reference["QE"])
    near(fit.log_likelihood if method == "ml" else fit.log_likelihood_restricted, reference["logLik"])
    if name == "REML_t_contain":  # rows − p for a treatment contrasted twice in a study, else studies − p
        twice = [
            any(np.ptp(x[np.array(contrasts["study"]) == s, j]) > 0 for s in contrasts["study"])
            for j in range(9)
        ]
        df = np.where(twice, fit.df, len(set(contrasts["study"])) - 9)
        p = [two_sided(t, d) for t, d in zip(fit.beta / se, df, strict=True)]
    else:
        p = two_sided(fit.beta / se, None)
        near(wald(fit.beta, fit.covariance, None).statistic, reference["QM"])
    near(p, reference["pval"], rel=1e-5)  # tails magnify the last digit


def _check_multivariate(fit, reference, restricted):
    """The reference's quasi-Newton search stops a little below the maximum: never above ours, and 1e-4
    apart.
    """
    near(fit.beta, reference["b"], rel=1e-4)
    near(np.sqrt(np.diag(fit.covariance)), reference["se"], rel=1e-4)
    near(fit.q, reference["QE"])
    reached = fit.log_likelihood_restricted if restricted else fit.log_likelihood
    assert reference["ll"] - 1e-10 < reached < reference["ll"] + 1e-7
    assert fit.convergence.gradient < 1e-6


@pytest.mark.parametrize("name", LEVELS["konstantopoulos2011"]["results"])
def test_levels(name):
    """Schools in districts, ~ 1 | district/school; metafor 3.8.1 at its tightest stopping rule that ends."""
    reference, data = (LEVELS["konstantopoulos2011"][part] for part in ("results", "inputs"))
    district, y, v = (np.array(data[key], float) for key in ("district", "yi", "vi"))
    year = np.array(data["year"], float)
    x = np.column_stack([np.ones(len(y)), year]) if "year" in name else np.ones((len(y), 1))
    rows = [np.flatnonzero(district == d) for d in np.unique(district)]
    most = max(map(len, rows))
    z = [np.column_stack([np.ones(len(r)), np.eye(most)[: len(r)]]) for r in rows]
    blocks = stack([y[r] for r in rows], [x[r] for r in rows], z, [np.diag(v[r]) for r in rows])
    method = name.split("_")[0].lower()
    fit = fit_mixed(blocks, spread("levels", most + 1, shared=(1, most)), method)
    _check_multivariate(fit, reference[name], method == "reml")
    near([fit.psi[0, 0], fit.psi[1, 1]], reference[name]["sigma2"], rel=1e-4)
    assert np.ptp(np.diag(fit.psi)[1:]) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("name", LEVELS["berkey1998"]["results"])
def test_two_outcomes(name):
    """Any covariance of two outcomes between trials (UN)."""
    reference, data = (LEVELS["berkey1998"][part] for part in ("results", "inputs"))
    y, within = np.array(data["yi"]), np.column_stack([data["v1i"], data["v2i"]])
    x = np.array([[o == level for level in ("AL", "PD")] for o in data["outcome"]], float)
    rows = [np.flatnonzero(np.array(data["trial"]) == trial) for trial in dict.fromkeys(data["trial"])]
    blocks = stack(
        [y[r] for r in rows], [x[r] for r in rows], [x[r] for r in rows], [within[r] for r in rows]
    )
    fit = fit_mixed(blocks, spread("un", 2), name.lower())
    _check_multivariate(fit, reference[name], name == "REML")
    near(np.diag(fit.psi), reference[name]["tau2"], rel=3e-4)
    near(correlation_of(fit.psi), reference[name]["rho"], rel=3e-4)


def test_levels_must_add_up():
    with pytest.raises(InputError, match="do not divide 4 effects"):
        spread("levels", 4, shared=(1, 2))
    with pytest.raises(InputError, match="only there"):
        spread("diag", 3, shared=(1, 2))
