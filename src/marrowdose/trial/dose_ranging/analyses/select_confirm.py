"""One dose chosen at the first look, then confirmed against placebo in the same trial.

The closed test of Bretz et al. (2006, Biom J 48:623) with the inverse normal combination: patients of the
first stage give a Dunnett p-value for every set of doses with the chosen one, followed to their last visit
(Jenkins 2011, Pharm Stat 10:347); later patients give that of the chosen dose. The error is kept however the
dose was chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Annotated

import numpy as np
from scipy.special import ndtr, ndtri, stdtr

from ....errors import require
from ....units import Array, Flags, Probability
from ..looks import Numbers, Seen, Verdict, arm_intervals, shared
from ..visit_means import SAID, VisitMeans
from .mcpmod import SPENDINGS_SAID, levels
from .smallest_sufficient import SmallestSufficient

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(48)
_SURE = 12.0  # a z that no test needs to exceed


@dataclass(frozen=True, kw_only=True)
class SelectAndConfirm:
    """``selection`` chooses at the first look (its probabilities are those of the interim data); ``looks``
    are all looks' shares of the patients, tests being done at all but the first, and at the end, at one-sided
    ``alpha``.
    """

    selection: SmallestSufficient
    looks: tuple[Probability, ...]
    alpha: Probability = 0.025
    spending: str = "obrien-fleming"
    futile: Annotated[float, "stop if the combined z of a later look is below this"] = -np.inf

    def __post_init__(self) -> None:
        require(
            len(self.looks) >= 1,
            "no look",
            where="looks",
            remedy="the dose is chosen at the first look: state its share of the patients",
        )
        require(len(self.levels) == len(self.looks), "levels", where="looks")

    @cached_property
    def levels(self) -> Array:
        """One-sided level of each test: the looks after the first, and the end."""
        return levels(self.looks[1:], self.alpha, self.spending)

    def verdict(self, seen: Seen, share: Array) -> Verdict:
        """The choice at the first look, the combined test later."""
        return self._choose(seen, share) if seen.look == 0 else self._confirm(seen, share)

    def _choose(self, seen: Seen, share: Array) -> Verdict:
        """The dose with which the trial goes on; it stops if none has a fair chance."""
        chooser = replace(self.selection, beats=0.5, early=0.5)
        found = chooser.verdict(replace(seen, last=False), share)
        stop = (found.named == 0) & seen.means.ready
        arm = np.where(found.named > 0, found.named, len(seen.doses) - 1)
        kept = (np.arange(len(seen.doses)) == arm[:, None]) | (np.arange(len(seen.doses)) == 0)
        nothing = np.zeros(len(stop), bool)
        benefit, lower, upper = arm_intervals(seen.means)
        return Verdict(
            named=np.zeros_like(arm),
            sure=nothing,
            positive=nothing,
            stop=stop,
            kept=kept,
            share=shared(kept, share),
            benefit=benefit,
            lower=lower,
            upper=upper,
        )

    def _confirm(self, seen: Seen, share: Array) -> Verdict:
        arm = seen.kept[:, 1:].argmax(axis=1) + 1
        first, later = (seen.of_stages(np.arange(len(self.looks) + 1) == 0), _two_arms(seen, arm))
        z = np.sqrt(self._share(seen)) * closed_z(first, arm) + np.sqrt(1 - self._share(seen)) * later
        bound = -ndtri(self.levels[seen.look - 1])
        positive = z > bound
        benefit, lower, upper = arm_intervals(seen.means)
        stop = np.full(len(arm), True) if seen.last else positive | (z < self.futile)
        return Verdict(
            named=np.where(positive, arm, 0),
            sure=positive,
            positive=positive,
            stop=stop,
            kept=seen.kept,
            share=share,
            benefit=benefit,
            lower=lower,
            upper=upper,
        )

    def _share(self, seen: Seen) -> float:
        """The first stage's planned share of all patients up to this look: the squared weight of its z."""
        return self.looks[0] / (*self.looks, 1.0)[seen.look]

    @property
    def errors(self) -> str:
        """How claiming a benefit that is not there is kept rare, in words."""
        return (
            f"The one-sided level {self.alpha:g} is kept over the doses by the closed test, over the stages"
            " by a combination whose weights are fixed beforehand, and over the later looks by spending"
            " alpha, however the dose was chosen."
        )

    def sentences(self) -> tuple[str, ...]:
        """The rules, as a protocol states them."""
        nominal = ", ".join(f"{x:.5f}" for x in self.levels)
        chooser = self.selection
        said = [
            SAID,
            f"At the first look, after {100 * self.looks[0]:.0f} % of the patients, one dose is chosen to go"
            " on against placebo: " + chooser.choice.lower(),
            f"For this choice: {chooser.averaged}",
            (
                "The trial stops at the first look if no dose is likelier than not to exceed a benefit of"
                f" {chooser.least:g} points; if an arm has fewer than two patients with the last visit by"
                " then, the largest dose goes on."
            ),
            (
                "The chosen dose is tested against placebo by the closed test with the inverse normal"
                f" combination of the stages (Dunnett in the first), one-sided {self.alpha:g}."
            ),
            (
                f"The one-sided levels at the later looks and the end are {nominal} (alpha spending"
                f" {SPENDINGS_SAID[self.spending]})."
            ),
        ]
        if len(self.looks) > 1:
            said.append("The trial stops at a later look if its test is significant.")
            if np.isfinite(self.futile):
                said.append(
                    "The trial stops for futility at a later look if the combined z is below"
                    f" {self.futile:g}; the levels do not count on it (not binding)."
                )
        return tuple(said)


