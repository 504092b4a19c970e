"""Renderings of the evidence tables: studies, one study, validation, and the trace of a number."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ...domain import BANNER, Provenance
from ...errors import InputError
from ...evidence import browse
from ...evidence.contrasts import select
from ...evidence.slips import likely_slips
from ...evidence.tables import Evidence, read_evidence, validate
from ...files.json import exact_text, read_json
from ...files.typed import read_as
from ..frame.document import Table, as_text
from .record import (
    ArmUsed,
    EvidenceCheck,
    EvidenceList,
    EvidenceProvenance,
    EvidenceShow,
    EvidenceTrace,
    RowUsed,
)


def list_record(evidence: Evidence) -> EvidenceList:
    """All studies, and why one is not in the model."""
    studies = browse.list_studies(evidence, select(evidence).studies_out)
    return {"schema": "evidence-list/1", "banner": BANNER, "studies": studies}


def list_text(record: EvidenceList) -> str:
    """One line a study, and whether the model uses it."""
    head: tuple[Literal["study", "year", "design", "cells", "n", "doses"], ...] = (
        "study",
        "year",
        "design",
        "cells",
        "n",
        "doses",
    )
    rows = [[*(_cell(s[k]) for k in head), s["core"]] for s in record["studies"]]
    return as_text(Table("", [*head, "in the model"], rows, words=[len(head)]))


def _cell(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_cell, value)) or "–"
    if isinstance(value, float):
        return f"{value:g}"
    return "–" if value in (None, "") else str(value)


def show_record(evidence: Evidence, study: str) -> EvidenceShow:
    """One study with its rows, what the model made of them, and what it left out."""
    shown = browse.show_study(evidence, study)
    selection = select(evidence)
    c = selection.contrasts
    used: list[ArmUsed] = [
        {
            "arm": c.arm[i],
            "instrument": c.instrument[i],
            "month": float(c.month[i]),
            "dose": float(c.dose[i]),
            "improvement": float(c.improvement[i]),
            "n": float(c.n[i]),
            "origin": c.origin[i],
            "rows": list(c.rows[i]),
            "note": c.notes[i],
        }
        for i in range(len(c))
        if c.study[i] == study
    ]
    rows = (*shown["arms"], *shown["outcomes"], *shown["safety"], *shown["decisions"])
    own = {row["ref"] for row in rows}
    return {
        "schema": "evidence-show/1",
        "banner": BANNER,
        **shown,
        "in_the_model": used,
        "why_not": selection.studies_out.get(study, ""),
        "discarded": {r: why for r, why in selection.discarded if r in own},
    }


def show_text(record: EvidenceShow) -> str:
    """The study, section by section."""
    lines = []
    sections = [(name, part) for name, part in record.items() if name not in ("schema", "banner")]
    for section, part in sections:
        lines.append(f"\n{section.replace('_', ' ')}")
        if isinstance(part, list):
            lines += [
                "  " + ", ".join(f"{k} {_cell(v)}" for k, v in row.items() if v not in (None, "", []))
                for row in part
            ]
        elif isinstance(part, dict):
            lines += [f"  {k}: {_cell(v)}" for k, v in part.items() if v not in (None, "")]
        else:
            lines.append(f"  {part or '–'}")
    return "\n".join(lines).lstrip() + "\n"


def check_record(folder: Path | None) -> EvidenceCheck:
    """All faults of a folder of tables (or of the shipped ones), and what is likely a slip."""
    name = "shipped tables" if folder is None else str(folder)
    faults = [] if folder is None else list(validate(folder))
    return {
        "schema": "evidence-check/1",
        "banner": BANNER,
        "folder": name,
        "errors": faults,
        "warnings": [] if faults else _slips(folder),
    }


def _slips(folder: Path | None) -> list[str]:
    evidence = read_evidence() if folder is None else read_evidence(folder)
    own = "" if folder is None else f"{evidence.folders[0]}/"
    return [s for s in likely_slips(evidence) if s.startswith(own)]


def check_text(record: EvidenceCheck) -> str:
    """The faults and the likely slips, one a line."""
    errors, warnings = record["errors"], record["warnings"]
    lines = [*errors, *(f"likely a slip: {w}" for w in warnings)]
    count = (
        f"{len(errors) or 'no'} problem{'s' if len(errors) != 1 else ''}, {len(warnings) or 'no'} likely"
        f" slip{'s' if len(warnings) != 1 else ''}"
    )
    return "".join(f"{line}\n" for line in lines) + f"{record['folder']}: {count}\n"


def trace_record(evidence: Evidence, what: str | None) -> EvidenceTrace | EvidenceProvenance:
    """A row of a table with what the model made of it, or the provenance list of a plan."""
    if what is None or what.endswith(".json"):
        return {"schema": "evidence-provenance/1", "banner": BANNER, "provenance": _provenance(what)}
    row = browse.lookup(evidence, what)
    selection = select(evidence)
    c = selection.contrasts
    uses: list[RowUsed] = [
        {
            "study": c.study[i],
            "arm": c.arm[i],
            "month": float(c.month[i]),
            "instrument": c.instrument[i],
            "improvement": float(c.improvement[i]),
            "baseline": None if c.baseline[i] != c.baseline[i] else float(c.baseline[i]),
            "origin": c.origin[i],
            "note": c.notes[i],
            "rows": list(c.rows[i]),
        }
        for i in range(len(c))
        if row.ref in c.rows[i]
    ]
    return {
        "schema": "evidence-trace/1",
        "banner": BANNER,
        "row": row.ref,
        "values": {k: v for k, v in row.values.items() if v},
        "used_as": uses,
        "discarded": dict(selection.discarded).get(row.ref, ""),
    }


def _provenance(plan: str | None) -> list[Provenance]:
    """The provenance of a recommendation file, or of the example plan."""
    if plan is None:
        from ...patient.advice import advise
        from ...patient.intake import EXAMPLE, patient_from
        from ...synthesis.fit import shipped_fit

        return list(advise(shipped_fit(), patient_from(EXAMPLE)).provenance)
    data = read_json(Path(plan))
    if not isinstance(data, dict) or data.get("schema") != "recommendation/2":
        raise InputError("is no recommendation/2", where=plan)
    try:
        return [read_as(Provenance, one, plan) for one in data["provenance"]]
    except (InputError, KeyError, TypeError) as problem:
        raise InputError("is no recommendation/2 as it was written", where=plan) from problem


def trace_text(record: EvidenceTrace | EvidenceProvenance) -> str:
    """The trace in words."""
    if record["schema"] == "evidence-provenance/1":
        return "".join(f"{p.number}\n    {p.kind}: {p.source}\n" for p in record["provenance"])
    uses = [f"used as {exact_text(u)}" for u in record["used_as"]] or [
        record["discarded"] or "not used by the model"
    ]
    return "\n".join([record["row"], *(f"  {k}: {v}" for k, v in record["values"].items()), *uses]) + "\n"
