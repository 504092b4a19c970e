"""Virtual patients: covariates like those of the trials, one knee each, drawn from the ranges of the
parameters.

Patient j is a pure function of (seed, j), so a population is the same in any pieces and on any machine. Their
differences hold both how knees differ and how little is known of the mechanism: the two cannot be told apart
here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..errors import require, require_seed
from ..evidence.cohort import Cohort, cohort
from ..evidence.tables import read_evidence
from ..streams import uniform
from ..units import Array, MillionCells, Months
from . import kpd5
from .engine import simulate
from .hypothesis import tier2, wear
from .labels import Tier
from .models.knee12 import MECHANISM
from .parameters import TAIL, parameters

MOST_PATIENTS = 100_000_000
MOST_OUTPUTS = 400  # doses × months of one patient
Results = Mapping[str, Array]  # name → (patients, doses, months)
_TIER2, _FEATURES = "tier2 ", ("P0", "F0")
OUTPUTS = ("pain", "function", "inflammation", "cells", "cartilage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Who is simulated: ``patients`` knees, each with every dose (0 is always among them) at the asked
    months.
    """

    patients: int
    doses: tuple[MillionCells, ...] = (0.0, 10.0, 25.0, 50.0, 100.0, 150.0)
    months: tuple[Months, ...] = (0.0, 3.0, 6.0, 12.0, 24.0, 60.0)
    repeats: tuple[Months, ...] = ()
    tier: Tier = 1
    seed: int = 0

    def __post_init__(self) -> None:
        require_seed(self.seed)
        require(
            1 <= self.patients <= MOST_PATIENTS,
            f"{self.patients} is not usable",
            where="patients",
            allowed=f"1 to {MOST_PATIENTS}",
        )
        require(self.tier in (1, 2), f"{self.tier} is not usable", where="tier", allowed="1 or 2")
        size = len(self.doses) * len(self.months)
        require(
            size <= MOST_OUTPUTS,
            f"{size} doses × months",
            where="population",
            allowed=f"up to {MOST_OUTPUTS}",
        )
        require(
            len(set(self.doses)) == len(self.doses),
            "a dose is given twice",
            where="doses",
            remedy="keep one",
        )
        require(
            self.doses[:1] == (0.0,),
            "the first dose is not 0",
            where="doses",
            remedy="every dose is compared with 0: begin with it",
        )
        kpd5.check(np.asarray(self.doses), np.asarray(self.months), self.repeats)
        require(
            self.months[-1] > 0,
            "nothing has happened at month 0",
            where="months",
            allowed="at least one month after it",
        )


def people(population: Population, first: int, last: int) -> dict[str, Array]:
    """Covariates and parameters of patients ``first`` to ``last`` (not included), each (patients,).

    Age and BMI are normal with mean and SD of the trials' arms, cut at the range of the table; ``female`` is
    0 or 1 and ``kl_grade`` a number, by the shares in the arms: neither changes this model. Scores before
    treatment and the mechanism are drawn from their ranges.
    """
    from scipy.special import ndtr, ndtri

    patient, seed = np.arange(first, last), population.seed
    trials = _trials()

    def normal(symbol: str) -> Array:  # cut where the range ends
        return np.asarray(ndtri(TAIL + (1 - 2 * TAIL) * uniform(seed, f"knee {symbol}", 0, patient)))

    found = {s: p.bent(normal(s)) for s, p in parameters().items() if s not in ("age", "bmi")}
    for symbol, spread in (("age", trials.age), ("bmi", trials.bmi)):
        p = parameters()[symbol]
        low, high = (float(ndtr((end - spread.mean) / spread.sd)) for end in (p.low, p.high))
        share = low + (high - low) * uniform(seed, f"person {symbol}", 0, patient)
        found[symbol] = spread.mean + spread.sd * np.asarray(ndtri(share))
    found["female"] = (uniform(seed, "person sex", 0, patient) < trials.sex.shares["female"]).astype(float)
    grades = trials.kl_grade.shares
    upto = np.cumsum(list(grades.values()))[:-1]
    chosen = np.searchsorted(upto, uniform(seed, "person kl", 0, patient), side="right")
    found["kl_grade"] = np.array([float(grade) for grade in grades])[chosen]
    if population.tier == 2:  # in the same row of columns, but not of the same meaning
        found |= {_TIER2 + s: p.bent(normal(_TIER2 + s)) for s, p in tier2().items() if s not in _FEATURES}
        found[_TIER2 + "k_K"] *= wear({s: found[s] for s in ("age", "bmi")})
    return found


@cache
def _trials() -> Cohort:
    return cohort(read_evidence())


def outcomes(
    population: Population, person: Mapping[str, Array], doses: Sequence[float], months: Sequence[float]
) -> tuple[Results, tuple[tuple[int, str], ...]]:
    """What happens to these people: ``OUTPUTS`` as (patients, doses, months), and who failed, with the
    reason.

    A patient that failed at any dose is NaN throughout.
    """
    if population.tier == 1:
        values = {s: person[s] for s in parameters()}
        found = kpd5.course(values, doses, months, population.repeats)
        return {name: getattr(found, name) for name in OUTPUTS}, ()
    return _tier2(population, person, doses, months)


def _tier2(
    population: Population, person: Mapping[str, Array], doses: Sequence[float], months: Sequence[float]
) -> tuple[Results, tuple[tuple[int, str], ...]]:
    people, arms = person["P0"].size, len(doses)
    values = {s: person[s if s in _FEATURES else _TIER2 + s] for s in tier2()}
    amount = np.tile(np.asarray(doses, float), people)
    course = simulate(
        MECHANISM,
        {name: np.repeat(v, arms) for name, v in values.items()},
        [(day * kpd5.DAYS_PER_MONTH, amount) for day in (0.0, *population.repeats)],
        np.asarray(months) * kpd5.DAYS_PER_MONTH,
        grid="graded",  # the same bytes with and without a compiler; pain within 0.02 points of rtol 1e-6
        extrapolate=True,  # a wear by age and BMI may lie outside the range of a typical knee
    )
    failed = {index // arms: reason for index, reason in course.failures}
    names = {"cartilage": "K"}
    found = {name: course.of(names.get(name, name)).reshape(people, arms, -1) for name in OUTPUTS}
    for values_of in found.values():
        values_of[list(failed)] = np.nan
    return found, tuple(sorted(failed.items()))
