"""marrowdose: published evidence in; a dose, its reasons and its doubts out.

>>> from marrowdose import Goal, advise, patient_from, shipped_fit
>>> patient = patient_from({"age": 61, "kl_grade": 3,
...     "pain": {"instrument": "womac_pain", "min": 0, "max": 20, "value": 11}})
>>> plan = advise(shipped_fit(), patient, Goal(domain="pain", month=12, comparator="placebo"))
>>> plan.verdict in ("range", "no_dose", "refused")
True
>>> [row.dose for row in plan.doses if "beyond_randomised_doses" in [r.code for r in row.refusals]]
[1.0, 2.0, 5.0]

Names are imported when they are first used, so ``import marrowdose`` costs almost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .curves import Curve, curves
    from .domain import Contrasts, Goal, Patient, Recommendation
    from .errors import InputError
    from .evidence.contrasts import Analysis, select
    from .evidence.tables import Evidence, evidence_from, read_evidence
    from .outcomes import INSTRUMENTS, MCIDS, responder
    from .patient.advice import advise
    from .patient.intake import goal_from, patient_from
    from .report.plan.json import to_json
    from .report.plan.page import to_html
    from .synthesis.fit import Fit, read_fit, shipped_fit
    from .synthesis.population import dose_response
    from .synthesis.refit import refit

_HOME = {
    "Curve": "curves",
    "curves": "curves",
    "Contrasts": "domain",
    "Goal": "domain",
    "InputError": "errors",
    "Patient": "domain",
    "Recommendation": "domain",
    "Analysis": "evidence.contrasts",
    "select": "evidence.contrasts",
    "Evidence": "evidence.tables",
    "evidence_from": "evidence.tables",
    "read_evidence": "evidence.tables",
    "INSTRUMENTS": "outcomes",
    "MCIDS": "outcomes",
    "responder": "outcomes",
    "advise": "patient.advice",
    "goal_from": "patient.intake",
    "patient_from": "patient.intake",
    "to_html": "report.plan.page",
    "to_json": "report.plan.json",
    "Fit": "synthesis.fit",
    "read_fit": "synthesis.fit",
    "shipped_fit": "synthesis.fit",
    "dose_response": "synthesis.population",
    "refit": "synthesis.refit",
}
__all__ = [
    "INSTRUMENTS",
    "MCIDS",
    "Analysis",
    "Contrasts",
    "Curve",
    "Evidence",
    "Fit",
    "Goal",
    "InputError",
    "Patient",
    "Recommendation",
    "advise",
    "curves",
    "dose_response",
    "evidence_from",
    "goal_from",
    "patient_from",
    "read_evidence",
    "read_fit",
    "refit",
    "responder",
    "select",
    "shipped_fit",
    "to_html",
    "to_json",
]


def __getattr__(name: str) -> Any:
    """The public name, imported from its home."""
    if name not in _HOME:
        raise AttributeError(f"module 'marrowdose' has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
