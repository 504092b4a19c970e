"""How persons differ about the mean of their arm: what a patient's plan and a simulated trial both assume."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..domain import Domain
from ..priors import Prior
from ..units import Array
from .fit import Mixture

RESIDUAL_SD: dict[Domain, Prior] = {
    "pain": Prior(
        "lognormal",
        20.0,
        0.12,
        "points",
        "SD of change within arms, 17–25 points (outcomes.csv:107-136, 549, 573)",
    ),
    "function": Prior(
        "lognormal",
        18.0,
        0.12,
        "points",
        "SD of change within arms, 16–23 points (outcomes.csv:113-118, 585)",
    ),
}


RESIDUAL_CORRELATION = 0.6  # of pain and function changes of one patient, assumed


SERIAL_CORRELATION = 0.65  # of one patient's deviations 6 months apart, assumed as for arms


def harm_probability(mixture: Mixture, doses: Array, seed: int = 0) -> Array:
    """(n, doses) probability of a local reaction to bone-marrow cells in a new setting."""
    h = mixture.harm
    setting = standard_normals(seed, 3, (len(mixture),))
    eta = (h["intercept"] + h["spread"] * setting)[:, None] + h["slope"][:, None] * np.log1p(doses / 10.0)[
        None, :
    ]
    return np.asarray(1.0 / (1.0 + np.exp(-eta)))


@lru_cache(maxsize=16)
def standard_normals(seed: int, stream: int, shape: tuple[int, ...]) -> Array:
    """Standard normal numbers of one stream, read-only: the same possible patients for every plan and
    dose.
    """
    drawn = np.random.default_rng([seed, stream]).standard_normal(shape)
    drawn.flags.writeable = False
    return drawn
