"""mTPI: towards the interval with the greatest unit probability mass (Ji, Liu, Li & Bekele 2010)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...domain import Probability, require, require_between
from ..rules import Boundaries, Propose
from ..tables import MOVES, Table, interval_move, move_boundaries, moved
from ..view import Indices, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Mtpi(Propose):
    """Three intervals: below, on and above target (Clin Trials 7:653).

    ``low`` and ``high`` bound the rates that count as on target.
    """

    settled = True
    target: Probability
    low: Probability | None = None
    high: Probability | None = None

    def __post_init__(self) -> None:
        require_between(self.target, 0.01, 0.9, where="target")
        low, high = self.interval
        require(0 < low < self.target, f"{low:g} is not usable", where="low", allowed="above 0, below target")
        require(self.target < high < 1, f"{high:g} is not usable", where="high", allowed="above target, below 1")  # fmt: skip

    @property
    def interval(self) -> tuple[Probability, Probability]:
        """The rates that count as on target: 0.05 around it unless given."""
        low = self.target - 0.05 if self.low is None else self.low
        return low, self.target + 0.05 if self.high is None else self.high

    def propose(self, view: View) -> Indices:
        """One dose up, down or none, by the counts at the current dose."""
        interval = self.interval
        return moved(lambda size: _moves(*interval, size), view)

    def why(self, view: View) -> str:
        """The counts at the current dose and what they mean."""
        at, (low, high) = int(view.current[0]), self.interval
        n, y = int(view.assessed[0, at]), int(view.toxic[0, at])
        move = int(_moves(low, high, n)[n, y])
        where = {1: "below", 0: "in", -1: "above"}[move]
        return (
            f"{y} of {n} patients at {view.doses[at]:g} M had a dose-limiting toxicity: the greatest unit probability mass of its rate "
            f"is {where} {low:g} to {high:g}: {MOVES[move]}."
        )

    def boundaries(self, patients: int) -> Boundaries:
        """Most toxicities to escalate, fewest to de-escalate."""
        return move_boundaries(_moves(*self.interval, patients), patients)

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        low, high = self.interval
        return (
            f"The target rate of dose-limiting toxicity is {self.target:g}; {low:g} to {high:g} counts as on target "
            "(mTPI, Ji and others 2010).",
            "The unit probability mass of an interval is its posterior probability at the current dose (uniform prior) over its length; the interval with the greatest decides.",
            f"If it lies below that interval the next cohort gets one dose level more, above it one less, in it the same "
            f"dose; never beyond {doses[0]:g} to {doses[-1]:g} million cells.",
        )


@cache
def _moves(low: float, high: float, size: int) -> Table:
    return interval_move(size, (0.0, low, high, 1.0), 1, per_length=True)
