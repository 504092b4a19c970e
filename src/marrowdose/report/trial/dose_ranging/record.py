"""The records of ``trial run`` and ``compare`` for longitudinal designs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NotRequired, TypedDict

from ....domain import Domain
from ....trial.dose_ranging.persons import Estimand
from ....trial.estimate import Estimate
from ....units import MillionCells, Months, Points, Probability
from ...frame.record import Banner, Seed
from ..record import WithInterval


class ArmRow(TypedDict):
    """One arm, the first being placebo (or none); bias and coverage where the trials estimate it."""

    arm: str
    named: Annotated[Estimate, "share of the trials that name the dose"]
    right: Annotated[Estimate, "share of the trials in which it is the right answer"]
    patients: Estimate
    harmed: Annotated[Estimate, "patients with a local reaction"]
    true_benefit: NotRequired[Annotated[Estimate, "points over placebo"]]
    true_estimand: NotRequired[Annotated[Estimate, "true value of what the analysis estimates"]]
    bias: NotRequired[Annotated[Estimate, "of the estimate, against true_estimand"]]
    root_mean_square: NotRequired[Annotated[float, "error of the estimate"]]
    coverage_95: NotRequired[Annotated[Estimate, "share of the 95 % intervals that hold the truth"]]


class AskedOfDose(TypedDict):
    """What an analysis asks of the dose that it names."""

    margin: Annotated[Points, "below the best that is as good"]
    probability: Annotated[Probability, "of being within it"]


class RunInDose(TypedDict):
    """One dose in the run-in."""

    dose: MillionCells
    open: Annotated[Estimate, "share of the trials in which it is open in part two"]
    patients: Estimate
    toxicities: Estimate


class RunInRecord(TypedDict):
    """What the run-in of a seamless design did over the simulated trials."""

    design: str
    toxicity: Annotated[dict[str, Probability] | None, "by dose; null: the local reactions of the truth"]
    by_dose: list[RunInDose]
    no_dose: Annotated[Estimate, "share of the trials with no dose open"]
    one_dose: Annotated[Estimate, "share of the trials with one dose open"]
    all_doses: Annotated[Estimate, "share of the trials with all doses open"]
    patients: Estimate
    toxicities: Estimate
    months: Estimate
    open_sets: Annotated[dict[str, Probability], "share of the trials with each set of open doses"]
    said: list[str]


class DoseAgainst(TypedDict):
    """One dose against the active arm; no bias and coverage of a composite estimand."""

    arm: str
    true_difference: Annotated[Estimate, "points over the active arm"]
    difference_bias: NotRequired[Estimate]
    difference_coverage_95: NotRequired[Estimate]
    shown: Annotated[Estimate, "share of the trials whose test passed"]


class ActiveArm(TypedDict):
    """The active arm of a design, and every dose against it."""

    arm: str
    asked: Annotated[str, "what is to be shown of a dose"]
    question: Literal["superiority", "non-inferiority"]
    margin: Points
    alpha: Probability
    levels: Annotated[list[float], "one-sided level of the test at every look"]
    effect: Annotated[str, "where its effect comes from"]
    patients: Estimate
    harmed: Estimate
    true_benefit: Estimate
    bias: NotRequired[Estimate]
    coverage_95: NotRequired[Estimate]
    doses: list[DoseAgainst]
    named_shown: Annotated[Estimate, "share of the trials in which it is shown of the named dose"]
    error: Annotated[Estimate, "share of the trials in which it is shown though it is not so"]


class BenefitBand(TypedDict):
    """Trials whose best true benefit lies between two ends."""

    above: Points | None
    at_most: Points | None
    share: Annotated[Estimate, "of the posterior"]
    claimed: Annotated[Estimate | None, "share of these that claim a benefit; null: too few trials"]


class AssuranceRecord(TypedDict):
    """Assurance beside the power at the posterior mean, and why they differ."""

    assurance: Estimate
    power_at_mean: Estimate
    mean_benefit: Points
    by_best_true_benefit: list[BenefitBand]
    why: str


class LongitudinalTold(TypedDict):
    """Operating characteristics of a longitudinal design; shares and means are over simulated trials."""

    design: str
    type: Annotated[str, "dose-ranging, confirmatory, extension or seamless"]
    domain: Domain
    truth: str
    kind_of_truth: Literal["assumed", "fitted"]
    trials: int
    seed: Seed
    margin: Points
    estimand: Estimand
    asked: Annotated[AskedOfDose | None, "null: no probability beyond the claim, so every claim is sure"]
    remarks: Annotated[list[str], "how to read the estimates against the truth"]
    arms: list[ArmRow]
    months_quantiles: Annotated[Sequence[Months], "of the duration, at 0, 5, … 100 % of the trials"]
    positive: Annotated[Estimate, "share of the trials that claim a benefit"]
    error: Annotated[Estimate, "share of the trials that claim a benefit though no dose helps"]
    within: Annotated[Estimate, "share of the answers within the margin of the best"]
    loss: Annotated[Estimate, "points lost against the best arm"]
    sure: Annotated[Estimate, "share of the trials that claim a dose with the probability asked"]
    patients: Estimate
    lost: Annotated[Estimate, "patients without the last score"]
    harmed: Annotated[Estimate, "patients with a local reaction"]
    months: Annotated[Estimate, "from the first patient to the answer"]
    stopped_early: Annotated[Estimate, "share of the trials that stop at a look"]
    run_in: NotRequired[RunInRecord]
    comparator: NotRequired[ActiveArm]
    notes: NotRequired[Annotated[list[str], "what is extrapolated"]]
    assurance: NotRequired[AssuranceRecord]
    no_dose_helps: NotRequired[Annotated[LongitudinalTold, "the same where no dose helps"]]


class TrialRunLongitudinalRecord(LongitudinalTold):
    """How a longitudinal design does under one truth."""

    schema: Literal["trial-run-longitudinal/1"]
    banner: Banner


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceOf(WithInterval):
    """One number of a design less that of the first."""

    what: str


class LessTheFirst(TypedDict):
    """A design less the first, trial by trial on the same virtual patients."""

    design: str
    less_the_first: list[DifferenceOf]


class TrialCompareLongitudinalRecord(TypedDict):
    """Longitudinal designs compared on the same virtual patients."""

    schema: Literal["trial-compare-longitudinal/1"]
    banner: Banner
    designs: list[LongitudinalTold]
    differences: list[LessTheFirst]
