"""Safety rows → counts by arm and category. What each event name counts as is a row of ``events.csv``."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain import EvidenceRow
from ..units import Count, MillionCells
from .contrasts import decisions_of, is_pooled, parent_of
from .scores import arm_dose
from .tables import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmCount:
    """Patients with an event among patients at risk in one arm; ``dose`` None where it is not one number."""

    study: str
    arm: str
    category: str
    source: str
    dose: MillionCells | None
    events: Count
    at_risk: Count
    pooled: bool
    row: EvidenceRow


def harm_counts(evidence: Evidence, without: tuple[str, ...] = ()) -> tuple[HarmCount, ...]:
    """Counts of injected knees: one row per arm and category (the first named in events.csv), parents only.

    Extensions follow the same patients and are left out; so are studies of another population or procedure.
    """
    category = {r["event"]: (r["category"], k) for k, r in enumerate(evidence.events)}
    parents, design = parent_of(evidence), {r["study_id"]: r for r in evidence.studies}
    arms = {(r["study_id"], r["arm_id"]): r for r in evidence.arms}
    best: dict[tuple[str, str, str], tuple[int, HarmCount]] = {}
    for row in evidence.safety:
        study, arm = row["study_id"], row["arm_id"]
        events, n = row.number("n_with_event"), row.number("n_at_risk")
        known, about = category.get(row["event"]), arms.get((study, arm))
        if (
            study in without
            or known is None
            or about is None
            or events is None
            or n is None
            or parents[study] != study
        ):
            continue
        if "population" in decisions_of(evidence, study) or design[study]["source_cells"] in ("bmac", "none"):
            continue
        cells = about["treatment"].endswith("_msc")
        count = HarmCount(
            study=study,
            arm=arm,
            category=known[0],
            source=about["treatment"] if cells else "none",
            dose=arm_dose(about) if cells else 0.0,
            events=events,
            at_risk=n,
            pooled=is_pooled(evidence, study, arm),
            row=row.ref,
        )
        key = (study, arm, known[0])
        if key not in best or known[1] < best[key][0]:
            best[key] = (known[1], count)
    return tuple(count for _, count in best.values())
