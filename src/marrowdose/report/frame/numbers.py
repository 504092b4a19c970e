"""How numbers are written in tables; ``wording`` says how they are written in sentences."""

from __future__ import annotations

from collections.abc import Callable

from ...domain import Band
from ...units import Probability
from ...wording import interval, number, of_100

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


def true_minus(written: str) -> str:
    """A written number with a true minus sign for the hyphen."""
    return written.replace("-", "−")


def significant(value: float, digits: int = 3) -> str:
    """``0.123``, ``−12.3``, ``1250``: significant digits, or the whole number where it has more of them."""
    return true_minus(f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}")


def four_digits(value: float) -> str:
    """``0.1642``, ``−12.34``: four significant digits, as statistical programs print estimates."""
    return significant(value, 4)


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
