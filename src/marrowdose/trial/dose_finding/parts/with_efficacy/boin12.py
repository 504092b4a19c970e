"""BOIN12: towards the dose with the best trade-off of toxicity and efficacy (Lin et al. 2020, JCO PO
4:1393).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .....units import Array, Flags, Indices
from ...mathematics.boin12_move import next_dose
from ...mathematics.desirability import Utilities, desirability, score_sheet, table
from ...mathematics.tradeoff import Boin12Rule
from ...rules import Sheet
from ...seen import View

LARGEST_TABLE = (
    64  # patients at a dose up to which all counts are tabulated: a table grows with the third power
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boin12(Boin12Rule):
    """The most desirable of the current dose and its neighbours; toxicity bounds which of them are compared.

    Desirability is the probability that the mean utility exceeds a benchmark; ``neither`` and ``both`` are
    the utilities of no event and of both events, 100 being efficacy alone and 0 toxicity alone.
    """

    needs = frozenset({"efficacy"})
    both: float = 60.0

    @property
    def utilities(self) -> Utilities:
        """Of the four outcomes."""
        return Utilities(neither=self.neither, both=self.both)

    def appraise(self, view: View) -> tuple[Array, Flags]:
        """Desirability and admissibility of every dose: two (trials, doses)."""
        assert view.effective is not None
        assert view.both is not None
        n, t, e = view.treated, view.toxic, view.effective
        if self.utilities.additive and n.max(initial=0) <= LARGEST_TABLE:
            most = 16 * (1 + int(n.max(initial=0)) // 16)  # few sizes, so that tables are kept
            value, allowed = table(self.utilities, self.limits, most)
            flat = (n.T.astype(np.int64) * (most + 1) + t.T) * (most + 1) + e.T
            return value.ravel()[flat].T, allowed.ravel()[flat].T
        quasi = self.utilities.quasi_events(n, t, e, view.both)
        return desirability(n, quasi.round(9), self.benchmark), self.limits.admissible(n, t, e)

    def propose(self, view: View) -> Indices:
        """Among the doses compared the most desirable admissible one; −1 where none is admissible."""
        value, allowed = self.appraise(view)
        rate = view.at(view.toxic, view.current) / np.maximum(view.at(view.treated, view.current), 1)
        return next_dose(
            view, value, allowed, rate, self.thresholds, enough=self.enough, explore=self.explore
        )

    def why(self, view: View) -> str:
        """Rates at the current dose, and the desirability of the doses compared."""
        assert view.effective is not None
        value, allowed = self.appraise(view)
        at = int(view.current[0])
        n, y, e = (int(c[0, at]) for c in (view.treated, view.toxic, view.effective))
        near = [j for j in (at - 1, at, at + 1) if 0 <= j < len(view.doses)]
        scores = [
            f"{view.doses[j]:g} M {100 * value[0, j]:.1f}" + ("" if allowed[0, j] else " (not admissible)")
            for j in near
        ]
        low, high = self.thresholds
        rate = y / max(n, 1)
        where = "so de-escalate" if rate >= high else "low" if rate <= low else "in between"
        return (
            f"At {view.doses[at]:g} M {y} of {n} patients had toxicity ({where}: low at {low:.3f} or less,"
            f" high at {high:.3f} or more) and {e} efficacy; desirability by dose, in percent:"
            f" {', '.join(scores)}."
        )

    def admissible(self, view: View) -> Flags:
        """Which doses are admissible: (trials, doses)."""
        return self.appraise(view)[1]

    def sheet(self, cohort: int, patients: int) -> Sheet:
        """Rank-based desirability scores; none where utilities do not add up."""
        if not self.utilities.additive:
            return ()
        return score_sheet(self.utilities, self.limits, cohort, patients)

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        low, high = self.thresholds
        return (
            (
                "Doses are chosen by BOIN12 (Lin and others 2020): utility 100 for efficacy without"
                f" toxicity, {self.neither:g} for neither, {self.both:g} for both and 0 for toxicity without"
                " efficacy."
            ),
            self.admits(" (uniform priors)"),
            (
                f"If the observed toxicity rate at the current dose is at least {high:.4f}, the next cohort"
                f" gets one dose level less. If it lies between {low:.4f} and {high:.4f} with {self.enough}"
                " or more patients there, the more desirable of this dose and the one below is given;"
                " otherwise the most desirable of this dose and its two neighbours. Desirability is the"
                f" posterior probability that the mean utility exceeds {100 * self.benchmark:.2f}."
            ),
            (
                f"With {self.explore} or more patients at the current dose and a toxicity rate below"
                f" {high:.4f} an untried next dose is given first. If no dose compared is admissible, the"
                " trial ends."
            ),
            self.chosen_at_the_end(),
        )
