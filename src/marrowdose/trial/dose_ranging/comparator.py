"""Another treatment in a dose-ranging trial: an arm of its own beside placebo and doses, or given to
everybody.

As an arm it stands off the dose axis: curves, contrasts and the choice of a dose never see it, but its
patients are recruited, followed, lost and harmed like all others and help to estimate the covariance of the
scores. Each dose is then compared with it. As background it shifts everybody's improvement, placebo's too,
and the cells add to it what they add alone, times (1 + interaction): additivity is the stated assumption
interaction = 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from scipy.special import stdtrit

from ...errors import require, require_between
from ...units import Array, Flags, Indices, Points, Probability
from ..truths.truth import Active, Truth
from .analyses.mcpmod import levels
from .looks import Seen

NAMES: dict[Active, str] = {"ha": "hyaluronic acid", "corticosteroid": "corticosteroid"}
Question = Literal["superiority", "non-inferiority"]


@dataclass(frozen=True, kw_only=True)
class Comparator:
    """An active arm with ``allocation`` parts of the patients, counted like the parts of the doses.

    A dose is shown superior if it is better by more than ``margin`` points, not inferior if it is worse by
    less than ``margin``, at one-sided ``alpha`` over all doses and looks: Bonferroni over doses, ``spending``
    over looks, whose shares of the information are ``looks``; ``compared`` is the number of doses. ``harm``
    is the assumed probability of a local reaction (None: that of a saline injection). Raises ``InputError``.
    """

    looks: tuple[Probability, ...]
    compared: int
    treatment: Active = "ha"
    allocation: Annotated[float, "parts"] = 1.0
    question: Question = "superiority"
    margin: Points = 0.0
    alpha: Probability = 0.025
    spending: str = "pocock"
    harm: Probability | None = None

    def __post_init__(self) -> None:
        _require_treatment(self.treatment)
        require_between(self.allocation, 0.01, 100, where="allocation")
        require(
            self.question in ("superiority", "non-inferiority"),
            f"{self.question!r}",
            where="question",
            allowed="superiority, non-inferiority",
        )
        require_between(self.margin, 0, 50, where="margin", unit="points")
        require(
            self.question == "superiority" or self.margin > 0,
            "no margin",
            where="margin",
            allowed="above 0 for non-inferiority",
        )
        require_between(self.alpha, 0.0001, 0.5, where="alpha")
        if self.harm is not None:
            require_between(self.harm, 0, 1, where="harm")
        require(len(self.levels) == len(self.looks) + 1, "levels", where="looks")

    @cached_property
    def levels(self) -> Array:
        """One-sided level of one dose at each look."""
        return levels(self.looks, self.alpha / self.compared, self.spending)

    @property
    def bound(self) -> Points:
        """What the difference from the comparator is shown to exceed."""
        return self.margin if self.question == "superiority" else -self.margin

    @property
    def name(self) -> str:
        """The treatment in words."""
        return NAMES[self.treatment]

    @property
    def aim(self) -> str:
        """What the test is to show of a dose."""
        by = f" by more than {self.margin:g} points" if self.margin else ""
        return (
            f"better than {self.name}{by}"
            if self.question == "superiority"
            else f"not inferior to {self.name} by {self.margin:g} points"
        )

    def against(self, seen: Seen) -> tuple[Array, Flags]:
        """Arms of the dose axis less the comparator: estimate and 95 % interval (T, K, 3), and doses shown
        (T, K − 1).

        NaN and false where too few have been seen.
        """
        found, k = seen.every_mean, len(seen.doses)
        c, last = found.covariance, found.last
        away = last[:, :k] - last[:, k:]
        diagonal = np.einsum("tkk->tk", c)
        spread = np.sqrt(np.maximum(diagonal[:, :k] + diagonal[:, k:] - 2 * c[:, :k, k], 0.0))
        df, level = np.maximum(found.df, 1.0)[:, None], float(self.levels[seen.look])
        wide = stdtrit(df, 0.975) * spread
        with np.errstate(invalid="ignore"):
            shown = away - stdtrit(df, 1 - level) * spread > self.bound
        told = np.stack([away, away - wide, away + wide], axis=2)
        blank = ~found.ready[:, None]
        return np.where(blank[:, :, None], np.nan, told), (shown & ~blank)[:, 1:]

    def sentences(self) -> tuple[str, ...]:
        """How the doses are compared with it, as a protocol states it."""
        nominal = ", ".join(f"{x:.5f}" for x in self.levels)
        where = "at the looks and the end" if self.looks else "at the end"
        return (
            (
                f"If a benefit over placebo is claimed, the named dose is said to be {self.aim} if the"
                " one-sided t test of the same arm means says so where the trial ends. The level is"
                f" {nominal} {where}: {self.alpha:g} shared among {self.compared}"
                f" dose{'s' if self.compared > 1 else ''}"
                f" (Bonferroni){f' and spent over looks ({self.spending})' if self.looks else ''}."
            ),
            (
                f"{self.name.capitalize()} is not on the dose axis: no curve, contrast or choice of a dose"
                " uses its mean; its patients help to estimate the covariance of the scores. Its arm is"
                " never dropped and keeps its share."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """A treatment given to everybody. ``interaction``: the cells' benefit on top of it is (1 + interaction)
    times that without it; 0 is additivity, −1 that cells add nothing. ``harm``: assumed probability of a
    local reaction from it, on top of those of the arm and independent of them. Raises ``InputError``."""

    treatment: Active = "ha"
    interaction: Annotated[float, "share of the benefit"] = 0.0
    harm: Probability = 0.0

    def __post_init__(self) -> None:
        _require_treatment(self.treatment)
        require_between(self.interaction, -1, 1, where="interaction")
        require_between(self.harm, 0, 1, where="harm")

    @property
    def name(self) -> str:
        """The treatment in words."""
        return NAMES[self.treatment]

    def beneath(self, truth: Truth) -> Truth:
        """The truth of benefits and harms on top of the background; the background's own effect is no benefit
        of cells.
        """

        def effect(trials: Indices, doses: Array, months: Array) -> Array:
            return (1 + self.interaction) * truth.effect(trials, doses, months)

        def harm(trials: Indices, doses: Array) -> Array:
            return 1 - (1 - self.harm) * (1 - truth.harm(trials, doses))

        return replace(truth, effect=effect, harm=harm)

    def sentences(self) -> tuple[str, ...]:
        """What everybody gets and what is assumed of it."""
        assumed = (
            "additive: the cells add what they add alone"
            if self.interaction == 0
            else f"not additive: the cells add {1 + self.interaction:g} times what they add alone"
        )
        more = f"; it adds local reactions with probability {self.harm:g}" if self.harm else ""
        return (
            (
                f"Every patient gets {self.name} as background, so benefits are those over placebo with"
                f" {self.name}. Assumed {assumed}{more}."
            ),
        )


def _require_treatment(treatment: str) -> None:
    require(treatment in NAMES, f"{treatment!r}", where="treatment", allowed=", ".join(NAMES))
