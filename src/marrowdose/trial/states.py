"""The states a trial of counts passes through: the tree that people and probabilities both walk.

A decision is a function of the state alone, so it is made once for every different state, however many
trials are in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .view import Counts, Indices, View

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What a cohort may show: numbers with toxicity, with efficacy and with both, as one whole number."""

    size: int  # patients of the cohort
    efficacy: bool

    @property
    def count(self) -> int:
        """Codes are below this; not every one is possible."""
        return int((self.size + 1) ** (3 if self.efficacy else 1))

    def code(self, toxic: Numbers, effective: Numbers | None = None, both: Numbers | None = None) -> Numbers:
        """The outcome as one number."""
        if effective is None or both is None:
            return toxic
        return (toxic * (self.size + 1) + effective) * (self.size + 1) + both

    def parts(self, code: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Toxicities, efficacies (0 where not watched) and both."""
        if not self.efficacy:
            return code, np.zeros_like(code), np.zeros_like(code)
        rest, both = np.divmod(code, self.size + 1)
        toxic, effective = np.divmod(rest, self.size + 1)
        return toxic, effective, both


def after(view: View, parent: Indices, dose: Indices, outcomes: Outcomes, code: Numbers) -> View:
    """The states that follow from states ``parent`` of ``view`` when a cohort at ``dose`` shows ``code``."""
    found = replace(view.take(parent), current=dose)
    toxic, effective, both = outcomes.parts(code)
    _add(found.treated, dose, np.full(len(dose), outcomes.size))
    _add(found.toxic, dose, toxic)
    if found.effective is not None and found.both is not None:
        _add(found.effective, dose, effective)
        _add(found.both, dose, both)
    return found


def _add(counts: Counts, dose: Indices, number: Numbers) -> None:
    """Add to the counts of one dose of each trial, in place: these arrays were just made."""
    counts.T[dose, np.arange(len(dose))] += number.astype(np.int16)


def joined(views: list[View]) -> View:
    """All states of some views, one after the other."""

    def stacked(name: str) -> Counts:
        return np.concatenate([getattr(v, name).T for v in views], axis=1).T

    first = views[0]
    return replace(
        first,
        current=np.concatenate([v.current for v in views]),
        treated=stacked("treated"),
        toxic=stacked("toxic"),
        effective=None if first.effective is None else stacked("effective"),
        both=None if first.both is None else stacked("both"),
    )
