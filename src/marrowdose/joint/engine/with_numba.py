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
from typing import cast

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
from .stretch import Constant, Fate, Stretch

_INLINED = ("rates", "linearise", "solve", "step", "size", "dense", "load")
# the loop calls these by name: of the generated source, and the parts of the loop below, all inlined
rates = size = load = lanes = cast(Callable[..., float], None)
next_fine = cast(Callable[..., int], None)
first_step = put = move = take = read_off = divisor = ending = rates


def _next_fine(status, waiting):  # type: ignore[no-untyped-def]  # pragma: no cover — compiled
    """The next patient from ``waiting`` on who can go on; the number of patients where none can."""
    while waiting < status.size and status[waiting] != FINE:
        waiting += 1
    return waiting


def _first_step(start, end, y, c, rtol, atol):  # type: ignore[no-untyped-def]  # pragma: no cover — compiled
    """The first step of a patient from the size of the rates."""
    first = load(y)
    norm = sqrt(size(rates(start, first, c), first, first, rtol, atol)) * rtol
    h = min(end - start, START / norm) if norm > 0.0 else end - start
    return h if h > 0.0 else (end - start) * 1e-6


def _put(w, lane, row, values):  # type: ignore[no-untyped-def]  # pragma: no cover — compiled
    """Write ``values`` into a lane from ``row`` on."""
    for i in range(values.size):
        w[row + i * LANES + lane] = values[i]


def _move(w, lane, row, states):  # type: ignore[no-untyped-def]  # pragma: no cover — compiled
    """The next states of a lane become its states."""
    for i in range(states):
        w[i * LANES + lane] = w[row + i * LANES + lane]


def _take(y, w, lane):  # type: ignore[no-untyped-def]  # pragma: no cover — compiled
    """The states of a lane as those of its patient."""
    for i in range(y.size):
        y[i] = w[i * LANES + lane]


def _read_off(out, w, s, lane, states, row_u):  # type: ignore[no-untyped-def]  # pragma: no cover — compiled
    """The states of a lane at the part ``s`` of its step (dense output)."""
    row_d, row_f = row_u + states * LANES, row_u + 2 * states * LANES
    for i in range(states):
        k = i * LANES + lane
        out[i] = w[k] * (1.0 - s) + s * (w[row_u + k] + (1.0 - s) * (w[row_d + k] + s * w[row_f + k]))


def _divisor(error, h, h_before, e_before, rejected):  # type: ignore[no-untyped-def]  # pragma: no cover — compiled
    """What the step is divided by for the next one; after a good step with Gustafsson's prediction."""
    if not error < np.inf:
        return SHRINK
    root = sqrt(sqrt(sqrt(error))) / SAFETY
    factor = max(1.0 / GROW, min(SHRINK, root))
    if error <= 1.0:
        if h_before > 0.0:
            ahead = h_before / h * sqrt(sqrt(sqrt(error / e_before))) * root
            factor = max(factor, min(SHRINK, ahead))
        if rejected:
            factor = max(1.0, factor)
    return factor


def _ending(t, end, h_next, error, fixed, count):  # type: ignore[no-untyped-def]  # pragma: no cover — compiled
    """``FINE``, or why a patient cannot go on after this step."""
    finite = error < np.inf
    if fixed and not finite:
        return NOT_FINITE
    if not fixed and t < end and h_next <= LEAST_STEP * max(t, 1e-6 * end):
        return TOO_SMALL if finite else NOT_FINITE
    return TOO_MANY if t < end and count >= MOST_STEPS else FINE


