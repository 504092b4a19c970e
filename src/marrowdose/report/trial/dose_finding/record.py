"""The records of ``trial run``, ``compare``, ``next`` and ``paths`` for dose-finding designs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, NotRequired, TypedDict

from ....trial.dose_finding.cells import Cells
from ....trial.estimate import Estimate
from ....units import MillionCells, Months, Probability
from ...frame.record import Banner, Seed
from ..record import WithInterval

DoseOrNone = Annotated[MillionCells | None, "null: none"]
ByDose = Annotated[Sequence[Estimate], "by dose"]
Rates = Annotated[Sequence[Probability], "by dose"]
Middle80 = Annotated[Sequence[tuple[float, float]] | None, "of 80 % of the trials, by dose; null: one truth"]
Rows = Annotated[Sequence[Sequence[str]], "of a table, the first being its headings"]


class TruthTaken(TypedDict):
    """What is taken for true: means where each trial has a truth of its own."""

    kind: Literal["assumed", "fitted"]
    each_trial_its_own: bool
    toxicity: Rates
    efficacy: Annotated[Sequence[Probability] | None, "by dose; null: not stated"]
    association: Annotated[float, "correlation of the normals behind toxicity and efficacy, −1 to 1"]
    late: Annotated[Probability, "share of the events in the second half of their window"]
    without: Annotated[Probability | None, "efficacy without cells; null: not stated"]
    name: str
    toxicity_is: Annotated[str, "what counts as toxicity, and where that comes from"]
    score: NotRequired[Annotated[Sequence[float], "mean toxicity score by dose, higher is worse"]]
    score_sd: NotRequired[Annotated[Sequence[float], "its standard deviation by dose"]]
    grades: NotRequired[Annotated[Sequence[Sequence[Probability]], "of grades 0, 1, …, by dose"]]
    grade_scores: NotRequired[Annotated[Sequence[float], "what grades 0, 1, … are worth"]]
    levels: NotRequired[Annotated[Sequence[Sequence[Probability]], "of no to full efficacy, by dose"]]
    cells: NotRequired[Cells]
    doses: NotRequired[Sequence[MillionCells]]


class TrialRunRecord(TypedDict):
    """How a dose-finding design does under one truth; shares and means are over simulated trials."""

    schema: Literal["trial-run/1"]
    banner: Banner
    design: str
    doses: Sequence[MillionCells]
    truth: TruthTaken
    seed: Seed
    trials: int
    chosen: Annotated[Sequence[Estimate], "share of the trials that choose a dose, by dose"]
    none: Annotated[Estimate, "share of the trials that choose no dose"]
    right: Annotated[Estimate, "share of the trials that choose a right dose"]
    smallest: Annotated[Estimate, "share of the trials that choose the smallest right dose"]
    right_doses: Annotated[Sequence[MillionCells] | None, "null: each trial has a truth of its own"]
    patients: ByDose
    toxicities: Annotated[Sequence[Estimate], "patients with a toxicity, by dose"]
    efficacies: Annotated[Sequence[Estimate] | None, "responses by dose; null: the truth states none"]
    top: Annotated[Estimate, "share of the trials that choose the largest dose"]
    total_patients: Estimate
    total_toxicities: Estimate
    overdosed: Annotated[Estimate, "share of a trial's patients at doses above overdose"]
    overdose: Annotated[float, "toxicity, or mean score, that a dose should not exceed"]
    ended: Annotated[dict[str, Estimate], "share of the trials that ended, by reason"]
    months: Annotated[Estimate, "from first entry to last follow-up"]
    months_10_90: Annotated[tuple[Months, Months], "of 80 % of the trials"]
    months_quantiles: Annotated[Sequence[Months], "of the duration, at 0, 5, … 100 % of the trials"]
    untreated: NotRequired[Annotated[Estimate, "people for whom no product could be made"]]
    better: NotRequired[
        Annotated[Sequence[Sequence[Estimate]], "responses of level 2, 3 … or better, by dose"]
    ]
    escalation: NotRequired[Annotated[Sequence[Estimate], "patients but for the backfilled, by dose"]]
    backfilled: NotRequired[Annotated[Sequence[Estimate], "patients by dose"]]
    total_backfilled: NotRequired[Estimate]
    assumed: NotRequired[Annotated[Sequence[str], "of cells, stagger and scores, one sentence each"]]
    true_toxicity_10_90: Middle80
    true_efficacy_10_90: Middle80


class DesignBeside(TypedDict):
    """One of several designs over the same virtual patients."""

    design: str
    right: Estimate
    smallest: Estimate
    none: Estimate
    patients: Estimate
    toxicities: Estimate
    overdosed: Estimate
    top: Estimate
    months: Estimate
    chosen: Annotated[dict[str, Estimate], "by dose [million cells]"]


class MinusFirst(TypedDict):
    """A design less the first, trial by trial over the same virtual patients."""

    design: str
    right: WithInterval
    smallest: WithInterval
    none: WithInterval
    patients: WithInterval
    toxicities: WithInterval
    overdosed: WithInterval
    top: WithInterval
    months: WithInterval


class ComparedUnder(TypedDict):
    """Several designs over the same virtual patients of one truth."""

    designs: Annotated[Sequence[str], "names"]
    trials: int
    rests_on: Annotated[str, "what kind of truth the numbers rest on"]
    each: list[DesignBeside]
    minus_first: list[MinusFirst]
    truth: Annotated[list[TruthTaken], "as each design meets it"]
    right_doses: Annotated[list[str], "million cells"]


class TrialCompareRecord(ComparedUnder):
    """Dose-finding designs compared under one truth."""

    schema: Literal["trial-compare/1"]
    banner: Banner
    said: Annotated[list[str], "what the numbers say, one sentence each"]
    seed: Seed


class TrialCompareTruthsRecord(TypedDict):
    """Dose-finding designs compared under several truths."""

    schema: Literal["trial-compare-truths/1"]
    banner: Banner
    truths: list[ComparedUnder]
    said: Annotated[list[str], "what the numbers say, one sentence each"]
    seed: Seed


class FurtherTable(TypedDict):
    """A table to print and hang up."""

    title: str
    rows: Rows


class PartTwo(TypedDict):
    """What goes on from the run-in of a seamless design."""

    open_doses: Annotated[Sequence[MillionCells] | None, "null: not yet known"]
    pending: NotRequired[Annotated[int, "patients who have not been followed long enough"]]


class TrialNextRecord(TypedDict):
    """The next dose of a running trial, and why."""

    schema: Literal["trial-next/1"]
    banner: Banner
    design: str
    next_dose: DoseOrNone
    patients_at_it: Annotated[int, "that may still get it before the next decision"]
    paused: Annotated[bool, "nobody enters until more patients are settled"]
    ended: bool
    chosen_dose: DoseOrNone
    backfill_dose: NotRequired[DoseOrNone]
    reasons: Sequence[str]
    decision_table: Annotated[
        dict[str, list[int | None]], "number of events, by 1, 2, … patients at the dose"
    ]
    sheets: list[FurtherTable]
    would_stop: list[str]
    part_two: NotRequired[PartTwo]
    hand_over: NotRequired[Annotated[list[str], "what goes on, one sentence each"]]


class PathTaken(TypedDict):
    """One path of a trial."""

    path: str
    probability: Probability
    chosen: DoseOrNone
    ended: Annotated[str, "why"]


class TrialPathsRecord(TypedDict):
    """All paths of a small design, exactly."""

    schema: Literal["trial-paths/1"]
    banner: Banner
    design: str
    patients: Annotated[int, "at most"]
    truth: TruthTaken
    paths: int
    final_states: int
    none: Annotated[Probability, "of choosing no dose"]
    chosen: Annotated[dict[str, Probability], "by dose [million cells]"]
    expected_patients: Annotated[list[float], "by dose"]
    expected_toxicities: Annotated[list[float], "by dose"]
    ended: Annotated[dict[str, Probability], "by reason"]
    each: Annotated[list[PathTaken], "empty where there are too many"]
    open_sets: NotRequired[Annotated[dict[str, Probability], "sets of doses open in part two"]]
