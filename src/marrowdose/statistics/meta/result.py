"""What every result of the frequentist room can do: write itself as JSON."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from ...files.json import text_of


class Result:
    """A frozen dataclass of numbers, tuples, arrays and further results."""

    __slots__ = ()

    def record(self) -> dict[str, Any]:
        """Field → value as what JSON knows; functions are left out, a number that is not finite is null."""
        found: dict[str, Any] = plain(self)
        return found

    def to_json(self) -> str:
        """The record as JSON text, fields in their own order: the same bytes for the same result."""
        return text_of(self.record())


def plain(value: Any) -> Any:
    """Dataclasses, arrays and NumPy numbers as dictionaries, lists and floats; None if not finite."""
    if is_dataclass(value):
        parts = {f.name: getattr(value, f.name) for f in fields(value)}
        return {name: plain(part) for name, part in parts.items() if not callable(part)}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
