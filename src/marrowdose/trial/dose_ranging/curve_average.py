"""Averaged dose-response curves with closed-form posteriors, for many trials at once.

    δ̂ | g, E ~ Normal(E f_g, C),   E ~ Normal(m, s²),   g on a grid of curves with prior weights

δ̂ are the estimated benefits of the doses over placebo with covariance C, f_g the curve of grid point g, its
maximum over the dose range being 1, so that E is the largest benefit [points]. Given g all is conjugate:

    A = f'C⁻¹f,  B = f'C⁻¹δ̂,   E | g, δ̂ ~ Normal((B + m/s²)/(A + 1/s²), 1/(A + 1/s²)),
    log p(δ̂ | g) = ½ (B + m/s²)²/(A + 1/s²) − ½ m²/s² − ½ log(1 + s²A) + what does not depend on g.

No sampling: every probability below is a weighted sum of normal probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from scipy.special import ndtr

from ...errors import require
from ...units import Array, Points, Probability

_FINE = 2001  # doses at which the maximum of a curve is looked for
_HALVINGS = 22  # of ± 12 standard deviations: to 6e-6 of one


def _emax(u: Array) -> list[Array]:
    return [u / (e + u) for e in np.geomspace(0.02, 1.0, 9)]


def _sigmoid(u: Array) -> list[Array]:
    return [u**h / (e**h + u**h) for e in (0.05, 0.1, 0.2, 0.35, 0.5, 0.7) for h in (2.0, 4.0)]


def _quadratic(u: Array) -> list[Array]:
    return [u / p * (2 - u / p) for p in (0.5, 0.6, 0.7, 0.8, 0.9)]


def _beta(u: Array) -> list[Array]:
    inner = np.maximum(1 - u / 1.2, 0.0)
    return [u**a * inner**b for a in (0.3, 0.6, 1.0) for b in (0.3, 0.8, 1.6)]


def _umbrella(u: Array) -> list[Array]:
    return [u / (e + u) / (1 + u / i) for e in (0.05, 0.15, 0.4) for i in (0.1, 0.3, 0.8)]


FAMILIES: dict[str, tuple[str, Callable[[Array], list[Array]]]] = {
    "null": ("no dose helps", lambda u: [np.zeros_like(u)]),
    "linear": ("in proportion to the dose", lambda u: [u]),
    "emax": ("rises and levels off", _emax),
    "sigmoid": ("a threshold, a rise, a level", _sigmoid),
    "plateau": ("any dose of cells alike", lambda u: [(u > 0).astype(float)]),
    "quadratic": ("a parabola that peaks from half the top dose on", _quadratic),
    "beta": ("rises and falls, skewed", _beta),
    "umbrella": ("rises, peaks and falls (Haldane)", _umbrella),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Curves on a grid. ``shape`` (G, K) at the trial's doses without placebo, ``weight`` (G,) before the
    trial.

    Families share the weight equally unless stated, and their grid points within them. ``family`` (G,) names.
    """

    doses: tuple[float, ...]
    shape: Array
    weight: Array
    family: tuple[str, ...]
    mean: Points
    sd: Points


