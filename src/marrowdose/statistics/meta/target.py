"""Doses read off a fitted curve: where it peaks, where it reaches a share of its peak, or a target effect.

Intervals come from curves drawn from the estimates' normal distribution: the dose is found on every draw,
then quantiles of the doses are taken. For a new study the draws also vary by the spread between studies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from ...errors import require, require_between
from ...units import Array, Probability
from ..one_dimension import lowest, root
from .curve import DoseResponse
from .shapes import Shape

_GRID = 600  # doses at which a curve is looked at
_FAR = 1e6  # times the highest dose: what "asymptote" means


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseEstimate:
    """A dose and its interval.

    ``se`` is by the delta method, None where the dose is not smooth in the coefficients. ``reached`` is the
    share of drawn curves that have such a dose within the doses looked at; ``low`` and ``high`` are quantiles
    of those, and None where fewer than half do. ``estimate`` is None where the estimated curve itself does
    not reach the target.
    """

    estimate: float | None
    se: float | None
    low: float | None
    high: float | None
    reached: Probability
    level: Probability
    new_study: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The greatest effect (in size) within the doses of the table, and the lowest dose that has it."""

    dose: float
    effect: float


def peak(fit: DoseResponse) -> Peak:
    """Where the estimated curve is farthest from zero, within the doses of the table.

    >>> arms = {"study": ["a", "a", "b", "b", "c", "c", "d", "d"], "dose": [0, 10, 0, 20, 0, 30, 0, 40],
    ...         "mean": [5, 7.2, 4, 7.8, 5, 11.1, 6, 13.8], "sd": [9] * 8, "n": [50] * 8}
    >>> fit = drma(arms, curve="linear")
    >>> round(peak(fit).dose, 1)
    40.0
    """
    doses = np.linspace(0.0, fit.dose_range[1], 20 * _GRID + 1)
    effect = fit.predict(doses).effect
    at = int(np.argmax(np.abs(effect)))
    return Peak(dose=float(doses[at]), effect=float(effect[at]))


def effective_dose(
    fit: DoseResponse,
    share: Probability,
    *,
    of: Literal["range", "asymptote"] = "range",
    new_study: bool = False,
    draws: int = 2000,
    seed: int = 0,
) -> DoseEstimate:
    """The lowest dose with ``share`` of the greatest effect: ED₈₀ is ``effective_dose(fit, 0.8)``.

    The greatest effect is that within the doses of the table, or (``of="asymptote"``, non-linear curves only)
    that of an unlimited dose.

    >>> arms = {"study": ["a", "a", "b", "b", "c", "c", "d", "d"], "dose": [0, 10, 0, 20, 0, 30, 0, 40],
    ...         "mean": [5, 7.2, 4, 7.8, 5, 11.1, 6, 13.8], "sd": [9] * 8, "n": [50] * 8}
    >>> fit = drma(arms, curve="linear")
    >>> round(effective_dose(fit, 0.5).estimate, 1)  # half of the effect at 40, the largest dose
    20.0
    """
    require_between(share, 0.01, 0.99, where="share")
    require(of in ("range", "asymptote"), f"{of!r} is no choice", where="of", allowed="range, asymptote")
    require(
        of == "range" or bool(fit.shape.nonlinear),
        f"{fit.curve} has no asymptote",
        where="of",
        allowed="range",
    )
    return _doses(fit, share, None, of, new_study, draws, seed)


def target_dose(
    fit: DoseResponse, effect: float, *, new_study: bool = False, draws: int = 2000, seed: int = 0
) -> DoseEstimate:
    """The lowest dose, within the doses of the table, whose effect against no dose is ``effect``.

    >>> arms = {"study": ["a", "a", "b", "b", "c", "c", "d", "d"], "dose": [0, 10, 0, 20, 0, 30, 0, 40],
    ...         "mean": [5, 7.2, 4, 7.8, 5, 11.1, 6, 13.8], "sd": [9] * 8, "n": [50] * 8}
    >>> fit = drma(arms, curve="linear")
    >>> round(target_dose(fit, 5.0).estimate, 1)
    25.3
    """
    require(
        bool(np.isfinite(effect)) and effect != 0, f"{effect!r} is no target", where="effect", allowed="not 0"
    )
    return _doses(fit, None, effect, "range", new_study, draws, seed)


