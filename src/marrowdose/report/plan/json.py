"""``recommendation/1``: the Recommendation as JSON, the same bytes for the same content, and its schema."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from ...domain import Recommendation
from ...files.json import parse_json, rounded, text_of
from ...joint.action import DoseAction
from .words import spoken


def to_json(rec: Recommendation, action: DoseAction | None = None) -> str:
    """The Recommendation with its sentences: fields in their own order, 2-space indentation, no NaN.

    ``action`` stands beside it as ``how_it_may_act``: an explanation, on which no advice rests.

    Raises ``ValueError`` naming the field that holds a number which is not finite.
    """
    record = rounded(spoken(rec), "recommendation")
    if action is not None:
        record["how_it_may_act"] = rounded(action, "how_it_may_act")
    return text_of(record)


def schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of ``recommendation/1``."""
    text = files("marrowdose").joinpath("schema/recommendation-1.schema.json").read_text("utf-8")
    found: dict[str, Any] = parse_json(text, "the schema")
    return found
