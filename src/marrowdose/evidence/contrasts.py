"""Evidence tables → Contrasts: which rows are used, how each is converted, and what is left out and why.

The narrow waist of the program: statistics see nothing else of the tables. Every rule here is one of the
traps of the evidence tables; what was decided by a person is a row of ``decisions.csv`` with its reason.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..domain import Contrasts, EvidenceRow, InputError, Origin
from ..outcomes import Instrument, instrument_of, severity
from .conversions import mean_from_quartiles, pooled_sd, sd_from_ci, sd_from_quartiles, se_to_sd
from .tables import Evidence, Row

POOLED_ARM = re.compile(r"^(.*_all|all|.*_pooled)$", re.IGNORECASE)
LEVEL_STATS = ("mean_sd", "mean_only", "median_iqr", "median_range")
CHANGE_STATS = ("change_mean_sd", "change_mean_ci")


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Which evidence is let in. The default is the primary analysis; each switch is a sensitivity analysis."""

    long_term: bool = False  # extensions: the same patients after the randomised period
    imputed: bool = True  # rows whose SD or n was not reported
    nonrandomised: bool = False  # single arms against an external control with a design-bias term
    prefer_vas: bool = False  # VAS before WOMAC pain in the hierarchy
    without: tuple[str, ...] = ()  # studies left out

    @property
    def name(self) -> str:
        """A short name for tables."""
        on = [k for k in ("long_term", "nonrandomised", "prefer_vas") if getattr(self, k)]
        off = [] if self.imputed else ["no_imputed"]
        return "+".join(on + off + [f"without {s}" for s in self.without]) or "primary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The contrasts, and what was left out: per row and per study, each with its reason."""

    contrasts: Contrasts
    discarded: tuple[tuple[EvidenceRow, str], ...]
    studies_out: dict[str, str]


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


def decisions_of(evidence: Evidence, study: str, arm: str = "") -> dict[str, Row]:
    """Recorded decisions on a study (``arm`` empty) or one of its arms, by column."""
    return {r["column"]: r for r in evidence.decisions if r["study_id"] == study and r["arm_id"] == arm}


def parent_of(evidence: Evidence) -> dict[str, str]:
    """Study → the study whose patients it follows (itself, if it is no extension)."""
    return {r["study_id"]: r["is_extension_of"] or r["study_id"] for r in evidence.studies}


def is_pooled(evidence: Evidence, study: str, arm: str) -> bool:
    """True for a sum or subset of other arms, which must never be counted beside its parts."""
    return bool(POOLED_ARM.match(arm)) or "pooled" in decisions_of(evidence, study, arm)


def why_not_core(evidence: Evidence, study: Row, analysis: Analysis) -> str:
    """The reason why a study is outside the analysis by its design, or an empty string."""
    name = study["study_id"]
    if name in analysis.without:
        return "left out by this analysis"
    decided = decisions_of(evidence, name)
    if "population" in decided:
        return f"{decided['population']['value']}: {decided['population']['reason']}"
    if study["source_cells"] != "bm_msc":
        return {
            "none": "no cell therapy: a benchmark",
            "bmac": "marrow concentrate is a treatment of its own: its dose is another quantity",
        }.get(study["source_cells"], "another cell source: not in the analysis of bone-marrow cells")
    if study["cultured"] != "yes":
        return "cells not cultured, or unknown"
    if study["design"] != "rct" and not analysis.nonrandomised:
        return "not randomised"
    return ""


def arm_dose(arm: Row) -> float | None:
    """Cells per injection [million]; the middle of a narrow range (at most 1.5-fold), else None if not one number."""
    low, high = arm.number("dose_low"), arm.number("dose_high")
    given = arm.number("dose_million_cells")
    return (low + high) / 2 if given is None and low and high and high <= 1.5 * low else given


def figure(row: Row, arm: Row, decided: dict[str, Row]) -> Figure | str:
    """One outcome row as a Figure on 0–100 severity, or the reason why it cannot be used.

    An n that the outcome row does not give is a recorded decision, else the arm's analysed or randomised n.
    """
    low, high, direction, value = (row.number("scale_min"), row.number("scale_max"), row["higher_is_better"], row.number("value"))  # fmt: skip
    stat, n, sd = row["stat"], row.number("n"), row.number("sd")
    if stat == "pct_change":
        return "a percent change without a baseline score cannot be turned into points"
    if low is None or high is None or not direction:
        return "scale range or direction not reported: cannot be put on 0–100"
    if value is None:
        return "no value"
    if n is None:
        n = decided["n"].number("value") if "n" in decided else arm.number("n_analysed") or arm.number("n_randomised")
    span, better, refs = 100.0 / (high - low), direction == "yes", (row.ref,)
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
        value, sd = mean_from_quartiles(lo, value, hi, n), sd_from_quartiles(lo, value, hi, n)
        note = "mean and SD from median and quartiles (Luo 2018, Wan 2014); skew not modelled"
    elif stat == "median_range":
        return "median and range of very few patients"
    if sd is not None and "sd_is" in decided and n is not None:
        sd, note = se_to_sd(sd, n), decided["sd_is"]["reason"]
        refs = (*refs, decided["sd_is"].ref)
    return Figure(severity(value, low, high, better), None if sd is None else sd * span, n, False, bool(note), refs, note)  # fmt: skip


