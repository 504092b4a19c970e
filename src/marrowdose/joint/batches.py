"""A population in pieces: each a pure function of its patients, gathered in order into a summary of fixed size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..domain import Array, Points, Probability
from ..outcomes import MCIDS, responder
from ..workers import Progress, spread
from .population import Population, Results, outcomes, people
from .weighting import Weighting, gains, layout, weights

BATCH = 8192  # patients: large enough for arrays, small enough for the memory of a small machine
BIN = 0.1  # points or %: quantiles are read from counts in bins of this width
_LOW, _HIGH = -100.0, 100.0  # beyond these, values are counted in the last bin
QUANTILES = (0.1, 0.5, 0.9)
MCID = MCIDS["oarsi_womac_pain"]
GAINS = ("pain_relief", "pain_gain", "function_gain", "cartilage_change")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Patients ``first`` … of a population: who they are, their weights, what happens, who failed and why."""

    first: int
    person: dict[str, Array]  # (patients,)
    weight: Array  # (patients,), 0 for the failed
    results: Results  # (patients, doses, months)
    failures: tuple[tuple[int, str], ...]  # index in the population


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one worker gets."""

    population: Population
    weighting: Weighting | None
    first: int
    last: int


def run(task: Task) -> Batch:
    """Simulate the patients of a task."""
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


def batches(
    population: Population,
    weighting: Weighting | None,
    *,
    processes: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Iterator[Batch]:
    """All patients, in order, a batch at a time, here or on other processes or machines: the same everywhere."""
    tasks = [
        Task(population=population, weighting=weighting, first=k, last=min(k + BATCH, population.patients))
        for k in range(0, population.patients, BATCH)
    ]
    yield from spread(run, tasks, processes=processes, scheduler=scheduler, progress=progress,
                      name=lambda task: f"{task.last:,} patients")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Weighted over patients; arrays are (doses, months). ``bands`` add an axis for ``QUANTILES``.

    ``pain_relief`` is from the patient's own pain before; ``pain_gain`` and ``function_gain`` are over the same
    knee with dose 0; ``cartilage_change`` is % of thickness since month 0.
    """

    population: Population
    weighting: Weighting | None
    mean: dict[str, Array]
    bands: dict[str, Array]
    beats_by_mcid: Array  # share with a pain gain of at least the MCID
    responders: Array  # share of certain OMERACT-OARSI responders
    undetermined: Array  # share in whom the patient's global score, which is not simulated, would decide
    mcid: Points
    effective: float  # effective number of patients: 1 / Σ w², w adding to 1
    share_se: Probability  # Monte-Carlo standard error of a share near one half
    failures: tuple[tuple[int, str], ...]


class Gathered:
    """Running sums of batches, of a size that does not depend on the number of patients."""

    def __init__(self, population: Population) -> None:
        shape = (len(population.doses), len(population.months))
        self.population, self._bins = population, int((_HIGH - _LOW) / BIN)
        self._counts = {name: np.zeros((*shape, self._bins)) for name in GAINS}
        self._sums = {name: np.zeros(shape) for name in GAINS}
        self._beats, self._responders, self._undetermined = (np.zeros(shape) for _ in range(3))
        self._weight = self._square = 0.0
        self._failures: list[tuple[int, str]] = []

    def add(self, batch: Batch) -> None:
        """Count a batch."""
        good = batch.weight > 0
        w = batch.weight[good]
        found = {name: values[good] for name, values in batch.results.items()}
        p0, f0 = (batch.person[s][good] for s in ("P0", "F0"))
        pain, function = p0[:, None, None] - found["pain"], f0[:, None, None] - found["function"]
        measured = {
            "pain_relief": pain,
            "pain_gain": pain - pain[:, :1],
            "function_gain": function - function[:, :1],
            "cartilage_change": 100 * (found["cartilage"] - 1),
        }
        for name, values in measured.items():
            self._sums[name] += np.tensordot(w, values, 1)
            place = np.clip(((values - _LOW) / BIN).astype(np.int64), 0, self._bins - 1)
            for d, m in np.ndindex(values.shape[1:]):
                self._counts[name][d, m] += np.bincount(place[:, d, m], w, self._bins)
        self._beats += np.tensordot(w, measured["pain_gain"] >= MCID.points, 1)
        answer = responder(
            pain, function, None, pain_baseline=p0[:, None, None], function_baseline=f0[:, None, None]
        )
        self._responders += np.tensordot(w, answer == 1, 1)
        self._undetermined += np.tensordot(w, answer == 2, 1)
        self._weight += float(w.sum())
        self._square += float(w @ w)
        self._failures += batch.failures

    def summary(self, weighting: Weighting | None) -> Summary:
        """Everything added so far."""
        total = self._weight
        effective = total**2 / self._square if total else 0.0
        return Summary(
            population=self.population,
            weighting=weighting,
            mean={name: values / total for name, values in self._sums.items()},
            bands={name: _quantiles(counts / total) for name, counts in self._counts.items()},
            beats_by_mcid=self._beats / total,
            responders=self._responders / total,
            undetermined=self._undetermined / total,
            mcid=MCID.points,
            effective=effective,
            share_se=0.5 / effective**0.5 if effective else float("nan"),
            failures=tuple(self._failures),
        )


def _quantiles(counts: Array) -> Array:
    """``QUANTILES`` of counts that add to 1 over the last axis, linear inside a bin: (…, quantiles)."""
    upto = np.cumsum(counts, axis=-1)
    found = []
    for q in QUANTILES:
        k = np.argmax(upto >= q * upto[..., -1:], axis=-1)
        here = np.take_along_axis(counts, k[..., None], -1)[..., 0]
        above = np.take_along_axis(upto, k[..., None], -1)[..., 0] - q * upto[..., -1]
        found.append(_LOW + BIN * (k + 1 - above / np.where(here > 0, here, 1)))
    return np.stack(found, axis=-1)
