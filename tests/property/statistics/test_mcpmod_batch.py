"""Many trials at once are the same as one at a time: statistics, significance, weights, curves, target
doses.
"""

import math
import time

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.statistics.mcpmod import (
    Candidate,
    ContrastRule,
    TrialEstimates,
    analyse_estimates,
    estimates,
    make_shape,
    mcpmod,
)

DOSES = np.array([0.0, 10.0, 25.0, 50.0, 100.0])
GUESSES = {
    "linear": (),
    "emax": (20.0,),
    "sigemax": (30.0, 3.0),
    "quadratic": (-0.007,),
    "exponential": (40.0,),
}
AT = [0.0, 33.0, 80.0]


def _candidates(*names):
    return [Candidate(label=n, shape=make_shape(n, 100.0), guess=GUESSES[n]) for n in names or GUESSES]


def _trials(trials, *, own, seed=3):
    """Estimates (trials, 5) of an Emax truth, correlated by a common control; one covariance or one each."""
    rng = np.random.default_rng(seed)
    variances = np.exp(0.3 * rng.standard_normal((trials if own else 1, 5))) * 3.0
    covariance = np.array([np.diag(v) + 0.5 for v in variances])
    root = np.linalg.cholesky(covariance)
    noise = (root @ rng.standard_normal((trials, 5, 1)))[..., 0]
    return 3 + 9 * DOSES / (DOSES + 20) + noise, covariance if own else covariance[0]


def _given(means, covariance, df=math.inf, doses=DOSES):
    return TrialEstimates(doses=doses, means=means, covariance=covariance, df=df)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"df": 40.0, "rule": ContrastRule(two_sided=True)},
        {"select": "bic"},
        {"select": "max_t", "rule": ContrastRule(constrained=True)},
    ],
    ids=["one-sided", "two-sided t", "bic", "constrained, max t"],
)
def test_a_batch_is_its_trials(own, options):
    means, covariance = _trials(25, own=own)
    df = options.get("df", math.inf)
    left = {k: v for k, v in options.items() if k != "df"}
    batch = analyse_estimates(_given(means, covariance, df), _candidates(), delta=5.0, at=AT, **left)
    for k, row in enumerate(means):
        data = estimates(DOSES, row, covariance[k] if own else covariance, df=df)
        alone = mcpmod(data, _candidates(), **left)
        assert batch.test.statistics[k] == pytest.approx(alone.test.statistics, rel=1e-8, abs=1e-10)
        own_value = batch.test.critical_value[k] if own else batch.test.critical_value
        assert own_value == pytest.approx(alone.test.critical_value, rel=4e-3 if own else 1e-12)
        size = np.abs(alone.test.statistics) if alone.test.rule.two_sided else alone.test.statistics
        if np.abs(size - alone.test.critical_value).min() < 5e-3 * alone.test.critical_value:
            continue  # too near to the critical value to be the same by right
        assert set(np.array(batch.labels)[batch.test.significant[k]]) == set(alone.test.significant)
        if alone.selected is None:
            assert batch.chosen[k] == -1
            assert np.isnan(batch.curve[k]).all()
            assert batch.weights[k].sum() == 0
            continue
        assert batch.shapes[batch.chosen[k]] == alone.selected
        weights = {n: w for n, w in zip(batch.shapes, batch.weights[k], strict=True) if w > 0}
        assert weights == pytest.approx(alone.weights, rel=1e-5)
        assert batch.curve[k] == pytest.approx(alone.fits[alone.selected].value(np.array(AT)), abs=1e-3)
        assert batch.average_curve[k] == pytest.approx(alone.average(AT), abs=1e-3)
        target, average = alone.fits[alone.selected].target_dose(5.0), alone.average_target_dose(5.0)
        for found, exact in ((batch.target_dose[k], target), (batch.average_target_dose[k], average)):
            assert np.isnan(found) if exact is None else found == pytest.approx(exact, abs=0.1)


def test_ten_thousand_trials_are_quick():
    """CPU seconds for 10,000 trials with a covariance each: the bar is 20; 5 candidates, 4 of them fitted by
    search.
    """
    means, covariance = _trials(2000, own=True)
    start = time.process_time()
    batch = analyse_estimates(_given(means, covariance), _candidates(), delta=5.0, at=AT)
    assert 5 * (time.process_time() - start) < 20
    assert batch.failed <= 0.005 * batch.fitted


def test_a_shared_covariance_may_be_given_for_each_trial():
    means, covariance = _trials(200, own=False)
    one = analyse_estimates(_given(means, covariance), _candidates("linear", "emax"), delta=5.0)
    each = np.broadcast_to(covariance, (200, 5, 5))
    other = analyse_estimates(_given(means, each), _candidates("linear", "emax"), delta=5.0)
    assert other.test.critical_value == pytest.approx(one.test.critical_value, rel=1e-6)
    assert np.array_equal(one.chosen, other.chosen)
    assert other.target_dose == pytest.approx(one.target_dose, rel=1e-6, nan_ok=True)


def test_the_level_is_kept_with_a_covariance_for_each_trial():
    """Without an effect 2.5 % are positive, within 4 standard errors of 20,000 trials."""
    means, covariance = _trials(20_000, own=True, seed=11)
    null = means - (3 + 9 * DOSES / (DOSES + 20))
    batch = analyse_estimates(_given(null, covariance), _candidates("linear", "emax", "quadratic"))
    assert batch.positive.mean() == pytest.approx(0.025, abs=4 * math.sqrt(0.025 * 0.975 / 20_000))


BAD = np.broadcast_to(np.eye(5), (3, 5, 5)).copy()
BAD[2] = 1.0
MEANS = np.zeros((3, 5))


@pytest.mark.parametrize(
    "call",
    [
        lambda: analyse_estimates(_given(MEANS, BAD), _candidates()),
        lambda: analyse_estimates(_given(MEANS, np.full((3, 5, 5), np.nan)), _candidates()),
        lambda: _given(MEANS, np.eye(4)),
        lambda: _given(MEANS, np.eye(5), doses=DOSES[::-1]),
        lambda: _given(MEANS * np.nan, np.eye(5)),
        lambda: _given(MEANS, np.eye(5), np.full(3, 9.0)),
        lambda: analyse_estimates(_given(MEANS, np.eye(5)), _candidates(), select="best"),
        lambda: analyse_estimates(_given(MEANS[:, :3], np.eye(3), doses=DOSES[:3]), _candidates()),
    ],
    ids=["one singular", "NaN", "shape", "order", "NaN means", "df", "selection", "too few doses"],
)
def test_refused(call):
    with pytest.raises(InputError):
        call()


def test_the_bad_trial_is_named():
    with pytest.raises(InputError, match="trial 3"):
        analyse_estimates(_given(MEANS, BAD), _candidates())
