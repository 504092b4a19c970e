"""TITE-gBOIN: up or down by the mean toxicity grade while grades of some patients are pending (Takeda et al.
2022, Pharm Stat 21:496).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincc

from .....errors import require, require_between
from .....units import Array, Flags, Probability
from ...mathematics.score_rule import ScoreRule
from ...rules import Limit
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class TiteGBoin(ScoreRule):
    """As gBOIN with grades from 0 to 1; a patient without one counts by the part of the window seen.

    Mean = sum of the grades seen over the effective number of patients: the quasi-Bernoulli likelihood with
    fractional patients. Who has shown a grade above 0 counts wholly, with that grade.
    """

    needs = frozenset({"score", "time", "grades"})

    @property
    def graded(self) -> bool:
        """Always: a continuous score has no value before its visit."""
        return True

    def weighed(self, view: View) -> tuple[Array, Array]:
        """Patients, a pending one as the part of the toxicity window seen, and the sum of the grades seen."""
        assert view.score is not None
        who = view.patients
        if who is None or who.score is None:
            return view.assessed.astype(float), view.score
        part = np.where(who.score_pending, who.followed / max(who.toxicity_window, 1e-12), 1.0)
        n = who.by_dose(np.where(who.dose >= 0, part, 0.0), len(view.doses))
        return n, who.by_dose(who.score, len(view.doses))

    def why(self, view: View) -> str:
        """The mean at the current dose and where it lies."""
        at, (n, mean, word), (low, high) = int(view.current[0]), self.judged(view), self.thresholds
        return (
            f"The {view.treated[0, at]} patients at {view.doses[at]:g} M are worth {n:.2f} settled ones with"
            f" a mean score of {mean:.3f} (up at {low:.3f} or less, down at {high:.3f} or more): {word}."
        )

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (
            (
                "The endpoint is the worst toxicity grade as a score from 0 to 1, with target mean"
                f" {self.target:g} (TITE-gBOIN, Takeda and others 2022). The mean at a dose is the sum of the"
                " scores seen over the patients, one without a score above 0 and still under observation"
                " counting as the part of the window seen."
            ),
            *self.moves(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EliminationByScore(Limit):
    """Elimination by grades as shares of an event: P(mean > target) > cutoff, Beta(1, 1) prior.

    A dose where no grade was seen stays, however small target and cutoff are. Pending patients count with the
    grade seen so far: it can only rise, so an eliminated dose stays so.
    """

    needs = frozenset({"score", "grades"})
    target: Probability
    cutoff: Probability = 0.95
    least: int = 3

    def __post_init__(self) -> None:
        require_between(self.target, 0.001, 0.99, where="target")
        require_between(self.cutoff, 0.5, 0.9999, where="cutoff")
        require(self.least >= 1, f"{self.least}", where="least", allowed="1 patient or more")

    def allowed(self, view: View) -> Flags:
        """False from the lowest eliminated dose on."""
        assert view.score is not None
        n, total, who = view.treated.astype(float), view.score, view.patients
        if who is not None and who.score is not None:
            total = who.by_dose(who.score, len(view.doses))
        worst = np.minimum(total, n)  # a score is a share of an event, so no more than the patients
        out = (
            (n >= self.least) & (total > 0) & (betaincc(1 + worst, 1 + n - worst, self.target) > self.cutoff)
        )
        return ~np.logical_or.accumulate(out, axis=1)

    @property
    def reason(self) -> str:
        """What was found."""
        return (
            f"the probability that the mean score at this dose or a lower one exceeds {self.target:g} is"
            f" above {self.cutoff:g}, pending patients counted with the score seen so far"
        )

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (
            (
                f"If {self.least} or more patients were given a dose and the posterior probability that its"
                f" mean score exceeds {self.target:g} is above {self.cutoff:g} (scores as shares of an event,"
                " uniform prior, pending patients with the score seen so far), it and all higher doses are"
                " never given again."
            ),
        )
