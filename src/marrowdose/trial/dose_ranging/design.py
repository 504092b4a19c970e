"""One longitudinal dose-ranging design: doses, visits, patients, looks, analysis, and what may go wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated

from ...errors import require
from ...units import MillionCells, Months, Probability
from .comparator import Background, Comparator
from .looks import LookAnalysis
from .persons import ESTIMANDS, Estimand, Reality
from .randomisation import Randomisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranging:
    """A parallel-group trial. ``doses`` begin with 0 (placebo); ``allocation`` are the arms' shares of
    patients.

    ``visits`` are the months of the scores, the last of which decides; ``looks`` the shares of ``patients``
    enrolled at each interim look. ``comparator`` is one arm more, whose parts count beside those of
    ``allocation``; ``background`` is given to everybody. Without ``randomisation`` every arm has its exact
    quota between looks. Raises ``InputError``.
    """

    name: str
    doses: tuple[MillionCells, ...]
    visits: tuple[Months, ...]
    patients: int
    allocation: tuple[Annotated[float, "parts"], ...]
    analysis: LookAnalysis
    looks: tuple[Probability, ...] = ()
    estimand: Estimand = "hypothetical"
    reality: Reality = field(default_factory=Reality)
    comparator: Comparator | None = None
    background: Background | None = None
    randomisation: Randomisation | None = None

    def __post_init__(self) -> None:
        d, v, n = self.doses, self.visits, self.patients
        require(
            len(d) >= 2 and d[0] == 0 and all(a < b for a, b in pairwise(d)) and d[-1] <= 1000,
            f"{list(d)}",
            where="doses",
            allowed="0 first (placebo), then rising, up to 1000 million",
        )
        require(
            len(v) >= 1 and v[0] > 0 and all(a < b for a, b in pairwise(v)) and v[-1] <= 120,
            f"{list(v)}",
            where="visits",
            allowed="rising months above 0, up to 120",
        )
        require(
            isinstance(n, int) and 4 * len(d) <= n <= 20_000,
            f"{n!r}",
            where="patients",
            allowed=f"{4 * len(d)} to 20000: four an arm or more",
        )
        require(
            len(self.allocation) == len(d) and min(self.allocation) > 0,
            f"{list(self.allocation)}",
            where="allocation",
            allowed="one number above 0 for each dose",
        )
        parts = self.parts
        least = min(parts) / sum(parts) * n
        require(
            least >= 4, f"{least:.1f} patients in the smallest arm", where="allocation", allowed="4 or more"
        )
        require(
            all(a < b for a, b in zip((0.0, *self.looks), (*self.looks, 1.0), strict=True)),
            f"{list(self.looks)}",
            where="looks",
            allowed="rising shares of the patients, above 0 and below 1",
        )
        require(
            self.estimand in ESTIMANDS, f"{self.estimand!r}", where="estimand", allowed=", ".join(ESTIMANDS)
        )

    @property
    def parts(self) -> tuple[float, ...]:
        """Parts of the patients of all arms, the comparator last."""
        return self.allocation if self.comparator is None else (*self.allocation, self.comparator.allocation)

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules in words."""
        more = (self.randomisation, self.comparator, self.background)
        return (
            *self.analysis.sentences(),
            *(said for part in more if part is not None for said in part.sentences()),
        )

    @property
    def stages(self) -> tuple[int, ...]:
        """Patients enrolled at each look, the last being all of them."""
        return (*(max(1, round(share * self.patients)) for share in self.looks), self.patients)
