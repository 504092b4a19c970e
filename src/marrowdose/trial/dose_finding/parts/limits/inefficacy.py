"""Inefficacy: a dose that very likely works too little is not given again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from .....errors import require, require_between
from .....units import Flags, Probability
from ...rules import Limit
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Inefficacy(Limit):
    """Not allowed where P(efficacy < limit | data) > cutoff with ``least`` or more settled patients; uniform
    prior.

    Other doses stay allowed: efficacy need not rise with dose.
    """

    needs = frozenset({"efficacy"})
    limit: Probability
    cutoff: Probability = 0.9
    least: int = 3

    def __post_init__(self) -> None:
        require_between(self.limit, 0.001, 0.999, where="limit")
        require_between(self.cutoff, 0.5, 0.9999, where="cutoff")
        require(self.least >= 1, f"{self.least}", where="least", allowed="1 patient or more")

    def flagged(self, view: View) -> Flags:
        """(trials, doses): very likely too little."""
        assert view.effective is not None
        n, e = view.treated.astype(float), view.effective.astype(float)
        if view.patients is not None:  # who may still respond does not count as a failure
            n = n - view.patients.by_dose(view.patients.efficacy_pending, len(view.doses))
        under: Flags = betainc(1 + e, 1 + np.maximum(n - e, 0), self.limit) > self.cutoff
        under &= n >= self.least
        return under

    def allowed(self, view: View) -> Flags:
        """False at the doses that very likely work too little."""
        return ~self.flagged(view)

    @property
    def reason(self) -> str:
        """What was found."""
        return f"the probability that efficacy at this dose is below {self.limit:g} is above {self.cutoff:g}"

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (
            (
                f"If {self.least} or more patients at a dose are settled and the posterior probability that"
                f" its efficacy rate is below {self.limit:g} is above {self.cutoff:g} (uniform prior), the"
                " dose is not given while that is so."
            ),
        )
