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

from typing import TYPE_CHECKING

from .doors import door

if TYPE_CHECKING:
    from .curves import Curve
    from .domain import Contrasts, Goal, Patient, Recommendation
    from .errors import InputError
    from .evidence.contrasts import Analysis, select
    from .evidence.tables import Evidence, evidence_from, read_evidence
    from .outcomes import INSTRUMENTS, MCIDS, responder
    from .patient.advice import advise
    from .patient.intake import goal_from, patient_from
    from .report.plan.json import to_json
    from .report.plan.page import to_html
    from .report.schemas import schema
    from .synthesis.fit import Fit, read_fit, shipped_fit
    from .synthesis.population import dose_response
    from .synthesis.refit import refit
    from .version import __version__

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
    "__version__",
    "advise",
    "dose_response",
    "evidence_from",
    "goal_from",
    "patient_from",
    "read_evidence",
    "read_fit",
    "refit",
    "responder",
    "schema",
    "select",
    "shipped_fit",
    "to_html",
    "to_json",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "curves": "Curve",
        "domain": "Contrasts Goal Patient Recommendation",
        "errors": "InputError",
        "evidence.contrasts": "Analysis select",
        "evidence.tables": "Evidence evidence_from read_evidence",
        "outcomes": "INSTRUMENTS MCIDS responder",
        "patient.advice": "advise",
        "patient.intake": "goal_from patient_from",
        "report.plan.json": "to_json",
        "report.plan.page": "to_html",
        "report.schemas": "schema",
        "synthesis.fit": "Fit read_fit shipped_fit",
        "synthesis.population": "dose_response",
        "synthesis.refit": "refit",
        "version": "__version__",
    },
)
