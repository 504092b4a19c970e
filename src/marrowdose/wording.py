"""How numbers and treatments are written in a sentence: never finer than they are known, never certain.

Two kinds of numbers are kept apart: "58 of 100" counts people; "91 %" is how sure we are.
"""

from __future__ import annotations

from .domain import Band, Comparator
from .units import MillionCells, Months, Points, Probability

TREATMENT: dict[Comparator, str] = {
    "placebo": "placebo",
    "ha": "hyaluronic acid",
    "corticosteroid": "a corticosteroid",
}


def number(x: float) -> str:
    """Whole, or one decimal below 1; a true minus sign; never "−0".

    >>> number(12.4), number(-0.34), number(-0.01)
    ('12', '−0.3', '0')
    """
    rounded = round(x, 0 if abs(x) >= 0.95 else 1)
    return f"{rounded:g}".replace("-", "−") if rounded else "0"


def dose_text(dose: MillionCells) -> str:
    """A dose in millions without its unit: ``10``, ``2.5``, ``40.9``."""
    return f"{round(dose, 1):.12g}"


def dose_range(low: MillionCells, high: MillionCells) -> str:
    """``10 to 25 million``, or ``10 million`` where both ends are the same."""
    ends = dose_text(low) if low == high else f"{dose_text(low)} to {dose_text(high)}"
    return f"{ends} million"


def percent(p: Probability) -> str:
    """How sure we are, as a whole percentage that never claims certainty."""
    if p < 0.005:
        return "less than 1 %"
    return "more than 99 %" if p >= 0.995 else f"{100 * p:.0f} %"


def of_100(p: Probability | None) -> str:
    """People out of 100, as a bare number for tables; ``–`` where it is not known."""
    if p is None:
        return "–"
    if 0 < p < 0.005:
        return "<1"
    return ">99" if 0.995 <= p < 1 else f"{100 * p:.0f}"


def people(p: Probability) -> str:
    """``58 of 100``, ``fewer than 1 of 100``."""
    return f"{of_100(p).replace('<', 'fewer than ').replace('>', 'more than ')} of 100"


def points_added(x: Points) -> str:
    """``add about 12 points``, ``add less than 1 point``, ``fall short by about 2 points``."""
    if abs(x) < 0.5:
        return "add less than 1 point" if x >= 0 else "fall short by less than 1 point"
    size = f"about {abs(x):.0f} point{'' if round(abs(x)) == 1 else 's'}"
    return f"add {size}" if x > 0 else f"fall short by {size}"


def interval(band: Band) -> str:
    """The 95 % band as ``−2 to 16``."""
    return f"{number(band.q025)} to {number(band.q975)}"


def months(month: Months) -> str:
    """``12 months``, ``1 month``."""
    return f"{month:g} month{'' if month == 1 else 's'}"


def sentence(said: str) -> str:
    """A capital at the beginning and a full stop at the end."""
    said = capital(said.strip())
    return said if said.endswith((".", "!", "?")) else f"{said}."


def capital(said: str) -> str:
    """A capital at the beginning."""
    return said[:1].upper() + said[1:]
