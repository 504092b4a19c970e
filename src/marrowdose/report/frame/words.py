"""Words that several stories share."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain import Comparator

STALE = (
    "The evidence tables have changed since these results were computed. "
    "Fit the model again before using any number on this page."
)


TREATMENT: dict[Comparator, str] = {
    "placebo": "placebo",
    "ha": "hyaluronic acid",
    "corticosteroid": "a corticosteroid",
}


LABEL: dict[Comparator, str] = {
    "placebo": "Placebo",
    "ha": "Hyaluronic acid",
    "corticosteroid": "Corticosteroid",
}


def sentence(said: str) -> str:
    """A capital at the beginning and a full stop at the end."""
    said = capital(said.strip())
    return said if said.endswith((".", "!", "?")) else f"{said}."


def capital(said: str) -> str:
    """A capital at the beginning."""
    return said[:1].upper() + said[1:]


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
