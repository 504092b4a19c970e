"""Desirability of a dose from utilities of the four outcomes (BOIN12: Lin, Zhou, Yan, Li & Yuan 2020).

JCO Precision Oncology 4:1393. A patient's utility, divided by 100, counts as a share of an event, so that the
mean utility of a dose has a Beta posterior; its desirability is P(mean utility > benchmark).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincc

from ....errors import require, require_between
from ....statistics.isotonic import pooled
from ....units import Array, Flags, Probability
from ..rules import Sheet
from ..seen import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Utilities:
    """Utility, 0–100, of the outcomes; efficacy without toxicity is 100 and toxicity without efficacy 0."""

    neither: float  # no toxicity, no efficacy
    both: float  # toxicity and efficacy

    def __post_init__(self) -> None:
        require_between(self.neither, 0, 100, where="neither")
        require_between(self.both, 0, 100, where="both")

    @property
    def additive(self) -> bool:
        """Whether toxicity costs the same with and without efficacy: then margins of the counts suffice."""
        return abs(self.neither + self.both - 100) < 1e-9

    def quasi_events(self, n: ArrayLike, toxic: ArrayLike, effective: ArrayLike, both: ArrayLike) -> Array:
        """Sum of utilities over 100, from counts of any one shape."""
        n, t, e, b = (np.asarray(v, float) for v in (n, toxic, effective, both))
        total = 100 * (e - b) + self.neither * (n - t - e + b) + self.both * b
        return np.asarray(total / 100)

    def benchmark(self, toxicity: Probability, efficacy: Probability) -> Probability:
        """Half way from the utility at the two limits (independent outcomes) to the best, over 100."""
        worst = (
            100 * (1 - toxicity) * efficacy
            + self.neither * (1 - toxicity) * (1 - efficacy)
            + self.both * toxicity * efficacy
        )
        return (worst + (100 - worst) / 2) / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Which doses are admissible: not P(toxicity > its limit) ≥ c, not P(efficacy < its limit) ≥ c."""

    toxicity: Probability
    efficacy: Probability
    toxicity_cutoff: Probability = 0.95
    efficacy_cutoff: Probability = 0.9

    def __post_init__(self) -> None:
        require_between(self.toxicity, 0.001, 0.999, where="toxicity")
        require_between(self.efficacy, 0.001, 0.999, where="efficacy")
        require_between(self.toxicity_cutoff, 0.5, 1, where="toxicity_cutoff")
        require_between(self.efficacy_cutoff, 0.5, 1, where="efficacy_cutoff")

    def admissible(self, n: ArrayLike, toxic: ArrayLike, effective: ArrayLike) -> Flags:
        """Of counts of any one shape; a dose nobody had is admissible. Uniform priors."""
        return self.tolerable(n, toxic) & self.active(n, effective)

    def tolerable(self, n: ArrayLike, toxic: ArrayLike) -> Flags:
        """Not very likely too toxic."""
        n, t = np.asarray(n, float), np.asarray(toxic, float)
        return np.asarray(betaincc(1 + t, 1 + n - t, self.toxicity) < self.toxicity_cutoff)

    def active(self, n: ArrayLike, effective: ArrayLike) -> Flags:
        """Not very likely too idle."""
        n, e = np.asarray(n, float), np.asarray(effective, float)
        return np.asarray(betainc(1 + e, 1 + n - e, self.efficacy) < self.efficacy_cutoff)


def desirability(n: ArrayLike, quasi: ArrayLike, benchmark: Probability) -> Array:
    """P(mean utility > benchmark), uniform prior; equal counts give exactly equal numbers."""
    n, quasi = np.asarray(n, float), np.asarray(quasi, float)
    return np.asarray(np.round(betaincc(1 + quasi, 1 + n - quasi, benchmark), 12))


