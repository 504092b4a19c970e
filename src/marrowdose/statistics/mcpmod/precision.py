"""How well a planned trial will estimate the dose-response and its target dose, whatever the test says.

Trials are drawn from the truth and fitted all at once; each keeps the shape with the least gAIC, as
DoseFinding's planMod (Pinheiro, Bornkamp & Bretz 2006, section 4; Bretz 2005, section 4). The standard error
of the target dose is that of the delta method: b'(J'S⁻¹J)⁻¹b with b its gradient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InputError, require
from ...units import Array, Probability
from .candidates import Candidate
from .data import estimates
from .design import target_gradient
from .fit import mean_and_jacobian, white_of
from .resampling import Bootstrap, bootstrap, first_reach
from .shapes import Dose, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseEstimation:
    """Estimates of one dose, of the simulated trials that have one: a ``share`` of all.

    ``true`` is None where the truth has none.
    """

    true: Dose | None
    share: Probability
    estimates: Array

    def quantiles(self, levels: Sequence[float] = (0.05, 0.5, 0.95)) -> tuple[Dose, ...] | None:
        """Quantiles of the estimates, None without any."""
        return tuple(np.quantile(self.estimates, levels).tolist()) if len(self.estimates) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimation:
    """What to expect of the fits if ``truth`` holds, over ``trials``, of which ``dropped`` had no fit.

    ``dose_rmse`` is the root mean squared error of the effects over placebo at the active doses of the trial,
    ``curve_rmse`` over the whole range, both with a standard error in ``dose_rmse_error`` and
    ``curve_rmse_error``; ``efficiency`` the mean squared error of plain differences of means over that of the
    fits at the doses of the trial: 2 means half the patients would do.
    """

    truth: str
    trials: int
    dropped: int
    chosen: dict[str, Probability]
    dose_rmse: float
    dose_rmse_error: float
    curve_rmse: float
    curve_rmse_error: float
    efficiency: float
    target: DoseEstimation | None
    effective: DoseEstimation | None


def assess_estimation(
    truth: Candidate,
    shapes: Sequence[Shape],
    doses: Sequence[float],
    covariance: Array,
    *,
    rng: np.random.Generator,
    trials: int = 2000,
    delta: float | None = None,
    p: Probability | None = None,
) -> Estimation:
    """Draw trials whose estimates have ``covariance`` (K, K) around ``truth``, fit ``shapes``, and compare.

    With ``delta`` the target dose is assessed, with ``p`` the dose of that share of the largest effect.

    >>> emax = Candidate(label="emax", shape=make_shape("emax", 100.0), guess=(20.0,), max_effect=8.0)
    >>> drawn = np.random.default_rng(1)
    >>> found = assess_estimation(emax, [emax.shape], [0, 10, 50, 100], np.eye(4), rng=drawn, trials=500)
    >>> round(found.efficiency, 1)  # a curve is worth more than differences of means
    1.3
    """
    drawn = bootstrap(estimates(doses, list(truth.means(doses)), covariance), shapes, rng=rng, draws=trials)
    effects = drawn.curves - drawn.curves[:, :1]
    missed = (effects - truth.effect(drawn.grid))[:, 1:]
    d = np.sort(np.asarray(doses, dtype=float))
    at = np.stack([np.interp(d[1:], drawn.grid, row) for row in effects]) - truth.effect(d[1:])
    differences = np.column_stack([-np.ones(len(d) - 1), np.eye(len(d) - 1)])
    of_means = float(np.trace(differences @ covariance @ differences.T)) / (len(d) - 1)
    by_dose, by_curve = (at**2).mean(axis=1), (missed**2).mean(axis=1)
    (dose_rmse, dose_error), (curve_rmse, curve_error) = map(_root_mean, (by_dose, by_curve))
    return Estimation(
        truth=truth.label,
        trials=trials,
        dropped=drawn.dropped,
        chosen=drawn.shares(),
        dose_rmse=dose_rmse,
        dose_rmse_error=dose_error,
        curve_rmse=curve_rmse,
        curve_rmse_error=curve_error,
        efficiency=of_means / dose_rmse**2,
        target=(None if delta is None else _summary(drawn.target_doses(delta), truth.target_dose(delta))),
        effective=None if p is None else _summary(_effective(drawn, p), truth.effective_dose(p)),
    )


def _root_mean(squares: Array) -> tuple[float, float]:
    """Root of the mean and its standard error."""
    root = math.sqrt(float(squares.mean()))
    return root, float(squares.std(ddof=1)) / math.sqrt(len(squares)) / (2 * root)


def _effective(drawn: Bootstrap, p: Probability) -> Array:
    """Dose of share ``p`` of every draw's own largest effect (B,)."""
    require(0 < p < 1, f"share {p!r}", where="effective dose", allowed="above 0 and below 1")
    effects = drawn.curves - drawn.curves[:, :1]
    largest = effects[np.arange(len(effects)), np.abs(effects).argmax(axis=1)]
    return first_reach(effects / largest[:, None], drawn.grid, p)


def _summary(found: Array, true: Dose | None) -> DoseEstimation:
    have = found[np.isfinite(found)]
    return DoseEstimation(true=true, share=len(have) / len(found), estimates=have)


def target_dose_error(truth: Candidate, doses: Sequence[float], covariance: Array, delta: float) -> Dose:
    """Standard error of the target dose where the right shape is fitted to estimates of that ``covariance``.

    Raises ``InputError`` where the truth has no target dose, or the doses do not tell its parameters apart.

    >>> line = Candidate(label="linear", shape=make_shape("linear", 2.0), max_effect=2.0)
    >>> round(target_dose_error(line, [0, 1, 2], 0.5 * np.eye(3), 1.0), 3)  # √(0.5/2)
    0.5
    """
    d = np.asarray(doses, dtype=float)
    linear, theta = truth.coefficients()
    jacobian = white_of(covariance) @ mean_and_jacobian(truth.shape, d, linear, theta)[1]
    size = np.linalg.norm(jacobian, axis=0)
    if len(d) < jacobian.shape[1] or np.linalg.matrix_rank(jacobian / size) < jacobian.shape[1]:
        raise InputError(
            f"{len(d)} doses do not tell the parameters of {truth.label!r} apart",
            where="target dose",
            remedy="add doses",
        )
    gradient = target_gradient(truth, delta, linear, theta) / size
    root = np.asarray(np.linalg.qr(jacobian / size, mode="r"))
    return float(np.linalg.norm(np.linalg.solve(root.T, gradient)))
