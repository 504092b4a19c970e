"""Exact probabilities that a count crosses a bound, patient by patient or event by event; no simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import require
from ...special import gammaln, pdtr, pdtrc, xlog1py, xlogy
from ...units import Array, Probability

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """``stop`` (looks,): probability of crossing at each look; expected patients and events until then."""

    stop: Array
    patients: float
    events: float

    @property
    def probability(self) -> float:
        """Of crossing at any look."""
        return float(self.stop.sum())

    @property
    def early(self) -> float:
        """Of crossing before the last look."""
        return float(self.stop[:-1].sum())


def check_looks(looks: ArrayLike) -> Counts:
    """Patients at each look, if whole and rising from 1. Raises ``InputError``."""
    found = np.atleast_1d(np.asarray(looks))
    require(
        found.ndim == 1 and found.size > 0, "no look", where="looks", allowed="numbers of patients, 1 or more"
    )
    whole = np.asarray(np.rint(found.astype(float)), dtype=np.int64)
    require(
        bool((whole == found).all() and whole[0] > 0 and (np.diff(whole) > 0).all()),
        f"{found.tolist()}",
        where="looks",
        allowed="whole numbers of patients, each larger than the one before",
    )
    return whole


def check_rate(rate: float, where: str) -> float:
    """``rate`` if it is a probability strictly inside (0, 1). Raises ``InputError``."""
    require(0 < rate < 1, f"{rate!r}", where=where, allowed="above 0 and below 1")
    return float(rate)


def binomial_crossing(looks: Counts, reject_at: Counts, rate: Probability) -> Crossing:
    """A trial that stops at the first look with ``reject_at`` events or more (above the patients: never).

    >>> looks, reject_at = np.array([10, 20]), np.array([4, 6])
    >>> round(binomial_crossing(looks, reject_at, 0.1).probability, 4)
    0.02
    """
    mass, seen = np.ones(1), 0
    stop, patients, events = np.zeros(len(looks)), 0.0, 0.0
    for k, (n, bound) in enumerate(zip(looks, reject_at, strict=True)):
        step = int(n - seen)
        x = np.arange(step + 1)
        pmf = np.exp(
            gammaln(step + 1)
            - gammaln(x + 1)
            - gammaln(step - x + 1)
            + xlogy(x, rate)
            + xlog1py(step - x, -rate)
        )
        patients += step * mass.sum()
        mass, seen = np.convolve(mass, pmf), int(n)
        crossed = mass[bound:]
        stop[k] = crossed.sum()
        events += float(crossed @ np.arange(bound, bound + len(crossed)))
        mass = mass[:bound]
        if len(mass) == 0:  # no events are too many
            break
    return Crossing(stop=stop, patients=patients, events=events + float(mass @ np.arange(len(mass))))


def poisson_crossing(until: Array, least: Counts, horizon: float, rate: float = 1.0) -> tuple[float, float]:
    """P(crossing), and the expected time watched, of a Poisson process followed up to ``horizon``.

    Up to and including time ``until[j]`` (non-decreasing) there is a signal as soon as ``least[j]`` events
    (rising) are reached; the last ``until`` is at or beyond the horizon.

    >>> chance, watched = poisson_crossing(np.array([1.0, 2.0]), np.array([2, 3]), 2.0)
    >>> round(chance, 4), round(watched, 4)
    (0.391, 1.5854)
    """
    mass, now, watched = np.ones(1), 0.0, 0.0
    for time, bound in zip(until, least, strict=True):
        span = min(float(time), horizon) - now
        mean, states = rate * span, np.arange(len(mass))
        # in state i no signal while fewer than bound − i further events: expected time is Σ P(N ≥ j + 1)/rate
        tails = np.cumsum(pdtrc(np.arange(bound), mean)) / rate
        watched += float(mass @ tails[bound - 1 - states])
        k = np.arange(bound)
        pmf = np.exp(xlogy(k, mean) - mean - gammaln(k + 1)) if mean > 0 else (k == 0).astype(float)
        mass, now = np.convolve(mass, pmf)[:bound], now + span
        if now >= horizon:
            break
    return float(1.0 - mass.sum()), watched


def poisson_groups(looks: Array, least: Counts, rate: float = 1.0) -> float:
    """P(crossing) of a Poisson process seen only at the times ``looks``, with ``least`` events or more.

    >>> round(poisson_groups(np.array([1.0]), np.array([2])), 4)  # 1 − 2/e
    0.2642
    """
    mass, now, crossed = np.ones(1), 0.0, 0.0
    for time, bound in zip(looks, least, strict=True):
        mean = rate * (time - now)
        states, k = np.arange(len(mass)), np.arange(bound)
        crossed += float(mass @ (1.0 - pdtr(bound - 1 - states, mean)))
        mass, now = np.convolve(mass, np.exp(xlogy(k, mean) - mean - gammaln(k + 1)))[:bound], float(time)
    return crossed
