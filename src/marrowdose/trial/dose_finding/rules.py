"""A dose-finding design is a combination of parts, and ``decide`` is the only place where they meet.

Propose names a dose; limits say which doses may be given; stops end the trial; select chooses at the end.
Any limit and any stop binds, whatever their order: a proposed dose that is not allowed is replaced by the
highest allowed dose below it, and where there is none the trial ends. So another limit never raises a dose.
The same ``decide`` runs in the simulation, in the enumeration of all paths and at the bedside.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import ClassVar, Literal

import numpy as np

from ...errors import require, require_between
from ...units import Months
from ..truths.harm import HARMS, Harm
from .backfill import Backfill
from .cells import AS_PLANNED, Cells
from .seen import Flags, Indices, View

Need = Literal["efficacy", "levels", "score", "grades", "time"]
Sheet = tuple[
    tuple[str, ...], ...
]  # rows of a table, the first being its title alone and the second its head
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When patients enter and how long they are watched."""

    interval: Months = 1.0  # between two patients ready to enter, at least
    window: Months = 3.0  # in which a dose-limiting toxicity counts
    efficacy_window: Months | None = None  # None: efficacy is not watched, or known at once
    waits: bool = True  # a cohort enters when all before are settled; False: decide with pending patients
    stagger: Months = 0.0  # between two patients of the first cohort at a dose, at least

    def __post_init__(self) -> None:
        require_between(self.interval, 0, 120, where="interval", unit="months")
        require_between(self.window, 0, 120, where="window", unit="months")
        require_between(self.stagger, 0, 120, where="stagger", unit="months")
        if self.efficacy_window is not None:
            require_between(self.efficacy_window, 0, 120, where="efficacy_window", unit="months")

    @property
    def settles(self) -> Months:
        """Months until a patient is settled in everything."""
        return max(self.window, self.efficacy_window or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """One dose-finding design. ``start`` is an index; ``doses`` are million cells, increasing."""

    name: str
    doses: tuple[float, ...]
    cohort: int
    patients: int
    propose: Propose
    select: Select
    limits: tuple[Limit, ...] = ()
    stops: tuple[Stop, ...] = ()
    pauses: tuple[Pause, ...] = ()
    start: int = 0
    timing: Timing = Timing()
    cells: Cells = AS_PLANNED
    backfill: Backfill | None = None  # ``patients`` are then those of the escalation
    harm: Harm = "serious"  # what is counted as toxicity

    def __post_init__(self) -> None:
        require_plan(self.doses, self.cohort, self.patients)
        require(
            0 <= self.start < len(self.doses), f"{self.start!r}", where="start", allowed="one of the doses"
        )
        require(self.harm in HARMS, f"{self.harm!r}", where="harm", allowed=", ".join(HARMS))
        require(
            self.timing.waits or self.propose.settled or "time" in self.propose.needs,
            "counts patients under observation as if they were settled, and the design does not wait for"
            " them",
            where="propose",
            remedy="propose by a kind whose name begins with tite, or let the design wait",
        )
        for part in self.parts:
            part.fits(self.doses, self.cohort, self.patients)
        asked = {part.levels for part in self.parts if hasattr(part, "levels")}
        require(
            len(asked) <= 1,
            f"{sorted(asked)} levels of efficacy",
            where="utilities",
            remedy="give every part the same",
        )
        if self.backfill is not None:
            self._backfill_fits()

    def _backfill_fits(self) -> None:
        timing, where = self.timing, "backfill"
        require(
            timing.waits,
            "fills the time while a cohort is under observation, and the design does not wait",
            where=where,
            remedy="let the design wait, or leave [backfill] out",
        )
        require(
            0 < timing.interval < timing.settles <= 100 * timing.interval,
            "nobody, or more than 100 patients, would be ready while a cohort is observed for"
            f" {timing.settles:g} months",
            where=where,
            remedy=(
                "give an interval between patients below the longest window, and at least a hundredth of it"
            ),
        )
        counts = "score" not in self.needs and (self.propose.steps or "time" in self.propose.needs)
        require(
            counts,
            "this proposal would count backfilled patients under observation as if they were settled",
            where=where,
            remedy="propose by boin, keyboard, mtpi or a kind whose name begins with tite, without scores",
        )
        require(
            not self.cells.replaced,
            "who gets no product cannot be replaced among backfilled patients",
            where=where,
            remedy="give a fallback under [cells], or leave one of them out",
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, each once."""
        return tuple(dict.fromkeys((self.propose, *self.limits, *self.stops, *self.pauses, self.select)))

    @property
    def needs(self) -> frozenset[Need]:
        """What the parts must see beyond doses and counts of toxicity."""
        asked = self.backfill is not None and self.backfill.responses > 0
        more: frozenset[Need] = frozenset({"efficacy"}) if asked else frozenset()
        return more.union(*(p.needs for p in self.parts))

    @property
    def levels(self) -> int:
        """Levels of efficacy that the parts look at, none included."""
        return max(getattr(part, "levels", 2) for part in self.parts)

    @property
    def timed(self) -> bool:
        """Whether decisions may be made while patients are pending."""
        return "time" in self.needs or not self.timing.waits or self.backfill is not None

    @property
    def slots(self) -> int:
        """Patients who are ready while one cohort is under observation, and may be backfilled."""
        timing = self.timing
        return 0 if self.backfill is None else ceil(timing.settles / timing.interval - 1e-9) - 1

    @property
    def most(self) -> int:
        """Patients at most, backfilled ones included."""
        if self.backfill is None:
            return self.patients
        cohorts = -(-self.patients // self.cohort)
        return self.patients + min(self.backfill.cap * (len(self.doses) - 1), self.slots * cohorts)


def require_plan(doses: tuple[float, ...], cohort: int, patients: int) -> None:
    """Raises ``InputError`` unless doses increase and the numbers make a trial."""
    require(bool(doses), "no dose", where="doses", allowed="one or more")
    for dose in doses:
        require_between(dose, 0, 10_000, where="doses", unit="million cells")
    rising = all(a < b for a, b in pairwise(doses))
    require(rising, f"{list(doses)} do not increase", where="doses", remedy="order them, each once")
    for name, value, top in (("cohort", cohort, 100), ("patients", patients, 1_000)):
        require(
            isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= top,
            f"{value!r} is not usable",
            where=name,
            allowed=f"a whole number from 1 to {top}",
        )
    require(patients >= cohort, f"{patients} are fewer than one cohort of {cohort}", where="patients")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens next in each trial. ``next`` is −1 where the trial ends."""

    next: Indices  # (trials,)
    stopped: Flags  # (trials,)
    allowed: Flags  # (trials, doses), by all limits together
    proposed: Indices  # (trials,) before limits and stops
    limits: tuple[Flags, ...]  # by each limit of the design
    stops: tuple[Flags, ...]  # by each stop of the design
    full: Flags  # (trials,) all planned patients have entered
    paused: Flags  # (trials,) the next cohort waits for patients who are pending

    @property
    def ended(self) -> Indices:
        """Why, where the trial ends: an index into ``ENDS``, then 3, 4, … for the stops of the design."""
        why = np.where(self.proposed < 0, 2, 1)
        for number, stop in reversed(list(enumerate(self.stops, start=len(ENDS)))):
            why[stop] = number
        why[self.full] = 0
        return why


ENDS = ("all planned patients entered", "no dose allowed", "its rule is complete")


def decide(design: Design, view: View) -> Decision:
    """The next dose of each trial, or its end."""
    begun = view.current >= 0
    if begun.all():
        proposed = _proposed(design, view)
    else:
        proposed = np.full(len(view), design.start)
        if begun.any():
            proposed[begun] = _proposed(design, view.take(begun))
    limits = tuple(limit.allowed(view) for limit in design.limits)
    allowed = _all_of(limits, view)
    given = _highest_allowed(allowed, proposed)
    full = view.escalated >= design.patients
    stops = tuple(stop.stop(view) for stop in design.stops)
    stopped = (given < 0) | full
    for stop in stops:
        stopped = stopped | stop
    paused = np.zeros(len(view), bool)
    for pause in design.pauses:
        paused |= pause.pause(view)
    return Decision(
        next=np.where(stopped, -1, given),
        stopped=stopped,
        allowed=allowed,
        proposed=proposed,
        limits=limits,
        stops=stops,
        full=full,
        paused=paused & ~stopped,
    )


def _proposed(design: Design, view: View) -> Indices:
    """The proposal, lowered where backfilled patients contradict it."""
    proposed = design.propose.propose(view)
    if design.backfill is not None and design.propose.steps:
        return design.backfill.lowered(view, proposed)
    return proposed


def backfilled(design: Design, view: View) -> Indices:
    """The dose of a patient who is ready while a cohort is under observation, −1 for none: (trials,).

    No dose that a limit bars, none after a stop for harm, none at or above the current dose.
    """
    assert design.backfill is not None
    allowed = _all_of(tuple(limit.allowed(view) for limit in design.limits), view)
    dose = design.backfill.given(view, allowed)
    for stop in design.stops:
        if not stop.chooses:
            dose = np.where(stop.stop(view), -1, dose)
    return dose


def choose(design: Design, view: View) -> Indices:
    """The dose chosen at the end of each trial, −1 for none. Limits bind here too."""
    allowed = allowed_doses(design, view)
    chosen = _highest_allowed(allowed, design.select.select(view, allowed))
    for stop in design.stops:
        if not stop.chooses:
            chosen = np.where(stop.stop(view), -1, chosen)
    return chosen


def allowed_doses(design: Design, view: View) -> Flags:
    """(trials, doses) that every limit allows."""
    return _all_of(tuple(limit.allowed(view) for limit in design.limits), view)


def _all_of(limits: tuple[Flags, ...], view: View) -> Flags:
    allowed = limits[0] if limits else np.ones((len(view.doses), len(view)), bool).T
    for limit in limits[1:]:
        allowed = allowed & limit
    return allowed


def _highest_allowed(allowed: Flags, proposed: Indices) -> Indices:
    """The proposed dose where allowed, else the highest allowed below it, else −1."""
    trials = np.arange(len(proposed))
    doubtful = np.flatnonzero((proposed < 0) | ~allowed[trials, proposed])
    if not len(doubtful):
        return proposed
    given = proposed.copy()
    top, may = proposed[doubtful], allowed[doubtful]
    best = np.full(len(doubtful), -1)
    for j in range(allowed.shape[1]):
        best[may[:, j] & (j <= top)] = j
    given[doubtful] = best
    return given
