"""Meta-analysis: one effect a study, or a dose-response curve through all arms of all studies.

- arms with doses, of several studies: `drma`, as `Fitting` and `Comparison` say; `compare_curves` where the
  curve is not known
- the same as effects of your own: `fit_studies` on `StudyEffects`
- one effect and its variance a study: `pool`, `heterogeneity`, `blup`
- counts with few events: `glmm`; `mantel_haenszel` and `peto` for one common odds ratio
- several correlated effects a study: `fit_mixed` on studies put together by `stack`, with a `spread`
- arms to be turned into effects: `mean_differences`, `standardised_differences`, `log_ratios`
- reported log ratios without their covariances: `greenland_longnecker`, `hamling`
- a dose to be read off a fitted curve: `effective_dose`, `target_dose`, `peak`
- does one study, or do small ones, carry the result: `influence`, `egger`, `rank_correlation`,
  `trim_and_fill`, `baujat`; of a curve `study_influence`, `small_study_effects`

>>> from marrowdose.statistics.meta import drma
>>> arms = {"study": ["a", "a", "b", "b", "c", "c"], "dose": [0, 10, 0, 20, 0, 40],
...         "mean": [5, 7, 4, 8, 5, 13], "sd": [9] * 6, "n": [50] * 6}
>>> round(float(drma(arms, curve="linear").predict([20]).effect[0]), 2)
4.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...doors import door

if TYPE_CHECKING:
    from .blocks import Blocks, stack
    from .curve import CurvePoints, DoseResponse, WaldTest, wald
    from .curve_choice import Average, CurveRow, compare_curves
    from .curve_diagnostics import (
        Multiples,
        SmallStudyEffects,
        StudyInfluence,
        multiples,
        small_study_effects,
        study_influence,
    )
    from .diagnostics import (
        Influence,
        SmallStudies,
        TrimFill,
        baujat,
        egger,
        influence,
        rank_correlation,
        trim_and_fill,
    )
    from .dose_response import drma, fit_studies, leave_one_out
    from .effects import (
        Effects,
        change_reference,
        log_ratios,
        mean_differences,
        standardised_differences,
        user_covariance,
    )
    from .fitting import Fitting
    from .mixed import Convergence, MixedFit, at_spread, fit_mixed, moment_spread
    from .pooling import Heterogeneity, Interval, Pooled, Predictions, blup, heterogeneity, pool
    from .pseudocounts import fitted_cases, greenland_longnecker, hamling
    from .rare_events.common_odds import mantel_haenszel, peto
    from .rare_events.mixed_models import CountFit, CountFitting, glmm
    from .structures import Spread, correlation_of, spread
    from .table import Comparison, StudyEffects, studies_of
    from .target import DoseEstimate, Peak, effective_dose, peak, target_dose

__all__ = [
    "Average",
    "Blocks",
    "Comparison",
    "Convergence",
    "CountFit",
    "CountFitting",
    "CurvePoints",
    "CurveRow",
    "DoseEstimate",
    "DoseResponse",
    "Effects",
    "Fitting",
    "Heterogeneity",
    "Influence",
    "Interval",
    "MixedFit",
    "Multiples",
    "Peak",
    "Pooled",
    "Predictions",
    "SmallStudies",
    "SmallStudyEffects",
    "Spread",
    "StudyEffects",
    "StudyInfluence",
    "TrimFill",
    "WaldTest",
    "at_spread",
    "baujat",
    "blup",
    "change_reference",
    "compare_curves",
    "correlation_of",
    "drma",
    "effective_dose",
    "egger",
    "fit_mixed",
    "fit_studies",
    "fitted_cases",
    "glmm",
    "greenland_longnecker",
    "hamling",
    "heterogeneity",
    "influence",
    "leave_one_out",
    "log_ratios",
    "mantel_haenszel",
    "mean_differences",
    "moment_spread",
    "multiples",
    "peak",
    "peto",
    "pool",
    "rank_correlation",
    "small_study_effects",
    "spread",
    "stack",
    "standardised_differences",
    "studies_of",
    "study_influence",
    "target_dose",
    "trim_and_fill",
    "user_covariance",
    "wald",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "blocks": "Blocks stack",
        "rare_events.mixed_models": "CountFit CountFitting glmm",
        "curve_choice": "Average CurveRow compare_curves",
        "curve_diagnostics": (
            "Multiples SmallStudyEffects StudyInfluence multiples small_study_effects study_influence"
        ),
        "diagnostics": (
            "Influence SmallStudies TrimFill baujat egger influence rank_correlation trim_and_fill"
        ),
        "curve": "CurvePoints DoseResponse WaldTest wald",
        "dose_response": "drma fit_studies leave_one_out",
        "fitting": "Fitting",
        "effects": (
            "Effects change_reference log_ratios mean_differences standardised_differences user_covariance"
        ),
        "mixed": "Convergence MixedFit at_spread fit_mixed moment_spread",
        "pooling": "Heterogeneity Interval Pooled Predictions blup heterogeneity pool",
        "pseudocounts": "fitted_cases greenland_longnecker hamling",
        "rare_events.common_odds": "mantel_haenszel peto",
        "structures": "Spread correlation_of spread",
        "table": "Comparison StudyEffects studies_of",
        "target": "DoseEstimate Peak effective_dose peak target_dose",
    },
)
