"""What an estimand would be found to be if everybody of a trial were treated at every dose and nothing were missing.

Rescue pulls the arms together under treatment policy, a product that could not be made dilutes every estimand, and
leaving counts as failure in the composite: none of that is error of estimation. So the target of a trial is
computed from its own patients, each followed in every arm with the same chances (potential outcomes; ICH E9(R1)).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...domain import Array, MillionCells, Months
from .persons import Estimand, Persons, Reality, analysed, follow
from .truth import Truth


def true_estimand(
    truth: Truth,
    reality: Reality,
    people: Persons,
    doses: tuple[MillionCells, ...],
    months: tuple[Months, ...],
    estimand: Estimand,
) -> Array:
    """Mean difference (T, K − 1) of each dose from the first at the last visit, over all patients of each trial.

    Points, or percentage points of responders under ``composite``, where leaving is part of the estimand. Otherwise
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
    means = [
        analysed(follow(truth, world, people, np.full(shape, dose), months), estimand, world)[..., -1].mean(axis=1)
        for dose in doses
    ]  # fmt: skip
    return np.stack([mean - means[0] for mean in means[1:]], axis=1)
