"""The knee model as truth: a hypothesis of how cells act, whose benefit by dose was never measured.

Each trial gets one parameter set of a typical knee (``joint.kpd5``); its benefit is pain (or loss of
function) without cells less that with them. Context, spread and harm are those of a stated scenario.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ...domain import Domain
from ...errors import require
from ...joint.knee import knee_of
from ...joint.kpd5 import LARGEST_DOSE, course
from ...streams import uniform
from ...units import Array, Indices
from .truth import Setting, Truth, Without, published_active

DRAWS = 2000
GRID = np.concatenate([[0.0], np.geomspace(0.5, LARGEST_DOSE, 24)])  # million cells; linear between


def knee(*, domain: Domain = "pain", seed: int = 0) -> Truth:
    """One draw of the knee model for each trial. Doses above ``LARGEST_DOSE`` are refused."""
    values = knee_of(None).draws(DRAWS, seed)

    @cache
    def benefits(months: tuple[float, ...]) -> Array:
        """(draws, doses of the grid, months)."""
        run = course(values, GRID, months)
        score = run.pain if domain == "pain" else run.function
        return np.asarray(score[:, :1] - score)

    def effect(trials: Indices, doses: Array, months: Array) -> Array:
        require(
            bool(doses.max() <= LARGEST_DOSE),
            f"dose {doses.max():g}",
            where="knee model as truth",
            allowed=f"up to {LARGEST_DOSE:g} million",
            remedy="delivered doses vary around the planned ones: see dose_cv",
        )
        rows = (uniform(seed, "draw of the knee model", trials, 0) * DRAWS).astype(np.int64)
        wide = np.broadcast_to(doses, (len(rows), doses.shape[-1]))
        right = np.clip(np.searchsorted(GRID, wide), 1, len(GRID) - 1)
        share = ((wide - GRID[right - 1]) / (GRID[right] - GRID[right - 1]))[:, :, None]
        table = benefits(tuple(months.tolist()))
        return np.asarray((1 - share) * table[rows[:, None], right - 1] + share * table[rows[:, None], right])

    def setting(trials: Indices) -> Setting:
        return Without(response=16.0, onset=0.5, slope=0.34, sd=20.0).in_every(trials)

    def harm(trials: Indices, doses: Array) -> Array:
        wide = np.broadcast_to(doses, (len(trials), doses.shape[-1]))
        return np.interp(wide, [0.0, 100.0, 1000.0], [0.02, 0.06, 0.42])

    return Truth(
        label="knee model", said="assumed", effect=effect, setting=setting, harm=harm, active=published_active
    )
