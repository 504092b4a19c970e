"""How certain the evidence is, and where each number comes from: plain facts of the fit, no new numbers."""

from __future__ import annotations

from ..domain import DOMAINS, Certainty, Goal, Patient, Provenance
from ..outcomes import INSTRUMENTS, MCIDS
from ..synthesis.fit import Fit
from ..synthesis.persons import RESIDUAL_SD
from ..synthesis.record import FitRecord, StudyUsed
from .predict import MODIFIERS

_VARIANTS = {
    "no_imputed": "without the trials whose spreads or group sizes were imputed",
    "prefer_vas": "with VAS pain before WOMAC pain",
    "long_term": "with the follow-up beyond month 12",
    "nonrandomised": "with the single-arm studies",
}


def certainty(fit: Fit) -> tuple[Certainty, ...]:
    """Design, bias, imputation, prediction of unseen studies, and what the data taught."""
    record = fit.record
    said = {
        "studies": _studies(record),
        "bias": _bias(record.studies),
        "origin of figures": _origin(record.studies),
        "prediction of unseen studies": _prediction(record),
        "dose": _dose(record),
        "choice of evidence": _choice(record),
        "certainty": (
            "low: few small trials, indirect comparisons, imputed spreads; a new large trial could change the"
            " answer"
        ),
    }
    return tuple(Certainty(aspect=aspect, sentence=sentence) for aspect, sentence in said.items() if sentence)


def _studies(record: FitRecord) -> str:
    patients = sum(s.patients for s in record.studies)
    (low, high), (first, last) = record.dose_range, record.month_range
    return (
        f"{len(record.studies)} randomised trials with {patients:.0f} patients in the arms used; doses"
        f" {low:g}–{high:g} million cells, months {first:g}–{last:g}"
    )


def _bias(studies: tuple[StudyUsed, ...]) -> str:
    blind = [s.study for s in studies if "double" in s.blinding or "triple" in s.blinding]
    return (
        f"{len(blind)} of them report double or triple blinding ({', '.join(blind) or 'none'}); most are"
        " small, some sponsor-run, and several figures come from secondary pages"
    )


def _origin(studies: tuple[StudyUsed, ...]) -> str:
    reported = sum(s.origin.reported for s in studies)
    converted = sum(s.origin.converted for s in studies)
    imputed = sum(s.origin.imputed for s in studies)
    total = max(1, reported + converted + imputed)
    return (
        f"{100 * reported / total:.0f} % reported, {100 * converted / total:.0f} % converted (medians, two"
        f" SDs), {100 * imputed / total:.0f} % with an imputed SD or group size"
    )


def _prediction(record: FitRecord) -> str:
    coverage, misfit = record.predictive.coverage, record.predictive.misfit
    badly = f"; predicted badly from the others: {', '.join(misfit)}" if misfit else ""
    return (
        f"{100 * coverage.in80.observed:.0f} % of held-out figures lay in their 80 % interval and"
        f" {100 * coverage.in95.observed:.0f} % in their 95 % interval{badly}"
    )


def _dose(record: FitRecord) -> str:
    taught = [c.contraction for c in record.contraction if c.parameter.endswith("ed50")]
    learned = max(taught, default=0.0)
    if learned < 0.3:
        return "the trials tell almost nothing about the dose of half effect: the prior speaks"
    return f"the data narrowed the dose of half effect by {100 * learned:.0f} %"


def _choice(record: FitRecord) -> str:
    """The effect of a typical dose with other choices of evidence; empty where none was tried."""
    if not record.sensitivity:
        return ""
    said = ", ".join(f"{r.effect_typical:.0f} {_VARIANTS[r.analysis]}" for r in record.sensitivity)
    whole = record.influence[0].effect_typical
    return f"expected effect of 50 million cells at month 12, points: {whole:.0f} in this analysis; {said}"


def provenance(fit: Fit, patient: Patient, goal: Goal) -> tuple[Provenance, ...]:
    """Every number with its kind and its source, down to rows of the tables."""
    return (
        *_of_patient(patient),
        *map(_of_study, fit.record.studies),
        _of_mcid(goal),
        *_of_layers(fit.record),
        *_assumed(),
    )


def _of_patient(patient: Patient) -> list[Provenance]:
    return [
        Provenance(
            number=f"baseline {domain} {m.severity:.0f} of 100",
            kind="converted",
            source=f"{m.value:g} on {INSTRUMENTS[m.instrument].label} {m.minimum:g}–{m.maximum:g}",
        )
        for domain, m in zip(DOMAINS, (patient.pain, patient.function), strict=True)
        if m is not None
    ]


def _of_study(s: StudyUsed) -> Provenance:
    origin = {"reported": s.origin.reported, "converted": s.origin.converted, "imputed": s.origin.imputed}
    kinds = ", ".join(f"{k} {v}" for k, v in origin.items() if v)
    return Provenance(
        number=f"effect of cells: {s.study} ({kinds})",
        kind="imputed" if s.origin.imputed else "converted" if s.origin.converted else "measured",
        source=f"{s.rows[0]} … {s.rows[-1]}; {s.cite}",
    )


def _of_mcid(goal: Goal) -> Provenance:
    known = MCIDS.get(goal.mcid_source)
    return Provenance(
        number=f"MCID {goal.mcid:g} points",
        kind="measured" if known else "assumed",
        source=known.source if known else "own value",
    )


def _of_layers(record: FitRecord) -> list[Provenance]:
    rows = list(dict.fromkeys(record.context_rows))
    local = [c.row for c in record.harm_counts if c.category == "local" and c.dose is not None]
    serious = [c.row for c in record.harm_counts if c.category == "serious" and c.source == "bm_msc"]
    return [
        Provenance(
            number="response without cells",
            kind="converted",
            source=(
                f"{len(rows)} rows of control arms and published saline responses: {rows[0]} … {rows[-1]}"
            ),
        ),
        Provenance(
            number="effect of hyaluronic acid and corticosteroid",
            kind="converted",
            source=(
                "priors from benchmarks.csv:26-41 and comparator_timecourse.csv, updated by the trials' arms"
            ),
        ),
        Provenance(
            number="dose-response curves and their weights",
            kind="converted",
            source="docs/methods: stacking of leave-one-study-out predictive densities",
        ),
        Provenance(number="local reactions by dose", kind="measured", source=", ".join(local)),
        Provenance(number="serious events", kind="measured", source=", ".join(serious)),
    ]


def _assumed() -> list[Provenance]:
    pain, function = RESIDUAL_SD["pain"], RESIDUAL_SD["function"]
    spread = f"SD {pain.loc:g} (pain) and {function.loc:g} (function) points: {pain.reason}"
    return [
        Provenance(number="spread between patients", kind="assumed", source=spread),
        *(
            Provenance(number=f"influence of {m.label}", kind="assumed", source=m.prior.reason)
            for m in MODIFIERS
        ),
    ]
