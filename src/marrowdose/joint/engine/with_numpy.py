"""The engine without a compiler: the same generated step on arrays, every patient with a time and step of his
own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...units import Array
from .control import (
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
from .rosenbrock import between, size, step

CHUNK = 8192  # patients at a time: enough to hide what a call of NumPy costs


def run(
    module: Any,
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
    """Advance ``state`` (states, patients) in place; see ``engine_numba.integrate``, which this follows line
    by line.
    """
    chosen = np.flatnonzero(status == FINE)
    with np.errstate(all="ignore"):
        part = _fixed if grid.size else _adaptive
        part(
            module,
            state,
            constants,
            start,
            end,
            grid,
            longest,
            times,
            out,
            rtol,
            atol,
            status,
            reached,
            taken,
            chosen,
        )


def _take(values: Any, keep: Any) -> list[Any]:
    return [v[keep] if isinstance(v, np.ndarray) and v.ndim else v for v in values]


def _fixed(
    module: Any,
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
    chosen: NDArray[np.int_],
) -> None:
    y, c, t, at, real = state[:, chosen], _take(constants, chosen), start, 0, state.dtype.type
    for t_next in grid:
        h = np.full(chosen.size, t_next - t, real)
        u, _, k = step(module, t, h, y, c)
        while at < times.size and times[at] <= t_next:
            out[chosen, at] = between(real((times[at] - t) / (t_next - t)), y, u, k).T
            at += 1
        y, t = u, t_next
    good = np.isfinite(y).all(axis=0)  # what is not finite once stays so: the last step adds to the state
    status[chosen[~good]] = NOT_FINITE
    taken[chosen] += grid.size
    reached[chosen] = end
    state[:, chosen] = y


def _adaptive(
    module: Any,
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
    chosen: NDArray[np.int_],
) -> None:
    real = state.dtype.type
    rtol_, atol_ = real(rtol), atol.astype(real)
    y, c = state[:, chosen], _take(constants, chosen)
    t = np.full(chosen.size, start)
    norm = np.sqrt(module.size(module.rates(t.astype(real), y, c), y, y, rtol_, atol_)) * rtol_
    h = np.where(norm > 0.0, np.minimum(end - start, START / norm), end - start).astype(float)
    h = np.where(h > 0.0, h, (end - start) * 1e-6)
    h_before, e_before, rejected = np.zeros_like(t), np.ones_like(t), np.zeros(t.shape, bool)
    at, count = np.zeros(t.shape, np.intp), 0
    going = np.ones(t.shape, bool)
    edges = np.append(times, np.inf)
    while chosen.size:
        h = np.minimum(h, longest)
        last = t + 1.01 * h >= end
        t_next = np.where(last, end, t + h)
        h = np.where(last, end - t, h)
        count += 1
        u, e, k = step(module, t.astype(real, copy=False), h.astype(real, copy=False), y, c)
        error = size(e, y, u, rtol_, atol_).astype(float, copy=False)
        good = (error <= 1.0) & going
        while (now := np.flatnonzero(good & (edges[at] <= t_next))).size:
            inside = ((times[at[now]] - t[now]) / h[now]).astype(real, copy=False)
            part = k[:, :, now] if now.size < chosen.size else k
            out[chosen[now], at[now]] = between(inside, y[:, now], u[:, now], part).T
            at[now] += 1
        root = np.sqrt(np.sqrt(np.sqrt(error))) / SAFETY
        factor = np.maximum(1.0 / GROW, np.minimum(SHRINK, root))
        ahead = h_before / h * np.sqrt(np.sqrt(np.sqrt(error / e_before))) * root
        forward = np.where(h_before > 0.0, np.maximum(factor, np.minimum(SHRINK, ahead)), factor)
        forward = np.where(rejected, np.maximum(1.0, forward), forward)
        bad = ~(error < np.inf)
        h_next = h / np.where(good, forward, np.where(bad, SHRINK, factor))
        h_before, e_before = np.where(good, h, h_before), np.where(good, np.maximum(1e-4, error), e_before)
        if good.all():
            y, t = u, t_next
        else:
            y = np.where(good, u, y)
            t = np.where(good, t_next, t)
        stuck = going & (t < end) & (h_next <= LEAST_STEP * np.maximum(t, 1e-6 * end))
        status[chosen[stuck]] = np.where(bad[stuck], NOT_FINITE, TOO_SMALL)
        rejected, h = ~good, h_next
        taken[chosen[going]] += 1
        over = going & (t < end) & (count >= MOST_STEPS)
        status[chosen[over]] = TOO_MANY
        stop = np.flatnonzero(going & ((t >= end) | (status[chosen] != FINE)))
        state[:, chosen[stop]] = y[:, stop]
        reached[chosen[stop]] = t[stop]
        going[stop] = False
        if np.count_nonzero(going) <= 0.9 * going.size:  # the others step along without effect until then
            chosen, y, c = chosen[going], y[:, going], _take(c, going)
            t, h, h_before, e_before, rejected, at, going = _take(
                (t, h, h_before, e_before, rejected, at, going), going
            )
