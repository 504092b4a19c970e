"""Who gets which arm: fixed shares, permuted blocks, and shares that follow the results.

- exact quotas in a fixed order: `interleaved`
- permuted blocks of any size, or simple randomisation: `permuted`
- shares kept between a least and a most: `limited`
- shares by the probability of being best, arms dropped: `simulate` of an `AdaptiveRandomisation`,
  `probability_best`

Random numbers are functions of seed, trial and patient: nothing depends on who else is simulated.

>>> import numpy as np
>>> from marrowdose.statistics.allocation import interleaved
>>> np.bincount(interleaved(np.array([[0.2, 0.3, 0.5]]), 40)[0]).tolist()
[8, 12, 20]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...doors import door

if TYPE_CHECKING:
    from .adaptive import AdaptiveRandomisation, AdaptiveTrials, probability_best, simulate
    from .shares import interleaved, limited, permuted

__all__ = [
    "AdaptiveRandomisation",
    "AdaptiveTrials",
    "interleaved",
    "limited",
    "permuted",
    "probability_best",
    "simulate",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "adaptive": "AdaptiveRandomisation AdaptiveTrials probability_best simulate",
        "shares": "interleaved limited permuted",
    },
)
