"""Doses that reach an effect, for any curve: the target dose TD and the effective dose ED_p.

``effect(doses)`` is the effect over placebo, effect(0) = 0; ``top`` the largest dose. Both doses are the
smallest within 0 to top (Bretz 2005, section 3.2; Pinheiro 2014, section 2): curves are not extrapolated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...errors import require
from ...units import Array, Probability
from ..one_dimension import lowest, root

_GRID = 1000


def peak(effect: Callable[[Array], Array], top: float) -> tuple[float, float]:
    """Dose and effect furthest from 0 within 0 to ``top``; the smallest such dose."""
    grid = np.linspace(0.0, top, _GRID + 1)
    size = np.abs(effect(grid))
    best = int(np.argmax(size >= size.max() * (1 - 1e-12)))
    dose = float(grid[best])
    if 0 < best < _GRID:
        around = (float(grid[best - 1]), float(grid[best + 1]))
        inside, depth = lowest(lambda d: -abs(float(effect(np.array([d]))[0])), *around, xtol=1e-10 * top)
        dose = inside if -depth > size[best] else dose
    return dose, float(effect(np.array([dose]))[0])


def target_dose(effect: Callable[[Array], Array], delta: float, top: float) -> float | None:
    """Smallest dose with effect ``delta`` (a fall where that is below 0), None for none up to ``top``."""
    require(
        bool(np.isfinite(delta)) and delta != 0, f"target effect {delta!r}", allowed="a number other than 0"
    )
    grid = np.linspace(0.0, top, _GRID + 1)
    highest = peak(lambda d: np.maximum(np.sign(delta) * effect(d), 0.0), top)[0]
    grid = np.unique(np.append(grid, highest))
    above = np.sign(delta) * effect(grid) - abs(delta)
    close = 1e-12 * abs(delta)
    reached = above >= -close
    if not reached.any():
        return None
    first = int(np.argmax(reached))
    if above[first] <= close:
        return float(grid[first])
    return float(
        root(
            lambda d: float(effect(np.array([d]))[0]) - delta, grid[first - 1], grid[first], xtol=1e-14 * top
        )
    )


def first_of(effect: Callable[[Array], Array], delta: float, doses: Sequence[float]) -> float | None:
    """Smallest of ``doses`` with effect ``delta`` or more (a fall where that is below 0), None for none."""
    require(
        bool(np.isfinite(delta)) and delta != 0, f"target effect {delta!r}", allowed="a number other than 0"
    )
    given = np.sort(np.asarray(doses, dtype=float))
    reached = np.sign(delta) * effect(given) >= abs(delta) * (1 - 1e-12)
    return float(given[reached][0]) if reached.any() else None


def effective_dose(effect: Callable[[Array], Array], p: Probability, top: float) -> float:
    """Smallest dose with share ``p`` of the effect furthest from 0 within 0 to top."""
    require(0 < p < 1, f"share {p!r}", where="effective dose", allowed="above 0 and below 1")
    most = peak(effect, top)[1]
    require(most != 0, "a flat curve has no effective dose", where="effective dose")
    found = target_dose(effect, p * most, top)
    require(found is not None, "no dose has that share", where="effective dose")
    return float(found or 0.0)
