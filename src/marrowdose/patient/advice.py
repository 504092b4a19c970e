"""``advise(fit, patient, goal) -> Recommendation``: a range of doses, no dose, or a refusal, with its
reasons.

The rule (SCIENCE section 9): of all doses that no limit refuses and that reach the goal, those whose expected
net benefit lies within a margin of the best; the lowest of them is named first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Literal

import numpy as np

from ..domain import DOMAINS, CurveWeight, Goal, Patient, Recommendation, Refusal
from ..errors import require
from ..synthesis.fit import Fit, Mixture
from ..units import Array, Flags, MillionCells
from ..wording import TREATMENT
from . import doubts, limits
from .evidence_words import certainty, provenance
from .followup import follow_up
from .predict import Improved, PatientDraws, predict
from .rows import TIE, Judged, answers, comparators, dose_rows, inputs
from .sentences import three_sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the rule makes of the doses: arrays (doses,), ``net`` (n, doses) benefit less its prices [points].

    ``best``: index of the greatest expected net benefit; ``failures``: why a dose does not reach the goal.
    """

    verdict: Literal["range", "no_dose", "refused"]
    net: Array
    best: int
    eligible: Flags
    chosen: Flags
    failures: tuple[tuple[str, ...], ...]


def advise(
    fit: Fit, patient: Patient, goal: Goal | None = None, *, seed: int = 0, stale: bool = False
) -> Recommendation:
    """Everything marrowdose says about one patient. Reads no clock and no file; the same arguments, the same
    answer.
    """
    goal = goal or Goal()
    require(
        set(fit.domains) == set(DOMAINS),
        f"this fit is of {' and '.join(fit.domains)} alone",
        where="plan",
        remedy="a plan needs a fit of pain and function",
    )
    if goal.comparator not in patient.compare:
        patient = replace(patient, compare=(*patient.compare, goal.comparator))
    # 1. draws for this patient at the goal's month
    mixture, q = fit.mixture(seed), DOMAINS.index(goal.domain)
    draws = predict(mixture, patient, goal.month, seed=seed)
    improved = draws.improvements(draws.gain)
    mine = improved[q]
    # 2. what nobody may be given, and what deserves a caution
    case = _case(fit, patient, goal, float(draws.baseline[q]))
    refused = tuple(limits.refusals(case, d) for d in draws.doses)
    # 3. expected net benefit of every dose, which doses reach the goal, and the advice
    ruling = _rule(goal, draws, mine, refused)
    chosen = draws.doses[ruling.chosen]
    p_best = _p_best(ruling.net, ruling.eligible)
    judged = Judged(refused=refused, net=ruling.net.mean(axis=0), p_best=p_best, chosen=ruling.chosen)
    # 4. the whole record, and last the sentences that speak of it
    told = Recommendation(
        verdict=ruling.verdict,
        dose_low=float(chosen.min()) if len(chosen) else None,
        dose_high=float(chosen.max()) if len(chosen) else None,
        sentences=("", "", ""),  # they speak of the rest: below
        reasons=_reasons(goal, float(draws.doses[ruling.best]), ruling, refused),
        caveats=doubts.caveats(fit.record, case, stale),
        unknown=doubts.unknown(patient),
        patient=patient,
        goal=goal,
        doses=dose_rows(fit.record, case, draws, improved, judged),
        comparators=comparators(patient, goal, draws),
        answers=answers(mixture, draws, goal, q),
        inputs=inputs(mixture, patient, goal, draws, q, ruling.best, seed),
        follow_up=follow_up(mixture, patient, goal.month, seed),
        evpi=_evpi(ruling.net, ruling.eligible),
        evpi_curve=_evpi_curve(ruling.net, mixture, ruling.eligible),
        curve_weights=tuple(CurveWeight(curve=k, weight=float(v)) for k, v in fit.weights.items()),
        certainty=certainty(fit),
        floor_share=mine.floor_share if mine else 0.0,
        monte_carlo_se=float(0.5 / np.sqrt(len(mixture))),
        provenance=provenance(fit, patient, goal),
        digests={"evidence": fit.record.evidence_digest, "fit": fit.digest},
        versions=_versions(fit),
        seed=seed,
        stale=stale,
    )
    return replace(told, sentences=three_sentences(told))


def _case(fit: Fit, patient: Patient, goal: Goal, baseline: float) -> limits.Case:
    return limits.Case(
        patient=patient,
        goal=goal,
        dose_range=fit.dose_range,
        month_range=fit.month_range,
        baseline=baseline if np.isfinite(baseline) else None,
    )


