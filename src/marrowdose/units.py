"""Numbers with their units, as annotated types."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


MillionCells = Annotated[float, "million cells per injection per knee"]


Points = Annotated[float, "points on a 0–100 severity scale; an improvement is positive"]


Months = Annotated[float, "months after the injection"]


Years = Annotated[float, "years"]


KgPerM2 = Annotated[float, "kg/m²"]


Probability = Annotated[float, "0–1"]


Score = Annotated[float, "in the units of the instrument it was measured with"]


Count = Annotated[float, "number of patients or events"]
