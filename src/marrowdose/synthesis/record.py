"""What a fit says of itself beside its draws: checks, weights, influence, held-out predictions, versions.

Each noun is one object of ``fit.json``, its fields the keys of that object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..domain import Domain, Origin
from ..evidence.counts import HarmCount
from ..priors import Kind
from ..units import Count, MillionCells, Months, Points, Probability

Study = str
CurveName = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How much is sampled. ``kept`` draws of each model are stored."""

    seed: int = 20260101
    chains: int = 4
    warmup: int = 1000
    draws: int = 2000
    kept: int = 2000
    importance_draws: int = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveWeights:
    """The weight of every curve: as used, and by two other rules beside it; ``prior`` before any data."""

    used: Mapping[CurveName, Probability]
    stacking_optimum: Mapping[CurveName, Probability]
    pseudo_bma: Mapping[CurveName, Probability]
    prior: Mapping[CurveName, Probability]


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """The worst diagnostics over all quantities of one sampled model; ``sentences`` name each failure."""

    r_hat: float
    ess_bulk: float
    ess_tail: float
    divergences: int
    target_accept: float
    steps: float  # leapfrog steps of a draw, mean
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """One contrast of a study, and what the other studies predicted of it [points]."""

    study: Study
    label: str
    observed: Points
    q025: Points
    q10: Points
    q50: Points
    q90: Points
    q975: Points
    in80: bool
    in95: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Share of held-out contrasts inside their interval, and its Monte-Carlo error."""

    nominal: Probability
    observed: Probability
    mc_error: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageOfBoth:
    """Coverage of the 80 % and of the 95 % intervals."""

    in80: Coverage
    in95: Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictive:
    """Every study predicted from the others; ``misfit`` names those that fall outside too often."""

    rows: tuple[HeldOut, ...]
    coverage: CoverageOfBoth
    misfit: tuple[Study, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreIsBetter:
    """P(a higher dose does more, the same, less, more by the MCID) and mean effects over placebo.

    ``effect_more``, ``effect_less``: at the higher and the lower dose; ``effect_typical``: at 50 million.
    """

    more: Probability
    same: Probability
    less: Probability
    mcid: Probability
    effect_more: Points
    effect_less: Points
    effect_typical: Points
    p_effect_less: Probability  # that the lower dose does anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers(MoreIsBetter):
    """The same with the weights of the curves and the 95 % interval of the effect of 50 million cells."""

    weights: Mapping[CurveName, Probability]
    typical_low: Points
    typical_high: Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence(Answers):
    """The answers without one study; with all of them where ``without`` is empty."""

    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity(Answers):
    """The answers under another choice of evidence."""

    analysis: str
    pareto_k: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorPower(MoreIsBetter):
    """The answers with every prior raised to the power ``alpha``."""

    alpha: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contraction:
    """A parameter, its prior, and how much the data taught: 1 − posterior variance over prior variance."""

    parameter: str
    kind: Kind
    loc: float
    scale: float
    unit: str
    reason: str
    contraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPoint:
    """One contrast of a study for the dose-response picture, adjusted to a balanced baseline."""

    study: Study
    label: str
    dose: MillionCells
    month: Months
    effect: Points
    se: Points
    domain: Domain
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginCounts:
    """How many figures of a study were reported, converted, imputed."""

    reported: int
    converted: int
    imputed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyUsed:
    """One study in the model: who, how many, which doses, and the rows of the tables it stands in."""

    study: Study
    year: str
    design: str
    blinding: str
    risk_of_bias: str
    patients: Count
    arms: int
    doses: tuple[MillionCells, ...]
    months: tuple[Months, ...]
    origin: OriginCounts
    cite: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriousTotal:
    """Serious events of all doses together, with the exact upper 95 % bound of their probability."""

    events: Count
    at_risk: Count
    upper95: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of a fit. A ``blocking`` one that fails keeps the fit from being shipped."""

    name: str
    ok: bool
    blocking: bool
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRecord:
    """All of it. ``lpd``: log predictive density of every study left out, by curve."""

    analysis: str
    weights: CurveWeights
    lpd: Mapping[CurveName, Mapping[Study, float]]
    diagnostics: Mapping[str, Convergence]
    left_out_by_nuts: int
    pareto_k: float
    predictive: Predictive
    influence: tuple[Influence, ...]
    sensitivity: tuple[Sensitivity, ...]
    posterior_predictive_p: Mapping[Study, Probability]
    prior_sensitivity: tuple[PriorPower, ...]
    contraction: tuple[Contraction, ...]
    points: tuple[StudyPoint, ...]
    studies: tuple[StudyUsed, ...]
    studies_out: Mapping[Study, str]  # with the reason
    discarded: Mapping[str, str]  # row → reason
    context_rows: tuple[str, ...]
    harm_counts: tuple[HarmCount, ...]
    serious: SeriousTotal
    dose_range: tuple[MillionCells, MillionCells]
    month_range: tuple[Months, Months]
    evidence_digest: str
    versions: Mapping[str, str]
    settings: Sampling
    checks: tuple[Check, ...]
