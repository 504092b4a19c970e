"""TITE-BOIN-ET: BOIN-ET while toxicity or efficacy of some patients is pending (Takeda et al. 2020, Contemp
Clin Trials 92).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .....units import Indices
from ...mathematics.boin12_move import settled
from ...mathematics.boin_et_bounds import next_dose
from ...mathematics.boin_et_rule import BoinEtRule
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class TiteBoinEt(BoinEtRule):
    """Rates count a pending patient as the part of the window seen; boundaries and moves are those of
    BOIN-ET.
    """

    needs = frozenset({"efficacy", "time"})

    def propose(self, view: View) -> Indices:
        """By the rates at the current dose, and at its neighbours where they say little."""
        assert view.effective is not None
        n, who = view.treated.astype(float), view.patients
        seen_t = seen_e = n
        if who is not None:
            assert who.efficacy_window is not None
            seen_t = settled(who, who.toxicity_pending, who.toxicity_window, len(view.doses))
            seen_e = settled(who, who.efficacy_pending, who.efficacy_window, len(view.doses))
        toxicity = np.divide(view.toxic, seen_t, out=np.zeros_like(n), where=seen_t > 0)
        efficacy = np.divide(view.effective, seen_e, out=np.zeros_like(n), where=seen_e > 0)
        found = next_dose(toxicity, efficacy, n, view.current, self.bounds)
        nobody = view.at(seen_t, view.current) <= 0  # has been seen yet: no reason to rise
        return np.where(nobody, np.minimum(found, view.current), found)

    def why(self, view: View) -> str:
        """The boundaries and what is proposed."""
        low, high, weak = self.bounds
        return (
            f"By the rates at {view.doses[int(view.current[0])]:g} M, pending patients counted by time (λ1"
            f" {low:g}, λ2 {high:g}, η1 {weak:g}), {view.doses[int(self.propose(view)[0])]:g} M is proposed."
        )

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (
            (
                f"Toxicity up to {self.target:g} is accepted and efficacy {self.efficacy:g} is wanted"
                " (TITE-BOIN-ET, Takeda and others 2020). Rates are events seen over patients, a pending"
                " patient counting as the part of the window seen."
            ),
            self.moves("efficacy"),
        )
