"""The records of ``joint run``, ``joint explain`` and ``joint population``."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from ...joint.labels import Claims, Tier
from ...joint.parameters import Kind, Prior
from ...joint.statements import Statement
from ...joint.targets import Target
from ...joint.weighting import Quantity
from ...units import Array, MillionCells, Months, Points, Probability
from ..frame.record import Banner, Seed


class ParameterUsed(TypedDict):
    """A parameter with its value here, its range, and the row that says where it is from."""

    symbol: str
    name: str
    value: float
    low: float
    high: float
    unit: str
    kind: Kind
    held: Annotated[str | None, "why the value is not that of a typical knee; null where it is"]
    prior: Prior
    row: Annotated[str, "row of the table of parameters"]
    source: str
    url: str
    note: str


class Courses(TypedDict):
    """At the central values of all parameters, at each of the months."""

    no_cells: list[float]
    dose: list[float]


class CourseBands(TypedDict):
    """Over draws from the ranges, at each of the months."""

    no_cells: CourseQuantiles
    dose: CourseQuantiles


class CourseQuantiles(TypedDict):
    """Quantiles at each of the months: ends of the 95, 80 and 50 % bands, and the median."""

    q025: list[float]
    q10: list[float]
    q25: list[float]
    q50: list[float]
    q75: list[float]
    q90: list[float]
    q975: list[float]


class SeriesShown(TypedDict):
    """One quantity over time."""

    label: str
    title: str
    unit: str
    kind: Annotated[str, "what of it is measured, derived or assumed"]
    centre: Courses
    bands: CourseBands
    difference: Annotated[CourseQuantiles, "the dose less no cells, within each draw"]


class DoseByTime(TypedDict):
    """Pain with a dose less pain without, by dose and month, at central values; below 0 is relief."""

    label: str
    doses: list[MillionCells]
    months: list[Months]
    pain_difference: Annotated[list[list[float]], "points, a row a dose"]


class DrawFailed(TypedDict):
    """A draw that the solver could not finish."""

    draw: int
    reason: str


class JointRunRecord(Claims):
    """The course of one knee with a dose, beside the same knee without."""

    schema: Literal["joint-run/1"]
    banner: Banner
    tier: Tier
    bands: Annotated[str, "what the bands tell"]
    dose: MillionCells
    repeats: Annotated[list[Months], "months at which the dose is given again"]
    draws: int
    seed: Seed
    parameters: list[ParameterUsed]
    notes: list[str]
    not_known: list[str]
    months: list[Months]
    series: Annotated[dict[str, SeriesShown], "by name"]
    map: DoseByTime
    failed: list[DrawFailed]


class Driver(TypedDict):
    """How much of the variance of an answer one parameter drives (Sobol), with half 95 % intervals."""

    symbol: str
    row: str
    kind: Kind
    first: Annotated[float, "share alone"]
    first_half_width: float
    total: Annotated[float, "share with all interactions"]
    total_half_width: float


class DrivenAnswer(TypedDict):
    """One answer of the model and what drives it."""

    answer: str
    unit: str
    mean: float
    sd: float
    parameters: list[Driver]


class TrialTeaches(TypedDict):
    """What a trial can teach about each parameter."""

    doses: list[MillionCells]
    n: Annotated[list[int], "patients an arm; sizes that are compared"]
    months: list[Months]
    residual_sd: Annotated[float, "points, of one patient's pain"]
    residual_sd_kind: Literal["assumed"]
    prior_sd_of_log: float
    posterior_sd_of_log: Annotated[dict[str, list[float]], "by parameter, one number a size"]


class JointExplainRecord(Claims):
    """What drives the answers of the model, what a trial can teach, which statements hold."""

    schema: Literal["joint-explain/1"]
    banner: Banner
    tier: Tier
    bands: Annotated[str, "what the bands tell"]
    seed: Seed
    draws: int
    drivers: list[DrivenAnswer]
    learned: TrialTeaches
    rule: Annotated[str, "when a statement is supported"]
    statements: list[Statement]
    held_against: list[Target]


class TargetMet(TypedDict):
    """A measured figure, and what the virtual patients say of it before and after they are weighted."""

    name: str
    quantity: Quantity
    dose: MillionCells
    minus_dose: Annotated[MillionCells | None, "whose mean is taken off; null: none"]
    month: Months
    value: Annotated[float, "as measured"]
    se: float
    unit: str
    kind: str
    source: str
    row: Annotated[str | None, "row of the evidence; null: only in source"]
    note: str
    before: float
    after: float
    effective_share_without: Annotated[Probability, "share of patients that would count without this target"]


class TrialsSay(TypedDict):
    """Placebo-adjusted means of the plan's own synthesis, by dose: believe them and not the model."""

    month: Months
    pain_gain_mean: list[Points]
    q025: list[Points]
    q975: list[Points]
    meaning: str


class PatientFailed(TypedDict):
    """A virtual patient that the solver could not finish."""

    patient: int
    reason: str


class JointPopulationRecord(Claims):
    """Virtual patients like those of the trials, at every dose; arrays are by dose and month."""

    schema: Literal["joint-population/1"]
    banner: Banner
    tier: Tier
    meaning: str
    patients: int
    seed: Seed
    doses: list[MillionCells]
    months: list[Months]
    repeats: list[Months]
    targets: Annotated[list[TargetMet] | None, "null: unweighted"]
    effective_share: Annotated[Probability, "share of the patients that still count"]
    effective_patients: float
    share_se: Annotated[Probability, "Monte-Carlo standard error of a share near one half"]
    mean: Annotated[dict[str, Array], "by quantity"]
    quantiles: Annotated[list[Probability], "those of bands"]
    bands: Annotated[dict[str, Array], "by quantity; the last axis is that of quantiles"]
    trials_say: Annotated[TrialsSay | None, "null where the trials say nothing of such a month or repeats"]
    mcid: Points
    mcid_source: str
    beats_no_cells_by_mcid: Annotated[Array, "share with a pain gain of at least the MCID"]
    responders: Annotated[Array, "share of certain responders (OMERACT-OARSI)"]
    responders_undetermined: Annotated[Array, "share in whom the patient's global score would decide"]
    failed: list[PatientFailed]
