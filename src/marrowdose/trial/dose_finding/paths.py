"""All paths of a small design, with their exact probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import factorial, prod

import numpy as np

from ...errors import InputError, require
from ...units import Array, Flags, Indices
from .decisions import choose, decide
from .design import Design
from .seen import View, empty
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    """States of one number of patients, as in ``Paths``; no history where equal states are merged."""

    view: View
    probability: Array
    count: Array
    history: tuple[str, ...]

    def take(self, chosen: Flags) -> _Reached:
        """Some of them."""
        history = tuple(h for h, on in zip(self.history, chosen, strict=True) if on) if self.history else ()
        return _Reached(
            view=self.view.take(chosen),
            probability=self.probability[chosen],
            count=self.count[chosen],
            history=history,
        )


def all_paths(design: Design, truth: TrueRates, *, patients: int | None = None, merge: bool = True) -> Paths:
    """Every sequence of cohort outcomes with a probability above 0. Raises ``InputError`` where there are too
    many.

    ``patients`` cuts the trial there (default: all it plans). Patients count as settled before the next
    cohort, as in a simulation that waits.
    """
    _require_countable(design, truth)
    most = design.patients if patients is None else patients
    efficacy, levels = truth.efficacy is not None, watched_levels(design)
    cells, start = _cells(truth, levels), empty(design.doses, 1, efficacy=efficacy, levels=levels)
    history = () if merge else ("",)
    reached = _Reached(view=start, probability=np.ones(1), count=np.ones(1), history=history)
    ends: list[_Reached] = []
    why: list[Indices] = []
    entered = 0
    while len(reached.view):
        decision = decide(design, reached.view)
        over = decision.stopped | (entered >= most)
        ends.append(reached.take(over))
        why.append(np.where(decision.stopped, decision.ended, 0)[over])
        outcomes = Outcomes(size=max(min(design.cohort, most - entered), 0), efficacy=efficacy, levels=levels)
        go_on = np.where(over, -1, decision.next)
        reached = _after_cohort(design, reached, go_on, outcomes, _chances(cells, outcomes))
        entered += outcomes.size
    final = joined([end.view for end in ends])
    return Paths(
        view=final,
        probability=np.concatenate([end.probability for end in ends]),
        count=np.concatenate([end.count for end in ends]),
        chosen=choose(design, final),
        ended=np.concatenate(why),
        history=tuple(path for end in ends for path in end.history),
    )


def _require_countable(design: Design, truth: TrueRates) -> None:
    """Raises ``InputError`` for what has more states than counts of patients and events."""
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


def _after_cohort(
    design: Design, reached: _Reached, dose: Indices, outcomes: Outcomes, chances: Array
) -> _Reached:
    """What follows a cohort at ``dose`` (states,), −1 where none follows; ``chances`` of outcomes by dose."""
    possible = np.flatnonzero(chances.any(axis=0))
    if len(reached.view) * len(possible) > MOST_STATES:
        raise InputError("too many states to enumerate", where=design.name, remedy="ask for fewer patients")
    chance = chances[:, possible][dose] * (dose >= 0)[:, None]
    parent, column = np.nonzero(chance)
    probability, count = reached.probability[parent] * chance[parent, column], reached.count[parent]
    given, code = dose[parent], possible[column]
    view = after(reached.view, parent, given, outcomes, code)
    if reached.history:
        steps = zip(parent, given, code, strict=True)
        told = tuple(_told(reached.history[p], design.doses[d], outcomes, int(c)) for p, d, c in steps)
        return _Reached(view=view, probability=probability, count=count, history=told)
    view, same = view.distinct()
    return _Reached(view=view, probability=_sums(same, probability), count=_sums(same, count), history=())


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