def curve_grid(
    doses: Sequence[float],
    families: Sequence[str] = tuple(FAMILIES),
    *,
    weights: Sequence[float] | None = None,
    mean: Points = 0.0,
    sd: Points = 10.0,
) -> Grid:
    """The grid of ``families`` at ``doses`` (placebo left out); E ~ Normal(``mean``, ``sd``²) for each.
    Raises ``InputError``.
    """
    require(
        bool(families) and len(set(families)) == len(families) and all(f in FAMILIES for f in families),
        f"curves {list(families)}",
        allowed=", ".join(FAMILIES) + ", each once",
    )
    require(
        weights is None or (len(weights) == len(families) and min(weights) >= 0 and sum(weights) > 0),
        f"weights {weights}",
        allowed="one number from 0 up for each curve, not all 0",
    )
    require(
        len(doses) >= 1 and min(doses) > 0 and sd > 0,
        f"doses {list(doses)}, sd {sd!r}",
        allowed="doses above 0 and an sd above 0",
    )
    fine = np.concatenate([np.linspace(0.0, 1.0, _FINE), np.array(doses) / max(doses)])
    rows, prior, names = [], [], []
    for k, family in enumerate(families):
        curves = FAMILIES[family][1](fine)
        for curve in curves:
            top = curve.max()
            rows.append(curve[_FINE:] / (top if top > 0 else 1.0))
            prior.append((1.0 if weights is None else weights[k]) / len(curves))
            names.append(family)
    weight = np.array(prior) / sum(prior)
    return Grid(
        doses=tuple(doses),
        shape=np.maximum(np.array(rows), 0.0),
        weight=weight,
        family=tuple(names),
        mean=mean,
        sd=sd,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """Curves after the trial: ``weight`` (T, G), and mean and SD of E given each curve (T, G)."""

    grid: Grid
    weight: Annotated[Array, "posterior probability of a grid point"]
    mean: Array
    sd: Array

    def families(self) -> dict[str, Array]:
        """Posterior probability (T,) of each family."""
        named = np.array(self.grid.family)
        return {f: self.weight[:, named == f].sum(axis=1) for f in dict.fromkeys(self.grid.family)}

    def benefit(self) -> Array:
        """Posterior mean benefit over placebo (T, K)."""
        return (self.weight * self.mean) @ self.grid.shape

    def spread(self) -> Array:
        """Posterior standard deviation of the benefit (T, K)."""
        second = (self.weight * (self.mean**2 + self.sd**2)) @ self.grid.shape**2
        return np.sqrt(np.maximum(second - self.benefit() ** 2, 0.0))

    def above(self, least: Points) -> Array:
        """P(benefit of the dose > ``least``) (T, K)."""
        return 1.0 - self.below(np.full((len(self.weight), self.grid.shape.shape[1]), least))

    def below(self, at: Array, *, strictly: bool = False) -> Array:
        """P(benefit ≤ ``at``) (T, K); the probability that it is exactly 0 does not count if ``strictly``."""
        return np.stack([self._below(at[:, k], k, strictly) for k in range(at.shape[1])], axis=1)

    def _below(self, at: Array, k: int, strictly: bool) -> Array:
        f = self.grid.shape[:, k]
        helps = f > 0
        z = (at[:, None] / f[helps] - self.mean[:, helps]) / self.sd[:, helps]
        flat = self.weight[:, ~helps].sum(axis=1) * ((at > 0) if strictly else (at >= 0))
        return np.asarray((self.weight[:, helps] * ndtr(z)).sum(axis=1) + flat)

    def quantile(self, p: Probability) -> Array:
        """Quantile of the benefit (T, K), by halving."""
        low = self.benefit() - 12 * self.spread() - 1e-9
        high = self.benefit() + 12 * self.spread() + 1e-9
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            under = self.below(middle) < p
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.asarray(high)

    def within(self, margin: Points) -> Array:
        """P(the dose is at most ``margin`` below the best of all, placebo included) (T, K).

        Given a curve that is an interval of E: −margin/f ≤ E ≤ margin/(max f − f).
        """
        f = self.grid.shape
        lag = f.max(axis=1, keepdims=True) - f
        return np.stack(
            [self._between(-_ratio(margin, f[:, k]), _ratio(margin, lag[:, k])) for k in range(f.shape[1])],
            axis=1,
        )

    def sufficient(self, margin: Points) -> Array:
        """P(the dose is the smallest at most ``margin`` below the best) (T, K + 1); the first column is
        placebo.

        As E grows, fewer doses stay within the margin: dose k is the smallest between the largest E that a
        smaller one stands and the largest that k stands. The columns sum to 1.
        """
        f = np.column_stack([np.zeros(len(self.grid.shape)), self.grid.shape])
        stands = _ratio(margin, f.max(axis=1, keepdims=True) - f)
        before = np.column_stack([np.full(len(f), -np.inf), np.maximum.accumulate(stands, axis=1)[:, :-1]])
        return np.stack(
            [self._between(before[:, k], np.maximum(stands[:, k], before[:, k])) for k in range(f.shape[1])],
            axis=1,
        )

    def _between(self, low: Array, high: Array) -> Array:
        """P(low < E ≤ high) (T,), the ends (G,) being those of each curve."""
        upper, lower = (ndtr((end - self.mean) / self.sd) for end in (high, low))
        return np.asarray((self.weight * (upper - lower)).sum(axis=1))


def _ratio(margin: float, by: Array) -> Array:
    """margin/by, infinite where ``by`` is 0."""
    with np.errstate(divide="ignore"):
        return np.where(by > 1e-12, margin / np.maximum(by, 1e-12), np.inf)


def average_curves(grid: Grid, means: Array, covariance: Array) -> Posterior:
    """The curves given arm means (T, 1 + K), placebo first, with their covariance (T, 1 + K, 1 + K)."""
    benefit = means[:, 1:] - means[:, :1]
    c = covariance
    spread = c[:, 1:, 1:] - c[:, 1:, :1] - c[:, :1, 1:] + c[:, :1, :1]
    precision = np.linalg.inv(spread)
    f, prior = grid.shape, 1 / grid.sd**2
    a = np.einsum("gk,tkl,gl->tg", f, precision, f, optimize=True)
    b = np.einsum("tkl,tl->tk", precision, benefit) @ f.T
    total = a + prior
    at = (b + grid.mean * prior) / total
    log = 0.5 * at**2 * total - 0.5 * grid.mean**2 * prior - 0.5 * np.log(total / prior)
    with np.errstate(divide="ignore"):
        log = log + np.log(grid.weight)
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    return Posterior(
        grid=grid, weight=weight / weight.sum(axis=1, keepdims=True), mean=at, sd=1 / np.sqrt(total)
    )
