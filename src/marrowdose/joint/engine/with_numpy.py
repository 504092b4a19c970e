"""The engine without a compiler: the generated step on arrays, each patient with steps of his own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...units import Array, Flags
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
from .stretch import Constant, Fate, Source, Stretch

CHUNK = 8192  # patients at a time: enough to hide what a call of NumPy costs
Indices = NDArray[np.intp]
_Columns = TypeVar("_Columns", Array, Constant)


def run(
    module: Source, stretch: Stretch, state: Array, constants: list[Constant], out: Array, fate: Fate
) -> None:
    """Advance ``state`` in place; see ``with_numba.integrate``, which this follows line by line."""
    chosen = np.flatnonzero(fate.status == FINE)
    with np.errstate(all="ignore"):
        part = _fixed if stretch.grid.size else _adaptive
        part(module, stretch, state, constants, out, fate, chosen)


def _take(values: Sequence[_Columns], keep: Indices | Flags) -> list[_Columns]:
    return [v[keep] if isinstance(v, np.ndarray) and v.ndim else v for v in values]


def _fixed(
    module: Source,
    stretch: Stretch,
    state: Array,
    constants: list[Constant],
    out: Array,
    fate: Fate,
    chosen: Indices,
) -> None:
    y, c, t, at, real = state[:, chosen], _take(constants, chosen), stretch.start, 0, state.dtype.type
    times = stretch.times
    for t_next in stretch.grid:
        h = np.full(chosen.size, t_next - t, real)
        u, _, k = step(module, t, h, y, c)
        while at < times.size and times[at] <= t_next:
            out[chosen, at] = between(np.asarray((times[at] - t) / (t_next - t), real), y, u, k).T
            at += 1
        y, t = u, t_next
    good = np.isfinite(y).all(axis=0)  # what is not finite once stays so: the last step adds to the state
    fate.status[chosen[~good]] = NOT_FINITE
    fate.taken[chosen] += stretch.grid.size
    fate.reached[chosen] = stretch.end
    state[:, chosen] = y


def _adaptive(
    module: Source,
    stretch: Stretch,
    state: Array,
    constants: list[Constant],
    out: Array,
    fate: Fate,
    chosen: Indices,
) -> None:
    start, end, times, real = stretch.start, stretch.end, stretch.times, state.dtype.type
    rtol, atol = real(stretch.rtol), stretch.atol.astype(real)
    y, c = state[:, chosen], _take(constants, chosen)
    t = np.full(chosen.size, start)
    norm = np.sqrt(module.size(module.rates(t.astype(real), y, c), y, y, rtol, atol)) * rtol
    h = _first_step(norm, end - start)
    h_before, e_before, rejected = np.zeros_like(t), np.ones_like(t), np.zeros(t.shape, bool)
    at, count = np.zeros(t.shape, np.intp), 0
    going = np.ones(t.shape, bool)
    edges = np.append(times, np.inf)
    while chosen.size:
        h = np.minimum(h, stretch.longest)
        last = t + 1.01 * h >= end
        t_next = np.where(last, end, t + h)
        h = np.where(last, end - t, h)
        count += 1
        u, e, k = step(module, t.astype(real, copy=False), h.astype(real, copy=False), y, c)
        error = size(e, y, u, rtol, atol).astype(float, copy=False)
        good = (error <= 1.0) & going
        while (now := np.flatnonzero(good & (edges[at] <= t_next))).size:
            inside = ((times[at[now]] - t[now]) / h[now]).astype(real, copy=False)
            part = k[:, :, now] if now.size < chosen.size else k
            out[chosen[now], at[now]] = between(inside, y[:, now], u[:, now], part).T
            at[now] += 1
        bad = ~(error < np.inf)
        after_bad = np.where(bad, SHRINK, _bounded(error))
        h_next = h / np.where(good, _shrinking(error, h, h_before, e_before, rejected), after_bad)
        h_before, e_before = np.where(good, h, h_before), np.where(good, np.maximum(1e-4, error), e_before)
        if good.all():
            y, t = u, t_next
        else:
            y = np.where(good, u, y)
            t = np.where(good, t_next, t)
        stuck = going & (t < end) & (h_next <= LEAST_STEP * np.maximum(t, 1e-6 * end))
        fate.status[chosen[stuck]] = np.where(bad[stuck], NOT_FINITE, TOO_SMALL)
        rejected, h = ~good, h_next
        fate.taken[chosen[going]] += 1
        over = going & (t < end) & (count >= MOST_STEPS)
        fate.status[chosen[over]] = TOO_MANY
        stop = np.flatnonzero(going & ((t >= end) | (fate.status[chosen] != FINE)))
        state[:, chosen[stop]] = y[:, stop]
        fate.reached[chosen[stop]] = t[stop]
        going[stop] = False
        if np.count_nonzero(going) <= 0.9 * going.size:  # the others step along without effect until then
            chosen, y, c = chosen[going], y[:, going], _take(c, going)
            t, h, h_before, e_before = _take((t, h, h_before, e_before), going)
            rejected, at, going = rejected[going], at[going], going[going]


def _first_step(norm: Array, whole: float) -> Array:
    """The first step [time] from the size of the rates in units of the tolerance."""
    h = np.where(norm > 0.0, np.minimum(whole, START / norm), whole).astype(float)
    return np.where(h > 0.0, h, whole * 1e-6)


def _root(error: Array) -> Array:
    return np.sqrt(np.sqrt(np.sqrt(error)))


def _bounded(error: Array) -> Array:
    """What a step is divided by after an error, within the bounds of ``SHRINK`` and ``GROW``."""
    return np.maximum(1.0 / GROW, np.minimum(SHRINK, _root(error) / SAFETY))


def _shrinking(error: Array, h: Array, h_before: Array, e_before: Array, rejected: Flags) -> Array:
    """The same after a good step, with Gustafsson's prediction from the good step before it."""
    factor = _bounded(error)
    ahead = h_before / h * _root(error / e_before) * (_root(error) / SAFETY)
    forward = np.where(h_before > 0.0, np.maximum(factor, np.minimum(SHRINK, ahead)), factor)
    return np.where(rejected, np.maximum(1.0, forward), forward)
