"""Pictures as SVG strings: what is drawn is what is held; nothing is computed.

Every function takes its width in CSS pixels, so that text keeps its size on a phone and on a desk, and a
``uid`` that makes its ids unique on a page.
"""

from ..evidence.figure_crosscheck import ComparedPoint, crosscheck_figure
from ..evidence.figures import (
    CoverageRow,
    CurvePoint,
    InfluenceRow,
    PriorPosteriorRow,
    coverage_figure,
    curve_figure,
    influence_figure,
    prior_posterior_figure,
)
from .figures_dose import answers_figure, benefit_figure, harm_figure
from .figures_patient import comparator_figure, follow_up_figure, icon_figure, inputs_figure

__all__ = [
    "ComparedPoint",
    "CoverageRow",
    "CurvePoint",
    "InfluenceRow",
    "PriorPosteriorRow",
    "answers_figure",
    "benefit_figure",
    "comparator_figure",
    "coverage_figure",
    "crosscheck_figure",
    "curve_figure",
    "follow_up_figure",
    "harm_figure",
    "icon_figure",
    "influence_figure",
    "inputs_figure",
    "prior_posterior_figure",
]
