"""One outcome row → a score on 0–100; two scores → an improvement with its variance. Each conversion cited.

What cannot be converted without inventing something is refused with its reason, never filled in silently.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..domain import EvidenceRow, Origin
from ..outcomes import instrument_of, severity
from .conversions import mean_from_quartiles, pooled_sd, sd_from_ci, sd_from_quartiles, se_to_sd
from .row import Row
from .tables import Evidence

CHANGE_STATS = ("change_mean_sd", "change_mean_ci")
Pooled = Mapping[str, tuple[float, tuple[EvidenceRow, ...]]]
Figures = Mapping[tuple[str, float], Sequence["Figure"]]  # (instrument, month) → what was printed


@dataclass(frozen=True, slots=True)
class Figure:
    """One arm's score at one month on 0–100 severity. ``change`` marks an improvement instead of a level."""

    value: float
    sd: float | None
    n: float | None
    change: bool
    converted: bool
    rows: tuple[EvidenceRow, ...]
    note: str = ""


def arm_dose(arm: Row) -> float | None:
    """Cells per injection [million]; the middle of a narrow range (at most 1.5-fold), else None if not one
    number.
    """
    low, high = arm.number("dose_low"), arm.number("dose_high")
    given = arm.number("dose_million_cells")
    return (low + high) / 2 if given is None and low and high and high <= 1.5 * low else given


def figure(row: Row, arm: Row, decided: Mapping[str, Row]) -> Figure | str:
    """One outcome row as a Figure on 0–100 severity, or the reason why it cannot be used.

    An n that the outcome row does not give is a recorded decision, else the arm's analysed or randomised n.
    """
    low, high, direction, value = (
        row.number("scale_min"),
        row.number("scale_max"),
        row["higher_is_better"],
        row.number("value"),
    )
    stat, n, sd = row["stat"], row.number("n"), row.number("sd")
    if stat == "pct_change":
        return "a percent change without a baseline score cannot be turned into points"
    if low is None or high is None or not direction:
        return "scale range or direction not reported: cannot be put on 0–100"
    if value is None:
        return "no value"
    if n is None:
        n = (
            decided["n"].number("value")
            if "n" in decided
            else arm.number("n_analysed") or arm.number("n_randomised")
        )
    span, better = 100.0 / (high - low), direction == "yes"
    refs: tuple[EvidenceRow, ...] = (row.ref,)
    lo, hi = row.number("lo"), row.number("hi")
    if stat in CHANGE_STATS:
        if stat == "change_mean_ci" and lo is not None and hi is not None and n is not None:
            sd = sd_from_ci(lo, hi, n)
        improvement = value * span * (1.0 if better else -1.0)
        return Figure(improvement, None if sd is None else sd * span, n, True, stat == "change_mean_ci", refs)
    note = ""
    if stat == "median_iqr":
        if lo is None or hi is None or n is None:
            return "a median without quartiles or n cannot be converted"
        # equal quartiles give an SD of 0, which no scale has: read as not reported
        value, sd = mean_from_quartiles(lo, value, hi, n), sd_from_quartiles(lo, value, hi, n) or None
        note = "mean and SD from median and quartiles (Luo 2018, Wan 2014); skew not modelled"
    elif stat == "median_range":
        return "median and range of very few patients"
    if sd is not None and "sd_is" in decided and n is not None:
        sd, note = se_to_sd(sd, n), decided["sd_is"]["reason"]
        refs = (*refs, decided["sd_is"].ref)
    return Figure(
        severity(value, low, high, better),
        None if sd is None else sd * span,
        n,
        False,
        bool(note),
        refs,
        note,
    )


def pooled_change_sd(evidence: Evidence) -> Pooled:
    """Pooled SD of change [points] by instrument, and by what is measured, from all rows that report it."""
    groups: dict[str, list[tuple[float, float, EvidenceRow]]] = defaultdict(list)
    arms = {(r["study_id"], r["arm_id"]): r for r in evidence.arms}
    for row in evidence.outcomes:
        known = instrument_of(row["outcome"])
        if known is None or row["stat"] != "change_mean_sd":
            continue
        found = figure(row, arms[row["study_id"], row["arm_id"]], {})
        if isinstance(found, Figure) and found.sd and found.n:
            for key in (known.code, known.measures):
                groups[key].append((found.sd, found.n, row.ref))
    return {
        k: (pooled_sd([s for s, _, _ in v], [n for _, n, _ in v]), tuple(r for *_, r in v))
        for k, v in groups.items()
    }


@dataclass(frozen=True, slots=True)
class Improvement:
    """Improvement of one arm with its variance parts (before dividing by n)."""

    points: float
    baseline: float
    n: float
    change: float
    base: float
    follow: float
    imputed: bool
    origin: Origin
    rows: tuple[EvidenceRow, ...]
    note: str


def improvement(figures: Figures, code: str, month: float, pooled: Pooled) -> Improvement | None:
    """Improvement from baseline in one instrument at one month, from a reported change or from two levels."""
    at, start = figures.get((code, month), []), figures.get((code, 0.0), [])
    base = next((f for f in start if not f.change), None)
    change = next((f for f in at if f.change), None)
    level = next((f for f in at if not f.change), None)
    n = next((f.n for f in (change, level, base) if f is not None and f.n), None)
    if month <= 0 or n is None or (change is None and (level is None or base is None)):
        return None
    used = [f for f in ((change, base) if change else (level, base)) if f is not None]
    rows = tuple(r for f in used for r in f.rows)
    notes = "; ".join(dict.fromkeys(f.note for f in used if f.note))
    points = change.value if change else base.value - level.value  # type: ignore[union-attr]
    nan = float("nan")
    baseline = base.value if base else nan
    if change and change.sd is not None:
        origin: Origin = "converted" if change.converted else "reported"
        return Improvement(points, baseline, n, change.sd**2, nan, nan, False, origin, rows, notes)
    if not change and level and base and level.sd is not None and base.sd is not None:
        note = "; ".join(filter(None, (notes, "SD of change from two SDs and the correlation r")))
        return Improvement(points, baseline, n, nan, base.sd**2, level.sd**2, False, "converted", rows, note)
    known = instrument_of(code)
    sd, sources = pooled.get(code) or pooled[known.measures if known else "pain"]
    note = f"SD of change not reported: pooled {sd:.1f} points of {len(sources)} rows, uncertain"
    return Improvement(
        points,
        baseline,
        n,
        sd**2,
        nan,
        nan,
        True,
        "imputed",
        (*rows, *sources[:1]),
        "; ".join(filter(None, (notes, note))),
    )
