"""What a dose-finding design may see of its trial so far, for many trials at once.

The leading axis is the trial; dose and patient are indices from 0. Arrays of (trials, doses) are best laid
out dose by dose in memory (Fortran order), as ``empty`` makes them: the loops here go over the few doses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...units import Array, Flags, Indices, Months

Counts = NDArray[np.int16]  # patients or events
Table = TypeVar("Table", Counts, Array)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients:
    """The patients one by one, in order of entry, as known now: arrays (trials, patients). For late events.

    Backfilled patients come after all of the escalation.

    ``followed`` is the time under observation [months] and ends with the longer window. A toxicity is pending
    where none was seen and ``followed`` is shorter than ``toxicity_window``; efficacy likewise.
    """

    dose: Indices  # −1: not entered yet
    followed: Array
    toxic: Flags  # seen so far
    toxicity_window: Months
    effective: Flags | None = None  # seen so far
    efficacy_window: Months | None = None
    toxic_after: Array | None = None  # months from entry to the toxicity, where seen; None: not recorded
    score: Array | None = None  # graded endpoint seen so far, 0 while none was

    @property
    def toxicity_pending(self) -> Flags:
        """Entered, no toxicity yet, window still open."""
        return (self.dose >= 0) & ~self.toxic & (self.followed < self.toxicity_window)

    @property
    def efficacy_pending(self) -> Flags:
        """Entered, no efficacy yet, window still open. Only where efficacy is watched."""
        assert self.effective is not None
        assert self.efficacy_window is not None
        return (self.dose >= 0) & ~self.effective & (self.followed < self.efficacy_window)

    @property
    def score_pending(self) -> Flags:
        """Entered, nothing seen that has a score above 0 or limits the dose, window still open. Only where
        scores are watched.
        """
        assert self.score is not None
        return self.toxicity_pending & (self.score <= 0)

    def by_dose(self, value: Array | Flags, doses: int) -> Array:
        """Sums of ``value`` (trials, patients) over the patients of each dose: (trials, doses)."""
        found = np.zeros((doses, len(self.dose)))
        for j in range(doses):
            found[j] = np.where(self.dose == j, value, 0).sum(axis=1)
        return found.T

    def take(self, trials: Indices | Flags) -> Patients:
        """The same of some trials."""
        return replace(
            self,
            dose=self.dose[trials],
            followed=self.followed[trials],
            toxic=self.toxic[trials],
            effective=None if self.effective is None else self.effective[trials],
            toxic_after=None if self.toxic_after is None else self.toxic_after[trials],
            score=None if self.score is None else self.score[trials],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The trials so far. Counts are (trials, doses); what a design does not need may be None."""

    doses: tuple[float, ...]  # million cells, increasing
    current: Indices  # (trials,) dose of the last cohort; −1 before the first
    treated: Counts  # patients given this dose, pending ones too
    toxic: Counts  # of them with a dose-limiting toxicity seen so far
    effective: Counts | None = None  # of them with efficacy seen so far
    both: Counts | None = None  # of them with toxicity and efficacy
    better: Counts | None = (
        None  # (trials, doses, …): efficacy of level 2 or better, of them with toxicity, level 3 …
    )
    pending: Counts | None = None  # of them whose toxicity is not settled yet; None: all are settled
    score: Array | None = None  # sum of a graded or continuous endpoint over the patients of this dose
    backfilled: Counts | None = None  # of the treated, those beside the escalation; None: nobody ever is
    patients: Patients | None = None

    def __len__(self) -> int:
        return len(self.current)

    @property
    def assessed(self) -> Counts:
        """Patients of each dose whose toxicity is settled."""
        return self.treated if self.pending is None else self.treated - self.pending

    @property
    def entered(self) -> Indices:
        """Patients of each trial so far: (trials,)."""
        return _sum_of_doses(self.treated)

    @property
    def escalated(self) -> Indices:
        """Of them those of the escalation, who are not backfilled: (trials,)."""
        return self.entered if self.backfilled is None else self.entered - _sum_of_doses(self.backfilled)

    @property
    def highest_tried(self) -> Indices:
        """The highest dose given so far, −1 where none was: (trials,)."""
        highest = np.full(len(self), -1)
        for j in range(len(self.doses)):
            highest[self.treated[:, j] > 0] = j
        return highest

    def at(self, counts: Counts, dose: Indices) -> Counts:
        """``counts`` at one dose of each trial: (trials,)."""
        found: Counts = counts[np.arange(len(dose)), dose]
        return found

    def take(self, trials: Indices | Flags) -> View:
        """The same of some trials."""
        return View(
            doses=self.doses,
            current=self.current[trials],
            treated=_of(self.treated, trials),
            toxic=_of(self.toxic, trials),
            effective=None if self.effective is None else _of(self.effective, trials),
            both=None if self.both is None else _of(self.both, trials),
            better=None if self.better is None else _of(self.better, trials),
            pending=None if self.pending is None else _of(self.pending, trials),
            score=None if self.score is None else _of(self.score, trials),
            backfilled=None if self.backfilled is None else _of(self.backfilled, trials),
            patients=None if self.patients is None else self.patients.take(trials),
        )

    def distinct(self) -> tuple[View, Indices]:
        """Every different state once, and which of them each trial is in: for parts that think long.

        Only for views of counts, without single patients.
        """
        assert self.patients is None
        n = self.treated.astype(np.int64)
        label, room = self.current + 1, len(self.doses) + 1  # equal for equal states: packed into one number
        more = () if self.better is None else tuple(np.moveaxis(self.better, 2, 0))
        for counts in (
            n * (n + 1) // 2 + self.toxic,
            self.effective,
            self.both,
            self.pending,
            self.score,
            *more,
        ):
            if counts is None:
                continue
            radix = int(counts.max(initial=0)) + 1
            for column in counts.T:
                if counts.dtype.kind == "f":
                    kept, column = np.unique(column, return_inverse=True)
                    radix = len(kept)
                if room * radix >= 2**62:
                    kept, label = np.unique(label, return_inverse=True)
                    room = len(kept)
                label = label * radix + column
                room *= radix
        _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
        return self.take(first), inverse


def empty(
    doses: tuple[float, ...], trials: int, *, efficacy: bool = False, score: bool = False, levels: int = 2
) -> View:
    """Trials before their first patient; ``levels`` of efficacy, none included."""

    def counts() -> Counts:
        return np.zeros((len(doses), trials), np.int16).T

    return View(
        doses=doses,
        current=np.full(trials, -1),
        treated=counts(),
        toxic=counts(),
        effective=counts() if efficacy else None,
        both=counts() if efficacy else None,
        better=np.zeros((2 * (levels - 2), len(doses), trials), np.int16).T if levels > 2 else None,
        score=np.zeros((len(doses), trials)).T if score else None,
    )


def _of(values: Table, trials: Indices | Flags) -> Table:
    """Rows of (trials, doses, …), kept dose by dose in memory."""
    found: Table = values.T[..., trials].T
    return found


def _sum_of_doses(counts: Counts) -> Indices:
    total = np.zeros(len(counts), np.int64)
    for j in range(counts.shape[1]):
        total += counts[:, j]
    return total
