"""Which parameters a trial can learn: Fisher information of arm means about the logarithms of the parameters.

Arm means of pain at the asked months, independent, each with variance SD²/n; a normal prior of SD 1 on every
log parameter. Posterior SD near 0: learned. Near 1: the trial says nothing, and what is shown is the prior.
Parameters whose default is 0 (kw, aV, k_rep) have no logarithm and stay at it; those of cartilage do not
touch pain and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import require, require_between
from ..units import Array, MillionCells, Months
from .kpd5 import course
from .parameters import defaults

LEARNABLE = ("P0", "Zmax", "kpl", "Emax", "k_on", "k_off", "N50", "N_sp", "k1", "k2", "f_e")
PRIOR_SD = 1.0
_STEP = 1e-4  # of a log parameter, central difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """A trial: one arm a dose, ``n`` patients each (several sizes are compared), pain at ``months``."""

    doses: tuple[MillionCells, ...] = (0, 1, 10, 25, 40, 50, 100, 150)
    n: tuple[int, ...] = (10, 100)
    months: tuple[Months, ...] = (0, 1, 3, 6, 12)
    sd: float = 18.0  # points, of one patient's pain at one month; assumed

    def __post_init__(self) -> None:
        require(bool(self.doses), "no dose", where="doses", allowed="one or more doses of million cells")
        require(
            bool(self.n) and all(1 <= k <= 1_000_000 for k in self.n),
            "is not usable",
            where="n",
            allowed="1 to 1000000 patients an arm",
        )
        require_between(self.sd, 0.1, 100, where="sd", unit="points")


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Posterior SD of the log of each of ``symbols`` for each size: (symbols, sizes)."""

    design: Sampling
    symbols: tuple[str, ...]
    posterior_sd: Array


def identifiability(design: Sampling) -> Learned:
    """What the design teaches about each parameter.

    Raises ``InputError`` for doses or months out of range.
    """
    centre = defaults()
    size = len(LEARNABLE)
    shifted = {s: np.full(2 * size, v) for s, v in centre.items()}
    for k, symbol in enumerate(LEARNABLE):
        shifted[symbol][k] *= np.exp(_STEP)
        shifted[symbol][size + k] *= np.exp(-_STEP)
    pain = course(shifted, design.doses, design.months).pain.reshape(2 * size, -1)
    slopes = (pain[:size] - pain[size:]) / (2 * _STEP)
    one = slopes @ slopes.T / design.sd**2
    found = [_posterior_sd(one * n) for n in design.n]
    return Learned(design=design, symbols=LEARNABLE, posterior_sd=np.column_stack(found))


def _posterior_sd(information: Array) -> Array:
    return np.sqrt(np.diag(np.linalg.inv(information + np.eye(len(information)) / PRIOR_SD**2)))


def sizes_of(values: Sequence[float]) -> tuple[int, ...]:
    """Whole numbers of patients. Raises ``InputError`` otherwise."""
    require(
        all(v == int(v) for v in values),
        "is not usable",
        where="n",
        allowed="whole numbers of patients an arm",
    )
    return tuple(int(v) for v in values)
