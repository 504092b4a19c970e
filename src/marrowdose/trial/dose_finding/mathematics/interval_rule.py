"""Up and down by the interval of toxicity rates with the greatest unit probability mass: what Keyboard and
mTPI share.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from ....errors import require, require_between
from ....units import Indices, Probability
from ..rules import Boundaries, Propose
from ..seen import View
from ..tables import MOVES, Table, move_boundaries, moved


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRule(Propose):
    """``low`` and ``high`` bound the rates that count as on target: 0.05 around it unless given."""

    settled = steps = True
    greatest: ClassVar[str]  # what decides, to follow "had a dose-limiting toxicity: the"
    target: Probability
    low: Probability | None = None
    high: Probability | None = None

    def __post_init__(self) -> None:
        require_between(self.target, 0.01, 0.9, where="target")
        low, high = self.interval
        require(0 < low < self.target, f"{low:g} is not usable", where="low", allowed="above 0, below target")
        require(
            self.target < high < 1, f"{high:g} is not usable", where="high", allowed="above target, below 1"
        )

    @property
    def interval(self) -> tuple[Probability, Probability]:
        """The rates that count as on target: 0.05 around it unless given."""
        low = self.target - 0.05 if self.low is None else self.low
        return low, self.target + 0.05 if self.high is None else self.high

    @abstractmethod
    def moves(self, size: int) -> Table:
        """The move by patients and toxicities at a dose, for up to ``size`` patients."""

    def propose(self, view: View) -> Indices:
        """One dose up, down or none, by the counts at the current dose."""
        return moved(self.moves, view)

    def why(self, view: View) -> str:
        """The counts at the current dose and what they mean."""
        at, (low, high) = int(view.current[0]), self.interval
        n, y = int(view.assessed[0, at]), int(view.toxic[0, at])
        move = int(self.moves(n)[n, y])
        where = {1: "below", 0: "in", -1: "above"}[move]
        return (
            f"{y} of {n} patients at {view.doses[at]:g} M had a dose-limiting toxicity: the {self.greatest}"
            f" of its rate is {where} {low:g} to {high:g}: {MOVES[move]}."
        )

    def boundaries(self, patients: int) -> Boundaries:
        """Most toxicities to escalate, fewest to de-escalate."""
        return move_boundaries(self.moves(patients), patients)

    def on_target(self, cited: str) -> str:
        """The first sentence of the rule."""
        low, high = self.interval
        return (
            f"The target rate of dose-limiting toxicity is {self.target:g}; {low:g} to {high:g} counts as on"
            f" target ({cited})."
        )

    def next_dose(self, doses: tuple[float, ...]) -> str:
        """The last sentence of the rule."""
        return (
            "If it lies below that interval the next cohort gets one dose level more, above it one less, in"
            f" it the same dose; never beyond {doses[0]:g} to {doses[-1]:g} million cells."
        )
