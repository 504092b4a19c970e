"""Error-spending functions: how much of alpha (or beta) may be used up by each information fraction."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ...errors import require
from ...special import ndtr, ndtri
from ...units import Array, Probability

SpendingName = Literal["obrien_fleming", "pocock", "hwang_shih_decani", "power"]


def _obrien_fleming(t: Array, alpha: float, _: float) -> Array:
    """Lan & DeMets (1983): 2 − 2Φ(z_{α/2}/√t)."""
    return np.asarray(2 * ndtr(ndtri(alpha / 2) / np.sqrt(t)))


def _pocock(t: Array, alpha: float, _: float) -> Array:
    """Lan & DeMets (1983): α ln(1 + (e − 1)t)."""
    return np.asarray(alpha * np.log1p((math.e - 1) * t))


def _hwang_shih_decani(t: Array, alpha: float, gamma: float) -> Array:
    """Hwang, Shih & DeCani (1990): α(1 − e^−γt)/(1 − e^−γ), or αt at γ = 0."""
    return alpha * t if abs(gamma) < 1e-12 else np.asarray(alpha * np.expm1(-gamma * t) / math.expm1(-gamma))


def _power(t: Array, alpha: float, rho: float) -> Array:
    """Kim & DeMets (1987): αt^ρ."""
    return np.asarray(alpha * t**rho)


_FUNCTIONS: dict[str, Callable[[Array, float, float], Array]] = {
    "obrien_fleming": _obrien_fleming,
    "pocock": _pocock,
    "hwang_shih_decani": _hwang_shih_decani,
    "power": _power,
}
_ALLOWED = {"hwang_shih_decani": (-40.0, 40.0), "power": (1e-3, 50.0)}  # the two with a parameter


@dataclass(frozen=True, slots=True)
class Spending:
    """A spending function: ``Spending("hwang_shih_decani", -4)(t, alpha)`` is spent by fraction ``t``.

    ``parameter`` is γ of Hwang–Shih–DeCani or ρ of the power family; the others have none. Raises
    ``InputError``.
    """

    name: SpendingName
    parameter: float | None = None

    def __post_init__(self) -> None:
        require(
            self.name in _FUNCTIONS,
            f"{self.name!r}",
            where="spending function",
            allowed=", ".join(_FUNCTIONS),
        )
        low, high = _ALLOWED.get(self.name, (0.0, 0.0))
        if self.name in _ALLOWED:
            given = self.parameter
            require(
                given is not None and low <= given <= high,
                f"{self.name} with parameter {given!r}",
                where="spending function",
                allowed=f"{low:g} to {high:g}",
            )
        else:
            require(self.parameter is None, f"{self.name} has no parameter", where="spending function")

    def __call__(self, fraction: ArrayLike, alpha: Probability) -> Array:
        """Cumulative error spent by ``fraction`` (above 0; all of it from 1 on)."""
        require(0 < alpha < 1, f"error {alpha!r}", where="spending function", allowed="above 0 and below 1")
        t = np.asarray(fraction, dtype=float)
        require(bool((t > 0).all()), f"fraction {t.tolist()}", where="spending function", allowed="above 0")
        return _FUNCTIONS[self.name](np.minimum(t, 1.0), alpha, self.parameter or 0.0)


OBRIEN_FLEMING = Spending("obrien_fleming")
POCOCK = Spending("pocock")
