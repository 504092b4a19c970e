"""What must hold for every group-sequential trial and every stopping rule."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, multivariate_normal, norm

from marrowdose.statistics.monitoring import (
    binomial_crossing,
    poisson_critical_value,
    poisson_crossing,
    poisson_performance,
    ratio,
    rules,
)
from marrowdose.statistics.sequential import (
    OBRIEN_FLEMING,
    POCOCK,
    Spending,
    exit_probabilities,
    futility_bounds,
    mams,
    sequential_assurance,
    spending_bounds,
    wang_tsiatis,
    z_assurance,
    z_power,
)

FEW = settings(max_examples=15, deadline=None)
FRACTIONS = st.lists(st.floats(0.05, 0.95), min_size=0, max_size=4).map(
    lambda cuts: np.array([*(t for t in np.unique(np.round(cuts, 2))), 1.0])
)
SPENDINGS = st.sampled_from(
    [
        OBRIEN_FLEMING,
        POCOCK,
        Spending("hwang_shih_decani", -4),
        Spending("hwang_shih_decani", 2),
        Spending("power", 3),
    ]
)
ALPHAS = st.sampled_from([0.005, 0.025, 0.05, 0.1])


@FEW
@given(FRACTIONS, ALPHAS, SPENDINGS, st.sampled_from([1, 2]))
def test_spending_totals_alpha(information, alpha, spending, sides):
    bounds = spending_bounds(information, alpha, spending, sides=sides)
    assert bounds.spent[-1] == pytest.approx(alpha, abs=1e-8)
    assert bounds.spent == pytest.approx(sides * spending(information, alpha / sides), abs=1e-8)
    assert (np.diff(spending(information, alpha)) > 0).all()
    power = bounds.power([0.5, 1.5, 3.0])
    assert (np.diff(power) > 0).all()
    assert (
        power < norm.sf(norm.isf(alpha / sides) - np.array([0.5, 1.5, 3.0])) + 1e-9
    ).all()  # no free lunch


@FEW
@given(FRACTIONS, ALPHAS, st.floats(0.0, 0.5))
def test_bounds_fall_and_are_dearer_the_flatter(information, alpha, delta):
    bounds = wang_tsiatis(information, alpha, delta)
    assert (np.diff(bounds.upper) <= 1e-12).all()
    assert bounds.spent[-1] == pytest.approx(alpha, abs=1e-8)
    assert 1 - 1e-9 <= bounds.inflation(0.9) <= wang_tsiatis(information, alpha, 0.5).inflation(0.9) + 1e-6
    assert bounds.expected_information(3.0) <= 1 + 1e-12


@FEW
@given(FRACTIONS, SPENDINGS, st.booleans())
def test_futility_spends_beta_and_keeps_alpha(information, spending, binding):
    futility = Spending("hwang_shih_decani", -3)
    bounds = futility_bounds(information, 0.025, 0.2, spending, futility, binding=binding)
    assert bounds.power(bounds.drift) == pytest.approx(0.8, abs=1e-7)
    assert bounds.spent[-1] == pytest.approx(0.025, abs=1e-7)  # if not binding, without counting on futility
    missed = bounds.exit(bounds.drift).lower
    assert np.cumsum(missed) == pytest.approx(futility(information, 0.2), abs=1e-6)
    assert bounds.exit(0.0).stop.sum() == pytest.approx(1.0)


@FEW
@given(FRACTIONS, st.floats(-2, 4), st.data())
def test_exit_probabilities_are_those_of_the_multivariate_normal(information, drift, data):
    information = information[-3:]
    upper = np.array([data.draw(st.floats(0.5, 3.5)) for _ in information])
    lower = np.array([data.draw(st.floats(-3.0, 0.4)) for _ in information])
    found = exit_probabilities(lower, upper, information, drift)
    root = np.sqrt(information)
    covariance = np.minimum.outer(information, information) / np.outer(root, root)
    inside = multivariate_normal(drift * root, covariance, abseps=1e-7, releps=1e-7).cdf(
        upper, lower_limit=lower
    )
    assert 1 - (found.upper + found.lower).sum() == pytest.approx(inside, abs=2e-5)


@FEW
@given(FRACTIONS, SPENDINGS, st.floats(-1, 5), st.floats(0.1, 0.9))
def test_a_look_at_which_nothing_can_happen_changes_nothing(information, spending, drift, between):
    """Exact, so that it measures the error of the integration."""
    bounds = spending_bounds(information, 0.025, spending)
    lower = np.where(np.arange(len(information)) < len(information) - 1, -0.5, bounds.upper)
    start = np.concatenate([[0.0], information])
    extra = np.sort(np.concatenate([information, start[:-1] + between * np.diff(start)]))
    asked = np.isin(extra, information)
    high, low = np.full(len(extra), np.inf), np.full(len(extra), -np.inf)
    high[asked], low[asked] = bounds.upper, lower
    more, plain = (
        exit_probabilities(low, high, extra, drift),
        exit_probabilities(lower, bounds.upper, information, drift),
    )
    assert more.upper[asked] == pytest.approx(plain.upper, abs=1e-10)
    assert more.lower[asked] == pytest.approx(plain.lower, abs=1e-10)


def test_a_familiar_answer_without_looks():
    assert exit_probabilities(-np.inf, 1.959964, 1.0, 3.0).upper[0] == pytest.approx(norm.sf(1.959964 - 3.0))
    assert wang_tsiatis(1, 0.025).upper[0] == pytest.approx(1.959964, abs=1e-6)


@FEW
@given(st.floats(-1.0, 3.0), st.floats(0.0, 2.0))
def test_assurance_without_interim_is_the_closed_form(mean, spread):
    found = sequential_assurance(wang_tsiatis(1, 0.025), (mean, spread))
    assert found == pytest.approx(z_assurance((mean, spread), sd=1.0, n=(2.0, 2.0)), abs=1e-9)
    assert z_assurance((mean, 0.0), sd=1.0, n=(2.0, 2.0)) == pytest.approx(
        z_power(mean, sd=1.0, n=(2.0, 2.0))
    )


@pytest.mark.parametrize(
    "stages, upper, lower",
    [
        (1, "pocock", None),
        (2, "triangular", "triangular"),
        (2, "obrien_fleming", "pocock"),
        (3, "pocock", 0.0),
    ],
)
def test_familywise_error(stages, upper, lower):
    design = mams(3, stages, 0.05, upper=upper, lower=lower)
    rng = np.random.default_rng(5)
    sums = rng.standard_normal((200_000, stages, 4)).cumsum(axis=1)
    z = (sums[..., 1:] - sums[..., :1]) / np.sqrt(2 * np.arange(1, stages + 1))[:, None]
    going = np.ones((len(z), 3), bool)
    success = np.zeros(len(z), bool)
    for j in range(stages):
        success |= (going & (z[:, j] > design.upper[j])).any(axis=1)
        going &= z[:, j] > design.lower[j]
    assert abs(success.mean() - 0.05) < 4 * math.sqrt(0.05 * 0.95 / len(z))


def test_one_arm_is_an_ordinary_group_sequential_trial():
    assert mams(1, 2, 0.025, upper="pocock", lower=None).upper == pytest.approx(
        wang_tsiatis(2, 0.025).upper, abs=1e-5
    )


FAMILIES = {
    "pocock": lambda p0: rules.pocock(p0),
    "power": lambda p0: rules.power_family(p0, 0.3),
    "obf": lambda p0: rules.obrien_fleming(p0),
    "wt": lambda p0: rules.wang_tsiatis(p0, 0.25),
    "beta": lambda p0: rules.beta_binomial(p0, (1, 1)),
    "sprt": lambda p0: rules.sprt(p0, 3 * p0),
    "maxsprt": lambda p0: rules.maxsprt(p0),
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("p0, alpha", [(0.03, 0.05), (0.1, 0.1), (0.25, 0.05)])
def test_a_rule_keeps_alpha_and_the_next_does_not(family, p0, alpha):
    """Beta(1, 1) with p0 = 3 % and 60 patients among them, on which stoppingrule fails."""
    inside, outside = rules.bracketing_rules(range(1, 61), p0, alpha, FAMILIES[family](p0))
    assert inside.at(p0).probability <= alpha < outside.at(p0).probability
    assert (outside.reject_at <= inside.reject_at).all()
    assert (np.diff(inside.reject_at[inside.reject_at <= inside.looks]) >= 0).all()
    harm = [inside.at(p).probability for p in (p0 / 2, p0, 2 * p0, 3 * p0)]
    assert harm == sorted(harm)


def test_binomial_crossing_is_the_enumeration():
    looks, reject = np.array([2, 3, 5]), np.array([2, 4, 3])
    rate, crossed, patients, events = 0.3, np.zeros(3), 0.0, 0.0
    for path in itertools.product((0, 1), repeat=5):
        chance = rate ** sum(path) * (1 - rate) ** (5 - sum(path))
        stop = next((k for k in range(3) if sum(path[: looks[k]]) >= reject[k]), None)
        if stop is not None:
            crossed[stop] += chance
        end = 5 if stop is None else looks[stop]
        patients, events = patients + chance * end, events + chance * sum(path[:end])
    found = binomial_crossing(looks, reject, rate)
    assert found.stop == pytest.approx(crossed)
    assert (found.patients, found.events) == pytest.approx((patients, events))
    assert binomial_crossing(np.array([7]), np.array([3]), 0.2).probability == pytest.approx(
        binom.sf(2, 7, 0.2)
    )


def test_poisson_crossing_is_the_simulation():
    """20,000 processes; the critical value 1.5 of ``ratio``, watched at every event."""
    rng = np.random.default_rng(2)
    times = np.cumsum(rng.exponential(1 / 1.7, (20_000, 60)), axis=1)
    signal = (ratio(np.arange(1, 61), times) >= 1.5) & (times <= 6.0)
    first = np.where(signal.any(axis=1), times[np.arange(len(times)), signal.argmax(axis=1)], 6.0)
    found = poisson_performance(6.0, 1.5, 1.7)
    share = signal.any(axis=1).mean()
    assert abs(found.power - share) < 4 * math.sqrt(share * (1 - share) / len(times))
    assert abs(found.length - first.mean()) < 4 * first.std() / math.sqrt(len(times))
    assert found.length == pytest.approx(found.power * found.signal_time + (1 - found.power) * 6.0)


@FEW
@given(st.floats(1.0, 60.0), st.sampled_from([0.01, 0.05, 0.1]), st.floats(0.0, 0.3))
def test_maxsprt_level_is_exact(horizon, alpha, part):
    critical = poisson_critical_value(horizon, alpha)
    assert poisson_performance(horizon, critical, 1.0).power == pytest.approx(alpha, abs=1e-10)
    delay = part * horizon
    delayed = poisson_critical_value(horizon, alpha, delay=delay)
    assert delayed <= critical + 1e-9
    assert poisson_performance(horizon, delayed, 1.0, delay=delay).power <= alpha + 1e-12
    assert poisson_performance(horizon, critical, 2.0).power > alpha


def test_a_process_without_bound_within_reach_never_signals():
    assert poisson_crossing(np.array([2.0]), np.array([50]), 2.0) == pytest.approx((0.0, 2.0), abs=1e-12)
