"""Seamless phase I/II: a safety run-in by a dose-finding design, then the randomised trial over the doses it
left open.

All trials of a piece finish the run-in together; they then go on in groups of one set of open doses, at most
2^D of them. Person j of the randomised part is the same as in the plain design; those of the run-in are
persons ``FIRST`` on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np

from ...errors import require, require_between
from ...statistics.mcpmod import Candidate, make_shape
from ...units import Array, Flags, Indices, Months
from ..dose_finding.decisions import allowed_doses, choose
from ..dose_finding.design import Design
from ..dose_finding.seen import Counts, View
from ..dose_finding.simulate import Runs, check_fit, run
from ..dose_finding.true_rates import TrueRates
from ..dose_ranging.analyses.mcpmod import ContrastAnalysis
from ..dose_ranging.analyses.select_confirm import SelectAndConfirm
from ..dose_ranging.analyses.smallest_sufficient import SmallestSufficient
from ..dose_ranging.design import Ranging
from ..dose_ranging.drawn import targets
from ..dose_ranging.looks import Beside, LookAnalysis
from ..dose_ranging.persons import analysed, draw_persons, follow
from ..dose_ranging.simulate import Results, simulate_numbers
from ..truths.truth import Truth

FIRST = 20_000  # number of the first person of a run-in: no randomised part has so many patients
UP_TO = {
    "chosen": "the dose that the run-in chooses",
    "tried": "the highest dose given in the run-in that no limit bars",
}
PLACES = {
    "shared": (
        "the planned number of patients is randomised all the same, shared among the open arms as their"
        " allocation says"
    ),
    "dropped": "open arms keep their planned numbers, so the trial gets smaller",
}


SCORES = {
    "apart": (
        "Patients of the run-in were not randomised: their scores do not enter the analysis; they count as"
        " patients, harms and months of the trial."
    ),
    "stratum": (
        "Scores of run-in patients at open doses enter the last analysis as a stratum, which a covariate"
        " tells from the randomised patients at every visit: none of them had placebo, so they inform"
        " differences between doses alone."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """``[hand_over]``: which doses part two randomises, and when it begins.

    A dose is open if it is at or below the cap and no limit of the run-in bars it at the end. The cap is the
    chosen dose (``up_to`` "chosen": what the run-in was made to find, so the default) or the highest one
    tried and not barred ("tried": for run-ins that choose by efficacy too, or from few patients); in both, if
    fewer than ``least`` patients had it, the highest allowed dose below that had so many (default 3: one
    cohort). Nothing is open where the run-in chooses no dose. ``places``: patients of closed arms are
    "shared" (default: the budget and the power of the trial are kept) or "dropped". ``months`` from the last
    settled run-in patient to the first randomised one (default 1: the safety board meets). ``scores`` of the
    run-in stay "apart" (default: nobody drew lots for them) or enter the last analysis as a "stratum", told
    from the randomised patients by a covariate.
    """

    up_to: Literal["chosen", "tried"] = "chosen"
    least: int = 3
    places: Literal["shared", "dropped"] = "shared"
    months: Months = 1.0
    scores: Literal["apart", "stratum"] = "apart"

    def __post_init__(self) -> None:
        require(1 <= self.least <= 1000, f"{self.least}", where="least", allowed="1 to 1000 patients")
        require_between(self.months, 0, 60, where="months", unit="months")

    def opened(self, chosen: Indices, treated: Counts, allowed: Flags) -> Flags:
        """Doses of the run-in (T, D) that go on, by the dose ``chosen`` (T,), patients and limits at its end
        (T, D).
        """
        dose = np.arange(treated.shape[1])
        may = allowed & (treated >= self.least)
        if self.up_to == "chosen":
            may = may & (dose <= chosen[:, None])
        cap = np.where(may, dose, -1).max(axis=1)
        found: Flags = allowed & (dose <= cap[:, None]) & (chosen >= 0)[:, None]
        return found

    def sentences(self) -> tuple[str, ...]:
        """The rule, as a protocol states it."""
        return (
            (
                "Part two randomises the doses that no limit of the run-in bars at its end, up to"
                f" {UP_TO[self.up_to]}; if fewer than {self.least} patients had that dose, up to the highest"
                " allowed dose below it that had so many."
            ),
            "Where the run-in chooses no dose, or no dose is left open, the trial ends and names no dose.",
            f"Where doses are closed, {PLACES[self.places]}.",
            (
                f"The first patient is randomised {self.months:g} month{'' if self.months == 1 else 's'}"
                " after the last patient of the run-in has been followed to the end."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeamlessResults(Results):
    """Finished trials, both parts: ``look`` is −1 where the run-in ended the trial, and closed doses have no
    estimate (NaN).

    ``opened`` (T, K − 1) are the doses left open; ``run_in`` and ``run_in_toxic`` (T, K − 1) the patients of
    the run-in and their toxicities, which ``treated`` and ``harmed`` count too; ``run_in_months`` (T,) its
    part of the months.
    """

    opened: Flags
    run_in: Array
    run_in_toxic: Array
    run_in_months: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIn:
    """Part one: a dose-finding ``design`` among the active doses, and how it hands over.

    ``truth`` is what the file states of toxicity there; None: the local reactions of the longitudinal truth.
    """

    design: Design
    hand_over: HandOver
    truth: TrueRates | None = None

    def opened(self, doses: tuple[float, ...], runs: Runs) -> Flags:
        """Active doses of part two (T, K − 1) left open; ``doses`` (K,) begin with placebo."""
        assert runs.allowed is not None
        return self._at(doses, runs.chosen, runs.treated, runs.allowed)

    def opened_in(self, doses: tuple[float, ...], view: View) -> Flags:
        """The same of trials whose run-in has ended in these states."""
        return self._at(doses, choose(self.design, view), view.treated, allowed_doses(self.design, view))

    def _at(self, doses: tuple[float, ...], chosen: Indices, treated: Counts, allowed: Flags) -> Flags:
        """A dose that the run-in has not got is open if the next higher one that it has is."""
        found = self.hand_over.opened(chosen, treated, allowed)
        known = np.searchsorted(self.design.doses, doses[1:])
        inside = known < len(self.design.doses)
        return np.asarray(inside & found[:, np.minimum(known, len(self.design.doses) - 1)])

    def sentences(self, analysis: LookAnalysis) -> tuple[str, ...]:
        """The hand-over and what it does to the analysis of part two."""
        said = [*self.hand_over.sentences()]
        if isinstance(analysis, ContrastAnalysis):
            said.append(
                "Shapes with more parameters than part two has arms are left out, linear standing in where"
                " none is left; with one dose left the contrast is that dose against placebo."
            )
        else:
            said.append("With one dose left part two compares it with placebo by the same rules.")
        said.append(SCORES[self.hand_over.scores])
        if isinstance(analysis, ContrastAnalysis) and self.hand_over.scores == "stratum":
            said.append(
                "That analysis takes the means of the arms in closed form (Anderson 1957) in place of the"
                " mixed model."
            )
        return tuple(said)


def among(analysis: LookAnalysis, doses: tuple[float, ...]) -> LookAnalysis:
    """The analysis of a trial with these ``doses`` only, placebo first."""
    if isinstance(analysis, ContrastAnalysis):
        fit = tuple(c for c in analysis.candidates if _parameters(c) <= len(doses))
        alone = Candidate(label="linear", shape=make_shape("linear", doses[-1]), guess=())
        return replace(analysis, doses=doses, candidates=fit if fit and len(doses) > 2 else (alone,))
    if isinstance(analysis, SelectAndConfirm):
        return replace(analysis, selection=replace(analysis.selection, doses=doses))
    assert isinstance(analysis, SmallestSufficient)
    return replace(analysis, doses=doses)


def _parameters(candidate: Candidate) -> int:
    return len(candidate.shape.coefficients) + len(candidate.shape.parameters)


@cache
def part_two(design: Ranging, opened: tuple[bool, ...], places: str = "shared") -> Ranging:
    """The randomised trial over placebo and the doses ``opened`` (K − 1); all open gives ``design``
    itself.
    """
    if all(opened):
        return design
    arms = [0, *(k for k, on in enumerate(opened, start=1) if on)]
    doses, shares = tuple(design.doses[k] for k in arms), tuple(design.allocation[k] for k in arms)
    size = (
        design.patients
        if places == "shared"
        else round(design.patients * sum(shares) / sum(design.allocation))
    )
    return replace(
        design, doses=doses, allocation=shares, patients=size, analysis=among(design.analysis, doses)
    )


def simulate_seamless(
    design: Ranging, run_in: RunIn, truth: Truth, met: TrueRates, trials: Indices, *, seed: int
) -> SeamlessResults:
    """The trials with these numbers. ``met`` is the truth of the run-in at its doses. Raises
    ``InputError``.
    """
    check_fit(run_in.design, met)
    first = run(run_in.design, met, trials, seed=seed, first=FIRST)
    opened = run_in.opened(design.doses, first)
    found = _after_run_in(design, run_in, truth, trials, first, opened, seed)
    for pattern in np.unique(opened[opened.any(axis=1)], axis=0):
        rows = np.flatnonzero((opened == pattern).all(axis=1))
        arms = np.concatenate([[0], 1 + np.flatnonzero(pattern)])
        then = part_two(design, tuple(pattern.tolist()), run_in.hand_over.places)
        beside = None
        if run_in.hand_over.scores == "stratum":
            beside = _beside(then, run_in, truth, trials[rows], first.treated[rows], seed)
        second = simulate_numbers(then, truth, trials[rows], seed=seed, beside=beside)
        found.named[rows] = arms[second.named]
        for name in ("sure", "positive", "lost", "look"):
            getattr(found, name)[rows] = getattr(second, name)
        found.months[rows] += run_in.hand_over.months + second.months
        for name in ("treated", "harmed"):
            getattr(found, name)[np.ix_(rows, arms)] += getattr(second, name)
        for name in ("benefit", "lower", "upper"):
            getattr(found, name)[np.ix_(rows, arms[1:] - 1)] = getattr(second, name)
    return found


def _beside(
    then: Ranging, run_in: RunIn, truth: Truth, trials: Indices, treated: Counts, seed: int
) -> Beside:
    """The scores of run-in patients; who had which of its doses does not matter: scores know nothing of
    toxicities.
    """
    reality = replace(then.reality, failure=0.0)  # who got no product was replaced
    size, months = run_in.design.patients, then.visits
    at = (np.arange(size)[:, None] >= treated.cumsum(axis=1)[:, None, :]).sum(axis=2)
    dose = np.array([*run_in.design.doses, 0.0])[at]
    people = draw_persons(truth, reality, trials, size, months, seed, first=FIRST)
    values = analysed(follow(truth, reality, people, dose, months), then.estimand, reality)
    arm = np.where(np.isin(dose, then.doses[1:]), np.searchsorted(then.doses, dose), -1)
    return Beside(values=values, arm=arm, baseline=people.baseline)


def _after_run_in(
    design: Ranging, run_in: RunIn, truth: Truth, trials: Indices, first: Runs, opened: Flags, seed: int
) -> SeamlessResults:
    """The trials as if every one ended with its run-in and named no dose; part two fills in the rest."""
    t, k = len(trials), len(design.doses)
    at = [design.doses.index(dose) for dose in run_in.design.doses]
    treated, harmed = np.zeros((t, k)), np.zeros((t, k))
    treated[:, at], harmed[:, at] = first.treated, first.toxic
    benefit, lower, upper = (np.full((t, k - 1), np.nan) for _ in range(3))
    return SeamlessResults(
        trials=trials,
        named=np.zeros(t, np.int64),
        sure=np.zeros(t, bool),
        positive=np.zeros(t, bool),
        treated=treated,
        harmed=harmed,
        lost=np.zeros(t),
        months=first.duration.astype(float),
        look=np.full(t, -1),
        benefit=benefit,
        lower=lower,
        upper=upper,
        truth=truth.benefits(trials, design.doses[1:], design.visits[-1]),
        target=targets(design, truth, trials, seed),
        opened=opened,
        run_in=treated[:, 1:].copy(),
        run_in_toxic=harmed[:, 1:].copy(),
        run_in_months=first.duration.astype(float),
    )
