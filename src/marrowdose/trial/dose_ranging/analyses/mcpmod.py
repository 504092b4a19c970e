"""MCP-Mod on the arm means of the last visit, with group-sequential looks.

The means are those of the mixed model (``mixed_means``); the contrasts are compared with the multivariate t
of each trial's degrees of freedom. Contrast tests keep the error over candidate shapes; alpha spending keeps
it over looks: at each look the adjusted test has the level of the univariate bound (Lan & DeMets 1983).
Shapes with a significant contrast are fitted and the one of least AIC names the dose (Bretz 2005; Pinheiro
2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import ndtr

from ....errors import require, require_between
from ....statistics.mcpmod import Batch, Candidate, ContrastRule, TrialEstimates, analyse_estimates
from ....statistics.sequential import OBRIEN_FLEMING, POCOCK, spending_bounds
from ....units import Array, Points, Probability
from ..looks import Numbers, Seen, Verdict, shared
from ..mixed_means import SAID, mixed_means, of_closed_form

Rule = Literal["target", "smallest", "best", "top"]
RULES: dict[Rule, str] = {
    "target": (
        "the smallest dose whose fitted benefit is {delta:g} points or more is named; if none is, no dose"
    ),
    "smallest": "the smallest dose whose fitted benefit is within {margin:g} points of the best is named",
    "best": "the dose with the largest fitted benefit is named",
    "top": "the largest dose is named",
}
SPENDINGS = {"obrien-fleming": OBRIEN_FLEMING, "pocock": POCOCK}
SPENDINGS_SAID = {"obrien-fleming": "of O'Brien–Fleming type", "pocock": "of Pocock type"}


def levels(looks: Sequence[Probability], alpha: Probability, spending: str) -> Array:
    """One-sided level of the test at each look and at the end; ``looks`` are shares of the information."""
    require(spending in SPENDINGS, f"{spending!r}", where="spending", allowed=", ".join(SPENDINGS))
    bounds = spending_bounds([*looks, 1.0], alpha, SPENDINGS[spending])
    return np.asarray(ndtr(-bounds.upper))


@dataclass(frozen=True, kw_only=True)
class ContrastAnalysis:
    """``candidates`` at ``doses``; ``looks`` the information shares of interim tests (empty: one test at the
    end).

    ``choose`` names the dose of a significant trial. At a look before the last, arms with an estimated
    benefit below ``drop_below`` are dropped, and the trial stops if the largest contrast statistic is below
    ``futile``.
    """

    doses: tuple[float, ...]
    candidates: tuple[Candidate, ...]
    looks: tuple[Probability, ...]
    alpha: Probability = 0.025
    spending: str = "obrien-fleming"
    choose: Rule = "smallest"
    delta: Points = 5.0
    margin: Points = 2.0
    drop_below: Points | None = None
    futile: float | None = None

    def __post_init__(self) -> None:
        require(
            len(self.candidates) > 0,
            "no candidate",
            where="candidates",
            remedy='state one or more, as ["linear", "emax=20"]',
        )
        require_between(self.alpha, 0.0001, 0.5, where="alpha")
        require_between(self.margin, 0.01, 50, where="margin")
        require_between(self.delta, 0.01, 50, where="delta")
        require(self.choose in RULES, f"{self.choose!r}", where="choose", allowed=", ".join(RULES))
        require(len(self.levels) == len(self.looks) + 1, "levels", where="looks")

    @cached_property
    def levels(self) -> Array:
        """One-sided level at each look."""
        return levels(self.looks, self.alpha, self.spending)

    def verdict(self, seen: Seen, share: Array) -> Verdict:
        """The answer at a look; trials without enough data go on."""
        if seen.beside is None:
            found = mixed_means(seen.values, seen.arm, seen.baseline, seen.arms).first(len(seen.doses))
        else:
            found = of_closed_form(seen.means)
        level = float(self.levels[seen.look])
        usable = np.flatnonzero(found.ready)
        k = len(seen.doses)
        positive, named = np.zeros(len(found.ready), bool), np.zeros(len(found.ready), np.int64)
        statistic = np.full(len(found.ready), np.inf)
        if len(usable) and level > 0:
            df = found.df[usable].min(axis=1)  # of the worst known dose: a contrast of several arms has more
            trials = TrialEstimates(
                doses=np.asarray(self.doses),
                means=found.last[usable],
                covariance=found.covariance[usable],
                df=df,
            )
            rule = ContrastRule(alpha=level)
            batch = analyse_estimates(trials, self.candidates, rule=rule, at=self.doses)
            positive[usable], statistic[usable] = batch.positive, batch.test.statistics.max(axis=1)
            named[usable] = self._named(batch, found.last[usable])
        benefit, lower, upper = found.intervals()
        kept, stop = seen.kept, np.full(len(positive), seen.last)
        if not seen.last:
            stop = positive if self.futile is None else positive | (statistic < self.futile)
            if self.drop_below is not None:
                keep = seen.kept & np.column_stack([np.ones(len(positive), bool), benefit >= self.drop_below])
                kept = np.where((keep[:, 1:].any(axis=1) & found.ready)[:, None], keep, seen.kept)
        none = ~found.ready[:, None]
        benefit, lower, upper = (np.where(none, np.nan, x) for x in (benefit, lower, upper))
        require(kept.shape == (len(positive), k), "arms", where="looks")
        return Verdict(
            named=named,
            sure=positive,
            positive=positive,
            stop=stop,
            kept=kept,
            share=shared(kept, share),
            benefit=benefit,
            lower=lower,
            upper=upper,
        )

    def _named(self, batch: Batch, means: Array) -> Numbers:
        """The arm (T,) that the fitted curve names in significant trials, else 0; arm means where no fit
        converged.
        """
        curve = np.where((batch.chosen >= 0)[:, None], batch.curve, means)
        benefit = curve[:, 1:] - curve[:, :1]
        if self.choose == "top":
            arm = np.full(len(benefit), benefit.shape[1])
        elif self.choose == "best":
            arm = benefit.argmax(axis=1) + 1
        else:
            enough = benefit >= (
                self.delta if self.choose == "target" else benefit.max(axis=1, keepdims=True) - self.margin
            )
            arm = np.where(enough.any(axis=1), enough.argmax(axis=1) + 1, 0)
        return np.asarray(np.where(batch.positive, arm, 0))

    @property
    def errors(self) -> str:
        """How claiming a benefit that is not there is kept rare, in words."""
        over = ", and over the looks by spending alpha" if self.looks else ""
        return (
            f"The one-sided level {self.alpha:g} is kept over the candidate shapes by the multivariate t"
            f" distribution of their contrasts{over}."
        )

    def sentences(self) -> tuple[str, ...]:
        """The rules, as a protocol states them."""
        names = ", ".join(c.label for c in self.candidates)
        said = [
            SAID,
            (
                f"The dose-response is tested by the maximum of the optimal contrasts for {names}, one-sided"
                f" {self.alpha:g}, adjusted for their number by the multivariate t distribution with the"
                " least degrees of freedom of any dose against placebo."
            ),
            "Shapes with a significant contrast are fitted; that of the least AIC is chosen.",
            RULES[self.choose].format(delta=self.delta, margin=self.margin).capitalize() + ".",
        ]
        if self.looks:
            nominal = ", ".join(f"{x:.5f}" for x in self.levels)
            shares = ", ".join(f"{100 * x:.0f} %" for x in self.looks)
            said.append(
                f"Alpha is spent over looks ({SPENDINGS_SAID[self.spending]}) at planned information shares"
                f" {shares}; the one-sided levels are {nominal}."
            )
            said.append("The trial stops at a look whose test is significant.")
        if self.futile is not None:
            said.append(
                "The trial stops for futility if the largest contrast statistic at a look is below"
                f" {self.futile:g}."
            )
        if self.drop_below is not None:
            said.append(
                f"A dose is dropped at a look if its estimated benefit is below {self.drop_below:g} points;"
                " placebo is never dropped, nor all doses at once."
            )
        return tuple(said)
