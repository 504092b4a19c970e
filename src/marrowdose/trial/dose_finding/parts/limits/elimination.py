"""Elimination: a dose that is very likely too toxic is not given again, nor any above it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from scipy.special import betainc

from .....errors import require, require_between
from .....units import Flags, Probability
from ...rules import Boundaries, Limit
from ...seen import View
from ...tables import barred_upward, first_of, grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Elimination(Limit):
    """Not allowed where P(toxicity > target | data) > cutoff with ``least`` or more patients; Beta(1, 1)
    prior.

    A dose without any toxicity stays, as in BOIN, however small target and cutoff are.
    A patient still under observation counts as without toxicity so far: then an eliminated dose, which gets
    nobody more, stays eliminated whatever they turn out to have. ``lowest_only`` watches the lowest dose
    alone: with a smaller cutoff, the extra-safe rule of BOIN.
    """

    target: Probability
    cutoff: Probability = 0.95
    least: int = 3
    lowest_only: bool = False

    def __post_init__(self) -> None:
        require_between(self.target, 0.001, 0.99, where="target")
        require_between(self.cutoff, 0.5, 0.9999, where="cutoff")
        require(self.least >= 1, f"{self.least}", where="least", allowed="1 patient or more")

    def allowed(self, view: View) -> Flags:
        """False from the lowest eliminated dose on."""
        doses = 1 if self.lowest_only else len(view.doses)
        found = barred_upward(self._table, view.treated[:, :doses], view.toxic[:, :doses])
        return found.repeat(len(view.doses), axis=1) if self.lowest_only else found

    @property
    def reason(self) -> str:
        """What was found."""
        dose = "the lowest dose" if self.lowest_only else "this dose or a lower one"
        return f"the probability that toxicity at {dose} exceeds {self.target:g} is above {self.cutoff:g}"

    def boundaries(self, patients: int) -> Boundaries:
        """Fewest toxicities that eliminate."""
        table, name = (
            self._table(patients),
            "end if at least" if self.lowest_only else "eliminate if at least",
        )
        return {name: tuple(first_of(table[n, : n + 1]) for n in range(1, patients + 1))}

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        lowest = f"{doses[0]:g} million cells"
        at = lowest if self.lowest_only else "a dose"
        then = "the trial ends" if self.lowest_only else "it and all higher doses are never given again"
        rule = (
            f"If {self.least} or more patients were given {at}, at least one had toxicity and the posterior"
            f" probability that its toxicity rate exceeds {self.target:g} is above {self.cutoff:g} (uniform"
            f" prior, pending patients counted as without toxicity so far), {then}."
        )
        return (rule,) if self.lowest_only else (rule, f"Where {lowest} is eliminated, the trial ends.")

    def _table(self, size: int) -> Flags:
        return _eliminated(self.target, self.cutoff, self.least, size)


@cache
def _eliminated(target: float, cutoff: float, least: int, size: int) -> Flags:
    n, y = grid(size)
    possible = (y <= n) & (y > 0) & (n >= least)
    a, b = 1.0 + y, 1.0 + (n - y).clip(0)
    flags: Flags = possible & (1 - betainc(a, b, target) > cutoff)
    return flags
