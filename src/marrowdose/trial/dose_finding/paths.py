"""All paths of a small design, with their exact probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import factorial, prod

import numpy as np

from ...errors import InputError, require
from ...units import Array
from .decisions import choose, decide
from .design import Design
from .seen import Indices, View, empty
from .simulate import check_fit, watched_levels
from .states import Outcomes, after, joined
from .true_rates import TrueRates

MOST_STATES = 20_000_000  # states times outcomes of a cohort


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Final states of a design and their probabilities; equal states merged unless each path was asked
    for.
    """

    view: View
    probability: Array  # (states,), summing to 1
    count: Array  # (states,) paths that lead there
    chosen: Indices  # (states,), −1: none
    ended: Indices  # (states,) as ``Decision.ended``
    history: tuple[str, ...]  # of each path, "1: 0/3, 10: 1/3"; empty where merged

    def chances(self) -> Array:
        """Probability of choosing no dose, the first, the second …: (doses + 1,)."""
        doses = len(self.view.doses)
        return np.asarray(np.bincount(self.chosen + 1, self.probability, minlength=doses + 1), float)

    def patients(self) -> Array:
        """Expected patients of each dose."""
        return np.asarray(self.probability @ self.view.treated)

    def toxicities(self) -> Array:
        """Expected toxicities of each dose."""
        return np.asarray(self.probability @ self.view.toxic)

    def shares(self) -> Array:
        """Expected share of a trial's patients at each dose."""
        return np.asarray(self.probability @ (self.view.treated / self.view.entered.clip(1)[:, None]))


def all_paths(design: Design, truth: TrueRates, *, patients: int | None = None, merge: bool = True) -> Paths:
    """Every sequence of cohort outcomes with a probability above 0. Raises ``InputError`` where there are too
    many.

    ``patients`` cuts the trial there (default: all it plans). Patients count as settled before the next
    cohort, as in a simulation that waits.
    """
    check_fit(design, truth)
    require(
        truth.draws is None,
        "has a truth for each trial",
        where=truth.name,
        remedy="enumerate under one truth: posterior-mean, a preset or a scenario",
    )
    require(
        "time" not in design.needs and design.timing.waits,
        "patients who are pending cannot be enumerated",
        where=design.name,
        remedy="simulate the trial, or let it wait for each cohort",
    )
    require(
        not (truth.cells or design.cells).apart and "score" not in design.needs,
        "delivered doses, batches, failures and scores cannot be enumerated",
        where=design.name,
        remedy="simulate the trial, or leave them out of its file",
    )
    require(
        design.backfill is None,
        "backfilled patients enter while others are under observation and cannot be enumerated",
        where=design.name,
        remedy="simulate the trial, or leave [backfill] out",
    )
    efficacy, levels = truth.efficacy is not None, watched_levels(design)
    cells, view = _cells(truth, levels), empty(design.doses, 1, efficacy=efficacy, levels=levels)
    probability, count, entered = np.ones(1), np.ones(1), 0
    history, most = [""], design.patients if patients is None else patients
    ends: list[tuple[View, Array, Array, Indices, list[str]]] = []
    while len(view):
        decision = decide(design, view)
        over = decision.stopped | (entered >= most)
        said = [h for h, done in zip(history, over, strict=True) if done] if not merge else []
        ends.append(
            (
                view.take(over),
                probability[over],
                count[over],
                np.where(decision.stopped, decision.ended, 0)[over],
                said,
            )
        )
        outcomes = Outcomes(size=max(min(design.cohort, most - entered), 0), efficacy=efficacy, levels=levels)
        by_dose = _chances(cells, outcomes)
        possible = np.flatnonzero(by_dose.any(axis=0))
        if len(view) * len(possible) > MOST_STATES:
            raise InputError(
                "too many states to enumerate", where=design.name, remedy="ask for fewer --patients"
            )
        chance = by_dose[:, possible][decision.next] * ~over[:, None]
        parent, column = np.nonzero(chance)
        dose, code = decision.next[parent], possible[column]
        weight, ways = probability[parent] * chance[parent, column], count[parent]
        grown = after(view, parent, dose, outcomes, code)
        if merge:
            view, same = grown.distinct()
            probability, count = (_sums(same, w) for w in (weight, ways))
        else:
            view, probability, count = grown, weight, ways
            history = [
                _told(history[p], design.doses[d], outcomes, int(c))
                for p, d, c in zip(parent, dose, code, strict=True)
            ]
        entered += outcomes.size
    final = joined([e[0] for e in ends])
    return Paths(
        view=final,
        probability=np.concatenate([e[1] for e in ends]),
        count=np.concatenate([e[2] for e in ends]),
        chosen=choose(design, final),
        ended=np.concatenate([e[3] for e in ends]),
        history=tuple(h for e in ends for h in e[4]),
    )


