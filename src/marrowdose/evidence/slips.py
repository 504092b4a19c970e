"""Likely slips: rows that can be read, yet look as if something was mistyped or misread. Never an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from ..outcomes import instrument_of
from .conversions import pooled_sd
from .row import Row
from .tables import Evidence

SUSPICIOUS = 1 / 3  # of the SD of other studies: a standard error at n = 10 and more looks like this


class _Spread(NamedTuple):
    row: Row
    patients: str
    points: float
    n: float


def likely_slips(evidence: Evidence) -> tuple[str, ...]:
    """One sentence for each suspicious row, beginning with where it stands.

    An SD that may be a standard error; a known instrument without its range, with a range it is not known
    with, or with a direction that is not its own.
    """
    return (*_small_spreads(evidence), *_odd_scales(evidence))


def _small_spreads(evidence: Evidence) -> Iterator[str]:
    """SDs below a third of the pooled SD of other patients, same instrument, same month if there are any."""
    patients = {row["study_id"]: row["is_extension_of"] or row["study_id"] for row in evidence.studies}
    groups: dict[tuple[str, str], list[_Spread]] = defaultdict(list)
    for row in evidence.outcomes:
        low, high, sd, n = map(row.number, ("scale_min", "scale_max", "sd", "n"))
        known = instrument_of(row["outcome"])
        if known and low is not None and high is not None and sd and n:
            spread = _Spread(row, patients[row["study_id"]], 100 * sd / (high - low), n)
            groups[known.code, row["stat"]].append(spread)
    for one, same in ((one, group) for group in groups.values() for one in group):
        others = [other for other in same if other.patients != one.patients]
        others = [other for other in others if other.row["month"] == one.row["month"]] or others
        if not others:
            continue
        usual = pooled_sd([other.points for other in others], [other.n for other in others])
        if one.points < SUSPICIOUS * usual:
            yield (
                f"{one.row.ref}: SD {one.row['sd']} of {one.row['outcome']}, {one.points:.1f} points of 100, "
                f"in other studies {usual:.1f}: is it a standard error?"
            )


def _odd_scales(evidence: Evidence) -> Iterator[str]:
    """Known instruments with no range, a strange range or the wrong direction."""
    for row in evidence.outcomes:
        known = instrument_of(row["outcome"])
        if known is None or row["stat"] == "pct_change":  # a percent change has neither range nor direction
            continue
        low, high = row.number("scale_min"), row.number("scale_max")
        ranges = " or ".join(f"{a:g}–{b:g}" for a, b in known.ranges)
        if low is None or high is None:
            yield f"{row.ref}: {known.label} without a range cannot be put on 0–100: is it {ranges}?"
        elif (low, high) not in known.ranges:
            yield f"{row.ref}: {known.label} on {low:g}–{high:g}; it is known on {ranges}"
        if row["stat"].startswith("change_"):
            continue  # the sign of a change is a matter of the paper
        better = row["higher_is_better"]
        if (better == "yes") != known.higher_is_better:
            yield f"{row.ref}: {known.label} with higher_is_better {better} is the other way round"