def closed_z(found: VisitMeans, arm: Numbers) -> Array:
    """The least z (T,) of the Dunnett tests of all sets of doses with ``arm`` in them."""
    c, last = found.covariance, found.last
    variance = np.einsum("tkk->tk", c)
    spread = np.sqrt(np.maximum(variance[:, 1:] + variance[:, :1] - 2 * c[:, 0, 1:], 1e-12))
    z = np.clip(
        ndtri(stdtr(np.maximum(found.df, 1.0)[:, None], (last[:, 1:] - last[:, :1]) / spread)), -_SURE, _SURE
    )
    load = np.clip(np.sqrt(variance[:, :1]) / spread, 0.0, 0.999)  # cor(z_k, z_l) = load_k load_l
    least, doses = np.full(len(arm), np.inf), range(z.shape[1])
    for size in range(1, z.shape[1] + 1):
        for chosen in combinations(doses, size):
            inside: Flags = np.isin(arm - 1, chosen)
            index = list(chosen)
            top = z[:, index].max(axis=1)
            rest = (top[:, None, None] - load[:, None, index] * _NODES[None, :, None]) / np.sqrt(
                1 - load[:, None, index] ** 2
            )
            p = 1 - (ndtr(rest).prod(axis=2) * (_WEIGHTS / _WEIGHTS.sum())).sum(axis=1)
            least = np.where(inside, np.minimum(least, -ndtri(np.clip(p, 1e-16, 1 - 1e-16))), least)
    return least


def _two_arms(seen: Seen, arm: Numbers) -> Array:
    """z (T,) of the chosen dose against placebo among the patients of later stages."""
    later = seen.stage > 0
    old = seen.arm[:, later]
    two = np.where(old == 0, 0, np.where(old == arm[:, None], 1, -1))
    found = replace(
        seen,
        doses=(0.0, 1.0),
        off_axis=0,
        beside=None,
        values=seen.values[:, later],
        arm=two,
        baseline=seen.baseline[:, later],
    ).means
    c = found.covariance
    spread = np.sqrt(np.maximum(c[:, 0, 0] + c[:, 1, 1] - 2 * c[:, 0, 1], 1e-12))
    t = (found.last[:, 1] - found.last[:, 0]) / spread
    return np.where(found.ready, np.clip(ndtri(stdtr(np.maximum(found.df, 1.0), t)), -_SURE, _SURE), 0.0)
