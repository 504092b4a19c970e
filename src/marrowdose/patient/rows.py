"""The rows of a plan: every dose, the comparators, the answers to "is more better?", what each input
changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..domain import (
    DOMAINS,
    Answer,
    Band,
    ComparatorOutlook,
    ComparatorRow,
    Domain,
    DomainOutlook,
    DoseRow,
    Goal,
    HarmOutlook,
    InputEffect,
    LocalCount,
    Patient,
    Refusal,
    Versus,
)
from ..synthesis.fit import Mixture
from ..synthesis.population import QUESTIONS
from ..synthesis.record import FitRecord
from ..units import Array, Flags, Probability
from . import limits
from .predict import MODIFIERS, Improved, PatientDraws, bands, deviations, feature, multiplier, responders

TIE: float = 1e-9  # points: doses whose gains differ less are equally good


def _versus(patient: Patient, goal: Goal, draws: PatientDraws, q: int) -> list[tuple[Versus, ...]]:
    """For each dose, cells against every comparator."""
    by_comparator = []
    for name in patient.compare:
        difference = draws.gain[q] - draws.comparator[name][:, None]
        better, by_mcid = (difference > TIE).mean(axis=0), (difference >= goal.mcid).mean(axis=0)
        by_comparator.append(
            [
                Versus(
                    comparator=name,
                    difference=band,
                    p_better=float(better[k]),
                    p_better_by_mcid=float(by_mcid[k]),
                )
                for k, band in enumerate(bands(difference))
            ]
        )
    return list(zip(*by_comparator, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the rule found of every dose: arrays (doses,); ``net`` is the expected net benefit [points]."""

    refused: tuple[tuple[Refusal, ...], ...]
    net: Array
    p_best: Array
    chosen: Flags


def dose_rows(
    record: FitRecord,
    case: limits.Case,
    draws: PatientDraws,
    improved: list[Improved | None],
    judged: Judged,
) -> tuple[DoseRow, ...]:
    """Everything said about each dose."""
    p_yes, p_open = responders(draws, case.patient, improved)
    outlooks = [_outlooks(case.patient, case.goal, draws, q, improved[q]) for q in range(2)]
    harm = _harm(record, draws)
    return tuple(
        DoseRow(
            dose=float(dose),
            refusals=judged.refused[k],
            cautions=limits.cautions(case, float(dose)),
            outlook=tuple(of[k] for of in outlooks),
            p_responder=float(p_yes[k]),
            p_responder_undetermined=float(p_open[k]),
            harm=harm[k],
            net_benefit=float(judged.net[k]),
            p_best=float(judged.p_best[k]),
            in_range=bool(judged.chosen[k]),
        )
        for k, dose in enumerate(draws.doses)
    )


def _outlooks(
    patient: Patient, goal: Goal, draws: PatientDraws, q: int, improved: Improved | None
) -> list[DomainOutlook]:
    """One domain at every dose."""
    benefit, versus = bands(draws.gain[q]), _versus(patient, goal, draws, q)
    improvement: list[Band | None] = [None] * len(benefit)
    p_mcid: list[Probability | None] = [None] * len(benefit)
    if improved is not None:
        improvement = [*bands(improved.points)]
        p_mcid = [float(p) for p in (improved.points >= goal.mcid).mean(axis=0)]
    return [
        DomainOutlook(
            domain=DOMAINS[q],
            benefit=benefit[k],
            improvement=improvement[k],
            p_improvement_mcid=p_mcid[k],
            versus=versus[k],
        )
        for k in range(len(benefit))
    ]


def _harm(record: FitRecord, draws: PatientDraws) -> list[HarmOutlook]:
    """Harm at every dose, with the counts of doses up to twice as low or as high."""
    counts, serious = _local_counts(record), record.serious
    return [
        HarmOutlook(
            p_local_reaction=band,
            local_counts=tuple(c for c in counts if dose / 2 <= c.dose <= dose * 2),
            serious_events=serious.events,
            serious_at_risk=serious.at_risk,
            serious_upper95=serious.upper95,
        )
        for dose, band in zip(draws.doses.tolist(), bands(draws.harm), strict=True)
    ]


