"""Group-sequential bounds by shape or by error spending, with futility; error, power and expected size.

Information is a fraction of the planned maximum, and the drift is the expected Z there: δ√I_max. A fixed
trial of power 1 − β has drift z_α + z_β; the inflation factor is (drift/(z_α + z_β))². Jennison & Turnbull
(2000).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ...errors import require
from ...special import ndtri
from ...units import Array, Probability
from ..one_dimension import root
from .integration import START, Exit, Going, advance, check_information, crossing, exit_probabilities
from .spending import Spending

_FAR = 40.0  # no Z is further
_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Bounds for Z at each look: reject above ``upper`` (two-sided: also below ``lower``), stop for futility
    below ``lower`` (one-sided; −∞ where there is no such bound).

    ``information`` are fractions of the maximum. ``drift`` is the expected Z at the maximum for which the
    futility bounds were made (None without).
    """

    information: Array
    upper: Array
    lower: Array
    alpha: Probability
    sides: Literal[1, 2] = 1
    binding: bool = True
    drift: float | None = None

    def exit(self, drift: ArrayLike = 0.0) -> Exit:
        """Probabilities of crossing at each look, the trial stopping at either bound."""
        return exit_probabilities(self.lower, self.upper, self.information, drift)

    @property
    def spent(self) -> Array:
        """Type-I error used up by each look; a futility bound that does not bind is not counted on."""
        lower = self.lower if self.sides == 2 or self.binding else np.full_like(self.lower, -np.inf)
        found = exit_probabilities(lower, self.upper, self.information)
        return np.asarray(np.cumsum(found.upper + (found.lower if self.sides == 2 else 0.0)))

    def power(self, drift: ArrayLike) -> Array:
        """Probability of rejecting at the upper bound: a two-sided trial has to find the right direction."""
        return np.asarray(self.exit(drift).upper.sum(axis=-1))

    def expected_information(self, drift: ArrayLike) -> Array:
        """Expected fraction of the maximum information at the end of the trial."""
        return np.asarray(self.exit(drift).stop @ self.information)

    def drift_for(self, power: Probability) -> float:
        """The drift at which the power is ``power``. Raises ``InputError``."""
        require(
            self.alpha / self.sides < power < 1,
            f"power {power!r}",
            where="group-sequential",
            allowed="above alpha and below 1",
        )
        return float(root(lambda drift: float(self.power(drift)) - power, 0.0, 25.0, xtol=_TOLERANCE))

    def inflation(self, power: Probability) -> float:
        """Maximum information over that of a fixed trial of the same error and power."""
        fixed = ndtri(1 - self.alpha / self.sides) + ndtri(power)
        return float((self.drift_for(power) / fixed) ** 2)


def _check(information: ArrayLike, alpha: float, sides: int) -> Array:
    levels = check_information(information)
    require(
        levels[-1] <= 1 + 1e-9,
        f"{levels.tolist()}",
        where="information",
        allowed="fractions of the maximum, at most 1",
    )
    require(0 < alpha < 1, f"alpha {alpha!r}", where="group-sequential", allowed="above 0 and below 1")
    require(sides in (1, 2), f"{sides!r} sides", where="group-sequential", allowed="1 or 2")
    return levels


def wang_tsiatis(
    looks: int | ArrayLike, alpha: Probability, delta: float = 0.5, *, sides: Literal[1, 2] = 1
) -> Bounds:
    """Upper bounds c·t^(Δ − ½): Pocock (1977) at Δ = ½, O'Brien & Fleming (1979) at 0 (Wang & Tsiatis 1987).

    ``looks`` is their number, equally spaced, or their information fractions. Raises ``InputError``.

    >>> wang_tsiatis(2, 0.025).upper.round(4).tolist()
    [2.1783, 2.1783]
    """
    if isinstance(looks, int):
        require(looks > 0, f"{looks} looks", where="group-sequential", allowed="1 or more")
        looks = np.arange(1, looks + 1) / looks
    levels = _check(looks, alpha, sides)
    require(
        math.isfinite(delta) and -2 <= delta <= 2,
        f"Δ = {delta!r}",
        where="group-sequential",
        allowed="-2 to 2",
    )
    shape = (levels / levels[-1]) ** (delta - 0.5)

    def made(c: float) -> Bounds:
        upper = c * shape
        lower = -upper if sides == 2 else np.full_like(upper, -np.inf)
        return Bounds(information=levels, upper=upper, lower=lower, alpha=alpha, sides=sides)

    # at the fixed value too much error is spent, at that of every look alone (Bonferroni) too little
    low = float(ndtri(1 - alpha / sides) / shape.max())
    high = float(ndtri(1 - alpha / sides / len(levels)) / shape.min())
    if len(levels) == 1:
        return made(low)
    low, high = min(low, 0.0) if low < 0 else 0.9 * low, max(high, 1.0)
    return made(float(root(lambda c: made(c).spent[-1] - alpha, low, high, xtol=_TOLERANCE)))


