"""Plans of an MCP-Mod trial: power of the contrast test, and sample size.

Power is P(max_m T_m > c) if one of the candidates (or another curve) is the truth, T being multivariate t
with non-centrality c_m'μ/√(c_m'Sc_m) (Pinheiro, Bornkamp & Bretz 2006, J Biopharm Stat 16:639, section 3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ...errors import require
from ...units import Array, Probability
from . import multivariate_t as mvt
from .candidates import Candidate, candidate_means
from .contrasts import contrast_correlation, lower_root
from .rule import DEFAULT_RULE, ContrastRule

Patients = Annotated[int, "patients"]
MAX_PATIENTS = 100_000  # an arm, in the search for a sample size


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Power if each of ``labels`` is the truth, its Monte-Carlo standard error, and the critical value."""

    labels: tuple[str, ...]
    power: Array
    error: Array
    critical_value: float


def power(
    candidates: Sequence[Candidate],
    doses: Sequence[float],
    n: int | Sequence[int],
    sigma: float,
    *,
    rule: ContrastRule = DEFAULT_RULE,
    truths: Sequence[Candidate] | None = None,
) -> Power:
    """Power with ``n`` patients an arm (one number, or one a dose) and residual SD ``sigma``.

    Each of the candidates is taken for the truth in turn, or each of ``truths``.

    >>> emax = Candidate(label="emax", shape=make_shape("emax", 1.0), guess=(0.2,), max_effect=0.4)
    >>> power([emax], [0, 0.05, 0.2, 0.6, 1], 50, 0.65).power.round(2).tolist()
    [0.96]
    """
    patients = np.broadcast_to(np.asarray(n, dtype=float), len(doses))
    require(
        bool(np.all(np.isfinite(patients) & (patients >= 1))),
        f"n = {n!r}",
        where="power",
        allowed="1 patient an arm or more",
    )
    require(math.isfinite(sigma) and sigma > 0, f"sigma {sigma!r}", where="power", allowed="above 0")
    df = float(patients.sum()) - len(doses)
    require(
        df > 0,
        f"{patients.sum():g} patients in {len(doses)} arms",
        where="power",
        allowed="more patients than arms",
    )
    covariance = np.diag(sigma**2 / patients)
    return power_of_estimates(candidates, doses, covariance, df=df, rule=rule, truths=truths)


def power_of_estimates(
    candidates: Sequence[Candidate],
    doses: Sequence[float],
    covariance: Array,
    *,
    df: float = math.inf,
    rule: ContrastRule = DEFAULT_RULE,
    truths: Sequence[Candidate] | None = None,
) -> Power:
    """Power where the dose means will have ``covariance`` (K, K), by the normal where ``df`` is infinite.

    One straight line and equal variances are one contrast, whose power is that of a z test:

    >>> line = Candidate(label="linear", shape=make_shape("linear", 2.0), max_effect=2.0)
    >>> power_of_estimates([line], [0, 1, 2], 0.5 * np.eye(3)).power.round(3).tolist()
    [0.516]
    """
    d = np.asarray(doses, dtype=float)
    lower_root(covariance, where="covariance of the dose means")
    means = candidate_means(candidates, d)
    contrasts = rule.contrasts(means, covariance)
    correlation = contrast_correlation(contrasts, covariance)
    c = rule.critical_value(correlation, df)
    spread = np.sqrt(np.einsum("km,kl,lm->m", contrasts, covariance, contrasts))
    true_means = means if truths is None else candidate_means(truths, d)
    shift = true_means.T @ contrasts / spread
    found = mvt.max_exceeds(shift, correlation, df, c, two_sided=rule.two_sided, seed=rule.seed)
    labels = tuple(t.label for t in (candidates if truths is None else truths))
    return Power(labels=labels, power=found.value, error=found.error, critical_value=c)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSize:
    """Patients by dose, their sum, and the power they give."""

    n: tuple[int, ...]
    total: int
    power: Power


def sample_size(
    candidates: Sequence[Candidate],
    doses: Sequence[float],
    sigma: float,
    *,
    target: Probability = 0.8,
    rule: ContrastRule = DEFAULT_RULE,
    allocation: Sequence[float] | None = None,
    over: Callable[[Array], float] = np.min,
) -> SampleSize:
    """Fewest patients whose power, the least over the candidates unless ``over`` says else, is ``target``.

    Arms get ``allocation`` (relative to the smallest arm, equal unless given) times n, rounded up.

    >>> emax = Candidate(label="emax", shape=make_shape("emax", 1.0), guess=(0.2,), max_effect=0.4)
    >>> sample_size([emax], [0, 0.05, 0.2, 0.6, 1], 0.65).n
    (29, 29, 29, 29, 29)
    """
    require(0 < target < 1, f"power {target!r}", allowed="above 0 and below 1")
    ratio = np.ones(len(doses)) if allocation is None else np.asarray(allocation, dtype=float)
    require(
        ratio.shape == (len(doses),) and bool(np.all(np.isfinite(ratio) & (ratio > 0))),
        "allocation",
        allowed="one positive number a dose",
    )
    ratio = ratio / ratio.min()

    def at(n: int) -> tuple[tuple[int, ...], Power]:
        arms = tuple(math.ceil(n * r - 1e-9) for r in ratio)
        return arms, power(candidates, doses, arms, sigma, rule=rule)

    def enough(n: int) -> bool:
        return bool(over(at(n)[1].power) >= target)

    low, high = 1, 2  # `low` is never tried: one patient an arm leaves no spread
    while not enough(high):
        low, high = high, high * 2
        require(
            high <= MAX_PATIENTS,
            f"power {target:g} needs more than {MAX_PATIENTS} patients an arm",
            where="sample size",
            remedy="ask for a larger effect or a smaller power",
        )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    arms, reached = at(high)
    return SampleSize(n=arms, total=sum(arms), power=reached)
