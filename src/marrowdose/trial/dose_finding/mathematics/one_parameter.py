"""The one-parameter reassessment, whether or not patients are pending: the dose nearest to the target at the
posterior mean.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from ....errors import require, require_between
from ....units import Flags, Indices, Probability
from ..rules import Propose, Select
from ..seen import View
from .crm_planning import Curves, WorkingModel
from .crm_posterior import Beta, closest_dose


@dataclass(frozen=True, slots=True, kw_only=True)
class OneParameter(Propose, Select):
    """Prior guesses ``skeleton`` by dose under a working model; β ~ N(0, prior_sd²), by quadrature."""

    target: Probability
    skeleton: tuple[Probability, ...]
    model: WorkingModel = "power"
    intercept: float | None = None  # of the logistic model, 3 unless given
    prior_sd: float = 1.34**0.5

    def __post_init__(self) -> None:
        require_between(self.target, 0.001, 0.999, where="target")
        require_between(self.prior_sd, 0.01, 100, where="prior_sd")
        assert self.curves  # checks its own fields

    def fits(self, doses: tuple[float, ...], cohort: int, patients: int) -> None:
        """One prior guess for each dose."""
        require(
            len(self.skeleton) == len(doses),
            f"{len(self.skeleton)} prior guesses for {len(doses)} doses",
            where="skeleton",
            allowed="one for each dose",
        )

    @property
    def curves(self) -> Curves:
        """The working model."""
        return Curves(
            skeleton=self.skeleton,
            model=self.model,
            intercept=3.0 if self.intercept is None else self.intercept,
        )

    @abstractmethod
    def beta(self, view: View) -> Beta:
        """What the trial knows of β."""

    def propose(self, view: View) -> Indices:
        """The dose nearest to the target."""
        return closest_dose(self.curves.toxicity(self.beta(view).mean), self.target)

    def select(self, view: View, allowed: Flags) -> Indices:
        """The same at the end; −1 before the first patient."""
        return np.where(view.entered > 0, self.propose(view), -1)

    def modelled(self, view: View) -> str:
        """Toxicity of every dose with 90 % intervals, as text."""
        beta = self.beta(view)
        low, high = beta.interval(self.curves, 0.9)
        rows = zip(view.doses, self.curves.toxicity(beta.mean)[0], low[0], high[0], strict=True)
        return ", ".join(f"{d:g} M {p:.3f} ({a:.3f} to {b:.3f})" for d, p, a, b in rows)

    def guesses(self, doses: tuple[float, ...]) -> str:
        """The prior guesses, as text."""
        return ", ".join(f"{d:g} M {p:.3g}" for d, p in zip(doses, self.skeleton, strict=True))

    def nearest(self) -> str:
        """The rule, as a sentence."""
        return (
            "Each cohort gets, and at the end is chosen, the dose whose toxicity at the posterior mean of β"
            " is nearest to the target."
        )
