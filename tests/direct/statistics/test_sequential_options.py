"""Options of the sequential and monitoring statistics that no reference program was asked for."""

import math

import numpy as np
import pytest

from marrowdose.statistics.monitoring import exposure, rules, superiority_probability, thall_simon
from marrowdose.statistics.repeated import LastVisitTest, mmrm, mmrm_power, mmrm_sample_size
from marrowdose.statistics.sequential import (
    OBRIEN_FLEMING,
    POCOCK,
    Criterion,
    futility_bounds,
    go_no_go,
    mams,
    sequential_assurance,
    spending_bounds,
    t_power,
    t_sample_size,
    wang_tsiatis,
)

CORRELATION = np.array([[1, 0.65, 0.5], [0.65, 1, 0.7], [0.5, 0.7, 1]])


def test_a_trial_so_far_has_spent_its_part():
    so_far = spending_bounds([0.3, 0.6], 0.025, OBRIEN_FLEMING)
    whole = spending_bounds([0.3, 0.6, 1.0], 0.025, OBRIEN_FLEMING)
    assert so_far.upper == pytest.approx(whole.upper[:2], abs=1e-7)
    assert so_far.spent[-1] == pytest.approx(float(OBRIEN_FLEMING(0.6, 0.025)), abs=1e-9)


def test_overruling_a_binding_bound_costs_error_and_a_free_one_does_not():
    information = np.array([0.4, 0.7, 1.0])
    for binding in (True, False):
        bounds = futility_bounds(information, 0.025, 0.1, POCOCK, POCOCK, binding=binding)
        overruled = bounds.__class__(
            information=information, upper=bounds.upper, lower=np.full(3, -np.inf), alpha=0.025
        )
        assert (overruled.spent[-1] > 0.0251) == binding
        assert bounds.power(bounds.drift) == pytest.approx(0.9, abs=1e-8)


def test_a_flat_prior_is_the_limit_of_a_weak_one():
    ask = dict(sd=7.0, success=[Criterion(0.0, 0.95)], futility=[Criterion(4.0, 0.9)])
    flat = go_no_go([[20, 20], [40, 40]], [0.0, 3.0], **ask)
    weak = go_no_go([[20, 20], [40, 40]], [0.0, 3.0], **ask, prior=(0.0, 1e-6, 1e-6))
    assert flat.success == pytest.approx(weak.success, abs=1e-6)
    assert flat.undecided[:, -1] + (flat.success + flat.futility).sum(axis=1) == pytest.approx(1.0)
    assert go_no_go([[20, 20]], 3.0, sd=7.0, success=ask["success"], futility=[]).futility == pytest.approx(
        0.0
    )


def test_assurance_lies_between_power_and_a_half():
    bounds = wang_tsiatis(3, 0.025, 0.0)
    drift = bounds.drift_for(0.9)
    spread = [sequential_assurance(bounds, (drift, share * drift)) for share in (0.0, 0.2, 0.5, 1.0)]
    assert spread[0] == pytest.approx(0.9, abs=1e-8)
    assert spread == sorted(spread, reverse=True)
    assert spread[-1] > 0.5


def test_a_t_test_with_unequal_arms():
    n = t_sample_size(5.0, sd=15.0, power=0.8, ratio=2.0)
    assert n[0] == pytest.approx(2 * n[1])
    assert t_power(5.0, sd=15.0, n=n) == pytest.approx(0.8, abs=1e-8)


def test_drop_out_that_differs_between_arms():
    test = LastVisitTest(delta=8.0, sd=20.0)
    early, late = [0.9, 0.8, 0.6], [1.0, 1.0, 0.95]
    n = mmrm_sample_size(CORRELATION, early, test, retention_control=late, ratio=1.5)
    assert mmrm_power(n, CORRELATION, early, test, retention_control=late) == pytest.approx(0.8, abs=1e-9)
    both = [sum(mmrm_sample_size(CORRELATION, part, test, ratio=1.5)) for part in (late, early)]
    assert both[0] < sum(n) < both[1]


def test_an_arm_that_nobody_has_cannot_be_fitted():
    y = np.random.default_rng(1).normal(size=(2, 40, 3))
    assert mmrm(y, np.arange(40) % 2).converged.all()
    assert not mmrm(y, np.arange(40) % 2, arms=3).converged.any()


@pytest.mark.parametrize(
    "score",
    [
        exposure.exposure_pocock,
        exposure.exposure_wang_tsiatis(0.25),
        exposure.exposure_maxsprt,
        exposure.exposure_sprt(0.1, 0.3),
    ],
)
def test_calibrated_to_the_maximum_an_exposure_rule_keeps_alpha_there(score):
    ask = (60, 0.1, 0.05, score)
    most = exposure.exposure_rule(*ask, tau=12.0, calibrate="maximum")
    assert most.at(0.1) == pytest.approx(0.05, abs=1e-8)
    assert most.follow_up[-1] == pytest.approx(60 * 12.0)
    assert exposure.exposure_rule(*ask, tau=12.0).at(0.1) > 0.05


def test_superiority_of_one_rate_over_another():
    """Against 400,000 draws, and exactly ½ for the same posterior."""
    rng = np.random.default_rng(4)
    draws = rng.beta(3 + 6, 7 + 14, 400_000) > rng.beta(15, 35, 400_000) + 0.05
    found = float(superiority_probability(6, 20, (3, 7), (15, 35), 0.05))
    assert abs(found - draws.mean()) < 4 * math.sqrt(0.25 / 400_000)
    assert float(superiority_probability(0, 0, (15, 35), (15, 35))) == pytest.approx(0.5, abs=1e-10)
    bounds = thall_simon(30, 0.9, (1, 1), (15, 35), side="superiority")
    assert bounds[0][0] == 1
    assert [b for _, b in bounds[1:]] == sorted(b for _, b in bounds[1:])


def test_minimum_of_events_before_a_signal():
    rule = rules.stopping_rule(range(1, 41), 0.05, 0.1, rules.maxsprt(0.05, minimum=3))
    assert (rule.reject_at[rule.reject_at <= rule.looks] >= 3).all()


def test_more_arms_or_looks_need_higher_bounds():
    assert mams(4, 2, 0.05).upper[-1] > mams(2, 2, 0.05).upper[-1] > mams(2, 1, 0.05).upper[-1]
    mirrored = mams(2, 2, 0.05, lower="pocock")
    assert mirrored.lower[0] == pytest.approx(-mirrored.upper[-1])
