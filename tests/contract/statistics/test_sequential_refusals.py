"""Sequential and monitoring statistics refuse what cannot be used, in one sentence; never a traceback or a
number.
"""

import math

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.statistics.allocation import AdaptiveRandomisation, simulate
from marrowdose.statistics.monitoring import (
    binomial_maxsprt,
    exposure,
    poisson_critical_value,
    poisson_group_critical_value,
    poisson_performance,
    posterior_table,
    predictive_probability,
    rules,
    superiority_probability,
    thall_simon,
)
from marrowdose.statistics.sequential import (
    OBRIEN_FLEMING,
    Criterion,
    Spending,
    exit_probabilities,
    futility_bounds,
    go_no_go,
    mams,
    sequential_assurance,
    simon,
    spending_bounds,
    standardised,
    t_power,
    t_sample_size,
    wang_tsiatis,
    z_assurance,
    z_power,
)

HALVES = [0.5, 1.0]
GO, STOP = [Criterion(0.0, 0.9)], [Criterion(5.0, 0.9)]
DESIGN = AdaptiveRandomisation(looks=(10, 20))

REFUSED = {
    "alpha of 1": lambda: spending_bounds(HALVES, 1.0, OBRIEN_FLEMING),
    "alpha of 0": lambda: wang_tsiatis(3, 0.0),
    "alpha NaN": lambda: wang_tsiatis(3, math.nan),
    "no look": lambda: wang_tsiatis(0, 0.025),
    "no information": lambda: spending_bounds([], 0.025, OBRIEN_FLEMING),
    "unordered information": lambda: spending_bounds([0.7, 0.5, 1.0], 0.025, OBRIEN_FLEMING),
    "the same look twice": lambda: spending_bounds([0.5, 0.5, 1.0], 0.025, OBRIEN_FLEMING),
    "information of 0": lambda: spending_bounds([0.0, 1.0], 0.025, OBRIEN_FLEMING),
    "information above 1": lambda: spending_bounds([0.5, 1.2], 0.025, OBRIEN_FLEMING),
    "NaN information": lambda: spending_bounds([0.5, math.nan], 0.025, OBRIEN_FLEMING),
    "looks too near": lambda: exit_probabilities(-9, 9, [0.5, 0.5000001, 1.0]),
    "three sides": lambda: wang_tsiatis(3, 0.025, sides=3),
    "wild delta": lambda: wang_tsiatis(3, 0.025, 7.0),
    "unknown spending": lambda: Spending("linear"),
    "spending without parameter": lambda: Spending("power"),
    "a parameter too many": lambda: Spending("pocock", 2.0),
    "spending at 0": lambda: OBRIEN_FLEMING([0.0, 1.0], 0.025),
    "crossed bounds": lambda: exit_probabilities(2.0, 1.0, [1.0]),
    "NaN bound": lambda: exit_probabilities(math.nan, 1.0, [1.0]),
    "enormous drift": lambda: exit_probabilities(-9, 9, [1.0], 1e6),
    "power of 1": lambda: wang_tsiatis(3, 0.025).inflation(1.0),
    "beta of 1": lambda: futility_bounds(HALVES, 0.025, 1.0, OBRIEN_FLEMING, OBRIEN_FLEMING),
    "no last look": lambda: futility_bounds([0.4, 0.8], 0.025, 0.1, OBRIEN_FLEMING, OBRIEN_FLEMING),
    "negative prior spread": lambda: sequential_assurance(wang_tsiatis(2, 0.025), (1.0, -1.0)),
    "nobody": lambda: z_assurance((1.0, 1.0), sd=1.0, n=(0, 10)),
    "one patient an arm": lambda: t_power(1.0, sd=1.0, n=(1, 1)),
    "no difference": lambda: t_sample_size(0.0, sd=1.0),
    "criterion of 1": lambda: Criterion(0.0, 1.0),
    "success and futility": lambda: go_no_go([[500, 500]], 0.0, sd=1.0, success=GO, futility=STOP),
    "falling patients": lambda: go_no_go([[20, 20], [10, 10]], 0.0, sd=1.0, success=GO, futility=[]),
    "no arms": lambda: mams(0, 2, 0.05),
    "five stages": lambda: mams(3, 5, 0.05),
    "half a triangle": lambda: mams(3, 2, 0.05, upper="pocock", lower="triangular"),
    "unknown lower bound": lambda: mams(3, 2, 0.05, lower="flat"),
    "lower above upper": lambda: mams(3, 2, 0.05, lower=4.0),
    "certain superiority": lambda: standardised(1.0),
    "no effect": lambda: mams(2, 1, 0.05).sample_size(0.9, 0.0),
    "rates equal": lambda: simon(0.3, 0.3, 0.05, 0.8),
    "no design": lambda: simon(0.3, 0.31, 0.05, 0.9, most=20),
    "half a patient": lambda: rules.stopping_rule([1.5, 3], 0.1, 0.05, rules.pocock(0.1)),
    "falling looks": lambda: rules.stopping_rule([5, 3], 0.1, 0.05, rules.pocock(0.1)),
    "p0 of 0": lambda: rules.stopping_rule([5, 10], 0.0, 0.05, rules.pocock(0.0)),
    "alpha above 1": lambda: rules.stopping_rule([5, 10], 0.1, 1.5, rules.pocock(0.1)),
    "alpha too small": lambda: rules.stopping_rule([1, 2], 0.3, 1e-4, rules.pocock(0.3)),
    "SPRT downwards": lambda: rules.sprt(0.3, 0.2),
    "prior of 0": lambda: rules.beta_binomial(0.1, (0, 1)),
    "rate of 1": lambda: rules.stopping_rule([5], 0.1, 0.05, rules.pocock(0.1)).at(1.0),
    "no exposure": lambda: exposure.exposure_rule(0, 0.1, 0.05, exposure.exposure_pocock, tau=12),
    "no follow-up": lambda: exposure.exposure_rule(10, 0.1, 0.05, exposure.exposure_pocock, tau=0),
    "critical value out of reach": lambda: exposure.exposure_rule(
        10, 0.1, 0.05, exposure.exposure_wang_tsiatis(0.0), tau=12, critical=1e9
    ),
    "no expected events": lambda: poisson_critical_value(0.0, 0.05),
    "too many events asked": lambda: poisson_critical_value(1.0, 0.05, minimum=6),
    "delay beyond the end": lambda: poisson_critical_value(1.0, 0.05, delay=1.0),
    "empty groups": lambda: poisson_group_critical_value([], 0.05),
    "negative group": lambda: poisson_group_critical_value([1.0, -1.0], 0.05),
    "rate ratio of 0": lambda: poisson_performance(5.0, 3.0, 0.0),
    "no events": lambda: binomial_maxsprt(0, 1.0, 0.05),
    "no matching": lambda: binomial_maxsprt(10, 0.0, 0.05),
    "cut of 1": lambda: posterior_table(10, 0.1, 1.0, (1, 1)),
    "no patients": lambda: posterior_table(0, 0.1, 0.9, (1, 1)),
    "more events than patients": lambda: predictive_probability(5, 4, 10, p0=0.1, cut=0.9, prior=(1, 1)),
    "unknown side": lambda: thall_simon(10, 0.9, (1, 1), (1, 9), side="both"),
    "vague standard": lambda: superiority_probability(1.0, 2.0, (1, 1), (0.1, 0.9)),
    "looks of adaptive trial": lambda: AdaptiveRandomisation(looks=(20, 10)),
    "superiority of a half": lambda: AdaptiveRandomisation(looks=(10,), superiority=0.5),
    "block of 0": lambda: AdaptiveRandomisation(looks=(10,), block=0),
    "renewal in part of a block": lambda: AdaptiveRandomisation(looks=(10,), block=4, every=6, burn_in=4),
    "renewal without burn-in": lambda: AdaptiveRandomisation(looks=(10,), every=2),
    "burn-in beyond the trial": lambda: AdaptiveRandomisation(looks=(10,), every=2, burn_in=11),
    "control of all": lambda: AdaptiveRandomisation(looks=(10,), control=1.0),
    "cap below control": lambda: AdaptiveRandomisation(looks=(10,), control=0.4, cap=0.3),
    "cap of NaN": lambda: AdaptiveRandomisation(looks=(10,), cap=math.nan),
    "one arm": lambda: simulate(DESIGN, [0.0], sd=1.0, trials=1, seed=1),
    "NaN mean": lambda: simulate(DESIGN, [0.0, math.nan], sd=1.0, trials=1, seed=1),
    "no spread": lambda: simulate(DESIGN, [0.0, 1.0], sd=0.0, trials=1, seed=1),
    "NaN difference": lambda: t_power(math.nan, sd=1.0, n=(9, 9)),
    "endless difference": lambda: z_power(math.inf, sd=1.0, n=(9, 9)),
    "no spread to speak of": lambda: t_sample_size(1.0, sd=1e-12),
    "endless arms": lambda: mams(math.inf, 2, 0.05),
    "NaN lower bound": lambda: mams(2, 2, 0.05, lower=math.nan),
    "NaN in a prior": lambda: posterior_table(20, 0.1, 0.9, (1.0, math.nan)),
    "NaN in a gamma prior": lambda: exposure.gamma_poisson((1.0, math.nan), 0.1),
    "endless patients": lambda: predictive_probability(2, 10, math.inf, p0=0.1, cut=0.9, prior=(1, 1)),
    "endless minimum": lambda: poisson_critical_value(5.0, 0.05, minimum=math.inf),
    "endless events": lambda: binomial_maxsprt(math.inf, 1.0, 0.05),
    "test against a rate of 0": lambda: exposure.exposure_sprt(0.0, 0.3),
    "test of patients against a rate of 0": lambda: rules.sprt(0.0, 0.3),
    "negative seed": lambda: simulate(DESIGN, [0.0, 1.0], sd=1.0, trials=1, seed=-1),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    with pytest.raises(InputError) as refusal:
        REFUSED[case]()
    assert refusal.value.what
    assert "\n" not in str(refusal.value)


def test_hard_but_allowed():
    """Very early looks, very small alpha, a tenth look, a single patient: all fine."""
    bounds = spending_bounds([0.001, 0.002, 1.0], 1e-6, OBRIEN_FLEMING)
    assert bounds.upper[0] > 30 or np.isinf(bounds.upper[0])
    assert bounds.spent[-1] == pytest.approx(1e-6, rel=1e-6)
    assert rules.stopping_rule([1, 2, 3], 0.01, 0.05, rules.pocock(0.01)).reject_at.tolist() == [1, 1, 1]
    assert rules.stopping_rule(range(1, 301), 0.01, 0.05, rules.maxsprt(0.01)).at(0.01).probability <= 0.05


def test_adaptive_trials_are_the_same_people_in_any_company():
    whole = simulate(DESIGN, [0.0, 1.0, 2.0], sd=2.0, trials=40, seed=3)
    part = simulate(DESIGN, [0.0, 1.0, 2.0], sd=2.0, trials=15, seed=3, first=25)
    assert np.array_equal(whole.patients[25:], part.patients)
    assert np.allclose(whole.best[25:], part.best)
    assert np.allclose(whole.best.sum(axis=1), 1.0)
    equal = simulate(
        AdaptiveRandomisation(looks=(3000,), softening=0.0), [0.0, 0.0, 0.0], sd=1.0, trials=3, seed=3
    )
    assert equal.patients == pytest.approx(1000, abs=4 * math.sqrt(3000 * 2 / 9))
