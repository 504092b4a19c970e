"""The rates of BOIN-ET, whether or not outcomes are pending."""

from __future__ import annotations

from dataclasses import dataclass

from ....units import Probability
from ..rules import Propose
from .boin_et_bounds import Rates, boundaries


@dataclass(frozen=True, slots=True, kw_only=True)
class BoinEtRule(Propose):
    """``target`` is the highest acceptable toxicity and ``efficacy`` the efficacy wanted.

    ``safe``, ``toxic`` and ``idle`` are the rates of toxicity that call for escalation and de-escalation and
    the efficacy that is too little: 0.1 and 1.4 times the target and 0.6 times the efficacy unless given.
    """

    target: Probability
    efficacy: Probability
    safe: Probability | None = None
    toxic: Probability | None = None
    idle: Probability | None = None

    def __post_init__(self) -> None:
        assert self.rates  # checks its own fields

    @property
    def rates(self) -> Rates:
        """All rates."""
        return Rates(
            target=self.target,
            efficacy=self.efficacy,
            safe=0.1 * self.target if self.safe is None else self.safe,
            toxic=1.4 * self.target if self.toxic is None else self.toxic,
            idle=0.6 * self.efficacy if self.idle is None else self.idle,
        )

    @property
    def bounds(self) -> tuple[float, float, float]:
        """λ1, λ2 and η1."""
        return boundaries(self.rates)

    def moves(self, untried: str) -> str:
        """What happens at the current dose, as a sentence; ``untried`` says how doses are then compared."""
        low, high, weak = self.bounds
        return (
            f"At the current dose: a toxicity rate of at least {high:g} means one dose level less; else an"
            f" efficacy rate above {weak:g} means the same dose; else a toxicity rate up to {low:g} means one"
            " dose level more; else an untried dose above is given, or of the dose and its neighbours the"
            f" one of highest {untried}."
        )
