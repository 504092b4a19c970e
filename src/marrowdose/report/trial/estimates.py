"""How a simulated estimate is written: its value ± one Monte-Carlo standard error."""

from __future__ import annotations

from collections.abc import Mapping

from ...trial.estimate import Estimate


def percent(e: Estimate) -> str:
    """A share with its error, "12.3 ± 0.4 %"."""
    return f"{100 * e.value:.1f} ± {100 * e.monte_carlo_se:.1f} %"


def number(e: Estimate) -> str:
    """A mean with its error."""
    return f"{e.value:.2f} ± {e.monte_carlo_se:.2f}"


def said(row: Mapping[str, object], key: str, share: bool = False) -> str:
    """The estimate of that name in a record; empty where it has none."""
    e = row.get(key)
    return (percent if share else number)(e) if isinstance(e, Estimate) else ""
