"""Maximised sequential probability ratio test: critical values by exact calculation (Kulldorff et al. 2011).

Time is measured in events expected without excess, and the log likelihood ratio of c events by time t is c
ln(c/t) − (c − t) where c > t. Continuous monitoring signals c events up to t_c, where it equals the critical
value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...errors import require
from ...special import xlogy
from ...units import Array, Probability
from ..one_dimension import root
from .crossing import Counts, check_rate, poisson_crossing, poisson_groups
from .rules import StoppingRule, maxsprt, stopping_rule

_MET = 1e-8  # how near alpha is met: the published program stops there
_HALVINGS = 48
_TIE = 1e-9
_ABOVE = 1e-6  # the ratio that may not signal
_LEAST = 1e-9  # critical value: signal with more events than expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Of continuous monitoring at a rate ratio: power, expected time to a signal, expected length."""

    power: float
    signal_time: float
    length: float


def _check(horizon: float, alpha: float, minimum: int, delay: float) -> None:
    require(0 < horizon < math.inf, f"length {horizon!r}", where="MaxSPRT", allowed="expected events above 0")
    require(0 < alpha < 1, f"alpha {alpha!r}", where="MaxSPRT", allowed="above 0 and below 1")
    require(
        1 <= minimum <= 1_000_000 and minimum == int(minimum),
        f"minimum of {minimum!r} events",
        where="MaxSPRT",
        allowed="whole, 1 to 1000000",
    )
    require(0 <= delay < horizon, f"delay {delay!r}", where="MaxSPRT", allowed="0 or more, below the length")


def ratio(events: ArrayLike, expected: ArrayLike) -> Array:
    """The log likelihood ratio of ``events`` to those ``expected``; 0 where there are no more than that.

    >>> ratio([8, 2], [3.0, 3.0]).round(3).tolist()
    [2.847, 0.0]
    """
    c, t = np.asarray(events, dtype=float), np.asarray(expected, dtype=float)
    return np.asarray(np.where(c > t, xlogy(c, c / t) - (c - t), 0.0))


def _times(critical: float, horizon: float, minimum: int, delay: float) -> tuple[Array, Counts]:
    """Times until which so many events signal, the first beyond the horizon included."""
    from scipy.special import lambertw

    most = int(horizon + 10 * math.sqrt(max(horizon, critical)) + 3 * critical + 30)
    counts = np.arange(minimum, minimum + most)
    # c ln(c/t) − c + t = v  ⟺  t = −c W(−e^{−1−v/c})
    until = -counts * lambertw(-np.exp(-1.0 - critical / counts)).real
    counts, until = counts[until >= delay], until[until >= delay]
    last = int(np.searchsorted(until, horizon)) + 1
    until, counts = until[:last], counts[:last]
    if delay > 0:  # the first look is there, with the first count that still signals then
        until, counts = np.concatenate([[delay], until]), np.concatenate([counts[:1], counts])
    return until, counts


def poisson_critical_value(
    horizon: float, alpha: Probability, *, minimum: int = 1, delay: float = 0.0
) -> float:
    """Critical value of continuous monitoring up to ``horizon`` expected events, of error ``alpha``.

    An alpha below 0.01 is met within 1e-8, as in published tables. No signal with fewer than ``minimum``
    events, or before ``delay`` (where the value is the least that keeps alpha). Raises ``InputError`` where
    alpha cannot be spent.

    >>> round(poisson_critical_value(10, 0.05), 6)
    3.467952
    """
    _check(horizon, alpha, minimum, delay)

    def error(critical: float) -> float:
        until, counts = _times(critical, horizon, minimum, delay)
        return poisson_crossing(until, counts, horizon)[0]

    low, high = _LEAST, 4.0 - math.log(alpha)
    require(
        error(low) > alpha,
        f"{minimum} events or more by then are rarer than alpha {alpha:g}",
        where="MaxSPRT",
        remedy="watch longer or ask for fewer events",
    )
    while error(high) > alpha:
        high *= 1.5
    if delay == 0 and alpha >= 0.01:  # continuous in the critical value
        return float(root(lambda v: error(v) - alpha, low, high, xtol=1e-11))
    if (
        delay == 0
    ):  # where alpha is rare, published values show where their search stopped: halve from 0 to 10 as it did
        low, high = 0.0, 10.0 * 2.0 ** max(0, math.ceil(math.log2(high / 10)))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        level = error(middle)
        if delay == 0 and abs(level - alpha) <= _MET:
            return middle
        low, high = (middle, high) if level > alpha else (low, middle)
    return high


