"""A dose beside no dose in one knee, with bands from the parameter ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import require, require_between
from ..units import Array, MillionCells, Months
from .knee import Knee
from .kpd5 import LARGEST_DOSE, LONGEST, MOST_REPEATS, KneeCourse, course
from .labels import Tier
from .parameters import Parameter, parameters, table

QUANTILES = (0.025, 0.10, 0.25, 0.50, 0.75, 0.90, 0.975)
EARLY = (1 / 30, 0.1, 0.25, 0.5)  # months: the cells change within days
BEFORE = 0.01  # months: what a repeat finds
MAP_DOSES: tuple[MillionCells, ...] = (0, 1, 2, 5, 10, 20, 35, 50, 75, 100, 150)
FEWEST_DRAWS, MOST_DRAWS = 50, 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One quantity over time: ``centre`` (doses, times) at the central values, ``band`` (7, doses, times).

    ``difference`` (7, times) is the dose less no dose within each draw; the seven are ``QUANTILES``.
    """

    name: str
    title: str
    unit: str
    kind: str  # measured, derived, fitted, assumed: of what, in words
    centre: Array
    band: Array
    difference: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class KneeOutlook:
    """The answer of ``joint run``. Doses are (0, the dose asked); ``map`` is (map doses, times)."""

    tier: Tier
    dose: MillionCells
    months: Array
    repeats: tuple[Months, ...]
    draws: int
    seed: int
    knee: Knee
    parameters: Mapping[str, Parameter]  # of the tier
    central: dict[str, float]  # symbol → value of the central lines
    series: tuple[Series, ...]
    map_doses: Array
    map: Array  # points of pain with the dose less without, central values; below 0 is relief
    failed: tuple[tuple[int, str], ...] = ()  # draws that the solver could not finish, and why

    def of(self, name: str) -> Series:
        """The series of that name."""
        return next(s for s in self.series if s.name == name)

    @property
    def short_of(self) -> tuple[str, ...]:
        """Where the central line falls short of a measured figure that it shows: the cells left after half a
        year.
        """
        seen = next(p for p in table() if p.symbol == "f_6mo")
        month = 6.0 - BEFORE * (6.0 in self.repeats)
        if self.dose == 0 or month > self.months[-1] or min(self.repeats, default=month) < month:
            return ()
        at = int(np.argmin(np.abs(self.months - month)))
        left = float(self.of("cells").centre[1, at]) / self.dose
        if left > seen.value / 2:
            return ()
        return (
            (
                f"after half a year {100 * left:.1g} % of the cells are left here, fewer than the"
                f" {100 * seen.value:g} % that one series of animals counted ({seen.source}): the slow loss"
                " is a compromise with another series, in which cells went faster"
            ),
        )


TIER1: tuple[tuple[str, str, str, str], ...] = (
    (
        "cells",
        "Cells in the joint",
        "million cells",
        "slow loss derived from animals, fast loss and limit of space assumed",
    ),
    (
        "inflammation",
        "Inflammation",
        "ratio to a typical osteoarthritic knee",
        "assumed: no level was measured against a dose",
    ),
    (
        "cartilage",
        "Cartilage thickness",
        "% of the thickness before",
        "natural loss measured, effect of cells assumed",
    ),
    ("pain", "Pain", "points 0–100", "context derived from saline arms, effect of cells assumed"),
    ("function", "Loss of function", "points 0–100", "assumed: it follows pain in a fixed ratio"),
)


def outlook(
    knee: Knee,
    dose: MillionCells,
    *,
    months: Months = 60.0,
    repeats: Sequence[Months] = (),
    draws: int = 400,
    seed: int = 0,
) -> KneeOutlook:
    """Tier 1 for one knee.

    Raises ``InputError`` for a dose, horizon, repeat or number of draws out of range.
    """
    times = grid(dose, months, repeats, draws)
    doses = np.array([0.0, dose])
    centre = course(knee.centre(), doses, times, repeats)
    drawn = course(knee.draws(draws, seed), doses, times, repeats)
    mapped = course(knee.centre(), MAP_DOSES, times, repeats).pain[0]
    return KneeOutlook(
        tier=1,
        dose=dose,
        months=times,
        repeats=tuple(repeats),
        draws=draws,
        seed=seed,
        knee=knee,
        parameters=parameters(),
        central=knee.centre(),
        series=tuple(_series(about, centre, drawn) for about in TIER1),
        map_doses=np.array(MAP_DOSES),
        map=mapped - mapped[:1],
    )


def grid(dose: float, months: float, repeats: Sequence[float], draws: int) -> Array:
    """The times of a run: days, then months, each repeat, up to the horizon. Checks what was asked."""
    require_between(dose, 0, LARGEST_DOSE, where="dose", unit="million cells")
    require_between(months, 1, LONGEST, where="months")
    require_between(draws, FEWEST_DRAWS, MOST_DRAWS, where="draws")
    for r in repeats:
        require(
            0 < r < months,
            f"{r:g} is not usable",
            where="repeats",
            allowed=f"above 0 and below {months:g}, the last month",
        )
    require(len(set(repeats)) == len(repeats), "a month is given twice", where="repeats", remedy="keep one")
    require(
        len(repeats) <= MOST_REPEATS,
        f"{len(repeats)} repeats",
        where="repeats",
        allowed=f"up to {MOST_REPEATS}",
    )
    fine = [r + e for r in (0.0, *repeats) for e in EARLY]
    just_before = [r - BEFORE for r in repeats]
    asked = {round(float(t), 9) for t in (*np.arange(0.0, months), *fine, *repeats, *just_before, months)}
    return np.array(sorted(t for t in asked if 0 <= t <= months))


def _series(about: tuple[str, str, str, str], centre: KneeCourse, drawn: KneeCourse) -> Series:
    name, title, unit, kind = about
    scale = 100.0 if unit.startswith("%") else 1.0
    return series_of(name, title, unit, kind, scale * getattr(centre, name)[0], scale * getattr(drawn, name))


def series_of(name: str, title: str, unit: str, kind: str, centre: Array, values: Array) -> Series:
    """Bands of ``values`` (draws, 2, times): no dose and the dose."""
    return Series(
        name=name,
        title=title,
        unit=unit,
        kind=kind,
        centre=centre,
        band=np.quantile(values, QUANTILES, axis=0),
        difference=np.quantile(values[:, 1] - values[:, 0], QUANTILES, axis=0),
    )
