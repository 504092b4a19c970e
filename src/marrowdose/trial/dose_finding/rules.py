"""The parts of a dose-finding design, by what they do.

Propose names a dose; limits say which doses may be given; stops end the trial; pauses suspend accrual; select
chooses at the end. They see a ``View`` and know nothing of one another: ``decide`` is where they meet. A part
is a file in ``parts/toxicity_alone``, ``parts/with_efficacy`` or ``parts/limits``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal

from ...units import Flags, Indices
from .seen import View

Need = Literal["efficacy", "levels", "score", "grades", "time"]
Sheet = tuple[tuple[str, ...], ...]  # rows of a table: its title alone, its head, then the others
Boundaries = Mapping[str, tuple[int | None, ...]]  # heading → number of events, by 1, 2, … patients


class Part(ABC):
    """One rule: a frozen dataclass whose fields decide, and are said in its sentences."""

    __slots__ = ()
    needs: ClassVar[frozenset[Need]] = frozenset()  # beyond doses and counts of toxicity
    costly: ClassVar[bool] = False  # a decision takes milliseconds

    @abstractmethod
    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule as protocol text, made of the fields that decide. Doses in million cells."""

    def fits(self, doses: tuple[float, ...], cohort: int, patients: int) -> None:  # noqa: B027 — most parts fit any
        """Raises ``InputError`` naming the field of the part that these doses or numbers contradict."""

    def boundaries(self, patients: int) -> Boundaries:
        """Columns of the decision table for 1 … ``patients`` patients at a dose; none by default."""
        return {}

    def sheet(self, cohort: int, patients: int) -> Sheet:
        """A further table to print and hang up, for doses with full cohorts up to ``patients``; none by
        default.
        """
        return ()


class Propose(Part):
    """Names the next dose."""

    __slots__ = ()
    settled: ClassVar[bool] = False  # looks at settled patients alone, and stays at a dose that has none
    steps: ClassVar[bool] = False  # up or down by the toxicities at the current dose alone

    @abstractmethod
    def propose(self, view: View) -> Indices:
        """The dose of the next cohort of each trial, all begun: (trials,); −1 ends the trial."""

    @abstractmethod
    def why(self, view: View) -> str:
        """The reason of the proposal in a view of one trial, as one sentence with its numbers."""


class Limit(Part):
    """Says which doses may be given."""

    __slots__ = ()

    @abstractmethod
    def allowed(self, view: View) -> Flags:
        """(trials, doses): may this dose be given next? A function of the view alone."""

    @property
    @abstractmethod
    def reason(self) -> str:
        """Why a dose is refused, to follow "10 M is not allowed: "."""


class Stop(Part):
    """Ends the trial."""

    __slots__ = ()
    chooses: ClassVar[bool] = True  # False: a trial ended by it chooses no dose

    @abstractmethod
    def stop(self, view: View) -> Flags:
        """(trials,): does the trial end now? A function of the view alone."""

    @property
    @abstractmethod
    def reason(self) -> str:
        """Why the trial ends, to follow "The trial ends: "."""


class Pause(Part):
    """Suspends accrual while too many patients are pending. Only where a design does not wait for all."""

    __slots__ = ()
    needs: ClassVar[frozenset[Need]] = frozenset({"time"})

    @abstractmethod
    def pause(self, view: View) -> Flags:
        """(trials,): no patient enters now. False wherever nobody is pending."""

    @property
    @abstractmethod
    def reason(self) -> str:
        """Why nobody enters, to follow "Accrual is suspended: "."""


class Select(Part):
    """Chooses the dose when the trial has ended."""

    __slots__ = ()

    @abstractmethod
    def select(self, view: View, allowed: Flags) -> Indices:
        """The chosen dose of each trial among those ``allowed`` (trials, doses) by the limits, −1 for
        none.
        """
