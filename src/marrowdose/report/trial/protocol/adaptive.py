"""The five principles of ICH E20 (draft of June 2025), answered by a design's own rules and simulation.

The guideline is written for confirmatory trials; of the others it is answered as far as it applies.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...frame.document import Block, Points

PRINCIPLES = (
    "Adequacy within the development programme",
    "Adequacy of trial planning",
    "Limiting the chances of erroneous conclusions",
    "Reliability of estimation",
    "Maintenance of trial integrity",
)


def answered(answers: Sequence[str]) -> list[Block]:
    """Each principle with its answer."""
    return [Points([f"{principle}. {said}" for principle, said in zip(PRINCIPLES, answers, strict=True)])]
