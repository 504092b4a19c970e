"""What records of trials share: estimates with an interval, and the record of ``trial worth``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict

from ...trial.estimate import Estimate
from ...units import MillionCells, Months, Points
from ..frame.record import Banner, Seed

Price = Annotated[float, "points of benefit to one patient"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithInterval(Estimate):
    """A mean over simulated trials with its Monte-Carlo standard error and 95 % interval."""

    interval_95: Annotated[tuple[float, float], "of the simulation"]


def with_interval(e: Estimate) -> WithInterval:
    """An estimate and its interval."""
    return WithInterval(value=e.value, monte_carlo_se=e.monte_carlo_se, interval_95=e.interval)


class SizeWorth(TypedDict):
    """What a trial of one size is worth: points per patient of the population, net ones over all."""

    planned_patients: int
    patients: Estimate
    by_rule: Annotated[Estimate, "following the design's own answer"]
    best_use: Annotated[Estimate, "giving the best dose in the light of what the trial saw"]
    perfect: Annotated[Estimate, "knowing the truth"]
    net: Annotated[WithInterval, "by rule, over the population, less the price of the trial"]
    net_per_trial_patient: Estimate


class BestSize(TypedDict):
    """A design at its best size, chosen by one half of the trials and valued on the other."""

    chosen_by_halves: Annotated[tuple[int, int], "patients"]
    net: Estimate
    net_per_trial_patient: Estimate
    plain_maximum_above_it: Points


class DesignWorth(TypedDict):
    """One design at every size."""

    design: str
    sizes: list[SizeWorth]
    best_size: BestSize


class WorthRank(TypedDict):
    """A design at its best size beside the best one."""

    design: str
    planned_patients: Annotated[tuple[int, int], "what the two halves chose"]
    net_per_trial_patient: Estimate
    less_than_the_best: WithInterval


class TrialWorthRecord(TypedDict):
    """What trials are worth, by their size."""

    schema: Literal["trial-worth/1"]
    banner: Banner
    truth: str
    kind_of_truth: Literal["assumed", "fitted"]
    month: Months
    doses: Sequence[MillionCells]
    today: Annotated[MillionCells, "the dose that is best without a trial; 0: no cells"]
    population: Annotated[int, "patients treated as the trial advises"]
    margin: Annotated[Points, "differences that do not matter"]
    per_patient: Annotated[Price, "of a trial patient"]
    fixed: Annotated[Price, "of the trial"]
    harm: Annotated[str, "what counts as harm"]
    harm_price: Annotated[Price, "of one patient harmed; 0: not counted"]
    trials: Annotated[int, "of each size"]
    seed: Seed
    designs: list[DesignWorth]
    worth_most_per_patient: Annotated[list[WorthRank], "the best first; empty for one design"]
    left_out: Annotated[Sequence[str], "sizes that a design does not allow, with the reason"]
    without_control: Annotated[Sequence[str], "designs without a control group"]
