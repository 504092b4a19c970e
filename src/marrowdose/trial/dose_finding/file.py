"""A dose-finding design, and a truth to simulate it under, as TOML files that people write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files.toml import Document, read_document
from ...units import MillionCells, Probability
from ..truths.harm import Harm
from .backfill import Backfill
from .cells import AS_PLANNED, Cells
from .design import Design, Timing, require_plan
from .parts import Role, kinds, part_class
from .rules import Part, Select
from .true_rates import Correlation, TrueRates

SECTIONS = ("design", "timing", "propose", "limit", "stop", "pause", "select", "cells", "backfill", "truth")
ESCALATION = "escalation"  # the type of a design that names none


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """``[design]``, or what stands for it."""

    name: str
    doses: tuple[float, ...]
    cohort: int
    patients: int
    start: float | None = None
    type: str = ESCALATION
    harm: Harm = "serious"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """``[truth]``: what is true at some doses, of which a design may use a part."""

    toxicity: tuple[Probability, ...]
    efficacy: tuple[Probability, ...] | None = None
    doses: tuple[MillionCells, ...] | None = None  # those of the design unless given
    association: Correlation = 0.0
    late: Probability = 0.5
    without: Probability | None = None  # efficacy without cells
    name: str = ""
    score: tuple[float, ...] | None = None
    score_sd: tuple[float, ...] | None = None
    grades: tuple[tuple[Probability, ...], ...] | None = None
    grade_scores: tuple[float, ...] | None = None
    levels: tuple[tuple[Probability, ...], ...] | None = None  # of efficacy, which is then left out

    def at(self, doses: tuple[float, ...], cells: Cells | None = None) -> TrueRates:
        """The truth at the doses of a design. Raises ``InputError`` where it says nothing of one."""
        own = doses if self.doses is None else self.doses
        by_dose: dict[str, Any] = {
            k: getattr(self, k) for k in ("toxicity", "efficacy", "score", "score_sd", "grades", "levels")
        }
        if self.levels is not None and self.efficacy is None:
            by_dose["efficacy"] = tuple(1 - row[0] if row else 0.0 for row in self.levels)
        for name, values in by_dose.items():
            if values is not None and len(values) != len(own):
                raise InputError(
                    f"{len(values)} values for {len(own)} doses", where=name, allowed="one a dose"
                )
        for dose in doses:
            if dose not in own:
                raise InputError(
                    f"nothing is said of {dose:g} million cells",
                    where="doses",
                    remedy="add this dose with its probabilities",
                )
        rising = all(a < b for a, b in pairwise(own))
        if cells is not None and not rising:
            raise InputError(f"{list(own)} do not increase", where="doses", remedy="order them, each once")
        rest: dict[str, Any] = {
            "association": self.association,
            "late": self.late,
            "without": self.without,
            "name": self.name,
            "grade_scores": self.grade_scores,
        }
        stated = None if own == doses or not rising else TrueRates(**by_dose, **rest, doses=own)
        rows = [own.index(d) for d in doses]
        cut = {k: None if v is None else tuple(v[i] for i in rows) for k, v in by_dose.items()}
        return TrueRates(**{**cut, **rest}, cells=cells, stated=stated)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFinding:
    """A dose-finding design, and the ``truth`` that its file states, if any."""

    design: Design
    truth: TrueRates | None = None


def read_finding(document: Document) -> PlannedFinding:
    """The design of a document and its truth. Raises ``InputError`` naming file, line and key."""
    design = design_from(document)
    stated = document.table("truth") is not None
    truth = truth_from(document, design.doses, own_cells=False) if stated else None
    return PlannedFinding(design=design, truth=truth)


def read_design(path: str | Path) -> tuple[Design, TrueRates | None]:
    """The design of a file and the truth it holds, if any. Raises ``InputError`` naming file, line and
    key.
    """
    found = read_finding(read_document(path))
    return found.design, found.truth


def truth_from(document: Document, doses: tuple[float, ...], *, own_cells: bool = True) -> TrueRates:
    """``[truth]`` at some doses, with ``[cells]`` where they are its own. Raises ``InputError`` naming file,
    line and key.
    """
    table = document.table("truth")
    if table is None:
        raise InputError(
            "has no section [truth]",
            where=document.path,
            remedy="see docs/how-to/design-an-escalation-trial.md",
        )
    scenario = document.make(Scenario, "truth", table)
    return document.call(scenario.at, "truth", doses=doses, cells=_cells(document) if own_cells else None)


def _cells(document: Document) -> Cells | None:
    table = document.table("cells")
    return None if table is None else document.make(Cells, "cells", table)


def _backfill(document: Document, shared: Mapping[str, object]) -> Backfill | None:
    table = document.table("backfill")
    return None if table is None else document.make(Backfill, "backfill", table, defaults=shared)


def design_from(document: Document) -> Design:
    """The design of a document. Raises ``InputError`` naming file, line and key."""
    document.only_sections(SECTIONS)
    table = document.table("design")
    if table is None:
        raise InputError(
            "has no section [design]", where=document.path, remedy="see: the template escalation"
        )
    head = document.make(Head, "design", table)
    if head.type != ESCALATION:
        raise document.refuse(
            f"{head.type!r} is no dose-finding design", "design", "type", allowed=repr(ESCALATION)
        )
    return assembled(document, head, "design", _cells(document) or AS_PLANNED)


def assembled(document: Document, head: Head, section: str, cells: Cells) -> Design:
    """The design of a head, which stands in ``section``, with the parts of the document. Raises
    ``InputError``.
    """
    document.call(require_plan, section, doses=head.doses, cohort=head.cohort, patients=head.patients)
    if head.start is not None and head.start not in head.doses:
        raise document.refuse(
            f"{head.start:g} is not usable", section, "start", allowed=", ".join(f"{d:g}" for d in head.doses)
        )
    propose = _part(document, "propose", {})
    shared = {"target": propose.target} if hasattr(propose, "target") else {}
    several: dict[str, Any] = {
        f"{role}s": tuple(_part(document, role, shared, i) for i in range(len(document.tables(role))))
        for role in ("limit", "stop", "pause")
    }
    select = propose  # the same part, where it is named alone and chooses too
    if not (isinstance(propose, Select) and document.table("select") == _kind_alone(document)):
        select = _part(document, "select", shared)
    for role, parts in (
        ("propose", (propose,)),
        *((r[:-1], p) for r, p in several.items()),
        ("select", (select,)),
    ):
        for number, part in enumerate(parts):
            document.call(
                part.fits, role, number, doses=head.doses, cohort=head.cohort, patients=head.patients
            )
    return document.call(
        Design,
        section,
        name=head.name,
        doses=head.doses,
        cohort=head.cohort,
        patients=head.patients,
        start=0 if head.start is None else head.doses.index(head.start),
        propose=propose,
        select=select,
        timing=document.make(Timing, "timing", document.table("timing") or {}),
        cells=cells,
        harm=head.harm,
        backfill=_backfill(document, shared),
        **several,
    )


def _kind_alone(document: Document) -> Mapping[str, object]:
    return {"kind": (document.table("propose") or {}).get("kind")}


def _part(document: Document, role: Role, defaults: Mapping[str, object], number: int | None = None) -> Part:
    """The part that a section describes; ``number`` for those that may be written several times."""
    table = document.table(role) if number is None else document.tables(role)[number]
    number = number or 0
    if table is None:
        raise InputError(
            f"has no section [{role}]",
            where=document.path,
            remedy=f"give one of kind {', '.join(kinds(role))}",
        )
    kind = table.get("kind")
    if not isinstance(kind, str):
        raise document.refuse(
            "'kind' is missing or no text", role, "kind", number, allowed=", ".join(kinds(role))
        )
    try:
        cls = part_class(role, kind)
    except InputError as problem:
        raise document.refuse(problem.what, role, "kind", number, allowed=problem.allowed) from problem
    given = {k: v for k, v in table.items() if k != "kind"}
    return document.make(cls, role, given, number=number, defaults=defaults)
