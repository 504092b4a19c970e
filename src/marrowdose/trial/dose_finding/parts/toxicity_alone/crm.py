"""Continual reassessment method: the dose whose modelled toxicity is nearest to the target (O'Quigley et al.
1990).
"""

from __future__ import annotations

from dataclasses import dataclass

from ...mathematics.crm_posterior import Beta, posterior
from ...mathematics.one_parameter import OneParameter
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Crm(OneParameter):
    """The toxicity of a dose is taken at the posterior mean of β, as in dfcrm. Patients who are pending count
    as without toxicity: where that matters, use the late-event variant.
    """

    def beta(self, view: View) -> Beta:
        """What the trial knows of β."""
        return posterior(self.curves, self.prior_sd, view.treated - view.toxic, view.toxic)

    def why(self, view: View) -> str:
        """Modelled toxicity of every dose with 90 % intervals."""
        best = view.doses[int(self.propose(view)[0])]
        return (
            f"Modelled toxicity with 90 % intervals: {self.modelled(view)}; {best:g} M is nearest to"
            f" {self.target:g}."
        )

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        shape = (
            "the power model, prior guess to the power exp(β)"
            if self.model == "power"
            else f"a logistic model with intercept {self.curves.intercept:g} and slope exp(β)"
        )
        return (
            (
                f"The target rate of dose-limiting toxicity is {self.target:g}. Toxicity is modelled by"
                f" {shape}, with prior guesses {self.guesses(doses)} and β normal with mean 0 and variance"
                f" {self.prior_sd**2:.4g} (continual reassessment method)."
            ),
            self.nearest(),
        )
