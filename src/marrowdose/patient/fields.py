"""The input fields of a patient: label, unit, range or choices, why it is asked, what unknown does.

One source: ``intake`` enforces it, ``ask`` reads its questions from it, the docs tabulate it. The fields of
a goal are in ``goal_fields``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ..domain import COMPARATORS
from ..units import Months

MAX_VISITS = 50
VISIT_GAP: Months = 0.25  # scores closer than this are one visit; without a gap their covariance is singular
CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "inflammatory_arthritis": "inflammatory arthritis",
        "active_infection": "active infection",
        "pregnancy": "pregnancy or breast-feeding",
        "malignancy": "malignancy",
        "immunosuppression": "immunosuppression",
        "anticoagulation": "anticoagulation",
        "recent_injection": "an injection into this knee within three months",
        "prior_knee_replacement": "a replaced knee joint",
    }
)

Kind = Literal["number", "whole", "choice", "list", "score", "visits", "mcid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input. ``key``: in the JSON object; ``fills``: the attributes of ``Patient`` or ``Goal`` it gives.

    A number lies in [``low``, ``high``]; a choice or the items of a list are among ``choices``; an MCID is
    either. A score is an instrument with its range and value; visits are a list of months with scores.
    """

    key: str
    label: str
    kind: Kind
    fills: tuple[str, ...]
    why: str
    unknown: str
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    needed: bool = False

    @property
    def span(self) -> str:
        """The range in words: ``0 to 120 years``."""
        return f"{self.low:g} to {self.high:g} {self.unit}".strip()

    @property
    def allowed(self) -> str:
        """What may be given, in words: ``0 to 120 years``; ``female, male``."""
        choices = ", ".join(self.choices)
        return {
            "number": self.span,
            "whole": f"a whole number, {self.span}",
            "choice": choices,
            "list": f"a list of {choices}",
            "score": "a score",
            "visits": f"a list of up to {MAX_VISITS} visits, {self.span}",
            "mcid": f"{choices}, or {self.span}",
        }[self.kind]


_EFFECT = "it may change the effect of cells"
_DRAWN = "drawn from the trial populations: the bands widen"
_ONE_NEEDED = "age, KL grade and one score are needed"

PATIENT_FIELDS: tuple[Field, ...] = (
    Field(
        key="age",
        label="Age",
        kind="number",
        unit="years",
        high=120,
        fills=("age",),
        needed=True,
        why=f"refusal under 18; {_EFFECT}; caution outside 37–77",
        unknown=_ONE_NEEDED,
    ),
    Field(
        key="sex",
        label="Sex",
        kind="choice",
        choices=("female", "male"),
        fills=("sex",),
        why=_EFFECT,
        unknown=_DRAWN,
    ),
    Field(
        key="bmi",
        label="BMI",
        kind="number",
        unit="kg/m²",
        low=12,
        high=80,
        fills=("bmi",),
        why=f"{_EFFECT}; caution outside 19–37",
        unknown=_DRAWN,
    ),
    Field(
        key="height_cm",
        label="Height",
        kind="number",
        unit="cm",
        low=100,
        high=250,
        fills=("bmi",),
        why="with the weight it gives the BMI",
        unknown="the BMI stays as it is given, or unknown",
    ),
    Field(
        key="weight_kg",
        label="Weight",
        kind="number",
        unit="kg",
        low=25,
        high=350,
        fills=("bmi",),
        why="with the height it gives the BMI",
        unknown="the BMI stays as it is given, or unknown",
    ),
    Field(
        key="kl_grade",
        label="Kellgren–Lawrence grade",
        kind="choice",
        choices=("0", "1", "2", "3", "4"),
        fills=("kl_grade",),
        needed=True,
        why=f"refusal at 0; {_EFFECT}; caution at 1 and 4",
        unknown=_ONE_NEEDED,
    ),
    Field(
        key="pain",
        label="Pain score",
        kind="score",
        fills=("pain",),
        why="improvement from baseline, chance of the MCID, responders; refusal below the MCID",
        unknown="no improvement in pain from baseline can be given",
    ),
    Field(
        key="function",
        label="Function score",
        kind="score",
        fills=("function",),
        why="improvement from baseline, chance of the MCID, responders; refusal below the MCID",
        unknown="no improvement in function from baseline can be given",
    ),
    Field(
        key="global",
        label="Patient’s global assessment",
        kind="score",
        fills=("patient_global",),
        why="recorded; it can only leave a responder undetermined",
        unknown="a responder who depends on it stays undetermined",
    ),
    Field(
        key="symptom_months",
        label="Time since symptoms began",
        kind="number",
        unit="months",
        high=1200,
        fills=("symptom_months",),
        why="recorded, not used: no trial reports its influence",
        unknown="nothing changes",
    ),
    Field(
        key="comorbidities",
        label="Number of other long-term conditions",
        kind="whole",
        unit="long-term conditions",
        high=20,
        fills=("comorbidities",),
        why=_EFFECT,
        unknown=_DRAWN,
    ),
    Field(
        key="conditions",
        label="Conditions that trials excluded",
        kind="list",
        choices=tuple(CONDITIONS),
        fills=("conditions",),
        why="any of them refuses every dose",
        unknown="not checked",
    ),
    Field(
        key="donor",
        label="Donor",
        kind="choice",
        choices=("autologous", "allogeneic"),
        fills=("donor",),
        why="a doubt is written; not modelled",
        unknown="nothing changes: the evidence pools both",
    ),
    Field(
        key="cell_source",
        label="Cells",
        kind="choice",
        choices=("bm_msc",),
        fills=("cell_source",),
        why="only cultured bone-marrow cells are known",
        unknown="bm_msc",
    ),
    Field(
        key="compare",
        label="Treatments to compare with",
        kind="list",
        choices=COMPARATORS,
        fills=("compare",),
        why="the treatments in the comparison",
        unknown="all three",
    ),
    Field(
        key="treated_dose",
        label="Dose that was given",
        kind="number",
        unit="million cells",
        high=1000,
        fills=("treated_dose",),
        why="follow-up scores need it; 0 if no cells were given",
        unknown="no follow-up scores can be used",
    ),
    Field(
        key="follow_up",
        label="Scores after the injection",
        kind="visits",
        unit="months after the injection",
        low=VISIT_GAP,
        high=24,
        fills=("follow_up",),
        why="they narrow what is expected of later months",
        unknown="nothing is updated",
    ),
)
PATIENT: Mapping[str, Field] = MappingProxyType({field.key: field for field in PATIENT_FIELDS})
