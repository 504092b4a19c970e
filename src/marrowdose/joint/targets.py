"""Held against measurements: where the model of a typical knee falls beside figures that were measured.

Each target is a row of ``parameters.csv``. The model agrees where the 95 % band of its draws overlaps the
measured interval, or holds the figure where none was printed. Agreement is weak evidence: some ranges were
set with the same figures in view, and the parameters are not fitted to them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..domain import EvidenceRow
from ..units import Array
from .knee import knee_of
from .kpd5 import DAYS_PER_MONTH, course
from .parameters import table

_DOSES = (0.0, 1.0, 50.0)
_MONTHS = (0.0, 30 / DAYS_PER_MONTH, 3.0, 180 / DAYS_PER_MONTH, 12.0, 48.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A measured figure with its interval (None where none was printed) and the model's median and 95 %
    band.
    """

    row: EvidenceRow
    name: str
    unit: str
    measured: float
    low: float | None
    high: float | None
    asked: str
    model: float
    model_low: float
    model_high: float
    agrees: bool
    source: str
    url: str


def targets(*, draws: int = 2000, seed: int = 0) -> tuple[Target, ...]:
    """All targets, from ``draws`` of a typical knee."""
    run = course(knee_of(None).draws(draws, seed), _DOSES, _MONTHS)
    pain, left = run.pain, run.cells[:, 1]
    return (
        _held("f_1mo", left[:, 1], "share of 1 million cells left after 30 days"),
        _held("f_6mo", left[:, 3], "share of 1 million cells left after 180 days"),
        _held("VAS_3", pain[:, 0, 2] - pain[:, 0, 0], "change of pain without cells at month 3"),
        _held(
            "d_MSC", pain[:, 2, 4] - pain[:, 0, 4], "pain after 50 million less pain without cells, month 12"
        ),
        _held("dTh_4y", 100 * (run.cartilage[:, 0, 5] - 1), "change of cartilage in 4 years without cells"),
    )


def _held(symbol: str, values: Array, asked: str) -> Target:
    p = next(p for p in table() if p.symbol == symbol)
    low, middle, high = np.quantile(values, (0.025, 0.5, 0.975)).tolist()
    least, most = (p.value if math.isnan(end) else end for end in (p.low, p.high))
    return Target(
        row=p.row,
        name=p.name,
        unit=p.unit,
        measured=p.value,
        low=None if math.isnan(p.low) else p.low,
        high=None if math.isnan(p.high) else p.high,
        asked=asked,
        model=middle,
        model_low=low,
        model_high=high,
        agrees=bool(low <= most and least <= high),
        source=p.source,
        url=p.url,
    )
