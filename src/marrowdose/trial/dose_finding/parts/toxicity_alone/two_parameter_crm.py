"""Reassessment with a two-parameter logistic model: the dose whose toxicity is nearest to the target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .....errors import require, require_between
from .....units import Flags, Indices, Probability
from ...mathematics.crm_posterior import closest_dose
from ...mathematics.crm_two_parameters import Toxicities, TwoParameters, toxicities
from ...rules import Propose, Select
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoParameterCrm(Propose, Select):
    """logit toxicity = α + exp(β) · logit ``skeleton``, α and β normal about 0; by two-dimensional
    quadrature.

    The toxicity of a dose is its posterior mean. Patients who are pending count as without toxicity.
    """

    target: Probability
    skeleton: tuple[Probability, ...]
    intercept_sd: float = 1.5
    slope_sd: float = 0.5

    def __post_init__(self) -> None:
        require_between(self.target, 0.001, 0.999, where="target")
        assert self.model  # checks its own fields

    def fits(self, doses: tuple[float, ...], cohort: int, patients: int) -> None:
        """One prior guess for each dose."""
        require(
            len(self.skeleton) == len(doses),
            f"{len(self.skeleton)} prior guesses for {len(doses)} doses",
            where="skeleton",
            allowed="one for each dose",
        )

    @property
    def model(self) -> TwoParameters:
        """The working model and its prior."""
        return TwoParameters(skeleton=self.skeleton, intercept_sd=self.intercept_sd, slope_sd=self.slope_sd)

    def appraise(self, view: View) -> Toxicities:
        """What the trial knows of the toxicity of each dose."""
        return toxicities(self.model, view.treated - view.toxic, view.toxic)

    def propose(self, view: View) -> Indices:
        """The dose nearest to the target."""
        return closest_dose(self.appraise(view).mean, self.target)

    def select(self, view: View, allowed: Flags) -> Indices:
        """The same at the end; −1 before the first patient."""
        return np.where(view.entered > 0, self.propose(view), -1)

    def why(self, view: View) -> str:
        """Modelled toxicity of every dose with its posterior standard deviation."""
        found = self.appraise(view)
        rows = zip(view.doses, found.mean[0], found.sd[0], strict=True)
        said = ", ".join(f"{d:g} M {p:.3f} ± {s:.3f}" for d, p, s in rows)
        best = view.doses[int(closest_dose(found.mean, self.target)[0])]
        return (
            f"Modelled toxicity, posterior mean ± standard deviation: {said}; {best:g} M is nearest to"
            f" {self.target:g}."
        )

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        guesses = ", ".join(f"{d:g} M {p:.3g}" for d, p in zip(doses, self.skeleton, strict=True))
        return (
            (
                f"The target rate of dose-limiting toxicity is {self.target:g}. The logit of toxicity is α +"
                f" exp(β) times the logit of the prior guess, with prior guesses {guesses} (two-parameter"
                " continual reassessment method)."
            ),
            (
                "The parameters α and β are independent and normal with means 0 and standard deviations"
                f" {self.intercept_sd:.4g} and {self.slope_sd:.4g}."
            ),
            (
                "Each cohort gets, and at the end is chosen, the dose whose posterior mean of toxicity is"
                " nearest to the target."
            ),
        )
