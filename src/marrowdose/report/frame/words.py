"""Words that several stories share."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain import Comparator

STALE = (
    "The evidence tables have changed since these results were computed. "
    "Fit the model again before using any number on this page."
)


LABEL: dict[Comparator, str] = {
    "placebo": "Placebo",
    "ha": "Hyaluronic acid",
    "corticosteroid": "Corticosteroid",
}


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
