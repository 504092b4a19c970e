"""Operating characteristics of simulated designs, each with its Monte-Carlo standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...units import Array, Flags, Months, Probability
from ..estimate import Estimate, Mean, difference, estimate, estimates
from .decisions import ENDS
from .design import Design
from .seen import Counts
from .simulate import Runs
from .true_rates import TrueRates

_OVERDOSE = 1 / 3  # where the design names no target: the rate 3+3 is usually said to look for


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristics:
    """How a design does under one truth. Lists are by dose."""

    trials: int
    chosen: tuple[Estimate, ...]
    none: Estimate
    right: Estimate  # chooses one of ``right_doses``
    smallest: Estimate  # chooses the smallest of them
    right_doses: tuple[int, ...] | None  # None: each trial has a truth of its own
    patients: tuple[Estimate, ...]
    toxicities: tuple[Estimate, ...]
    efficacies: tuple[Estimate, ...] | None
    top: Estimate  # chooses the largest dose
    total_patients: Estimate
    total_toxicities: Estimate
    overdosed: (
        Estimate  # share of a trial's patients at doses with toxicity, or mean score, above ``overdose``
    )
    overdose: Probability
    ended: tuple[tuple[str, Estimate], ...]  # why
    months: Estimate
    months_10_90: tuple[Mean, Mean]
    months_quantiles: tuple[Months, ...]  # of the duration, at 0, 5, … 100 % of the trials
    untreated: Estimate | None = None  # people for whom no product could be made
    better: tuple[tuple[Estimate, ...], ...] | None = None  # responses of level 2 or better, of level 3 …
    escalation: tuple[Estimate, ...] | None = None  # patients but for the backfilled, where there may be any
    backfilled: tuple[Estimate, ...] | None = None
    total_backfilled: Estimate | None = None
    assumed: tuple[str, ...] = ()  # sentences: cells, stagger and scores of the simulation
    true_toxicity_10_90: tuple[tuple[Probability, Probability], ...] | None = None
    true_efficacy_10_90: tuple[tuple[Probability, Probability], ...] | None = None


def burden(design: Design, truth: TrueRates) -> tuple[float, ...]:
    """What a dose must not exceed in, by dose: the mean score where the design looks at scores, else
    toxicity.
    """
    return truth.mean_score if "score" in design.needs else truth.toxicity


def right_doses(
    truth: TrueRates, overdose: float, margin: Probability, burden: tuple[float, ...] | None = None
) -> tuple[int, ...]:
    """What a trial ought to choose, as indices. ``burden`` by dose is toxicity unless given.

    Where the truth has efficacy: among doses with a burden of at most ``overdose``, those within ``margin``
    of the greatest efficacy. Else the highest such dose. Empty where every dose is too toxic, or none is more
    than ``margin`` above the response without cells: right is then none.
    """
    safe = [i for i, p in enumerate(truth.toxicity if burden is None else burden) if p <= overdose + 1e-9]
    if truth.efficacy is None or not safe:
        return tuple(safe[-1:])
    best = max(truth.efficacy[i] for i in safe)
    if truth.without is not None and best <= truth.without + margin + 1e-9:
        return ()
    return tuple(i for i in safe if truth.efficacy[i] >= best - margin - 1e-9)


def per_trial(
    design: Design,
    truth: TrueRates,
    runs: Runs,
    *,
    margin: Probability = 0.05,
    overdose: Probability | None = None,
) -> dict[str, ArrayLike]:
    """The numbers that designs are compared by, one a trial."""
    overdose = overdose_limit(design) if overdose is None else overdose
    total = runs.treated.sum(axis=1)
    toxicity = np.atleast_2d(burden(design, truth) if runs.true_toxicity is None else runs.true_toxicity)
    efficacy = truth.efficacy if runs.true_toxicity is None else runs.true_efficacy
    above = toxicity > overdose + 1e-9
    without = truth.without if truth.draws is None else None
    right = _right(toxicity, None if efficacy is None else np.atleast_2d(efficacy), without, overdose, margin)
    right, each = np.broadcast_to(right, (len(runs), right.shape[1])), np.arange(len(runs))
    return {
        "right": np.where(runs.chosen >= 0, right[each, runs.chosen], ~right.any(axis=1)),
        "smallest": np.where(right.any(axis=1), runs.chosen == right.argmax(axis=1), runs.chosen < 0),
        "none": runs.chosen < 0,
        "patients": total,
        "toxicities": runs.toxic.sum(axis=1),
        "overdosed": np.where(above, runs.treated, 0).sum(axis=1) / total.clip(1),
        "top": runs.chosen == len(design.doses) - 1,
        "months": runs.duration,
    }


def _right(
    toxicity: Array,
    efficacy: Array | None,
    without: Probability | None,
    overdose: Probability,
    margin: Probability,
) -> Flags:
    """The ``right_doses`` of every trial by its own truth: (trials or 1, doses)."""
    safe: Flags = toxicity <= overdose + 1e-9
    if efficacy is None:
        highest: Flags = safe & (np.cumsum(safe, axis=1) == safe.sum(axis=1, keepdims=True))
        return highest
    best = np.where(safe, efficacy, -np.inf).max(axis=1, keepdims=True)
    helps = np.ones_like(best, bool) if without is None else best > without + margin + 1e-9
    right: Flags = safe & helps & (efficacy >= best - margin - 1e-9)
    return right


def overdose_limit(design: Design) -> Probability:
    """The toxicity a dose must not exceed: the target or limit of the design."""
    found = (getattr(design.propose, name, None) for name in ("target", "toxicity_limit"))
    return float(next((x for x in found if x is not None), _OVERDOSE))


def characteristics(
    design: Design,
    truth: TrueRates,
    runs: Runs,
    *,
    margin: Probability = 0.05,
    overdose: Probability | None = None,
) -> Characteristics:
    """All characteristics of one simulation, ``overdose`` being the design's own limit unless given (as where
    designs are compared, which one limit must judge). Raises ``InputError`` for a single trial.
    """
    doses = range(len(design.doses))
    overdose = overdose_limit(design) if overdose is None else overdose
    one = {
        k: estimate(v) for k, v in per_trial(design, truth, runs, margin=margin, overdose=overdose).items()
    }
    reasons = (*ENDS, *(stop.reason for stop in design.stops))
    (low, high), aside = np.quantile(runs.duration, (0.1, 0.9)), runs.backfilled
    return Characteristics(
        trials=len(runs),
        chosen=tuple(estimate(runs.chosen == j) for j in doses),
        none=one["none"],
        right=one["right"],
        smallest=one["smallest"],
        right_doses=(
            right_doses(truth, overdose, margin, burden(design, truth)) if truth.draws is None else None
        ),
        patients=estimates(runs.treated),
        toxicities=estimates(runs.toxic),
        efficacies=None if runs.effective is None else estimates(runs.effective),
        top=one["top"],
        total_patients=one["patients"],
        total_toxicities=one["toxicities"],
        overdosed=one["overdosed"],
        overdose=overdose,
        ended=tuple((why, estimate(runs.ended == k)) for k, why in enumerate(reasons)),
        months=one["months"],
        months_10_90=(float(low), float(high)),
        months_quantiles=tuple(np.quantile(runs.duration, np.linspace(0, 1, 21)).tolist()),
        untreated=None if runs.untreated is None else estimate(runs.untreated),
        better=None if runs.better is None else _higher(runs.better),
        escalation=None if aside is None else estimates(runs.treated - aside),
        backfilled=None if aside is None else estimates(aside),
        total_backfilled=None if aside is None else estimate(aside.sum(axis=1)),
        assumed=assumed(design, truth),
        true_toxicity_10_90=_middle(runs.true_toxicity),
        true_efficacy_10_90=_middle(runs.true_efficacy),
    )


def assumed(design: Design, truth: TrueRates) -> tuple[str, ...]:
    """What a simulation takes for true beyond the probabilities by dose, as sentences."""
    said = [*(truth.cells or design.cells).sentences()]
    if design.timing.stagger > design.timing.interval:
        said.append(
            f"Patients of the first cohort at a dose enter at least {design.timing.stagger:g} months apart."
        )
    if truth.score is not None and truth.score_sd is not None:
        by_dose = ", ".join(f"{m:g} ({s:g})" for m, s in zip(truth.score, truth.score_sd, strict=True))
        said.append(f"Scores are normal with these means (standard deviations) by dose: {by_dose}.")
    if truth.grades is not None and truth.grade_scores is not None:
        rows = "; ".join(", ".join(f"{p:g}" for p in row) for row in truth.grades)
        worth = ", ".join(f"{s:g}" for s in truth.grade_scores)
        said.append(f"Grades with scores {worth} have these probabilities by dose: {rows}.")
    if design.backfill is not None:
        said.append(
            f"{design.slots} patients are ready while a cohort is under observation,"
            f" {design.timing.interval:g} months apart; who finds no open dose is not treated."
        )
    return tuple(said)


def _higher(better: Counts) -> tuple[tuple[Estimate, ...], ...]:
    """Mean responses of each level from 2 on or a better one, by dose."""
    return tuple(estimates(better[:, :, k]) for k in range(0, better.shape[2], 2))


def _middle(truths: Array | None) -> tuple[tuple[Probability, Probability], ...] | None:
    """The middle 80 % of the truths of the trials, by dose."""
    if truths is None:
        return None
    return tuple((float(a), float(b)) for a, b in np.quantile(truths, (0.1, 0.9), axis=0).T)


def paired(first: dict[str, ArrayLike], second: dict[str, ArrayLike]) -> dict[str, Estimate]:
    """Mean differences second − first over the same virtual patients, trial by trial."""
    return {k: difference(first[k], second[k]) for k in first}
