"""Options of DoseFinding beyond the pinned cases: two sides, covariates' coefficients, effects without a
placebo.

Made by DoseFinding 1.0.3 (versions in the JSON) on biom, with two made-up covariates; coefficients 1e-4
relative (bounded nls), covariances 1e-3, statistics 1e-8, p-values 1e-3.
"""

import numpy as np
import pytest

from marrowdose.statistics.mcpmod import (
    Candidate,
    ContrastRule,
    bootstrap,
    contrast_test,
    estimates,
    fit_model,
    from_patients,
    make_shape,
    max_p_values,
    mcpmod,
    placebo_adjusted,
    power,
)
from places import golden

MORE, BIOM = (golden(f"mcpmod_{name}") for name in ("options", "biom"))
DOSE, RESPONSE = (np.array(BIOM["inputs"][k]) for k in ("dose", "resp"))
X = np.column_stack([MORE["x1"], MORE["x2"]])
ADJUSTED = from_patients(DOSE, RESPONSE + X @ [0.5, -0.3], X, names=["x1", "x2"])
GUESSES = {"linear": (), "emax": (0.05,), "sigemax": (0.5, 4), "quadratic": (-0.85,), "exponential": (0.3,)}
CANDIDATES = [
    Candidate(label=k, shape=make_shape(k, 1.0), guess=g, max_effect=0.6) for k, g in GUESSES.items()
]
PLACEBO_FREE = MORE["plac"]
EFFECTS = placebo_adjusted(PLACEBO_FREE["dose"], PLACEBO_FREE["eff"], np.array(PLACEBO_FREE["V"]))


@pytest.mark.parametrize("name", MORE["cov"])
def test_coefficients_of_covariates(name):
    fit, theirs = fit_model(ADJUSTED, make_shape(name.lower(), 1.0)), MORE["cov"][name]
    found = [*fit.coefficients.values(), *fit.covariate_coefficients.values()]
    assert list(fit.covariate_coefficients) == ["x1", "x2"]
    assert found == pytest.approx(theirs["coef"], rel=1e-4)
    assert fit.full_covariance == pytest.approx(np.array(theirs["vcov"]), rel=1e-3, abs=1e-7)
    assert (fit.rss, fit.df, fit.aic) == pytest.approx((theirs["RSS"], theirs["df"], theirs["AIC"]), rel=1e-7)


def test_contrasts_with_covariates():
    found = contrast_test(ADJUSTED, CANDIDATES)
    assert found.statistics == pytest.approx(MORE["covtest"]["t"], rel=1e-8)
    assert found.p_values == pytest.approx(MORE["covtest"]["p"], abs=1e-3)


def test_two_sided_contrasts():
    data, theirs = from_patients(DOSE, RESPONSE), MORE["two"]
    found = contrast_test(data, CANDIDATES, rule=ContrastRule(two_sided=True))
    assert found.statistics == pytest.approx(theirs["t"], rel=1e-8)
    assert found.p_values == pytest.approx(theirs["p"], abs=1e-3)
    at_theirs = max_p_values(np.array([theirs["crit"]]), found.correlation, found.df, two_sided=True)
    assert at_theirs.value[0] == pytest.approx(0.025, abs=1e-3)
    falling = [
        Candidate(label=c.label, shape=c.shape, guess=c.guess, max_effect=-1.0) for c in CANDIDATES
    ]  # the other side is the same test
    other = mcpmod(data, falling, rule=ContrastRule(two_sided=True))
    assert other.test.statistics == pytest.approx(-found.statistics)
    assert other.test.p_values == pytest.approx(found.p_values)
    assert set(other.test.significant) == set(found.significant) != set()
    assert not contrast_test(data, falling).significant


def test_two_sided_power():
    """Their default: 5 % to both sides, 30 patients an arm, standard deviation 1."""
    found = power(CANDIDATES, sorted(set(DOSE)), 30, 1.0, rule=ContrastRule(alpha=0.05, two_sided=True))
    assert found.power == pytest.approx(MORE["power_two"], abs=2e-3)
    none = [Candidate(label=c.label, shape=c.shape, guess=c.guess, max_effect=1e-6) for c in CANDIDATES]
    both = power(none, sorted(set(DOSE)), 30, 1.0, rule=ContrastRule(alpha=0.05, two_sided=True))
    assert both.power == pytest.approx(0.05, abs=1e-3)  # both tails count


# effects over placebo without the placebo


