"""Regression that does not fall with dose."""

from __future__ import annotations

import numpy as np

from ..units import Array


def pooled(value: Array, weight: Array) -> Array:
    """Isotonic (not falling) regression over the last axis by the max–min formula; NaN where weight is 0."""
    v, w = np.moveaxis(np.asarray(value, float), -1, 0), np.moveaxis(np.asarray(weight, float), -1, 0)
    use = w > 0
    total, sums = np.cumsum(w, axis=0), np.cumsum(np.where(use, w * v, 0.0), axis=0)
    found = np.full(v.shape, -np.inf)
    for a in range(len(v)):
        ww = total[a:] - (total[a - 1] if a else 0)
        ss = sums[a:] - (sums[a - 1] if a else 0)
        means = np.divide(ss, ww, out=np.full(ww.shape, np.inf), where=ww > 0)
        lowest = np.minimum.accumulate(means[::-1], axis=0)[::-1]
        found[a:] = np.maximum(found[a:], np.where(use[a], lowest, -np.inf))
    return np.moveaxis(np.where(use, found, np.nan), 0, -1)
