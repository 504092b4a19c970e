"""The compiled engine: one patient after another through the generated step, without an array in between.

Numba compiles the same generated source that NumPy runs. No fast-math: both engines do the same operations in the same
order, so they give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import blake2s
from math import sqrt
from types import FunctionType
from typing import Any

import numpy as np

from ..domain import Array, InputError
from .engine_control import (
    FINE,
    GROW,
    LEAST_STEP,
    MOST_STEPS,
    NOT_FINITE,
    SAFETY,
    SHRINK,
    START,
    TOO_MANY,
    TOO_SMALL,
)

_INLINED = ("rates", "linearise", "solve", "step", "load", "size", "between")
rates: Any
load: Any
size: Any
step: Any
between: Any


def integrate(y_all, c_all, start, end, grid, times, out, rtol, atol, status, reached, taken):  # type: ignore[no-untyped-def]  # pragma: no cover — compiled
    """From ``start`` to ``end`` for every patient; changes ``y_all``, ``out``, ``status``, ``reached``, ``taken``."""
    for patient in range(y_all.shape[0]):
        if status[patient] != FINE:
            continue
        c, y, t, at, count = c_all[patient], load(y_all[patient]), start, 0, 0
        fixed = grid.size > 0
        norm = size(rates(t, y, c), y, y, rtol, atol) * rtol
        h = min(end - start, START / norm) if norm > 0.0 else end - start
        if not h > 0.0:
            h = (end - start) * 1e-6
        rejected, h_before, e_before = False, 0.0, 0.0
        while t < end:
            if count >= MOST_STEPS:
                status[patient] = TOO_MANY
                break
            if fixed:
                t_next = grid[count]
                h = t_next - t
            elif t + 1.01 * h >= end:
                t_next = end
                h = end - t
            else:
                t_next = t + h
            count += 1
            u, e, k = step(t, h, y, c)
            error = 0.0 if fixed else size(e, y, u, rtol, atol)
            if fixed and not size(u, u, u, rtol, atol) < np.inf:
                error = np.nan
            if error <= 1.0:
                while at < times.size and times[at] <= t_next:
                    value = between((times[at] - t) / h, y, u, k)
                    for i in range(len(value)):
                        out[patient, at, i] = value[i]
                    at += 1
                t, y = t_next, u
                if fixed:
                    continue
                factor = max(1.0 / GROW, min(SHRINK, sqrt(sqrt(error)) / SAFETY))
                if h_before > 0.0:  # Gustafsson's prediction from the step before
                    ahead = h_before / h * sqrt(sqrt(error * error / e_before)) / SAFETY
                    factor = max(factor, min(SHRINK, ahead))
                h_before, e_before = h, max(0.01, error)
                h = h / (max(1.0, factor) if rejected else factor)
                rejected = False
            else:
                bad = not error < np.inf
                if fixed:
                    status[patient] = NOT_FINITE
                    break
                h = h / (SHRINK if bad else max(1.0 / GROW, min(SHRINK, sqrt(sqrt(error)) / SAFETY)))
                rejected = True
                if h <= LEAST_STEP * max(abs(t), end - t):
                    status[patient] = NOT_FINITE if bad else TOO_SMALL
                    break
        taken[patient] += count
        reached[patient] = t
        for i in range(len(y)):
            y_all[patient, i] = y[i]


@cache
def _kernel(source: str, name: str) -> Callable[..., None]:
    """``integrate`` for one generated source. Compiled once on a machine: the file name of the cache holds the source's hash."""
    try:
        from numba import njit
    except ImportError:
        raise InputError("numba is not installed", where="engine", remedy="pip install 'marrowdose[fast]'") from None
    space: dict[str, Any] = {"__name__": __name__}
    exec(compile(source, f"<{name}>", "exec"), space)
    space |= {n: v for n, v in globals().items() if n.isupper() and isinstance(v, (int, float))}
    space["np"] = np
    for inlined in _INLINED:
        space[inlined] = njit(forceinline=True, error_model="numpy")(space[inlined])
    loop = FunctionType(integrate.__code__, space, f"integrate_{name}_{blake2s(source.encode(), digest_size=8).hexdigest()}")
    loop.__qualname__ = loop.__name__
    return njit(cache=True, nogil=True, error_model="numpy")(loop)  # type: ignore[no-any-return]


def run(source: str, name: str, state: Array, constants: list[Any], start: float, end: float, grid: Array,
        times: Array, out: Array, rtol: float, atol: Array, status: Any, reached: Array, taken: Any) -> None:  # fmt: skip
    """Advance ``state`` (states, patients) in place; see ``integrate``."""
    rows = np.ascontiguousarray(state.T)
    table = np.empty((rows.shape[0], len(constants)))
    for i, value in enumerate(constants):
        table[:, i] = value
    _kernel(source, name)(rows, table, start, end, grid, times, out, rtol, atol, status, reached, taken)
    state[:] = rows.T