def test_contrasts_without_placebo():
    found, theirs = contrast_test(EFFECTS, CANDIDATES), PLACEBO_FREE["test"]
    active = found.contrasts[1:] / np.linalg.norm(found.contrasts[1:], axis=0)
    assert active == pytest.approx(np.array(theirs["contMat"]), abs=1e-8)
    assert found.statistics == pytest.approx(theirs["t"], rel=1e-8)
    assert found.p_values == pytest.approx(theirs["p"], abs=1e-3)


@pytest.mark.parametrize("name", PLACEBO_FREE["fit"])
def test_fits_without_placebo(name):
    fit, theirs = fit_model(EFFECTS, make_shape(name, 1.0)), PLACEBO_FREE["fit"][name]
    assert list(fit.coefficients.values()) == pytest.approx(
        [0, *np.atleast_1d(theirs["coef"])], rel=1e-4, abs=1e-9
    )
    at_bound = {"exponential": 5e-3}.get(name, 1e-3)  # delta sits at its bound, theirs 3e-8 inside
    assert fit.covariance[1:, 1:] == pytest.approx(np.atleast_2d(theirs["vcov"]), rel=at_bound)
    assert fit.covariance[0] == pytest.approx(0, abs=1e-8)
    assert fit.aic == pytest.approx(theirs["gAIC"], rel=1e-7)
    for effect in (False, True):
        curve = fit.predict([0.1, 0.5, 1.0], effect=effect)
        assert curve.value == pytest.approx(theirs["pred"], rel=1e-4)
        assert curve.se == pytest.approx(theirs["se"], rel=at_bound)
    assert fit.target_dose(0.4) == pytest.approx(theirs["TD"], rel=1e-4)
    assert fit.effective_dose(0.5) == pytest.approx(theirs["ED50"], rel=1e-4)


@pytest.mark.parametrize("name", GUESSES)
def test_effects_and_means_say_the_same(name):
    """Arm-based and contrast-based forms: the same effects, intervals, target doses and bootstrap."""
    anova = BIOM["results"]["anova"]
    means, s = np.array(anova["mu"]), np.array(anova["S"])
    difference = np.column_stack([-np.ones(4), np.eye(4)])
    by_arm = estimates(anova["dose"], means, s)
    by_contrast = placebo_adjusted(anova["dose"][1:], difference @ means, difference @ s @ difference.T)
    a, b = (fit_model(data, make_shape(name, 1.0)) for data in (by_arm, by_contrast))
    ours, other = (f.predict([0.03, 0.4, 1.0], effect=True) for f in (a, b))
    assert other.value == pytest.approx(ours.value, rel=1e-5)
    assert other.se == pytest.approx(ours.se, rel=1e-4)
    assert b.target_dose(0.4) == pytest.approx(a.target_dose(0.4), rel=1e-5)
    assert a.aic - b.aic == pytest.approx(2, abs=1e-7)  # one coefficient less
    t, u = (contrast_test(data, CANDIDATES).statistics for data in (by_arm, by_contrast))
    assert u == pytest.approx(t, rel=1e-9)
    draws = [bootstrap(x, [a.shape], rng=np.random.default_rng(0), draws=4000) for x in (by_arm, by_contrast)]
    spread = [np.std(d.curves - d.curves[:, :1], axis=0)[200] for d in draws]
    assert spread[1] == pytest.approx(spread[0], rel=0.06)  # 4 standard errors of a spread of 4000 draws
    assert np.abs(draws[1].curves[:, 0]).max() < (1e-9 if name != "logistic" else 1)


def test_interval_of_the_target_dose():
    """The ends of the band at the limits are the target; a target above the band has no limit."""
    fit = fit_model(from_patients(DOSE, RESPONSE), make_shape("emax", 1.0))
    low, high = fit.target_interval(0.3, level=0.8)
    assert low < fit.target_dose(0.3) < high
    assert fit.predict([low], effect=True, level=0.8).upper[0] == pytest.approx(0.3, rel=1e-6)
    assert fit.predict([high], effect=True, level=0.8).lower[0] == pytest.approx(0.3, rel=1e-6)
    wider = fit.target_interval(0.3)
    assert wider[0] < low
    assert wider[1] is None or wider[1] > high
    assert fit.target_interval(0.6)[1] is None
    assert fit.target_interval(-0.6) == (None, None)
    falling = fit_model(from_patients(DOSE, -RESPONSE), make_shape("emax", 1.0))
    assert falling.target_interval(-0.3, level=0.8) == pytest.approx((low, high), rel=1e-5)
