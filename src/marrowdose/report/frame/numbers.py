"""How numbers are written: never finer than they are known, never "−0", never certainty.

Two kinds are kept apart: "58 of 100" counts people; "91 %" is how sure we are.
"""

from __future__ import annotations

from collections.abc import Callable

from ...domain import Band
from ...units import MillionCells, Months, Points, Probability

UNKNOWN = "not known"
Z95 = 1.959963984540054  # half-width of a 95 % interval in standard errors


def number(x: float) -> str:
    """Whole, or one decimal below 1; a true minus sign; never "−0".

    >>> number(12.4), number(-0.34), number(-0.01)
    ('12', '−0.3', '0')
    """
    rounded = round(x, 0 if abs(x) >= 0.95 else 1)
    return f"{rounded:g}".replace("-", "−") if rounded else "0"


def signed(x: float) -> str:
    """A number with its sign, for changes."""
    return f"+{number(x)}" if round(x, 1) > 0 else number(x)


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


def share(p: Probability | None) -> str:
    """``58 %``, ``<1 %`` for tables."""
    return "–" if p is None else f"{of_100(p)} %"


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


def estimate(band: Band | None) -> str:
    """``7 (−2 to 16)`` for tables: mean and 95 % band."""
    return UNKNOWN if band is None else f"{number(band.mean)} ({interval(band)})"


def frequency(band: Band) -> str:
    """``24 (8 to 47)`` of 100, for tables: mean and 95 % band."""
    return f"{of_100(band.mean)} ({of_100(band.q025)} to {of_100(band.q975)})"


def months(month: Months) -> str:
    """``12 months``, ``1 month``."""
    return f"{month:g} month{'' if month == 1 else 's'}"


def true_minus(written: str) -> str:
    """A written number with a true minus sign for the hyphen."""
    return written.replace("-", "−")


def significant(value: float, digits: int = 3) -> str:
    """``0.123``, ``−12.3``, ``1250``: significant digits, or the whole number where it has more of them."""
    return true_minus(f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}")


def tick(value: float) -> str:
    """``25``, ``−2.5``: a value of an axis, as short as it is."""
    return significant(value, 6)


def decimals(value: float, places: int = 2) -> str:
    """``−12.30``, ``1,234``: a fixed number of decimals, thousands apart; never "−0"."""
    return true_minus(f"{round(value, places) + 0.0:,.{places}f}")


def tenths(value: float) -> str:
    """``−12.3``: one decimal."""
    return decimals(value, 1)


def whole(value: float) -> str:
    """``1,234``: no decimal."""
    return decimals(value, 0)


def signed_decimals(value: float, places: int = 2) -> str:
    """``+1.20``, ``−0.30``, ``0.00``: a difference with a fixed number of decimals."""
    written = decimals(value, places)
    return f"+{written}" if value > 0 and written.strip("0.") else written


def signed_tenths(value: float) -> str:
    """``+1.2``: a difference with one decimal."""
    return signed_decimals(value, 1)


def banded(value: float, low: float, high: float, write: Callable[[float], str] = significant) -> str:
    """``7.1 (−2.2 to 16.4)``: a value and the ends of its interval."""
    return f"{write(value)} ({write(low)} to {write(high)})"


def plus_minus(value: float, error: float, places: int = 2) -> str:
    """``2.40 ± 0.12``: a simulated number and its Monte-Carlo standard error."""
    return f"{decimals(value, places)} ± {decimals(error, places)}"


def simulated_share(share: Probability) -> str:
    """``58.3 %``: a share of simulated trials or patients."""
    return f"{tenths(100 * share)} %"


def share_plus_minus(share: Probability, error: Probability) -> str:
    """``58.3 ± 0.4 %``: a simulated share and its Monte-Carlo standard error."""
    return f"{plus_minus(100 * share, 100 * error, 1)} %"
