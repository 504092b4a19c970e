"""Means over simulated trials, each with its Monte-Carlo standard error: one rule for all.

The error of a mean is the standard deviation of the trials over the root of their number. A share, or any
mean of a number that can take a few values only, looks certain when all trials agree; its error is that of
the same trials and four more, spread evenly over the values the number can take. For a share these are two
trials with and two without (Agresti & Coull 1998, Am Stat 52:119), so that "never in 100 trials" ends at 2.7
in 100, near the rule of three. The value is that of the trials alone.

>>> estimate(np.zeros(100, bool))
Estimate(value=0.0, monte_carlo_se=0.0137...)
>>> estimate([1.0, 3.0])
Estimate(value=2.0, monte_carlo_se=1.0)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike

from ..errors import require
from ..units import Z95, Array, Flags

Mean = Annotated[float, "in the unit of what is averaged"]
ADDED = 4.0  # trials


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over simulated trials and its Monte-Carlo standard error."""

    value: Mean
    monte_carlo_se: Mean

    @property
    def interval(self) -> tuple[Mean, Mean]:
        """95 % interval of the Monte-Carlo error."""
        return self.value - Z95 * self.monte_carlo_se, self.value + Z95 * self.monte_carlo_se


def estimate(values: ArrayLike) -> Estimate:
    """Mean of one number a trial (T,); a share where they are true or false.

    Raises ``InputError`` for fewer than two trials: their error is unknown.
    """
    given = np.asarray(values)
    if given.dtype == bool:
        return of_outcomes((0.0, 1.0), (len(given) - given.sum(), given.sum()))
    error = standard_error(given)
    return Estimate(value=float(given.mean()), monte_carlo_se=error)


def estimates(values: ArrayLike, known: Flags | None = None) -> tuple[Estimate, ...]:
    """``estimate`` of every column (T, K), over the trials where it is ``known`` (T, K; None: all)."""
    columns = np.asarray(values).T
    if known is None:
        return tuple(map(estimate, columns))
    return tuple(estimate(column[there]) for column, there in zip(columns, known.T, strict=True))


def difference(first: ArrayLike, second: ArrayLike) -> Estimate:
    """Mean of second − first, trial by trial (T,); a difference of shares where both are true or false."""
    one, two = np.asarray(first), np.asarray(second)
    if one.dtype == bool and two.dtype == bool:
        less, more = int((one & ~two).sum()), int((two & ~one).sum())
        return of_outcomes((-1.0, 0.0, 1.0), (less, len(one) - less - more, more))
    return estimate(two.astype(float) - one.astype(float))


def of_outcomes(values: Sequence[float], trials: Sequence[float]) -> Estimate:
    """Mean of a number that can take these ``values`` and did so in so many ``trials`` each."""
    number, each = np.array(values), np.array(trials, float)
    many = _enough(each.sum())
    share = (each + ADDED / len(each)) / (many + ADDED)
    spread = share @ (number - share @ number) ** 2
    return Estimate(value=float(number @ each / many), monte_carlo_se=sqrt(spread / many))


def standard_error(values: Array) -> Mean:
    """Standard error of the mean of independent numbers (T,), as they are."""
    many = _enough(len(values))
    return float(np.std(values, ddof=1) / sqrt(many))


def _enough(trials: float) -> float:
    require(trials >= 2, "one trial has no Monte-Carlo error", where="trials", allowed="2 or more")
    return trials
