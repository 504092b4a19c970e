"""Operating characteristics of a dose-ranging design, each with its Monte-Carlo standard error.

Everything is a mean over simulated trials, so its error is the standard deviation over trials divided by the
root of their number; a share that no trial (or every trial) had gets the error of half a trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...errors import require
from ...units import Array, Points
from .looks import Flags
from .simulate import Results


class Estimate(NamedTuple):
    """A simulated mean and its Monte-Carlo standard error."""

    value: float
    error: float


def mean(values: Array | Flags) -> Estimate:
    """Mean over trials (T,), and its error."""
    x = np.asarray(values, float)
    x = x[np.isfinite(x)]
    require(len(x) >= 2, f"{len(x)} usable trials", where="characteristics", allowed="2 or more")
    value, error = float(x.mean()), float(x.std(ddof=1) / np.sqrt(len(x)))
    if error == 0 and value in (0.0, 1.0) and np.isin(x, (0.0, 1.0)).all():
        error = 0.5 / len(x)
    return Estimate(value, error)


def columns(values: Array) -> list[Estimate]:
    """``mean`` of every column (T, K)."""
    return [mean(column) for column in values.T]


def estimated(values: Array) -> list[Estimate]:
    """``columns``, NaN for a dose that fewer than two trials could estimate: others closed it before."""
    known = np.isfinite(values).sum(axis=0) >= 2
    return [mean(x) if there else Estimate(np.nan, np.nan) for x, there in zip(values.T, known, strict=True)]


class Characteristics(NamedTuple):
    """What to expect of a design under one truth.

    ``named`` by arm, the first being "no dose"; ``within`` the answer ("no dose" counting as placebo) is at
    most the margin below the best of all arms; ``positive`` a benefit is claimed: power, or the type-I error
    where no dose has one (``error`` counts that over all trials: claimed though the best true benefit is 0 or
    less); ``loss`` points lost against the best arm; ``target`` the true value of the estimand, and ``bias``
    and ``coverage`` of its estimate and 95 % interval; ``right`` by arm, how often it is the smallest within
    the margin of the best; ``months_quantiles`` of the duration at 0, 5, … 100 %.
    """

    trials: int
    named: list[Estimate]
    within: Estimate
    loss: Estimate
    positive: Estimate
    error: Estimate
    sure: Estimate
    treated: list[Estimate]
    patients: Estimate
    harmed: Estimate
    lost: Estimate
    months: Estimate
    stopped_early: Estimate
    true_benefit: list[Estimate]
    target: list[Estimate]
    bias: list[Estimate]
    root_mean_square: list[float]
    coverage: list[Estimate]
    right: list[Estimate]
    harmed_by_arm: list[Estimate]
    months_quantiles: list[float]


def answers(found: Results, margin: Points) -> tuple[Array, Array]:
    """Points lost (T,) by each trial's answer against the best arm, and whether they are within ``margin``
    (T,).
    """
    arms = np.column_stack([np.zeros(len(found)), found.truth])
    loss = arms.max(axis=1) - arms[np.arange(len(found)), found.named]
    return loss, (loss <= margin + 1e-9).astype(float)


def characteristics(found: Results, *, margin: Points, looks: int) -> Characteristics:
    """Summary of finished trials; ``looks`` counts the last."""
    loss, within = answers(found, margin)
    every = np.column_stack([np.zeros(len(found)), found.truth])
    smallest = (every >= every.max(axis=1, keepdims=True) - margin - 1e-9).argmax(axis=1)
    arms = found.truth.shape[1] + 1
    away = found.benefit - found.target
    covered = (found.lower <= found.target + 1e-9) & (found.target <= found.upper + 1e-9)
    return Characteristics(
        trials=len(found),
        named=columns((found.named[:, None] == np.arange(arms)).astype(float)),
        within=mean(within),
        loss=mean(loss),
        positive=mean(found.positive),
        error=mean(found.positive & (found.truth.max(axis=1) <= 1e-9)),
        sure=mean(found.sure),
        treated=columns(found.treated[:, :arms]),
        patients=mean(found.treated.sum(axis=1)),
        harmed=mean(found.harmed.sum(axis=1)),
        lost=mean(found.lost),
        months=mean(found.months),
        stopped_early=mean(found.look < looks - 1),
        true_benefit=columns(found.truth),
        target=columns(found.target),
        bias=estimated(away),
        root_mean_square=[float(np.sqrt(e.value)) for e in estimated(away**2)],
        coverage=estimated(np.where(np.isfinite(found.lower), covered, np.nan)),
        right=columns((smallest[:, None] == np.arange(arms)).astype(float)),
        harmed_by_arm=columns(found.harmed[:, :arms]),
        months_quantiles=np.quantile(found.months, np.linspace(0, 1, 21)).tolist(),
    )


def passed(found: Results) -> Flags:
    """Trials (T,) that claim a benefit and whose named dose passes its test against the active arm."""
    assert found.shown is not None
    every = np.column_stack([np.zeros(len(found), bool), found.shown])
    return np.asarray(found.positive & every[np.arange(len(found)), found.named])


class Difference(NamedTuple):
    """Second design less the first, trial by trial on the same virtual patients, with its 95 % interval."""

    what: str
    value: float
    low: float
    high: float


def paired(first: Results, second: Results, *, margin: Points) -> list[Difference]:
    """Paired differences of two designs that met the same patients. Raises ``InputError`` for other
    trials.
    """
    require(
        np.array_equal(first.trials, second.trials),
        "the designs did not run the same trials",
        where="compare",
    )
    (loss1, within1), (loss2, within2) = answers(first, margin), answers(second, margin)
    rows: Sequence[tuple[str, Array]] = (
        ("answers within the margin", within2 - within1),
        ("points lost", loss2 - loss1),
        ("benefit claimed", second.positive.astype(float) - first.positive),
        ("patients", second.treated.sum(axis=1) - first.treated.sum(axis=1)),
        ("harmed", second.harmed.sum(axis=1) - first.harmed.sum(axis=1)),
        ("months", second.months - first.months),
    )
    if first.shown is not None and second.shown is not None:
        rows = (
            *rows,
            ("named dose shown against the active arm", passed(second) - passed(first).astype(float)),
        )
    made = []
    for what, values in rows:
        value, error = mean(values)
        made.append(Difference(what, value, value - 1.96 * error, value + 1.96 * error))
    return made
