"""One dose-finding design: its doses and numbers, when patients enter, and the parts that decide."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from ...errors import require, require_between
from ...units import Months
from ..truths.harm import HARMS, Harm
from .backfill import Backfill
from .cells import AS_PLANNED, Cells
from .rules import Limit, Need, Part, Pause, Propose, Select, Stop


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
