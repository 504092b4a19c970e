"""Design files of seamless trials: sections of dose-finding files, for the run-in, beside those of the
randomised part.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError
from ...files.toml import Document
from ...units import MillionCells
from ..dose_finding.cells import Cells
from ..dose_finding.file import Head, assembled, truth_from
from ..dose_ranging.file import Planned, read_ranging
from ..dose_ranging.persons import Reality
from .hand_over import HandOver, RunIn

SEAMLESS = "seamless"  # the type of these designs
RUN_IN = ("run_in", "hand_over", "timing", "propose", "limit", "stop", "pause", "select", "cells", "truth")
_SAME = ("dose_cv", "failure")  # of the product, whoever gets it


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunIn:
    """``[run_in]``: the doses are all active ones unless given."""

    cohort: int
    patients: int
    start: MillionCells | None = None
    doses: tuple[MillionCells, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSeamless(Planned):
    """A planned dose-ranging part, and the ``run_in`` before it."""

    run_in: RunIn


def read_seamless(document: Document) -> PlannedSeamless:
    """The design of a document, both parts. Raises ``InputError`` naming file, line and key."""
    for section in ("comparator", "background"):
        if document.table(section) is not None:
            raise document.refuse(
                "has no place in a seamless design",
                section,
                remedy="the run-in treats with cells alone: simulate its two parts as two designs",
            )
    part_two = read_ranging(document, types=(SEAMLESS,), beside=RUN_IN)
    design = part_two.design
    return PlannedSeamless(
        type=part_two.type,
        domain=part_two.domain,
        margin=part_two.margin,
        design=design,
        run_in=read_run_in(document, design.name, design.doses, design.reality),
    )


def read_run_in(document: Document, name: str, doses: tuple[MillionCells, ...], reality: Reality) -> RunIn:
    """Part one of the seamless design ``name``, whose part two has ``doses``. Raises ``InputError`` naming
    file, line and key.
    """
    table = document.table("run_in")
    if table is None:
        raise InputError(
            "has no section [run_in]",
            where=document.path,
            remedy="see: the template seamless; without a run-in the type is dose-ranging",
        )
    said = document.make(_RunIn, "run_in", table)
    own = doses[1:] if said.doses is None else said.doses
    for dose in own:
        if dose not in doses[1:]:
            raise document.refuse(
                f"{dose:g} million cells is no active dose of the design",
                "run_in",
                "doses",
                allowed=", ".join(f"{d:g}" for d in doses[1:]),
            )
    head = Head(
        name=f"{name}, run-in",
        doses=own,
        cohort=said.cohort,
        patients=said.patients,
        start=said.start,
        harm="local",  # as part two counts it
    )
    design = assembled(document, head, "run_in", _cells(document, reality))
    hand_over = document.make(HandOver, "hand_over", document.table("hand_over") or {})
    if hand_over.least > said.patients:
        raise document.refuse(
            f"{hand_over.least} patients at one dose",
            "hand_over",
            "least",
            allowed=f"up to {said.patients}, the patients of the run-in",
        )
    if (
        hand_over.scores == "stratum"
        and (document.table("analysis") or {}).get("method") == "select and confirm"
    ):
        raise document.refuse(
            "'stratum' cannot be used",
            "hand_over",
            "scores",
            allowed="'apart' with select and confirm, which tests the randomised patients by stages",
        )
    stated = document.table("truth") is not None
    truth = truth_from(document, own, own_cells=False) if stated else None
    return RunIn(design=design, hand_over=hand_over, truth=truth)


def _cells(document: Document, reality: Reality) -> Cells:
    """``[cells]`` of the run-in; what [reality] says of the same product need not be said twice, and not
    otherwise.
    """
    table = document.table("cells") or {}
    shared = {key: getattr(reality, key) for key in _SAME}
    for key in _SAME:
        if key in table and table[key] != shared[key]:
            raise document.refuse(
                f"{table[key]!r}, where [reality] says {shared[key]:g}",
                "cells",
                key,
                remedy="say it once, in [reality]: the product is the same in both parts",
            )
    return document.make(Cells, "cells", {**shared, **table})