def _sums(same: Indices, weight: Array) -> Array:
    return np.asarray(np.bincount(same, weight), float)


def _told(before: str, dose: float, outcomes: Outcomes, code: int) -> str:
    toxic, effective, both, *better = (int(x) for x in outcomes.parts(np.asarray(code)))
    now = f"{dose:g} M {toxic}/{outcomes.size}"
    if outcomes.efficacy:
        higher = "".join(
            f", level {k} {n}, both {m}"
            for k, (n, m) in enumerate(zip(better[::2], better[1::2], strict=True), 2)
        )
        now += f" (efficacy {effective}, both {both}{higher})"
    return f"{before}, {now}" if before else now


def _cells(truth: TrueRates, levels: int) -> Array:
    """Probability of each level of efficacy without toxicity, then with it, at each dose: (doses, 2 levels).

    Without efficacy the one level that there is.
    """
    toxic = np.asarray(truth.toxicity)[:, None]
    if truth.efficacy is None:
        return np.column_stack([1 - toxic, toxic])
    reached = np.asarray(truth.efficacy)[:, None]  # this level or a better one
    if levels > 2 and truth.better is not None:
        reached = np.column_stack([reached, truth.better])
    both = np.array(
        [
            [_both(t, e, truth.association) for e in row]
            for t, row in zip(truth.toxicity, reached, strict=True)
        ]
    )
    ends = np.zeros((len(reached), 1))
    with_, all_ = np.column_stack([toxic, both, ends]), np.column_stack([ends + 1, reached, ends])
    return np.column_stack([-np.diff(all_ - with_), -np.diff(with_)]).clip(0)


def _both(toxic: float, effective: float, correlation: float) -> float:
    """P(both normals below their quantiles)."""
    if not correlation or min(toxic, effective) == 0 or max(toxic, effective) == 1:
        return toxic * effective
    from scipy.integrate import quad
    from scipy.special import ndtr, ndtri

    b, root = ndtri(effective), np.sqrt(1 - correlation**2)
    inside = quad(lambda u: ndtr((b - correlation * ndtri(u)) / root), 0, toxic, epsabs=1e-12, limit=200)
    return float(inside[0])


def _chances(cells: Array, outcomes: Outcomes) -> Array:
    """Probability of every outcome code of a cohort at each dose: (doses, codes)."""
    n, found, levels = outcomes.size, np.zeros((len(cells), outcomes.count)), cells.shape[1] // 2
    for number in _compositions(n, 2 * levels):
        ways = factorial(n) / prod(map(factorial, number))
        without, with_ = np.array(number[:levels]), np.array(number[levels:])
        told = [with_.sum()]
        for k in range(1, levels):
            told += [without[k:].sum() + with_[k:].sum(), with_[k:].sum()]
        found[:, outcomes.code(*told)] = ways * np.prod(cells ** np.array(number), axis=1)
    return found


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """All ways to split a whole number into so many, in order."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield first, *rest
