"""What an engine is asked: one stretch of time without doses or events, and what becomes of its patients."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...units import Array

Counts = NDArray[np.int64]
Source = SimpleNamespace  # the functions of a generated source: ``constants``, ``rates``, ``linearise``, …
Constant = float | Array  # of all patients, or (patients,)


class Stretch(NamedTuple):
    """From ``start`` to ``end``: ends of fixed steps (``grid``, empty for adaptive ones), the longest step,
    the ``times`` at which states are asked, and the tolerances (``atol`` (states,)).
    """

    start: float
    end: float
    grid: Array
    longest: float
    times: Array
    rtol: float
    atol: Array


class Fate(NamedTuple):
    """Status (``FINE`` or a reason), time reached and steps tried (patients,); changed in place."""

    status: Counts
    reached: Array
    taken: Counts


# Moves states (states, patients) through a stretch and fills (patients, times, states), both in place.
Advance = Callable[[Stretch, Array, list[Constant], Array, Fate], None]
