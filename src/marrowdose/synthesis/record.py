"""What is kept of a fit beside its draws: checks, weights, predictions, influence, the studies."""

from __future__ import annotations

from typing import Annotated, TypedDict

from ..domain import Domain, Origin
from ..units import MillionCells, Months, Points, Probability

ByCurve = Annotated[dict[str, float], "by curve"]
ByStudy = Annotated[dict[str, float], "by study"]


class Check(TypedDict):
    """One check of a fit; a blocking one that fails keeps the fit from being used."""

    name: str
    ok: bool
    blocking: bool
    says: str


class Weights(TypedDict):
    """Weights of the curves, each kind adding to 1."""

    used: Annotated[ByCurve, "averaged stacking of leave-one-study-out predictions"]
    stacking_optimum: ByCurve
    pseudo_bma: ByCurve
    prior: ByCurve


class Diagnostics(TypedDict):
    """How the sampling of one model went; ``sentences`` say what is wrong."""

    r_hat: Annotated[float, "largest of all parameters"]
    ess_bulk: Annotated[float, "least effective sample size, bulk"]
    ess_tail: Annotated[float, "least effective sample size, tails"]
    divergences: int
    target_accept: Probability
    steps: Annotated[float, "mean number of leapfrog steps"]
    sentences: list[str]


class HeldOut(TypedDict):
    """One contrast of a study beside its prediction from the other studies."""

    study: str
    label: str
    observed: Points
    q025: Points
    q10: Points
    q50: Points
    q90: Points
    q975: Points
    in80: Annotated[bool, "inside the 80 % interval"]
    in95: Annotated[bool, "inside the 95 % interval"]


class Coverage(TypedDict):
    """How many held-out contrasts an interval holds."""

    nominal: Probability
    observed: Probability
    mc_error: Annotated[Probability, "Monte-Carlo error"]


class Predictive(TypedDict):
    """Every study predicted from the others."""

    rows: list[HeldOut]
    coverage: dict[str, Coverage]
    misfit: Annotated[list[str], "studies that are predicted badly"]


class MoreIsBetter(TypedDict):
    """Is the larger of two doses better? In checks: 100 against 25 million cells, at month 12."""

    more: Annotated[Probability, "P(more benefit)"]
    same: Annotated[Probability, "P(the same)"]
    less: Annotated[Probability, "P(less)"]
    mcid: Annotated[Probability, "P(a difference of the MCID or more)"]
    effect_more: Annotated[Points, "mean effect of the larger dose"]
    effect_less: Annotated[Points, "mean effect of the smaller dose"]
    effect_typical: Annotated[Points, "mean effect of 50 million cells"]
    p_effect_less: Annotated[Probability, "P(effect of the smaller dose > 0)"]


class Answers(MoreIsBetter):
    """The answers of one set of studies."""

    weights: ByCurve
    typical_low: Annotated[Points, "lower end of the 95 % interval of effect_typical"]
    typical_high: Annotated[Points, "upper end of the 95 % interval of effect_typical"]


class Influence(Answers):
    """The answers without one study."""

    without: Annotated[str, "the study; empty: none is left out"]


class Sensitivity(Answers):
    """The answers with another choice of evidence."""

    analysis: str
    pareto_k: Annotated[float, "above 0.7: read with care"]


class PowerScaled(MoreIsBetter):
    """The answers with priors to the power ``alpha``: below 1 weaker, above 1 stronger."""

    alpha: Annotated[float, "power of the prior density"]


class Learned(TypedDict):
    """A parameter with its prior, and what the trials taught about it."""

    parameter: str
    kind: Annotated[str, "distribution of the prior"]
    loc: float
    scale: float
    unit: str
    reason: str
    contraction: Annotated[float, "1 − posterior variance / prior variance"]


class Contrast(TypedDict):
    """A study's own difference from its control."""

    study: str
    label: str
    dose: MillionCells
    month: Months
    effect: Points
    se: Points
    domain: Domain
    origin: Origin


class StudyUsed(TypedDict):
    """A study in the model."""

    study: str
    year: str
    design: str
    blinding: str
    risk_of_bias: str
    patients: float
    arms: int
    doses: list[MillionCells]
    months: list[Months]
    origin: Annotated[dict[str, int], "number of contrasts by how they came to be"]
    cite: Annotated[str, "DOI, PubMed or registry number"]
    rows: Annotated[list[str], "rows of the evidence tables, as outcomes.csv:17"]


class Sampling(TypedDict):
    """How much was sampled."""

    seed: int
    chains: int
    warmup: int
    draws: Annotated[int, "a chain"]
    kept: Annotated[int, "draws kept of each curve"]
    importance_draws: int


class FitChecked(TypedDict):
    """All that is said about a fit."""

    analysis: Annotated[str, "primary, or which choice of evidence"]
    checks: list[Check]
    weights: Weights
    lpd: Annotated[dict[str, ByStudy], "log predictive density of every study left out, by curve"]
    diagnostics: Annotated[dict[str, Diagnostics], "by curve, and of context and harm"]
    predictive: Predictive
    influence: list[Influence]
    sensitivity: list[Sensitivity]
    posterior_predictive_p: ByStudy
    prior_sensitivity: list[PowerScaled]
    contraction: list[Learned]
    studies: list[StudyUsed]
    studies_out: Annotated[dict[str, str], "why a study is not in the model"]
    evidence_digest: str
    versions: dict[str, str]
    settings: Sampling
