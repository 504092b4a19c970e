"""Keyboard, or mTPI-2: towards the interval of equal width that most probably holds the toxicity rate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...mathematics.interval_rule import IntervalRule
from ...tables import Table, interval_move


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyboard(IntervalRule):
    """Intervals (keys) as wide as the target interval laid side by side; the strongest decides.

    Strength is the posterior probability over the length, which matters for the shorter ones at 0 and 1 alone
    (Yan, Mandrekar & Yuan 2017, Clin Cancer Res 23:3994; Guo et al. 2017, Contemp Clin Trials 58:23). ``low``
    and ``high`` bound the target key.
    """

    greatest = "strongest key"

    def moves(self, size: int) -> Table:
        """The move by patients and toxicities at a dose."""
        return _moves(*self.interval, size)

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (
            self.on_target("Keyboard design, Yan, Mandrekar and Yuan 2017; mTPI-2, Guo and others 2017"),
            (
                "The rates are cut into intervals of that width; the unit probability mass of one is its"
                " posterior probability at the current dose (uniform prior) over its length; the interval"
                " with the greatest decides."
            ),
            self.next_dose(doses),
        )


@cache
def _moves(low: float, high: float, size: int) -> Table:
    width, slack = high - low, 1e-9
    down, up = int((low - slack) / width), int((1 - high - slack) / width)
    inner = tuple(low + k * width for k in range(-down, up + 2))
    return interval_move(size, (0.0, *inner, 1.0), down + 1, per_length=True)