def _rule(
    goal: Goal, draws: PatientDraws, mine: Improved | None, refused: tuple[tuple[Refusal, ...], ...]
) -> Ruling:
    """The rule of this module, over the doses of the draws; ``mine``: improvement in the goal's domain."""
    q = DOMAINS.index(goal.domain)
    price = goal.mcid * (goal.harm_weight * draws.harm + goal.cost_weight * draws.doses / 100.0)
    net = draws.gain[q] - price
    p_mcid = np.zeros(len(refused)) if mine is None else (mine.points >= goal.mcid).mean(axis=0)
    p_beat = (draws.gain[q] > draws.comparator[goal.comparator][:, None] + TIE).mean(axis=0)
    failures = tuple(
        _failures(goal, mine is not None, p_mcid[k], p_beat[k], float(draws.harm[:, k].mean()))
        for k in range(len(refused))
    )
    eligible = np.array([not r for r in refused])
    passing = eligible & np.array([not f for f in failures])
    mean_net = net.mean(axis=0)
    best = int(np.argmax(np.where(eligible, mean_net, -np.inf) if eligible.any() else mean_net))
    chosen = np.zeros(len(refused), bool)
    if passing.any():
        chosen = passing & (mean_net >= mean_net[passing].max() - goal.margin_of_mcid * goal.mcid)
    return Ruling(
        verdict="range" if chosen.any() else "no_dose" if eligible.any() else "refused",
        net=net,
        best=best,
        eligible=eligible,
        chosen=chosen,
        failures=failures,
    )


def _versions(fit: Fit) -> dict[str, str]:
    made_with = {f"fit made with {name}": number for name, number in fit.record.versions.items()}
    return {"marrowdose": version("marrowdose"), **made_with}


def _failures(goal: Goal, has_baseline: bool, p_mcid: float, p_beat: float, p_harm: float) -> tuple[str, ...]:
    """Why a dose does not reach the goal."""
    said = []
    if has_baseline and p_mcid < goal.least_probability:
        said.append(
            f"the chance of improving by {goal.mcid:g} points or more is {100 * p_mcid:.0f} %, below the"
            f" {100 * goal.least_probability:.0f} % asked for"
        )
    if p_beat < goal.beat_probability:
        said.append(
            f"the chance of doing better than with {TREATMENT[goal.comparator]} is {100 * p_beat:.0f} %,"
            f" below the {100 * goal.beat_probability:.0f} % asked for"
        )
    if goal.harm_limit is not None and p_harm > goal.harm_limit:
        said.append(
            f"the chance of a local reaction is {100 * p_harm:.0f} %, above the limit of"
            f" {100 * goal.harm_limit:.0f} %"
        )
    return tuple(said)


def _reasons(
    goal: Goal,
    best_dose: MillionCells,
    ruling: Ruling,
    refused: tuple[tuple[Refusal, ...], ...],
) -> tuple[str, ...]:
    if ruling.verdict == "refused":
        shared = [s for s in refused[0] if all(s in r for r in refused)] or [s for r in refused for s in r]
        return tuple(dict.fromkeys(found.sentence for found in shared))
    if ruling.verdict == "no_dose":
        return tuple(
            f"at {best_dose:g} million cells, the dose with the greatest expected benefit, {s}"
            for s in ruling.failures[ruling.best]
        )
    points = goal.margin_of_mcid * goal.mcid
    return (
        (
            f"these doses reach the goal, and their expected benefits differ by at most {points:g}"
            f" point{'s' if points != 1 else ''}"
        ),
        "the lowest is named first: more cells cost more and are not shown to do more",
    )


def _p_best(net: Array, eligible: Flags) -> Array:
    """(doses,) share of draws in which a dose is the best eligible one; equally good doses share the draw."""
    if not eligible.any():
        return np.zeros(net.shape[1])
    allowed = np.where(eligible, net, -np.inf)
    best = allowed >= allowed.max(axis=1, keepdims=True) - TIE
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def _evpi(net: Array, eligible: Flags) -> float:
    """Expected value of perfect information on the dose [points]: E max − max E."""
    if not eligible.any():
        return 0.0
    allowed = net[:, eligible]
    return float(allowed.max(axis=1).mean() - allowed.mean(axis=0).max())


def _evpi_curve(net: Array, mixture: Mixture, eligible: Flags) -> float:
    """The same for knowing only which curve is true [points]."""
    if not eligible.any():
        return 0.0
    allowed = net[:, eligible]
    shares = np.bincount(mixture.curve, minlength=len(mixture.names)) / len(mixture)
    known = sum(s * allowed[mixture.curve == k].mean(axis=0).max() for k, s in enumerate(shares) if s > 0)
    return float(max(0.0, known - allowed.mean(axis=0).max()))
