"""The MMRM of many trials: each as if alone, the textbook answer without missing values, failures told
apart.
"""

import math

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.statistics.repeated import (
    LastVisitTest,
    last_visit_variance,
    mmrm,
    mmrm_power,
    mmrm_sample_size,
)

CORRELATION = np.array([[1, 0.65, 0.5], [0.65, 1, 0.7], [0.5, 0.7, 1]])


def trials(count, patients, *, seed=3, intermittent=0.0, slope=0.0):
    """Values with monotone drop-out depending on the first visit (at random, not completely), and
    baselines.
    """
    rng = np.random.default_rng(seed)
    base = rng.normal(50, 12, (count, patients))
    y = rng.multivariate_normal(np.zeros(3), 400 * CORRELATION, (count, patients)) + slope * base[..., None]
    leave = rng.random((count, patients))
    worse = y[..., 0] > 0
    y[leave < np.where(worse, 0.4, 0.1), 2] = np.nan
    y[leave < np.where(worse, 0.2, 0.05), 1] = np.nan
    y[rng.random(y.shape) < intermittent] = np.nan
    return y, base


@pytest.mark.parametrize("intermittent", [0.0, 0.1])
@pytest.mark.parametrize("with_baseline", [False, True])
def test_a_batch_equals_its_trials(intermittent, with_baseline):
    y, base = trials(7, 60, intermittent=intermittent, slope=0.4)
    arm = np.arange(60) % 3
    many = mmrm(y, arm, baseline=base if with_baseline else None)
    assert many.converged.all()
    for t in range(len(y)):
        one = mmrm(y[t : t + 1], arm, baseline=base[t] if with_baseline else None)
        for name in ("means", "covariance", "sigma", "slopes", "loglik"):
            assert getattr(one, name)[0] == pytest.approx(getattr(many, name)[t], rel=1e-6, abs=1e-7)


def test_without_missing_values_it_is_the_analysis_of_variance():
    y = np.random.default_rng(1).normal(size=(4, 45, 3)) @ np.linalg.cholesky(CORRELATION).T
    arm = np.repeat([0, 1, 2], [10, 15, 20])
    fit = mmrm(y, arm)
    assert (fit.iterations <= 2).all()
    for t in range(4):
        means = np.array([y[t, arm == a].mean(axis=0) for a in range(3)])
        left = y[t] - means[arm]
        sigma = left.T @ left / (45 - 3)
        assert fit.means[t] == pytest.approx(means, abs=1e-12)
        assert fit.sigma[t] == pytest.approx(sigma, abs=1e-9)
        assert fit.covariance[t, 1, :, 1] == pytest.approx(sigma / 15, abs=1e-9)


