"""Enough patients at a dose: the trial ends once the current dose has had them."""

from __future__ import annotations

from dataclasses import dataclass

from .....errors import require
from .....units import Flags
from ...rules import Stop
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class EnoughAtDose(Stop):
    """The trial ends once ``patients`` have been treated at the current dose."""

    patients: int

    def __post_init__(self) -> None:
        require(self.patients >= 1, f"{self.patients}", where="patients", allowed="1 or more")

    def fits(self, doses: tuple[float, ...], cohort: int, patients: int) -> None:
        """It must be reachable before all patients have entered."""
        require(
            self.patients < patients,
            f"{self.patients} is never reached early",
            where="patients",
            allowed=f"below the {patients} of the trial",
        )

    def stop(self, view: View) -> Flags:
        """Whether the current dose has had them."""
        begun = view.current >= 0
        flags: Flags = begun & (view.at(view.treated, view.current) >= self.patients)
        return flags

    @property
    def reason(self) -> str:
        """What was reached."""
        return f"{self.patients} patients have had the current dose"

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (f"The trial ends early once {self.patients} patients have been treated at the current dose.",)
