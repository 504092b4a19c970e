"""Numbers with their units, as annotated types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Within:
    """The range of a number: from ``low`` to ``high``, ends included, or ``above`` a number; None: open."""

    low: float | None = None
    high: float | None = None
    above: float | None = None


MillionCells = Annotated[float, "million cells per injection per knee", Within(0)]


Points = Annotated[float, "points on a 0–100 severity scale; an improvement is positive"]


Months = Annotated[float, "months after the injection", Within(0)]


Years = Annotated[float, "years", Within(0)]


KgPerM2 = Annotated[float, "kg/m²", Within(above=0)]


Probability = Annotated[float, "0–1", Within(0, 1)]


Score = Annotated[float, "in the units of the instrument it was measured with"]


Count = Annotated[float, "number of patients or events", Within(0)]
