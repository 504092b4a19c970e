"""What a simulated dose-finding trial takes for true at the doses of its design."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

import numpy as np

from ...errors import require, require_between
from ...units import Array, Indices, MillionCells, Probability
from .cells import Cells

Correlation = Annotated[float, "of the latent normals behind toxicity and efficacy, −1 to 1"]


class Chances(NamedTuple):
    """True probabilities at each dose: (doses,), or (trials, doses) where each trial has its own."""

    toxicity: Array
    efficacy: Array | None
    better: Array | None = None  # (…, doses, levels − 2): efficacy of level 2 or better, of level 3 …

    def of(self, trials: Indices | slice) -> Chances:
        """Those of some trials."""
        if self.toxicity.ndim == 1:
            return self
        return Chances(*(None if x is None else x[trials] for x in self))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueRates:
    """True probabilities at each dose of a design, in its order.

    ``score`` and ``score_sd``: mean and standard deviation of a normal score at each dose, higher being
    worse; or ``grades``: probabilities of grades 0, 1, … at each dose, worth ``grade_scores``. The worse the
    score of a patient, the sooner toxicity: both come from one number.

    ``levels``: probabilities of no, partial … full efficacy at each dose; ``efficacy`` is then that of any.
    The better the response of a patient, the sooner any: one number decides all levels.

    ``stated`` is the truth at every dose of a scenario, of which this is a part; ``doses`` are its doses.
    With ``draws`` every trial has a truth of its own, and ``toxicity`` and ``efficacy`` are the means.
    ``association`` is the correlation of the normals whose quantiles decide toxicity and efficacy of a
    patient. ``late`` is the share of toxicities (and of efficacies) that are seen in the second half of their
    window.
    """

    toxicity: tuple[Probability, ...]
    efficacy: tuple[Probability, ...] | None = None
    association: Correlation = 0.0
    late: Probability = 0.5
    without: Probability | None = None  # efficacy without cells, where the truth says it
    name: str = ""
    score: tuple[float, ...] | None = None
    score_sd: tuple[float, ...] | None = None
    grades: tuple[tuple[Probability, ...], ...] | None = None
    grade_scores: tuple[float, ...] | None = None
    levels: tuple[tuple[Probability, ...], ...] | None = None
    cells: Cells | None = None  # None: those of the design
    doses: tuple[MillionCells, ...] | None = None
    stated: TrueRates | None = None
    said: Literal["assumed", "fitted"] = "assumed"
    toxicity_is: str = (
        ""  # what the truth calls toxicity and where that comes from, where not stated by the user
    )
    draws: Callable[[Indices], Chances] | None = None

    def __post_init__(self) -> None:
        self._scores_fit()
        self._levels_fit()
        for name, values in (("toxicity", self.toxicity), ("efficacy", self.efficacy or ())):
            for value in values:
                require_between(value, 0, 1, where=name)
        falls = any(a > b for a, b in pairwise(self.toxicity))
        require(
            not falls,
            f"{list(self.toxicity)} falls with dose",
            where="toxicity",
            remedy="give it in the order of the doses; it may stay equal, not fall",
        )
        require(
            self.efficacy is None or len(self.efficacy) == len(self.toxicity),
            f"{len(self.efficacy or ())} values of efficacy and {len(self.toxicity)} of toxicity",
            where="efficacy",
            allowed="one a dose",
        )
        require_between(self.association, -0.999, 0.999, where="association")
        require_between(self.late, 0.01, 0.99, where="late")
        if self.without is not None:
            require_between(self.without, 0, 1, where="without")

    def _scores_fit(self) -> None:
        for one, other in (("score", "score_sd"), ("grades", "grade_scores")):
            both = (getattr(self, one) is None) == (getattr(self, other) is None)
            require(both, f"{one} and {other} belong together", where=one, remedy="give both or none")
        require(
            self.score is None or self.grades is None,
            "besides score",
            where="grades",
            remedy="give one of them",
        )
        for name, low in (("score", -1e6), ("score_sd", 0.0), ("grade_scores", -1e6)):
            for value in getattr(self, name) or ():
                require_between(value, low, 1e6, where=name)
        for name in ("score", "score_sd", "grades"):
            given = getattr(self, name)
            fits = given is None or len(given) == len(self.toxicity)
            require(
                fits,
                f"{len(given or ())} values and {len(self.toxicity)} of toxicity",
                where=name,
                allowed="one a dose",
            )
        worth = self.grade_scores or ()
        require(
            all(a < b for a, b in pairwise(worth)), f"{list(worth)} do not increase", where="grade_scores"
        )
        for row in self.grades or ():
            require(len(row) == len(worth), f"{len(row)} grades and {len(worth)} scores", where="grades")
            require(
                all(0 <= p <= 1 for p in row) and abs(sum(row) - 1) < 1e-6,
                f"{list(row)}",
                where="grades",
                allowed="probabilities that add up to 1",
            )

    def _levels_fit(self) -> None:
        if self.levels is None:
            return
        require(
            len(self.levels) == len(self.toxicity),
            f"{len(self.levels)} rows and {len(self.toxicity)} of toxicity",
            where="levels",
            allowed="one a dose",
        )
        for row in self.levels:
            require(
                2 <= len(row) == len(self.levels[0]),
                f"{list(row)}",
                where="levels",
                allowed="rows of one length: none, partial … full",
            )
            require(
                all(0 <= p <= 1 for p in row) and abs(sum(row) - 1) < 1e-6,
                f"{list(row)}",
                where="levels",
                allowed="probabilities that add up to 1",
            )
        any_ = [1 - row[0] for row in self.levels]
        agrees = self.efficacy is not None and np.allclose(self.efficacy, any_, atol=1e-6)
        require(
            agrees,
            f"{list(self.efficacy or ())} is not 1 less the first of levels",
            where="efficacy",
            remedy="leave efficacy out",
        )

    @property
    def better(self) -> Array | None:
        """Probability of each level from 2 on or a better one: (doses, levels − 2)."""
        if self.levels is None:
            return None
        return np.cumsum(np.array(self.levels)[:, ::-1], axis=1)[:, ::-1][:, 2:].clip(0, 1)

    @property
    def scored(self) -> bool:
        """Whether anything is said of a score."""
        return self.score is not None or self.grades is not None

    @property
    def mean_score(self) -> tuple[float, ...]:
        """By dose, where anything is said of a score."""
        if self.grades is None or self.grade_scores is None:
            return self.score or ()
        worth = self.grade_scores
        return tuple(sum(p * s for p, s in zip(row, worth, strict=True)) for row in self.grades)

    def chances(self, trials: Indices) -> Chances:
        """What is true in the trials with these numbers."""
        if self.draws is not None:
            return self.draws(trials)
        efficacy = None if self.efficacy is None else np.array(self.efficacy)
        return Chances(np.array(self.toxicity), efficacy, self.better)
