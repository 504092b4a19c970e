"""``recommendation/2``: the Recommendation as JSON, the same bytes for the same content."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from ...domain import Recommendation
from ...files.json import text_of
from ...joint.action import DoseAction


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord(Recommendation):
    """What marrowdose says about the dose of bone-marrow stem cells for one knee: the answer, its reasons and
    its doubts. Every rendering draws from it; none computes.
    """

    how_it_may_act: Annotated[
        DoseAction | None,
        "An explanation beside the advice, on which no advice rests; null where no dose is named.",
    ] = None


def to_json(rec: Recommendation, action: DoseAction | None = None) -> str:
    """The Recommendation: fields in their own order, 2-space indentation, no NaN.

    ``action`` stands beside it as ``how_it_may_act``: an explanation, on which no advice rests.

    Raises ``ValueError`` naming the field that holds a number which is not finite.
    """
    said = {f.name: getattr(rec, f.name) for f in fields(Recommendation)}
    return text_of(PlanRecord(**said, how_it_may_act=action), "recommendation")
