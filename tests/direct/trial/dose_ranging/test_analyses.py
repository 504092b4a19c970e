"""The statistics inside longitudinal designs against what they are said to be, in a few lines of algebra
each.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from marrowdose.statistics.repeated import mmrm
from marrowdose.synthesis.fit import shipped_fit
from marrowdose.trial.dose_ranging.curve_average import average_curves, curve_grid
from marrowdose.trial.dose_ranging.persons import Reality, analysed, draw_persons, follow
from marrowdose.trial.dose_ranging.visit_means import visit_means
from marrowdose.trial.truths.named import PRESETS, preset
from marrowdose.trial.truths.truth import posterior, posterior_mean

DOSES = (10.0, 25.0, 50.0, 100.0)
MONTHS = (3.0, 6.0, 12.0)


def partial(trials: int = 40, patients: int = 90) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values with monotone gaps, arms and baselines of simulated trials."""
    truth, reality = preset("plateau"), Reality(lost=0.4, lost_log_odds=0.8)
    people = draw_persons(truth, reality, np.arange(trials), patients, MONTHS, 5)
    arm = np.broadcast_to(np.arange(patients) % 3, (trials, patients))
    course = follow(truth, reality, people, np.array([0.0, 25.0, 100.0])[arm], MONTHS)
    return analysed(course, "hypothetical", reality), arm, people.baseline


def test_imputation_is_exact_gaussian_conditioning() -> None:
    """Two visits, known by hand: the mean of those who left is their first score carried along the
    regression.
    """
    values, arm, baseline = partial(trials=1)
    values = values[:, :, [0, 2]]
    found = visit_means(values, arm, baseline, 3)
    first, second = values[0, :, 0], values[0, :, 1]
    whole = np.isfinite(second)
    some = np.isfinite(first)
    dummies = (arm[0][:, None] == np.arange(3)).astype(float)
    x = np.column_stack([dummies, baseline[0] - baseline[0].mean(), first])
    slopes = np.linalg.lstsq(x[whole], second[whole])[0]
    x1 = x[some][:, :4]
    at = np.linalg.lstsq(x1, first[some])[0][:3]  # arm means of the first visit at mean baseline
    np.testing.assert_allclose(found.means[0, :, 0], at, rtol=1e-10)
    np.testing.assert_allclose(found.means[0, :, 1], slopes[:3] + slopes[4] * at, rtol=1e-10)
    # and it is what filling every gap with its conditional mean gives
    filled = np.where(whole, second, x @ slopes)
    again = np.linalg.lstsq(x1, filled[some])[0][:3]
    np.testing.assert_allclose(found.means[0, :, 1], again, rtol=1e-9)


def test_without_gaps_it_is_analysis_of_covariance() -> None:
    values, arm, baseline = partial(trials=3)
    y = np.where(np.isfinite(values), values, 3.0)[:, :, -1:]
    found = visit_means(y, arm, baseline, 3)
    for t in range(3):
        x = np.column_stack(
            [(arm[t][:, None] == np.arange(3)).astype(float), baseline[t] - baseline[t].mean()]
        )
        slopes, rss = np.linalg.lstsq(x, y[t, :, 0])[:2]
        cov = np.linalg.inv(x.T @ x) * rss / (len(x) - 4)
        np.testing.assert_allclose(found.last[t], slopes[:3], rtol=1e-10)
        np.testing.assert_allclose(found.covariance[t], cov[:3, :3], rtol=1e-9)


def test_means_are_those_of_the_mixed_model() -> None:
    """Without iteration the same means; standard errors are a little larger: the regression is not taken as
    known.
    """
    values, arm, baseline = partial()
    found, model = visit_means(values, arm, baseline, 3), mmrm(values, arm, baseline=baseline)
    means, covariance = model.visit()
    assert model.converged.all()
    se = np.sqrt(np.einsum("tkk->tk", covariance))
    assert np.abs((found.last - means) / se).max() < 1e-5
    ratio = np.sqrt(np.einsum("tkk->tk", found.covariance)) / se
    assert ratio.min() > 1
    assert ratio.mean() < 1.06  # half of the patients have no last score


