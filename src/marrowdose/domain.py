"""The nouns of marrowdose: frozen, validated once, a unit on every number.

Inside the program improvement is positive, on 0–100 points of severity; doses are million cells per
injection per knee; times are months after the injection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NewType

import numpy as np
from numpy.typing import NDArray

from .units import Array, Count, KgPerM2, MillionCells, Months, Points, Probability, Score, Years

EvidenceRow = NewType("EvidenceRow", str)  # "outcomes.csv:17": file and line, the header being line 1

Domain = Literal["pain", "function"]
Comparator = Literal["placebo", "ha", "corticosteroid"]
Origin = Literal["reported", "converted", "imputed"]
DOMAINS: tuple[Domain, ...] = ("pain", "function")
COMPARATORS: tuple[Comparator, ...] = ("placebo", "ha", "corticosteroid")
BANNER = (
    "Research use only. Decision support for professionals, not a medical device: "
    "the patient decides together with a specialist."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrasts:
    """What the statistics see: the fields of many arm records, each as one array or tuple.

    What each means is said in ``evidence.arm_records``.
    """

    study: tuple[str, ...]
    block: tuple[str, ...]
    arm: tuple[str, ...]
    instrument: tuple[str, ...]
    source: tuple[str, ...]
    treatment: tuple[str, ...]
    dose: Array
    month: Array
    improvement: Array
    baseline: Array
    n: Array
    var_change: Array
    var_baseline: Array
    var_follow_up: Array
    sd_imputed: NDArray[np.bool_]
    composite: NDArray[np.bool_]
    load_pain: Array
    load_function: Array
    ha: Array
    corticosteroid: Array
    prp: Array
    randomised: NDArray[np.bool_]
    origin: tuple[Origin, ...]
    rows: tuple[tuple[EvidenceRow, ...], ...]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.study)

    def take(self, keep: NDArray[np.bool_]) -> Contrasts:
        """The records where ``keep`` is true."""
        index = np.flatnonzero(keep)

        def pick(value: Any) -> Any:
            return value[index] if isinstance(value, np.ndarray) else tuple(value[i] for i in index)

        return Contrasts(**{name: pick(getattr(self, name)) for name in self.__dataclass_fields__})

    @property
    def studies(self) -> tuple[str, ...]:
        """Study names in order of first appearance."""
        return tuple(dict.fromkeys(self.study))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One patient-reported score as it was measured, and as 0–100 severity (higher is worse)."""

    instrument: str
    value: Score
    minimum: Score
    maximum: Score
    month: Months
    severity: Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """One patient with knee osteoarthritis. ``None`` means unknown: it widens the answer and is listed."""

    age: Years
    kl_grade: int
    pain: Measurement | None
    function: Measurement | None
    patient_global: Measurement | None = None
    sex: Literal["female", "male"] | None = None
    bmi: KgPerM2 | None = None
    symptom_months: Months | None = None
    comorbidities: int | None = None
    conditions: tuple[str, ...] | None = None
    donor: Literal["autologous", "allogeneic"] | None = None
    cell_source: Literal["bm_msc"] = "bm_msc"
    compare: tuple[Comparator, ...] = COMPARATORS
    treated_dose: MillionCells | None = None  # given at month 0; needed with follow_up, 0 for no cells
    follow_up: tuple[Measurement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What the patient and the specialist ask of the treatment.

    ``least_probability`` is asked of P(improvement from baseline ≥ MCID); ``beat_probability`` of
    P(more improvement than with the comparator); ``harm_limit`` is the largest accepted probability of a
    local reaction (None: no limit). ``margin_of_mcid``: doses whose expected benefit is within this part
    of the MCID of the best count as equal. ``harm_weight`` is the price of one local reaction, and
    ``cost_weight`` the price of 100 million cells, both in MCIDs of benefit.
    """

    domain: Domain = "pain"
    month: Months = 12.0
    mcid: Points = 10.0
    mcid_source: str = "oarsi_womac_pain"
    least_probability: Probability = 0.5
    beat_probability: Probability = 0.8
    harm_limit: Probability | None = None
    comparator: Comparator = "placebo"
    margin_of_mcid: Probability = 0.1
    harm_weight: Annotated[float, "MCIDs per local reaction"] = 0.0
    cost_weight: Annotated[float, "MCIDs per 100 million cells"] = 0.0


@dataclass(frozen=True, slots=True)
class Band:
    """A distribution in numbers: mean and quantiles (50, 80 and 95 % bands)."""

    mean: float
    q025: float
    q10: float
    q25: float
    q50: float
    q75: float
    q90: float
    q975: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Versus:
    """Cells at one dose against one comparator, same month. ``difference`` positive = cells better."""

    comparator: Comparator
    difference: Band
    p_better: Probability
    p_better_by_mcid: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainOutlook:
    """Pain or function of this patient at one dose."""

    domain: Domain
    benefit: Band  # Points over placebo: what the cells add
    improvement: Band | None  # Points from baseline, context included; None if the baseline is unknown
    p_improvement_mcid: Probability | None
    versus: tuple[Versus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCount:
    """Patients of one arm with a local reaction."""

    arm: str  # study and arm
    dose: MillionCells
    events: Count
    at_risk: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmOutlook:
    """Harm at one dose, with the counts that speak nearest to it."""

    p_local_reaction: Band  # in a new setting, within about 6–12 months
    local_counts: tuple[LocalCount, ...]
    serious_events: Count
    serious_at_risk: Count
    serious_upper95: Probability


RefusalCode = Literal[
    "beyond_doses_tried",
    "beyond_randomised_doses",
    "under_18",
    "no_radiographic_osteoarthritis",
    "contraindication",
    "no_room_to_improve",
]
CautionCode = Literal["rare_grade", "age_outside_trials", "month_outside_trials", "bmi_outside_trials"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a dose is not for this patient: a code for programs, a sentence for people."""

    code: RefusalCode
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """What deserves a second look before a dose is used: a code for programs, a sentence for people."""

    code: CautionCode
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRow:
    """Everything said about one dose. ``refusals`` empty = eligible; a refusal is a value, never a clamp."""

    dose: MillionCells
    refusals: tuple[Refusal, ...]
    cautions: tuple[Caution, ...]
    outlook: tuple[DomainOutlook, ...]
    p_responder: Probability | None
    p_responder_undetermined: Probability | None
    harm: HarmOutlook
    net_benefit: Points  # the expected benefit less the prices of harm and cells, where prices are set
    p_best: Probability
    in_range: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparatorOutlook:
    """Pain or function of this patient without cells; None where the baseline is unknown."""

    domain: Domain
    improvement: Band | None  # Points from baseline
    p_improvement_mcid: Probability | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparatorRow:
    """The same patient treated without cells."""

    comparator: Comparator
    outlook: tuple[ComparatorOutlook, ...]
    p_responder: Probability | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputEffect:
    """What one input changed: expected benefit at the reference dose with it, and with it unknown."""

    field_name: str
    value: str
    benefit_with: Points
    benefit_without: Points
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The question "is more better?" at the patient's month: three-way because doses can be equally good."""

    question: str
    p_more_is_better: Probability
    p_same: Probability
    p_less_is_better: Probability
    p_difference_mcid: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpRow:
    """One later month before and after the measured scores were taken into account."""

    month: Months
    domain: Domain
    before: Band
    after: Band


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveWeight:
    """How much one shape of the dose-response curve counts in the average."""

    curve: str
    weight: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """One aspect of how certain the evidence is."""

    aspect: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where one number comes from, down to rows of the evidence tables."""

    number: str
    kind: Literal["measured", "converted", "imputed", "assumed"]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """``recommendation/2``: what every rendering (terminal, JSON, HTML) draws from; none computes.

    ``sentences`` are three: the answer; how sure, and against what; is more better?
    """

    verdict: Literal["range", "no_dose", "refused"]
    dose_low: MillionCells | None
    dose_high: MillionCells | None
    sentences: tuple[str, ...]
    reasons: tuple[str, ...]
    caveats: tuple[str, ...]
    unknown: tuple[str, ...]
    patient: Patient
    goal: Goal
    doses: tuple[DoseRow, ...]
    comparators: tuple[ComparatorRow, ...]
    answers: tuple[Answer, ...]
    inputs: tuple[InputEffect, ...]
    follow_up: tuple[FollowUpRow, ...]
    evpi: Points  # of the goal's benefit: what perfect knowledge of the dose would be worth
    evpi_curve: Points  # what knowing the true curve alone would be worth
    curve_weights: tuple[CurveWeight, ...]
    certainty: tuple[Certainty, ...]
    floor_share: Probability  # predicted scores below the end of the scale, set to the end
    monte_carlo_se: Probability  # of a probability near one half
    provenance: tuple[Provenance, ...]
    digests: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    seed: int = 0
    stale: bool = False
    schema: str = "recommendation/2"
    banner: str = BANNER