def poisson_performance(
    horizon: float, critical: float, rate_ratio: float, *, minimum: int = 1, delay: float = 0.0
) -> Performance:
    """What continuous monitoring does where events come ``rate_ratio`` times as often.

    Raises ``InputError``.

    >>> found = poisson_performance(10, 3.467952, 2.0)
    >>> round(found.power, 3), round(found.signal_time, 2)
    (0.685, 4.13)
    """
    _check(horizon, 0.5, minimum, delay)
    require(0 < critical < math.inf, f"critical value {critical!r}", where="MaxSPRT", allowed="above 0")
    require(0 < rate_ratio < math.inf, f"rate ratio {rate_ratio!r}", where="MaxSPRT", allowed="above 0")
    until, counts = _times(critical, horizon, minimum, delay)
    power, length = poisson_crossing(until, counts, horizon, rate_ratio)
    return Performance(power=power, length=length, signal_time=(length - horizon * (1 - power)) / power)


def poisson_group_critical_value(groups: ArrayLike, alpha: Probability, *, minimum: int = 1) -> float:
    """Critical value where one looks only after each of ``groups`` (expected events in each).

    A signal is a log likelihood ratio at or above it: it is 1e-6 above the highest ratio that can be seen but
    may not signal, so that rounding decides nothing. Raises ``InputError``.

    >>> round(poisson_group_critical_value([2.5] * 4, 0.05), 4)
    1.9315
    """
    sizes = np.atleast_1d(np.asarray(groups, dtype=float))
    require(
        sizes.ndim == 1 and sizes.size > 0 and bool((sizes > 0).all() and np.isfinite(sizes).all()),
        f"groups {sizes.tolist()}",
        where="MaxSPRT",
        allowed="expected events above 0 in each",
    )
    looks = np.cumsum(sizes)
    _check(float(looks[-1]), alpha, minimum, 0.0)
    counts = np.arange(minimum, minimum + int(looks[-1] + 12 * math.sqrt(looks[-1]) + 60))
    values = ratio(counts, looks[:, None])
    seen = np.unique(values[values > 0])

    def error(critical: float) -> float:
        signal = values > critical + _TIE * max(1.0, critical)
        return poisson_groups(
            looks, np.where(signal.any(axis=1), counts[signal.argmax(axis=1)], counts[-1] + 1)
        )

    candidates = np.concatenate([[0.0], seen])
    low, high = 0, len(candidates) - 2  # above the last nothing is seen
    require(
        error(candidates[high]) <= alpha,
        f"alpha {alpha:g} allows no signal",
        where="MaxSPRT",
        remedy="a larger alpha",
    )
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if error(candidates[middle]) <= alpha else (middle + 1, high)
    return float(candidates[low]) + _ABOVE


def binomial_maxsprt(events: int, matching: float, alpha: Probability, *, minimum: int = 1) -> StoppingRule:
    """Monitoring after each of ``events`` events, ``matching`` controls (or control time) to one exposed.

    Without excess an event is an exposed one with probability 1/(1 + matching). The ratio has to exceed
    ``critical`` of the rule; ``printed`` rounds that up to five decimals. Raises ``InputError``.

    >>> round(binomial_maxsprt(50, 1, 0.05).critical, 4)
    3.4657
    """
    require(
        1 <= events <= 1_000_000 and events == int(events),
        f"{events!r} events",
        where="MaxSPRT",
        allowed="whole, 1 to 1000000",
    )
    require(0 < matching < math.inf, f"matching ratio {matching!r}", where="MaxSPRT", allowed="above 0")
    require(minimum >= 1, f"minimum of {minimum!r} events", where="MaxSPRT", allowed="1 or more")
    share = check_rate(1 / (1 + matching), "exposed share")
    return stopping_rule(np.arange(1, events + 1), share, alpha, maxsprt(share, minimum))


def printed(rule: StoppingRule) -> float:
    """A critical value of five decimals that a signal reaches and no other count does.

    Raises ``InputError``.

    >>> printed(binomial_maxsprt(50, 1, 0.05))
    3.46574
    """
    value = math.ceil(rule.critical * 1e5) / 1e5
    require(
        value <= rule.least,
        f"{value:.5f} would miss a signal at {rule.least:.7f}",
        where="critical value",
        remedy="use the bounds as counts",
    )
    return value
