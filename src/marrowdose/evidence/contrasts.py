"""Evidence tables → Contrasts: which rows are used, how each is converted, and what is left out and why.

The narrow waist of the program: statistics see nothing else of the tables. Every rule here is one of the
traps of the evidence tables; what was decided by a person is a row of ``decisions.csv`` with its reason.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..domain import Contrasts, EvidenceRow
from ..errors import InputError
from ..outcomes import Instrument, instrument_of
from .arm_records import ArmRecord, contrasts_of
from .row import Row
from .scores import Figure, Improvement, Pooled, arm_dose, figure, improvement, pooled_change_sd
from .tables import Evidence

POOLED_ARM = re.compile(r"^(.*_all|all|.*_pooled)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Which evidence is let in. The default is the primary analysis; each switch is a sensitivity
    analysis.
    """

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


@dataclass(frozen=True, slots=True)
class _Arm:
    """One arm of the network with its figures by (instrument, month)."""

    study: str
    block: str
    row: Row
    figures: dict[tuple[str, float], list[Figure]]


def _arms(
    evidence: Evidence, analysis: Analysis, studies: Iterable[Row], discarded: dict[EvidenceRow, str]
) -> list[_Arm]:
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
        found[study, arm] = _Arm(
            study, f"{study}/{block['value']}" if block else study, row, defaultdict(list)
        )
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


def _chosen(block: list[_Arm], month: float, pooled: Pooled, prefer_vas: bool) -> list[Instrument]:
    """The instruments used in a block at a month: one for pain, one for function, else a composite."""
    need = min(2, len(block))
    usable: list[Instrument] = []
    for code in dict.fromkeys(c for arm in block for c, t in arm.figures if t == month):
        known = instrument_of(code)
        if known and sum(improvement(a.figures, code, month, pooled) is not None for a in block) >= need:
            usable.append(known)

    def best(what: str) -> Instrument | None:
        some = [u for u in usable if u.measures == what]
        return min(
            some,
            key=lambda u: (not (prefer_vas and u.code in ("vas_pain", "nrs_pain")), u.rank),
            default=None,
        )

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
    records: list[ArmRecord] = []
    for block in blocks.values():
        for month in sorted({t for arm in block for _, t in arm.figures if t > 0}):
            for known in _chosen(block, month, pooled, analysis.prefer_vas):
                for arm in block:
                    found = improvement(arm.figures, known.code, month, pooled)
                    if found is None:
                        continue
                    guessed_n = "n" in decisions_of(evidence, arm.study, arm.row["arm_id"])
                    if (found.imputed or guessed_n) and not analysis.imputed:
                        discarded[found.rows[0]] = "imputed: left out by this analysis"
                        continue
                    records.append(_record(arm, known, month, found, design[arm.study] == "rct", guessed_n))
    records = _with_a_partner(records)
    if not records:
        raise InputError(
            "no usable contrast is left", where="the evidence", remedy="loosen the analysis or add a study"
        )
    used = {r.study for r in records}
    parents = parent_of(evidence)
    reasons = {s: why for s, why in out.items() if why}
    for study in out:
        if not out[study] and study not in used:
            reasons[study] = (
                f"extension of {parents[study]}: same patients, only in the long-term analysis"
                if parents[study] != study
                else "no pain or function figures with a dose and a control that can be used"
            )
    return Selection(contrasts=contrasts_of(records), discarded=tuple(discarded.items()), studies_out=reasons)


def _record(
    arm: _Arm, known: Instrument, month: float, found: Improvement, randomised: bool, guessed_n: bool
) -> ArmRecord:
    """One record of ``Contrasts``."""
    row, given = arm.row, {arm.row["treatment"], *arm.row["adjunct"].split("|")}
    cells = row["treatment"] == "bm_msc"
    dose = arm_dose(row) if cells else 0.0
    assert dose is not None  # arms without one were left out
    note = "; ".join(filter(None, (found.note, "n inferred" if guessed_n else "")))
    return ArmRecord(
        study=arm.study,
        block=arm.block,
        arm=row["arm_id"],
        instrument=known.code,
        source="bm_msc" if cells else "none",
        treatment=row["treatment"],
        dose=dose,
        month=month,
        improvement=found.points,
        baseline=found.baseline,
        n=found.n,
        var_change=found.change / found.n,
        var_baseline=found.base / found.n,
        var_follow_up=found.follow / found.n,
        sd_imputed=found.imputed,
        composite=known.measures == "composite",
        load_pain=known.load_pain,
        load_function=known.load_function,
        ha=float("ha" in given),
        corticosteroid=float("corticosteroid" in given),
        prp=float("prp" in given),
        randomised=randomised,
        origin="imputed" if guessed_n else found.origin,
        rows=found.rows,
        notes=note,
    )


def _with_a_partner(records: list[ArmRecord]) -> list[ArmRecord]:
    """Drop randomised records that have nothing to be compared with in their block, month and instrument."""
    places = [(r.block, r.month, r.instrument) for r in records]
    count = Counter(places)
    return [r for r, place in zip(records, places, strict=True) if count[place] > 1 or not r.randomised]
