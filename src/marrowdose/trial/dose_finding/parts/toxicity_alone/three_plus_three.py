"""3+3: three patients, three more if one has a toxicity; for reference only (Storer 1989, Biometrics
45:925).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .....errors import require
from .....units import Flags, Indices
from ...rules import Boundaries, Propose, Select
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreePlusThree(Propose, Select):
    """Up at 0 of 3 or 1 of 6 toxicities, three more at 1 of 3, else the trial ends and the dose below is
    chosen.

    For cohorts of three. Where it would go up from the highest dose the trial ends; with ``six_at_top`` only
    once six patients have had that dose.
    """

    six_at_top: bool = False

    def fits(self, doses: tuple[float, ...], cohort: int, patients: int) -> None:
        """Cohorts are of three, and patients must do for six at every dose."""
        require(cohort == 3, f"cohorts of {cohort}", where="kind", allowed="3+3 has cohorts of 3")
        least = 6 * len(doses)
        require(
            patients >= least,
            f"{patients} patients may not reach its end",
            where="kind",
            allowed=f"{least} or more for {len(doses)} doses",
        )

    def propose(self, view: View) -> Indices:
        """The next dose, −1 where the maximum tolerated dose is found."""
        n, y = view.at(view.assessed, view.current), view.at(view.toxic, view.current)
        top = view.current == len(view.doses) - 1
        stay = (y <= 1) & (n < 6) & ((y == 1) | (top & self.six_at_top))
        rise = (y <= 1) & ~stay & ~top
        return np.where(stay, view.current, np.where(rise, view.current + 1, -1))

    def why(self, view: View) -> str:
        """The counts at the current dose and what they mean."""
        at = int(view.current[0])
        n, y, proposed = int(view.assessed[0, at]), int(view.toxic[0, at]), int(self.propose(view)[0])
        what = (
            "the trial ends" if proposed < 0 else "three more at this dose" if proposed == at else "escalate"
        )
        return f"{y} of {n} patients at {view.doses[at]:g} M had a dose-limiting toxicity: {what}."

    def select(self, view: View, allowed: Flags) -> Indices:
        """The highest dose with at most one toxicity, below any dose with more."""
        tolerated = np.full(len(view), -1)
        good = np.ones(len(view), bool)
        for j in range(len(view.doses)):
            good = good & (view.treated[:, j] > 0) & (view.toxic[:, j] <= 1)
            tolerated[good] = j
        return tolerated

    def boundaries(self, patients: int) -> Boundaries:
        """Most toxicities to escalate, fewest to end, at 3 and at 6 patients."""
        n = range(1, patients + 1)
        return {
            "escalate if at most": tuple({3: 0, 6: 1}.get(k) for k in n),
            "end if at least": tuple({3: 2, 6: 2}.get(k) for k in n),
        }

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (
            (
                "Three patients are treated at a dose. Without a dose-limiting toxicity the next dose"
                " follows; with one, three more get the same dose, and the next dose follows if none of these"
                " has one (3+3)."
            ),
            (
                "With two or more toxicities at a dose the trial ends and the dose below is the maximum"
                " tolerated dose."
            ),
            f"Where escalation from {doses[-1]:g} million cells would follow, the trial ends"
            + (" once six patients have had that dose." if self.six_at_top else "."),
        )
