"""The two stages of U-BOIN, whatever the levels of efficacy (Zhou, Lee & Yuan 2019, Stat Med 38:5299)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from ....errors import require
from ....units import Array, Flags, Indices
from ..interval import interval
from ..seen import View
from .desirability import tolerated
from .tradeoff import Tradeoff


@dataclass(frozen=True, slots=True, kw_only=True)
class UBoinRule(Tradeoff):
    """Stage one moves by toxicity alone until a dose has ``learn`` patients; stage two goes for mean utility.

    In stage two the tried admissible dose of highest posterior mean utility is given, after an untried dose
    directly above the current one where toxicity there is at most λe.
    """

    learn: int = 12

    def __post_init__(self) -> None:
        require(self.learn >= 1, f"{self.learn!r}", where="learn", allowed="1 or more patients")
        assert self.limits  # checks its own fields

    @abstractmethod
    def mean_utility(self, view: View) -> Array:
        """Posterior mean utility, 0–100: (trials, doses)."""

    @abstractmethod
    def worth(self) -> str:
        """The utilities, to follow "of highest posterior mean utility is given: "."""

    def appraise(self, view: View) -> tuple[Array, Flags]:
        """Posterior mean utility, and which doses are tried and admissible: two (trials, doses)."""
        assert view.effective is not None
        n, t, e = view.treated, view.toxic, view.effective
        return self.mean_utility(view).round(12), (n > 0) & self.limits.admissible(n, t, e)

    def propose(self, view: View) -> Indices:
        """One step by toxicity in stage one, the most useful dose in stage two."""
        low, high = interval(self.toxicity_limit)
        at, top = view.current, len(view.doses) - 1
        n, toxic = view.at(view.treated, at), view.at(view.toxic, at)
        step = np.where(toxic <= low * n, 1, np.where(toxic >= high * n, -1, 0))
        moved = np.clip(at + step, 0, top)
        mean, use = self.appraise(view)
        best = np.where(use, mean, -1.0).argmax(axis=1)
        best = np.where(use.any(axis=1), best, -1)
        untried = (step == 1) & (at < top) & (view.at(view.treated, moved) == 0)
        best = np.where(untried, moved, best)
        return np.where(view.treated.max(axis=1) >= self.learn, best, moved)

    def why(self, view: View) -> str:
        """The stage, and the mean utility of the doses tried."""
        mean, use = self.appraise(view)
        stage = "two" if view.treated.max() >= self.learn else "one"
        rows = [
            f"{d:g} M {mean[0, j]:.1f}{'' if use[0, j] else ' (not admissible)'}"
            for j, d in enumerate(view.doses)
            if view.treated[0, j]
        ]
        return f"Stage {stage}; posterior mean utility of the doses tried: {', '.join(rows)}."

    def select(self, view: View, allowed: Flags) -> Indices:
        """The tried, admissible dose of highest mean utility up to the maximum tolerated one."""
        mean, use = self.appraise(view)
        top = tolerated(view.toxic, view.treated, (view.treated > 0) & allowed, self.toxicity_limit)
        use = use & allowed & (np.arange(mean.shape[1]) <= top[:, None])
        return np.where(use.any(axis=1), np.where(use, mean, -1.0).argmax(axis=1), -1)

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        low, high = interval(self.toxicity_limit)
        return (
            (
                f"Until a dose has had {self.learn} patients the dose goes one level up at a toxicity rate up"
                f" to {low:.4f}, one level down from {high:.4f}, and stays otherwise (U-BOIN, Zhou and others"
                " 2019)."
            ),
            (
                f"Then the tried admissible dose of highest posterior mean utility is given: {self.worth()};"
                f" an untried next dose comes first where the toxicity rate is at most {low:.4f}."
            ),
            f"{self.admits()} At the end the same criterion chooses, up to the maximum tolerated dose.",
        )
