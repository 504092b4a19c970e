"""Monte-Carlo errors: value ± 1.96 errors holds the truth in about 95 % of the simulations, at the ends of
the scale too.
"""

from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaln, xlogy
from scipy.stats import binom

from marrowdose.errors import InputError
from marrowdose.trial.estimate import Estimate, difference, estimate, estimates, of_outcomes
from marrowdose.units import Z95

SHARES = np.linspace(0, 1, 2003)[1:-1]


def _held(found: list[Estimate], truth: float) -> np.ndarray:
    ends = np.array([e.interval for e in found])
    return (ends[:, 0] <= truth) & (truth <= ends[:, 1])


@pytest.mark.parametrize(
    ("trials", "mean", "least"), [(20, 0.95, 0.90), (100, 0.95, 0.92), (1000, 0.95, 0.93)]
)
def test_the_interval_of_a_share_holds_it(trials, mean, least):
    """Exact binomial sums over shares from 0.0005 to 0.9995; Wald's own interval falls to 1 % there."""
    found = [of_outcomes((0.0, 1.0), (trials - k, k)) for k in range(trials + 1)]
    often = np.array([binom.pmf(range(trials + 1), trials, p) @ _held(found, p) for p in SHARES])
    assert often.mean() == pytest.approx(0.95, abs=0.005)
    assert often.min() > least


@pytest.mark.parametrize("less", [0.0, 0.01, 0.1, 0.3])
def test_the_interval_of_a_paired_difference_of_shares_holds_it(less):
    """Exact trinomial sums over 20 pairs: also where the first design is never better."""
    n = 20
    counts = [(a, b) for a, b in product(range(n + 1), repeat=2) if a + b <= n]
    found = [of_outcomes((-1.0, 0.0, 1.0), (a, n - a - b, b)) for a, b in counts]
    a, b = np.array(counts).T
    ways = gammaln(n + 1) - gammaln(a + 1) - gammaln(b + 1) - gammaln(n - a - b + 1)
    for more in np.linspace(0.01, 0.65, 65):
        chance = np.exp(ways + xlogy(a, less) + xlogy(b, more) + xlogy(n - a - b, 1 - less - more))
        assert chance @ _held(found, more - less) > 0.91


@given(st.integers(2, 3000), st.data())
def test_a_share_never_looks_certain_and_both_ends_are_alike(trials, data):
    k = data.draw(st.integers(0, trials))
    flags = np.arange(trials) < k
    found, mirrored = estimate(flags), estimate(~flags)
    assert found.value == pytest.approx(k / trials)
    assert 0 < found.monte_carlo_se == pytest.approx(mirrored.monte_carlo_se)
    assert found.monte_carlo_se <= 0.5 / sqrt(trials) + 1e-12  # the widest is that of a half
    seen = sqrt(k * (trials - k) / trials**3)
    assert abs(found.monte_carlo_se - seen) <= 2 / trials  # of the order of two trials


def test_never_ends_near_the_rule_of_three():
    """The exact upper end of "never in n trials" is 3/n (Hanley & Lippman-Hand 1983, JAMA 249:1743)."""
    for trials in (20, 100, 1000, 20_000):
        assert 2.3 < trials * estimate(np.zeros(trials, bool)).interval[1] < 3.0
        alike = difference(np.ones(trials, bool), np.ones(trials, bool))
        assert alike.value == 0
        assert 2.5 < trials * alike.interval[1] < 3.5


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=50))
def test_the_error_of_a_mean_is_that_of_its_numbers_alone(values):
    found = estimate(values)
    assert found.value == pytest.approx(np.mean(values))
    assert found.monte_carlo_se == pytest.approx(np.std(values, ddof=1) / sqrt(len(values)))
    assert found.interval[1] - found.interval[0] == pytest.approx(2 * Z95 * found.monte_carlo_se)


def test_a_difference_is_of_pairs_and_columns_of_what_is_known():
    one, two = np.array([3.0, 5.0, 4.0]), np.array([4.0, 7.0, 4.0])
    assert difference(one, two) == estimate(two - one)
    flags = difference(np.array([True, False, True]), np.array([True, True, False]))
    assert flags.value == 0
    table, known = np.column_stack([one, two]), np.array([[True, True], [True, True], [False, True]])
    assert estimates(table, known) == (estimate(one[:2]), estimate(two))


@pytest.mark.parametrize("values", [[1.0], [True], np.zeros(0, bool)])
def test_one_trial_has_no_error(values):
    with pytest.raises(InputError, match="one trial has no Monte-Carlo error"):
        estimate(values)
