"""What a paper prints → what statistics need: mean, SD, SD of change.

Every function takes and returns single figures in the units of the instrument, ``n`` being patients.
They are estimates for roughly normal scores; ask ``skewed_*`` first. Raises ``InputError`` where the figures
cannot be what they are said to be (quartiles out of order, fewer patients than needed).

Sources: Luo 2018 (Stat Methods Med Res 27:1785), Wan 2014 (BMC Med Res Methodol 14:135), Shi 2020
(Res Synth Methods 11:641), Shi 2023 (Stat Methods Med Res 32:1338), Cochrane Handbook 6, section 6.5.2.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from statistics import NormalDist

from ..errors import require
from ..units import Count, Probability, Score

_normal_quantile = NormalDist().inv_cdf


def _check(n: Count, *ordered: Score, least: int = 2) -> None:
    """Refuse fewer than ``least`` patients, figures that are not finite, or not in ascending order."""
    require(
        math.isfinite(n) and n >= least,
        f"n = {n!r} is too few for this conversion",
        allowed=f"{least} patients or more",
        remedy="use the figure without a spread",
    )
    require(
        all(map(math.isfinite, ordered)) and all(a <= b for a, b in itertools.pairwise(ordered)),
        f"{', '.join(f'{x:g}' for x in ordered)} are not in ascending order",
        allowed="minimum ≤ lower quartile ≤ median ≤ upper quartile ≤ maximum",
        remedy="check for swapped columns",
    )


def _range_width(n: Count) -> float:
    """Expected maximum − minimum of n standard normal values (Wan 2014, equation 9, Blom's approximation)."""
    return 2.0 * _normal_quantile((n - 0.375) / (n + 0.25))


def _quartile_width(n: Count) -> float:
    """Expected interquartile range of n standard normal values (Wan 2014, equation 16)."""
    return 2.0 * _normal_quantile((0.75 * n - 0.125) / (n + 0.25))


def mean_from_quartiles(q1: Score, median: Score, q3: Score, n: Count) -> Score:
    """Mean from the quartiles: w (q1 + q3)/2 + (1 − w) median, w = 0.7 + 0.39/n (Luo 2018, equation 11).

    >>> round(mean_from_quartiles(12, 20, 31, 25), 4)
    21.0734
    """
    _check(n, q1, median, q3)
    w = 0.7 + 0.39 / n
    return w * (q1 + q3) / 2 + (1 - w) * median


def sd_from_quartiles(q1: Score, median: Score, q3: Score, n: Count) -> Score:
    """SD from the quartiles: (q3 − q1) / (2 Φ⁻¹((0.75 n − 0.125)/(n + 0.25))) (Wan 2014, equation 16).

    Zero where the quartiles coincide: they then do not tell the spread.

    >>> round(sd_from_quartiles(12, 20, 31, 25), 4)
    14.9362
    """
    _check(n, q1, median, q3)
    return (q3 - q1) / _quartile_width(n)


def mean_from_range(low: Score, median: Score, high: Score, n: Count) -> Score:
    """Mean from minimum, median and maximum (Luo 2018, equation 7).

    w (low + high)/2 + (1 − w) median, w = 4/(4 + n^0.75).

    >>> round(mean_from_range(2, 20, 55, 30), 4)
    22.0216
    """
    _check(n, low, median, high)
    w = 4 / (4 + math.pow(n, 0.75))
    return w * (low + high) / 2 + (1 - w) * median


def sd_from_range(low: Score, median: Score, high: Score, n: Count) -> Score:
    """SD from minimum and maximum: (high − low) / (2 Φ⁻¹((n − 0.375)/(n + 0.25))) (Wan 2014, equation 9).

    >>> round(sd_from_range(2, 20, 55, 30), 4)
    12.9884
    """
    _check(n, low, median, high)
    return (high - low) / _range_width(n)


def mean_from_five_numbers(low: Score, q1: Score, median: Score, q3: Score, high: Score, n: Count) -> Score:
    """Mean from minimum, quartiles and maximum (Luo 2018, equation 15).

    a (low + high)/2 + b (q1 + q3)/2 + (1 − a − b) median, a = 2.2/(2.2 + n^0.75), b = 0.7 − 0.72/n^0.55.

    >>> round(mean_from_five_numbers(2, 12, 20, 31, 55, 30), 4)
    22.1288
    """
    _check(n, low, q1, median, q3, high)
    a, b = 2.2 / (2.2 + math.pow(n, 0.75)), 0.7 - 0.72 / math.pow(n, 0.55)
    return a * (low + high) / 2 + b * (q1 + q3) / 2 + (1 - a - b) * median


def sd_from_five_numbers(low: Score, q1: Score, median: Score, q3: Score, high: Score, n: Count) -> Score:
    """SD from minimum, quartiles and maximum (Shi 2020, equation 10).

    w SD from the range + (1 − w) SD from the quartiles, w = 1/(1 + 0.07 n^0.6).

    >>> round(sd_from_five_numbers(2, 12, 20, 31, 55, 30), 4)
    13.6192
    """
    _check(n, low, q1, median, q3, high)
    w = 1 / (1 + 0.07 * math.pow(n, 0.6))
    return w * (high - low) / _range_width(n) + (1 - w) * (q3 - q1) / _quartile_width(n)


_LEAST_FOR_SKEW = 5  # Shi 2023 fitted the critical values for five patients and more


def _lean(low: Score, median: Score, high: Score) -> float:
    """How far the median is from the middle, 0 (middle) to 1 (at an end)."""
    return abs(low + high - 2 * median) / (high - low)


def skewed_quartiles(q1: Score, median: Score, q3: Score, n: Count) -> bool | None:
    """True if the quartiles are too skewed for a normal distribution at the 5 % level (Shi 2023, scenario 2).

    None where the test says nothing: fewer than 5 patients or no spread. With few patients it can hardly
    ever be true: False is not evidence of symmetry.

    >>> skewed_quartiles(1, 2, 8, 60), skewed_quartiles(12, 20, 31, 25)
    (True, False)
    """
    _check(n, q1, median, q3)
    if n < _LEAST_FOR_SKEW or q1 == q3:
        return None
    return _lean(q1, median, q3) >= 2.65 / math.sqrt(n) - 6 / n**2


def skewed_range(low: Score, median: Score, high: Score, n: Count) -> bool | None:
    """As ``skewed_quartiles``, from minimum, median and maximum (Shi 2023, scenario 1).

    >>> skewed_range(2, 20, 55, 30)
    False
    """
    _check(n, low, median, high)
    if n < _LEAST_FOR_SKEW or low == high:
        return None
    return _lean(low, median, high) >= 1 / math.log(n + 9) + 2.5 / (n + 1)


def skewed_five_numbers(
    low: Score, q1: Score, median: Score, q3: Score, high: Score, n: Count
) -> bool | None:
    """As ``skewed_quartiles``, from minimum, quartiles and maximum (Shi 2023, scenario 3).

    >>> skewed_five_numbers(0.5, 3.1, 5.2, 7.9, 18, 250)
    True
    """
    _check(n, low, q1, median, q3, high)
    if n < _LEAST_FOR_SKEW or q1 == q3:
        return None
    ends = 2.65 * math.log(0.6 * n) / math.sqrt(n) * _lean(low, median, high)
    return max(ends, _lean(q1, median, q3)) >= 3 / math.sqrt(n) - 40 / n**3


def change_variance(sd0: Score, sd1: Score, r: float) -> float:
    """Variance of the change from baseline: sd0² + sd1² − 2 r sd0 sd1 (Handbook 6.5.2.8) [squared units].

    ``r``: correlation between the baseline and the follow-up score of the same patients, −1 to 1.

    >>> round(change_variance(1.5, 2.6, 0.354) ** 0.5, 2)
    2.5
    """
    require(-1 <= r <= 1, f"r = {r!r} is no correlation", allowed="-1 to 1")
    require(sd0 >= 0 and sd1 >= 0, f"an SD cannot be negative: {sd0!r}, {sd1!r}", allowed="0 or more")
    return sd0**2 + sd1**2 - 2 * r * sd0 * sd1


def sd_from_ci(lo: Score, hi: Score, n: Count, level: Probability = 0.95) -> Score:
    """SD from the confidence interval of one group's mean: √n (hi − lo) / (2 t) (Handbook 6.5.2.2).

    The t quantile with n − 1 degrees of freedom, not 1.96: groups are small here.
    Not for the interval of a difference between groups.

    >>> round(sd_from_ci(27.936, 32.064, 25), 2)
    5.0
    """
    from scipy.special import stdtrit

    _check(n, lo, hi)
    require(0 < level < 1, f"level {level!r} is not usable", allowed="above 0, below 1, as 0.95")
    return math.sqrt(n) * (hi - lo) / (2.0 * float(stdtrit(n - 1, (1 + level) / 2)))


def se_to_sd(se: Score, n: Count) -> Score:
    """SD between patients from the standard error of their mean: se √n (Handbook 6.5.2.2).

    >>> se_to_sd(2.0, 16)
    8.0
    """
    _check(n, 0.0, se, least=1)
    return se * math.sqrt(n)


def pooled_sd(sds: Sequence[Score], ns: Sequence[Count]) -> Score:
    """SD within groups, pooled: √(Σ (n − 1) sd² / Σ (n − 1)). Groups need the same units.

    >>> round(pooled_sd([3, 4], [10, 10]), 4)
    3.5355
    """
    require(len(sds) == len(ns) > 0, "as many SDs as group sizes are needed, at least one")
    for sd, n in zip(sds, ns, strict=True):
        _check(n, 0.0, sd)
    return math.sqrt(sum((n - 1) * sd**2 for sd, n in zip(sds, ns, strict=True)) / sum(n - 1 for n in ns))
