"""Stopping rules for the rate of an adverse event in patients, with an exact type-I error.

A family scores each (patients n, events x): the higher, the worse. The rule stops where the score exceeds a
critical value, the smallest for which P(ever stopping | p0) ≤ alpha, exactly. Scores that tie are in or out
together. Ivanova, Qaqish & Schell (2005); Geller et al. (2003); Chen & Chaloner (2006); Goldman (1987);
Kulldorff et al. (2011); reviewed by Martens & Logan (2024).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...errors import require
from ...special import betainc, betaincc, ndtri, xlogy
from ...units import Array, Probability
from .crossing import Counts, Crossing, binomial_crossing, check_looks, check_rate

Score = Callable[[Array, Array, float], Array]  # (n, x, largest n) → score, broadcast
_TIE = 1e-9  # scores nearer than this part of themselves are the same
_NEVER = -np.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingRule:
    """Stop at a look with ``reject_at`` events or more (n + 1: not at this look).

    ``critical`` is the score that has to be exceeded, that of the first counts left out; ``least`` is the
    lowest score at which it stops.
    """

    looks: Counts
    reject_at: Counts
    critical: float
    least: float

    def at(self, rate: Probability) -> Crossing:
        """What the rule does where the rate is ``rate``. Raises ``InputError``."""
        return binomial_crossing(self.looks, self.reject_at, check_rate(rate, "event rate"))


def upper_tail(n: Array, x: Array, p0: float) -> Array:
    """P(X ≥ x) for n patients."""
    return np.asarray(np.where(x <= 0, 1.0, betainc(np.maximum(x, 1.0), n - x + 1.0, p0)))


def pocock(p0: Probability) -> Score:
    """The same significance at every look; the score is −P(X ≥ x | p0).

    >>> stopping_rule([10, 20, 30], 0.1, 0.05, pocock(0.1)).reject_at.tolist()
    [4, 6, 7]
    """
    return lambda n, x, largest: -upper_tail(n, x, p0)


def power_family(p0: Probability, delta: float) -> Score:
    """Exact significance as a normal score times (n/N)^δ: δ = 0 is Pocock, ½ O'Brien–Fleming.

    >>> stopping_rule([10, 20, 30], 0.1, 0.05, power_family(0.1, 0.5)).reject_at.tolist()
    [5, 6, 7]
    """
    require(0 <= delta <= 0.5, f"δ = {delta!r}", where="power family", allowed="0 to 0.5")
    return lambda n, x, largest: -ndtri(upper_tail(n, x, p0)) * (n / largest) ** delta


def obrien_fleming(p0: Probability) -> Score:
    """Excess of events over expectation, in standard deviations at the end.

    >>> stopping_rule([10, 20, 30], 0.1, 0.05, obrien_fleming(0.1)).reject_at.tolist()
    [5, 6, 7]
    """
    return wang_tsiatis(p0, 0.0)


def wang_tsiatis(p0: Probability, delta: float) -> Score:
    """Excess of events in standard deviations now, times (n/N)^(½ − Δ): Δ = 0 is O'Brien–Fleming.

    >>> stopping_rule([10, 20, 30], 0.1, 0.05, wang_tsiatis(0.1, 0.25)).reject_at.tolist()
    [4, 6, 7]
    """
    require(0 <= delta <= 0.5, f"Δ = {delta!r}", where="Wang–Tsiatis", allowed="0 to 0.5")
    return lambda n, x, largest: (x - n * p0) / np.sqrt(n * p0 * (1 - p0)) * (n / largest) ** (0.5 - delta)


def check_beta(prior: tuple[float, float], where: str) -> None:
    """Raise ``InputError`` unless ``prior`` are the two parameters of a beta distribution."""
    require(
        len(prior) == 2 and all(0 < p < np.inf for p in prior),
        f"beta prior {prior!r}",
        where=where,
        allowed="two numbers above 0",
    )


def beta_binomial(p0: Probability, prior: tuple[float, float]) -> Score:
    """Posterior probability that the rate is above p0 (Geller et al. 2003).

    >>> round(float(beta_binomial(0.1, (1, 9))(np.array(10), np.array(3), 30.0)), 3)
    0.885
    """
    check_beta(prior, "beta-binomial rule")
    return lambda n, x, largest: betaincc(prior[0] + x, prior[1] + n - x, p0)


def chen_chaloner(
    p0: Probability, prior: tuple[float, float], p1: Probability, probability: Probability
) -> Score:
    """As ``beta_binomial``, but only where also P(rate > p1) ≥ ``probability`` (Chen & Chaloner 2006).

    >>> score = chen_chaloner(0.1, (1, 9), p1=0.2, probability=0.5)
    >>> stopping_rule([10, 20, 30], 0.1, 0.05, score).reject_at.tolist()
    [4, 6, 8]
    """
    check_beta(prior, "Chen–Chaloner rule")
    require(
        p0 <= p1 < 1 and 0 < probability < 1,
        f"p1 = {p1!r}, probability {probability!r}",
        where="Chen–Chaloner rule",
        allowed="p1 at least p0; a probability",
    )

    def score(n: Array, x: Array, largest: float) -> Array:
        high = betaincc(prior[0] + x, prior[1] + n - x, p1) >= probability
        return np.asarray(np.where(high, betaincc(prior[0] + x, prior[1] + n - x, p0), _NEVER))

    return score


def sprt(p0: Probability, p1: Probability) -> Score:
    """Log likelihood ratio of p1 to p0 (Wald 1945), truncated at the last look.

    >>> stopping_rule([10, 20, 30], 0.1, 0.05, sprt(0.1, 0.3)).reject_at.tolist()
    [4, 6, 7]
    """
    require(0 < p0 < p1 < 1, f"p0 = {p0!r}, p1 = {p1!r}", where="SPRT", allowed="0 < p0 < p1 < 1")
    return lambda n, x, largest: x * np.log(p1 / p0) + (n - x) * np.log((1 - p1) / (1 - p0))


def maxsprt(p0: Probability, minimum: int = 1) -> Score:
    """Log likelihood ratio of the rate seen to p0 where it is above, from ``minimum`` events on.

    >>> stopping_rule([10, 20, 30], 0.1, 0.05, maxsprt(0.1)).reject_at.tolist()
    [4, 6, 7]
    """

    def score(n: Array, x: Array, largest: float) -> Array:
        ratio = xlogy(x, x / n / p0) + xlogy(n - x, np.maximum(n - x, 0) / n / (1 - p0))
        return np.asarray(np.where((x > n * p0) & (x >= minimum), ratio, _NEVER))

    return score


def bracketing_rules(
    looks: ArrayLike, p0: Probability, alpha: Probability, score: Score
) -> tuple[StoppingRule, StoppingRule]:
    """The two neighbouring rules of the family: type-I error at most ``alpha``, and the next, above it.

    Raises ``InputError`` where no rule that ever stops keeps ``alpha``, or every rule of the family does.

    >>> keeps, above = bracketing_rules([10, 20, 30], 0.1, 0.05, pocock(0.1))
    >>> round(keeps.at(0.1).probability, 3), round(above.at(0.1).probability, 3)
    (0.036, 0.056)
    """
    n, rate = check_looks(looks), check_rate(p0, "p0")
    check_rate(alpha, "alpha")
    x = np.arange(int(n[-1]) + 1)
    inside = x <= n[:, None]
    scores = np.full(inside.shape, _NEVER)
    grid_n, grid_x = np.broadcast_arrays(n[:, None].astype(float), x.astype(float))
    scores[inside] = score(grid_n[inside], grid_x[inside], float(n[-1]))
    values = np.unique(scores[np.isfinite(scores)])
    require(
        values.size > 0, "no count ever scores", where="stopping rule", remedy="weaken the second condition"
    )
    gap = _TIE * np.maximum(1.0, np.abs(values))
    values = values[np.append(np.diff(values) > gap[:-1], True)]  # of scores that tie, the highest

    def rule(admitted: int) -> StoppingRule:
        """Stops at the scores from ``values[admitted]`` on."""
        critical = float(values[admitted - 1]) if admitted > 0 else _NEVER
        least = float(values[admitted]) if admitted < len(values) else np.inf
        worse = scores > critical + (_TIE / 2 * max(1.0, abs(critical)) if admitted > 0 else 0.0)
        reject = np.where(worse.any(axis=1), worse.argmax(axis=1), n + 1)
        return StoppingRule(looks=n, reject_at=reject, critical=critical, least=least)

    def error(admitted: int) -> float:
        return rule(admitted).at(rate).probability

    low, high = 0, len(values)  # the fewest scores left out that keep alpha
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if error(middle) <= alpha else (middle + 1, high)
    found = rule(low)
    require(
        bool((found.reject_at <= n).any()),
        f"alpha {alpha:g} allows no rule that ever stops",
        where="stopping rule",
        remedy="more patients or a larger alpha",
    )
    return found, rule(max(low - 1, 0))


def stopping_rule(looks: ArrayLike, p0: Probability, alpha: Probability, score: Score) -> StoppingRule:
    """The rule of the family that stops most readily with P(ever stopping | p0) ≤ ``alpha``.

    Raises ``InputError``.

    >>> stopping_rule([10, 20, 30], 0.1, 0.05, beta_binomial(0.1, (1, 9))).reject_at.tolist()
    [4, 6, 7]
    """
    return bracketing_rules(looks, p0, alpha, score)[0]
