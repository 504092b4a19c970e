"""Simulated longitudinal designs as records: everything that text, page and protocol say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ....domain import BANNER
from ....trial.dose_ranging.analyses.smallest_sufficient import SmallestSufficient
from ....trial.dose_ranging.characteristics import Difference, RangingCharacteristics
from ....trial.dose_ranging.file import Planned
from ....trial.dose_ranging.power_by_truth import power_by_truth, why_they_differ
from ....trial.dose_ranging.simulate import Results
from ....trial.estimate import estimate
from ....trial.seamless.file import PlannedSeamless
from ....trial.seamless.hand_over import SeamlessResults
from ....trial.truths.truth import Said
from .record import (
    ArmRow,
    AskedOfDose,
    AssuranceRecord,
    DifferenceOf,
    LessTheFirst,
    LongitudinalTold,
    TrialCompareLongitudinalRecord,
    TrialRunLongitudinalRecord,
)
from .run_in import run_in_record
from .text import arms, remarks
from .versus import active_record

if TYPE_CHECKING:
    from ....trial.run import ComparedLongitudinal, RanLongitudinal
    from ....trial.run.longitudinal import Reach


def ran_record(ran: RanLongitudinal) -> LongitudinalTold:
    """Operating characteristics of one design, and of its trials at the posterior mean and where no dose
    helps, as far as there are any."""
    planned, found = ran.planned, ran.results
    told = run_record(planned, ran.truth.label, ran.truth.said, ran.found, ran.seed)
    told["notes"] = [] if ran.evidence is None else _beyond(planned, ran.evidence)
    if isinstance(planned, PlannedSeamless) and isinstance(found, SeamlessResults):
        told["run_in"] = run_in_record(planned, found)
    if planned.design.comparator is not None:
        told["comparator"] = active_record(planned.design, planned.design.comparator, found, ran.truth)
    if ran.at_mean is not None:
        told["assurance"] = assurance_record(found, ran.at_mean)
    if ran.no_dose_helps is not None:
        told["no_dose_helps"] = run_record(planned, "null", "assumed", ran.no_dose_helps, ran.seed)
    return told


def told_record(told: LongitudinalTold) -> TrialRunLongitudinalRecord:
    """What ``trial run`` prints of one design."""
    return {"schema": "trial-run-longitudinal/1", "banner": BANNER, **told}


def compared_record(compared: ComparedLongitudinal) -> TrialCompareLongitudinalRecord:
    """Every design, and its paired differences from the first."""
    others = zip(compared.each[1:], compared.differences, strict=True)
    return {
        "schema": "trial-compare-longitudinal/1",
        "banner": BANNER,
        "designs": [ran_record(ran) for ran in compared.each],
        "differences": [difference_record(ran.planned.design.name, rows) for ran, rows in others],
    }


def run_record(
    planned: Planned, truth: str, said: Said, found: RangingCharacteristics, seed: int
) -> LongitudinalTold:
    """Operating characteristics, each with its Monte-Carlo standard error."""
    design, rule = planned.design, planned.design.analysis
    asked: AskedOfDose | None = None
    if isinstance(rule, SmallestSufficient):
        asked = {"margin": rule.margin, "probability": rule.within}
    return {
        "design": design.name,
        "type": planned.type,
        "domain": planned.domain,
        "truth": truth,
        "kind_of_truth": said,
        "trials": found.trials,
        "seed": seed,
        "margin": planned.margin,
        "estimand": design.estimand,
        "asked": asked,
        "remarks": [*remarks(design), *_unasked(asked, found)],
        "arms": [_arm(name, k, found) for k, name in enumerate(arms(design))],
        "months_quantiles": found.months_quantiles,
        "positive": found.positive,
        "error": found.error,
        "within": found.within,
        "loss": found.loss,
        "sure": found.sure,
        "patients": found.patients,
        "lost": found.lost,
        "harmed": found.harmed,
        "months": found.months,
        "stopped_early": found.stopped_early,
    }


def _arm(name: str, k: int, found: RangingCharacteristics) -> ArmRow:
    row: ArmRow = {
        "arm": name,
        "named": found.named[k],
        "right": found.right[k],
        "patients": found.treated[k],
        "harmed": found.harmed_by_arm[k],
    }
    if k > 0:
        row["true_benefit"], row["true_estimand"] = found.true_benefit[k - 1], found.target[k - 1]
    if k > 0 and np.isfinite(found.bias[k - 1].value):  # else too few trials estimated it
        row["bias"], row["coverage_95"] = found.bias[k - 1], found.coverage[k - 1]
        row["root_mean_square"] = found.root_mean_square[k - 1]
    return row


def _unasked(asked: AskedOfDose | None, found: RangingCharacteristics) -> list[str]:
    """Why every claim had the asked probability, where that is so."""
    if asked is None or found.positive.value == 0 or found.sure.value < found.positive.value:
        return []
    return [
        f"Every dose claimed was also within {asked['margin']:g} points of the best with probability"
        f" {asked['probability']:g} or more: so wide a margin asks for no more than the claim itself. A"
        " smaller margin or a larger asked probability would."
    ]


def assurance_record(found: Results, at_mean: Results) -> AssuranceRecord:
    """Assurance beside the power at the posterior mean, and why they differ: computed from the two
    simulations.
    """
    assurance, power, bands = estimate(found.positive), estimate(at_mean.positive), power_by_truth(found)
    benefit = float(at_mean.truth.max(axis=1).mean())
    return {
        "assurance": assurance,
        "power_at_mean": power,
        "mean_benefit": benefit,
        "by_best_true_benefit": [
            {
                "above": b.low if b.low > float("-inf") else None,
                "at_most": b.high if b.high < float("inf") else None,
                "share": b.share,
                "claimed": b.claimed,
            }
            for b in bands
        ],
        "why": why_they_differ(bands, assurance, power, benefit),
    }


def difference_record(name: str, rows: Sequence[Difference]) -> LessTheFirst:
    """Paired differences of one design from the first."""
    return {"design": name, "less_the_first": [_less(row) for row in rows]}


def _less(row: Difference) -> DifferenceOf:
    value, error = row.less.value, row.less.monte_carlo_se
    return DifferenceOf(what=row.what, value=value, monte_carlo_se=error, interval_95=row.less.interval)


def _beyond(planned: Planned, evidence: Reach) -> list[str]:
    """What a reader must know of a truth that is asked beyond the evidence."""
    last, largest, said = planned.design.visits[-1], planned.design.doses[-1], []
    if last > evidence.month:
        said.append(
            f"Month {last:g} is beyond the randomised evidence (month {evidence.month:g}): the course there"
            " is extrapolated."
        )
    if largest > evidence.dose:
        said.append(
            f"{largest:g} million is beyond the randomised doses ({evidence.dose:g}): the curve there is"
            " extrapolated."
        )
    return said
