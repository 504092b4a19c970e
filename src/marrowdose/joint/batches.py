"""A population in pieces, each a pure function of its patients: counted where it is simulated, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..workers import Asked, Progress, spread
from .population import Population, outcomes, people
from .tally import Batch, Tally, tally
from .weighting import Weighting, gains, layout, weights

BATCH = 8192  # patients: large enough for arrays, small enough for the memory of a small machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one worker gets."""

    population: Population
    weighting: Weighting | None
    first: int
    last: int
    rows: bool  # are the patients themselves wanted, or the counts alone?


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What comes back of a task: much less than the patients themselves where they are not wanted."""

    tally: Tally
    batch: Batch | None


def run(task: Task) -> Piece:
    """Simulate and count the patients of a task."""
    batch = _simulate(task)
    return Piece(tally=tally(batch), batch=batch if task.rows else None)


def _simulate(task: Task) -> Batch:
    population = task.population
    person = people(population, task.first, task.last)
    doses, months = list(population.doses), list(population.months)
    if task.weighting is None:
        found, failed = outcomes(population, person, doses, months)
        weight = np.ones(task.last - task.first)
    else:
        asked_doses, asked_months = layout(task.weighting.targets)
        all_doses, all_months = sorted({*doses, *asked_doses}), sorted({*months, *asked_months})
        if population.repeats:  # the targets were measured after one injection
            found, failed = outcomes(population, person, doses, months)
            once, other = outcomes(replace(population, repeats=()), person, asked_doses, asked_months)
            failed = (*failed, *other)
            g = gains(person, once, asked_doses, asked_months, task.weighting.targets)
        else:
            both, failed = outcomes(population, person, all_doses, all_months)
            g = gains(person, both, all_doses, all_months, task.weighting.targets)
            rows = np.ix_([all_doses.index(d) for d in doses], [all_months.index(m) for m in months])
            found = {name: values[:, rows[0], rows[1]] for name, values in both.items()}
        weight = weights(task.weighting, g)
    weight[[j for j, _ in failed]] = 0.0
    failures = tuple((task.first + j, why) for j, why in dict(failed).items())
    return Batch(first=task.first, person=person, weight=weight, results=found, failures=failures)


def pieces(
    population: Population,
    weighting: Weighting | None,
    *,
    rows: bool = False,
    processes: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
) -> Iterator[Piece]:
    """All patients, in order, a batch at a time, here or on other processes or machines: the same
    everywhere.
    """
    tasks = [
        Task(
            population=population,
            weighting=weighting,
            first=k,
            last=min(k + BATCH, population.patients),
            rows=rows,
        )
        for k in range(0, population.patients, BATCH)
    ]
    yield from spread(
        run,
        tasks,
        processes=processes,
        scheduler=scheduler,
        progress=progress,
        cancelled=cancelled,
        name=lambda task: f"{task.last:,} patients",
    )
