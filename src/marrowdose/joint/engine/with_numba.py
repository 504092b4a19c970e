"""The compiled engine: one patient after another through the generated step, without an array in between.

Numba compiles the same generated source that NumPy runs. No fast-math: both engines do the same operations in
the same order, so they give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import blake2s
from math import sqrt
from types import FunctionType
from typing import Any

import numpy as np

from ...errors import InputError
from ...units import Array
from .control import (
    FINE,
    GROW,
    LANES,
    LEAST_STEP,
    MOST_STEPS,
    NOT_FINITE,
    SAFETY,
    SHRINK,
    START,
    TOO_MANY,
    TOO_SMALL,
)

_INLINED = ("rates", "linearise", "solve", "step", "size", "dense", "load")
rates: Any = None  # these four stand in the generated source that the loop is compiled with
size: Any = None
load: Any = None
lanes: Any = None


def integrate(y_all, c_all, start, end, grid, longest, times, out, rtol, atol, status, reached, taken, w):  # type: ignore[no-untyped-def]  # pragma: no cover — compiled
    """From ``start`` to ``end`` for every patient; changes ``y_all``, ``out``, ``status``, ``reached``,
    ``taken``.

    Each of the ``LANES`` columns of ``w`` holds one patient; a lane that is done takes the next patient.
    """
    n, states, constants, fixed, waiting = y_all.shape[0], y_all.shape[1], c_all.shape[1], grid.size > 0, 0
    who, at, count = np.full(LANES, -1), np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    times_next, h_before, e_before = np.zeros(LANES), np.zeros(LANES), np.ones(LANES)
    rejected = np.zeros(LANES, np.bool_)
    row_t, row_h, row_c = states * LANES, (states + 1) * LANES, (states + 2) * LANES
    row_e = row_c + constants * LANES
    row_u = row_e + LANES
    row_d, row_f = row_u + states * LANES, row_u + 2 * states * LANES
    while True:
        busy = False
        for lane in range(LANES):
            if who[lane] < 0:
                while waiting < n and status[waiting] != FINE:
                    waiting += 1
                if waiting == n:
                    continue
                who[lane], at[lane], count[lane], h_before[lane], e_before[lane] = waiting, 0, 0, 0.0, 1.0
                rejected[lane] = False
                y, c = y_all[waiting], c_all[waiting]
                for i in range(states):
                    w[i * LANES + lane] = y[i]
                for i in range(constants):
                    w[row_c + i * LANES + lane] = c[i]
                first = load(y)
                norm = sqrt(size(rates(start, first, c), first, first, rtol, atol)) * rtol
                h = min(end - start, START / norm) if norm > 0.0 else end - start
                w[row_t + lane], w[row_h + lane] = start, h if h > 0.0 else (end - start) * 1e-6
                waiting += 1
            busy = True
            t, h = w[row_t + lane], min(w[row_h + lane], longest)
            w[row_h + lane] = h
            if fixed:
                times_next[lane] = grid[count[lane]]
                w[row_h + lane] = times_next[lane] - t
            elif t + 1.01 * h >= end:
                times_next[lane] = end
                w[row_h + lane] = end - t
            else:
                times_next[lane] = t + h
        if not busy:
            return
        lanes(w, rtol, atol)
        for lane in range(LANES):
            patient = who[lane]
            if patient < 0:
                continue
            count[lane] += 1
            t, h, t_next, error = w[row_t + lane], w[row_h + lane], times_next[lane], w[row_e + lane]
            good = error < np.inf if fixed else error <= 1.0
            if good:
                while at[lane] < times.size and times[at[lane]] <= t_next:
                    s = (times[at[lane]] - t) / h
                    for i in range(states):
                        k = i * LANES + lane
                        out[patient, at[lane], i] = w[k] * (1.0 - s) + s * (
                            w[row_u + k] + (1.0 - s) * (w[row_d + k] + s * w[row_f + k])
                        )
                    at[lane] += 1
                for i in range(states):
                    w[i * LANES + lane] = w[row_u + i * LANES + lane]
                t = t_next
                w[row_t + lane] = t
            if not fixed:
                bad = not error < np.inf
                root = sqrt(sqrt(sqrt(error))) / SAFETY
                factor = SHRINK if bad else max(1.0 / GROW, min(SHRINK, root))
                if good:
                    if h_before[lane] > 0.0:  # Gustafsson's prediction from the step before
                        ahead = h_before[lane] / h * sqrt(sqrt(sqrt(error / e_before[lane]))) * root
                        factor = max(factor, min(SHRINK, ahead))
                    if rejected[lane]:
                        factor = max(1.0, factor)
                    h_before[lane], e_before[lane] = h, max(1e-4, error)
                rejected[lane] = not good
                h = h / factor
                w[row_h + lane] = h
                if t < end and h <= LEAST_STEP * max(t, 1e-6 * end):
                    status[patient] = NOT_FINITE if bad else TOO_SMALL
            elif not good:
                status[patient] = NOT_FINITE
            if t < end and count[lane] >= MOST_STEPS and status[patient] == FINE:
                status[patient] = TOO_MANY
            if t >= end or status[patient] != FINE:
                for i in range(states):
                    y_all[patient, i] = w[i * LANES + lane]
                reached[patient] = t
                taken[patient] += count[lane]
                who[lane] = -1


@cache
def _kernel(source: str, name: str) -> Callable[..., None]:
    """``integrate`` for one generated source. Compiled once on a machine: the file name of the cache holds
    the source's hash.
    """
    try:
        from numba import njit
    except ImportError:
        raise InputError(
            "numba is not installed", where="engine", remedy="pip install 'marrowdose[fast]'"
        ) from None
    space: dict[str, Any] = {"__name__": __name__}
    exec(compile(source, f"<{name}>", "exec"), space)
    space |= {n: v for n, v in globals().items() if n.isupper() and isinstance(v, (int, float))}
    space["np"] = np
    seen = blake2s(
        f"{source}{[v for v in space.values() if isinstance(v, (int, float))]}".encode(), digest_size=8
    ).hexdigest()
    for part in (
        *_INLINED,
        "lanes",
    ):  # compiled code calls by this name: two kernels of a cache must not share one
        space[part].__qualname__ = f"{part}_{name}_{seen}"
    for inlined in _INLINED:
        space[inlined] = njit(forceinline=True, error_model="numpy")(space[inlined])
    space["lanes"] = njit(error_model="numpy")(
        space["lanes"]
    )  # a call of its own: only so is its loop vectorised
    loop = FunctionType(integrate.__code__, space, f"integrate_{name}_{seen}")
    loop.__qualname__ = loop.__name__
    return njit(cache=True, nogil=True, error_model="numpy")(loop)  # type: ignore[no-any-return]


def run(
    source: str,
    name: str,
    state: Array,
    constants: list[Any],
    start: float,
    end: float,
    grid: Array,
    longest: float,
    times: Array,
    out: Array,
    rtol: float,
    atol: Array,
    status: Any,
    reached: Array,
    taken: Any,
) -> None:
    """Advance ``state`` (states, patients) in place; see ``integrate``."""
    rows = np.ascontiguousarray(state.T)
    table = np.empty((rows.shape[0], len(constants)))
    for i, value in enumerate(constants):
        table[:, i] = value
    work = np.ones((4 * rows.shape[1] + 3 + len(constants)) * LANES)
    _kernel(source, name)(
        rows, table, start, end, grid, longest, times, out, rtol, atol, status, reached, taken, work
    )
    state[:] = rows.T
