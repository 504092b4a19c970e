"""TITE-BOIN: up or down by a rate that counts pending patients by the time seen (Yuan et al. 2018, CCR
24:4921).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincc

from .....errors import require, require_between
from .....units import Array, Flags, Indices, Probability
from ...interval import interval
from ...rules import Limit, Pause, Propose
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class TiteBoin(Propose):
    """Rate = toxicities over patients, a pending one counting as the part of the window seen."""

    needs = frozenset({"time"})
    steps = True
    target: Probability
    safe: Probability | None = None
    toxic: Probability | None = None

    def __post_init__(self) -> None:
        require_between(self.target, 0.01, 0.7, where="target")
        if self.safe is not None:
            require_between(self.safe, 1e-6, self.target - 1e-6, where="safe")
        if self.toxic is not None:
            require_between(self.toxic, self.target + 1e-6, 1 - 1e-6, where="toxic")

    @property
    def thresholds(self) -> tuple[Probability, Probability]:
        """λe and λd of BOIN."""
        return interval(self.target, self.safe, self.toxic)

    def propose(self, view: View) -> Indices:
        """One dose up, down or none, by the rate at the current dose."""
        low, high = self.thresholds
        worth, toxic = effective_size(view), view.at(view.toxic, view.current)
        n = worth[np.arange(len(view)), view.current]
        move = np.where(toxic <= low * n, 1, np.where(toxic >= high * n, -1, 0))
        move = np.where(n > 0, move, 0)  # nobody has been seen yet: no reason to rise
        return np.clip(view.current + move, 0, len(view.doses) - 1)

    def why(self, view: View) -> str:
        """The rate at the current dose and where it lies."""
        at, (low, high) = int(view.current[0]), self.thresholds
        n, y = float(effective_size(view)[0, at]), int(view.toxic[0, at])
        rate = y / n if n else 0.0
        word = "stay" if not n else "escalate" if y <= low * n else "de-escalate" if y >= high * n else "stay"
        return (
            f"{y} toxicities at {view.doses[at]:g} M in {view.treated[0, at]} patients worth {n:.2f} settled"
            f" ones: rate {rate:.3f} (up at {low:.3f} or less, down at {high:.3f} or more): {word}."
        )

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        low, high = self.thresholds
        return (
            (
                f"The target rate of dose-limiting toxicity is {self.target:g} (TITE-BOIN, Yuan and others"
                " 2018). The rate at a dose is the toxicities seen over the patients, a pending patient"
                " counting as the part of the window seen."
            ),
            (
                "The next cohort gets one dose level more if the rate at the current dose is at most"
                f" {low:.4f}, one less if it is at least {high:.4f}, and the same dose otherwise."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManyPending(Pause):
    """Accrual waits while more than this share of the patients at the current dose is pending."""

    share: Probability = 0.5

    def __post_init__(self) -> None:
        require_between(self.share, 0, 1, where="share")

    def pause(self, view: View) -> Flags:
        """By toxicity, and by efficacy where that is watched."""
        if view.pending is None:
            return np.zeros(len(view), bool)
        at = view.current.clip(0)
        waiting = view.at(view.pending, at).astype(float)
        who = view.patients
        if who is not None and who.effective is not None:
            either = who.toxicity_pending | who.efficacy_pending
            waiting = who.by_dose(either, len(view.doses))[np.arange(len(view)), at]
        return (view.current >= 0) & (waiting > self.share * view.at(view.treated, at))

    @property
    def reason(self) -> str:
        """What was found."""
        return f"more than {100 * self.share:g} % of the patients at the current dose are pending"

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (
            (
                f"Accrual is suspended while more than {100 * self.share:g} % of the patients at the current"
                " dose are pending."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EliminationByTreated(Limit):
    """Elimination that counts pending patients as without toxicity so far: P(toxicity > target) > cutoff.

    A dose without any toxicity stays.
    """

    target: Probability
    cutoff: Probability = 0.95
    least: int = 3

    def __post_init__(self) -> None:
        require_between(self.target, 0.001, 0.99, where="target")
        require_between(self.cutoff, 0.5, 0.9999, where="cutoff")
        require(self.least >= 1, f"{self.least}", where="least", allowed="1 patient or more")

    def allowed(self, view: View) -> Flags:
        """False from the lowest eliminated dose on."""
        n, y = view.treated.astype(float), view.toxic.astype(float)
        out = (n >= self.least) & (y > 0) & (betaincc(1 + y, 1 + n - y, self.target) > self.cutoff)
        return ~np.logical_or.accumulate(out, axis=1)

    @property
    def reason(self) -> str:
        """What was found."""
        return (
            f"the probability that toxicity at this dose or a lower one exceeds {self.target:g} is above "
            f"{self.cutoff:g}, pending patients counted as without toxicity"
        )

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (
            (
                f"If {self.least} or more patients were given a dose, at least one had toxicity and the"
                f" posterior probability that its toxicity rate exceeds {self.target:g} is above"
                f" {self.cutoff:g} (uniform prior, pending patients counted as without toxicity so far), it"
                " and all higher doses are never given again."
            ),
        )


def effective_size(view: View) -> Array:
    """Patients of each dose, a pending one as the part of the toxicity window seen: (trials, doses)."""
    who = view.patients
    if who is None:
        return view.assessed.astype(float)
    part = np.where(who.toxicity_pending, who.followed / max(who.toxicity_window, 1e-12), 1.0)
    return who.by_dose(np.where(who.dose >= 0, part, 0.0), len(view.doses))
