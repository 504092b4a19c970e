"""TITE-CRM: reassessment with patients still under observation (Cheung & Chappell 2000, Biometrics
56:1177).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .....errors import require
from ...mathematics.crm_posterior import Beta, Pending, Scheme, posterior, weights
from ...mathematics.one_parameter import OneParameter
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class TiteCrm(OneParameter):
    """As the one-parameter reassessment; a patient without toxicity counts by the part of the window seen.

    ``weights`` "adaptive" takes the times of the toxicities seen as the clock (Cheung & Chappell 2000,
    section 5): equal weight between neighbours, so that nobody counts much before toxicities are to be
    expected.
    """

    needs = frozenset({"time"})
    weights: Scheme = "linear"

    def __post_init__(self) -> None:
        require(
            self.weights in ("linear", "adaptive"),
            f"{self.weights!r}",
            where="weights",
            allowed="linear, adaptive",
        )
        OneParameter.__post_init__(self)  # by name: a class with slots has no super() without arguments

    def beta(self, view: View) -> Beta:
        """What the trial knows of β."""
        curves, who = self.curves, view.patients
        if who is None:  # all are settled
            return posterior(curves, self.prior_sd, view.treated - view.toxic, view.toxic)
        followed = np.where(who.dose >= 0, np.minimum(who.followed, who.toxicity_window), np.nan)
        if self.weights == "adaptive" and who.toxic.any():
            require(
                who.toxic_after is not None,
                "needs the time of every toxicity",
                where="weights",
                remedy="give the history a column toxic_after [months], or take linear weights",
            )
            assert who.toxic_after is not None
            followed = np.where(who.toxic, who.toxic_after, followed)
        weight = weights(followed, who.toxic, who.toxicity_window, self.weights)
        settled = (who.dose >= 0) & ~who.toxic & (weight >= 1)
        pending = Pending(dose=np.where(who.toxic | settled, -1, who.dose), weight=weight)
        safe = who.by_dose(settled, len(view.doses))
        return posterior(curves, self.prior_sd, safe, view.toxic, pending)

    def why(self, view: View) -> str:
        """Modelled toxicity of every dose with 90 % intervals."""
        pending = 0 if view.patients is None else int(view.patients.toxicity_pending.sum())
        return (
            f"Modelled toxicity with 90 % intervals, {pending} patients pending: {self.modelled(view)};"
            f" target {self.target:g}."
        )

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        seen = "the part of the window seen"
        if self.weights == "adaptive":
            seen += (
                ", told by the times of the toxicities so far, equal weight lying between neighbours"
                " (adaptive weights)"
            )
        return (
            (
                f"The target rate of dose-limiting toxicity is {self.target:g}; the {self.model}"
                f" model{f' with intercept {self.curves.intercept:g}' if self.model == 'logistic' else ''}"
                f" has prior guesses {self.guesses(doses)} and β normal with mean 0 and variance"
                f" {self.prior_sd**2:.4g} (TITE-CRM)."
            ),
            f"A patient without toxicity counts by {seen}, one with toxicity fully.",
            self.nearest(),
        )
