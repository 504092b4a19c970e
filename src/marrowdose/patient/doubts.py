"""What to doubt of a plan: the caveats of the evidence and the model, and what was not known."""

from __future__ import annotations

from ..domain import DOMAINS, Patient
from ..synthesis.record import FitRecord
from . import limits
from .predict import MODIFIERS, feature


def unknown(patient: Patient) -> tuple[str, ...]:
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


def caveats(record: FitRecord, case: limits.Case, stale: bool) -> tuple[str, ...]:
    """What the reader must know before using the numbers."""
    said = []
    if stale:
        said.append(
            "the evidence tables differ from those the fit was made from: re-fit with marrowdose fit before"
            " using this"
        )
    said.append(_small(record))
    said += [caution.sentence for caution in limits.cautions(case, case.dose_range[0])]
    if case.patient.donor == "allogeneic" or case.patient.donor == "autologous":
        said.append(
            f"donor type ({case.patient.donor}) is not modelled: autologous and allogeneic trials are pooled"
        )
    if case.patient.symptom_months is not None:
        said.append("months since symptoms are recorded but not modelled: no trial reports their influence")
    if case.patient.patient_global is not None:
        said.append(
            "patient global is used for the responder rule only as unknown: no trial row lets us predict it"
        )
    said.append("no interaction of cells with hyaluronic acid or PRP given together is modelled")
    return tuple(said)


def _small(record: FitRecord) -> str:
    """How few trials carry all of this, and what they say without those whose spreads were imputed."""
    patients = sum(s.patients for s in record.studies)
    imputed = sum(s.origin.imputed > 0 for s in record.studies)
    bare = next((r for r in record.sensitivity if r.analysis == "no_imputed"), None)
    without = ""
    if bare:
        whole = record.influence[0].effect_typical
        without = (
            "; without them the effect of 50 million cells on pain at month 12 would be expected near"
            f" {round(bare.effect_typical)} points, not {round(whole)}"
        )
    return (
        f"{len(record.studies)} small randomised trials with {patients:.0f} patients carry all of this;"
        f" {imputed} of them report no usable spread or group size, so these were imputed{without}"
    )
