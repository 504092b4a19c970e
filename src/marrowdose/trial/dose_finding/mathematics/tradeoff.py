"""What designs that trade efficacy for toxicity by utilities share: admissible doses (U-BOIN), and the rule
of BOIN12.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from ....errors import require
from ....units import Flags, Indices, Probability
from ..interval import interval
from ..rules import Boundaries, Propose, Select
from ..seen import View
from ..tables import DE_ESCALATES
from .desirability import Limits, Utilities, tolerated


@dataclass(frozen=True, slots=True, kw_only=True)
class Tradeoff(Propose, Select):
    """A dose is admissible unless P(toxicity > ``toxicity_limit``) ≥ ``toxicity_cutoff`` or P(efficacy <
    ``efficacy_limit``) ≥ ``efficacy_cutoff``.
    """

    toxicity_limit: Probability
    efficacy_limit: Probability
    toxicity_cutoff: Probability = 0.95
    efficacy_cutoff: Probability = 0.9

    @property
    def limits(self) -> Limits:
        """What makes a dose admissible."""
        return Limits(
            toxicity=self.toxicity_limit,
            efficacy=self.efficacy_limit,
            toxicity_cutoff=self.toxicity_cutoff,
            efficacy_cutoff=self.efficacy_cutoff,
        )

    def admits(self, prior: str = "") -> str:
        """Which doses are admissible, as a sentence; ``prior`` ends it."""
        return (
            "A dose is admissible unless the posterior probability that toxicity exceeds"
            f" {self.toxicity_limit:g} is at least {self.toxicity_cutoff:g}, or that efficacy is below"
            f" {self.efficacy_limit:g} at least {self.efficacy_cutoff:g}{prior}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Boin12Rule(Tradeoff):
    """The bounds, the table and the choice at the end of BOIN12, whether or not outcomes are pending.

    ``neither`` is the utility of no event. With ``enough`` patients and toxicity in the target interval
    higher doses are no longer compared; with ``explore`` patients and less toxicity than calls for
    de-escalation an untried next dose is tried first.
    """

    neither: float = 40.0
    enough: int = 6
    explore: int = 9

    def __post_init__(self) -> None:
        for name in ("enough", "explore"):
            value = getattr(self, name)
            require(
                isinstance(value, int) and value >= 1, f"{value!r}", where=name, allowed="1 or more patients"
            )
        assert self.limits  # each checks its own fields
        assert self.utilities

    @property
    @abstractmethod
    def utilities(self) -> Utilities:
        """Of the four outcomes."""

    @abstractmethod
    def admissible(self, view: View) -> Flags:
        """Which doses are admissible: (trials, doses)."""

    @property
    def benchmark(self) -> Probability:
        """Mean utility over 100 that a good dose should exceed."""
        return self.utilities.benchmark(self.toxicity_limit, self.efficacy_limit)

    @property
    def thresholds(self) -> tuple[Probability, Probability]:
        """λe and λd of BOIN."""
        return interval(self.toxicity_limit)

    def select(self, view: View, allowed: Flags) -> Indices:
        """The dose of highest mean utility among tried, admissible doses up to the maximum tolerated one."""
        assert view.effective is not None
        assert view.both is not None
        n = view.treated.astype(float)
        quasi = self.utilities.quasi_events(n, view.toxic, view.effective, view.both)
        top = tolerated(view.toxic, n, (n > 0) & allowed, self.toxicity_limit)
        use = allowed & self.admissible(view) & (n > 0) & (np.arange(n.shape[1]) <= top[:, None])
        best = np.where(use, (1 + quasi) / (2 + n), -1.0).round(12).argmax(axis=1)
        return np.where(use.any(axis=1), best, -1)

    def boundaries(self, patients: int) -> Boundaries:
        """Fewest toxicities to de-escalate, of settled patients."""
        high = self.thresholds[1]
        least = (int(np.ceil(high * n - 1e-12)) for n in range(1, patients + 1))
        return {DE_ESCALATES: tuple(y if y <= n else None for n, y in enumerate(least, 1))}

    def chosen_at_the_end(self) -> str:
        """The choice, as a sentence."""
        return (
            "At the end the admissible dose of highest posterior mean utility is chosen among the doses"
            " given, up to the maximum tolerated dose by isotonic regression."
        )
