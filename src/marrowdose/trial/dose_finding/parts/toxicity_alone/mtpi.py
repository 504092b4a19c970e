"""mTPI: towards the interval with the greatest unit probability mass (Ji, Liu, Li & Bekele 2010)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...mathematics.interval_rule import IntervalRule
from ...tables import Table, interval_move


@dataclass(frozen=True, slots=True, kw_only=True)
class Mtpi(IntervalRule):
    """Three intervals: below, on and above target (Clin Trials 7:653).

    ``low`` and ``high`` bound the rates that count as on target.
    """

    greatest = "greatest unit probability mass"

    def moves(self, size: int) -> Table:
        """The move by patients and toxicities at a dose."""
        return _moves(*self.interval, size)

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (
            self.on_target("mTPI, Ji and others 2010"),
            (
                "The unit probability mass of an interval is its posterior probability at the current dose"
                " (uniform prior) over its length; the interval with the greatest decides."
            ),
            self.next_dose(doses),
        )


@cache
def _moves(low: float, high: float, size: int) -> Table:
    return interval_move(size, (0.0, low, high, 1.0), 1, per_length=True)
