"""How numbers are written in tables, and, from ``wording``, how they are written in sentences."""

from __future__ import annotations

from ...domain import Band
from ...units import Probability
from ...wording import (
    dose_range,
    dose_text,
    interval,
    months,
    number,
    of_100,
    people,
    percent,
    points_added,
)

__all__ = [
    "UNKNOWN",
    "dose_range",
    "dose_text",
    "estimate",
    "frequency",
    "interval",
    "months",
    "number",
    "of_100",
    "people",
    "percent",
    "points_added",
    "share",
    "signed",
    "significant",
]

UNKNOWN = "not known"


def signed(x: float) -> str:
    """A number with its sign, for changes."""
    return f"+{number(x)}" if round(x, 1) > 0 else number(x)


def share(p: Probability | None) -> str:
    """``58 %``, ``<1 %`` for tables."""
    return "–" if p is None else f"{of_100(p)} %"


def estimate(band: Band | None) -> str:
    """``7 (−2 to 16)`` for tables: mean and 95 % band."""
    return UNKNOWN if band is None else f"{number(band.mean)} ({interval(band)})"


def frequency(band: Band) -> str:
    """``24 (8 to 47)`` of 100, for tables: mean and 95 % band."""
    return f"{of_100(band.mean)} ({of_100(band.q025)} to {of_100(band.q975)})"


def significant(value: float) -> str:
    """``0.123``, ``−12.3``: three significant digits with a true minus."""
    return f"{value:.3g}".replace("-", "−")
