"""MCP-Mod: is there a dose-response, of which shape, and which dose has the effect that is wanted?

- data: `from_patients`, or `estimates` by dose with their covariance, or `placebo_adjusted` effects
- guesses of the curve: a `Candidate` of `make_shape`, `user_shape` or `interpolation`
- one trial: `mcpmod` by a `ContrastRule`; its halves `contrast_test` and `fit_model`; for intervals
  `bootstrap`
- many trials at once: `analyse_estimates` of `TrialEstimates`; of normal responses `summarise` and
  `analyse_normal`
- a trial to be planned: `plan_trial` of a `TrialAsked`; in parts `power`, `power_of_estimates`, `sample_size`
- what to expect of it: `operating_characteristics` of trials from `draw_trials`
- its doses and shares: `optimal_design`, `design_criterion`, `assess_estimation`, `target_dose_error`
- the parts: `optimal_contrasts`, `constrained_contrasts`, `critical_value`, `max_p_values`, `max_exceeds`

>>> import numpy as np
>>> from marrowdose.statistics.mcpmod import Candidate, estimates, make_shape, mcpmod
>>> data = estimates([0, 10, 50, 100], [0.0, 3.1, 7.0, 7.9], np.eye(4))
>>> mcpmod(data, [Candidate(label="emax", shape=make_shape("emax", 100.0), guess=(20.0,))]).selected
'emax'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...doors import door

if TYPE_CHECKING:
    from .analysis import ContrastTest, McpMod, contrast_test, information_weights, mcpmod
    from .batch import TrialEstimates, analyse_estimates
    from .batch_fits import Batch, BatchTest
    from .candidates import Candidate, candidate_of_coefficients
    from .contrasts import constrained_contrasts, contrast_correlation, optimal_contrasts
    from .data import Estimates, estimates, from_patients, placebo_adjusted
    from .design import Conditions, OptimalDesign, design_criterion, optimal_design
    from .fit import FittedCurve, ModelFit, fit_model, with_bounds
    from .multivariate_t import critical_value, critical_values, max_exceeds, max_p_values
    from .planning import Power, SampleSize, power, power_of_estimates, sample_size
    from .precision import DoseEstimation, Estimation, assess_estimation, target_dose_error
    from .resampling import Bootstrap, bootstrap
    from .rule import ContrastRule
    from .shapes import Shape, make_shape, shape_names
    from .shapes.user import interpolation, user_shape
    from .simulate import (
        NormalTrials,
        Operating,
        analyse_normal,
        draw_trials,
        operating_characteristics,
        summarise,
    )
    from .trial_plan import TrialAsked, TrialPlan, plan_trial

__all__ = [
    "Batch",
    "BatchTest",
    "Bootstrap",
    "Candidate",
    "Conditions",
    "ContrastRule",
    "ContrastTest",
    "DoseEstimation",
    "Estimates",
    "Estimation",
    "FittedCurve",
    "McpMod",
    "ModelFit",
    "NormalTrials",
    "Operating",
    "OptimalDesign",
    "Power",
    "SampleSize",
    "Shape",
    "TrialAsked",
    "TrialEstimates",
    "TrialPlan",
    "analyse_estimates",
    "analyse_normal",
    "assess_estimation",
    "bootstrap",
    "candidate_of_coefficients",
    "constrained_contrasts",
    "contrast_correlation",
    "contrast_test",
    "critical_value",
    "critical_values",
    "design_criterion",
    "draw_trials",
    "estimates",
    "fit_model",
    "from_patients",
    "information_weights",
    "interpolation",
    "make_shape",
    "max_exceeds",
    "max_p_values",
    "mcpmod",
    "operating_characteristics",
    "optimal_contrasts",
    "optimal_design",
    "placebo_adjusted",
    "plan_trial",
    "power",
    "power_of_estimates",
    "sample_size",
    "shape_names",
    "summarise",
    "target_dose_error",
    "user_shape",
    "with_bounds",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "analysis": "ContrastTest McpMod contrast_test information_weights mcpmod",
        "batch": "TrialEstimates analyse_estimates",
        "batch_fits": "Batch BatchTest",
        "candidates": "Candidate candidate_of_coefficients",
        "contrasts": "constrained_contrasts contrast_correlation optimal_contrasts",
        "data": "Estimates estimates from_patients placebo_adjusted",
        "design": "Conditions OptimalDesign design_criterion optimal_design",
        "fit": "FittedCurve ModelFit fit_model with_bounds",
        "multivariate_t": "critical_value critical_values max_exceeds max_p_values",
        "planning": "Power SampleSize power power_of_estimates sample_size",
        "precision": "DoseEstimation Estimation assess_estimation target_dose_error",
        "resampling": "Bootstrap bootstrap",
        "rule": "ContrastRule",
        "shapes": "Shape make_shape shape_names",
        "shapes.user": "interpolation user_shape",
        "trial_plan": "TrialAsked TrialPlan plan_trial",
        "simulate": "NormalTrials Operating analyse_normal draw_trials operating_characteristics summarise",
    },
)
