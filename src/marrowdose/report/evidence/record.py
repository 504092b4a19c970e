"""The records of ``curve``, ``check``, ``fit`` and ``evidence``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypedDict

from ...domain import Domain, Origin, Provenance
from ...evidence.browse import StudyListed
from ...synthesis.crosscheck import Comparison
from ...synthesis.record import (
    Check,
    Contraction,
    Convergence,
    CurveWeights,
    Influence,
    Predictive,
    PriorPower,
    Sampling,
    Sensitivity,
    StudyPoint,
    StudyUsed,
)
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


class Answer(TypedDict):
    """Does a higher dose do more than a lower one, in the population?"""

    higher: MillionCells
    lower: MillionCells
    more: Annotated[Probability, "P(the higher dose does more)"]
    same: Annotated[Probability, "P(both do the same)"]
    less: Annotated[Probability, "P(the higher dose does less)"]
    mcid: Annotated[Probability, "P(the higher dose does more by the MCID)"]
    effect_more: Annotated[Points, "mean effect of the higher dose"]
    effect_less: Annotated[Points, "mean effect of the lower dose"]
    effect_typical: Annotated[Points, "mean effect of 50 million cells"]
    p_effect_less: Annotated[Probability, "P(the lower dose does anything)"]


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
    points: Annotated[Sequence[StudyPoint], "the studies' own contrasts at the nearest month with any"]
    answers: list[Answer]
    evidence_digest: str


class CrossCheck(TypedDict):
    """Frequentist curves on the same contrasts, beside the Bayesian ones."""

    comparisons: list[Comparison]
    not_fitted: list[str]
    disagreements: Annotated[list[str], "estimates outside the Bayesian interval, one sentence each"]


class CheckRecord(TypedDict):
    """Is the fit fit for use? Diagnostics, predictions, influence."""

    schema: Literal["check/1"]
    banner: Banner
    stale: Stale
    analysis: Annotated[str, "primary, or which choice of evidence"]
    checks: Sequence[Check]
    weights: CurveWeights
    lpd: Annotated[
        Mapping[str, Mapping[str, float]], "log predictive density of every study left out, by curve"
    ]
    diagnostics: Annotated[Mapping[str, Convergence], "by curve, and of context and harm"]
    predictive: Predictive
    influence: Sequence[Influence]
    sensitivity: Sequence[Sensitivity]
    posterior_predictive_p: Annotated[Mapping[str, Probability], "by study"]
    prior_sensitivity: Sequence[PriorPower]
    contraction: Sequence[Contraction]
    studies: Sequence[StudyUsed]
    studies_out: Annotated[Mapping[str, str], "why a study is not in the model"]
    evidence_digest: str
    versions: Mapping[str, str]
    settings: Sampling
    cross_check: CrossCheck


class FitWritten(TypedDict):
    """A fit made from the tables: where it was written, its checks and weights."""

    schema: Literal["fit/1"]
    banner: Banner
    out: Annotated[str, "folder of the fit"]
    checks: Sequence[Check]
    weights: CurveWeights


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


class EvidenceProvenance(TypedDict):
    """Where every number of a plan comes from."""

    schema: Literal["evidence-provenance/1"]
    banner: Banner
    provenance: list[Provenance]
