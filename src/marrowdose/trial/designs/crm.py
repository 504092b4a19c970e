"""Continual reassessment method: the dose whose modelled toxicity is nearest to the target (O'Quigley et al. 1990)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...domain import Probability, require, require_between
from ..models.crm_planning import Curves, WorkingModel
from ..models.crm_posterior import Beta, closest_dose, posterior
from ..rules import Propose, Select
from ..view import Flags, Indices, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Crm(Propose, Select):
    """One-parameter model with prior guesses ``skeleton`` by dose; β ~ N(0, prior_sd²), by quadrature.

    The toxicity of a dose is taken at the posterior mean of β, as in dfcrm. Patients who are pending count as
    without toxicity: where that matters, use the late-event variant.
    """

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
        require(len(self.skeleton) == len(doses), f"{len(self.skeleton)} prior guesses for {len(doses)} doses", where="skeleton", allowed="one for each dose")  # fmt: skip

    @property
    def curves(self) -> Curves:
        """The working model."""
        return Curves(
            skeleton=self.skeleton,
            model=self.model,
            intercept=3.0 if self.intercept is None else self.intercept,
        )

    def beta(self, view: View) -> Beta:
        """What the trial knows of β."""
        return posterior(self.curves, self.prior_sd, view.treated - view.toxic, view.toxic)

    def propose(self, view: View) -> Indices:
        """The dose nearest to the target."""
        return closest_dose(self.curves.toxicity(self.beta(view).mean), self.target)

    def select(self, view: View, allowed: Flags) -> Indices:
        """The same at the end; −1 before the first patient."""
        return np.where(view.entered > 0, self.propose(view), -1)

    def why(self, view: View) -> str:
        """Modelled toxicity of every dose with 90 % intervals."""
        beta = self.beta(view)
        low, high = beta.interval(self.curves, 0.9)
        rows = zip(view.doses, self.curves.toxicity(beta.mean)[0], low[0], high[0], strict=True)
        said = ", ".join(f"{d:g} M {p:.3f} ({a:.3f} to {b:.3f})" for d, p, a, b in rows)
        best = view.doses[int(self.propose(view)[0])]
        return f"Modelled toxicity with 90 % intervals: {said}; {best:g} M is nearest to {self.target:g}."

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        guesses = ", ".join(f"{d:g} M {p:.3g}" for d, p in zip(doses, self.skeleton, strict=True))
        shape = (
            "the power model, prior guess to the power exp(β)"
            if self.model == "power"
            else f"a logistic model with intercept {self.curves.intercept:g} and slope exp(β)"
        )
        return (
            f"The target rate of dose-limiting toxicity is {self.target:g}. Toxicity is modelled by {shape}, with prior "
            f"guesses {guesses} and β normal with mean 0 and variance {self.prior_sd**2:.4g} (continual "
            "reassessment method).",
            "Each cohort gets, and at the end is chosen, the dose whose toxicity at the posterior mean of β is nearest "
            "to the target.",
        )
