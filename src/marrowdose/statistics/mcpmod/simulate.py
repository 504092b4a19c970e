"""MCP-Mod on many trials with normal responses, and its operating characteristics.

A normal trial is its dose means and pooled variance (they are sufficient), so these are what is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import require
from ...units import Array, Probability
from .batch_fits import Batch, BatchTest, Whitened, fit_significant
from .candidates import Candidate, candidate_means
from .contrasts import contrast_correlation
from .fit import white_of
from .rule import DEFAULT_RULE, ContrastRule


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalTrials:
    """B trials of normal responses: ``means`` (B, K) of ``n`` (K,) patients at ``doses`` (K,), and variances.

    ``variances`` (B,) are pooled over the doses, with Σn − K degrees of freedom.
    """

    doses: Array
    n: Array
    means: Array
    variances: Array


def summarise(dose: Sequence[float], responses: Array) -> NormalTrials:
    """Trials by their sufficient statistics, from responses (B, N) of patients at ``dose`` (N,).

    >>> trials = summarise([0, 0, 1, 1], np.array([[1.0, 3.0, 4.0, 8.0]]))
    >>> trials.means.tolist(), trials.variances.tolist()
    ([[2.0, 6.0]], [5.0])
    """
    doses, group, n = np.unique(np.asarray(dose, dtype=float), return_inverse=True, return_counts=True)
    y = np.asarray(responses, dtype=float)
    require(
        y.ndim == 2 and y.shape[1] == len(group),
        f"responses of shape {y.shape} for {len(group)} patients",
        allowed="(trials, patients)",
    )
    require(
        len(group) > len(doses) >= 2,
        f"{len(group)} patients at {len(doses)} doses",
        where="trials",
        allowed="two doses or more, more patients than doses",
    )
    require(bool(np.isfinite(y).all()), "a response that is not a number", where="trials")
    means = y @ (group[:, None] == np.arange(len(doses))) / n
    left = y - means[:, group]
    variances = np.einsum("bn,bn->b", left, left) / (len(group) - len(doses))
    return NormalTrials(doses=doses, n=n.astype(float), means=means, variances=variances)


def analyse_normal(
    trials: NormalTrials,
    candidates: Sequence[Candidate],
    *,
    rule: ContrastRule = DEFAULT_RULE,
    delta: float | None = None,
    at: Sequence[float] = (),
) -> Batch:
    """Closed MCP-Mod (AIC) of every trial; ``delta`` and ``at`` as for ``analyse_estimates``.

    >>> trials = summarise([0, 0, 5, 5, 10, 10], np.array([[0.0, 0.2, 0.5, 0.6, 1.0, 0.9]]))
    >>> linear = Candidate(label="linear", shape=make_shape("linear", 10.0))
    >>> analyse_normal(trials, [linear]).positive.tolist()
    [True]
    """
    unscaled = np.diag(1 / trials.n)
    contrasts = rule.contrasts(candidate_means(candidates, trials.doses), unscaled)
    total = float(trials.n.sum())
    df = total - len(trials.doses)
    spread = np.sqrt(np.einsum("km,k,km->m", contrasts, 1 / trials.n, contrasts))
    test = BatchTest(
        statistics=trials.means @ contrasts / spread / np.sqrt(trials.variances)[:, None],
        critical_value=rule.critical_value(contrast_correlation(contrasts, unscaled), df),
        rule=rule,
    )

    def aic(rss: Array, p: int, rows: NDArray[np.intp]) -> Array:
        return np.asarray(total * np.log((df * trials.variances[rows] + rss) / total) + 2 * (p + 1))

    data = Whitened(trials.doses, trials.means, white_of(unscaled))
    return fit_significant(data, candidates, test, criterion=aic, select="aic", delta=delta, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """What to expect of the design if ``truth`` holds, over ``trials`` simulated trials.

    ``power`` with its Monte-Carlo standard error; ``chosen`` the share of all trials by shape; target doses
    of the trials that have one: their share, quartiles, and the true dose (None: not reached).
    """

    truth: str
    trials: int
    power: Probability
    power_error: Probability
    chosen: dict[str, Probability]
    has_target: Probability
    target_quartiles: tuple[float, float, float] | None
    true_target: float | None


def draw_trials(
    truth: Candidate | None,
    doses: Sequence[float],
    n: int | Sequence[int],
    sigma: float,
    *,
    trials: int,
    rng: np.random.Generator,
) -> NormalTrials:
    """Trials with ``n`` patients an arm (one number, or one a dose) and SD ``sigma`` under ``truth``.

    None is no effect at any dose. Raises ``InputError``.

    >>> draw_trials(None, [0, 1], 50, 2.0, trials=3, rng=np.random.default_rng(1)).means.shape
    (3, 2)
    """
    d = np.asarray(doses, dtype=float)
    patients = np.broadcast_to(np.asarray(n, dtype=float), d.shape)
    require(trials >= 2, f"{trials} trials", allowed="2 or more")
    require(math.isfinite(sigma) and sigma > 0, f"sigma {sigma!r}", allowed="above 0")
    require(
        bool(np.all(patients >= 1)) and patients.sum() > len(d),
        f"n = {n!r}",
        allowed="more patients than arms, one an arm or more",
    )
    means = np.zeros(len(d)) if truth is None else truth.means(d)
    df = float(patients.sum()) - len(d)
    return NormalTrials(
        doses=d,
        n=patients,
        means=means + sigma * rng.standard_normal((trials, len(d))) / np.sqrt(patients),
        variances=sigma**2 * rng.chisquare(df, trials) / df,
    )


def operating_characteristics(
    trials: NormalTrials,
    candidates: Sequence[Candidate],
    *,
    truth: Candidate | None,
    rule: ContrastRule = DEFAULT_RULE,
    delta: float | None = None,
) -> Operating:
    """What the analysis of ``trials`` drawn from ``truth`` says; with None power is the type-I error.

    >>> emax = Candidate(label="emax", shape=make_shape("emax", 10.0), guess=(2.0,))
    >>> drawn = draw_trials(emax, [0, 2, 5, 10], 30, 1.5, trials=1000, rng=np.random.default_rng(1))
    >>> found = operating_characteristics(drawn, [emax], truth=emax, delta=0.5)
    >>> exact = float(power([emax], [0, 2, 5, 10], 30, 1.5).power[0])
    >>> abs(found.power - exact) < 3 * found.power_error
    True
    """
    batch = analyse_normal(trials, candidates, rule=rule, delta=delta)
    count = len(trials.means)
    power = float(batch.positive.mean())
    reached = batch.target_dose[np.isfinite(batch.target_dose)]
    low, middle, high = np.quantile(reached, [0.25, 0.5, 0.75]).tolist() if len(reached) else (0.0, 0.0, 0.0)
    return Operating(
        truth="no effect" if truth is None else truth.label,
        trials=count,
        power=power,
        power_error=math.sqrt(max(power * (1 - power), 1 / count) / count),
        chosen={name: float((batch.chosen == k).mean()) for k, name in enumerate(batch.shapes)},
        has_target=len(reached) / count,
        target_quartiles=(low, middle, high) if len(reached) else None,
        true_target=None if truth is None or delta is None else truth.target_dose(delta),
    )