def test_marginal_likelihood_against_quadrature() -> None:
    grid = curve_grid(DOSES, ("null", "linear", "emax", "umbrella"), mean=2.0, sd=7.0)
    rng = np.random.default_rng(3)
    root = rng.normal(size=(5, 8)) + 3 * np.eye(5, 8)
    cov = root @ root.T / 10
    means = np.array([15.0, 17.0, 22.0, 20.0, 24.0])
    after = average_curves(grid, means[None], cov[None])
    lift = np.column_stack([-np.ones(4), np.eye(4)])
    e, w = np.polynomial.legendre.leggauss(1000)
    e = grid.mean + 9 * grid.sd * e
    spread = multivariate_normal(cov=lift @ cov @ lift.T)
    likelihood = spread.pdf(lift @ means - e[None, :, None] * grid.shape[:, None, :])
    mass = likelihood * norm.pdf(e, grid.mean, grid.sd) * w
    joint = grid.weight * mass.sum(axis=1)
    np.testing.assert_allclose(after.weight[0], joint / joint.sum(), rtol=1e-6)
    np.testing.assert_allclose(after.mean[0], (mass * e).sum(axis=1) / mass.sum(axis=1), rtol=1e-6)
    share = grid.weight[:, None] * mass / (grid.weight[:, None] * mass).sum()
    benefit = e[None, :, None] * grid.shape[:, None, :]
    best = np.maximum(benefit.max(axis=2), 0.0)
    inside = benefit >= best[:, :, None] - 2.0
    expected = (share[:, :, None] * inside).sum(axis=(0, 1))
    np.testing.assert_allclose(after.within(2.0)[0], expected, atol=1.5e-3)  # the sum cuts at nodes
    with_placebo = np.concatenate([best[:, :, None] <= 2.0, inside], axis=2)
    smallest = with_placebo.argmax(axis=2)
    exact = [(share * (smallest == k)).sum() for k in range(5)]
    np.testing.assert_allclose(after.sufficient(2.0)[0], exact, atol=1.5e-3)
    np.testing.assert_allclose(
        after.above(1.0)[0], (share[:, :, None] * (benefit > 1.0)).sum(axis=(0, 1)), atol=1.5e-3
    )
    np.testing.assert_allclose(after.benefit()[0], (share[:, :, None] * benefit).sum(axis=(0, 1)), rtol=1e-5)


def test_quantiles_invert_probabilities() -> None:
    grid = curve_grid(DOSES)
    means = np.array([[10.0, 14, 19, 18, 17], [10, 10, 11, 13, 9]])
    after = average_curves(grid, means, np.broadcast_to(6.0 * np.eye(5), (2, 5, 5)))
    for p in (0.025, 0.4, 0.975):
        at = after.quantile(p)
        assert (after.below(at + 1e-3) >= p - 1e-9).all()
        assert (after.below(at - 1e-3) <= p + 1e-9).all()


def test_posterior_truth_is_the_fit() -> None:
    """Means of many trials' truths are those of the mixture; the mean truth equals them at every dose and
    month.
    """
    fit = shipped_fit()
    mixture, trials = fit.mixture(0), np.arange(20_000)
    doses, months = np.array([0.0, 10.0, 100.0]), np.array([6.0, 12.0])
    shape, course = mixture.shape(doses), mixture.course(months)
    expected = np.einsum("n,nd,nm->dm", mixture.new_effect[:, 0], shape, course) / len(mixture)
    drawn = posterior(fit).effect(trials, doses, months)
    error = drawn.std(axis=0) / np.sqrt(len(trials))
    assert (np.abs(drawn.mean(axis=0) - expected) <= 4 * error + 1e-12).all()
    np.testing.assert_allclose(posterior_mean(fit).effect(trials[:1], doses, months)[0], expected, atol=0.02)
    one = posterior(fit, only="linear").effect(trials[:50], np.array([50.0, 100.0]), months)
    np.testing.assert_allclose(2 * one[:, 0], one[:, 1], rtol=1e-12)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_say_what_they_are(name: str) -> None:
    truth = preset(name, largest=10.0)
    benefit = truth.benefits(np.arange(1), (0.0, 10.0, 25.0, 30.0, 50.0, 100.0), 12.0)[0]
    assert benefit[0] == 0
    assert benefit.max() == pytest.approx(0.0 if name == "null" else 10.0)
    if name == "rising":
        assert (np.diff(benefit) > 0).all()
    if name == "plateau":
        assert benefit[2] > 9.5
    if name == "falling":
        assert benefit[-1] < 0.4 * benefit.max()
        assert benefit.argmax() == 3


