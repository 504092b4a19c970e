"""Weights over curves, importance sampling and leave-one-out, against answers known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from marrowdose.synthesis.averaging import loo_from_full, pseudo_bma, stacking_optimum, stacking_posterior
from marrowdose.synthesis.importance import importance


def test_equal_predictions_equal_weights() -> None:
    lpd = np.full((4, 6), -3.0)
    for weights in (stacking_posterior(lpd), stacking_optimum(lpd), pseudo_bma(lpd)):
        assert weights == pytest.approx([0.25] * 4, abs=0.01)
        assert weights.sum() == pytest.approx(1)


def test_a_better_curve_gets_more_and_two_experts_share() -> None:
    lpd = np.array([[-1.0] * 5, [-6.0] * 5])
    assert stacking_optimum(lpd)[0] > 0.999
    assert 0.8 < stacking_posterior(lpd)[0] < 1  # few studies: never certain
    experts = np.array([[-1.0, -9.0], [-9.0, -1.0]])
    assert stacking_optimum(experts) == pytest.approx([0.5, 0.5], abs=1e-3)


def test_stacking_posterior_by_quadrature() -> None:
    lpd = np.log(np.array([[0.9, 0.2, 0.5], [0.3, 0.6, 0.5]]))
    w = (np.arange(20_000) + 0.5) / 20_000
    density = np.prod(w[:, None] * np.exp(lpd[0]) + (1 - w[:, None]) * np.exp(lpd[1]), axis=1)
    assert stacking_posterior(lpd)[0] == pytest.approx((w * density).sum() / density.sum(), abs=0.01)


def test_importance_sampling_of_a_skew_target() -> None:
    """A Gaussian with correlation, and a log-gamma coordinate: means and spreads are known."""
    cov = np.array([[1.0, 0.8], [0.8, 2.0]])
    gauss = multivariate_normal([1.0, -1.0], cov)

    def log_density(z: np.ndarray) -> np.ndarray:
        return np.asarray(gauss.logpdf(z[:, :2])) + 3.0 * z[:, 2] - np.exp(z[:, 2])

    found = importance(log_density, 3, seed=4, draws=4000)
    assert found.pareto_k < 0.7
    mean = found.weights @ found.z
    se = 4 / np.sqrt(found.ess)  # four standard errors of a mean with unit spread
    assert mean[:2] == pytest.approx([1.0, -1.0], abs=se * 1.5)
    assert found.weights @ np.exp(found.z[:, 2]) == pytest.approx(3.0, abs=se * 2)  # Gamma(3)
    again = importance(log_density, 3, seed=4, draws=4000)
    assert np.array_equal(found.z, again.z)


def test_leave_one_out_of_a_normal_mean() -> None:
    """y_i ~ N(θ, 1), flat prior: p(y_i | y_−i) is N(mean of the rest, 1 + 1/(n−1))."""
    rng = np.random.default_rng(5)
    y = rng.normal(size=8)
    theta = rng.normal(y.mean(), 1 / np.sqrt(8), 20_000)
    found = loo_from_full(norm.logpdf(y, theta[:, None], 1.0), np.full(len(theta), 1.0))
    rest = (y.sum() - y) / 7
    assert found == pytest.approx(norm.logpdf(y, rest, np.sqrt(1 + 1 / 7)), abs=0.03)