def pooled_change_sd(evidence: Evidence) -> dict[str, tuple[float, tuple[EvidenceRow, ...]]]:
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
    return {k: (pooled_sd([s for s, _, _ in v], [n for _, n, _ in v]), tuple(r for *_, r in v)) for k, v in groups.items()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Arm:
    """One arm of the network with its figures by (instrument, month)."""

    study: str
    block: str
    row: Row
    figures: dict[tuple[str, float], list[Figure]]


def _arms(evidence: Evidence, analysis: Analysis, studies: Iterable[Row], discarded: dict[EvidenceRow, str]) -> list[_Arm]:
    """The arms of the studies let in, extensions folded into their parents, pseudo-arms left out."""
    parents = parent_of(evidence)
    inside = {r["study_id"] for r in studies}
    found: dict[tuple[str, str], _Arm] = {}
    for row in evidence.arms:
        study, arm = row["study_id"], row["arm_id"]
        if study not in inside or parents[study] != study:
            continue
        if is_pooled(evidence, study, arm):
            discarded[row.ref] = "pooled or subset arm: never counted beside its parts"
            continue
        if row["treatment"] == "bm_msc" and arm_dose(row) is None:
            discarded[row.ref] = "dose not reported as a number"
            continue
        block = decisions_of(evidence, study, arm).get("block")
        found[study, arm] = _Arm(study, f"{study}/{block['value']}" if block else study, row, defaultdict(list))
    for row in evidence.outcomes:
        study, known = row["study_id"], instrument_of(row["outcome"])
        parent = parents.get(study, study)
        target = found.get((parent, row["arm_id"]))
        if target is None or known is None or study not in inside:
            continue
        month = row.number("month")
        after = decisions_of(evidence, study).get("extension_after")
        limit = np.inf if after is None else float(after["value"])
        if month is None:
            discarded[row.ref] = "month not reported"
        elif not analysis.long_term and month > 0 and (parent != study or month > limit):
            discarded[row.ref] = "extension of a trial: only in the long-term analysis"
        else:
            one = figure(row, target.row, decisions_of(evidence, study, row["arm_id"]))
            if isinstance(one, str):
                discarded[row.ref] = one
            else:
                target.figures[known.code, month].append(one)
    return [arm for arm in found.values() if arm.figures]


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


def improvement(arm: _Arm, code: str, month: float, pooled: dict[str, tuple[float, tuple[EvidenceRow, ...]]]) -> Improvement | None:
    """Improvement from baseline in one instrument at one month, from a reported change or from two levels."""
    at, start = arm.figures.get((code, month), []), arm.figures.get((code, 0.0), [])
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
    baseline = base.value if base else np.nan
    nan = float("nan")
    if change and change.sd is not None:
        origin: Origin = "converted" if change.converted else "reported"
        return Improvement(points, baseline, n, change.sd**2, nan, nan, False, origin, rows, notes)
    if not change and level and base and level.sd is not None and base.sd is not None:
        note = "; ".join(filter(None, (notes, "SD of change from two SDs and the correlation r")))
        return Improvement(points, baseline, n, nan, base.sd**2, level.sd**2, False, "converted", rows, note)
    known = instrument_of(code)
    sd, sources = pooled.get(code) or pooled[known.measures if known else "pain"]
    note = f"SD of change not reported: pooled {sd:.1f} points of {len(sources)} rows, uncertain"
    return Improvement(points, baseline, n, sd**2, nan, nan, True, "imputed", (*rows, *sources[:1]), "; ".join(filter(None, (notes, note))))  # fmt: skip


def _chosen(block: list[_Arm], month: float, pooled: dict[str, tuple[float, tuple[EvidenceRow, ...]]], prefer_vas: bool) -> list[Instrument]:
    """The instruments used in a block at a month: one for pain, one for function, else a composite."""
    need = min(2, len(block))
    usable: list[Instrument] = []
    for code in dict.fromkeys(c for arm in block for c, t in arm.figures if t == month):
        known = instrument_of(code)
        if known and sum(improvement(a, code, month, pooled) is not None for a in block) >= need:
            usable.append(known)

    def best(what: str) -> Instrument | None:
        some = [u for u in usable if u.measures == what]
        vas_first = lambda u: (not (prefer_vas and u.code in ("vas_pain", "nrs_pain")), u.rank)  # noqa: E731
        return min(some, key=vas_first) if some else None

    pain, function, composite = best("pain"), best("function"), best("composite")
    return [u for u in (pain, function, None if pain and function else composite) if u]


def select(evidence: Evidence, analysis: Analysis | None = None) -> Selection:
    """The contrasts of an analysis. Raises ``InputError`` if nothing is left."""
    analysis = analysis or Analysis()
    discarded: dict[EvidenceRow, str] = {}
    out = {r["study_id"]: why_not_core(evidence, r, analysis) for r in evidence.studies}
    pooled = pooled_change_sd(evidence)
    arms = _arms(evidence, analysis, [r for r in evidence.studies if not out[r["study_id"]]], discarded)
    design = {r["study_id"]: r["design"] for r in evidence.studies}
    blocks: dict[str, list[_Arm]] = defaultdict(list)
    for arm in arms:
        blocks[arm.block].append(arm)
    records: list[dict[str, object]] = []
    for block in blocks.values():
        for month in sorted({t for arm in block for _, t in arm.figures if t > 0}):
            for known in _chosen(block, month, pooled, analysis.prefer_vas):
                for arm in block:
                    found = improvement(arm, known.code, month, pooled)
                    if found is None:
                        continue
                    guessed_n = "n" in decisions_of(evidence, arm.study, arm.row["arm_id"])
                    if (found.imputed or guessed_n) and not analysis.imputed:
                        discarded[found.rows[0]] = "imputed: left out by this analysis"
                        continue
                    records.append(_record(arm, known, month, found, design[arm.study] == "rct", guessed_n))
    records = _with_a_partner(records)
    if not records:
        raise InputError("no usable contrast is left", where="evidence", remedy="loosen the analysis or add a study")
    used = {str(r["study"]) for r in records}
    parents = parent_of(evidence)
    reasons = {s: why for s, why in out.items() if why}
    for study in out:
        if not out[study] and study not in used:
            reasons[study] = (
                f"extension of {parents[study]}: same patients, only in the long-term analysis"
                if parents[study] != study
                else "no pain or function figures with a dose and a control that can be used"
            )
    return Selection(contrasts=_stack(records), discarded=tuple(discarded.items()), studies_out=reasons)


def _record(arm: _Arm, known: Instrument, month: float, found: Improvement, randomised: bool, guessed_n: bool) -> dict[str, object]:
    """One record of ``Contrasts``."""
    row, given = arm.row, {arm.row["treatment"], *arm.row["adjunct"].split("|")}
    cells = row["treatment"] == "bm_msc"
    note = "; ".join(filter(None, (found.note, "n inferred" if guessed_n else "")))
    return {
        "study": arm.study, "block": arm.block, "arm": row["arm_id"], "instrument": known.code,
        "source": "bm_msc" if cells else "none", "treatment": row["treatment"],
        "dose": arm_dose(row) if cells else 0.0, "month": month,
        "improvement": found.points, "baseline": found.baseline, "n": found.n,
        "var_change": found.change / found.n, "var_baseline": found.base / found.n, "var_follow_up": found.follow / found.n,
        "sd_imputed": found.imputed, "composite": known.measures == "composite",
        "load_pain": known.load_pain, "load_function": known.load_function,
        "ha": float("ha" in given), "corticosteroid": float("corticosteroid" in given), "prp": float("prp" in given),
        "randomised": randomised, "origin": "imputed" if guessed_n else found.origin, "rows": found.rows, "notes": note,
    }  # fmt: skip


def _with_a_partner(records: list[dict[str, object]]) -> list[dict[str, object]]:
    """Drop randomised records that have nothing to be compared with in their block, month and instrument."""
    key = lambda r: (r["block"], r["month"], r["instrument"])  # noqa: E731
    count: dict[object, int] = defaultdict(int)
    for r in records:
        count[key(r)] += 1
    return [r for r in records if count[key(r)] > 1 or not r["randomised"]]


def _stack(records: list[dict[str, object]]) -> Contrasts:
    """Records → arrays."""
    columns = {name: [r[name] for r in records] for name in Contrasts.__dataclass_fields__}
    as_bool, as_tuple = ("sd_imputed", "composite", "randomised"), ("study", "block", "arm", "instrument", "source", "treatment", "origin", "rows", "notes")  # fmt: skip
    return Contrasts(**{
        name: tuple(v) if name in as_tuple else np.array(v, dtype=bool if name in as_bool else float)
        for name, v in columns.items()
    })  # type: ignore[arg-type]  # fmt: skip
