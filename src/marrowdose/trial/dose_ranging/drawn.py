"""A chunk of dose-ranging trials before its first patient: the people, and what is true for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...units import Array, Indices
from ..truths.truth import Truth
from .design import Ranging
from .looks import Beside
from .persons import Persons, draw_persons
from .true_estimand import true_estimand

CHUNK = 100_000  # patients at a time: a few tens of megabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """T trials before their first patient: ``benefits`` (T, K) are true at the last visit, ``gain`` (T, V)
    is that of the comparator; ``target`` as in ``Results``, ``doses`` with that of the comparator, 0.
    """

    design: Ranging
    truth: Truth
    trials: Indices
    seed: int
    people: Persons
    beside: Beside | None
    doses: Array
    benefits: Array
    gain: Array | None
    target: Array


def drawn(design: Ranging, truth: Truth, trials: Indices, seed: int, beside: Beside | None) -> Drawn:
    """The trials with these numbers; patients ``beside`` them, one row a trial."""
    months, other = np.array(design.visits), design.comparator
    everybody = _everybody(design, truth, trials, seed)
    people = everybody
    if design.estimand == "composite":
        people = everybody.some(np.arange(len(trials)), np.arange(design.patients))
    return Drawn(
        design=design,
        truth=truth,
        trials=trials,
        seed=seed,
        people=people,
        beside=beside,
        doses=np.array(design.doses if other is None else (*design.doses, 0.0)),
        benefits=truth.benefits(trials, design.doses, design.visits[-1]),
        gain=None if other is None else truth.active(trials, other.treatment, months),
        target=_target(design, truth, everybody),
    )


def _everybody(design: Ranging, truth: Truth, trials: Indices, seed: int) -> Persons:
    """The patients of each trial with the background they get, and under ``composite`` as many others for its
    true value.
    """
    n = design.patients * (2 if design.estimand == "composite" else 1)
    found = draw_persons(truth, design.reality, trials, n, design.visits, seed)
    if design.background is None:
        return found
    gain = truth.active(trials, design.background.treatment, np.array(design.visits))
    return replace(found, without=found.without + gain[:, None, :])


def _target(design: Ranging, truth: Truth, everybody: Persons) -> Array:
    """As in ``Results``."""
    d = design
    return true_estimand(truth, d.reality, everybody, d.doses, d.visits, d.estimand, d.patients)


def targets(design: Ranging, truth: Truth, trials: Indices, seed: int, *, chunk: int = CHUNK) -> Array:
    """``Results.target`` (T, K − 1) of the trials with these numbers, without running them."""
    size = max(1, chunk // design.patients)
    chunks = (trials[first : first + size] for first in range(0, len(trials), size))
    return np.concatenate([_target(design, truth, _everybody(design, truth, c, seed)) for c in chunks])
