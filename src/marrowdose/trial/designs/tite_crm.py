"""TITE-CRM: reassessment with patients still under observation (Cheung & Chappell 2000, Biometrics 56:1177)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...domain import Probability, require, require_between
from ..models.crm_planning import Curves, WorkingModel
from ..models.crm_posterior import Beta, Pending, Scheme, closest_dose, posterior, weights
from ..rules import Propose, Select
from ..view import Flags, Indices, View


@dataclass(frozen=True, slots=True, kw_only=True)
class TiteCrm(Propose, Select):
    """As the one-parameter reassessment; a patient without toxicity counts by the part of the window seen.

    ``weights`` "adaptive" takes the times of the toxicities seen as the clock (Cheung & Chappell 2000, section 5):
    equal weight between neighbours, so that nobody counts much before toxicities are to be expected.
    """

    needs = frozenset({"time"})
    target: Probability
    skeleton: tuple[Probability, ...]
    model: WorkingModel = "power"
    intercept: float | None = None  # of the logistic model, 3 unless given
    prior_sd: float = 1.34**0.5
    weights: Scheme = "linear"

    def __post_init__(self) -> None:
        require_between(self.target, 0.001, 0.999, where="target")
        require_between(self.prior_sd, 0.01, 100, where="prior_sd")
        require(self.weights in ("linear", "adaptive"), f"{self.weights!r}", where="weights", allowed="linear, adaptive")  # fmt: skip
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
        curves, who = self.curves, view.patients
        if who is None:  # all are settled
            return posterior(curves, self.prior_sd, view.treated - view.toxic, view.toxic)
        followed = np.where(who.dose >= 0, np.minimum(who.followed, who.toxicity_window), np.nan)
        if self.weights == "adaptive" and who.toxic.any():
            require(who.toxic_after is not None, "needs the time of every toxicity", where="weights", remedy="give the history a column toxic_after [months], or take linear weights")  # fmt: skip
            assert who.toxic_after is not None
            followed = np.where(who.toxic, who.toxic_after, followed)
        weight = weights(followed, who.toxic, who.toxicity_window, self.weights)
        settled = (who.dose >= 0) & ~who.toxic & (weight >= 1)
        pending = Pending(dose=np.where(who.toxic | settled, -1, who.dose), weight=weight)
        safe = who.by_dose(settled, len(view.doses))
        return posterior(curves, self.prior_sd, safe, view.toxic, pending)

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
        pending = 0 if view.patients is None else int(view.patients.toxicity_pending.sum())
        return f"Modelled toxicity with 90 % intervals, {pending} patients pending: {said}; target {self.target:g}."

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        guesses = ", ".join(f"{d:g} M {p:.3g}" for d, p in zip(doses, self.skeleton, strict=True))
        seen = "the part of the window seen"
        if self.weights == "adaptive":
            seen += ", told by the times of the toxicities so far, equal weight lying between neighbours (adaptive weights)"
        return (
            f"The target rate of dose-limiting toxicity is {self.target:g}; the {self.model} model"
            f"{f' with intercept {self.curves.intercept:g}' if self.model == 'logistic' else ''} has prior guesses "
            f"{guesses} and β normal with mean 0 and variance {self.prior_sd**2:.4g} (TITE-CRM).",
            f"A patient without toxicity counts by {seen}, one with toxicity fully.",
            "Each cohort gets, and at the end is chosen, the dose whose toxicity at the posterior mean of β is nearest "
            "to the target.",
        )
