"""Sections of a design file on what stands beside doses and analysis: comparator, background and
randomisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from ...errors import InputError
from ...files.toml import Document
from ...units import Probability
from .comparator import Background, Comparator
from .design import Ranging
from .looks import Adapting
from .randomisation import Randomisation


class FurtherSections(TypedDict, total=False):
    """Fields of a ``Ranging`` by the sections that a file has."""

    comparator: Comparator
    background: Background
    randomisation: Randomisation


def further_sections(
    document: Document, *, doses: Sequence[float], known: Sequence[Probability]
) -> FurtherSections:
    """Fields of a ``Ranging`` by these sections; ``known`` is the information at looks. Raises
    ``InputError``.
    """
    found = FurtherSections()
    if (table := document.table("comparator")) is not None:
        for key in ("looks", "compared"):
            if key in table:
                raise document.refuse(
                    "is not stated here", "comparator", key, remedy="it follows from [design]"
                )
        if known and not known[0] > 0:
            raise document.refuse(
                "nobody has been seen by the first look",
                "design",
                "looks",
                remedy="look later, or enrol more slowly",
            )
        own = {"looks": tuple(known), "compared": len(doses) - 1}
        found["comparator"] = document.make(Comparator, "comparator", table, defaults=own)
    if (table := document.table("background")) is not None:
        found["background"] = document.make(Background, "background", table)
    if (table := document.table("randomisation")) is not None:
        found["randomisation"] = document.make(Randomisation, "randomisation", table)
    if "comparator" in found and "background" in found:
        raise document.refuse(
            "stands beside [comparator]",
            "background",
            remedy="keep one: with a background, placebo is the arm of it alone",
        )
    return found


def require_usable(document: Document, design: Ranging) -> None:
    """Raises ``InputError`` where [randomisation] asks what its design cannot do."""
    chance = design.randomisation
    if chance is None:
        return
    adapts = isinstance(design.analysis, Adapting) and design.analysis.adapt > 0

    def refuse(what: str, key: str, *, allowed: str = "", remedy: str = "") -> InputError:
        return document.refuse(what, "randomisation", key, allowed=allowed, remedy=remedy)

    if not adapts:
        for key in ("every", "burn_in", "least", "cap"):
            if getattr(chance, key) != getattr(Randomisation(), key):
                raise refuse(
                    "has no use: the allocation does not adapt",
                    key,
                    remedy='method = "smallest sufficient" with adapt above 0 does',
                )
        if chance.block > 1:
            quotas = [chance.block * part / sum(design.parts) for part in design.parts]
            if any(abs(q - round(q)) > 1e-9 for q in quotas):
                raise refuse(
                    f"a block of {chance.block} has no whole number of patients in every arm",
                    "block",
                    allowed=f"1, or a multiple that divides by {':'.join(f'{p:g}' for p in design.parts)}",
                )
    if max(chance.block, chance.every or 0, chance.burn_in) > design.patients:
        key = next(k for k in ("block", "every", "burn_in") if (getattr(chance, k) or 0) > design.patients)
        raise refuse(
            f"{getattr(chance, key)} patients", key, allowed=f"up to the {design.patients} of the trial"
        )
    planned = design.allocation[0] / sum(design.allocation)
    if planned + chance.least * (len(design.doses) - 1) > 1 or chance.least > planned:
        raise refuse(
            f"{chance.least:g} of the patients for every arm",
            "least",
            allowed=(
                f"up to {min(planned, (1 - planned) / (len(design.doses) - 1)):.3g}, what placebo and the"
                " doses leave"
            ),
        )
