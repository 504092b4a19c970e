"""Selection by isotonic regression: the dose whose smoothed toxicity rate is nearest to the target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...domain import Array, Probability, require_between
from ..rules import Select
from ..view import Flags, Indices, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Isotonic(Select):
    """The tried and allowed dose with estimate nearest to ``target``; of equal ones the higher below the target.

    Estimates are (y + 0.05)/(n + 0.1), pooled so as not to fall with dose, each weighted by the inverse of its
    Beta variance (Liu & Yuan 2015; Yan et al. 2020, J Stat Softw 94(13)). ``at_most`` bounds the estimate.
    """

    target: Probability
    at_most: Probability = 1.0

    def __post_init__(self) -> None:
        require_between(self.target, 0.001, 0.99, where="target")
        require_between(self.at_most, 0.001, 1, where="at_most")

    def select(self, view: View, allowed: Flags) -> Indices:
        """The nearest dose, −1 where none is tried and allowed."""
        rate = isotonic(view, allowed & (view.treated > 0))
        nearest, chosen = np.full(len(view), np.inf), np.full(len(view), -1)
        for j in range(len(view.doses)):
            p = rate[:, j] + 1e-10 * j  # of equal estimates below the target the higher dose is nearer
            distance = np.where(p <= self.at_most, np.abs(p - self.target), np.inf)  # NaN is not nearer
            better = distance < nearest
            nearest, chosen = np.where(better, distance, nearest), np.where(better, j, chosen)
        return chosen

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        bound = "" if self.at_most == 1 else f" and at most {self.at_most:g}"
        return (
            "At the end toxicity rates of the doses given and not excluded are estimated by isotonic regression; "
            f"the dose with the estimate nearest to {self.target:g}{bound} is chosen.",
        )


def isotonic(view: View, use: Flags) -> Array:
    """Pooled toxicity rates (trials, doses) over the doses in ``use``; NaN for the others.

    By the max–min formula of isotonic regression: the rate at j is the largest over a ≤ j of the smallest over
    b ≥ j of the weighted mean from a to b.
    """
    n, y = view.assessed.T.astype(float), view.toxic.T.astype(float)
    value = (y + 0.05) / (n + 0.1)
    weight = np.where(use.T, (n + 0.1) ** 2 * (n + 1.1) / ((y + 0.05) * (n - y + 0.05)), 0)
    doses = len(value)
    total, sums = np.cumsum(weight, axis=0), np.cumsum(weight * value, axis=0)
    rate = np.full(value.shape, np.nan)
    with np.errstate(
        invalid="ignore"
    ):  # 0/0 where no dose from a to b is in use: NaN, which fmin and fmax pass
        for a in range(doses):
            means = (sums[a:] - sums[a - 1]) / (total[a:] - total[a - 1]) if a else sums / total
            np.fmax(rate[a:], np.fmin.accumulate(means[::-1], axis=0)[::-1], out=rate[a:])
    rate[~use.T] = np.nan
    return rate.T
