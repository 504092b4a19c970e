"""Counter-based random numbers: patient j of trial i is the same person in every design and on any machine.

A number is a pure function of (seed, purpose, trial, patient), by Philox2x32 with ten rounds (Salmon, Moraes,
Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"). Nothing is drawn "next": designs that
treat different numbers of patients, or workers that take different trials, still see the same people.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2s
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import require_seed
from .units import Array

_MULTIPLIER, _WEYL = np.uint64(0xD256D193), 0x9E3779B9
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_BLOCK = 1 << 15  # numbers at a time: the work space stays in the processor's cache
# numbers: more than one run of 10,000 small trials, which would wait longer for Numba than for its numbers; a
# process that goes on is asked for many more, and has them twice as fast
_COMPILE_AFTER = 1_500_000
_drawn = 0  # numbers so far, by this process


def philox(counter: NDArray[np.uint64], key: int) -> NDArray[np.uint64]:
    """64 random bits for each counter (high word · 2³² + low word), the key being 32 bits."""
    left, right = counter & _LOW, counter >> _HALF
    for turn in range(10):
        product = left * _MULTIPLIER
        left = (product >> _HALF) ^ right ^ np.uint64((key + turn * _WEYL) & 0xFFFFFFFF)
        right = product & _LOW
    return (right << _HALF) | left


def uniform(seed: int, purpose: str, trial: ArrayLike, patient: ArrayLike) -> Array:
    """Uniform numbers in (0, 1), one for each pair of ``trial`` and ``patient`` (broadcast; whole numbers
    from 0).

    Different purposes ("toxicity", "drop-out at 6 months" …) are independent streams of the same person.
    """
    require_seed(seed)
    key = int.from_bytes(blake2s(f"{seed}/{purpose}".encode(), digest_size=4).digest(), "big")
    high, low = np.asarray(trial, np.uint64), np.asarray(patient, np.uint64)
    global _drawn
    _drawn += np.broadcast(high, low).size
    compiled = _compiled() if _drawn > _COMPILE_AFTER else None
    if compiled is not None:
        return np.asarray(compiled(high, low, np.uint64(key)), np.float64)
    counter = (high << _HALF) | low
    flat, out = counter.ravel(), np.empty(counter.size)
    for start in range(0, flat.size, _BLOCK):
        bits = philox(flat[start : start + _BLOCK], key) >> np.uint64(12)
        out[start : start + _BLOCK] = (bits + 0.5) * 2.0**-52
    return out.reshape(counter.shape)


def normal(seed: int, purpose: str, trial: ArrayLike, patient: ArrayLike) -> Array:
    """Standard normal numbers by inversion of ``uniform``: monotone in it, so that common numbers stay
    common.
    """
    from scipy.special import ndtri

    return np.asarray(ndtri(uniform(seed, purpose, trial, patient)))


@cache
def _compiled() -> Any:
    """The same integers by a compiled loop where the ``fast`` extra is there, else None."""
    try:
        from numba import vectorize
    except ImportError:
        return None

    @vectorize(["float64(uint64, uint64, uint64)"], cache=True)  # type: ignore[untyped-decorator]
    def number(high: Any, low: Any, key: Any) -> Any:  # pragma: no cover — compiled
        mask, half, multiplier = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(0xD256D193)
        left, right, turn = low & mask, high & mask, key
        for _ in range(10):
            product = left * multiplier
            left = (product >> half) ^ right ^ turn
            right = product & mask
            turn = (turn + np.uint64(0x9E3779B9)) & mask
        return (((right << half) | left) >> np.uint64(12)) * 2.0**-52 + 2.0**-53

    return number
