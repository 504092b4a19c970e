"""Mean of every arm at every visit from partial data, for many trials at once and without iteration.

Patients' scores at successive visits are jointly normal around their arm's means, with one covariance that is
not structured. Where who has left does not come back (monotone missingness), its likelihood factors into
regressions of each visit on the visits before and the baseline (Anderson 1957, JASA 52:200; Rubin 1974): a
score not yet seen is imputed by its conditional mean given those that are, and the variance says that it was
imputed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...units import Array

SAID = (
    "At each analysis the mean of each arm at the last visit, at the mean baseline, is estimated by a normal"
    " model of all visits and the baseline with an unstructured covariance, fitted in closed form (Anderson"
    " 1957)."
)
LEAST_SEEN, LEAST_DF = 2, 5  # patients of an arm at the last visit, and degrees of freedom, for an estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitMeans:
    """Arm means at mean baseline, T trials, K arms, V visits.

    ``means`` (T, K, V); ``covariance`` (T, K, K) of the last visit's; ``seen`` (T, K, V) patients with a
    score; ``df`` (T,) of the last visit's regression; ``ready`` (T,): enough seen to estimate (else the rest
    is void).
    """

    means: Array
    covariance: Array
    seen: Array
    df: Array
    ready: NDArray[np.bool_]

    @property
    def last(self) -> Array:
        """Means at the last visit (T, K)."""
        return self.means[:, :, -1]

    def first(self, arms: int) -> VisitMeans:
        """The first ``arms`` only, as estimated beside the others."""
        return replace(
            self,
            means=self.means[:, :arms],
            covariance=self.covariance[:, :arms, :arms],
            seen=self.seen[:, :arms],
        )


def visit_means(
    values: Array,
    arm: NDArray[np.int64],
    baseline: Array,
    arms: int,
    stratum: NDArray[np.bool_] | None = None,
) -> VisitMeans:
    """Arm means from ``values`` (T, N, V), NaN where not (yet) seen; ``arm`` (T, N), −1 where not in the
    analysis.

    The variance of a mean is that of its regression given the earlier visits, plus that of the earlier means
    carried through it. ``stratum`` (N,) marks patients who differ from the others by an unknown constant at
    every visit (a covariate); the means are those of the others, of whom every arm must have been seen.
    """
    member = (arm[:, :, None] == np.arange(arms)).astype(float)
    inside = arm >= 0
    centre = (baseline * inside).sum(axis=1) / np.maximum(inside.sum(axis=1), 1)
    columns = [(baseline - centre[:, None]) * inside]
    if stratum is not None:
        columns.append(np.where(inside, stratum, 0.0))
    given = len(columns)
    # the mean baseline of everybody is every arm's: it was drawn by lot
    target, cov = np.zeros((len(arm), arms, given)), np.zeros((len(arm), arms, arms, given, given))
    means, numbers = [], []
    ready = np.ones(len(arm), bool)
    for v in range(values.shape[2]):
        here = np.isfinite(values[:, :, v]) & inside
        y = np.where(here, values[:, :, v], 0.0)
        found = _regressed(np.stack(columns, axis=-1), y, here, member, stratum, ready)
        away = target - found.averages[:, :, :-1]
        mean = found.averages[:, :, -1] + np.einsum("tkp,tp->tk", away, found.slope)
        own = np.einsum("tkp,tpq,tlq->tkl", away, found.inverse, away)
        own[:, np.arange(arms), np.arange(arms)] += 1 / np.maximum(found.seen, 1.0)
        carried = np.einsum("tklpq,tq->tklp", cov, found.slope)
        new = found.variance[:, None, None] * own + np.einsum("tklp,tp->tkl", carried, found.slope)
        cov = _extended(cov, carried, new)
        target = np.concatenate([target, mean[:, :, None]], axis=2)
        columns.append(y)
        means.append(mean)
        numbers.append(found.seen)
        ready = found.ready
    return VisitMeans(
        means=np.stack(means, axis=2),
        covariance=new,
        seen=np.stack(numbers, axis=2),
        df=found.df,
        ready=ready,
    )


class _Regression(NamedTuple):
    """One visit on P columns within arms: ``averages`` (T, K, P + 1) of the columns and of the visit,
    ``slope`` (T, P) with the ``inverse`` (T, P, P) of their sums of squares, residual ``variance`` (T,);
    ``seen`` (T, K), ``df`` (T,) and ``ready`` (T,) as in ``VisitMeans``.
    """

    averages: Array
    slope: Array
    inverse: Array
    variance: Array
    seen: Array
    df: Array
    ready: NDArray[np.bool_]


def _regressed(
    columns: Array,
    y: Array,
    here: NDArray[np.bool_],
    member: Array,
    stratum: NDArray[np.bool_] | None,
    ready: NDArray[np.bool_],
) -> _Regression:
    """Of ``y`` (T, N) on ``columns`` (T, N, P), both 0 where nobody is ``here`` (T, N); ``ready`` so far."""
    x = columns * here[:, :, None]
    n = np.einsum("tn,tnk->tk", here.astype(float), member)
    df = n.sum(axis=1) - member.shape[2] - x.shape[2]
    known = n if stratum is None else np.einsum("tn,tnk->tk", (here & ~stratum).astype(float), member)
    ready = ready & (known.min(axis=1) >= LEAST_SEEN) & (df >= LEAST_DF)
    size = np.maximum(n, 1.0)
    sums = np.concatenate([x, y[:, :, None]], axis=2)
    averages = np.matmul(member.transpose(0, 2, 1), sums) / size[:, :, None]
    between = np.einsum("tk,tkp,tkq->tpq", size, averages, averages)
    inner = np.matmul(sums.transpose(0, 2, 1), sums) - between
    inner = np.where(ready[:, None, None], inner, np.eye(inner.shape[1]))
    if stratum is not None:  # nobody of the stratum seen: its constant is 0 and matters to nobody
        inner[inner[:, 1, 1] < 1e-9, 1, 1] = 1.0
    sxx, sxy, syy = inner[:, :-1, :-1], inner[:, :-1, -1], inner[:, -1, -1]
    inverse = np.linalg.inv(sxx)
    slope = np.einsum("tpq,tq->tp", inverse, sxy)
    variance = (syy - np.einsum("tp,tp->t", slope, sxy)) / np.maximum(df, 1.0)
    return _Regression(averages, slope, inverse, variance, n, df, ready)


def _extended(cov: Array, carried: Array, new: Array) -> Array:
    """Covariance (T, K, K, q, q) of all arms' means with one more visit: its own part and that with the
    earlier.
    """
    top = np.concatenate([cov, carried[..., None]], axis=4)
    bottom = np.concatenate([carried.transpose(0, 2, 1, 3), new[..., None]], axis=3)
    return np.concatenate([top, bottom[..., None, :]], axis=3)
