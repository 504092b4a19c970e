"""What the mathematics of MCP-Mod promises: no order of rows, no units, no level of placebo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowdose.statistics.mcpmod import (
    Candidate,
    ContrastRule,
    analyse_normal,
    contrast_test,
    estimates,
    fit_model,
    from_patients,
    make_shape,
    mcpmod,
    shape_names,
    summarise,
)
from marrowdose.statistics.mcpmod.profile_likelihood import fit_profile

DOSES = np.array([0.0, 5.0, 10.0, 50.0, 100.0])
GUESSES = {
    "linear": (),
    "linlog": (),
    "emax": (20.0,),
    "sigemax": (40.0, 3.0),
    "quadratic": (-0.007,),
    "exponential": (30.0,),
    "logistic": (40.0, 9.0),
    "beta": (0.8, 0.9),
}
IN_DOSE_UNITS = {"emax": (0,), "sigemax": (0,), "exponential": (0,), "logistic": (0, 1)}
SEEDS = st.integers(0, 10_000)
few = settings(max_examples=8, deadline=None)


def _trial(seed, n=8):
    rng = np.random.default_rng(seed)
    dose = np.repeat(DOSES, n)
    return dose, 40 - 12 * dose / (dose + 15) + 6 * rng.standard_normal(len(dose))


def _candidates(unit=1.0, names=GUESSES):
    made = []
    for name in names:
        guess = list(GUESSES[name])
        for k in IN_DOSE_UNITS.get(name, ()):
            guess[k] *= unit
        guess = [g / unit for g in guess] if name == "quadratic" else guess
        made.append(
            Candidate(label=name, shape=make_shape(name, 100.0 * unit), guess=tuple(guess), max_effect=-1)
        )
    return made


@given(SEEDS)
@few
def test_order_of_rows_does_not_matter(seed):
    dose, y = _trial(seed)
    order = np.random.default_rng(seed + 1).permutation(len(y))
    a, b = (
        contrast_test(from_patients(d, r), _candidates()) for d, r in ((dose, y), (dose[order], y[order]))
    )
    assert a.statistics == pytest.approx(b.statistics, rel=1e-9)
    data = from_patients(dose, y)
    swapped = np.array([3, 0, 4, 1, 2])
    again = estimates(DOSES[swapped], data.means[swapped], data.covariance[np.ix_(swapped, swapped)])
    assert again.means == pytest.approx(data.means)
    assert again.covariance == pytest.approx(data.covariance)


@given(SEEDS, st.sampled_from([1e-3, 0.5, 1e6]))
@few
def test_units_of_dose(seed, unit):
    """Statistics stay, and doses are rescaled."""
    dose, y = _trial(seed)
    a, b = (
        mcpmod(from_patients(dose * u, y), _candidates(u), rule=ContrastRule(alpha=0.2)) for u in (1.0, unit)
    )
    assert a.test.statistics == pytest.approx(b.test.statistics, rel=1e-8)
    assert a.selected == b.selected
    for name in set(a.fits) & set(b.fits):
        assert a.fits[name].rss == pytest.approx(b.fits[name].rss, rel=1e-8)
        if max(a.fits[name].last_step, b.fits[name].last_step) > 1e-7:
            continue  # a staircase: many curves fit as well, alike at the doses and not between them
        one, other = a.fits[name].target_dose(-5.0), b.fits[name].target_dose(-5.0)
        assert (one is None) == (other is None)
        assert one is None or other == pytest.approx(one * unit, rel=1e-4)


@given(SEEDS, st.sampled_from([0.01, 100.0]), st.sampled_from([-50.0, 0.0, 1000.0]))
@few
def test_units_of_outcome_and_level_of_placebo(seed, scale, shift):
    dose, y = _trial(seed)
    a = mcpmod(from_patients(dose, y), _candidates(), rule=ContrastRule(alpha=0.2))
    b = mcpmod(from_patients(dose, scale * y + shift), _candidates(), rule=ContrastRule(alpha=0.2))
    assert a.test.statistics == pytest.approx(b.test.statistics, rel=1e-7, abs=1e-9)
    assert set(a.fits) == set(b.fits)
    for name, fit in a.fits.items():
        doses = [0.0, 7.0, 100.0]
        assert b.fits[name].value(np.array(doses)) == pytest.approx(
            scale * fit.value(np.array(doses)) + shift, rel=1e-4
        )


@given(SEEDS)
@few
def test_a_trial_is_the_same_alone_and_in_a_batch(seed):
    dose, _ = _trial(seed)
    y = np.stack([_trial(seed + k)[1] for k in range(5)])
    candidates = _candidates(names=["linear", "emax", "quadratic", "exponential"])
    batch = analyse_normal(summarise(dose, y), candidates, delta=-5.0)
    for k in range(5):
        alone = mcpmod(from_patients(dose, y[k]), candidates)
        assert batch.test.statistics[k] == pytest.approx(alone.test.statistics, rel=1e-9)
        chosen = batch.shapes[batch.chosen[k]] if batch.chosen[k] >= 0 else None
        assert chosen == alone.selected
        if chosen:
            target = alone.fits[chosen].target_dose(-5.0)
            assert (
                np.isnan(batch.target_dose[k])
                if target is None
                else abs(batch.target_dose[k] - target) < 0.05
            )


@given(SEEDS)
@few
def test_covariates_are_adjusted_for(seed):
    """The profile fit on adjusted means equals least squares of dose and covariate together."""
    dose, y = _trial(seed)
    x = np.random.default_rng(seed + 7).standard_normal(len(y))
    fit = fit_model(from_patients(dose, y + 3 * x, x), make_shape("quadratic", 100.0))
    design = np.column_stack([np.ones_like(dose), dose, dose**2, x])
    direct, rss = np.linalg.lstsq(design, y + 3 * x)[:2]
    assert list(fit.coefficients.values()) == pytest.approx(direct[:3], rel=1e-8)
    assert fit.rss == pytest.approx(rss[0], rel=1e-9)
    assert fit.covariance == pytest.approx(
        (rss[0] / (len(y) - 4) * np.linalg.inv(design.T @ design))[:3, :3], rel=1e-7
    )


# every shape keeps the promises of its kind


@pytest.mark.parametrize("name", shape_names())
def test_gradient_is_the_derivative(name):
    shape = make_shape(name, 100.0)
    rng = np.random.default_rng(5)
    for _ in range(20):
        theta = np.array([rng.uniform(lo, hi) for lo, hi in shape.bounds])
        for k, found in enumerate(shape.gradient(DOSES, *theta)):
            step = np.zeros(len(theta))
            step[k] = 1e-6 * theta[k]
            up, down = (shape.columns(DOSES, *(theta + s))[0] for s in (step, -step))
            assert found == pytest.approx((up - down) / (2 * step[k]), rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("name", shape_names())
def test_every_shape_can_be_recovered(name):
    """A curve without noise gives itself back."""
    shape = make_shape(name, 100.0)
    truth = Candidate(label=name, shape=shape, guess=GUESSES[name], placebo=3.0, max_effect=2.0)
    doses = np.linspace(0, 100, 9)
    fit = fit_model(estimates(doses, truth.means(doses), 0.01 * np.eye(9)), shape)
    linear, theta = truth.coefficients()
    assert list(fit.coefficients.values()) == pytest.approx([*linear, *theta], rel=1e-3)
    assert fit.rss < 1e-6
    assert fit.target_dose(1.0) == pytest.approx(truth.target_dose(1.0), rel=1e-4)


@pytest.mark.parametrize("name", ["sigemax", "logistic", "beta"])
@pytest.mark.parametrize("doses", [[0, 1, 10, 50, 100], [0, 25, 50, 100]], ids=len)
def test_pure_noise_is_fitted_all_the_same(name, doses):
    """Noise makes staircases, whose best steepness is at infinity: nearly all converge, and no start finds
    more.
    """
    y = np.random.default_rng(2).standard_normal((2000, len(doses)))
    shape, d = make_shape(name, 100.0), np.array(doses, dtype=float)
    found = fit_profile(shape, d, np.eye(len(d)), y, starts=2)
    assert (~found.converged).mean() <= 0.002
    sure = np.flatnonzero(found.converged)[:200]
    more = fit_profile(shape, d, np.eye(len(d)), y[sure], starts=8)
    worse = found.rss[sure] > more.rss + 1e-8 * y[sure].var(axis=1)
    assert worse.mean() <= 0.01  # two starts miss a second hill in 2 of 1000 beta fits; one trial gets eight
