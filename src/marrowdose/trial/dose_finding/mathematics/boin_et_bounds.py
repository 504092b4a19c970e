"""Boundaries and moves of BOIN-ET (Takeda, Taguri & Morita 2018, Pharm Stat 17:383)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import bdtr

from ....errors import require, require_between
from ....units import Array, Flags, Indices, Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Rates the design tells apart: toxicity φ1 < φ < φ2 and efficacy δ1 < δ."""

    target: Probability  # φ, of toxicity
    safe: Probability  # φ1
    toxic: Probability  # φ2
    efficacy: Probability  # δ
    idle: Probability  # δ1

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            require_between(getattr(self, name), 0.001, 0.999, where=name)
        require(
            self.safe < self.target < self.toxic,
            f"{self.safe:g}, {self.target:g}, {self.toxic:g}",
            where="safe, target, toxic",
            allowed="increasing",
        )
        require(
            self.idle < self.efficacy,
            f"{self.idle:g} and {self.efficacy:g}",
            where="idle, efficacy",
            allowed="increasing",
        )


@cache
def boundaries(
    rates: Rates, n: int = 100, step: float = 0.01, prior: tuple[float, ...] = (1 / 6,) * 6
) -> tuple[float, float, float]:
    """λ1, λ2 and η1 on a grid, which make wrong decisions rarest over six hypotheses.

    The hypotheses are toxicity φ1, φ, φ2 with efficacy δ1 or δ, in the order (φ1, δ1), (φ1, δ), (φ, δ1) …,
    and ``prior`` holds their weights; under (φ, δ1) no decision counts as wrong, so the third changes
    nothing. ``n`` patients are assumed. Of equal ones the first is taken, λ1 before λ2 before η1. One fourth
    of the sum is written as in the boinet package, which subtracts P(rate ≤ λ1 | φ1) where the paper's own
    reading would be given φ: the published tables follow it. Raises ``InputError`` for anything but six
    weights from 0 with a sum above 0.
    """
    require(len(prior) == 6, f"{len(prior)} weights", where="prior", allowed="six")
    for weight in prior:
        require_between(weight, 0, 1e6, where="prior")
    require(sum(prior) > 0, "all weights are 0", where="prior", allowed="a sum above 0")

    def line(low: float, high: float) -> Array:
        return np.asarray(low + step * np.arange(int((high - low) / step + 1e-9) + 1), float)

    lambda1, lambda2 = line(rates.safe, rates.target), line(rates.target, rates.toxic)
    eta = line(rates.idle, rates.efficacy)

    def upto(x: Array, p: float) -> Array:
        k = np.floor(n * x + 1e-7)
        return np.where(k < 0, 0.0, bdtr(k.clip(0), n, p))

    toxicities = (rates.safe, rates.target, rates.toxic)
    low = [upto(lambda1, p)[:, None, None] for p in toxicities]
    high = [upto(lambda2 - 1 / n, p)[None, :, None] for p in toxicities]
    weak = [upto(eta, p)[None, None, :] for p in (rates.idle, rates.efficacy)]
    wrong = np.zeros((len(lambda1), len(lambda2), len(eta)))
    for p, e in zip(prior[:2], weak, strict=True):  # φ1: with δ1 up is right, with δ staying is right
        between = (high[0] - low[0]) * e
        right = low[0] * e if e is weak[0] else high[0] * (1 - e)
        wrong += p * (1 - right - between / 3)
    # φ and δ: staying is right
    wrong += prior[3] * (low[1] * weak[1] + 2 / 3 * (high[1] - low[0]) * weak[1] + 1 - high[1])
    for p, e in zip(prior[4:], weak, strict=True):  # φ2: down is right
        wrong += p * (high[2] - (high[2] - low[2]) * e / 3)
    a, b, c = np.unravel_index(wrong.argmin(), wrong.shape)
    return round(float(lambda1[a]), 9), round(float(lambda2[b]), 9), round(float(eta[c]), 9)


def next_dose(
    toxicity: Array,
    efficacy: Array,
    treated: Array,
    current: Indices,
    bounds: tuple[float, float, float],
) -> Indices:
    """The next dose from observed rates (trials, doses); 0 where no one was treated. Limits come after.

    With toxicity between λ1 and λ2 and little efficacy: an untried dose above first, else the dose of highest
    observed efficacy among the current one and its neighbours (of equals the current one, then the lower).
    """
    low, high, weak = bounds
    trials, top = np.arange(len(current)), toxicity.shape[1] - 1
    p, e = toxicity[trials, current], efficacy[trials, current]
    best, look = efficacy[trials, current], current
    for step in (-1, 1):
        dose = (current + step).clip(0, top)
        better = (efficacy[trials, dose] > best + 1e-12) & (dose != current)
        best, look = np.where(better, efficacy[trials, dose], best), np.where(better, dose, look)
    above = (current + 1).clip(max=top)
    untried: Flags = (current < top) & (treated[trials, above] == 0)
    look = np.where(untried, above, look)
    found = np.where(e > weak, current, np.where(p <= low, above, look))
    return np.where(p >= high, np.maximum(current - 1, 0), found)
