"""Recursive integration of the score process (Armitage 1969; Jennison & Turnbull 2000, ch. 19).

Z_k ~ N(θ√I_k, 1) with independent increments of Z_k√I_k. The sub-density of Z_k in trials that go on is
carried under θ = 0 only: under θ it is multiplied by exp(θ Z_k √I_k − θ² I_k/2), so that one pass serves
every θ. Nodes are Gauss–Legendre, as many as the narrowest kernel asks for; the error is far below 1e-8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from ...errors import require
from ...special import ndtr
from ...units import Array

_TAIL = 8.5  # standard deviations beyond which nothing is integrated
_STEP = 32  # numbers of nodes are multiples of it, to be kept
_MOST = 4096  # nodes: looks that are nearly at the same information


@dataclass(frozen=True, slots=True)
class Going:
    """The trials that go on after a look: nodes ``z`` and their masses under θ = 0, at ``information``."""

    z: Array
    mass: Array
    information: float

    def weight(self, theta: Array) -> Array:
        """Masses under each θ: (θ, nodes)."""
        root = math.sqrt(self.information)
        return np.asarray(
            self.mass * np.exp(theta[:, None] * root * self.z - theta[:, None] ** 2 * self.information / 2)
        )


START = Going(np.zeros(1), np.ones(1), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """Probabilities of leaving through a bound at each look: (..., looks) with the shape of θ in front."""

    upper: Array
    lower: Array

    @property
    def stop(self) -> Array:
        """Probability that the trial ends at each look: a bound is crossed, or it is the last."""
        crossed = self.upper + self.lower
        last = 1.0 - crossed[..., :-1].sum(axis=-1, keepdims=True)
        return np.concatenate([crossed[..., :-1], last], axis=-1)


def check_information(information: ArrayLike) -> Array:
    """Information at each look, if it rises from above 0. Raises ``InputError``."""
    found = np.atleast_1d(np.asarray(information, dtype=float))
    require(
        found.ndim == 1 and found.size > 0, "no look", where="information", allowed="one number for each look"
    )
    require(
        bool(np.isfinite(found).all() and found[0] > 0 and (np.diff(found) > 0).all()),
        f"{found.tolist()}",
        where="information",
        allowed="numbers above 0, each larger than the one before",
    )
    return found


@lru_cache(maxsize=64)
def legendre(nodes: int) -> tuple[Array, Array]:
    """Gauss–Legendre nodes on (−1, 1) and weights."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    return x, w


def crossing(going: Going, bound: float, information: float, theta: Array, *, upper: bool) -> Array:
    """P(the trial goes on, and then Z > bound, or Z < bound if not ``upper``) for each θ."""
    step = information - going.information
    at = bound * math.sqrt(information) - going.z * math.sqrt(going.information) - theta[:, None] * step
    return np.asarray((going.weight(theta) * ndtr((-at if upper else at) / math.sqrt(step))).sum(axis=1))


def advance(
    going: Going,
    lower: float,
    upper: float,
    information: Array,
    look: int,
    reach: tuple[float, float] = (0.0, 0.0),
) -> Going:
    """The trials that go on after ``look``, ``lower`` < Z < ``upper``; ``reach`` spans the θ asked for."""
    now = float(information[look])
    root, step = math.sqrt(now), now - going.information
    low = max(lower, min(0.0, reach[0] * root) - _TAIL)
    high = min(upper, max(0.0, reach[1] * root) + _TAIL)
    if high <= low:
        return Going(np.zeros(1), np.zeros(1), now)
    kernel = math.sqrt(step / now)
    if look + 1 < len(information):
        kernel = min(kernel, math.sqrt((information[look + 1] - now) / now))
    nodes = _STEP * math.ceil((3 * (high - low) / min(kernel, 1.0) + 16) / _STEP)
    require(
        nodes <= _MOST,
        f"looks at information {information.tolist()}",
        where="information",
        allowed="looks further apart",
        remedy="leave out the nearer of two looks",
    )
    x, w = legendre(nodes)
    z = low + (x + 1) * (high - low) / 2
    u = (z[:, None] * root - going.z * math.sqrt(going.information)) / math.sqrt(step)
    density = np.exp(-0.5 * u * u) @ going.mass * (root / math.sqrt(2 * math.pi * step))
    return Going(z, density * w * (high - low) / 2, now)


def exit_probabilities(
    lower: ArrayLike, upper: ArrayLike, information: ArrayLike, theta: ArrayLike = 0.0
) -> Exit:
    """Probabilities of crossing each bound at each look under each θ.

    ``lower`` and ``upper`` (looks,) for Z, infinite for none; ``theta`` of any shape, in units in which E Z_k
    = θ√I_k. Raises ``InputError``.

    Two looks at one-sided 2.5 % each spend more than 2.5 %:

    >>> found = exit_probabilities(-np.inf, [1.96, 1.96], [0.5, 1.0])
    >>> round(float(found.upper.sum()), 4)
    0.0416
    """
    levels = check_information(information)
    a, b = (np.broadcast_to(np.asarray(side, dtype=float), levels.shape) for side in (lower, upper))
    require(not bool(np.isnan(a).any() or np.isnan(b).any()), "a bound is not a number", where="bounds")
    require(
        bool((a <= b).all()), f"a lower bound above the upper one: {a.tolist()}, {b.tolist()}", where="bounds"
    )
    asked = np.asarray(theta, dtype=float)
    require(bool(np.isfinite(asked).all()), "θ is not a number", where="drift")
    require(
        float(np.abs(asked).max(initial=0)) * math.sqrt(levels[-1]) <= 28,
        "an effect so large that no trial is needed",
        where="drift",
        allowed="an expected Z of at most 28",
    )
    flat = asked.ravel()
    reach = (float(flat.min()), float(flat.max()))
    ups, downs = np.empty((flat.size, levels.size)), np.empty((flat.size, levels.size))
    going = START
    for k, now in enumerate(levels):
        ups[:, k] = crossing(going, b[k], now, flat, upper=True)
        downs[:, k] = crossing(going, a[k], now, flat, upper=False)
        if k + 1 < levels.size:
            going = advance(going, a[k], b[k], levels, k, reach)
    shape = (*asked.shape, levels.size)
    return Exit(upper=ups.reshape(shape), lower=downs.reshape(shape))