def _upper_bound(going: Going, now: float, step: float) -> float:
    """The upper bound crossed with probability ``step`` under no effect; −∞ if fewer trials go on."""
    none = np.zeros(1)

    def excess(bound: float) -> float:
        return float(crossing(going, bound, now, none, upper=True)[0]) - step

    if step <= 0:
        return np.inf
    return float(root(excess, -_FAR, _FAR, xtol=_TOLERANCE)) if excess(-_FAR) > 0 else -np.inf


def _lower_bound(going: Going, now: float, step: float, drift: float) -> float:
    """The lower bound crossed with probability ``step`` under the drift; ∞ if fewer trials go on."""
    effect = np.array([drift])

    def excess(bound: float) -> float:
        return float(crossing(going, bound, now, effect, upper=False)[0]) - step

    if step <= 0:
        return -np.inf
    return float(root(excess, -_FAR, _FAR, xtol=_TOLERANCE)) if excess(_FAR) > 0 else np.inf


def spending_bounds(
    information: ArrayLike, alpha: Probability, spending: Spending, *, sides: Literal[1, 2] = 1
) -> Bounds:
    """Bounds that spend alpha by ``spending`` (Lan & DeMets 1983), no futility; two-sided ones are symmetric.

    Looks may stop short of fraction 1 (the trial so far). Raises ``InputError``.

    O'Brien–Fleming spending at five equal looks:

    >>> spending_bounds([0.2, 0.4, 0.6, 0.8, 1.0], 0.025, OBRIEN_FLEMING).upper.round(2).tolist()
    [4.88, 3.36, 2.68, 2.29, 2.03]
    """
    levels = _check(information, alpha, sides)
    spent = spending(levels, alpha / sides)  # two-sided: half on each side, as usual
    upper = _upper(levels, np.diff(spent, prepend=0.0), sides)
    lower = -upper if sides == 2 else np.full_like(upper, -np.inf)
    return Bounds(information=levels, upper=upper, lower=lower, alpha=alpha, sides=sides)


def _upper(levels: Array, steps: Array, sides: int) -> Array:
    """Upper bounds with crossing probabilities ``steps`` under no effect; mirrored below if two-sided."""
    upper, going = np.empty_like(levels), START
    for k, now in enumerate(levels):
        upper[k] = _upper_bound(going, now, steps[k])
        if k + 1 < len(levels):
            going = advance(going, -upper[k] if sides == 2 else -np.inf, upper[k], levels, k)
    return upper


def futility_bounds(
    information: ArrayLike,
    alpha: Probability,
    beta: Probability,
    spending: Spending,
    futility: Spending,
    *,
    binding: bool = False,
) -> Bounds:
    """One-sided bounds for efficacy and futility that spend alpha and beta and meet at the last look.

    With ``binding`` the upper bounds count on stopping at the lower ones; without, they keep the error if
    futility is overruled (Pampallona, Tsiatis & Kim 2001). The last look is at fraction 1. The drift at which
    exactly ``beta`` is spent is part of the answer. Raises ``InputError``.

    >>> futility_bounds([0.5, 1.0], 0.025, 0.1, OBRIEN_FLEMING, OBRIEN_FLEMING).lower.round(3).tolist()
    [0.267, 1.969]
    """
    levels = _check(information, alpha, 1)
    require(
        abs(levels[-1] - 1) < 1e-9,
        "the last look is not at fraction 1",
        where="information",
        allowed="a last fraction of 1",
    )
    require(
        alpha < 1 - beta < 1,
        f"beta {beta!r}",
        where="group-sequential",
        allowed="above 0 and below 1 − alpha",
    )
    alphas, betas = (np.diff(f(levels, e), prepend=0.0) for f, e in ((spending, alpha), (futility, beta)))
    free = _upper(levels, alphas, 1)
    last = len(levels) - 1

    def made(drift: float) -> tuple[Array, Array, float]:
        """Bounds for a drift, and the type-II error they have there."""
        upper, lower, going, missed = free.copy(), np.empty_like(levels), START, 0.0
        for k, now in enumerate(levels):
            if binding:
                upper[k] = _upper_bound(going, now, alphas[k])
            lower[k] = upper[k] if k == last else min(upper[k], _lower_bound(going, now, betas[k], drift))
            missed += float(crossing(going, lower[k], now, np.array([drift]), upper=False)[0])
            if k < last:
                going = advance(going, lower[k], upper[k], levels, k, (0.0, drift))
        return lower, upper, missed

    fixed = float(ndtri(1 - alpha) + ndtri(1 - beta))  # no trial does with less
    high = 1.05 * fixed
    while made(high)[2] > beta and high < 3 * fixed:
        high *= 1.05
    drift = float(root(lambda d: made(d)[2] - beta, fixed * (1 - 1e-9), high, xtol=_TOLERANCE))
    lower, upper, _ = made(drift)
    require(
        bool((lower[:-1] < upper[:-1]).all()),
        "the two bounds meet before the last look",
        where="group-sequential",
        remedy="spend less beta early",
    )
    return Bounds(information=levels, upper=upper, lower=lower, alpha=alpha, binding=binding, drift=drift)
