"""How a simulated estimate is written: its value ± one Monte-Carlo standard error."""

from __future__ import annotations

from collections.abc import Mapping

from ...trial.estimate import Estimate
from ..frame.numbers import plus_minus, share_plus_minus


def percent(e: Estimate) -> str:
    """A share with its error, "12.3 ± 0.4 %"."""
    return share_plus_minus(e.value, e.monte_carlo_se)


def number(e: Estimate) -> str:
    """A mean with its error, "2.40 ± 0.12"."""
    return plus_minus(e.value, e.monte_carlo_se)


def said(row: Mapping[str, object], key: str, share: bool = False) -> str:
    """The estimate of that name in a record; empty where it has none."""
    e = row.get(key)
    return (percent if share else number)(e) if isinstance(e, Estimate) else ""
