"""Planning a continual reassessment method: skeleton, robustness of the working model, sample size.

Lee & Cheung 2009 (Clin Trials 6:227), indifference intervals; Cheung & Chappell 2002 (Biometrics 58:671),
model sensitivity; Cheung 2013 (Clin Trials 10:852), sample size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, ndtri

from ....errors import require, require_between
from ....units import Array, Probability

WorkingModel = Literal["power", "logistic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """The working model with one parameter β: p = skeleton^exp(β), or logit p = intercept + exp(β)·dose code.

    ``skeleton`` holds the prior guesses of toxicity by dose (increasing, between 0 and 1), reached at β = 0.
    """

    skeleton: tuple[Probability, ...]
    model: WorkingModel = "power"
    intercept: float = 3.0  # of the logistic model; must make every dose code negative

    def __post_init__(self) -> None:
        require(
            self.model in ("power", "logistic"), f"{self.model!r}", where="model", allowed="power, logistic"
        )
        require(len(self.skeleton) > 0, "no dose", where="skeleton", allowed="one guess for each dose")
        for p in self.skeleton:
            require_between(p, 1e-12, 1 - 1e-12, where="skeleton")
        rising = all(a < b for a, b in zip(self.skeleton, self.skeleton[1:], strict=False))
        require(
            rising, f"{list(self.skeleton)} does not increase", where="skeleton", remedy="order the guesses"
        )
        require(
            self.model == "power" or bool((self.codes < 0).all()),
            f"{self.intercept!r} is too small: dose codes would be positive",
            where="intercept",
            allowed=f"above logit({self.skeleton[-1]:g})",
        )

    @property
    def codes(self) -> Array:
        """What β scales: log skeleton, or logit skeleton − intercept: (doses,), negative."""
        p = np.asarray(self.skeleton)
        return np.asarray(np.log(p) if self.model == "power" else logit(p) - self.intercept)

    def toxicity(self, beta: ArrayLike) -> Array:
        """Probability of toxicity at each dose for each β: shape of ``beta`` + (doses,)."""
        scaled = np.exp(np.asarray(beta, float))[..., None] * self.codes
        return np.asarray(np.exp(scaled) if self.model == "power" else expit(scaled + self.intercept))

    def solve(self, dose: int, probability: float) -> float:
        """The β at which ``dose`` (index) has this probability of toxicity."""
        wanted = np.log(probability) if self.model == "power" else logit(probability) - self.intercept
        return float(np.log(wanted / self.codes[dose]))


def skeleton(
    target: Probability,
    halfwidth: Probability,
    prior_dose: int,
    doses: int,
    *,
    model: WorkingModel = "power",
    intercept: float = 3.0,
) -> tuple[Probability, ...]:
    """Prior guesses whose indifference intervals are target ± halfwidth (Lee & Cheung 2009, eqs. 3–4).

    ``prior_dose`` (index from 0) is the dose guessed to be the maximum tolerated one.
    """
    require_between(halfwidth, 1e-9, 0.5, where="halfwidth")
    require_between(target, 2e-9, 1 - 1e-9, where="target")
    require(
        halfwidth < min(target, 1 - target),
        f"{halfwidth!r}",
        where="halfwidth",
        allowed="less than the target and its complement",
    )
    require(1 <= doses <= 100, f"{doses!r}", where="doses", allowed="1 to 100")
    require(np.isfinite(intercept), f"{intercept!r}", where="intercept", allowed="a number")
    require(0 <= prior_dose < doses, f"{prior_dose!r}", where="prior_dose", allowed=f"0 to {doses - 1}")

    def code(p: float) -> float:
        return float(np.log(p)) if model == "power" else float(logit(p)) - intercept

    low, high = code(target - halfwidth), code(target + halfwidth)
    steps = np.arange(doses) - prior_dose
    codes = code(target) * (high / low) ** steps.astype(float)  # each step scales the code by the same ratio
    return tuple(np.exp(codes) if model == "power" else expit(codes + intercept))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Where the working model settles. Row = dose; NaN where there is no neighbour.

    ``beta`` (doses, 2): the values of β for which this dose is chosen. ``indifference`` (doses, 2): if this
    dose is the true maximum tolerated one, the method is consistent where the dose below is safer than the
    first number and the dose above more toxic than the second.
    """

    beta: Array
    indifference: Array


