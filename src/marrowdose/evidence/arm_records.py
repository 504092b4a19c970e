"""One arm at one month in one instrument, and many of them as ``Contrasts``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..domain import Contrasts, EvidenceRow, Origin
from ..units import Count, MillionCells, Months, Points


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRecord:
    """One arm at one month in one instrument, as improvement from baseline.

    ``block`` is the randomisation block (a cohort with a control of its own); contrasts are taken inside a
    block only, so randomisation is kept. ``baseline`` is the arm's mean severity, NaN where not reported.
    The variance of ``improvement`` is
    (1−b)²·var_baseline + var_follow_up − 2(1−b)·r·√(var_baseline·var_follow_up) where both are given,
    ``var_change`` where the paper reported (or we imputed) the SD of change, what is not given being NaN;
    all are already divided by n. ``load_pain`` and ``load_function`` say what the instrument
    measures (a WOMAC total is mostly function). ``ha``, ``corticosteroid``, ``prp``: 1 where the arm received
    it, alone or as adjunct, else 0.
    """

    study: str
    block: str
    arm: str
    instrument: str
    source: str
    treatment: str
    dose: MillionCells  # 0 for an arm without cells
    month: Months
    improvement: Points
    baseline: Points
    n: Count
    var_change: float
    var_baseline: float
    var_follow_up: float
    sd_imputed: bool
    composite: bool
    load_pain: float
    load_function: float
    ha: float
    corticosteroid: float
    prp: float
    randomised: bool
    origin: Origin
    rows: tuple[EvidenceRow, ...]
    notes: str


def contrasts_of(records: Sequence[ArmRecord]) -> Contrasts:
    """Records, at least one, as ``Contrasts``: numbers become arrays, texts stay tuples."""
    stacked: dict[str, Any] = {}
    for name in Contrasts.__dataclass_fields__:
        column = [getattr(record, name) for record in records]
        numbers = isinstance(column[0], (bool, int, float, np.floating))
        stacked[name] = np.array(column) if numbers else tuple(column)
    return Contrasts(**stacked)
