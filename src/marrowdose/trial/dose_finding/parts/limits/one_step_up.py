"""One step up: at most one dose above the current one, whatever was given before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .....units import Flags
from ...rules import Limit
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class OneStepUp(Limit):
    """Doses more than one level above the current one are not allowed; the first cohort is not bound."""

    def allowed(self, view: View) -> Flags:
        """Doses up to one above the current."""
        top = np.where(view.current < 0, len(view.doses), view.current + 1)
        return np.arange(len(view.doses)) <= top[:, None]

    @property
    def reason(self) -> str:
        """What was found."""
        return "it is more than one level above the current dose"

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return ("From one cohort to the next the dose rises by one level at most.",)
