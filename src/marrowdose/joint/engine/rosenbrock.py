"""RODAS: the coefficients, and its step on whole arrays.

Hairer & Wanner, Solving Ordinary Differential Equations II, 2nd ed., section VI.4: six stages, order 4 with
an embedded order 3, stiffly accurate (the last two stages are corrections, and the last one is the error
estimate).
"""

from __future__ import annotations

import numpy as np

from ...units import Array
from .stretch import Constant, Source

# in the transformed form that needs no product with the Jacobian
GAMMA = 0.25
A = (
    (),
    (1.544,),
    (0.9466785280815826, 0.2557011698983284),
    (3.314825187068521, 2.896124015972201, 0.9986419139977817),
    (1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950),
)
C = (
    (),
    (-5.6688,),
    (-2.430093356833875, -0.2063599157091915),
    (-0.1073529058151375, -9.594562251023355, -20.47028614809616),
    (7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160),
    (8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054),
)
NODE = (0.0, 0.386, 0.21, 0.63, 1.0, 1.0)
SLOPE = (0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0)
DENSE = (
    (10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662),
    (-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872),
)


def step(
    module: Source, t: Array | float, h: Array, y: Array, c: list[Constant]
) -> tuple[Array, Array, Array]:
    """The next state, the error estimate and the stages, for all patients: y is (states, patients).

    The same sums in the same order as ``step`` of the generated source, but over all states at once.
    """
    r = 1.0 / h
    f, s, a = module.linearise(t, y, c, (1.0 / GAMMA) * r)
    k = np.empty((6, *y.shape), y.dtype)
    u = y
    for stage in range(6):
        if 0 < stage < 5:
            u = _sum(A[stage], k, y)
        elif stage == 5:
            u = u + k[4]
        if stage:
            f = module.rates(t + NODE[stage] * h, u, c)
            right = _sum(C[stage], k)
            right *= r
            for i, value in enumerate(f):
                right[i] += value
        else:
            right = np.empty_like(y)
            for i, value in enumerate(f):
                right[i] = value
        if SLOPE[stage] and isinstance(s, tuple):
            for i, value in enumerate(s):
                right[i] += SLOPE[stage] * h * value
        np.concatenate(module.solve(a, right), out=k[stage].reshape(-1))
    return u + k[5], k[5], k[:5]


def _sum(factors: tuple[float, ...], k: Array, start: Array | None = None) -> Array:
    total: Array = factors[0] * k[0]
    if start is not None:
        total += start
    part = np.empty_like(total)
    for factor, stage in zip(factors[1:], k[1:], strict=False):
        total += np.multiply(stage, factor, out=part)
    return total


def size(e: Array, y: Array, u: Array, rtol: float, atol: Array) -> Array:
    """``size`` of the generated source over all states at once: (patients,)."""
    w = e / (atol[:, None] + 0.5 * rtol * (np.abs(y) + np.abs(u)))
    w *= w
    total: Array = w[0].copy()
    for row in w[1:]:
        total += row
    return total


def between(s: Array, y: Array, u: Array, k: Array) -> Array:
    """``dense`` and ``between`` of the generated source over all states at once: (states, patients)."""
    d, e = (_sum(row, k) for row in DENSE)
    left = 1.0 - s
    inside: Array = y * left + s * (u + left * (d + s * e))
    return inside
