"""Numbers that both engines share: step control after Hairer & Wanner (RODAS), reasons of failure, the graded
grid.
"""

from __future__ import annotations

import numpy as np

from ...units import Array

STRICT = (
    0.5  # of the tolerance is given to a single step, in the Euclidean norm over the states: errors add up
)
ABSOLUTE = 1e-6  # of rtol is the absolute tolerance where none is given
SAFETY = 0.9
SHRINK, GROW = 5.0, 6.0  # a step changes at most by these factors
LONGEST = 0.01  # of the whole time: the longest adaptive step where the rates hold the time
START = 0.1  # relative change aimed at by the first step
LANES = 8  # patients side by side in the compiled engine
MOST_STEPS = 100_000  # of one patient between two events
LEAST_STEP = 1e-14  # of the time reached, or of a millionth of the end: less does not move the clock
FINE, NOT_FINITE, TOO_SMALL, TOO_MANY = range(4)
REASONS = {
    NOT_FINITE: "a state is not finite",
    TOO_SMALL: "the step size vanished (a pole, or a jump: make it an event, or raise atol)",
    TOO_MANY: f"more than {MOST_STEPS} steps",
}
RATIO, FIRST = 1.2, 6e-6  # graded grid: growth of its steps, first step as a part of the whole time


def graded(start: float, end: float, whole: float) -> Array:
    """Ends of steps that grow by ``RATIO``: about 55 where ``end - start`` is the whole time of the
    simulation.
    """
    first = FIRST * whole
    count = int(np.ceil(np.log1p((end - start) * (RATIO - 1.0) / first) / np.log(RATIO)))
    part = np.expm1(np.arange(1, count + 1) * np.log(RATIO))
    ends: Array = start + (end - start) * part / part[-1]
    ends[-1] = end
    return ends
