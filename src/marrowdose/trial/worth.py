"""What a trial is worth: expected value of sample information on the dose, and its net benefit by size.

A patient of the population gains the true utility of the dose that is given: points of benefit over placebo,
less the stated price of the harm over that of placebo. Today that is the dose of the largest expected
utility, or none; after the trial, the dose it points to. The difference, averaged over what may be true, is
the value of the information for one patient; knowing the truth itself would be worth the upper bound (EVPI).
The trial's setting is taken to be the population's.

Trial i of every design has the same truth, so designs of any kind are compared trial by trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np

from ..errors import require, require_between
from ..units import Array, Flags, Indices, MillionCells, Months, Points
from .dose_finding.simulate import Runs
from .dose_ranging.simulate import Results
from .estimate import Estimate, estimate, standard_error
from .truths.truth import Truth

_TODAY = 2_000_000_000 + np.arange(20_000)  # numbers of trials that nobody simulates: what is believed today
Doses = tuple[MillionCells, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """Who profits and what counts. Prices are in points of benefit to one patient, the only currency here.

    ``population`` patients will be treated as the trial advises; ``margin`` points count as no difference
    (the price of the larger dose is stated by it); ``per_patient`` is the price of one trial patient,
    ``fixed`` of the trial; ``harm_price`` of one patient harmed, 0 where harm is not counted.
    """

    population: Annotated[int, "patients"] = 10_000
    margin: Points = 0.0
    per_patient: Annotated[float, "points of benefit to one patient"] = 20.0
    fixed: Annotated[float, "points of benefit to one patient"] = 0.0
    harm_price: Points = 0.0

    def __post_init__(self) -> None:
        require(
            isinstance(self.population, int) and 0 < self.population <= 10**9,
            f"{self.population!r}",
            where="population",
            allowed="1 to 1000000000",
        )
        for name, high in (("margin", 50.0), ("per_patient", 1e6), ("fixed", 1e9), ("harm_price", 1e4)):
            require_between(getattr(self, name), 0.0, high, where=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """What is at stake at every dose of all designs compared: one truth a trial, judged at ``month``."""

    truth: Truth
    doses: Doses  # above 0
    month: Months
    stakes: Stakes

    def utility(self, trials: Indices) -> Array:
        """(T, 1 + D) points to one patient, of no dose (0) and of each dose."""
        gain = self.truth.benefits(trials, self.doses, self.month)
        if self.stakes.harm_price:
            risk = self.truth.harm(trials, np.array([0.0, *self.doses]))
            gain = gain - self.stakes.harm_price * (risk[:, 1:] - risk[:, :1])
        return np.column_stack([np.zeros(len(trials)), gain])

    @property
    def today(self) -> int:
        """The arm that would be given without a trial, by other draws than those of the trials."""
        return int(_pick(self.utility(_TODAY).mean(axis=0)[None, :], self.stakes.margin)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """T trials of one design: ``dose`` (T,) recommended, 0 for none; ``patients`` (T,); ``seen`` (T, S)
    summary statistics.
    """

    dose: Array
    patients: Array
    seen: Array


def of_ranging(design: Doses, found: Results) -> Answered:
    """Of a longitudinal design with these doses, placebo first: its estimated benefits."""
    return Answered(
        dose=np.array(design)[found.named],
        patients=found.treated.sum(axis=1),
        seen=np.nan_to_num(found.benefit),
    )


def of_dose_finding(design: Doses, runs: Runs) -> Answered:
    """Of a dose-finding design: patients, and shares with a response and a toxicity, by dose."""
    seen = [runs.treated.astype(float)]
    seen += [(x + 0.5) / (runs.treated + 1) for x in (runs.effective, runs.toxic) if x is not None]
    return Answered(
        dose=np.where(runs.chosen >= 0, np.array(design)[runs.chosen], 0.0),
        patients=runs.treated.sum(axis=1).astype(float),
        seen=np.column_stack(seen),
    )


class Worth(NamedTuple):
    """Values in points per patient of the population, except ``net``: points over the population less the
    price.

    ``by_rule``: following the design's own answer; ``best_use``: giving the dose, of all that are compared,
    of the largest expected utility given what the trial saw (regression: Strong, Oakley & Brennan 2015);
    ``perfect``: EVPI. ``nets`` and ``sizes`` (T,) are the net benefit and the patients of each trial.
    """

    patients: Estimate
    by_rule: Estimate
    best_use: Estimate
    perfect: Estimate
    net: Estimate
    net_per_trial_patient: Estimate
    nets: Array
    sizes: Array


def worth(found: Answered, believed: Believed) -> Worth:
    """The worth of a design from its trials 0 … T − 1. Raises ``InputError`` for fewer than 100."""
    n, stakes = len(found.dose), believed.stakes
    require(n >= 100, f"{n} trials", where="trials", allowed="100 or more")
    arms, rows = believed.utility(np.arange(n)), np.arange(n)
    now = arms[:, believed.today]
    ruled = arms[rows, np.searchsorted(np.array([0.0, *believed.doses]), found.dose)] - now
    used = arms[rows, _pick(expected(found, arms), stakes.margin)] - now
    nets = stakes.population * ruled - stakes.fixed - stakes.per_patient * found.patients
    return Worth(
        patients=estimate(found.patients),
        by_rule=estimate(ruled),
        best_use=estimate(used),
        perfect=estimate(arms.max(axis=1) - now),
        net=estimate(nets),
        net_per_trial_patient=_ratio(nets, found.patients)[0],
        nets=nets,
        sizes=found.patients,
    )


class Best(NamedTuple):
    """A design at its best size, without the flattery of choosing: half of the trials choose the size that
    the other half value.

    ``sizes``: what the halves chose; ``optimism`` by how much the plain maximum of ``net`` lies above (a part
    of it is chance); ``scatter`` (T,): what each trial adds to the error of ``net_per_trial_patient``.
    """

    sizes: tuple[int, int]
    net: Estimate
    net_per_trial_patient: Estimate
    optimism: Points
    scatter: Array


def best_size(curve: Sequence[tuple[int, Worth]]) -> Best:
    """The size of the largest net benefit, chosen and valued on different trials.

    Expects, for every trial, the value of a size that a real planner with half of the trials would take: so
    it is never above that of the best size in expectation. The error takes the two chosen sizes as given.
    """
    even = np.arange(len(curve[0][1].nets)) % 2 == 0
    nets, sizes, chosen = np.zeros(len(even)), np.zeros(len(even)), []
    for chooses, values in ((even, ~even), (~even, even)):
        size, top = max(curve, key=lambda row: row[1].nets[chooses].mean())
        nets[values], sizes[values] = top.nets[values], top.sizes[values]
        chosen.append(size)
    each, scatter = _ratio(nets, sizes)
    plain = max(row.net.value for _, row in curve)
    return Best((min(chosen), max(chosen)), estimate(nets), each, plain - float(nets.mean()), scatter)


class Rank(NamedTuple):
    """A design at its best size; what it is worth for one trial patient, and by how much less than the first
    of the ranking, over the same trials."""

    design: str
    best: Best
    less: Estimate


def compared(curves: Sequence[tuple[str, Sequence[tuple[int, Worth]]]]) -> list[Rank]:
    """Designs by what they are worth for one trial patient, the best first; each on the same numbers of
    trials.
    """
    tops = [(name, best_size(found)) for name, found in curves]
    tops.sort(key=lambda top: -top[1].net_per_trial_patient.value)
    first, ranks = tops[0][1], []
    for name, own in tops:
        less = own.net_per_trial_patient.value - first.net_per_trial_patient.value
        error = standard_error(own.scatter - first.scatter)
        ranks.append(Rank(name, own, Estimate(value=less, monte_carlo_se=error)))
    return ranks


def _ratio(nets: Array, sizes: Array) -> tuple[Estimate, Array]:
    """Ratio of means with its error, and what each trial adds to that (delta method): it moves as the mean of
    these.
    """
    each = float(nets.mean() / sizes.mean())
    scatter = (nets - each * sizes) / sizes.mean()
    return Estimate(value=each, monte_carlo_se=standard_error(scatter)), scatter


def _pick(expected: Array, margin: Points) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """The smallest arm (T,) within ``margin`` of the largest expected utility."""
    return np.asarray((expected >= expected.max(axis=1, keepdims=True) - margin).argmax(axis=1))


def expected(found: Answered, arms: Array) -> Array:
    """E(utility | what the trial saw) (T, A): penalised least squares on nothing; on the dose recommended; on
    the statistics too; or on their squares and products too.

    Each half of the trials is predicted by the other, which also chooses among the four by prediction within
    itself: fitting does not flatter, and where a trial tells nothing, today's choice stays.
    """
    models, even = _models(found), np.arange(len(arms)) % 2 == 0
    out = np.zeros_like(arms)
    for train, test in ((even, ~even), (~even, even)):
        inner = np.flatnonzero(train)
        first = np.isin(np.arange(len(arms)), inner[::2])
        parts = ((first, train & ~first), (train & ~first, first))
        losses = [sum(((_predicted(x, arms, a, b) - arms[b]) ** 2).sum() for a, b in parts) for x in models]
        out[test] = _predicted(models[int(np.argmin(losses))], arms, train, test)
    out[:, 0] = 0.0
    return out


def _models(found: Answered) -> tuple[Array, ...]:
    """Columns of the four regressions, the statistics being standardised."""
    x = (found.seen - found.seen.mean(axis=0)) / np.maximum(found.seen.std(axis=0), 1e-12)
    one, named = np.ones((len(x), 1)), found.dose[:, None] == np.unique(found.dose)
    pairs = [x[:, i] * x[:, j] for i in range(x.shape[1]) for j in range(i, x.shape[1])]
    answer = np.column_stack([one, named])
    return one, answer, np.column_stack([answer, x]), np.column_stack([answer, x, *pairs])


def _predicted(columns: Array, arms: Array, train: Flags, test: Flags) -> Array:
    x = columns[train]
    penalty = np.eye(
        x.shape[1]
    )  # as of one trial more: counts of a dose that few trials reach are nearly collinear
    penalty[0, 0] = 0.0
    found: Array = columns[test] @ np.linalg.solve(x.T @ x + penalty, x.T @ arms[train])
    return found