def test_patients_are_as_stated() -> None:
    """Means, spread and correlation of those who are simulated, and the shares that leave, within four
    standard errors.
    """
    truth, reality = (
        preset("plateau"),
        Reality(lost=0.2, failure=0.1, dose_cv=0.2, batch_sd=0.3, batch_size=5),
    )
    trials, months = np.arange(400), (6.0, 12.0)
    people = draw_persons(truth, reality, trials, 100, months, 1)
    course = follow(truth, reality, people, np.full((400, 100), 50.0), months)
    deviation = (
        people.without
        - people.without.mean(axis=(0, 1))
        - 0.34 * (people.baseline - people.baseline.mean())[:, :, None]
    )
    assert deviation.std(axis=(0, 1)) == pytest.approx([20.0, 20.0], rel=4 / np.sqrt(2 * 40_000))
    assert np.corrcoef(deviation[..., 0].ravel(), deviation[..., 1].ravel())[0, 1] == pytest.approx(
        0.65, abs=4 * 0.6 / 200
    )
    gone = 1 - course.seen.mean(axis=(0, 1))
    assert gone == pytest.approx([1 - np.sqrt(0.8), 0.2], abs=4 * 0.4 / 200)
    assert people.unmade.mean() == pytest.approx(0.1, abs=4 * 0.3 / 200)
    assert (course.delivered[people.unmade] == 0).all()
    made = ~people.unmade
    assert np.log(course.delivered[made] / 50).std() == pytest.approx(0.2, rel=0.02)
    assert people.potency.mean() == pytest.approx(1.0, abs=4 * 0.31 / np.sqrt(8000))
    assert (people.potency[:, 0] == people.potency[:, 4]).all()
    assert people.baseline.min() >= 40
    assert people.baseline.max() <= 100
    assert np.diff(people.enrolled, axis=1).mean() == pytest.approx(1 / 8, abs=4 * 0.125 / 200)


def test_estimands_differ_only_after_rescue() -> None:
    truth, reality = preset("rising"), Reality(lost=0.2, rescue=0.8, rescue_gain=9.0)
    people = draw_persons(truth, reality, np.arange(50), 60, MONTHS, 2)
    course = follow(truth, reality, people, np.full((50, 60), 100.0), MONTHS)
    policy, hypothetical = (analysed(course, e, reality) for e in ("treatment policy", "hypothetical"))
    assert np.isnan(hypothetical[course.rescued]).all()
    both = ~course.rescued & course.seen
    np.testing.assert_array_equal(policy[both], hypothetical[both])
    plain = follow(truth, Reality(), people, np.full((50, 60), 100.0), MONTHS)
    taken = course.rescued & course.seen
    np.testing.assert_allclose(policy[taken] - plain.improvement[taken], 9.0, rtol=1e-9)
    composite = analysed(course, "composite", reality)[..., 0]
    assert set(np.unique(composite)) == {0.0, 100.0}
    assert (composite[course.rescued[..., -1] | ~course.seen[..., -1]] == 0).all()
    for values in (policy, hypothetical):  # monotone: nobody comes back
        assert not (np.isnan(values[..., :-1]) & np.isfinite(values[..., 1:])).any()
