"""The records of ``curve``, ``check``, ``fit`` and ``evidence``."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from ...domain import Domain, Origin
from ...evidence.browse import StudyListed
from ...synthesis.crosscheck import Comparison
from ...synthesis.record import Check, Contrast, FitChecked, MoreIsBetter, Weights
from ...units import MillionCells, Months, Points, Probability
from ..frame.record import Banner

Ref = Annotated[str, "row of a table, as outcomes.csv:17"]
TableRow = Annotated[dict[str, str], "a row of a table, by column; ref says which row"]
Stale = Annotated[bool, "The evidence has changed since the fit: do not use before fitting again."]


class CurveDose(TypedDict):
    """The mean effect of one dose over placebo: mean and quantiles over the posterior."""

    dose: MillionCells
    mean: Points
    p_positive: Annotated[Probability, "P(effect > 0)"]
    q025: Points
    q10: Points
    q25: Points
    q50: Points
    q75: Points
    q90: Points
    q975: Points


class CurveUsed(TypedDict):
    """One curve of the average."""

    weight: Probability
    mean: Annotated[list[Points], "mean effect at every dose of doses"]
    says: Annotated[str, "what the curve takes for true"]


class Answer(MoreIsBetter):
    """Is more better, over population effects, for one pair of doses?"""

    dose: Annotated[MillionCells, "the larger dose"]
    against: Annotated[MillionCells, "the smaller dose"]


class CurveRecord(TypedDict):
    """The mean effect of cells over placebo by dose, and whether more is better."""

    schema: Literal["curve/1"]
    banner: Banner
    domain: Domain
    month: Months
    mcid: Annotated[Points, "smallest change that matters to a patient"]
    stale: Stale
    doses: list[CurveDose]
    curves: Annotated[dict[str, CurveUsed], "by name"]
    points: Annotated[list[Contrast], "the studies' own contrasts at the nearest month with any"]
    answers: list[Answer]
    evidence_digest: str


class CrossCheck(TypedDict):
    """Frequentist curves on the same contrasts, beside the Bayesian ones."""

    comparisons: list[Comparison]
    not_fitted: list[str]
    disagreements: Annotated[list[str], "estimates outside the Bayesian interval, one sentence each"]


class CheckRecord(FitChecked):
    """Is the fit fit for use? Diagnostics, predictions, influence."""

    schema: Literal["check/1"]
    banner: Banner
    stale: Stale
    cross_check: CrossCheck


class FitRecord(TypedDict):
    """A fit made from the tables: where it was written, its checks and weights."""

    schema: Literal["fit/1"]
    banner: Banner
    out: Annotated[str, "folder of the fit"]
    checks: list[Check]
    weights: Weights


class EvidenceList(TypedDict):
    """All studies of the tables."""

    schema: Literal["evidence-list/1"]
    banner: Banner
    studies: list[StudyListed]


class ArmUsed(TypedDict):
    """One change from baseline as the model uses it."""

    arm: str
    instrument: str
    month: Months
    dose: MillionCells
    improvement: Points
    n: Annotated[float, "patients"]
    origin: Origin
    rows: list[Ref]
    note: str


class EvidenceShow(TypedDict):
    """One study with all its rows, and what the model makes of them."""

    schema: Literal["evidence-show/1"]
    banner: Banner
    study: TableRow
    arms: list[TableRow]
    outcomes: list[TableRow]
    safety: list[TableRow]
    decisions: list[TableRow]
    in_the_model: list[ArmUsed]
    why_not: Annotated[str, "why the study is not in the model; empty if it is"]
    discarded: Annotated[dict[str, str], "why a row is not used, by row"]


class EvidenceCheck(TypedDict):
    """Faults and likely slips of a folder of tables."""

    schema: Literal["evidence-check/1"]
    banner: Banner
    folder: str
    errors: list[str]
    warnings: Annotated[list[str], "likely slips"]


class RowUsed(TypedDict):
    """One change from baseline that rests on the row."""

    study: str
    arm: str
    month: Months
    instrument: str
    improvement: Points
    baseline: Points | None
    origin: Origin
    note: str
    rows: list[Ref]


class EvidenceTrace(TypedDict):
    """A row of a table, and what the model makes of it."""

    schema: Literal["evidence-trace/1"]
    banner: Banner
    row: Ref
    values: Annotated[dict[str, str], "by column, without the empty ones"]
    used_as: list[RowUsed]
    discarded: Annotated[str, "why the row is not used; empty if it is, or is of no use"]


class NumberTraced(TypedDict):
    """Where a number of a plan comes from."""

    number: str
    kind: Literal["measured", "converted", "imputed", "assumed"]
    source: str


class EvidenceProvenance(TypedDict):
    """Where every number of a plan comes from."""

    schema: Literal["evidence-provenance/1"]
    banner: Banner
    provenance: list[NumberTraced]
