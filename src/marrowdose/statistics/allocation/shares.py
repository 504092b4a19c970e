"""Who gets which arm: exact quotas, permuted blocks of any size, and limits on adaptive shares.

A block of B patients has B places (rank + U)/B, the ranks in random order and U one uniform number of the
block; a patient's arm is the one whose interval of cumulative shares holds the place. Whole quotas are met
exactly, others are rounded at random to one of the two nearest numbers (systematic sampling: Madow & Madow
1944); B = 1 is simple randomisation. Numbers are functions of (seed, trial, patient): nothing depends on who
else is simulated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...streams import uniform
from ...units import Array

_HALVINGS = 60  # of the factor on the shares: to rounding
_GOLDEN = (np.sqrt(5.0) - 1) / 2


def interleaved(shares: Array, patients: int) -> NDArray[np.int64]:
    """Arms (T, N) of the next patients with exact quotas of ``shares`` (T, K), spread evenly.

    Patients of a trial are exchangeable, so a fixed order stands for randomisation in blocks.

    >>> np.bincount(interleaved(np.array([[0.25, 0.75]]), 8)[0]).tolist()
    [2, 6]
    """
    order = np.argsort(np.argsort((np.arange(1, patients + 1) * _GOLDEN) % 1.0))
    place = (order + 0.5) / patients
    edges = np.cumsum(shares, axis=1)[:, :-1]
    return np.asarray((place[None, :, None] > edges[:, None, :]).sum(axis=2))


def permuted(
    shares: Array, trials: NDArray[np.int64], first: int, patients: int, *, block: int, seed: int
) -> NDArray[np.int64]:
    """Arms (T, ``patients``) of patients ``first`` on by ``shares`` (T, K), rows summing to 1.

    Blocks begin at patient ``first``; the last one is left unfinished where ``patients`` is no multiple of
    ``block``.

    >>> arms = permuted(np.array([[0.5, 0.5]]), np.array([0]), 0, 8, block=4, seed=1)
    >>> np.bincount(arms[0, :4]).tolist(), np.bincount(arms[0, 4:]).tolist()
    ([2, 2], [2, 2])
    """
    blocks = -(-patients // block)
    begins = first + block * np.arange(blocks)
    place = uniform(seed, "allocation", trials[:, None], begins)[:, :, None]
    if block > 1:
        order = uniform(
            seed, f"order in the blocks from patient {first}", trials[:, None], np.arange(blocks * block)
        )
        place = place + order.reshape(len(trials), blocks, block).argsort(axis=2).argsort(axis=2)
    place = (place / block).reshape(len(trials), -1)[:, :patients]
    return np.asarray((place[:, :, None] > np.cumsum(shares, axis=1)[:, None, :-1]).sum(axis=2))


def limited(shares: Array, kept: NDArray[np.bool_], least: Array, most: Array) -> Array:
    """``shares`` (T, K) of the ``kept`` arms within ``least`` and ``most`` (K,), in proportion elsewhere.

    Where the kept arms may not take everybody, ``most`` rises by one factor for all; ``least`` must leave
    room. Arms that are not kept get 0. The common factor c of Σ clip(c·share) = 1 is found by halving its
    logarithm.

    >>> kept, least = np.array([[True, True]]), np.array([0.25, 0.0])
    >>> limited(np.array([[0.1, 0.9]]), kept, least, np.ones(2)).round(3).tolist()
    [[0.25, 0.75]]
    """
    low, high = np.where(kept, least, 0.0), np.where(kept, np.maximum(most, least), 0.0)
    high = high * np.maximum(1.0, 1.0 / high.sum(axis=1, keepdims=True))
    start = np.where(kept, np.maximum(shares, 1e-12), 0.0)
    a, b = (
        np.full((len(shares), 1), -1.0),
        np.full((len(shares), 1), 28.0),
    )  # log factor: shares are 1e-12 to 1
    for _ in range(_HALVINGS):
        middle = (a + b) / 2
        over = np.clip(np.exp(middle) * start, low, high).sum(axis=1, keepdims=True) > 1
        a, b = np.where(over, a, middle), np.where(over, middle, b)
    found = np.clip(np.exp(b) * start, low, high)
    return np.asarray(found / found.sum(axis=1, keepdims=True))
