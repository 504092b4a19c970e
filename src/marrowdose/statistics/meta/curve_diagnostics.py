"""Does one study, or do small studies, carry a dose-response curve?

Studies have several effects at different doses, but the tools of ``influence`` take one effect a study. So
each study's effects are written as a multiple of the fitted curve: m_i = (gᵀS⁻¹y)/(gᵀS⁻¹g), variance
1/(gᵀS⁻¹g), g the curve at the study's doses and covariates. One means: as fitted. For a straight line m_i is
the study's own slope over the common one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InputError, require
from ...units import Array, Probability
from .curve import DoseResponse
from .diagnostics import SmallStudies, TrimFill, baujat, egger, rank_correlation, trim_and_fill
from .dose_response import refit


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiples:
    """Every study's effects as a multiple of the fitted curve (k,), with variances (k,)."""

    study: tuple[str, ...]
    multiple: Array
    variance: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyInfluence:
    """The effect at ``dose`` without each study (k,), and Baujat's coordinates of its multiple of the curve.

    ``moved``: how far the effect moves, in standard errors of all studies together. ``failed``: studies
    without which the curve cannot be fitted, with the reason; their entries are NaN.
    """

    dose: float
    effect: float  # of all studies together, with its interval
    low: float
    high: float
    study: tuple[str, ...]
    effect_without: Array
    low_without: Array
    high_without: Array
    i2_without: Array
    moved: Array
    heterogeneity_share: Array
    pull: Array
    failed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallStudyEffects:
    """Egger's regression, Begg's rank correlation and trim-and-fill of the multiples of the curve."""

    multiples: Multiples
    egger: SmallStudies
    rank_tau: float
    rank_p: Probability
    trim_and_fill: TrimFill


def multiples(fit: DoseResponse) -> Multiples:
    """Each study as a multiple of the curve, which must not be flat at its doses. Raises ``InputError``.

    >>> arms = {"study": ["a", "a", "b", "b", "c", "c", "d", "d"], "dose": [0, 10, 0, 20, 0, 30, 0, 40],
    ...         "mean": [5, 7.2, 4, 7.8, 5, 11.1, 6, 13.8], "sd": [9] * 8, "n": [50] * 8}
    >>> fit = drma(arms, curve="linear")
    >>> multiples(fit).multiple.round(2).tolist()
    [1.11, 0.96, 1.03, 0.99]
    """
    ratio, variance = [], []
    for s in fit.studies:
        g = fit.at_study(s)
        weighed = np.linalg.solve(s.effects.covariance, g)
        information = float(g @ weighed)
        require(
            information > 1e-12,
            "the fitted curve is flat at its doses",
            where=f"study {s.name}",
            remedy="multiples of a flat curve cannot be told: use another curve",
        )
        ratio.append(float(weighed @ s.effects.y) / information)
        variance.append(1 / information)
    return Multiples(
        study=tuple(s.name for s in fit.studies), multiple=np.array(ratio), variance=np.array(variance)
    )


def study_influence(fit: DoseResponse, dose: float) -> StudyInfluence:
    """Fit again without every study in turn; ``dose`` is where the effects are compared.

    >>> arms = {"study": ["a", "a", "b", "b", "c", "c", "d", "d"], "dose": [0, 10, 0, 20, 0, 30, 0, 40],
    ...         "mean": [5, 7.2, 4, 7.8, 5, 11.1, 6, 13.8], "sd": [9] * 8, "n": [50] * 8}
    >>> fit = drma(arms, curve="linear")
    >>> study_influence(fit, 20.0).effect_without.round(2).tolist()
    [3.94, 3.98, 3.9, 4.01]
    """
    require(
        len(fit.studies) >= 3,
        f"too few studies to leave one out ({len(fit.studies)})",
        where="influence",
        allowed="3 studies or more",
    )
    whole = fit.predict([dose])
    require(
        float(whole.se[0]) > 0,
        f"the effect of dose {dose:g} is zero by definition",
        where="influence",
    )
    found, failed = np.full((4, len(fit.studies)), np.nan), []
    for i, left in enumerate(fit.studies):
        try:
            again = refit(fit, [s for s in fit.studies if s is not left])
        except InputError as problem:
            failed.append((left.name, str(problem)))
            continue
        at = again.predict([dose])
        found[:, i] = at.effect[0], at.low[0], at.high[0], again.i2
    own = multiples(fit)
    share, pull = baujat(own.multiple, own.variance)
    return StudyInfluence(
        dose=float(dose),
        effect=float(whole.effect[0]),
        low=float(whole.low[0]),
        high=float(whole.high[0]),
        study=own.study,
        effect_without=found[0],
        low_without=found[1],
        high_without=found[2],
        i2_without=found[3],
        moved=(found[0] - whole.effect[0]) / whole.se[0],
        heterogeneity_share=share,
        pull=pull,
        failed=tuple(failed),
    )


def small_study_effects(fit: DoseResponse) -> SmallStudyEffects:
    """Do small studies show more, or less, of the curve? Raises ``InputError`` for fewer than 4 studies.

    >>> arms = {"study": ["a", "a", "b", "b", "c", "c", "d", "d"], "dose": [0, 10, 0, 20, 0, 30, 0, 40],
    ...         "mean": [5, 7.2, 4, 7.8, 5, 11.1, 6, 13.8], "sd": [9] * 8, "n": [50] * 8}
    >>> fit = drma(arms, curve="linear")
    >>> round(small_study_effects(fit).egger.p, 2)
    0.93
    """
    own = multiples(fit)
    require(
        len(own.study) >= 4,
        f"too few studies ({len(own.study)})",
        where="small-study effects",
        allowed="4 studies or more",
    )
    tau, p = rank_correlation(own.multiple, own.variance)
    return SmallStudyEffects(
        multiples=own,
        egger=egger(own.multiple, own.variance),
        rank_tau=tau,
        rank_p=p,
        trim_and_fill=trim_and_fill(own.multiple, own.variance),
    )
