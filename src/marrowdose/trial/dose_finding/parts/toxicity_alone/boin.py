"""BOIN: up or down by where the observed toxicity rate lies (Liu & Yuan 2015, JRSS C 64:507)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .....errors import require, require_between
from .....units import Indices, Probability
from ...interval import interval
from ...rules import Boundaries, Propose
from ...seen import View
from ...tables import MOVES, Table, grid, move_boundaries, moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Boin(Propose):
    """Escalate at a rate up to λe, de-escalate from λd, else stay.

    ``safe`` and ``toxic`` are the rates that call for escalation and de-escalation; 0.6 and 1.4 times the
    target unless given.
    """

    settled = steps = True
    target: Probability
    safe: Probability | None = None
    toxic: Probability | None = None

    def __post_init__(self) -> None:
        require_between(self.target, 0.01, 0.7, where="target")
        low, high = self.rates
        require(
            0 < low < self.target, f"{low:g} is not usable", where="safe", allowed="above 0, below target"
        )
        require(
            self.target < high < 1, f"{high:g} is not usable", where="toxic", allowed="above target, below 1"
        )

    @property
    def rates(self) -> tuple[Probability, Probability]:
        """φ1 and φ2, which the design tells apart from the target."""
        low = 0.6 * self.target if self.safe is None else self.safe
        high = 1.4 * self.target if self.toxic is None else self.toxic
        return low, high

    @property
    def thresholds(self) -> tuple[Probability, Probability]:
        """λe and λd."""
        return interval(self.target, *self.rates)

    def propose(self, view: View) -> Indices:
        """One dose up, down or none, by the rate at the current dose."""
        thresholds = self.thresholds
        return moved(lambda size: _moves(*thresholds, size), view)

    def why(self, view: View) -> str:
        """The rate at the current dose and where it lies."""
        at, (low, high) = int(view.current[0]), self.thresholds
        n, y = int(view.assessed[0, at]), int(view.toxic[0, at])
        return (
            f"{y} of {n} patients at {view.doses[at]:g} M had a dose-limiting toxicity, a rate of"
            f" {y / max(n, 1):.3f}: up at {low:.3f} or less, down at {high:.3f} or more:"
            f" {MOVES[int(_moves(low, high, n)[n, y])]}."
        )

    def boundaries(self, patients: int) -> Boundaries:
        """Most toxicities to escalate, fewest to de-escalate."""
        return move_boundaries(_moves(*self.thresholds, patients), patients)

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        (low, high), (e, d) = self.rates, self.thresholds
        return (
            (
                f"The target rate of dose-limiting toxicity is {self.target:g}; {low:g} counts as too low and"
                f" {high:g} as too high (BOIN, Liu and Yuan 2015)."
            ),
            (
                "The next cohort gets one dose level more if the observed rate at the current dose is at"
                f" most {e:.4f}, one less if it is at least {d:.4f}, and the same dose otherwise; never"
                f" beyond {doses[0]:g} to {doses[-1]:g} million cells."
            ),
        )


@cache
def _moves(low: float, high: float, size: int) -> Table:
    n, y = grid(size)
    moves: Table = np.where(y <= low * n, 1, np.where(y >= high * n, -1, 0)).astype(np.int8)
    moves[0] = 0  # no patient, no move
    return moves
