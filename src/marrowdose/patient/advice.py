"""``advise(fit, patient, goal) -> Recommendation``: a range of doses, no dose, or a refusal, with its
reasons.

The rule (SCIENCE section 9): of all doses that no limit refuses and that reach the goal, those whose expected
net benefit lies within a margin of the best; the lowest of them is named first.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version

import numpy as np

from ..domain import DOMAINS, Goal, Patient, Recommendation
from ..errors import require
from ..synthesis.fit import Fit, Mixture
from ..units import Array, MillionCells
from . import limits
from .evidence_words import certainty, provenance
from .followup import follow_up
from .predict import MODIFIERS, feature, predict
from .rows import TIE, answers, comparators, dose_rows, inputs

_NAMES = {"placebo": "placebo", "ha": "hyaluronic acid", "corticosteroid": "a corticosteroid"}


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
    mixture = fit.mixture(seed)
    outlook = predict(mixture, patient, goal.month, seed=seed)
    q = DOMAINS.index(goal.domain)
    # 2. what nobody may be given, and what deserves a caution
    base = float(outlook.baseline[q])
    view = limits.View(
        patient=patient,
        goal=goal,
        dose_range=fit.dose_range,
        month_range=fit.month_range,
        baseline=base if np.isfinite(base) else None,
    )
    refused = [limits.refusals(view, d) for d in outlook.doses]
    # 3. expected net benefit of every dose, and which doses reach the goal
    price = goal.mcid * (goal.harm_weight * outlook.harm + goal.cost_weight * outlook.doses / 100.0)
    net = outlook.gain[q] - price
    improved = outlook.improvements(outlook.gain)
    mine = improved[q]
    p_mcid = np.zeros(len(refused)) if mine is None else (mine.points >= goal.mcid).mean(axis=0)
    p_beat = (outlook.gain[q] > outlook.comparator[goal.comparator][:, None] + TIE).mean(axis=0)
    failures = [
        _failures(goal, mine is not None, p_mcid[k], p_beat[k], float(outlook.harm[:, k].mean()))
        for k in range(len(refused))
    ]
    eligible = np.array([not r for r in refused])
    passing = eligible & np.array([not f for f in failures])
    # 4. the advice
    mean_net = net.mean(axis=0)
    best = int(np.argmax(np.where(eligible, mean_net, -np.inf) if eligible.any() else mean_net))
    chosen = np.zeros(len(refused), bool)
    if passing.any():
        chosen = passing & (mean_net >= mean_net[passing].max() - goal.margin_of_mcid * goal.mcid)
    verdict = "range" if chosen.any() else "no_dose" if eligible.any() else "refused"
    reasons = _reasons(verdict, goal, float(outlook.doses[best]), failures[best], refused)
    # 5. the whole record
    p_best = _p_best(net, eligible)
    rows = dose_rows(fit, patient, goal, outlook, improved, refused, view, mean_net, p_best, chosen)
    return Recommendation(
        verdict=verdict,  # type: ignore[arg-type]
        dose_low=float(outlook.doses[chosen].min()) if chosen.any() else None,
        dose_high=float(outlook.doses[chosen].max()) if chosen.any() else None,
        sentences=(),
        reasons=reasons,
        caveats=_caveats(fit, patient, goal, view, stale),
        unknown=_unknown(patient),
        patient=patient,
        goal=goal,
        doses=rows,
        comparators=comparators(patient, goal, outlook),
        answers=answers(mixture, outlook, goal, q),
        inputs=inputs(mixture, patient, goal, outlook, q, best, seed),
        follow_up=follow_up(mixture, patient, goal.month, seed),
        evpi=_evpi(net, eligible),
        evpi_curve=_evpi_curve(net, mixture, eligible),
        curve_weights=tuple((k, float(v)) for k, v in fit.weights.items()),
        certainty=certainty(fit),
        floor_share=mine.floor_share if mine else 0.0,
        monte_carlo_se=float(0.5 / np.sqrt(len(mixture))),
        provenance=provenance(fit, patient, goal),
        digests={"evidence": fit.meta["evidence_digest"], "fit": fit.meta.get("digest", "")},
        versions={
            "marrowdose": version("marrowdose"),
            **{f"fit made with {k}": v for k, v in fit.meta["versions"].items()},
        },
        seed=seed,
        stale=stale,
    )


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
            f"the chance of doing better than with {_NAMES[goal.comparator]} is {100 * p_beat:.0f} %, below"
            f" the {100 * goal.beat_probability:.0f} % asked for"
        )
    if goal.harm_limit is not None and p_harm > goal.harm_limit:
        said.append(
            f"the chance of a local reaction is {100 * p_harm:.0f} %, above the limit of"
            f" {100 * goal.harm_limit:.0f} %"
        )
    return tuple(said)


def _reasons(
    verdict: str,
    goal: Goal,
    best_dose: MillionCells,
    failures: tuple[str, ...],
    refused: list[tuple[str, ...]],
) -> tuple[str, ...]:
    if verdict == "refused":
        shared = [s for s in refused[0] if all(s in r for r in refused)] or [s for r in refused for s in r]
        return tuple(dict.fromkeys(shared))
    if verdict == "no_dose":
        return tuple(
            f"at {best_dose:g} million cells, the dose with the greatest expected benefit, {s}"
            for s in failures
        )
    points = goal.margin_of_mcid * goal.mcid
    return (
        (
            f"these doses reach the goal, and their expected benefits differ by at most {points:g}"
            f" point{'s' if points != 1 else ''}"
        ),
        "the lowest is named first: more cells cost more and are not shown to do more",
    )


def _p_best(net: Array, eligible: Array) -> Array:
    """(doses,) share of draws in which a dose is the best eligible one; equally good doses share the draw."""
    if not eligible.any():
        return np.zeros(net.shape[1])
    allowed = np.where(eligible, net, -np.inf)
    best = allowed >= allowed.max(axis=1, keepdims=True) - TIE
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))


def _evpi(net: Array, eligible: Array) -> float:
    """Expected value of perfect information on the dose [points]: E max − max E."""
    if not eligible.any():
        return 0.0
    allowed = net[:, eligible]
    return float(allowed.max(axis=1).mean() - allowed.mean(axis=0).max())


def _evpi_curve(net: Array, mixture: Mixture, eligible: Array) -> float:
    """The same for knowing only which curve is true [points]."""
    if not eligible.any():
        return 0.0
    allowed = net[:, eligible]
    shares = np.bincount(mixture.curve, minlength=len(mixture.names)) / len(mixture)
    known = sum(s * allowed[mixture.curve == k].mean(axis=0).max() for k, s in enumerate(shares) if s > 0)
    return float(max(0.0, known - allowed.mean(axis=0).max()))


def _unknown(patient: Patient) -> tuple[str, ...]:
    """What was not given; each widens the answer or leaves a limit unchecked."""
    said = [
        f"{m.label}: drawn from the trial populations"
        for m in MODIFIERS
        if feature(patient, m.field_name) is None
    ]
    said += [
        f"{d} score: no improvement from baseline can be given"
        for d in DOMAINS
        if getattr(patient, d) is None
    ]
    if patient.patient_global is None:
        said.append("patient global: a responder who depends on it stays undetermined")
    if patient.conditions is None:
        said.append("conditions that trials excluded: not checked")
    if patient.symptom_months is None:
        said.append("months since symptoms: not used by the model")
    if patient.donor is None:
        said.append("donor type: autologous and allogeneic cells are pooled in the evidence")
    return tuple(said)


def _caveats(fit: Fit, patient: Patient, goal: Goal, view: limits.View, stale: bool) -> tuple[str, ...]:
    """What the reader must know before using the numbers."""
    said = []
    if stale:
        said.append(
            "the evidence tables differ from those the fit was made from: re-fit with marrowdose fit before"
            " using this"
        )
    studies = fit.meta["studies"]
    imputed = sum(t["origin"]["imputed"] > 0 for t in studies)
    bare = next((r for r in fit.meta.get("sensitivity", ()) if r["analysis"] == "no_imputed"), None)
    without = ""
    if bare:
        whole = fit.meta["influence"][0]["effect_typical"]
        without = (
            "; without them the effect of 50 million cells on pain at month 12 would be expected near"
            f" {round(bare['effect_typical'])} points, not {round(whole)}"
        )
    said.append(
        f"{len(studies)} small randomised trials with {sum(t['patients'] for t in studies):.0f} patients"
        f" carry all of this; {imputed} of them report no usable spread or group size, so these were"
        f" imputed{without}"
    )
    said += limits.cautions(view, view.dose_range[0])
    if patient.donor == "allogeneic" or patient.donor == "autologous":
        said.append(
            f"donor type ({patient.donor}) is not modelled: autologous and allogeneic trials are pooled"
        )
    if patient.symptom_months is not None:
        said.append("months since symptoms are recorded but not modelled: no trial reports their influence")
    if patient.patient_global is not None:
        said.append(
            "patient global is used for the responder rule only as unknown: no trial row lets us predict it"
        )
    said.append("no interaction of cells with hyaluronic acid or PRP given together is modelled")
    return tuple(said)
