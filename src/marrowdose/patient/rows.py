"""The rows of a plan: every dose, the comparators, the answers to "is more better?", what each input
changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..domain import (
    DOMAINS,
    Answer,
    ComparatorRow,
    DomainOutlook,
    DoseRow,
    Goal,
    HarmOutlook,
    InputEffect,
    Patient,
    Versus,
)
from ..synthesis.fit import Fit, Mixture
from ..synthesis.population import QUESTIONS
from ..units import Array
from . import limits
from .predict import MODIFIERS, Improved, Outlook, bands, deviations, feature, multiplier, responders

TIE: float = 1e-9  # points: doses whose gains differ less are equally good


def _versus(patient: Patient, goal: Goal, outlook: Outlook, q: int) -> list[tuple[Versus, ...]]:
    """For each dose, cells against every comparator."""
    by_comparator = []
    for name in patient.compare:
        difference = outlook.gain[q] - outlook.comparator[name][:, None]
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


def dose_rows(
    fit: Fit,
    patient: Patient,
    goal: Goal,
    outlook: Outlook,
    improved: list[Improved | None],
    refused: list[tuple[str, ...]],
    view: limits.View,
    net: Array,
    p_best: Array,
    chosen: Array,
) -> tuple[DoseRow, ...]:
    """Everything said about each dose."""
    gain_bands = [bands(outlook.gain[q]) for q in range(2)]
    total_bands = [None if t is None else bands(t.points) for t in improved]
    p_yes, p_open = responders(outlook, patient, improved)
    harm_bands = bands(outlook.harm)
    local, serious = _local_counts(fit), fit.meta["serious"]
    versus = [_versus(patient, goal, outlook, q) for q in range(2)]
    rows = []
    for k, dose in enumerate(outlook.doses):
        outlooks = tuple(
            DomainOutlook(
                domain=domain,
                benefit=gain_bands[q][k],
                improvement=None if (found := total_bands[q]) is None else found[k],
                p_improvement_mcid=(
                    None if (t := improved[q]) is None else float((t.points[:, k] >= goal.mcid).mean())
                ),
                versus=versus[q][k],
            )
            for q, domain in enumerate(DOMAINS)
        )
        near = tuple(
            (name, d, e, n) for name, d, e, n in local if d is not None and dose / 2 <= d <= dose * 2
        )
        rows.append(
            DoseRow(
                dose=float(dose),
                refusals=refused[k],
                cautions=limits.cautions(view, float(dose)),
                outlook=outlooks,
                p_responder=float(p_yes[k]),
                p_responder_undetermined=float(p_open[k]),
                harm=HarmOutlook(
                    p_local_reaction=harm_bands[k],
                    local_counts=near,
                    serious_events=serious["events"],
                    serious_at_risk=serious["at_risk"],
                    serious_upper95=serious["upper95"],
                ),
                net_benefit=float(net[k]),
                p_best=float(p_best[k]),
                in_range=bool(chosen[k]),
            )
        )
    return tuple(rows)


def _local_counts(fit: Fit) -> list[tuple[str, float | None, float, float]]:
    """Local reactions by arm: name, dose, patients with event, at risk."""
    counts: list[dict[str, Any]] = fit.meta["harm_counts"]
    return [
        (
            f"{c['study']} {c['arm']}" + ("" if c["source"] == "bm_msc" else f" ({c['source']})"),
            c["dose"],
            c["events"],
            c["at_risk"],
        )
        for c in counts
        if c["category"] == "local" and c["dose"]
    ]


def comparators(patient: Patient, goal: Goal, outlook: Outlook) -> tuple[ComparatorRow, ...]:
    """The same patient treated without cells."""
    rows = []
    for name in patient.compare:
        improved = outlook.improvements(np.stack([outlook.comparator[name][:, None]] * 2))
        per_domain: list[tuple[Any, Any, Any]] = [
            (
                (domain, None, None)
                if found is None
                else (domain, bands(found.points)[0], float((found.points >= goal.mcid).mean()))
            )
            for domain, found in zip(DOMAINS, improved, strict=True)
        ]
        p_yes, _ = responders(outlook, patient, improved)
        rows.append(ComparatorRow(comparator=name, outlook=tuple(per_domain), p_responder=float(p_yes[0])))
    return tuple(rows)


def answers(mixture: Mixture, outlook: Outlook, goal: Goal, q: int) -> tuple[Answer, ...]:
    """Is more better? For the mean of many such patients, so the spread between settings does not blur it."""
    doses = outlook.doses
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
    outlook: Outlook,
    q: int,
    best: int,
    seed: int,
) -> tuple[InputEffect, ...]:
    """What each known feature changed, one at a time, at the dose with index ``best``."""
    noise = deviations(len(mixture), seed)
    typical = outlook.gain[q][:, best] / multiplier(patient, noise)
    rows = []
    for mod in MODIFIERS:
        if feature(patient, mod.field_name) is None:
            continue
        rows.append(
            InputEffect(
                field_name=mod.label,
                value=_told(getattr(patient, mod.field_name)),
                benefit_with=float(outlook.gain[q][:, best].mean()),
                benefit_without=float((typical * multiplier(patient, noise, forget=mod.field_name)).mean()),
                note=mod.prior.reason,
            )
        )
    if np.isfinite(outlook.baseline[q]):
        shift = float((mixture.context["slope"] * (outlook.baseline[q] - 50.0)).mean())
        total = float(outlook.gain[q][:, best].mean() + outlook.context[q].mean())
        rows.append(
            InputEffect(
                field_name=f"baseline {goal.domain}",
                value=f"{outlook.baseline[q]:.0f} of 100",
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
