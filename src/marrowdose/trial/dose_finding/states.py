"""The states a trial of counts passes through: the tree that people and probabilities both walk.

A decision is a function of the state alone, so it is made once for every different state, however many
trials are in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...units import Indices
from .seen import Counts, View

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What a cohort may show: numbers with toxicity, with efficacy and with both, as one whole number.

    With more than two ``levels`` of efficacy further numbers as in ``View.better``.
    """

    size: int  # patients of the cohort
    efficacy: bool
    levels: int = 2  # of efficacy, none included

    @property
    def count(self) -> int:
        """Codes are below this; not every one is possible."""
        return int((self.size + 1) ** (2 * self.levels - 1 if self.efficacy else 1))

    def code(self, toxic: Numbers, *more: Numbers) -> Numbers:
        """The outcome as one number: toxicities, then efficacies, both, and those of higher levels where
        watched.
        """
        found = toxic
        for number in more:
            found = found * (self.size + 1) + number
        return found

    def parts(self, code: Numbers) -> tuple[Numbers, ...]:
        """Toxicities, efficacies (0 where not watched), both, and those of higher levels."""
        if not self.efficacy:
            return code, np.zeros_like(code), np.zeros_like(code)
        found = []
        for _ in range(2 * self.levels - 2):
            code, last = np.divmod(code, self.size + 1)
            found.append(last)
        return code, *found[::-1]


def after(view: View, parent: Indices, dose: Indices, outcomes: Outcomes, code: Numbers) -> View:
    """The states that follow from states ``parent`` of ``view`` when a cohort at ``dose`` shows ``code``."""
    found = replace(view.take(parent), current=dose)
    toxic, effective, both, *better = outcomes.parts(code)
    _add(found.treated, dose, np.full(len(dose), outcomes.size))
    _add(found.toxic, dose, toxic)
    if found.effective is not None and found.both is not None:
        _add(found.effective, dose, effective)
        _add(found.both, dose, both)
    for k, number in enumerate(better):
        assert found.better is not None
        _add(found.better[..., k], dose, number)
    return found


def _add(counts: Counts, dose: Indices, number: Numbers) -> None:
    """Add to the counts of one dose of each trial, in place: these arrays were just made."""
    counts.T[dose, np.arange(len(dose))] += number.astype(np.int16)


def joined(views: list[View]) -> View:
    """All states of some views, one after the other."""

    def stacked(name: str) -> Counts:
        return np.concatenate([getattr(v, name).T for v in views], axis=-1).T

    first = views[0]
    return replace(
        first,
        current=np.concatenate([v.current for v in views]),
        treated=stacked("treated"),
        toxic=stacked("toxic"),
        effective=None if first.effective is None else stacked("effective"),
        both=None if first.both is None else stacked("both"),
        better=None if first.better is None else stacked("better"),
    )
