"""``recommendation/1``: the Recommendation as JSON, the same bytes for the same content, and its schema."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from importlib.resources import files
from typing import Any

from ...domain import Recommendation
from ...joint.action import DoseAction
from .words import spoken

_DIGITS = 6  # significant digits: finer than any Monte-Carlo error here, coarse enough to compare by eye


def to_json(rec: Recommendation, action: DoseAction | None = None) -> str:
    """The Recommendation with its sentences: fields in their own order, 2-space indentation, no NaN.

    ``action`` stands beside it as ``how_it_may_act``: an explanation, on which no advice rests.

    Raises ``ValueError`` naming the field that holds a number which is not finite.
    """
    record = rounded(spoken(rec), "recommendation")
    if action is not None:
        record["how_it_may_act"] = rounded(action, "how_it_may_act")
    return text_of(record)


def text_of(value: Any, where: str = "value") -> str:
    """Any record as JSON text, rounded, with 2-space indentation. Raises ``ValueError`` as ``to_json`` does."""
    return json.dumps(rounded(value, where), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of ``recommendation/1``."""
    text = files("marrowdose").joinpath("schema/recommendation-1.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def rounded(value: Any, where: str = "value") -> Any:
    """Dataclasses, tuples and NumPy numbers as what JSON knows, floats to 6 significant digits.

    Raises ``ValueError`` telling ``where`` a number is not finite.
    """
    if is_dataclass(value):
        return {f.name: rounded(getattr(value, f.name), f"{where}.{f.name}") for f in fields(value)}
    if isinstance(value, dict):
        return {str(key): rounded(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [rounded(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if hasattr(value, "tolist"):  # a NumPy array or scalar
        return rounded(value.tolist(), where)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value}: only finite numbers can be written")
        return float(f"{value:.{_DIGITS}g}") + 0.0  # −0.0 + 0.0 is 0.0
    return value
