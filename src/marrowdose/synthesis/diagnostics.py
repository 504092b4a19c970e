"""May these draws be trusted? Convergence of chains, and tails of importance weights.

References: Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021 (rank-normalised split R-hat, bulk and tail
effective sample size; limits 1.01 and 400); Vehtari, Simpson, Gelman, Yao & Gabry 2024 (Pareto-smoothed
importance sampling). Computed by arviz-stats, part of the extra ``marrowdose[fit]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from marrowdose.errors import InputError, require
from marrowdose.units import Array

MAX_R_HAT = 1.01
MIN_ESS = 400.0
MAX_DIVERGENCES = 0
TAIL = (0.05, 0.95)  # the tail effective sample size is the smaller one of these two quantiles'


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostics:
    """R-hat and effective sample sizes [draws] per named quantity, and the number of divergences.

    ``sentences`` names each failure in words; ``ok`` means that there is none.
    """

    r_hat: dict[str, float]
    ess_bulk: dict[str, float]
    ess_tail: dict[str, float]
    divergences: int
    sentences: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every quantity and the number of divergences keep the limits."""
        return not self.sentences


def diagnose(quantities: Mapping[str, Array], divergent: ArrayLike = False) -> Diagnostics:
    """Diagnose named quantities, each an array (chains ≥ 2, draws ≥ 4), and the divergent transitions.

    ``divergent`` is a boolean array of any shape, as in ``engine.Draws``. A quantity with a number that is
    not finite, or that never moves, fails: it has no R-hat (NaN). Raises ``InputError`` for another shape.
    """
    stats = _array_stats()
    r_hat, bulk, tail = {}, {}, {}
    for name, given in quantities.items():
        values = np.asarray(given, dtype=float)
        shape_ok = values.ndim == 2 and values.shape[0] >= 2 and values.shape[1] >= 4
        require(shape_ok, f"shape {values.shape}", where=name, allowed="at least 2 chains of 4 draws")
        usable = bool(np.all(np.isfinite(values)) and np.ptp(values) > 0)
        with np.errstate(divide="ignore", invalid="ignore"):  # a chain that stands still has no variance
            r_hat[name] = float(stats.rhat(values)) if usable else np.nan
            bulk[name] = float(stats.ess(values, method="bulk")) if usable else 0.0
            tail[name] = float(stats.ess(values, method="tail", prob=TAIL)) if usable else 0.0
    divergences = int(np.sum(np.asarray(divergent, dtype=bool)))
    return Diagnostics(
        r_hat=r_hat,
        ess_bulk=bulk,
        ess_tail=tail,
        divergences=divergences,
        sentences=_sentences(r_hat, bulk, tail, divergences),
    )


def psis(log_weights: ArrayLike, r_eff: float = 1.0) -> tuple[Array, float]:
    """Pareto-smoothed log weights (normalised: their exponentials sum to one) and the Pareto k of their tail.

    ``log_weights``, shape (n ≥ 25,), are log ratios target / proposal up to a constant; ``r_eff`` is the
    relative efficiency of the proposal's draws (effective sample size / n). k below 0.7 means that the
    weighted mean can be trusted; equal weights have no tail, k = −inf. Raises ``InputError`` on too few
    weights and on one that is NaN or +inf.
    """
    values = np.asarray(log_weights, dtype=float)
    require(
        values.ndim == 1 and values.size >= 25, f"shape {values.shape}", where="psis", allowed="25 or more"
    )
    usable = not np.any(np.isnan(values)) and np.isfinite(values.max())
    require(bool(usable), "a weight that is NaN or infinite", where="psis", allowed="finite log weights")
    if np.ptp(values) == 0:
        return np.full(values.size, -np.log(values.size)), -np.inf
    # psislw takes log likelihoods left out, the negative of log weights (checked against a Pareto sample)
    smoothed, k = _array_stats().psislw(-values, r_eff=r_eff)
    return smoothed, float(k)


def pareto_k(log_weights: ArrayLike, r_eff: float = 1.0) -> float:
    """The Pareto k of importance weights: see ``psis``."""
    return psis(log_weights, r_eff)[1]


def _sentences(
    r_hat: Mapping[str, float], bulk: Mapping[str, float], tail: Mapping[str, float], divergences: int
) -> tuple[str, ...]:
    """One sentence a failure; NaN fails."""
    found = []
    for name, value in r_hat.items():
        if np.isnan(value):
            found.append(f"{name} has no R-hat: it never moves or is not finite.")
            continue
        if not value <= MAX_R_HAT:
            found.append(f"{name}: R-hat {value:.3f} is above {MAX_R_HAT}; the chains disagree.")
        for kind, ess in (("bulk", bulk[name]), ("tail", tail[name])):
            if not ess >= MIN_ESS:
                found.append(f"{name}: {kind} effective sample size {ess:.0f} is below {MIN_ESS:.0f}.")
    if divergences > MAX_DIVERGENCES:
        found.append(f"{divergences} divergent transitions; {MAX_DIVERGENCES} allowed.")
    return tuple(found)


def _array_stats() -> Any:
    """The array functions of arviz-stats, or a sentence about how to get them."""
    try:
        from arviz_stats.base import array_stats
    except ImportError as missing:
        raise InputError(
            f"diagnostics need the package {missing.name}", remedy="pip install 'marrowdose[fit]'"
        ) from missing
    return array_stats
