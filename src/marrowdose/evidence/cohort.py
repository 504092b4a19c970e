"""Who was treated in the trials: age, BMI, sex and KL grade of the arms, pooled, with the rows they come
from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..domain import EvidenceRow
from ..errors import require
from ..units import Probability
from .contrasts import is_pooled
from .row import Row
from .tables import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Mean and SD over persons: within arms and between them."""

    mean: float
    sd: float
    patients: int
    rows: tuple[EvidenceRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Share of persons in each class, the shares adding to 1."""

    shares: Mapping[str, Probability]
    patients: int
    rows: tuple[EvidenceRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The knees of all arms that report the figure, whatever they were treated with."""

    age: Spread
    bmi: Spread
    sex: Shares
    kl_grade: Shares


def cohort(evidence: Evidence) -> Cohort:
    """Pool the baseline figures of ``arms.csv``.

    An arm that repeats its parts counts only where no part reports the figure. Raises ``InputError`` where
    no arm reports one.
    """
    women = [
        (row, n, n * (row.number("pct_female") or 0) / 100) for row, n in _reporting(evidence, "pct_female")
    ]
    grades = [f"kl{k}_n" for k in (1, 2, 3, 4)]
    graded = [row for row, _ in _reporting(evidence, "kl2_n")]
    counts = {g[2]: sum(row.number(g) or 0 for row in graded) for g in grades}
    female = sum(f for _, _, f in women) / sum(n for _, n, _ in women)
    total = sum(counts.values())
    return Cohort(
        age=_spread(evidence, "age"),
        bmi=_spread(evidence, "bmi"),
        sex=Shares(
            shares={"female": female, "male": 1 - female},
            patients=int(sum(n for _, n, _ in women)),
            rows=tuple(row.ref for row, _, _ in women),
        ),
        kl_grade=Shares(
            shares={k: c / total for k, c in counts.items() if c},
            patients=int(total),
            rows=tuple(row.ref for row in graded),
        ),
    )


def _reporting(evidence: Evidence, column: str) -> list[tuple[Row, float]]:
    """Arms with this figure and their number of patients."""
    found = [
        (r, r.number("n_randomised") or r.number("n_analysed") or 0.0) for r in evidence.arms if r[column]
    ]
    parts = {r["study_id"] for r, n in found if n and not is_pooled(evidence, r["study_id"], r["arm_id"])}
    kept = [
        (r, n)
        for r, n in found
        if n and not (r["study_id"] in parts and is_pooled(evidence, r["study_id"], r["arm_id"]))
    ]
    require(bool(kept), f"no arm reports {column}", where="arms.csv")
    return kept


def _spread(evidence: Evidence, what: str) -> Spread:
    """Total variance = variance within arms + variance of the arms' means, both weighted by patients."""
    arms = [(r, n) for r, n in _reporting(evidence, f"{what}_mean") if r[f"{what}_sd"]]
    require(bool(arms), f"no arm reports {what}_sd", where="arms.csv")
    n = np.array([k for _, k in arms])
    means = np.array([float(r[f"{what}_mean"]) for r, _ in arms])
    sds = np.array([float(r[f"{what}_sd"]) for r, _ in arms])
    mean = float(n @ means / n.sum())
    variance = float(n @ (sds**2 + (means - mean) ** 2) / n.sum())
    return Spread(mean=mean, sd=variance**0.5, patients=int(n.sum()), rows=tuple(r.ref for r, _ in arms))
