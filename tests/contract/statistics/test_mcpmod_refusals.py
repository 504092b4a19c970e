"""What cannot be used is refused in one sentence that says what to do; never a traceback, never a number."""

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.statistics.mcpmod import (
    Candidate,
    assess_estimation,
    critical_value,
    estimates,
    fit_model,
    from_patients,
    make_shape,
    mcpmod,
    optimal_contrasts,
    optimal_design,
    placebo_adjusted,
    power,
    sample_size,
    target_dose_error,
    with_bounds,
)

EMAX = Candidate(label="emax", shape=make_shape("emax", 10.0), guess=(2.0,))
SIGEMAX = make_shape("sigemax", 10.0)
DOSES, MEANS = [0.0, 1.0, 5.0, 10.0], [0.0, 1.0, 2.0, 2.5]
SINGULAR = np.ones((4, 4))
RNG = np.random.default_rng(0)

REFUSED = {
    "one dose": lambda: from_patients([1, 1, 1], [1, 2, 3]),
    "no patient": lambda: from_patients([], []),
    "a patient a dose": lambda: from_patients(DOSES, MEANS),
    "no spread": lambda: from_patients([0, 0, 1, 1], [1, 1, 2, 2]),
    "NaN response": lambda: from_patients([0, 0, 1, 1], [1, np.nan, 2, 3]),
    "NaN dose": lambda: from_patients([0, 0, np.nan, 1], [1, 3, 2, 3]),
    "negative dose": lambda: from_patients([0, 0, -1, -1], [1, 3, 2, 3]),
    "unequal lengths": lambda: from_patients([0, 0, 1], [1, 3, 2, 3]),
    "covariate of dose": lambda: from_patients(
        [0, 0, 1, 1, 2, 2], [1, 3, 2, 3, 1, 2], np.array([0, 0, 1, 1, 2, 2])
    ),
    "negative variance": lambda: estimates(DOSES, MEANS, -np.eye(4)),
    "singular covariance": lambda: estimates(DOSES, MEANS, SINGULAR),
    "indefinite covariance": lambda: estimates(DOSES, MEANS, np.eye(4) + 2 * SINGULAR - 2 * np.eye(4)),
    "NaN covariance": lambda: estimates(DOSES, MEANS, np.full((4, 4), np.nan)),
    "zero variance": lambda: estimates(DOSES, MEANS, np.zeros((4, 4))),
    "asymmetric covariance": lambda: estimates(DOSES, MEANS, np.eye(4) + np.eye(4, k=1) / 2),
    "same dose twice": lambda: estimates([0, 1, 1, 2], MEANS, np.eye(4)),
    "effects at dose 0": lambda: placebo_adjusted(DOSES, MEANS, np.eye(4)),
    "effects with a covariance of another size": lambda: placebo_adjusted(DOSES[1:], MEANS[1:], np.eye(4)),
    "effects with a singular covariance": lambda: placebo_adjusted(DOSES[1:], MEANS[1:], SINGULAR[1:, 1:]),
    "no trials to assess": lambda: assess_estimation(EMAX, [EMAX.shape], DOSES, np.eye(4), rng=RNG, trials=1),
    "no shape to assess": lambda: assess_estimation(EMAX, [], DOSES, np.eye(4), rng=RNG),
    "no such target": lambda: target_dose_error(EMAX, DOSES, np.eye(4), 2.0),
    "error with two doses": lambda: target_dose_error(EMAX, [0, 10], np.eye(2), 0.5),
    "too few doses": lambda: fit_model(estimates([0, 1, 10], [0, 1, 2], np.eye(3)), SIGEMAX),
    "unknown shape": lambda: make_shape("umbrella", 10.0),
    "no dose range": lambda: make_shape("emax", 0.0),
    "beta scale below the doses": lambda: make_shape("beta", 10.0, scale=9.0),
    "bounds turned round": lambda: with_bounds(SIGEMAX, h=(5.0, 1.0)),
    "bounds of nothing": lambda: with_bounds(SIGEMAX, delta=(1.0, 5.0)),
    "guess missing": lambda: Candidate(label="e", shape=make_shape("emax", 10.0)),
    "guess that is a pole": lambda: Candidate(label="e", shape=make_shape("emax", 10.0), guess=(-5.0,)),
    "no effect": lambda: Candidate(label="e", shape=make_shape("emax", 10.0), guess=(2.0,), max_effect=0.0),
    "no candidate": lambda: mcpmod(estimates(DOSES, MEANS, np.eye(4)), []),
    "same label twice": lambda: mcpmod(estimates(DOSES, MEANS, np.eye(4)), [EMAX, EMAX]),
    "dose above the range": lambda: mcpmod(estimates([0, 1, 5, 20], MEANS, np.eye(4)), [EMAX]),
    "flat candidate": lambda: optimal_contrasts(np.ones((4, 1)), np.eye(4)),
    "alpha 0": lambda: critical_value(np.eye(2), 10, 0.0),
    "no degrees of freedom": lambda: critical_value(np.eye(2), 0, 0.05),
    "not a correlation": lambda: critical_value(np.array([[1, 2], [2, 1.0]]), 10, 0.05),
    "negative SD": lambda: power([EMAX], DOSES, 20, -1.0),
    "no patients planned": lambda: power([EMAX], DOSES, 0, 1.0),
    "power 1": lambda: sample_size([EMAX], DOSES, 1.0, target=1.0),
    "effect too small": lambda: sample_size([EMAX], DOSES, 1e6),
    "target not reached": lambda: optimal_design([EMAX], DOSES, delta=2.0),
    "two doses for three parameters": lambda: optimal_design([EMAX], [0, 10], criterion="d"),
    "share above 1": lambda: make_shape("emax", 10.0).guesstimate([1.0], [1.2]),
    "concave exponential": lambda: make_shape("exponential", 10.0).guesstimate([1.0], [0.5]),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_refused_in_one_sentence(call):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_means_without_any_difference_are_not_fitted():
    """All means alike: every ED50 fits as well, so none is told."""
    with pytest.raises(InputError, match=r"not converge|apart|flat"):
        fit_model(estimates(DOSES, [1.0] * 4, np.eye(4)), make_shape("emax", 10.0)).predict([1.0])


def test_no_signal_gives_no_curve():
    found = mcpmod(estimates(DOSES, [1.0, 0.9, 1.1, 1.0], np.eye(4)), [EMAX])
    assert found.selected is None
    with pytest.raises(InputError):
        found.average([1.0])


def test_a_fit_that_does_not_converge_is_an_error(monkeypatch):
    monkeypatch.setattr("marrowdose.statistics.mcpmod.profile_likelihood.STEPS", 1)
    data = estimates([0, 1, 2, 5, 10], [0.0, 0.1, 0.7, 1.0, 1.3], 0.01 * np.eye(5))
    with pytest.raises(InputError, match=r"did not converge.*fewer parameters"):
        fit_model(data, SIGEMAX)
