"""Virtual patients of a longitudinal trial: who comes when, what is given, what is seen, who leaves.

Everything about patient j of trial i is a function of (seed, i, j): the same person enters every design,
in any order and on any number of workers. Arrays are (trials, patients) or (trials, patients, visits).

    y(t) = response(t) + slope (baseline − 50) + potency · effect(delivered dose, t) + ε(t),
    cor(ε_s, ε_t) = ρ^{|s−t|/6}

Scores are not cut at the ends of their scale: effects mean what they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ...errors import require, require_between
from ...streams import normal, uniform
from ...units import Array, Indices, Months, Points, Probability
from ..truths.truth import Truth

Estimand = Literal["treatment policy", "hypothetical", "composite"]
ESTIMANDS: dict[Estimand, str] = {
    "treatment policy": (
        "improvement whatever else was taken: values after rescue treatment count as they are"
    ),
    "hypothetical": (
        "improvement had no rescue treatment been available: values after rescue are set to missing"
    ),
    "composite": (
        "responders: improved by the threshold at the last visit, still in the trial, without rescue (0 or"
        " 100)"
    ),
}
MIDDLING: Points = 15.0  # an improvement at which drop-out at random is as likely as stated
STREAMS = ("baseline", "course", "drop-out", "lack of effect", "rescue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reality:
    """What happens to cells and patients. The defaults are a trial without any of it.

    ``lost`` is the probability to leave within 12 months for no reason (completely at random);
    ``lost_log_odds`` raises its odds by e^x for every 10 points that the last seen improvement is below 15
    (at random); ``leave`` is the probability to leave before a visit whose improvement, which is then never
    seen, is below ``leave_below`` (by lack of effect). ``rescue``: probability to take a rescue treatment
    after a visit with an improvement below ``rescue_below``; it adds ``rescue_gain`` from then on.
    ``dose_cv`` is the standard deviation of log(delivered/planned); ``batch_sd`` that of log potency of the
    donors or batches, ``batch_size`` patients in turn sharing one; ``failure`` the probability that no
    product can be made, so that the patient, analysed as randomised, receives none.
    """

    baseline_mean: Points = 58.0
    baseline_sd: Points = 14.0
    baseline_least: Points = 40.0
    lost: Probability = 0.0
    lost_log_odds: Annotated[float, "log odds per 10 points"] = 0.0
    leave: Probability = 0.0
    leave_below: Points = 0.0
    rescue: Probability = 0.0
    rescue_below: Points = 5.0
    rescue_gain: Points = 6.0
    dose_cv: Annotated[float, "SD of log(delivered/planned dose)"] = 0.0
    batch_sd: Annotated[float, "SD of log potency"] = 0.0
    batch_size: Annotated[int, "patients in turn who share a donor or batch"] = 1
    failure: Probability = 0.0
    per_month: Annotated[float, "patients enrolled per month, on average"] = 8.0
    stagger: Annotated[float, "least months between two patients"] = 0.0
    responder: Points = 20.0

    def __post_init__(self) -> None:
        limits = {
            "baseline_mean": (10, 95),
            "baseline_sd": (0.1, 40),
            "baseline_least": (0, 90),
            "lost": (0, 0.9),
            "lost_log_odds": (0, 5),
            "leave": (0, 0.9),
            "leave_below": (-50, 50),
            "rescue": (0, 1),
            "rescue_below": (-50, 50),
            "rescue_gain": (-20, 40),
            "dose_cv": (0, 0.5),
            "batch_sd": (0, 1),
            "failure": (0, 0.9),
            "per_month": (0.01, 1000),
            "stagger": (0, 12),
            "responder": (1, 90),
        }
        for name, (low, high) in limits.items():
            require_between(getattr(self, name), low, high, where=name)
        require(
            isinstance(self.batch_size, int) and 1 <= self.batch_size <= 1000,
            f"{self.batch_size!r}",
            where="batch_size",
            allowed="a whole number from 1 to 1000",
        )
        require(
            self.baseline_least < self.baseline_mean + 3 * self.baseline_sd,
            f"{self.baseline_least:g} leaves nobody",
            where="baseline_least",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """Patients before anybody knows their arm. (T, N), visits (T, N, V); uniform numbers where named so."""

    trials: Indices
    baseline: Array
    enrolled: Array  # months after the first patient
    without: Array  # (T, N, V) improvement without cells
    planned_to_delivered: Array
    potency: Array
    uniforms: dict[str, Array]  # name → (T, N, V): "lost", "leave", "rescue"
    unmade: NDArray[np.bool_]
    harm: Array

    def some(self, trials: Indices, patients: Indices) -> Persons:
        """Some patients of some trials, by their places."""
        at = np.ix_(trials, patients)
        return Persons(
            trials=self.trials[trials],
            baseline=self.baseline[at],
            enrolled=self.enrolled[at],
            without=self.without[at],
            planned_to_delivered=self.planned_to_delivered[at],
            potency=self.potency[at],
            uniforms={name: numbers[at] for name, numbers in self.uniforms.items()},
            unmade=self.unmade[at],
            harm=self.harm[at],
        )


def draw_persons(
    truth: Truth,
    reality: Reality,
    trials: Indices,
    patients: int,
    months: tuple[Months, ...],
    seed: int,
    first: int = 0,
) -> Persons:
    """``patients`` patients of each of ``trials``, persons ``first``, ``first`` + 1 …, observed at
    ``months``.
    """
    t, j = trials[:, None], np.arange(first, first + patients)[None, :]

    def n(purpose: str) -> Array:
        return normal(seed, purpose, t, j)

    def u(purpose: str) -> Array:
        return uniform(seed, purpose, t, j)

    r, setting = reality, truth.setting(trials)
    below, above = (
        ndtr((r.baseline_least - r.baseline_mean) / r.baseline_sd),
        ndtr((100 - r.baseline_mean) / r.baseline_sd),
    )
    baseline = r.baseline_mean + r.baseline_sd * ndtri(below + u("baseline") * (above - below))
    gaps = r.stagger - np.log(u("enrolment")) * max(1 / r.per_month - r.stagger, 0.0)
    deviation = np.empty((len(trials), patients, len(months)))
    for v, month in enumerate(months):
        fresh = n(f"course at month {month:g}")
        kept = truth.serial ** ((month - months[v - 1]) / 6) if v else 0.0
        deviation[..., v] = fresh if not v else kept * deviation[..., v - 1] + np.sqrt(1 - kept**2) * fresh
    rise = setting.response[:, None] * -np.expm1(-np.array(months) / setting.onset[:, None])
    level = rise[:, None, :] + (setting.slope[:, None] * (baseline - 50.0))[:, :, None]
    drawn = {"lost": r.lost > 0, "leave": r.leave > 0, "rescue": r.rescue > 0}
    return Persons(
        trials=trials,
        baseline=baseline,
        enrolled=np.cumsum(gaps, axis=1) - gaps[:, :1],
        without=level + setting.sd[:, None, None] * deviation,
        planned_to_delivered=np.exp(r.dose_cv * n("delivered dose")) if r.dose_cv else np.ones_like(baseline),
        potency=(
            np.exp(r.batch_sd * normal(seed, "batch", t, j // r.batch_size) - r.batch_sd**2 / 2)
            if r.batch_sd
            else np.ones_like(baseline)
        ),
        uniforms={
            k: np.stack([u(f"{k} at month {m:g}") for m in months], axis=-1)
            for k, wanted in drawn.items()
            if wanted
        },
        unmade=u("manufacture") < r.failure if r.failure else np.zeros(baseline.shape, bool),
        harm=u("harm"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What happened to patients in their arms. Visits (T, N, V) are ``True`` in ``seen`` up to drop-out.

    ``improvement`` are values with rescue treatment where taken; ``rescued`` marks visits after it was.
    """

    improvement: Array
    seen: NDArray[np.bool_]
    rescued: NDArray[np.bool_]
    harmed: NDArray[np.bool_]
    delivered: Array