@cache
def table(utilities: Utilities, limits: Limits, most: int) -> tuple[Array, Flags]:
    """Desirability and admissibility by [patients, toxicities, efficacies], for additive utilities."""
    n, y = np.mgrid[: most + 1, : most + 1]
    within = np.maximum(n, y)  # more events than patients mean nothing, and must not disturb
    allowed = limits.tolerable(within, y)[:, :, None] & limits.active(within, y)[:, None, :]
    n, t, e = np.mgrid[: most + 1, : most + 1, : most + 1]
    possible = (t <= n) & (e <= n)
    n, t, e = n[possible], t[possible], e[possible]
    quasi = utilities.quasi_events(n, t, e, np.maximum(t + e - n, 0)).round(9)
    states, same = np.unique(n + 1j * quasi, return_inverse=True)  # many counts have one and the same utility
    benchmark = utilities.benchmark(limits.toxicity, limits.efficacy)
    value = np.full(possible.shape, np.nan)
    value[possible] = desirability(states.real, states.imag, benchmark)[same]
    return value, allowed & possible


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable:
    """The published decision table: one row for each (patients, toxicities, efficacies)."""

    patients: NDArray[np.int64]
    toxic: NDArray[np.int64]
    effective: NDArray[np.int64]
    score: (
        Array  # rank of desirability among the admissible rows, mid-ranks for ties; NaN where not admissible
    )


def score_table(utilities: Utilities, limits: Limits, sizes: Iterable[int]) -> ScoreTable:
    """Rank-based desirability scores for these numbers of patients at a dose (Table 3 of Lin et al.)."""
    require(
        utilities.additive,
        f"utilities {utilities.neither:g} and {utilities.both:g} do not add up to 100",
        where="utilities",
        allowed="neither + both = 100, so that toxicities and efficacies alone decide",
        remedy="ask for the next dose instead of a table",
    )
    rows = [(n, t, e) for n in sizes for t in range(n + 1) for e in range(n + 1)]
    n, t, e = np.array(rows, int).reshape(-1, 3).T
    value, allowed = (a[n, t, e] for a in table(utilities, limits, int(n.max(initial=0))))
    score = np.full(len(n), np.nan)
    _, same, many = np.unique(value[allowed], return_inverse=True, return_counts=True)
    score[allowed] = (np.cumsum(many) - (many - 1) / 2)[same]
    return ScoreTable(patients=n, toxic=t, effective=e, score=score)


def tolerated(
    toxic: Counts | Array, treated: Counts | Array, use: Flags, target: Probability
) -> NDArray[np.int64]:
    """The maximum tolerated dose of each trial: pooled toxicity nearest the target, −1 where none is in use.

    Of equally near doses the highest, so that efficacy decides among doses that look alike in toxicity.
    """
    n = np.where(use, treated, 0).astype(float)
    rate = pooled(np.asarray(toxic) / np.maximum(n, 1), n)
    distance = np.where(np.isnan(rate), np.inf, np.abs(rate - target)).round(12)
    top = distance.shape[1] - 1 - distance[:, ::-1].argmin(axis=1)
    return np.where(use.any(axis=1), top, -1)


def score_sheet(utilities: Utilities, limits: Limits, cohort: int, patients: int) -> Sheet:
    """The score table as text: a row for patients and toxicities, a column for patients with efficacy."""
    sizes = range(0, patients + 1, cohort)
    found = score_table(utilities, limits, sizes)
    head = ("patients", "toxicities", *(f"eff {e}" for e in range(sizes[-1] + 1)))
    rows = []
    for n in sizes:
        for t in range(n + 1):
            scores = found.score[(found.patients == n) & (found.toxic == t)]
            said = ["E" if np.isnan(x) else f"{x:g}" for x in scores]
            rows.append((str(n), str(t), *said, *[""] * (sizes[-1] - n)))
    title = "Rank-based desirability scores by patients with efficacy, all settled (E: not admissible)"
    return ((title,), head, *rows)
