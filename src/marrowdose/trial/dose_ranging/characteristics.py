"""Operating characteristics of a dose-ranging design, each with its Monte-Carlo standard error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...errors import require
from ...units import Array, Flags, Points
from ..estimate import Estimate, difference, estimate, estimates
from .simulate import Results


def estimated(values: Array | Flags, known: Flags) -> tuple[Estimate, ...]:
    """``estimates``, NaN for a dose that fewer than two trials could estimate: others closed it before."""
    void = Estimate(value=np.nan, monte_carlo_se=np.nan)
    columns = zip(values.T, known.T, strict=True)
    return tuple(estimate(column[there]) if there.sum() >= 2 else void for column, there in columns)


class RangingCharacteristics(NamedTuple):
    """What to expect of a design under one truth.

    ``named`` by arm, the first being "no dose"; ``within`` the answer ("no dose" counting as placebo) is at
    most the margin below the best of all arms; ``positive`` a benefit is claimed: power, or the type-I error
    where no dose has one (``error`` counts that over all trials: claimed though the best true benefit is 0 or
    less); ``loss`` points lost against the best arm; ``target`` the true value of the estimand, and ``bias``
    and ``coverage`` of its estimate and 95 % interval; ``right`` by arm, how often it is the smallest within
    the margin of the best; ``months_quantiles`` of the duration at 0, 5, … 100 %.
    """

    trials: int
    named: tuple[Estimate, ...]
    within: Estimate
    loss: Estimate
    positive: Estimate
    error: Estimate
    sure: Estimate
    treated: tuple[Estimate, ...]
    patients: Estimate
    harmed: Estimate
    lost: Estimate
    months: Estimate
    stopped_early: Estimate
    true_benefit: tuple[Estimate, ...]
    target: tuple[Estimate, ...]
    bias: tuple[Estimate, ...]
    root_mean_square: list[float]
    coverage: tuple[Estimate, ...]
    right: tuple[Estimate, ...]
    harmed_by_arm: tuple[Estimate, ...]
    months_quantiles: list[float]


def answers(found: Results, margin: Points) -> tuple[Array, Flags]:
    """Points lost (T,) by each trial's answer against the best arm, and whether they are within ``margin``
    (T,).
    """
    arms = np.column_stack([np.zeros(len(found)), found.truth])
    loss = arms.max(axis=1) - arms[np.arange(len(found)), found.named]
    return loss, np.asarray(loss <= margin + 1e-9)


def characteristics(found: Results, *, margin: Points, looks: int) -> RangingCharacteristics:
    """Summary of finished trials; ``looks`` counts the last."""
    loss, within = answers(found, margin)
    every = np.column_stack([np.zeros(len(found)), found.truth])
    smallest = (every >= every.max(axis=1, keepdims=True) - margin - 1e-9).argmax(axis=1)
    arms = found.truth.shape[1] + 1
    away = found.benefit - found.target
    covered = (found.lower <= found.target + 1e-9) & (found.target <= found.upper + 1e-9)
    return RangingCharacteristics(
        trials=len(found),
        named=estimates(found.named[:, None] == np.arange(arms)),
        within=estimate(within),
        loss=estimate(loss),
        positive=estimate(found.positive),
        error=estimate(found.positive & (found.truth.max(axis=1) <= 1e-9)),
        sure=estimate(found.sure),
        treated=estimates(found.treated[:, :arms]),
        patients=estimate(found.treated.sum(axis=1)),
        harmed=estimate(found.harmed.sum(axis=1)),
        lost=estimate(found.lost),
        months=estimate(found.months),
        stopped_early=estimate(found.look < looks - 1),
        true_benefit=estimates(found.truth),
        target=estimates(found.target),
        bias=estimated(away, np.isfinite(away)),
        root_mean_square=[float(np.sqrt(e.value)) for e in estimated(away**2, np.isfinite(away))],
        coverage=estimated(covered, np.isfinite(found.lower)),
        right=estimates(smallest[:, None] == np.arange(arms)),
        harmed_by_arm=estimates(found.harmed[:, :arms]),
        months_quantiles=np.quantile(found.months, np.linspace(0, 1, 21)).tolist(),
    )


def passed(found: Results) -> Flags:
    """Trials (T,) that claim a benefit and whose named dose passes its test against the active arm."""
    assert found.shown is not None
    every = np.column_stack([np.zeros(len(found), bool), found.shown])
    return np.asarray(found.positive & every[np.arange(len(found)), found.named])


class Difference(NamedTuple):
    """Second design less the first, trial by trial on the same virtual patients."""

    what: str
    less: Estimate


def paired(first: Results, second: Results, *, margin: Points) -> list[Difference]:
    """Paired differences of two designs that met the same patients. Raises ``InputError`` for other
    trials.
    """
    require(
        np.array_equal(first.trials, second.trials),
        "the designs did not run the same trials",
        where="compare",
    )
    one, two = _by_trial(first, margin), _by_trial(second, margin)
    return [Difference(what, difference(one[what], two[what])) for what in one if what in two]


def _by_trial(found: Results, margin: Points) -> dict[str, Array | Flags]:
    """What designs are compared by, one number a trial (T,)."""
    loss, within = answers(found, margin)
    by_trial: dict[str, Array | Flags] = {
        "answers within the margin": within,
        "points lost": loss,
        "benefit claimed": found.positive,
        "patients": found.treated.sum(axis=1),
        "harmed": found.harmed.sum(axis=1),
        "months": found.months,
    }
    if found.shown is not None:
        by_trial["named dose shown against the active arm"] = passed(found)
    return by_trial
