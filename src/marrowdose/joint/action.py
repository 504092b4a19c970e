"""How one dose may act in one patient, in short: stands beside a plan and explains; the plan does not use
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..domain import Patient
from ..units import Array, MillionCells, Months, Points, Probability
from .knee import knee_of
from .kpd5 import course
from .labels import CREDIBLE, NOT_CREDIBLE, PURPOSE

MONTHS: tuple[Months, ...] = (0, 0.25, 0.5, 1, 2, 3, 6, 9, 12, 18, 24)
YEARS_5: Months = 60
DRAWS = 150  # enough for whole points: the error of a 2.5 % quantile is a sixth of the band or less
LABEL = "explanation, not the source of the advice"


Thickness = Annotated[tuple[float, float, float], "share of the thickness"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseAction:
    """How one dose may act in this patient by the closed form of the knee: an explanation, never the source
    of advice. Numbers are medians of the draws, one a month, with the ends of their 95 % bands.
    """

    label: str
    purpose: Annotated[str, "What the model is for and what it never does."]
    dose: Annotated[MillionCells, "The dose that is explained: the one named first, else the best."]
    months: Annotated[tuple[Months, ...], "Months of the arrays below."]
    by_injection: Annotated[tuple[Points, ...], "Pain removed without cells."]
    by_cells: Annotated[tuple[Points, ...], "Pain removed by the cells beyond that."]
    by_cells_low: Annotated[tuple[Points, ...], "2.5 % of the draws of by_cells."]
    by_cells_high: Annotated[tuple[Points, ...], "97.5 % of the draws of by_cells."]
    cells_left: Annotated[tuple[Probability, ...], "Share of the injected cells still in the joint."]
    cartilage_lost: Annotated[
        Thickness, "Lost in 5 years without cells: median, 2.5 and 97.5 % of the draws."
    ]
    cartilage_saved: Annotated[Thickness, "Saved by the cells in 5 years, likewise."]
    not_known: Annotated[tuple[str, ...], "What of this patient is not known or changes nothing here."]
    credible: Annotated[tuple[str, ...], "What this model may be asked."]
    not_credible: Annotated[tuple[str, ...], "What this model may not be asked."]
    draws: Annotated[int, "Parameter sets behind the bands."]
    seed: Annotated[int, "Seed of the draws."]


def dose_action(patient: Patient, dose: MillionCells, *, seed: int = 0, draws: int = DRAWS) -> DoseAction:
    """Tier 1 for this patient at this dose. Raises ``InputError`` as ``knee_of`` and ``course`` do."""
    knee = knee_of(patient)
    run = course(knee.draws(draws, seed), (0.0, dose), (*MONTHS, YEARS_5))
    pain, cartilage = run.pain[..., :-1], run.cartilage[..., -1]
    low, by_cells, high = _band(pain[:, 0] - pain[:, 1])
    return DoseAction(
        label=LABEL,
        purpose=PURPOSE,
        dose=dose,
        months=MONTHS,
        by_injection=tuple(_band(pain[:, 0, :1] - pain[:, 0])[1].tolist()),
        by_cells=tuple(by_cells.tolist()),
        by_cells_low=tuple(low.tolist()),
        by_cells_high=tuple(high.tolist()),
        cells_left=tuple((_band(run.cells[:, 1, :-1])[1] / dose).tolist()),
        cartilage_lost=_middle_first(1 - cartilage[:, 0]),
        cartilage_saved=_middle_first(cartilage[:, 1] - cartilage[:, 0]),
        not_known=knee.not_known,
        credible=CREDIBLE[1],
        not_credible=NOT_CREDIBLE[1],
        draws=draws,
        seed=seed,
    )


def _band(values: Array) -> Array:
    """2.5 %, 50 % and 97.5 % of the draws; as ``np.quantile``, which loads what a plan need not."""
    ordered = np.sort(values, axis=0)
    at = np.array([0.025, 0.5, 0.975]) * (len(values) - 1)
    k = at.astype(int)
    part = (at - k).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(ordered[k] + part * (ordered[k + 1] - ordered[k]))


def _middle_first(values: Array) -> tuple[float, float, float]:
    low, middle, high = _band(values).tolist()
    return middle, low, high
