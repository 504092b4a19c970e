"""The smallest sufficient dose: the design that this program adds to those of the field.

It asks for the smallest dose whose benefit is within a margin of the best, on a continuous longitudinal
outcome with partial data: scores not yet seen are imputed (``visit_means``), curves that rise, level off or
fall are averaged (``curve_average``), and every probability is a closed form. At each look it drops doses
that are unlikely to be within the margin, turns allocation towards the doses that may be the answer, and
stops when it is sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np

from ....errors import require, require_between
from ....units import Array, Flags, Points, Probability
from ..curve_average import FAMILIES, Grid, Posterior, average_curves, curve_grid
from ..looks import Numbers, Seen, Verdict, shared
from ..visit_means import SAID

Choice = Literal["smallest", "best", "top"]
CHOICES: dict[Choice, str] = {
    "smallest": (
        "the smallest dose whose benefit is within {margin:g} points of the best with probability {within:g}"
        " or more is named; if none is that sure, the dose likeliest to be within it"
    ),
    "best": "the dose with the largest expected benefit is named",
    "top": "the largest dose is named",
}


@dataclass(frozen=True, kw_only=True)
class SmallestSufficient:
    """Rules on the posterior of averaged curves at the last visit.

    A dose can be named only if P(benefit > ``least``) ≥ ``beats``, or ``early`` before the last look (one
    look is one more chance to be wrong). ``margin``: points below the best that do not matter. At a look
    before the last: an arm is dropped if P(within the margin) < ``drop``; the trial stops if a dose is named
    with P(within) ≥ ``within`` and ``stops`` is true, and for futility if no dose has P(benefit > ``least``)
    ≥ ``futile``; the next patients of the active arms go by P(smallest sufficient dose)^``adapt``, each kept
    arm getting at least a tenth of an even share.
    """

    doses: tuple[float, ...]  # with placebo
    curves: tuple[str, ...] = tuple(FAMILIES)
    weights: tuple[float, ...] | None = None
    choose: Choice = "smallest"
    margin: Points = 2.0
    within: Probability = 0.8
    least: Points = 0.0
    beats: Probability = 0.9
    early: Probability = 0.985
    drop: Probability = 0.05
    futile: Probability = 0.1
    stops: bool = True
    adapt: Annotated[float, "0: as planned, 1: in proportion"] = 0.5
    effect_mean: Points = 0.0
    effect_sd: Points = 10.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("margin", 0.01, 50),
            ("within", 0, 1),
            ("least", -50, 50),
            ("beats", 0.5, 1),
            ("early", 0.5, 1),
            ("drop", 0, 0.5),
            ("futile", 0, 0.9),
            ("adapt", 0, 3),
            ("effect_mean", -50, 50),
            ("effect_sd", 0.1, 100),
        ):
            require_between(getattr(self, name), low, high, where=name)
        require(self.choose in CHOICES, f"{self.choose!r}", where="choose", allowed=", ".join(CHOICES))
        require(self.grid is not None, "no grid", where="curves")

    @cached_property
    def grid(self) -> Grid:
        """The curves at the active doses."""
        return curve_grid(
            self.doses[1:], self.curves, weights=self.weights, mean=self.effect_mean, sd=self.effect_sd
        )

    def name(self, after: Posterior, *, last: bool) -> tuple[Numbers, Flags, Flags]:
        """The arm named (T,), whether surely (T,), and whether a benefit is claimed (T,)."""
        beats = after.above(self.least) >= (self.beats if last else self.early)
        within = after.within(self.margin)
        if self.choose == "smallest":
            good = beats & (within >= self.within)
            likeliest = np.where(beats, within, -1.0).argmax(axis=1)
            arm = np.where(good.any(axis=1), good.argmax(axis=1), likeliest)
        elif self.choose == "best":
            arm = np.where(beats, after.benefit(), -np.inf).argmax(axis=1)
        else:
            arm = np.full(len(beats), beats.shape[1] - 1)
        row = np.arange(len(arm))
        claimed = beats[row, arm]
        return np.where(claimed, arm + 1, 0), claimed & (within[row, arm] >= self.within), claimed

    def verdict(self, seen: Seen, share: Array) -> Verdict:
        """The answer at a look. Trials whose arms have not been seen enough go on as they are."""
        found = seen.means
        blank = ~found.ready
        means = np.where(blank[:, None], 0.0, found.last)
        covariance = np.where(blank[:, None, None], 1e6 * np.eye(len(self.doses)), found.covariance)
        after = average_curves(self.grid, means, covariance)
        named, sure, positive = self.name(after, last=seen.last)
        if seen.last:
            stop = np.ones(len(named), bool)
            kept, next_share = seen.kept, share
            lower, upper = after.quantile(0.025), after.quantile(0.975)
        else:
            above = after.above(self.least)
            stop = (self.stops & sure) | (above.max(axis=1) < self.futile)
            stop &= ~blank
            kept = seen.kept & np.column_stack(
                [np.ones(len(named), bool), after.within(self.margin) >= self.drop]
            )
            kept = np.where(kept[:, 1:].any(axis=1)[:, None] & ~blank[:, None], kept, seen.kept)
            next_share = np.where(blank[:, None], share, self._adapted(after, kept, share))
            lower = upper = np.zeros_like(above)
            if stop.any():
                lower, upper = after.quantile(0.025), after.quantile(0.975)
        named, sure, positive = np.where(blank, 0, named), sure & ~blank, positive & ~blank
        return Verdict(
            named=named,
            sure=sure,
            positive=positive,
            stop=stop,
            kept=kept,
            share=next_share,
            benefit=after.benefit(),
            lower=lower,
            upper=upper,
        )

    def next_share(self, seen: Seen, share: Array) -> Array:
        """Shares of the next patients between looks, when nothing is dropped or named."""
        found = seen.means
        ready, next_share = np.flatnonzero(found.ready), share.copy()
        if len(ready):
            after = average_curves(self.grid, found.last[ready], found.covariance[ready])
            next_share[ready] = self._adapted(after, seen.kept[ready], share[ready])
        return next_share

    def _adapted(self, after: Posterior, kept: Flags, share: Array) -> Array:
        """Shares of the next patients: placebo keeps its own, active arms go by what they may teach."""
        even = shared(kept, share)
        if self.adapt == 0:
            return even
        likely = after.sufficient(self.margin)[:, 1:] ** self.adapt * kept[:, 1:]
        likely = likely / np.maximum(likely.sum(axis=1, keepdims=True), 1e-300)
        active = 1 - even[:, :1]
        floor = 0.1 * kept[:, 1:] / np.maximum(kept[:, 1:].sum(axis=1, keepdims=True), 1)
        return np.column_stack([even[:, 0], active * shared(kept[:, 1:], 0.9 * likely + floor)])

    @property
    def averaged(self) -> str:
        """The curves and the prior, in words."""
        weights = dict(zip(self.curves, self.weights or (), strict=False))
        shapes = ", ".join(
            f"{name} ({FAMILIES[name][0]}" + (f"; prior weight {weights[name]:g})" if weights else ")")
            for name in self.curves
        )
        return (
            f"Dose-response curves are averaged over {shapes}; the largest benefit has the prior"
            f" Normal({self.effect_mean:g}, {self.effect_sd:g}²) points."
        )

    @property
    def choice(self) -> str:
        """Which dose is named, in words."""
        return CHOICES[self.choose].format(margin=self.margin, within=self.within).capitalize() + "."

    @property
    def errors(self) -> str:
        """How claiming a benefit that is not there is kept rare, in words."""
        return (
            "No level is kept by construction: a benefit is claimed where its posterior probability is"
            f" {self.beats:g} or more ({self.early:g} at a look before the last), thresholds that are judged"
            " by simulation."
        )

    def sentences(self) -> tuple[str, ...]:
        """The rules, as a protocol states them."""
        said = [
            SAID,
            self.averaged,
            (
                "A dose can be named only if the posterior probability that its benefit over placebo exceeds"
                f" {self.least:g} points is {self.beats:g} or more ({self.early:g} at a look before the"
                " last)."
            ),
            self.choice,
            (
                "At a look before the last, a dose is dropped if the probability that it is within"
                f" {self.margin:g} points of the best is below {self.drop:g}; placebo is never dropped, nor"
                " all doses at once."
            ),
            (
                f"The trial stops for futility if no dose has a probability of {self.futile:g} or more to"
                f" exceed {self.least:g} points."
            ),
        ]
        if self.stops:
            said.append(
                "The trial stops with its answer when a dose is named that is within the margin with"
                f" probability {self.within:g} or more."
            )
        if self.adapt:
            said.append(
                "After a look, patients of the active arms are allocated in proportion to (probability of"
                f" being the smallest sufficient dose)^{self.adapt:g}, every kept dose getting a tenth of an"
                " even share or more; placebo keeps its share."
            )
        return tuple(said)
