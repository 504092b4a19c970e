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
from . import multivariate_t as mvt
from .batch import Batch, fit_significant
from .candidates import Candidate, candidate_means
from .contrasts import contrast_correlation, optimal_contrasts
from .fit import white_of


def summarise(dose: Sequence[float], responses: Array) -> tuple[Array, Array, Array, Array]:
    """Doses (K,), patients (K,), means (B, K) and pooled variances (B,) of responses (B, N) of patients at
    ``dose`` (N,).
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
    return doses, n.astype(float), means, np.einsum("bn,bn->b", left, left) / (len(group) - len(doses))


def analyse_normal(
    doses: Array,
    n: Array,
    means: Array,
    variances: Array,
    candidates: Sequence[Candidate],
    *,
    alpha: Probability = 0.025,
    two_sided: bool = False,
    delta: float | None = None,
    at: Sequence[float] = (),
    seed: int = 0,
) -> Batch:
    """Closed MCP-Mod (AIC) of every row of ``means`` (B, K) with its pooled variance (B,)."""
    unscaled = np.diag(1 / n)
    contrasts = optimal_contrasts(candidate_means(candidates, doses), unscaled)
    correlation = contrast_correlation(contrasts, unscaled)
    total = float(n.sum())
    df = total - len(doses)
    c = mvt.critical_value(correlation, df, alpha, two_sided=two_sided, seed=seed)
    spread = np.sqrt(np.einsum("km,k,km->m", contrasts, 1 / n, contrasts))
    t = means @ contrasts / spread / np.sqrt(variances)[:, None]

    def aic(rss: Array, p: int, rows: NDArray[np.intp]) -> Array:
        return np.asarray(total * np.log((df * variances[rows] + rss) / total) + 2 * (p + 1))

    return fit_significant(
        doses,
        means,
        white_of(unscaled),
        t,
        c,
        candidates,
        criterion=aic,
        two_sided=two_sided,
        select="aic",
        delta=delta,
        at=at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """What to expect of the design if ``truth`` holds, over ``trials`` simulated trials.

    ``power`` with its Monte-Carlo standard error; ``chosen`` the share of all trials by shape; target
    doses of the trials that have one: their share, quartiles, and the true dose (None: not reached).
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
    means: Array, n: Array, sigma: float, trials: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Dose means (B, K) and pooled variances (B,) of normal trials."""
    df = float(n.sum()) - len(n)
    observed = means + sigma * rng.standard_normal((trials, len(means))) / np.sqrt(n)
    return observed, sigma**2 * rng.chisquare(df, trials) / df


def operating_characteristics(
    candidates: Sequence[Candidate],
    doses: Sequence[float],
    n: int | Sequence[int],
    sigma: float,
    *,
    truth: Candidate | None,
    rng: np.random.Generator,
    trials: int = 10_000,
    alpha: Probability = 0.025,
    delta: float | None = None,
) -> Operating:
    """Simulate ``trials`` trials under ``truth`` (None: no effect at any dose, so that power is the type-I
    error).
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
    true_means = np.zeros(len(d)) if truth is None else truth.means(d)
    means, variances = draw_trials(true_means, patients, sigma, trials, rng)
    batch = analyse_normal(d, patients, means, variances, candidates, alpha=alpha, delta=delta)
    power = float(batch.positive.mean())
    reached = batch.target_dose[np.isfinite(batch.target_dose)]
    quartiles = tuple(float(q) for q in np.quantile(reached, [0.25, 0.5, 0.75])) if len(reached) else None
    return Operating(
        truth="no effect" if truth is None else truth.label,
        trials=trials,
        power=power,
        power_error=math.sqrt(max(power * (1 - power), 1 / trials) / trials),
        chosen={name: float((batch.chosen == k).mean()) for k, name in enumerate(batch.shapes)},
        has_target=len(reached) / trials,
        target_quartiles=quartiles,  # type: ignore[arg-type]
        true_target=None if truth is None or delta is None else truth.target_dose(delta),
    )