def sensitivity(curves: Curves, target: Probability) -> Sensitivity:
    """Home sets of β and indifference intervals (Cheung & Chappell 2002), to machine precision."""
    from scipy.optimize import brentq

    require_between(target, 1e-9, 1 - 1e-9, where="target")
    doses = len(curves.skeleton)
    require(doses >= 2, f"{doses} dose", where="skeleton", allowed="two or more")
    # ends far enough that the lowest dose is too toxic, and the highest safe enough
    edges = [min(-5.0, curves.solve(0, (1 + target) / 2))]
    last = max(5.0, curves.solve(doses - 1, target / 2))
    for k in range(1, doses):

        def excess(beta: float, k: int = k) -> float:
            return float(curves.toxicity(beta)[k - 1 : k + 1].sum()) - 2 * target

        edges.append(brentq(excess, edges[0] - 5, last + 5, xtol=1e-14, rtol=1e-14))
    edges.append(last)
    beta = np.column_stack([edges[:-1], edges[1:]])
    indifference = np.full((doses, 2), np.nan)
    for k in range(doses):
        if k > 0:
            indifference[k, 0] = curves.toxicity(edges[k])[k - 1]
        if k < doses - 1:
            indifference[k, 1] = curves.toxicity(edges[k + 1])[k + 1]
    return Sensitivity(beta=beta, indifference=indifference)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSize:
    """Patients for a wanted average probability of correct selection; a starting point for simulation."""

    patients: int
    exact: float  # before rounding up
    benchmark: float  # what the nonparametric optimal design would need
    benchmark_accuracy: (
        Probability  # the accuracy the benchmark must have for the method to have the wanted one
    )

    @property
    def efficiency(self) -> float:
        """Patients of the benchmark over patients of the method."""
        return self.benchmark / self.exact


def sample_size(
    accuracy: Probability, target: Probability, doses: int, odds_ratio: float, *, correction: bool = True
) -> SampleSize:
    """Cheung 2013: patients of a one-stage power-model CRM for an average accuracy over logistic truths.

    ``odds_ratio`` is between neighbouring doses. Validated by its author for targets 0.1–0.3, four to eight
    doses and odds ratios 1.25–2.5. ``correction``: with the continuity correction.
    """
    require(2 <= doses <= 100, f"{doses!r}", where="doses", allowed="2 to 100")
    require_between(accuracy, 1 / doses + 1e-6, 1 - 1e-6, where="accuracy")
    require_between(target, 1e-6, 1 - 1e-6, where="target")
    require_between(odds_ratio, 1 + 1e-6, 1e3, where="odds_ratio")
    # the author's regression of the method's accuracy on the benchmark's (his eq. 8)
    line = float(logit(accuracy)) - 2.26 + 0.00235 * doses**2 + 0.7 * odds_ratio + 1.903 / odds_ratio
    wanted = float(expit(np.asarray(line / 0.854)))
    exact = _benchmark(wanted, target, doses, odds_ratio, correction)
    benchmark = _benchmark(accuracy, target, doses, odds_ratio, correction)
    return SampleSize(
        patients=int(np.ceil(exact)), exact=exact, benchmark=benchmark, benchmark_accuracy=wanted
    )


def _benchmark(accuracy: float, target: float, doses: int, odds_ratio: float, correction: bool) -> float:
    """Patients with which the nonparametric optimal design has this average accuracy (his eqs. 4–6)."""
    odds = target / (1 - target)
    below, above = (odds * r / (1 + odds * r) for r in (1 / odds_ratio, odds_ratio))
    own = target * (1 - target)
    sd_below = np.sqrt(own + below * (1 - below) + 2 * below * (1 - target))
    sd_above = np.sqrt(own + above * (1 - above) + 2 * target * (1 - above))
    quantile = float(ndtri(1 - doses * (1 - accuracy) / 2 / (doses - 1)))

    def distance(n: float) -> float:
        shift = 0.5 / n
        return float(((target - below + shift) / sd_below + (above - target - shift) / sd_above) / 2)

    if not correction:
        return (quantile / distance(np.inf)) ** 2
    n = 1
    while np.sqrt(n) * distance(n) < quantile:
        n += 1
    return (quantile / distance(n)) ** 2
