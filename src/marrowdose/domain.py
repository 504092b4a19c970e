"""The nouns of marrowdose: frozen, validated once, a unit on every number.

Inside the program improvement is positive, on 0–100 points of severity; doses are million cells per
injection per knee; times are months after the injection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NewType

import numpy as np
from numpy.typing import NDArray

from .units import Array, Count, KgPerM2, MillionCells, Months, Points, Probability, Score, Within, Years

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
    """What the statistics see: one record per arm, month and instrument, as improvement from baseline.

    All arrays have one entry per record. ``block`` is the randomisation block (a cohort with a control of
    its own); contrasts are taken inside a block only, so randomisation is kept. ``baseline`` is the arm's
    mean severity [points 0–100], NaN where not reported. The variance of ``improvement`` is
    (1−b)²·var_baseline + var_follow_up − 2(1−b)·r·√(var_baseline·var_follow_up) where both are given,
    ``var_change`` where the paper reported (or we imputed) the SD of change; all are already divided by n.
    ``load_pain`` and ``load_function`` say what the instrument measures (a WOMAC total is mostly function).
    """

    study: tuple[str, ...]
    block: tuple[str, ...]
    arm: tuple[str, ...]
    instrument: tuple[str, ...]
    source: tuple[str, ...]
    treatment: tuple[str, ...]
    dose: Array  # MillionCells; 0 for an arm without cells
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
    ha: Array  # 1 where the arm received it (alone or as adjunct), else 0
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

    instrument: Annotated[str, "Code of the instrument, such as womac_pain."]
    value: Annotated[Score, "Score as measured."]
    minimum: Annotated[Score, "Lowest possible score of the version that was filled in."]
    maximum: Annotated[Score, "Highest possible score of the version that was filled in."]
    month: Annotated[Months, "When it was measured; 0 is today, before the injection."]
    severity: Annotated[Points, "The same score as severity, higher is worse.", Within(0, 100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """One patient with knee osteoarthritis. ``None`` means unknown: it widens the answer and is listed."""

    age: Annotated[Years, "Age."]
    kl_grade: Annotated[int, "Kellgren–Lawrence grade of the knee.", Within(0, 4)]
    pain: Annotated[Measurement | None, "Pain today."]
    function: Annotated[Measurement | None, "Function today."]
    patient_global: Annotated[Measurement | None, "Patient's global assessment today."] = None
    sex: Annotated[Literal["female", "male"] | None, "Sex."] = None
    bmi: Annotated[KgPerM2 | None, "Body-mass index."] = None
    symptom_months: Annotated[Months | None, "Duration of symptoms [months]."] = None
    comorbidities: Annotated[int | None, "Number of other illnesses.", Within(0)] = None
    conditions: Annotated[tuple[str, ...] | None, "Codes of what trials excluded; null if not asked."] = None
    donor: Annotated[Literal["autologous", "allogeneic"] | None, "Whose cells."] = None
    cell_source: Annotated[Literal["bm_msc"], "Cultured bone-marrow mesenchymal stem cells."] = "bm_msc"
    compare: Annotated[tuple[Comparator, ...], "Treatments to compare with."] = COMPARATORS
    treated_dose: Annotated[MillionCells | None, "Given at month 0; 0: no cells; null: not yet."] = None
    follow_up: Annotated[tuple[Measurement, ...], "Scores measured after the injection."] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What the patient and the specialist ask of the treatment.

    ``least_probability`` is asked of P(improvement from baseline ≥ MCID), ``beat_probability`` of P(more
    improvement than with the comparator). Doses whose expected benefit is within ``margin_of_mcid`` MCIDs of
    the best count as equal.
    """

    domain: Annotated[Domain, "What is to improve."] = "pain"
    month: Annotated[Months, "When."] = 12.0
    mcid: Annotated[Points, "Smallest improvement worth having.", Within(above=0)] = 10.0
    mcid_source: Annotated[str, "Name or source of the MCID."] = "oarsi_womac_pain"
    least_probability: Annotated[Probability, "Least accepted P(improvement from baseline ≥ MCID)."] = 0.5
    beat_probability: Annotated[Probability, "Least accepted P(more than with the comparator)."] = 0.8
    harm_limit: Annotated[Probability | None, "Largest accepted of a local reaction; null: any."] = None
    comparator: Annotated[Comparator, "What the cells must beat."] = "placebo"
    margin_of_mcid: Annotated[Probability, "Part of the MCID within which doses count as equal."] = 0.1
    harm_weight: Annotated[float, "MCIDs of benefit", "Price of one local reaction.", Within(0)] = 0.0
    cost_weight: Annotated[float, "MCIDs of benefit", "Price of 100 million cells.", Within(0)] = 0.0


