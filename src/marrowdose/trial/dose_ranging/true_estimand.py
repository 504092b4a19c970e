"""What an estimand would be found to be if everybody of a trial were treated at every dose and nothing were
missing.

Rescue pulls the arms together under treatment policy, a product that could not be made dilutes every
estimand, and leaving counts as failure in the composite: none of that is error of estimation. So the target
of a trial is computed from patients who are each followed in every arm with the same chances (potential
outcomes; ICH E9(R1)).

Shares of responders are so coarse that a target from a trial's own patients would share their luck and be
covered too often. With weight w on its own patients and 1 − w on as many others, Var(estimate − target) =
Var(estimate) + v (w² + (1 − w)² − 2w), v being the variance of the target of one group, since a randomised
estimate is unbiased for its own patients; w = 1 − √½ makes the second part 0, as if the target were that of
all patients there could be.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...units import Array, MillionCells, Months
from ..truths.truth import Truth
from .persons import Estimand, Persons, Reality, analysed, follow

OWN = 1 - np.sqrt(0.5)  # weight of a trial's own patients beside as many others


def true_estimand(
    truth: Truth,
    reality: Reality,
    people: Persons,
    doses: tuple[MillionCells, ...],
    months: tuple[Months, ...],
    estimand: Estimand,
    enrolled: int | None = None,
) -> Array:
    """Mean difference (T, K − 1) of each dose from the first at the last visit, over the patients of each
    trial.

    With ``enrolled`` the first so many are the trial's own, and the others weigh as said above. Points, or
    percentage points of responders under ``composite``, where leaving is part of the estimand. Otherwise
    nobody leaves, and under ``hypothetical`` nobody is rescued.
    """
    world = reality
    if estimand != "composite":
        world = replace(reality, lost=0.0, leave=0.0)
    if estimand == "hypothetical":
        world = replace(world, rescue=0.0)
    if estimand != "composite" and not (world.rescue or world.dose_cv or world.batch_sd or world.failure):
        return truth.benefits(people.trials, doses[1:], months[-1])
    shape = people.baseline.shape
    own = enrolled or shape[1]
    weights = np.full(shape[1], 1 / own)
    if own < shape[1]:
        weights[:own] *= OWN
        weights[own:] = (1 - OWN) / (shape[1] - own)
    means = [
        analysed(follow(truth, world, people, np.full(shape, dose), months), estimand, world)[..., -1]
        @ weights
        for dose in doses
    ]
    return np.stack([mean - means[0] for mean in means[1:]], axis=1)
