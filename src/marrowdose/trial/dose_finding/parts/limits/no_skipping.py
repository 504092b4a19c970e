"""No skipping: at most one dose above the highest given so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .....units import Flags
from ...rules import Limit
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSkipping(Limit):
    """An untried dose is allowed only directly above a tried one; the first cohort is not bound."""

    def allowed(self, view: View) -> Flags:
        """Doses up to one above the highest tried."""
        highest = view.highest_tried
        top = np.where(highest < 0, len(view.doses), highest + 1)
        return (np.arange(len(view.doses))[:, None] <= top).T

    @property
    def reason(self) -> str:
        """What was found."""
        return "a dose between it and the highest given so far is untried"

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return ("No untried dose is skipped: escalation is by one dose level at a time.",)