@dataclass(frozen=True, slots=True)
class Band:
    """A distribution in numbers, in the unit of the field that holds it: mean and quantiles."""

    mean: float
    q025: float
    q10: float
    q25: float
    q50: float
    q75: float
    q90: float
    q975: float


PointsBand = Annotated[Band, "points on a 0–100 severity scale; an improvement is positive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Versus:
    """Cells at one dose against one comparator, same month. ``difference`` positive = cells better."""

    comparator: Annotated[Comparator, "The other treatment."]
    difference: Annotated[PointsBand, "Cells minus comparator, positive if cells are better."]
    p_better: Annotated[Probability, "P(difference > 0)."]
    p_better_by_mcid: Annotated[Probability, "P(difference ≥ MCID)."]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainOutlook:
    """Pain or function of this patient at one dose."""

    domain: Annotated[Domain, "Pain or function."]
    benefit: Annotated[PointsBand, "What the cells add over placebo."]
    improvement: Annotated[
        PointsBand | None, "From today's score, context included; null if that is unknown."
    ]
    p_improvement_mcid: Annotated[
        Probability | None, "P(improvement ≥ MCID); null if today's score is unknown."
    ]
    versus: Annotated[tuple[Versus, ...], "Against each comparator asked for."]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCount:
    """Patients of one arm with a local reaction."""

    arm: Annotated[str, "Study and arm."]
    dose: Annotated[MillionCells, "Dose."]
    events: Annotated[Count, "Patients with a local reaction."]
    at_risk: Annotated[Count, "Patients at risk."]


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmOutlook:
    """Harm at one dose, with the counts that speak nearest to it."""

    p_local_reaction: Annotated[
        Band, "0–1", "Of a local reaction, in a new setting, within about 6–12 months."
    ]
    local_counts: Annotated[tuple[LocalCount, ...], "Counts of the trials."]
    serious_events: Annotated[Count, "Serious events."]
    serious_at_risk: Annotated[Count, "Patients at risk of a serious event."]
    serious_upper95: Annotated[Probability, "Upper 95 % limit of the probability of a serious event."]


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

    code: Annotated[RefusalCode, "For programs; docs/commands.md says what each means."]
    sentence: Annotated[str, "For people."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """What deserves a second look before a dose is used: a code for programs, a sentence for people."""

    code: Annotated[CautionCode, "For programs; docs/commands.md says what each means."]
    sentence: Annotated[str, "For people."]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRow:
    """Everything said about one dose, which is eligible where there are no refusals."""

    dose: Annotated[MillionCells, "The dose."]
    refusals: Annotated[tuple[Refusal, ...], "Reasons to refuse this dose to this patient."]
    cautions: Annotated[tuple[Caution, ...], "Cautions."]
    outlook: Annotated[tuple[DomainOutlook, ...], "Pain and function."]
    p_responder: Annotated[Probability | None, "P(OMERACT-OARSI responder); null if no score is known."]
    p_responder_undetermined: Annotated[Probability | None, "P(a missing score decides)."]
    harm: HarmOutlook
    net_benefit: Annotated[Points, "Expected benefit less the prices of harm and cells, where set."]
    p_best: Annotated[Probability, "P(this dose is the best of those looked at)."]
    in_range: Annotated[bool, "Part of the recommended range."]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparatorOutlook:
    """Pain or function of this patient without cells; None where the baseline is unknown."""

    domain: Annotated[Domain, "Pain or function."]
    improvement: Annotated[PointsBand | None, "Improvement from today's score; null if unknown."]
    p_improvement_mcid: Annotated[Probability | None, "P(improvement ≥ MCID); null if unknown."]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparatorRow:
    """The same patient treated without cells."""

    comparator: Annotated[Comparator, "The treatment."]
    outlook: Annotated[tuple[ComparatorOutlook, ...], "Pain and function."]
    p_responder: Annotated[Probability | None, "P(OMERACT-OARSI responder); null if no score is known."]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputEffect:
    """What one input changed: expected benefit at the reference dose with it, and with it unknown."""

    field_name: Annotated[str, "The input."]
    value: Annotated[str, "Its value, in words."]
    benefit_with: Annotated[Points, "Expected benefit at the reference dose with it."]
    benefit_without: Annotated[Points, "Expected benefit at the reference dose had it been unknown."]
    note: Annotated[str, "What is known about its influence."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Is more better at the month of the goal? Three probabilities that add to 1, as doses can be equal."""

    question: Annotated[str, "The question, in full."]
    p_more_is_better: Annotated[Probability, "P(the higher dose does more)."]
    p_same: Annotated[Probability, "P(both do the same)."]
    p_less_is_better: Annotated[Probability, "P(the higher dose does less)."]
    p_difference_mcid: Annotated[Probability, "P(they differ by the MCID or more)."]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpRow:
    """One later month before and after the measured scores were taken into account."""

    month: Annotated[Months, "The month."]
    domain: Annotated[Domain, "Pain or function."]
    before: Annotated[PointsBand, "Improvement expected before."]
    after: Annotated[PointsBand, "Improvement expected after."]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveWeight:
    """How much one shape of the dose-response curve counts in the average."""

    curve: Annotated[str, "Name of the dose-response curve."]
    weight: Annotated[Probability, "Weight in the average."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """One aspect of how certain the evidence is."""

    aspect: Annotated[str, "Aspect."]
    sentence: Annotated[str, "What is to be said of it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where one number comes from, down to rows of the evidence tables."""

    number: Annotated[str, "The number."]
    kind: Annotated[Literal["measured", "converted", "imputed", "assumed"], "How it came to be."]
    source: Annotated[str, "Where it comes from."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What is said of the dose for one knee. Every rendering (terminal, JSON, HTML) draws from it; none
    computes.
    """

    schema: Annotated[Literal["recommendation/2"], "Name and version of this schema."] = "recommendation/2"
    banner: Annotated[str, "Intended use, to be shown with every rendering."] = BANNER
    verdict: Annotated[
        Literal["range", "no_dose", "refused"],
        "range: doses are recommended; no_dose: none reaches the goal; refused: no answer.",
    ]
    dose_low: Annotated[MillionCells | None, "Lowest dose of the range, named first; null without a range."]
    dose_high: Annotated[MillionCells | None, "Highest dose of the range; null without a range."]
    sentences: Annotated[tuple[str, str, str], "The answer; how sure and against what; is more better?"]
    reasons: Annotated[tuple[str, ...], "Why, one sentence each."]
    caveats: Annotated[tuple[str, ...], "What to doubt, one sentence each."]
    unknown: Annotated[tuple[str, ...], "Inputs that were not known, and what that did."]
    patient: Patient
    goal: Goal
    doses: Annotated[tuple[DoseRow, ...], "Every dose looked at, in ascending order."]
    comparators: Annotated[tuple[ComparatorRow, ...], "The same patient without cells."]
    answers: Annotated[tuple[Answer, ...], "Is more better?"]
    inputs: Annotated[tuple[InputEffect, ...], "What each input changed."]
    follow_up: Annotated[tuple[FollowUpRow, ...], "By later month; empty without measured scores."]
    evpi: Annotated[Points, "Expected value of knowing the best dose for certain.", Within(0)]
    evpi_curve: Annotated[Points, "Expected value of knowing the true curve alone.", Within(0)]
    curve_weights: Annotated[tuple[CurveWeight, ...], "Dose-response curves in the average."]
    certainty: Annotated[tuple[Certainty, ...], "Certainty of the evidence."]
    floor_share: Annotated[Probability, "Share of predicted scores set to the end of the scale."]
    monte_carlo_se: Annotated[Probability, "Of a probability near one half."]
    provenance: Annotated[tuple[Provenance, ...], "Where every number comes from."]
    digests: Annotated[dict[str, str], "Of evidence, fit and inputs, by name."] = field(default_factory=dict)
    versions: Annotated[dict[str, str], "Versions of the programs, by name."] = field(default_factory=dict)
    seed: Annotated[int, "Seed of the random numbers."] = 0
    stale: Annotated[bool, "The evidence has changed since the fit: do not use before fitting again."] = False
