"""EffTox: the acceptable dose with the best trade-off of efficacy and toxicity (Thall & Cook 2004, Biometrics
60:684).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .....errors import require, require_between
from .....units import Flags, Indices, Probability
from ...mathematics.efftox_posterior import Contour, Model, Normal, Priors, Summary, posterior
from ...rules import Propose, Select
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class EffTox(Propose, Select):
    """The most useful acceptable dose, no untried dose being skipped.

    A dose is acceptable if P(toxicity < ``toxicity_limit``) > ``toxicity_cutoff`` and P(efficacy >
    ``efficacy_limit``) > ``efficacy_cutoff``. ``contour`` is (efficacy that is just worth while without
    toxicity, toxicity that is just bearable with certain efficacy, efficacy and toxicity equally good). The
    priors are normal, (mean, SD) each, on centred log doses; the defaults are those of the trial that
    published the method's software example and must be elicited anew.
    """

    needs = frozenset({"efficacy"})
    costly = True
    toxicity_limit: Probability
    efficacy_limit: Probability
    contour: tuple[float, float, float, float]
    toxicity_cutoff: Probability = 0.1
    efficacy_cutoff: Probability = 0.1
    toxicity_intercept: Normal = (-7.9593, 3.5487)
    toxicity_slope: Normal = (1.5482, 3.5018)
    efficacy_intercept: Normal = (0.7367, 2.5423)
    efficacy_slope: Normal = (3.4181, 2.4406)
    efficacy_curvature: Normal = (0.0, 0.2)
    association: Normal = (0.0, 1.0)
    precision: int = 11  # the posterior is summed over 2^precision nodes

    def __post_init__(self) -> None:
        require_between(self.toxicity_cutoff, 0, 1, where="toxicity_cutoff")
        require_between(self.efficacy_cutoff, 0, 1, where="efficacy_cutoff")
        require(len(self.contour) == 4, f"{len(self.contour)} numbers", where="contour", allowed="four")
        fine = isinstance(self.precision, int) and 8 <= self.precision <= 20
        require(fine, f"{self.precision!r}", where="precision", allowed="8 to 20")
        assert self.model((1.0,))  # each checks its own fields

    def model(self, doses: tuple[float, ...]) -> Model:
        """What the posterior depends on."""
        eff0, tox1, eff, tox = self.contour
        return Model(
            doses=doses,
            priors=Priors(
                toxicity_intercept=self.toxicity_intercept,
                toxicity_slope=self.toxicity_slope,
                efficacy_intercept=self.efficacy_intercept,
                efficacy_slope=self.efficacy_slope,
                efficacy_curvature=self.efficacy_curvature,
                association=self.association,
            ),
            contour=Contour(efficacy_alone=eff0, toxicity_alone=tox1, between=(eff, tox)),
            toxicity_limit=self.toxicity_limit,
            efficacy_limit=self.efficacy_limit,
        )

    def appraise(self, view: View) -> tuple[Summary, Flags]:
        """Posterior summaries, and which doses are acceptable and within one of those tried."""
        assert view.effective is not None
        assert view.both is not None
        found = posterior(
            self.model(view.doses),
            view.treated,
            view.toxic,
            view.effective,
            view.both,
            nodes=1 << self.precision,
        )
        tried = view.treated > 0
        index = np.arange(len(view.doses))
        lowest, highest = tried.argmax(axis=1), view.highest_tried
        near = (index >= lowest[:, None] - 1) & (index <= highest[:, None] + 1)
        return found, near & (found.tolerable > self.toxicity_cutoff) & (found.active > self.efficacy_cutoff)

    def propose(self, view: View) -> Indices:
        """The acceptable dose of highest posterior mean utility; −1 where none is acceptable."""
        found, acceptable = self.appraise(view)
        best = np.where(acceptable, found.utility, -np.inf).argmax(axis=1)
        return np.where(acceptable.any(axis=1), best, -1)

    def select(self, view: View, allowed: Flags) -> Indices:
        """The tried, allowed and acceptable dose of highest posterior mean utility."""
        found, acceptable = self.appraise(view)
        use = acceptable & allowed & (view.treated > 0)
        best = np.where(use, found.utility, -np.inf).argmax(axis=1)
        return np.where(use.any(axis=1), best, -1)

    def why(self, view: View) -> str:
        """Posterior means and utility of every dose, and what makes a dose unacceptable."""
        found, acceptable = self.appraise(view)
        rows = [
            f"{d:g} M toxicity {found.toxicity[0, j]:.3f}, efficacy {found.efficacy[0, j]:.3f}, utility "
            f"{found.utility[0, j]:.3f}{'' if acceptable[0, j] else ' (not acceptable)'}"
            for j, d in enumerate(view.doses)
        ]
        return f"Posterior means: {'; '.join(rows)}."

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        eff0, tox1, eff, tox = self.contour
        model = self.model(doses)
        priors = ((k.replace("_", " "), getattr(model.priors, k)) for k in model.priors.__dataclass_fields__)
        told = ", ".join(f"{name} {mean:g} ({sd:g})" for name, (mean, sd) in priors)
        return (
            (
                "Toxicity is logistic in centred log dose and efficacy logistic with a quadratic term"
                f" (EffTox, Thall and Cook 2004), summed by importance sampling on 2^{self.precision} fixed"
                " nodes."
            ),
            f"Normal priors, mean (SD): {told}.",
            (
                f"Equally desirable are efficacy {eff0:g} without toxicity, certain efficacy with toxicity"
                f" {tox1:g}, and efficacy {eff:g} with toxicity {tox:g}: contours of the"
                f" {model.contour.exponent:.4f}-norm."
            ),
            (
                "A dose is acceptable if the posterior probability that toxicity is below"
                f" {self.toxicity_limit:g} exceeds {self.toxicity_cutoff:g}, that efficacy is above"
                f" {self.efficacy_limit:g} exceeds {self.efficacy_cutoff:g}, and it is at most one level from"
                " the doses tried."
            ),
            (
                "Each cohort gets, and at the end among the doses tried is chosen, the acceptable dose of"
                " highest posterior mean utility. If none is acceptable, the trial ends."
            ),
        )
