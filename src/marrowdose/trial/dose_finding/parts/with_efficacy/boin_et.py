"""BOIN-ET: intervals of toxicity and efficacy, and a choice by efficacy or utility (Takeda et al. 2018, Pharm
Stat 17:383).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincc

from .....errors import require, require_between
from .....units import Flags, Indices, Probability
from ...mathematics.boin_et_bounds import next_dose
from ...mathematics.boin_et_rule import BoinEtRule
from ...mathematics.obd_choice import CRITERIA, ESTIMATORS, Criterion, Estimator, Tradeoff, chosen
from ...rules import Select
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class BoinEt(BoinEtRule, Select):
    """Tried doses compete at the end by ``criterion``, on rates as observed or averaged (``estimator``)."""

    needs = frozenset({"efficacy"})
    toxicity_cutoff: Probability = 0.95
    efficacy_cutoff: Probability = 0.99
    estimator: Estimator = "observed"
    criterion: Criterion = "efficacy"
    utilities: tuple[float, float] = (40.0, 60.0)  # of neither and of both events, for the criterion "scored"

    def __post_init__(self) -> None:
        require(
            self.estimator in ESTIMATORS,
            f"{self.estimator!r}",
            where="estimator",
            allowed=", ".join(ESTIMATORS),
        )
        require(
            self.criterion in CRITERIA, f"{self.criterion!r}", where="criterion", allowed=", ".join(CRITERIA)
        )
        require_between(self.toxicity_cutoff, 0.5, 0.9999, where="toxicity_cutoff")
        require_between(self.efficacy_cutoff, 0.5, 0.9999, where="efficacy_cutoff")
        require(len(self.utilities) == 2, f"{len(self.utilities)} numbers", where="utilities", allowed="two")
        for utility in self.utilities:
            require_between(utility, 0, 100, where="utilities")
        BoinEtRule.__post_init__(self)  # by name: a class with slots has no super() without arguments

    def propose(self, view: View) -> Indices:
        """By the rates at the current dose, and at its neighbours where they say little."""
        assert view.effective is not None
        n = view.treated.astype(float)
        some = np.maximum(n, 1)
        return next_dose(view.toxic / some, view.effective / some, n, view.current, self.bounds)

    def why(self, view: View) -> str:
        """The rates at the current dose against the boundaries."""
        assert view.effective is not None
        at, (low, high, weak) = int(view.current[0]), self.bounds
        n, t, e = (int(c[0, at]) for c in (view.treated, view.toxic, view.effective))
        return (
            f"At {view.doses[at]:g} M the toxicity rate is {t}/{n} (λ1 {low:g}, λ2 {high:g}) and the efficacy"
            f" rate {e}/{n} (η1 {weak:g}): {view.doses[int(self.propose(view)[0])]:g} M is proposed."
        )

    def select(self, view: View, allowed: Flags) -> Indices:
        """The best tried dose that is neither too toxic nor too idle."""
        assert view.effective is not None
        n, t, e = (c.astype(float) for c in (view.treated, view.toxic, view.effective))
        rates = self.rates
        over, under = betaincc(1 + t, 1 + n - t, rates.target), betainc(1 + e, 1 + n - e, rates.idle)
        fit = allowed & (over <= self.toxicity_cutoff) & (under <= self.efficacy_cutoff)
        tradeoff = Tradeoff(
            toxic=rates.toxic,
            neither=self.utilities[0],
            both=self.utilities[1],
            toxicity_ramp=(rates.safe, rates.toxic),
            efficacy_ramp=(rates.idle / 2, rates.efficacy),
        )
        return chosen(
            n,
            t,
            e,
            fit,
            target=self.target,
            estimator=self.estimator,
            criterion=self.criterion,
            tradeoff=tradeoff,
        )

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        rates = self.rates
        by = {
            "efficacy": "of highest efficacy up to the maximum tolerated dose",
            "weighted": "of highest efficacy less weighted toxicity",
            "scored": (
                f"of highest mean utility (100 efficacy alone, {self.utilities[0]:g} neither,"
                f" {self.utilities[1]:g} both)"
            ),
            "linear": "of highest product of two ramps of toxicity and efficacy",
        }[self.criterion]
        return (
            (
                f"Toxicity up to {self.target:g} is accepted and efficacy {self.efficacy:g} is wanted;"
                f" efficacy {rates.idle:g} is too little (BOIN-ET, Takeda and others 2018)."
            ),
            self.moves("observed efficacy"),
            (
                f"At the end, among the doses given whose probability of toxicity above {self.target:g} is at"
                f" most {self.toxicity_cutoff:g} and of efficacy below {rates.idle:g} at most"
                f" {self.efficacy_cutoff:g}, the dose {by} is chosen; efficacy is"
                f" {'as observed' if self.estimator == 'observed' else 'averaged over unimodal curves'}."
            ),
        )