def test_an_arm_of_its_own_for_every_trial():
    y, _ = trials(3, 60)
    arm = np.stack([np.arange(60) % 3, np.arange(60) // 20, np.arange(60)[::-1] % 3])
    fit = mmrm(y, arm)
    for t in range(3):
        assert fit.means[t] == pytest.approx(mmrm(y[t : t + 1], arm[t]).means[0], abs=1e-7)


def test_the_error_and_the_variance_said_beforehand_are_met():
    """2,000 null trials, drop-out at random: rejections within 4 Monte-Carlo errors of 5 % plus 1 % (z, not
    t).
    """
    y, _ = trials(2000, 160)
    fit = mmrm(y, np.arange(160) % 2)
    mean, covariance = fit.visit()
    variance = covariance[:, 0, 0] + covariance[:, 1, 1] - 2 * covariance[:, 0, 1]
    z = (mean[:, 1] - mean[:, 0]) / np.sqrt(variance)
    assert fit.converged.all()
    assert abs(np.mean(np.abs(z) > 1.959964) - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 2000) + 0.01
    seen = np.isfinite(y).mean(axis=(0, 1))
    assert variance.mean() == pytest.approx(400 * last_visit_variance(CORRELATION, seen) * 2 / 80, rel=0.05)


def test_a_trial_that_cannot_be_fitted_is_flagged_and_harms_no_other():
    y, base = trials(5, 60)
    arm = np.arange(60) % 3
    whole = mmrm(y, arm, baseline=base)
    y[1, arm == 2, 2] = np.nan  # an arm unseen at the last visit
    y[2, ::2, 1], y[2, 1::2, 0] = np.nan, np.nan  # two visits never seen together
    y[3] = 7.0  # no spread
    base[4] = 50.0  # a slope that nothing tells
    fit = mmrm(y, arm, baseline=base)
    assert fit.converged.tolist() == [True, False, False, False, False]
    assert fit.means[0] == pytest.approx(whole.means[0], abs=1e-9)
    for name in ("means", "covariance", "sigma", "loglik", "slopes"):
        assert np.isnan(getattr(fit, name)[1:]).all()
    assert not mmrm(np.full((2, 3, 2), 1.0), [0, 0, 1]).converged.any()
    assert mmrm(y[:1], arm, baseline=base[:1], iterations=1).converged.tolist() == [False]


def test_two_visits_have_to_be_seen_together_often_enough():
    """As many patients as means tell nothing of a covariance, even where the scoring would find something."""
    y, _ = trials(1, 60)
    y[:] = np.where(np.isnan(y), 1.0, y)
    y[0, 3::2, 1], y[0, 4::2, 0] = np.nan, np.nan  # visits 0 and 1: patients 0, 1 and 2 only
    arm = np.arange(60) % 3
    assert not mmrm(y, arm).converged[0]
    assert mmrm(y, np.zeros(60, dtype=int)).converged[0]


def test_steps_that_go_too_far_are_halved():
    """20 patients, visits correlated 0.95, a third missing: most still converge, and none to less than a
    maximum.
    """
    rng = np.random.default_rng(3)
    y = rng.multivariate_normal(np.zeros(3), [[1, 0.95, 0.9], [0.95, 1, 0.95], [0.9, 0.95, 1]], (200, 20))
    y[rng.random(y.shape) < 0.35] = np.nan
    fit = mmrm(y, np.arange(20) % 2, iterations=200)
    assert fit.converged.mean() > 0.6
    assert (np.linalg.eigvalsh(fit.sigma[fit.converged]) > 0).all()
    again = mmrm(y[fit.converged], np.arange(20) % 2, iterations=400)
    assert again.loglik == pytest.approx(fit.loglik[fit.converged], abs=1e-6)


REFUSED = {
    "two dimensions": lambda: mmrm(np.ones((4, 3)), [0, 0, 1, 1]),
    "infinite value": lambda: mmrm(np.full((1, 4, 3), np.inf), [0, 0, 1, 1]),
    "no value": lambda: mmrm(np.full((1, 4, 3), np.nan), [0, 0, 1, 1]),
    "negative arm": lambda: mmrm(np.ones((1, 4, 3)), [0, -1, 1, 1]),
    "arm out of range": lambda: mmrm(np.ones((1, 4, 3)), [0, 2, 1, 1], arms=2),
    "arm not whole": lambda: mmrm(np.ones((1, 4, 3)), [0, 0.5, 1, 1]),
    "missing baseline": lambda: mmrm(np.ones((1, 4, 3)), [0, 0, 1, 1], baseline=[1, 2, np.nan, 3]),
    "rising retention": lambda: last_visit_variance(CORRELATION, [0.8, 0.9, 0.7]),
    "nobody left": lambda: last_visit_variance(CORRELATION, [0.8, 0.7, 0.0]),
    "no correlation": lambda: last_visit_variance(np.ones((3, 3)), [1, 1, 1]),
    "visits do not match": lambda: last_visit_variance(CORRELATION, [1, 1]),
    "no difference": lambda: mmrm_sample_size(CORRELATION, [1, 1, 1], LastVisitTest(delta=0, sd=20)),
    "alpha of 1": lambda: mmrm_sample_size(CORRELATION, [1, 1, 1], LastVisitTest(delta=8, sd=20, alpha=1.0)),
    "power below alpha": lambda: mmrm_sample_size(
        CORRELATION, [1, 1, 1], LastVisitTest(delta=8, sd=20), power=0.01
    ),
    "power of 1": lambda: mmrm_sample_size(CORRELATION, [1, 1, 1], LastVisitTest(delta=8, sd=20), power=1.0),
    "nobody": lambda: mmrm_power((0, 10), CORRELATION, [1, 1, 1], LastVisitTest(delta=8, sd=20)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    with pytest.raises(InputError, match=r"allowed|no patient has|leave the patient"):
        REFUSED[case]()
