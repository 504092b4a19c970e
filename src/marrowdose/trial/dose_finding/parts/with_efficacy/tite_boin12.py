"""TITE-BOIN12: the same trade-off while outcomes of some patients are pending (Zhou et al. 2022, Stat Med
41:1918).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .....units import Array, Flags, Indices
from ...mathematics.boin12_move import expected, next_dose, settled
from ...mathematics.desirability import Utilities, desirability, score_sheet
from ...mathematics.tradeoff import Boin12Rule
from ...rules import Sheet
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class TiteBoin12(Boin12Rule):
    """As BOIN12, with pending outcomes replaced by their expectation given the time already passed.

    Toxicity must cost the same with and without efficacy: the utility of both events is 100 − ``neither``.
    """

    needs = frozenset({"efficacy", "time"})

    @property
    def utilities(self) -> Utilities:
        """Of the four outcomes."""
        return Utilities(neither=self.neither, both=100 - self.neither)

    def appraise(self, view: View) -> tuple[Array, Flags, Array]:
        """Desirability, admissibility and toxicity rate of every dose: three (trials, doses)."""
        assert view.effective is not None
        n, toxic, effective = (c.astype(float) for c in (view.treated, view.toxic, view.effective))
        seen_t = seen_e = n
        all_t, all_e, who, doses = toxic, effective, view.patients, len(view.doses)
        if who is not None:
            assert who.effective is not None
            assert who.efficacy_window is not None
            open_t, open_e = who.toxicity_pending, who.efficacy_pending
            seen_t = settled(who, open_t, who.toxicity_window, doses)
            seen_e = settled(who, open_e, who.efficacy_window, doses)
            all_t = expected(who, who.toxic, open_t, who.toxicity_window, doses)
            all_e = expected(who, who.effective, open_e, who.efficacy_window, doses)
        quasi = (self.neither * (n - all_t) + (100 - self.neither) * all_e) / 100
        admissible = self.limits.tolerable(seen_t, toxic) & self.limits.active(seen_e, effective)
        rate = np.divide(toxic, seen_t, out=np.zeros_like(toxic), where=seen_t > 0)
        return desirability(n, quasi, self.benchmark), admissible, rate

    def propose(self, view: View) -> Indices:
        """Among the doses compared the most desirable admissible one; −1 where none is admissible."""
        value, allowed, rates = self.appraise(view)
        rate = rates[np.arange(len(view)), view.current]
        return next_dose(
            view, value, allowed, rate, self.thresholds, enough=self.enough, explore=self.explore
        )

    def why(self, view: View) -> str:
        """Toxicity at the current dose, and the desirability of all."""
        value, allowed, rates = self.appraise(view)
        at, (low, high) = int(view.current[0]), self.thresholds
        rows = [
            f"{d:g} M {100 * value[0, j]:.1f}{'' if allowed[0, j] else ' (not admissible)'}"
            for j, d in enumerate(view.doses)
        ]
        return (
            f"The toxicity rate at {view.doses[at]:g} M is {rates[0, at]:.3f} with pending patients counted"
            f" by time (low at {low:.3f} or less, high at {high:.3f} or more); desirability by dose, in"
            f" percent: {', '.join(rows)}."
        )

    def admissible(self, view: View) -> Flags:
        """Which doses are admissible: (trials, doses)."""
        return self.appraise(view)[1]

    def sheet(self, cohort: int, patients: int) -> Sheet:
        """Rank-based desirability scores."""
        return score_sheet(self.utilities, self.limits, cohort, patients)

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        low, high = self.thresholds
        return (
            (
                "Doses are chosen by TITE-BOIN12 (Zhou and others 2022): utility 100 for efficacy without"
                f" toxicity, {self.neither:g} for neither, {100 - self.neither:g} for both and 0 for toxicity"
                " without efficacy; a pending outcome counts with its expectation given the time passed,"
                " times being uniform over the window."
            ),
            self.admits(" (uniform priors, a pending patient counting as the part of the window seen)"),
            (
                f"If the toxicity rate at the current dose is at least {high:.4f}, the next cohort gets one"
                f" dose level less. If it lies between {low:.4f} and {high:.4f} with {self.enough} or more"
                " patients there, the more desirable of this dose and the one below is given; otherwise the"
                f" most desirable of this dose and its two neighbours; with {self.explore} patients an"
                " untried next dose first."
            ),
            self.chosen_at_the_end(),
        )
