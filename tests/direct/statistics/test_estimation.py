"""Precision of a plan: the delta method against the design criterion, and against simulated trials."""

import math

import numpy as np
import pytest

from marrowdose.statistics.mcpmod import (
    Candidate,
    assess_estimation,
    design_criterion,
    make_shape,
    target_dose_error,
)

DOSES = [0.0, 10.0, 25.0, 50.0, 100.0]
EMAX = Candidate(label="emax", shape=make_shape("emax", 100.0), guess=(20.0,), max_effect=10.0)
LINEAR = Candidate(label="linear", shape=make_shape("linear", 100.0), max_effect=10.0)


def test_error_of_the_target_dose_is_the_criterion():
    """One patient's variance is the exponential of the TD criterion (Dette 2008)."""
    criterion = design_criterion([0.2] * 5, [EMAX], DOSES, delta=4.0)
    found = target_dose_error(EMAX, DOSES, np.eye(5) * 3.0**2 / 50, 4.0)
    assert found == pytest.approx(3.0 * math.sqrt(math.exp(criterion) / 250), rel=1e-6)


def test_large_trials_are_as_precise_as_the_delta_method_says():
    covariance = np.eye(5) * 0.02**2
    error = target_dose_error(EMAX, DOSES, covariance, 4.0)
    found = assess_estimation(
        EMAX,
        [EMAX.shape],
        DOSES,
        covariance,
        rng=np.random.default_rng(4),
        trials=4000,
        delta=4.0,
        p=0.5,
    )
    low, middle, high = found.target.quantiles((0.1587, 0.5, 0.8413))
    assert (high - low) / 2 == pytest.approx(error, rel=0.08)  # 4 standard errors of a quantile of 4000
    assert middle == pytest.approx(EMAX.target_dose(4.0), abs=0.1)
    assert found.target.true == EMAX.target_dose(4.0)
    assert found.effective.quantiles()[1] == pytest.approx(EMAX.effective_dose(0.5), abs=0.2)
    assert found.target.share == 1


def test_a_right_shape_is_worth_patients_and_a_wrong_one_costs():
    """A line through five means halves the error of their differences at least; a bent truth makes it
    biased.
    """
    covariance = np.eye(5)
    rng = np.random.default_rng(5)
    right = assess_estimation(LINEAR, [LINEAR.shape], DOSES, covariance, rng=rng)
    exact = math.sqrt(np.mean(np.square(DOSES[1:])) / np.sum((DOSES - np.mean(DOSES)) ** 2))
    assert right.dose_rmse == pytest.approx(exact, abs=4 * right.dose_rmse_error)
    assert right.efficiency > 2
    small = assess_estimation(EMAX, [LINEAR.shape], DOSES, covariance / 1000, rng=rng)
    assert small.efficiency < 0.1
    many = assess_estimation(EMAX, [LINEAR.shape, EMAX.shape], DOSES, covariance / 1000, rng=rng)
    assert many.chosen == {"emax": 1.0}


def test_a_truth_without_target_dose():
    found = assess_estimation(
        EMAX, [EMAX.shape], DOSES, np.eye(5) * 0.01, rng=np.random.default_rng(1), delta=50.0
    )
    assert found.target.true is None
    assert found.target.share == 0
    assert found.target.quantiles() is None
