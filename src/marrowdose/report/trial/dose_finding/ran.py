"""Dose-finding designs as records: operating characteristics, comparisons, next doses, paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ....domain import BANNER
from ....trial.dose_finding.characteristics import Characteristics
from ....trial.dose_finding.decisions import ENDS
from ....trial.dose_finding.design import Design
from ....trial.dose_finding.history import Next
from ....trial.dose_finding.paths import Paths
from ....trial.dose_finding.reasons import decision_table
from ....trial.dose_finding.rules import Boundaries
from ....trial.dose_finding.true_rates import TrueRates
from ....trial.estimate import Estimate
from ....units import MillionCells
from ..record import with_interval
from .record import (
    ComparedUnder,
    DesignBeside,
    MinusFirst,
    TrialCompareRecord,
    TrialCompareTruthsRecord,
    TrialNextRecord,
    TrialPathsRecord,
    TrialRunRecord,
    TruthTaken,
)
from .rules import sheets, stop_sentences
from .text import rests_on

if TYPE_CHECKING:
    from ....trial.run import ComparedFinding


def truth_record(truth: TrueRates) -> TruthTaken:
    """What was taken for true; what a truth does not state is left out."""
    told: TruthTaken = {
        "kind": truth.said,
        "each_trial_its_own": truth.draws is not None,
        "toxicity": truth.toxicity,
        "efficacy": truth.efficacy,
        "association": truth.association,
        "late": truth.late,
        "without": truth.without,
        "name": truth.name,
        "toxicity_is": truth.toxicity_is,
    }
    if truth.score is not None:
        told["score"] = truth.score
    if truth.score_sd is not None:
        told["score_sd"] = truth.score_sd
    if truth.grades is not None:
        told["grades"] = truth.grades
    if truth.grade_scores is not None:
        told["grade_scores"] = truth.grade_scores
    if truth.levels is not None:
        told["levels"] = truth.levels
    if truth.cells is not None:
        told["cells"] = truth.cells
    if truth.doses is not None:
        told["doses"] = truth.doses
    return told


def characteristics_record(
    design: Design, truth: TrueRates, found: Characteristics, seed: int
) -> TrialRunRecord:
    """Everything a simulation says."""
    right = None if found.right_doses is None else [design.doses[i] for i in found.right_doses]
    told: TrialRunRecord = {
        "schema": "trial-run/1",
        "banner": BANNER,
        "design": design.name,
        "doses": design.doses,
        "truth": truth_record(truth),
        "seed": seed,
        "trials": found.trials,
        "chosen": found.chosen,
        "none": found.none,
        "right": found.right,
        "smallest": found.smallest,
        "right_doses": right,
        "patients": found.patients,
        "toxicities": found.toxicities,
        "efficacies": found.efficacies,
        "top": found.top,
        "total_patients": found.total_patients,
        "total_toxicities": found.total_toxicities,
        "overdosed": found.overdosed,
        "overdose": found.overdose,
        "ended": dict(found.ended),
        "months": found.months,
        "months_10_90": found.months_10_90,
        "months_quantiles": found.months_quantiles,
        "true_toxicity_10_90": found.true_toxicity_10_90,
        "true_efficacy_10_90": found.true_efficacy_10_90,
    }
    if found.untreated is not None:
        told["untreated"] = found.untreated
    if found.better:
        told["better"] = found.better
    if found.escalation and found.backfilled and found.total_backfilled:
        told["escalation"] = found.escalation
        told["backfilled"] = found.backfilled
        told["total_backfilled"] = found.total_backfilled
    if found.assumed:
        told["assumed"] = found.assumed
    return told


def next_record(design: Design, found: Next) -> TrialNextRecord:
    """The next dose with its reasons, table and rules."""
    bounds: Boundaries = decision_table(design)
    told: TrialNextRecord = {
        "schema": "trial-next/1",
        "banner": BANNER,
        "design": design.name,
        "next_dose": _dose(design, found.dose),
        "patients_at_it": found.left if found.dose >= 0 else 0,
        "paused": found.paused,
        "ended": found.dose < 0 and not found.paused,
        "chosen_dose": _dose(design, found.chosen),
        "reasons": found.reasons,
        "decision_table": {h: list(c) for h, c in bounds.items()},
        "sheets": [{"title": title[0], "rows": rows} for title, *rows in sheets(design)],
        "would_stop": stop_sentences(design),
    }
    if design.backfill is not None:
        told["backfill_dose"] = _dose(design, found.backfill)
    return told


def _dose(design: Design, index: int) -> MillionCells | None:
    return design.doses[index] if index >= 0 else None


def paths_record(design: Design, truth: TrueRates, found: Paths, patients: int) -> TrialPathsRecord:
    """Exact chances of a small design, and its paths where they were kept apart."""
    first = ENDS[0] if patients == design.patients else f"{patients} patients entered, where the list is cut"
    reasons = (first, *ENDS[1:], *(s.reason for s in design.stops))
    none, *chosen = found.chances().tolist()
    each = zip(
        found.history, found.probability.tolist(), found.chosen.tolist(), found.ended.tolist(), strict=False
    )  # a history is kept where there are few paths
    return {
        "schema": "trial-paths/1",
        "banner": BANNER,
        "design": design.name,
        "patients": patients,
        "truth": truth_record(truth),
        "paths": int(found.count.sum()),
        "final_states": len(found.view),
        "none": none,
        "chosen": dict(zip((f"{d:g}" for d in design.doses), chosen, strict=True)),
        "expected_patients": found.patients().tolist(),
        "expected_toxicities": found.toxicities().tolist(),
        "ended": {why: float(found.probability[found.ended == k].sum()) for k, why in enumerate(reasons)},
        "each": [
            {"path": h, "probability": p, "chosen": _dose(design, c), "ended": reasons[e]}
            for h, p, c, e in each
        ],
    }


def compared_record(compared: ComparedFinding) -> ComparedUnder:
    """Designs beside each other under one truth, and what each differs by from the first."""
    designs, found = compared.designs, compared.found
    right = {d.doses[i] for d, c in zip(designs, found, strict=True) for i in c.right_doses or ()}
    others = zip(designs[1:], compared.differences, strict=True)
    return {
        "designs": [d.name for d in designs],
        "trials": found[0].trials,
        "rests_on": rests_on(compared.truths[0]),
        "each": [_beside(d, c) for d, c in zip(designs, found, strict=True)],
        "minus_first": [_minus(d, differences) for d, differences in others],
        "truth": [truth_record(t) for t in compared.truths],
        "right_doses": [f"{d:g}" for d in sorted(right)],
    }


def _beside(design: Design, found: Characteristics) -> DesignBeside:
    return {
        "design": design.name,
        "right": found.right,
        "smallest": found.smallest,
        "none": found.none,
        "patients": found.total_patients,
        "toxicities": found.total_toxicities,
        "overdosed": found.overdosed,
        "top": found.top,
        "months": found.months,
        "chosen": {f"{dose:g}": e for dose, e in zip(design.doses, found.chosen, strict=True)},
    }


def _minus(design: Design, less: Mapping[str, Estimate]) -> MinusFirst:
    return {
        "design": design.name,
        "right": with_interval(less["right"]),
        "smallest": with_interval(less["smallest"]),
        "none": with_interval(less["none"]),
        "patients": with_interval(less["patients"]),
        "toxicities": with_interval(less["toxicities"]),
        "overdosed": with_interval(less["overdosed"]),
        "top": with_interval(less["top"]),
        "months": with_interval(less["months"]),
    }


def compare_record(
    compared: Sequence[ComparedFinding], said: list[str], seed: int
) -> TrialCompareRecord | TrialCompareTruthsRecord:
    """A comparison under one truth, or under several, with what it says."""
    records = [compared_record(c) for c in compared]
    if len(records) == 1:
        return {"schema": "trial-compare/1", "banner": BANNER, **records[0], "said": said, "seed": seed}
    return {
        "schema": "trial-compare-truths/1",
        "banner": BANNER,
        "truths": records,
        "said": said,
        "seed": seed,
    }
