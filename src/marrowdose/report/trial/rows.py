"""Simulated trials as columns, one entry a trial: what ``--parquet`` writes. Masked: the design has no such
thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ...domain import BANNER
from ...trial.dose_finding.characteristics import per_trial
from ...trial.dose_finding.decisions import ENDS
from ...trial.dose_finding.design import Design
from ...trial.dose_finding.simulate import Runs
from ...trial.dose_finding.true_rates import TrueRates
from ...trial.dose_ranging.design import Ranging
from ...trial.dose_ranging.simulate import Results
from ...trial.run import FindingPiece, LongitudinalPiece
from ...trial.seamless.hand_over import SeamlessResults

Column = NDArray[np.generic]
Columns = dict[str, Column]


def said(seed: int, truth: str) -> dict[str, str]:
    """What stands beside the table."""
    return {"banner": BANNER, "seed": str(seed), "truth": truth, "rows": "one a simulated trial"}


def columns(piece: FindingPiece | LongitudinalPiece) -> Columns:
    """Finished trials of a design of any kind, one entry a trial."""
    if isinstance(piece, FindingPiece):
        return dose_finding(piece.design, piece.truth, piece.runs, piece.first, piece.doses, piece.margin)
    return longitudinal(piece.design, piece.results, piece.doses, versus=piece.active)


def dose_finding(
    design: Design, truth: TrueRates, runs: Runs, first: int, doses: Sequence[float], margin: float
) -> Columns:
    """Trials from number ``first`` on of a dose-finding design; ``doses`` are all that get a column."""
    reasons = np.array([*ENDS, *(stop.reason for stop in design.stops)])
    numbers = {k: np.asarray(v) for k, v in per_trial(design, truth, runs, margin=margin).items()}
    found: Columns = {
        "design": np.full(len(runs), design.name),
        "trial": np.arange(first, first + len(runs)),
        "chosen_dose": np.ma.array(np.array(design.doses)[runs.chosen], mask=runs.chosen < 0),
        "right": numbers["right"].astype(bool),
        "patients": numbers["patients"],
        "toxicities": numbers["toxicities"],
        "overdosed": numbers["overdosed"],
        "stopped": runs.ended > 0,
        "ended": reasons[runs.ended],
        "months": runs.duration,
    }
    by_dose: dict[str, Column | None] = {
        "patients": runs.treated,
        "toxicities": runs.toxic,
        "efficacies": runs.effective,
        "backfilled": runs.backfilled,
    }
    if truth.draws is not None:
        by_dose |= {"true_toxicity": runs.true_toxicity, "true_efficacy": runs.true_efficacy}
    return found | _by_dose(by_dose, design.doses, doses, len(runs))


def longitudinal(
    design: Ranging, results: Results, doses: Sequence[float], *, versus: bool = False
) -> Columns:
    """Trials of a longitudinal design; ``doses``, 0 for placebo, are all that get a column. ``versus``: also
    an active arm.
    """
    found: Columns = {
        "design": np.full(len(results), design.name),
        "trial": results.trials,
        "named_dose": np.ma.array(np.array(design.doses)[results.named], mask=results.named == 0),
        "sure": results.sure,
        "positive": results.positive,
        "patients": results.treated.sum(axis=1).astype(np.int32),
        "harmed": results.harmed.sum(axis=1).astype(np.int32),
        "lost": results.lost.astype(np.int32),
        "months": results.months,
        "look": results.look,
        "stopped": results.look < len(design.stages) - 1,
    }
    counts = {"patients": results.treated, "harmed": results.harmed}
    first = results if isinstance(results, SeamlessResults) else None
    months = np.zeros(len(results)) if first is None else first.run_in_months
    found["run_in_months"] = np.ma.array(months, mask=np.full(len(results), first is None))
    run_in = {
        "open": None if first is None else first.opened.astype(np.int16),
        "run_in_patients": None if first is None else first.run_in.astype(np.int16),
        "run_in_toxicities": None if first is None else first.run_in_toxic.astype(np.int16),
    }
    estimates = {
        "benefit": results.benefit,
        "lower": results.lower,
        "upper": results.upper,
        "true_benefit": results.truth,
        "true_estimand": results.target,
    }
    found |= _by_dose({k: v.astype(np.int32) for k, v in counts.items()}, design.doses, doses, len(results))
    found |= _by_dose(run_in, design.doses[1:], [d for d in doses if d], len(results))
    found |= _by_dose(estimates, design.doses[1:], [d for d in doses if d], len(results))
    return found | _versus(design, results, doses) if versus else found


def _versus(design: Ranging, results: Results, doses: Sequence[float]) -> Columns:
    """The active arm: its patients, and each arm of the dose axis less it."""
    there, trials = results.versus is not None, len(results)
    found: Columns = {}
    for name, table in (("patients", results.treated), ("harmed", results.harmed)):
        found[f"{name}_comparator"] = np.ma.array(
            table[:, -1].astype(np.int32), mask=np.full(trials, not there)
        )
    told = results.versus if results.versus is not None else np.full((trials, len(design.doses), 4), np.nan)
    parts = ("difference", "difference_lower", "difference_upper", "true_difference")
    own = design.doses if there else ()
    found |= _by_dose({name: told[:, :, k] for k, name in enumerate(parts)}, own, doses, trials)
    shown = results.shown if results.shown is not None else np.zeros((trials, 0), bool)
    return found | _by_dose({"shown": shown}, own[1:], [d for d in doses if d], trials)


def _by_dose(
    values: Mapping[str, Column | None], own: Sequence[float], doses: Sequence[float], trials: int
) -> Columns:
    """Columns ``name_dose`` of arrays (trials, own doses), None giving masked ones."""
    found: Columns = {}
    for name, table in values.items():
        for dose in doses:
            absent = np.zeros(trials, np.int16 if table is None else table.dtype)
            there = table is not None and dose in own
            column = absent if table is None or not there else table[:, list(own).index(dose)]
            found[f"{name}_{dose:g}"] = np.ma.array(column, mask=np.isnan(column) | (not there))
    return found
