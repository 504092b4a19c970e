"""What an analysis of a longitudinal dose-ranging trial sees at a look, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...units import Array, Flags
from .visit_means import VisitMeans, visit_means

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """R patients of each trial who were not randomised: ``values`` (T, R, V), ``arm`` and ``baseline`` (T,
    R); arm −1: not analysed.
    """

    values: Array
    arm: Numbers
    baseline: Array

    def of(self, trials: Numbers) -> Beside:
        """Those of some trials, by their place."""
        return Beside(values=self.values[trials], arm=self.arm[trials], baseline=self.baseline[trials])


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Data of T trials at one look: ``values`` (T, N, V) NaN where not yet seen or missing, ``arm`` (T, N).

    ``doses`` begins with 0 (placebo); ``off_axis`` more arms, numbered after the doses, are not on the dose
    axis. ``stage`` (N,) is the look before which a patient was enrolled, from 0; ``kept`` (T, K) arms that
    still enrol; ``look`` counts from 0, ``last`` if nobody will be enrolled after it. Patients ``beside``
    these enter the means as a stratum of their own.
    """

    doses: tuple[float, ...]
    values: Array
    arm: Numbers
    baseline: Array
    stage: Numbers
    kept: Flags
    look: int
    last: bool
    off_axis: int = 0
    beside: Beside | None = None

    @property
    def arms(self) -> int:
        """Arms, those off the dose axis too."""
        return len(self.doses) + self.off_axis

    @cached_property
    def every_mean(self) -> VisitMeans:
        """Means of all patients so far, of the arms off the dose axis too."""
        if (more := self.beside) is None:
            return visit_means(self.values, self.arm, self.baseline, self.arms)
        values = np.concatenate([self.values, more.values], axis=1)
        arm = np.concatenate([self.arm, more.arm], axis=1)
        baseline = np.concatenate([self.baseline, more.baseline], axis=1)
        stratum = np.arange(arm.shape[1]) >= self.arm.shape[1]
        return visit_means(values, arm, baseline, self.arms, stratum)

    @cached_property
    def means(self) -> VisitMeans:
        """Means of the arms of the dose axis, from a model of all patients so far."""
        return self.every_mean.first(len(self.doses))

    def of_stages(self, chosen: Flags) -> VisitMeans:
        """The same of the patients enrolled in the ``chosen`` stages."""
        arm = np.where(chosen[self.stage][None, :], self.arm, -1)
        found = visit_means(self.values, arm, self.baseline, self.arms)
        return found.first(len(self.doses))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer of an analysis for T trials and K arms, placebo being arm 0.

    ``named`` (T,) the arm named, 0: no dose; ``sure`` (T,) with the asked probability; ``positive`` (T,) a
    benefit is claimed; ``stop`` (T,); ``kept`` (T, K) and ``share`` (T, K) of the next patients, rows summing
    to 1; ``benefit``, ``lower`` and ``upper`` (T, K − 1): estimates over placebo with their 95 % intervals.
    """

    named: Numbers
    sure: Flags
    positive: Flags
    stop: Flags
    kept: Flags
    share: Array
    benefit: Array
    lower: Array
    upper: Array


class LookAnalysis(Protocol):
    """Decides at every look, for all trials at once, and says in words how."""

    def verdict(self, seen: Seen, share: Array) -> Verdict:
        """The answer at this look; ``share`` (T, K) is the allocation so far."""
        ...

    def sentences(self) -> tuple[str, ...]:
        """The rules, as a protocol states them: first how the means are estimated."""
        ...

    @property
    def errors(self) -> str:
        """How claiming a benefit that is not there is kept rare, in words."""
        ...


@runtime_checkable
class Adapting(Protocol):
    """An analysis by which the next patients can be allocated at any time, not only at looks."""

    adapt: float

    def next_share(self, seen: Seen, share: Array) -> Array:
        """Shares (T, K) of the next patients; ``share`` is the allocation so far."""
        ...


def arm_intervals(found: VisitMeans) -> tuple[Array, Array, Array]:
    """Benefit over placebo (T, K − 1) with a 95 % interval by Student's t, from the arm means alone."""
    from scipy.special import stdtrit

    c, last = found.covariance, found.last
    benefit = last[:, 1:] - last[:, :1]
    diagonal = np.einsum("tkk->tk", c)
    spread = np.sqrt(np.maximum(diagonal[:, 1:] + diagonal[:, :1] - 2 * c[:, 0, 1:], 0.0))
    wide = stdtrit(np.maximum(found.df, 1.0), 0.975)[:, None] * spread
    return benefit, benefit - wide, benefit + wide


def shared(kept: Flags, share: Array) -> Array:
    """``share`` (T, K) of the next patients with those of dropped arms given to the others."""
    left = np.where(kept, share, 0.0)
    return np.asarray(left / left.sum(axis=1, keepdims=True))
