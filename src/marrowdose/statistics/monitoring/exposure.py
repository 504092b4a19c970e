"""Stopping rules over follow-up time: events come as a Poisson process and are watched continuously.

For d events the rule stops as long as the total follow-up is at most u_d, the longest at which d events still
score above the critical value. The rule is calibrated up to the follow-up expected without excess; where the
trial goes on longer its error is a little above alpha, and ``at`` says how much. Martens & Logan (2024).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from ...errors import require
from ...special import gammaincc, xlogy
from ...units import Array, Probability
from ..one_dimension import root
from .crossing import Counts, check_rate, poisson_crossing

Score = Callable[
    [Array, Array, float], Array
]  # (events, expected events, expected at the end) → falls in the second
_TOLERANCE = 1e-10
_HALVINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureRule:
    """Stop as soon as ``events[j]`` are reached by a total follow-up of ``follow_up[j]``; ends at the last.

    ``tau`` is a patient's length of follow-up, for which rates are given; ``critical`` the score exceeded.
    """

    events: Counts
    follow_up: Array
    tau: float
    critical: float

    def at(self, rate: Probability) -> float:
        """P(ever stopping) where a patient has an event within ``tau`` with probability ``rate``."""
        hazard = -math.log1p(-check_rate(rate, "event rate")) / self.tau
        return poisson_crossing(self.follow_up, self.events, float(self.follow_up[-1]), hazard)[0]


def exposure_pocock(events: Array, expected: Array, end: float) -> Array:
    """Excess over expectation in standard deviations now.

    >>> exposure_pocock(np.array([6.0]), np.array([4.0]), 9.0).tolist()
    [1.0]
    """
    return (events - expected) / np.sqrt(expected)


def exposure_wang_tsiatis(delta: float) -> Score:
    """``exposure_pocock`` times (expected/expected at the end)^(½ − Δ); Δ = 0 is O'Brien–Fleming.

    >>> exposure_wang_tsiatis(0.0)(np.array([6.0]), np.array([4.0]), 9.0).round(3).tolist()
    [0.667]
    """
    require(0 <= delta <= 0.5, f"Δ = {delta!r}", where="Wang–Tsiatis", allowed="0 to 0.5")
    return lambda events, expected, end: (
        exposure_pocock(events, expected, end) * (expected / end) ** (0.5 - delta)
    )


def gamma_poisson(prior: tuple[float, float], hazard: float) -> Score:
    """Posterior probability that the hazard is above ``hazard``; prior gamma (shape, rate as follow-up).

    >>> gamma_poisson((1, 100), 0.01)(np.array([3]), np.array([1.0]), 5.0).round(3).tolist()
    [0.857]
    """
    require(
        all(0 < p < math.inf for p in prior),
        f"gamma prior {prior!r}",
        where="gamma–Poisson rule",
        allowed="a shape and a rate above 0",
    )
    return lambda events, expected, end: gammaincc(prior[0] + events, prior[1] * hazard + expected)


def exposure_sprt(p0: Probability, p1: Probability) -> Score:
    """Log likelihood ratio of the hazard that goes with p1 to that of p0.

    >>> exposure_sprt(0.1, 0.3)(np.array([3]), np.array([1.0]), 5.0).round(3).tolist()
    [1.273]
    """
    require(0 < p0 < p1 < 1, f"p0 = {p0!r}, p1 = {p1!r}", where="SPRT", allowed="0 < p0 < p1 < 1")
    ratio = math.log1p(-p1) / math.log1p(-p0)
    return lambda events, expected, end: events * math.log(ratio) - (ratio - 1) * expected


def exposure_maxsprt(events: Array, expected: Array, end: float) -> Array:
    """Log likelihood ratio of the hazard seen, where above that expected (Kulldorff et al. 2011).

    >>> exposure_maxsprt(np.array([3.0]), np.array([1.0]), 5.0).round(3).tolist()
    [1.296]
    """
    ratio = xlogy(events, events / expected) - (events - expected)
    return np.asarray(np.where(events > expected, ratio, -np.inf))


def hazard(p0: Probability, tau: float) -> float:
    """Constant hazard at which a patient has an event within ``tau`` with probability ``p0``.

    >>> round(hazard(0.1, 12.0), 5)  # a month, where 10 % have the event within a year
    0.00878
    """
    require(0 < tau < math.inf, f"follow-up {tau!r}", where="exposure rule", allowed="above 0")
    return -math.log1p(-check_rate(p0, "p0")) / tau


def exposure_rule(
    patients: float,
    p0: Probability,
    alpha: Probability,
    score: Score,
    *,
    tau: float,
    calibrate: Literal["expected", "maximum"] = "expected",
    critical: float | None = None,
) -> ExposureRule:
    """The rule with P(stopping | p0) = ``alpha`` for ``patients`` each followed for ``tau``.

    ``calibrate`` up to the follow-up expected under p0, in which a patient's ends with the event, or up to
    the maximum patients × tau, at which the rule ends in both cases. A ``critical`` value may be given
    instead of found. Raises ``InputError``.

    >>> rule = exposure_rule(60, 0.1, 0.05, exposure_wang_tsiatis(0.25), tau=12.0)
    >>> rule.events[:3].tolist(), rule.follow_up[:3].round(1).tolist(), round(rule.at(0.25), 2)
    ([1, 2, 3], [0.5, 7.7, 30.8], 0.92)
    """
    require(0 < patients < math.inf, f"{patients!r} patients", where="exposure rule", allowed="above 0")
    check_rate(alpha, "alpha")
    require(
        calibrate in ("expected", "maximum"), f"{calibrate!r}", where="calibrate", allowed="expected, maximum"
    )
    pace = hazard(p0, tau)
    longest = patients * tau * pace
    watch = _Watch(score, longest, patients * p0 if calibrate == "expected" else longest)
    if critical is None:
        critical = watch.critical_value(alpha)
    counts, until = watch.bound(critical)
    require(
        len(counts) > 0 and until[-1] >= longest,
        f"critical value {critical!r}",
        where="exposure rule",
        allowed="a score that some count exceeds",
    )
    last = int(np.searchsorted(until, longest)) + 1
    follow_up = np.minimum(until[:last], longest) / pace
    return ExposureRule(events=counts[:last], follow_up=follow_up, tau=tau, critical=critical)


class _Watch(NamedTuple):
    """Events that are watched up to ``longest``, the error being that up to ``end``, in expected events."""

    score: Score
    longest: float
    end: float

    def bound(self, critical: float) -> tuple[Counts, Array]:
        """Counts and the expected events up to which they stop, ending beyond ``longest``."""
        events = np.arange(1, int(self.longest + 12 * math.sqrt(self.longest) + 60))
        low, high = np.zeros(len(events)), np.full(len(events), 2.0 * self.longest)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            above = self.score(events.astype(float), middle, self.end) > critical
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        some = low > self.longest * 1e-15
        return events[some], np.maximum.accumulate(low[some])

    def error(self, critical: float) -> float:
        """P(stopping) up to ``end`` without excess."""
        counts, until = self.bound(critical)
        reaches = len(counts) > 0 and until[-1] >= self.end
        return poisson_crossing(until, counts, self.end)[0] if reaches else 0.0

    def critical_value(self, alpha: Probability) -> float:
        """The score whose error is ``alpha``. Raises ``InputError`` where there is none."""
        end = self.end
        # scores of as many events as expected at the end, and of far more
        few, many = float(math.floor(end)), 1.0 + math.ceil(end + 9 * math.sqrt(end) + 9)
        low, high = (float(self.score(np.array([x]), np.array([end]), end)[0]) for x in (few, many))
        low = low if math.isfinite(low) else 0.0
        require(
            self.error(low) > alpha > self.error(high),
            f"alpha {alpha:g} is not to be had",
            where="exposure rule",
            remedy="more patients or another family",
        )
        return root(lambda c: self.error(c) - alpha, low, high, xtol=_TOLERANCE)
