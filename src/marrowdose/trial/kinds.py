"""Which kind of trial a design file describes, and the noun that each kind is read into.

A room is imported when a design of its kind is read: an escalation needs none of the analyses of randomised
trials.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..errors import InputError
from ..files.toml import Document

if TYPE_CHECKING:
    from .dose_finding.file import PlannedFinding
    from .dose_ranging.file import Planned
    from .seamless.file import PlannedSeamless

Kind = Literal["dose finding", "dose ranging", "seamless"]
KINDS: dict[str, Kind] = {
    "escalation": "dose finding",
    "dose-ranging": "dose ranging",
    "confirmatory": "dose ranging",
    "extension": "dose ranging",
    "seamless": "seamless",
}


def kind_of(document: Document) -> Kind:
    """The kind by ``type`` of ``[design]``; a type that is missing or unknown is for dose finding to take or
    refuse.
    """
    found = (document.table("design") or {}).get("type")
    return KINDS.get(found, "dose finding") if isinstance(found, str) else "dose finding"


def is_longitudinal(document: Document) -> bool:
    """Whether the patients of a design are followed over time, in randomised groups."""
    return kind_of(document) != "dose finding"


def read_longitudinal(document: Document) -> Planned:
    """The longitudinal design of a document, with a run-in before it or without.

    Raises ``InputError`` naming file, line and key.
    """
    if kind_of(document) == "seamless":
        from .seamless.file import read_seamless

        return read_seamless(document)
    from .dose_ranging.file import read_ranging

    return read_ranging(document)


def read_part_one(document: Document) -> tuple[PlannedFinding, PlannedSeamless | None]:
    """The dose-finding design of a document, and the whole plan where that is its part one.

    Raises ``InputError`` naming file, line and key, and for a design that randomises from the start.
    """
    from .dose_finding.file import PlannedFinding, read_finding

    kind = kind_of(document)
    if kind == "seamless":
        from .seamless.file import read_seamless

        whole = read_seamless(document)
        return PlannedFinding(design=whole.run_in.design, truth=whole.run_in.truth), whole
    if kind == "dose ranging":
        raise InputError(
            "randomises its patients: it has no next dose and no list of paths",
            where=document.path,
            remedy="simulate it",
        )
    return read_finding(document), None