class _Aim(NamedTuple):
    """What is looked for: a share of the greatest effect, or an effect, on a grid of doses from zero."""

    shape: Shape
    grid: Array
    share: float | None
    target: float | None
    asymptote: bool

    def effects(self, doses: Array, linear: Array, theta: Array) -> Array:
        """Effects (…, doses) against no dose for coefficients (…, q)."""
        basis = self.shape.basis(np.append(doses, 0.0), theta)
        return np.asarray(linear @ (basis[:-1] - basis[-1]).T)

    def wanted(self, linear: Array, most: Array) -> Array:
        """The effect that is looked for, ``most`` being the greatest on the grid."""
        if self.target is not None:
            return np.full(len(linear), self.target)
        return np.asarray((self.share or 0.0) * (linear[:, 0] if self.asymptote else most))

    def first_each(self, linear: Array, theta: Array) -> Array:
        """The first dose of every curve (n,), straight between places of the grid, or NaN."""
        effect = self.effects(self.grid, linear, theta)
        most = np.take_along_axis(effect, np.abs(effect).argmax(1)[:, None], 1)[:, 0]
        wanted = self.wanted(linear, most)[:, None]
        above = np.where(wanted != 0, effect * np.sign(wanted) - np.abs(wanted), -1.0)
        at = (above >= 0).argmax(1)
        rows = np.arange(len(linear))
        low, high = above[rows, at - 1], above[rows, at]
        step = self.grid[at] - self.grid[at - 1]
        return np.where(
            (at > 0) & (high >= 0), self.grid[at - 1] - step * low / np.where(at > 0, high - low, 1.0), np.nan
        )

    def first(self, linear: Array, theta: Array) -> float:
        """The first dose of one curve, to rounding; NaN where there is none."""

        def effect(dose: float) -> float:
            return float(self.effects(np.array([dose]), linear, theta)[0])

        seen = self.effects(self.grid, linear, theta)
        top = int(np.abs(seen).argmax())
        most = float(seen[top])
        if self.share is not None and not self.asymptote and 0 < top < len(seen) - 1:
            around = float(self.grid[top - 1]), float(self.grid[top + 1])
            most = effect(lowest(lambda d: -abs(effect(d)), *around, xtol=1e-9 * float(self.grid[-1]))[0])
        wanted = float(self.wanted(linear[None], np.array([most]))[0])
        above = seen * np.sign(wanted) - abs(wanted)
        if wanted == 0 or not (above >= 0).any() or above[0] >= 0:
            return float("nan")
        at = int((above >= 0).argmax())
        low, high = float(self.grid[at - 1]), float(self.grid[at])
        if above[at] == 0:
            return high

        def excess(dose: float) -> float:
            return (effect(dose) - wanted) * float(np.sign(wanted))

        return root(excess, low, high, xtol=1e-13 * high, rtol=1e-14)


def _doses(
    fit: DoseResponse,
    share: float | None,
    target: float | None,
    of: str,
    new_study: bool,
    draws: int,
    seed: int,
) -> DoseEstimate:
    require_between(draws, 100, 100_000, where="draws")
    top = fit.dose_range[1]
    grid = np.linspace(0.0, top, _GRID + 1)
    if of == "asymptote":
        grid = np.concatenate([[0.0], np.geomspace(top * 1e-5, top * _FAR, 4 * _GRID)])
    aim = _Aim(fit.shape, grid, share, target, of == "asymptote")
    q = len(fit.psi)
    middle = len(fit.linear)
    points = (
        fit.beta
        + np.random.default_rng(seed).standard_normal((draws, len(fit.beta))) @ _root(fit.covariance).T
    )
    linear = points[:, :q]
    if new_study:
        linear = linear + np.random.default_rng((seed, 1)).standard_normal((draws, q)) @ _root(fit.psi).T
    if len(fit.log_theta):
        found = np.concatenate(
            [aim.first_each(a[None], b) for a, b in zip(linear, points[:, middle:], strict=True)]
        )
    else:
        found = aim.first_each(linear, fit.log_theta)
    estimate = aim.first(fit.linear[:q], fit.log_theta)
    ok = np.isfinite(found)
    tail = 50 * (1 - fit.level)
    low, high = np.percentile(found[ok], [tail, 100 - tail]) if ok.mean() >= 0.5 else (None, None)
    se = _delta_se(aim, fit, new_study) if np.isfinite(estimate) else float("nan")
    return DoseEstimate(
        estimate=estimate if np.isfinite(estimate) else None,
        se=se if np.isfinite(se) else None,
        low=None if low is None else float(low),
        high=None if high is None else float(high),
        reached=float(ok.mean()),
        level=fit.level,
        new_study=new_study,
    )


def _delta_se(aim: _Aim, fit: DoseResponse, new_study: bool) -> float:
    """√(gᵀCg), g the slope of the dose in the coefficients, from steps of a thousandth of an error."""
    q, middle = len(fit.psi), len(fit.linear)
    slope = np.zeros(len(fit.beta))
    for j in [*range(q), *range(middle, len(fit.beta))]:
        step = np.zeros(len(fit.beta))
        step[j] = 1e-3 * fit.se[j]
        up, down = (aim.first(b[:q], b[middle:]) for b in (fit.beta + step, fit.beta - step))
        slope[j] = (up - down) / (2 * step[j])
    variance = slope @ fit.covariance @ slope
    return float(np.sqrt(variance + (slope[:q] @ fit.psi @ slope[:q] if new_study else 0.0)))


def _root(covariance: Array) -> Array:
    """A square root of a covariance that may be singular."""
    eigen, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(eigen, 0.0)))
