"""What a trial is worth: expected value of sample information on the dose, and its net benefit by size.

A patient of the population gains the true benefit of the dose that is given. Today that is the dose of the largest
expected benefit, or none; after the trial, the dose it points to. The difference, averaged over what may be true, is
the value of the information for one patient; knowing the truth itself would be worth the upper bound (EVPI).
The trial's setting is taken to be the population's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np

from ...domain import Array, Points, require, require_between
from .characteristics import Estimate, mean
from .simulate import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """Who profits and what counts. Prices are in points of benefit to one patient, the only currency here.

    ``population`` patients will be treated as the trial advises; ``margin`` points count as no difference (the price of
    the larger dose is stated by it); ``per_patient`` is the price of one trial patient, ``fixed`` of the trial.
    """

    population: Annotated[int, "patients"] = 10_000
    margin: Points = 0.0
    per_patient: Annotated[float, "points of benefit to one patient"] = 20.0
    fixed: Annotated[float, "points of benefit to one patient"] = 0.0

    def __post_init__(self) -> None:
        require(
            isinstance(self.population, int) and 0 < self.population <= 10**9,
            f"{self.population!r}",
            where="population",
            allowed="1 to 1000000000",
        )
        for name, high in (("margin", 50.0), ("per_patient", 1e6), ("fixed", 1e9)):
            require_between(getattr(self, name), 0.0, high, where=name)


class Worth(NamedTuple):
    """Values in points per patient of the population, except ``net``: points over the population less the price.

    ``scatter`` (T,): what each trial adds to the error of ``net_per_trial_patient``.
    ``by_rule``: following the design's own answer; ``best_use``: giving the dose of the largest expected benefit
    given the trial's estimates (regression on them: Strong, Oakley & Brennan 2015); ``perfect``: EVPI.
    """

    patients: Estimate
    by_rule: Estimate
    best_use: Estimate
    perfect: Estimate
    net: Estimate
    net_per_trial_patient: Estimate
    scatter: Array


def common_choice(benefits: Array, stakes: Stakes) -> Array:
    """(T,) what the best choice of today gains in each trial, of doses with true ``benefits`` (T, D), or none."""
    arms = np.column_stack([np.zeros(len(benefits)), benefits])
    found: Array = arms[:, _pick(arms.mean(axis=0)[None, :], stakes.margin)[0]]
    return found


def worth(found: Results, stakes: Stakes, now: Array | None = None) -> Worth:
    """The worth of a design from its trials under a posterior. Raises ``InputError`` for fewer than 100 trials.

    ``now`` (T,) is what today's choice gains, where it is made among more doses than the design has.
    """
    require(len(found) >= 100, f"{len(found)} trials", where="--trials", allowed="100 or more")
    now = common_choice(found.truth, stakes) if now is None else now
    arms = np.column_stack([np.zeros(len(found)), found.truth])
    ruled = arms[np.arange(len(found)), found.named] - now
    used = arms[np.arange(len(found)), _pick(_expected(found, arms), stakes.margin)] - now
    size = found.treated.sum(axis=1)
    price = stakes.fixed + stakes.per_patient * size
    net = stakes.population * ruled - price
    each = float(net.mean() / size.mean())
    scatter = (net - each * size) / size.mean()  # delta method: the ratio of means moves as the mean of these
    return Worth(
        patients=mean(size),
        by_rule=mean(ruled),
        best_use=mean(used),
        perfect=mean(arms.max(axis=1) - now),
        net=mean(net),
        net_per_trial_patient=Estimate(each, _error(scatter)),
        scatter=scatter,
    )


class Rank(NamedTuple):
    """A design at the size of its largest net benefit; what it is worth for one trial patient, and by how much less
    than the best design, with a 95 % interval over the same trials."""

    design: str
    patients: int
    net_per_trial_patient: Estimate
    less: Estimate
    interval: tuple[float, float]


def compared(curves: Sequence[tuple[str, Sequence[tuple[int, Worth]]]]) -> list[Rank]:
    """Designs by what they are worth for one trial patient, the best first; each on the same numbers of trials."""
    tops = [(name, *max(found, key=lambda row: row[1].net.value)) for name, found in curves]
    tops.sort(key=lambda top: -top[2].net_per_trial_patient.value)
    best, ranks = tops[0][2], []
    for name, size, own in tops:
        less = own.net_per_trial_patient.value - best.net_per_trial_patient.value
        error = _error(own.scatter - best.scatter)
        interval = (less - 1.96 * error, less + 1.96 * error)
        ranks.append(Rank(name, size, own.net_per_trial_patient, Estimate(less, error), interval))
    return ranks


def _error(values: Array) -> float:
    """Standard error of the mean over trials (T,)."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _pick(expected: Array, margin: Points) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """The smallest arm (T,) within ``margin`` of the largest expected benefit."""
    return np.asarray((expected >= expected.max(axis=1, keepdims=True) - margin).argmax(axis=1))


def _expected(found: Results, arms: Array) -> Array:
    """E(benefit | the trial's estimates) (T, K): least squares on the estimates, their squares and products.

    Each half of the trials is predicted by the other, so that fitting does not flatter the value.
    """
    x = np.nan_to_num(found.benefit) / 10.0
    pairs = [x[:, i] * x[:, j] for i in range(x.shape[1]) for j in range(i, x.shape[1])]
    design = np.column_stack([np.ones(len(x)), x, *pairs])
    half = np.arange(len(x)) % 2 == 0
    out = np.zeros_like(arms)
    for train, test in ((half, ~half), (~half, half)):
        out[test] = design[test] @ np.linalg.lstsq(design[train], arms[train])[0]
    out[:, 0] = 0.0
    return out
