"""The input fields of a patient and of a goal: label, unit, range or choices, why asked, what unknown does.

One source: ``intake`` enforces it, ``ask`` reads its questions from it, the docs tabulate it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ..domain import COMPARATORS, DOMAINS
from ..outcomes import MCIDS
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

GOAL_FIELDS: tuple[Field, ...] = (
    Field(
        key="domain",
        label="What shall improve",
        kind="choice",
        choices=DOMAINS,
        fills=("domain",),
        why="the advice speaks of it",
        unknown="pain",
    ),
    Field(
        key="month",
        label="When",
        kind="number",
        unit="months",
        low=1,
        high=24,
        fills=("month",),
        why="the effect builds up and fades",
        unknown="12",
    ),
    Field(
        key="mcid",
        label="Smallest improvement that matters",
        kind="mcid",
        unit="points",
        low=0.1,
        high=60,
        choices=tuple(MCIDS),
        fills=("mcid", "mcid_source"),
        why="an improvement counts from there on",
        unknown="oarsi_womac_pain for pain, omeract_function for function",
    ),
    Field(
        key="least_probability",
        label="Least chance of that improvement",
        kind="number",
        high=1,
        fills=("least_probability",),
        why="a dose must give it",
        unknown="0.5",
    ),
    Field(
        key="beat_probability",
        label="Least chance that the cells do more than the comparator",
        kind="number",
        high=1,
        fills=("beat_probability",),
        why="a dose must give it",
        unknown="0.8",
    ),
    Field(
        key="harm_limit",
        label="Largest accepted chance of a local reaction",
        kind="number",
        high=1,
        fills=("harm_limit",),
        why="a dose must stay below it",
        unknown="no limit",
    ),
    Field(
        key="comparator",
        label="What the cells must beat",
        kind="choice",
        choices=COMPARATORS,
        fills=("comparator",),
        why="the advice compares with it",
        unknown="placebo",
    ),
    Field(
        key="margin_of_mcid",
        label="Doses this close to the best count as equal",
        kind="number",
        unit="MCIDs",
        high=1,
        fills=("margin_of_mcid",),
        why="of equal doses the lowest is named first",
        unknown="0.1",
    ),
    Field(
        key="harm_weight",
        label="Price of one local reaction",
        kind="number",
        unit="MCIDs",
        high=100,
        fills=("harm_weight",),
        why="it is taken off the benefit of a dose",
        unknown="0",
    ),
    Field(
        key="cost_weight",
        label="Price of 100 million cells",
        kind="number",
        unit="MCIDs",
        high=100,
        fills=("cost_weight",),
        why="it is taken off the benefit of a dose",
        unknown="0",
    ),
)
PATIENT: Mapping[str, Field] = MappingProxyType({field.key: field for field in PATIENT_FIELDS})
GOAL: Mapping[str, Field] = MappingProxyType({field.key: field for field in GOAL_FIELDS})
