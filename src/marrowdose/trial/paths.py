"""All paths of a small design, with their exact probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np

from ..domain import Array, InputError, require
from .escalation import check_fit
from .rules import Design, choose, decide
from .states import Outcomes, after, joined
from .truth import Truth
from .view import Indices, View, empty

MOST_STATES = 20_000_000  # states times outcomes of a cohort


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Final states of a design and their probabilities; equal states merged unless each path was asked for."""

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


def all_paths(design: Design, truth: Truth, *, patients: int | None = None, merge: bool = True) -> Paths:
    """Every sequence of cohort outcomes with a probability above 0. Raises ``InputError`` where there are too many.

    ``patients`` cuts the trial there (default: all it plans). Patients count as settled before the next cohort, as in a simulation that waits.
    """
    check_fit(design, truth)
    require(truth.draws is None, "has a truth for each trial", where=truth.name, remedy="enumerate under one truth: posterior-mean, a preset or a scenario")  # fmt: skip
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
    cells, efficacy = _cells(truth), truth.efficacy is not None
    view, probability, count, entered = empty(design.doses, 1, efficacy=efficacy), np.ones(1), np.ones(1), 0
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
        outcomes = Outcomes(size=max(min(design.cohort, most - entered), 0), efficacy=efficacy)
        if len(view) * outcomes.count > MOST_STATES:
            raise InputError("too many states to enumerate", where=design.name, remedy="ask for fewer --patients")  # fmt: skip
        chance = _chances(cells, outcomes)[decision.next] * ~over[:, None]
        parent, code = np.nonzero(chance)
        dose = decision.next[parent]
        weight, ways = probability[parent] * chance[parent, code], count[parent]
        grown = after(view, parent, dose, outcomes, code)
        if merge:
            view, same = grown.distinct()
            probability, count = (_sums(same, w) for w in (weight, ways))
        else:
            view, probability, count = grown, weight, ways
            history = [_told(history[p], design.doses[d], outcomes, int(c)) for p, d, c in zip(parent, dose, code, strict=True)]  # fmt: skip
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
    toxic, effective, both = (int(x) for x in outcomes.parts(np.asarray(code)))
    now = f"{dose:g} M {toxic}/{outcomes.size}"
    if outcomes.efficacy:
        now += f" (efficacy {effective}, both {both})"
    return f"{before}, {now}" if before else now


def _cells(truth: Truth) -> Array:
    """Probability of toxicity alone, efficacy alone, both and neither at each dose: (doses, 4)."""
    toxic = np.asarray(truth.toxicity)
    if truth.efficacy is None:
        return np.column_stack([toxic, 0 * toxic, 0 * toxic, 1 - toxic])
    effective = np.asarray(truth.efficacy)
    both = np.array([_both(t, e, truth.association) for t, e in zip(toxic, effective, strict=True)])
    return np.column_stack([toxic - both, effective - both, both, 1 - toxic - effective + both]).clip(0)


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
    n, found = outcomes.size, np.zeros((len(cells), outcomes.count))
    alone, only, both = np.meshgrid(*([np.arange(n + 1)] * 3), indexing="ij")
    possible = alone + only + both <= n
    if not outcomes.efficacy:
        possible &= (only == 0) & (both == 0)
    for t, e, b in zip(alone[possible], only[possible], both[possible], strict=True):
        rest = n - t - e - b
        ways = factorial(n) / (factorial(t) * factorial(e) * factorial(b) * factorial(rest))
        code = outcomes.code(t + b, e + b, b) if outcomes.efficacy else t
        found[:, code] = ways * np.prod(cells ** np.array([t, e, b, rest]), axis=1)
    return found