def follow(
    truth: Truth, reality: Reality, people: Persons, planned: Array, months: tuple[Months, ...]
) -> Followed:
    """The course of patients with ``planned`` doses (T, N): effect, harm, rescue and drop-out at every
    visit.
    """
    r = reality
    delivered = np.where(people.unmade, 0.0, planned * people.planned_to_delivered)
    if r.dose_cv or r.failure:
        benefit = truth.effect(people.trials, delivered, np.array(months))
        risk = truth.harm(people.trials, delivered)
    else:
        benefit, risk = _by_arm(truth, people.trials, planned, months)
    values = people.without + people.potency[:, :, None] * benefit
    here = np.ones(planned.shape, bool)
    rescued = np.zeros(planned.shape, bool)
    seen, after = np.empty(values.shape, bool), np.zeros(values.shape, bool)
    before = 0.0
    for v, month in enumerate(months):
        values[..., v] += r.rescue_gain * rescued
        after[..., v] = rescued
        if r.lost:
            chance = -np.expm1(np.log1p(-r.lost) * (month - before) / 12)
            if r.lost_log_odds:
                last = values[..., v - 1] if v else 0.0
                odds = np.log(chance / (1 - chance)) - r.lost_log_odds * (last - MIDDLING) / 10
                chance = 1 / (1 + np.exp(-odds))
            here = here & (people.uniforms["lost"][..., v] >= chance)
        if r.leave:
            here = here & ~((values[..., v] < r.leave_below) & (people.uniforms["leave"][..., v] < r.leave))
        seen[..., v] = here
        if r.rescue:
            rescued = rescued | (
                here & (values[..., v] < r.rescue_below) & (people.uniforms["rescue"][..., v] < r.rescue)
            )
        before = month
    return Followed(
        improvement=values, seen=seen, rescued=after, harmed=people.harm < risk, delivered=delivered
    )


def _by_arm(truth: Truth, trials: Indices, planned: Array, months: tuple[Months, ...]) -> tuple[Array, Array]:
    """Benefit (T, N, V) and risk (T, N) where all patients of an arm get the same: looked up, not
    computed.
    """
    doses, arm = np.unique(planned, return_inverse=True)
    arm = arm.reshape(planned.shape)
    table = truth.effect(trials, doses, np.array(months))
    row = np.arange(len(trials))[:, None]
    return table[row, arm], truth.harm(trials, doses)[row, arm]


def analysed(course: Followed, estimand: Estimand, reality: Reality) -> Array:
    """Values (T, N, V) that the estimand analyses, NaN where missing; one column for ``composite``.

    Missing values are monotone: after the first, all are.
    """
    if estimand == "composite":
        success = (
            (course.improvement[..., -1] >= reality.responder)
            & course.seen[..., -1]
            & ~course.rescued[..., -1]
        )
        return np.where(success, 100.0, 0.0)[..., None]
    kept = course.seen & ~course.rescued if estimand == "hypothetical" else course.seen
    return np.where(kept, course.improvement, np.nan)
