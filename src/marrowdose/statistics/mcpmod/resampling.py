"""Bootstrap over the choice of shape: curves, target doses and their intervals with model uncertainty.

Means are drawn from Normal(m, S), every shape is fitted to every draw, and each draw keeps the shape with the
least gAIC (bagging; Breiman 1996; DoseFinding's maFitMod). All draws are fitted at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import require
from ...units import Array, Probability
from .contrasts import lower_root
from .data import Estimates
from .fit import white_of
from .profile_likelihood import Profile, fit_profile
from .shapes import Shape

_GRID = 401  # doses at which the curve of a draw is followed to its target


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """B draws of the dose-response: the shape each one chose, and curves on ``grid`` (B, G).

    ``dropped`` draws had no converged fit at all.
    """

    chosen: tuple[str, ...]
    grid: Array
    curves: Array
    dropped: int

    def shares(self) -> dict[str, float]:
        """Part of the draws that chose each shape, the largest first."""
        return {name: count / len(self.chosen) for name, count in Counter(self.chosen).most_common()}

    def quantiles(self, doses: Sequence[float], levels: Sequence[float] = (0.025, 0.5, 0.975)) -> Array:
        """Pointwise quantiles of the curve at ``doses`` (levels, D), straight between grid points."""
        at = np.stack([np.interp(doses, self.grid, curve) for curve in self.curves])
        return np.asarray(np.quantile(at, levels, axis=0))

    def target_doses(self, delta: float) -> Array:
        """Smallest dose with effect ``delta`` over placebo in every draw (B,), NaN for none."""
        return first_reach(self.curves - self.curves[:, :1], self.grid, delta)

    def target_interval(
        self, delta: float, level: Probability = 0.95
    ) -> tuple[float | None, float | None, float]:
        """Limits of the target dose and the part of the draws that has one.

        A draw without one counts as a dose beyond the range: its limit is then None (above the doses tried).
        """
        found = self.target_doses(delta)
        filled = np.where(np.isnan(found), np.inf, found)
        ends = np.quantile(filled, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
        low, high = (float(end) if np.isfinite(end) else None for end in ends)
        return low, high, float(np.isfinite(found).mean())


def first_reach(effects: Array, grid: Array, delta: float) -> Array:
    """Where each row of ``effects`` (B, G) first reaches ``delta``, straight between grid points, or NaN."""
    require(
        bool(np.isfinite(delta)) and delta != 0, f"target effect {delta!r}", allowed="a number other than 0"
    )
    rise = np.sign(delta) * effects - abs(delta)
    reached = rise >= 0
    first = np.maximum(reached.argmax(axis=1), 1)
    row = np.arange(len(effects))
    before, after = rise[row, first - 1], rise[row, first]
    with np.errstate(divide="ignore", invalid="ignore"):
        dose = grid[first] - after / (after - before) * (grid[first] - grid[first - 1])
    return np.where(reached.any(axis=1), dose, np.nan)


def curve_values(shape: Shape, found: Profile, doses: Array) -> Array:
    """μ (B, D) of every fit at ``doses``."""
    columns = shape.columns(doses, *(t[:, None] for t in found.theta.T))
    slopes = found.linear[:, 1:]
    parts = (slopes[:, k, None] * np.atleast_2d(column) for k, column in enumerate(columns))
    return np.asarray(found.linear[:, :1] + sum(parts))


def bootstrap(
    data: Estimates, shapes: Sequence[Shape], *, rng: np.random.Generator, draws: int = 1000
) -> Bootstrap:
    """Fit all shapes to ``draws`` bootstrap samples of the means and keep the best of each.

    >>> data = estimates([0, 10, 50, 100], [0.0, 3.1, 7.0, 7.9], 0.25 * np.eye(4))
    >>> drawn = bootstrap(data, [make_shape("emax", 100.0)], rng=np.random.default_rng(1), draws=200)
    >>> [round(x) for x in drawn.target_interval(5.0)[:2]]
    [13, 40]
    """
    require(2 <= draws <= 100_000, f"{draws} draws", allowed="2 to 100000")
    require(len(shapes) > 0, "no shape", where="bootstrap")
    root = lower_root(data.covariance, where="covariance of the dose means")
    samples = data.means + rng.standard_normal((draws, len(data.means))) @ root.T
    if data.free_level:
        samples = samples - samples[:, :1]  # effects over placebo: there is no level
    white = white_of(data.covariance)
    grid = np.linspace(0.0, min(s.top for s in shapes), _GRID)
    criteria, curves = [], []
    for shape in shapes:
        p = len(shape.coefficients) + len(shape.parameters)
        require(
            len(data.doses) >= p,
            f"{shape.name} has {p} parameters, the trial {len(data.doses)} doses",
            where="bootstrap",
        )
        found = fit_profile(shape, data.doses, white, samples, starts=2)
        criteria.append(np.where(found.converged, found.rss + 2 * p, np.inf))
        curves.append(curve_values(shape, found, grid))
    table = np.stack(criteria)
    best, keep = table.argmin(axis=0), np.isfinite(table).any(axis=0)
    require(
        keep.mean() >= 0.95,
        f"{int((~keep).sum())} of {draws} bootstrap samples had no fit that converged",
        where="bootstrap",
        remedy="use shapes with fewer parameters",
    )
    picked = np.stack(curves)[best, np.arange(draws)]
    return Bootstrap(
        chosen=tuple(shapes[k].name for k in best[keep]),
        grid=grid,
        curves=picked[keep],
        dropped=int((~keep).sum()),
    )
