"""What the mathematics of the conversions promises, whatever the figures."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marrowdose.evidence import conversions as c
from marrowdose.outcomes import severity

score = st.floats(0, 100)
spread = st.floats(0.01, 50)
patients = st.integers(2, 500)
quartiles = st.tuples(score, score, score).map(sorted)
five = st.tuples(score, score, score, score, score).map(sorted)
close = {"rel": 1e-9, "abs": 1e-9}
patiently = settings(deadline=None, max_examples=50)  # a busy machine is not a wrong result


@patiently
@given(quartiles, patients, st.booleans())
def test_converting_and_rescaling_commute(scores, n, higher_is_better):
    """Mean and SD on 0–100 severity are the same before and after the change of scale, either direction."""
    rescaled = sorted(severity(x, 0, 20, higher_is_better) for x in scores)
    mean = severity(c.mean_from_quartiles(*scores, n), 0, 20, higher_is_better)
    assert c.mean_from_quartiles(*rescaled, n) == pytest.approx(mean, **close)
    assert c.sd_from_quartiles(*rescaled, n) == pytest.approx(5 * c.sd_from_quartiles(*scores, n), **close)


@patiently
@given(five, patients, st.floats(0.1, 10), st.floats(-50, 50))
def test_five_numbers_commute_with_a_change_of_units(scores, n, a, b):
    moved = [a * x + b for x in scores]
    assert c.mean_from_five_numbers(*moved, n) == pytest.approx(
        a * c.mean_from_five_numbers(*scores, n) + b, rel=1e-9, abs=1e-7
    )
    assert c.sd_from_five_numbers(*moved, n) == pytest.approx(
        a * c.sd_from_five_numbers(*scores, n), rel=1e-9, abs=1e-7
    )


@patiently
@given(five, patients)
def test_a_mean_lies_inside_its_figures(scores, n):
    low, q1, median, q3, high = scores
    slack = 1e-9
    assert q1 - slack <= c.mean_from_quartiles(q1, median, q3, n) <= q3 + slack
    assert low - slack <= c.mean_from_range(low, median, high, n) <= high + slack
    assert low - slack <= c.mean_from_five_numbers(*scores, n) <= high + slack


@patiently
@given(score, spread, patients)
def test_symmetric_figures_keep_their_middle(middle, width, n):
    assert c.mean_from_quartiles(middle - width, middle, middle + width, n) == pytest.approx(middle, **close)
    assert c.mean_from_range(middle - width, middle, middle + width, n) == pytest.approx(middle, **close)


@patiently
@given(score, spread, st.integers(2, 500), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_an_interval_gives_back_its_sd(mean, sd, n, level):
    lo, hi = stats.t.interval(level, n - 1, loc=mean, scale=sd / math.sqrt(n))
    assert c.sd_from_ci(lo, hi, n, level) == pytest.approx(sd, rel=1e-7)


@patiently
@given(spread, patients)
def test_a_standard_error_gives_back_its_sd(sd, n):
    assert c.se_to_sd(sd / math.sqrt(n), n) == pytest.approx(sd)


@patiently
@given(spread, spread, st.floats(-1, 1))
def test_the_variance_of_change_is_bounded_and_symmetric(sd0, sd1, r):
    v = c.change_variance(sd0, sd1, r)
    assert v == pytest.approx(c.change_variance(sd1, sd0, r))
    assert (sd0 - sd1) ** 2 - 1e-9 <= v <= (sd0 + sd1) ** 2 + 1e-9


@patiently
@given(st.lists(st.tuples(spread, patients), min_size=1, max_size=8), st.randoms())
def test_a_pooled_sd_is_an_average_in_any_order(groups, random):
    sds, ns = zip(*groups, strict=True)
    pooled = c.pooled_sd(sds, ns)
    assert min(sds) - 1e-9 <= pooled <= max(sds) + 1e-9
    random.shuffle(groups)
    assert c.pooled_sd(*zip(*groups, strict=True)) == pytest.approx(pooled)


def test_normal_samples_are_recovered_and_seldom_called_skewed():
    """4,000 normal samples of 41: SD and mean without bias, skewness called in about 1 of 20.

    Monte-Carlo error: mean 0.003, mean SD 0.004, share 0.0034. The limits allow four of these and
    1 % for the approximations (the SD) or 0.01 (the share, fitted by its authors to two figures).
    """
    draws = np.random.default_rng(1).normal(size=(4000, 41))
    figures = np.quantile(draws, [0, 0.25, 0.5, 0.75, 1], axis=1).T
    means = [c.mean_from_five_numbers(*row, 41) for row in figures]
    sds = [c.sd_from_five_numbers(*row, 41) for row in figures]
    assert abs(np.mean(means)) < 4 * 0.003
    assert abs(np.mean(sds) - 1) < 4 * 0.004 + 0.01
    share = np.mean([c.skewed_quartiles(*row[1:4], 41) for row in figures])
    assert abs(share - 0.05) < 4 * 0.0034 + 0.01
    assert abs(np.mean([c.skewed_range(*row[[0, 2, 4]], 41) for row in figures]) - 0.05) < 4 * 0.0034 + 0.01
    assert abs(np.mean([c.skewed_five_numbers(*row, 41) for row in figures]) - 0.05) < 4 * 0.0034 + 0.01