def _local_counts(record: FitRecord) -> list[LocalCount]:
    """Local reactions of the arms with one dose."""
    return [
        LocalCount(
            arm=f"{c.study} {c.arm}" + ("" if c.source == "bm_msc" else f" ({c.source})"),
            dose=c.dose,
            events=c.events,
            at_risk=c.at_risk,
        )
        for c in record.harm_counts
        if c.category == "local" and c.dose
    ]


def comparators(patient: Patient, goal: Goal, draws: PatientDraws) -> tuple[ComparatorRow, ...]:
    """The same patient treated without cells."""
    rows = []
    for name in patient.compare:
        improved = draws.improvements(np.stack([draws.comparator[name][:, None]] * 2))
        p_yes, _ = responders(draws, patient, improved)
        outlook = tuple(_without_cells(goal, d, found) for d, found in zip(DOMAINS, improved, strict=True))
        rows.append(ComparatorRow(comparator=name, outlook=outlook, p_responder=float(p_yes[0])))
    return tuple(rows)


def _without_cells(goal: Goal, domain: Domain, improved: Improved | None) -> ComparatorOutlook:
    if improved is None:
        return ComparatorOutlook(domain=domain, improvement=None, p_improvement_mcid=None)
    return ComparatorOutlook(
        domain=domain,
        improvement=bands(improved.points)[0],
        p_improvement_mcid=float((improved.points >= goal.mcid).mean()),
    )


def answers(mixture: Mixture, draws: PatientDraws, goal: Goal, q: int) -> tuple[Answer, ...]:
    """Is more better? For the mean of many such patients, so the spread between settings does not blur it."""
    doses = draws.doses
    mean = mixture.effect[:, q][:, None] * mixture.shape(doses) * mixture.course(np.array([goal.month]))
    found = []
    for more, less in QUESTIONS:
        gap = mean[:, doses == more][:, 0] - mean[:, doses == less][:, 0]
        found.append(
            Answer(
                question=f"Does {more:g} million do more than {less:g} million?",
                p_more_is_better=float((gap > TIE).mean()),
                p_same=float((np.abs(gap) <= TIE).mean()),
                p_less_is_better=float((gap < -TIE).mean()),
                p_difference_mcid=float((gap >= goal.mcid).mean()),
            )
        )
    return tuple(found)


def inputs(
    mixture: Mixture,
    patient: Patient,
    goal: Goal,
    draws: PatientDraws,
    q: int,
    best: int,
    seed: int,
) -> tuple[InputEffect, ...]:
    """What each known feature changed, one at a time, at the dose with index ``best``."""
    noise = deviations(len(mixture), seed)
    typical = draws.gain[q][:, best] / multiplier(patient, noise)
    rows = []
    for mod in MODIFIERS:
        if feature(patient, mod.field_name) is None:
            continue
        rows.append(
            InputEffect(
                field_name=mod.label,
                value=_told(getattr(patient, mod.field_name)),
                benefit_with=float(draws.gain[q][:, best].mean()),
                benefit_without=float((typical * multiplier(patient, noise, forget=mod.field_name)).mean()),
                note=mod.prior.reason,
            )
        )
    if np.isfinite(draws.baseline[q]):
        shift = float((mixture.context["slope"] * (draws.baseline[q] - 50.0)).mean())
        total = float(draws.gain[q][:, best].mean() + draws.context[q].mean())
        rows.append(
            InputEffect(
                field_name=f"baseline {goal.domain}",
                value=f"{draws.baseline[q]:.0f} of 100",
                benefit_with=total,
                benefit_without=total - shift,
                note=(
                    "improvement with context included: worse scores improve more with or without cells; the"
                    " effect of cells itself is not changed"
                ),
            )
        )
    return tuple(rows)


def _told(value: object) -> str:
    """61.0 is written 61."""
    return f"{value:g}" if isinstance(value, float) else str(value)