def integrate(y_all, c_all, stretch, out, fate, w):  # type: ignore[no-untyped-def]  # pragma: no cover — compiled
    """Through a stretch for every patient; changes ``y_all``, ``out`` and ``fate``.

    Each of the ``LANES`` columns of ``w`` holds one patient; a lane that is done takes the next patient.
    """
    start, end, grid, longest, times, rtol, atol = stretch
    status, reached, taken = fate
    n, states, constants, fixed, waiting = y_all.shape[0], y_all.shape[1], c_all.shape[1], grid.size > 0, 0
    who, at, count = np.full(LANES, -1), np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    times_next, h_before, e_before = np.zeros(LANES), np.zeros(LANES), np.ones(LANES)
    rejected = np.zeros(LANES, np.bool_)
    row_t, row_h, row_c = states * LANES, (states + 1) * LANES, (states + 2) * LANES
    row_e, row_u = row_c + constants * LANES, row_c + (constants + 1) * LANES
    while True:
        busy = False
        for lane in range(LANES):
            if who[lane] < 0:
                waiting = next_fine(status, waiting)
                if waiting == n:
                    continue
                who[lane], at[lane], count[lane], h_before[lane], e_before[lane] = waiting, 0, 0, 0.0, 1.0
                rejected[lane] = False
                y, c = y_all[waiting], c_all[waiting]
                put(w, lane, 0, y)
                put(w, lane, row_c, c)
                w[row_t + lane], w[row_h + lane] = start, first_step(start, end, y, c, rtol, atol)
                waiting += 1
            busy = True
            t, h = w[row_t + lane], min(w[row_h + lane], longest)
            last = not fixed and t + 1.01 * h >= end
            times_next[lane] = grid[count[lane]] if fixed else end if last else t + h
            w[row_h + lane] = times_next[lane] - t if fixed or last else h
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
                    read_off(out[patient, at[lane]], w, (times[at[lane]] - t) / h, lane, states, row_u)
                    at[lane] += 1
                move(w, lane, row_u, states)
                t = t_next
                w[row_t + lane] = t
            if not fixed:
                w[row_h + lane] = h / divisor(error, h, h_before[lane], e_before[lane], rejected[lane])
                if good:
                    h_before[lane], e_before[lane] = h, max(1e-4, error)
                rejected[lane] = not good
            status[patient] = ending(t, end, w[row_h + lane], error, fixed, count[lane])
            if t >= end or status[patient] != FINE:
                take(y_all[patient], w, lane)
                reached[patient] = t
                taken[patient] += count[lane]
                who[lane] = -1


_PARTS = (_next_fine, _first_step, _put, _move, _take, _read_off, _divisor, _ending)


@cache
def _kernel(source: str, name: str) -> Callable[..., None]:
    """``integrate`` for one generated source, compiled once on a machine: the file name of the cache holds
    the hash of the source.
    """
    try:
        from numba import njit
    except ImportError:
        raise InputError(
            "numba is not installed", where="engine", remedy="pip install 'marrowdose[fast]'"
        ) from None
    space: dict[str, object] = {"__name__": __name__}
    exec(compile(source, f"<{name}>", "exec"), space)
    space |= {n: v for n, v in globals().items() if n.isupper() and isinstance(v, (int, float))}
    space |= {"np": np, "sqrt": sqrt}
    known = [v for v in space.values() if isinstance(v, (int, float))]
    seen = blake2s(f"{source}{known}".encode(), digest_size=8).hexdigest()

    def named(function: FunctionType, part: str) -> FunctionType:
        """In the space of the source. Compiled code calls by name: kernels in a cache must not share one."""
        made = FunctionType(function.__code__, space, f"{part}_{name}_{seen}")
        made.__qualname__ = made.__name__
        return made

    inline = njit(forceinline=True, error_model="numpy")
    for part in _INLINED:
        space[part] = inline(named(cast(FunctionType, space[part]), part))
    # a call of its own: only so is its loop vectorised
    space["lanes"] = njit(error_model="numpy")(named(cast(FunctionType, space["lanes"]), "lanes"))
    for function in _PARTS:
        part = function.__name__.removeprefix("_")
        space[part] = inline(named(cast(FunctionType, function), part))
    loop = named(cast(FunctionType, integrate), "integrate")
    compiled: Callable[..., None] = njit(cache=True, nogil=True, error_model="numpy")(loop)
    return compiled


def run(
    source: str, name: str, stretch: Stretch, state: Array, constants: list[Constant], out: Array, fate: Fate
) -> None:
    """Advance ``state`` (states, patients) in place; see ``integrate``."""
    rows = np.ascontiguousarray(state.T)
    table = np.empty((rows.shape[0], len(constants)))
    for i, value in enumerate(constants):
        table[:, i] = value
    work = np.ones((4 * rows.shape[1] + 3 + len(constants)) * LANES)
    _kernel(source, name)(rows, table, stretch, out, fate, work)
    state[:] = rows.T
