"""A root and a lowest point in one dimension, after Brent (1973): call for call what SciPy's do.

Answers are those of ``scipy.optimize.brentq`` and of ``minimize_scalar(method="bounded")`` to the last bit, a
test says so. They are written out because importing ``scipy.optimize`` takes longer than a meta-analysis.
"""

from __future__ import annotations

import math
from collections.abc import Callable

_RELATIVE = 4 * 2.0**-52
_CALLS = 100
_GOLDEN = 0.5 * (3.0 - math.sqrt(5.0))
_ROOT_OF_ROUNDING = math.sqrt(2.2e-16)


def root(
    f: Callable[[float], float], low: float, high: float, *, xtol: float = 2e-12, rtol: float = _RELATIVE
) -> float:
    """Where ``f`` is 0 between ``low`` and ``high``, at which it has opposite signs. Raises ``ValueError``.

    The best point is kept with one on the other side of the root; the next is by interpolation, where that
    shortens the way enough, else halfway.
    """
    before, at = float(low), float(high)
    f_before, f_at = float(f(before)), float(f(at))
    if f_before == 0:
        return before
    if f_at == 0:
        return at
    if math.copysign(1.0, f_before) == math.copysign(1.0, f_at):
        raise ValueError(f"no change of sign between {low!r} and {high!r}")
    across, f_across, last, step = 0.0, 0.0, 0.0, 0.0
    for _ in range(_CALLS):
        if f_before != 0 and f_at != 0 and math.copysign(1.0, f_before) != math.copysign(1.0, f_at):
            across, f_across = before, f_before
            last = step = at - before
        if abs(f_across) < abs(f_at):
            before, at, across = at, across, at
            f_before, f_at, f_across = f_at, f_across, f_at
        near = (xtol + rtol * abs(at)) / 2
        half = (across - at) / 2
        if f_at == 0 or abs(half) < near:
            return at
        tried = math.inf
        if abs(last) > near and abs(f_at) < abs(f_before):
            tried = _interpolated(before, at, across, f_before, f_at, f_across)
        if 2 * abs(tried) < min(abs(last), 3 * abs(half) - near):
            last, step = step, tried
        else:
            last = step = half
        before, f_before = at, f_at
        at += step if abs(step) > near else (near if half > 0 else -near)
        f_at = float(f(at))
    raise ValueError(f"no root to {xtol:g} in {_CALLS} calls, the last at {at!r}")


def _interpolated(
    before: float, at: float, across: float, f_before: float, f_at: float, f_across: float
) -> float:
    """The step to the root of the line through two points, or of the hyperbola through three; ∞ for none."""
    try:
        if before == across:
            return -f_at * (at - before) / (f_at - f_before)
        by_before = (f_before - f_at) / (before - at)
        by_across = (f_across - f_at) / (across - at)
        rise = by_across * by_before * (f_across - f_before)
        return -f_at * (f_across * by_across - f_before * by_before) / rise
    except ZeroDivisionError:
        return math.inf


def lowest(f: Callable[[float], float], low: float, high: float, *, xtol: float) -> tuple[float, float]:
    """Where ``f`` is lowest between ``low`` and ``high``, to ``xtol``, and ``f`` there.

    The next point is the bottom of the parabola through the three best, where that is inside and shortens the
    way, else the golden section of the longer side.
    """
    a, b = low, high
    best = second = third = a + _GOLDEN * (b - a)
    f_best = f_second = f_third = f(best)
    step = last = 0.0
    for _ in range(5 * _CALLS - 1):
        middle = 0.5 * (a + b)
        near = _ROOT_OF_ROUNDING * abs(best) + xtol / 3.0
        if abs(best - middle) <= 2.0 * near - 0.5 * (b - a):
            break
        longer = a - best if best >= middle else b - best
        found = None
        if abs(last) > near:
            found = _parabola((best, second, third), (f_best, f_second, f_third), last)
            last = step
        if found is not None and a - best < found < b - best:
            step = found
            at = best + step
            if at - a < 2.0 * near or b - at < 2.0 * near:
                step = near if middle >= best else -near
        else:
            last = longer
            step = _GOLDEN * longer
        at = best + max(abs(step), near) * (1.0 if step >= 0 else -1.0)
        here = f(at)
        if here <= f_best:
            a, b = (best, b) if at >= best else (a, best)
            third, f_third, second, f_second, best, f_best = second, f_second, best, f_best, at, here
            continue
        a, b = (at, b) if at < best else (a, at)
        if here <= f_second or second == best:
            third, f_third, second, f_second = second, f_second, at, here
        elif here <= f_third or third in (best, second):
            third, f_third = at, here
    return best, f_best


def _parabola(x: tuple[float, float, float], f: tuple[float, float, float], last: float) -> float | None:
    """The step from the first point to the bottom of the parabola; None unless below half the ``last``."""
    r = (x[0] - x[1]) * (f[0] - f[2])
    q = (x[0] - x[2]) * (f[0] - f[1])
    p = (x[0] - x[2]) * q - (x[0] - x[1]) * r
    q = 2.0 * (q - r)
    p, q = (-p if q > 0.0 else p), abs(q)
    return p / q if abs(p) < abs(0.5 * q * last) else None
