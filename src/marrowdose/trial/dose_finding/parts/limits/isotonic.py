"""Selection by isotonic regression: the dose whose smoothed toxicity rate is nearest to the target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincc

from .....errors import require_between
from .....statistics.isotonic import pooled
from .....units import Array, Flags, Indices, Probability
from ...rules import Select
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Isotonic(Select):
    """The tried and allowed dose with estimate nearest to ``target``; of equal ones the higher below the
    target.

    Estimates are (y + 0.05)/(n + 0.1), pooled so as not to fall with dose, each weighted by the inverse of
    its Beta variance (Liu & Yuan 2015; Yan et al. 2020, J Stat Softw 94(13)). ``at_most`` bounds the
    estimate.
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
            (
                "At the end toxicity rates of the doses given and not excluded are estimated by isotonic"
                f" regression; the dose with the estimate nearest to {self.target:g}{bound} is chosen."
            ),
        )


def isotonic(view: View, use: Flags) -> Array:
    """Pooled toxicity rates (trials, doses) over the doses in ``use``; NaN for the others."""
    n, y = view.assessed.astype(float), view.toxic.astype(float)
    weight = np.where(use, (n + 0.1) ** 2 * (n + 1.1) / ((y + 0.05) * (n - y + 0.05)), 0)
    return pooled((y + 0.05) / (n + 0.1), weight)


def overdosing(view: View, use: Flags, target: Probability) -> Array:
    """Chance that toxicity exceeds ``target`` at each dose in ``use``, pooled so as not to fall with dose;
    else NaN.

    Each dose by itself has the posterior Beta(y + 0.05, n − y + 0.05), as in ``isotonic`` (Yan et al. 2020).
    """
    n, y = view.assessed.astype(float), view.toxic.astype(float)
    return pooled(betaincc(y + 0.05, n - y + 0.05, target), use.astype(float))
