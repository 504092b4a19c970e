"""The fits of many trials at once: every shape where it is significant, one of them selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import require
from ...units import Array
from .analysis import Selection
from .candidates import Candidate
from .profile_likelihood import fit_profile
from .resampling import curve_values, first_reach
from .rule import ContrastRule
from .shapes import Shape

_GRID = 401  # doses at which a fitted curve is followed to its target
_STARTS = 2
Criterion = Callable[
    [Array, int, NDArray[np.intp]], Array
]  # (rss, parameters, rows) → AIC or BIC of the rows


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTest:
    """Contrast tests of B trials: ``statistics`` (B, M) and the ``critical_value``, one for all or (B,)."""

    statistics: Array
    critical_value: float | Array
    rule: ContrastRule

    @property
    def significant(self) -> NDArray[np.bool_]:
        """Candidates that are significant (B, M)."""
        c = self.critical_value
        size = self.rule.size(self.statistics)
        return np.asarray(size > (c[:, None] if isinstance(c, np.ndarray) else c))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """B analysed trials, M candidates of S shapes, curves at D doses.

    ``test`` holds the statistics (B, M). ``criteria`` (B, S): AIC (or BIC) of the shapes with a significant
    candidate, infinite where a shape was not fitted or did not converge. ``chosen`` (B,): the shape selected,
    −1 where nothing is significant or no fit converged. ``curves`` (B, S, D) at ``doses`` and
    ``target_doses`` (B, S) of the fits, NaN where there is no fit, or no such dose up to the largest.
    ``failed`` fits did not converge, of the ``fitted``.
    """

    labels: tuple[str, ...]
    shapes: tuple[str, ...]
    test: BatchTest
    criteria: Array
    chosen: NDArray[np.intp]
    doses: Array
    curves: Array
    target_doses: Array
    fitted: int
    failed: int

    @property
    def positive(self) -> NDArray[np.bool_]:
        """Trials with a significant candidate (B,)."""
        return np.asarray(self.test.significant.any(axis=1))

    @property
    def weights(self) -> Array:
        """exp(−criterion/2), divided by their sum (B, S); all 0 where nothing was fitted."""
        least = self.criteria.min(axis=1, keepdims=True)
        raw = np.exp(-(self.criteria - np.where(np.isfinite(least), least, 0.0)) / 2)
        return np.asarray(raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-300))

    @property
    def target_dose(self) -> Array:
        """Target dose of the shape selected (B,), NaN where none."""
        return self._of_chosen(self.target_doses)

    @property
    def curve(self) -> Array:
        """Curve of the shape selected (B, D), NaN where none."""
        return self._of_chosen(self.curves)

    @property
    def average_curve(self) -> Array:
        """Weighted mean of the curves (B, D), NaN where nothing was fitted."""
        return self._average(self.curves)

    @property
    def average_target_dose(self) -> Array:
        """Weighted mean of the target doses (B,), NaN as soon as one curve with weight has none."""
        return self._average(self.target_doses)

    def _of_chosen(self, values: Array) -> Array:
        found = values[np.arange(len(values)), np.maximum(self.chosen, 0)]
        found[self.chosen < 0] = np.nan
        return np.asarray(found)

    def _average(self, values: Array) -> Array:
        weights = self.weights.reshape(self.weights.shape + (1,) * (values.ndim - 2))
        total = np.where(weights > 0, weights * values, 0.0).sum(axis=1)
        total[self.chosen < 0] = np.nan
        return np.asarray(total)


@dataclass(frozen=True, slots=True)
class Whitened:
    """Means (B, K) of trials at ``doses`` (K,), and S⁻¹ = white'white of all (K, K) or of each (B, K, K)."""

    doses: Array
    means: Array
    white: Array


def fit_significant(
    data: Whitened,
    candidates: Sequence[Candidate],
    test: BatchTest,
    *,
    criterion: Criterion,
    select: Selection,
    delta: float | None,
    at: Sequence[float] | Array,
) -> Batch:
    """Fit in every trial the shapes with a significant candidate, and select by ``criterion``."""
    shapes = {candidate.shape.name: candidate.shape for candidate in candidates}
    size = np.where(test.significant, np.abs(test.statistics), -np.inf)
    names = np.array([candidate.shape.name for candidate in candidates])
    reads = _Readings(
        criterion=criterion,
        at=np.asarray(at, dtype=float),
        delta=delta,
        grid=np.linspace(0.0, min(s.top for s in shapes.values()), _GRID),
    )
    fits = [
        _fits_of(shape, data, size[:, names == name].max(axis=1), reads) for name, shape in shapes.items()
    ]
    criteria, largest, targets = (
        np.stack([getattr(fit, name) for fit in fits], axis=1) for name in ("criteria", "largest", "targets")
    )
    best = largest.argmax(axis=1) if select == "max_t" else criteria.argmin(axis=1)
    return Batch(
        labels=tuple(candidate.label for candidate in candidates),
        shapes=tuple(shapes),
        test=test,
        criteria=criteria,
        chosen=np.where(np.isfinite(criteria).any(axis=1), best, -1),
        doses=reads.at,
        curves=np.stack([fit.curves for fit in fits], axis=1),
        target_doses=targets,
        fitted=sum(fit.fitted for fit in fits),
        failed=sum(fit.failed for fit in fits),
    )


class _Readings(NamedTuple):
    """What is read off a fit: its criterion, the curve ``at`` doses, the first dose with effect ``delta``."""

    criterion: Criterion
    at: Array
    delta: float | None
    grid: Array


class _ShapeFits(NamedTuple):
    """One shape in all trials: criterion, largest significant statistic and target dose (B,), curves (B, D).

    Infinite, minus infinite and NaN where it was not fitted or did not converge.
    """

    criteria: Array
    largest: Array
    targets: Array
    curves: Array
    fitted: int
    failed: int


def _fits_of(shape: Shape, data: Whitened, largest: Array, reads: _Readings) -> _ShapeFits:
    """Fit the shape in the trials whose ``largest`` (B,) significant statistic of it is above −∞."""
    rows = np.flatnonzero(largest > -np.inf)
    p = len(shape.coefficients) + len(shape.parameters)
    require(
        len(data.doses) >= p,
        f"{shape.name} has {p} parameters, the trials {len(data.doses)} doses",
        where="fit",
        remedy="use a shape with fewer parameters",
    )
    trials = len(data.means)
    criteria, targets = np.full(trials, np.inf), np.full(trials, np.nan)
    curves = np.full((trials, len(reads.at)), np.nan)
    if not len(rows):
        return _ShapeFits(criteria, largest, targets, curves, 0, 0)
    white = data.white if data.white.ndim == 2 else data.white[rows]
    found = fit_profile(shape, data.doses, white, data.means[rows], starts=_STARTS)
    sure = found.converged
    done = rows[sure]
    criteria[done] = reads.criterion(found.rss, p, rows)[sure]
    curves[done] = curve_values(shape, found, reads.at)[sure]
    if reads.delta is not None:
        path = curve_values(shape, found, reads.grid)
        targets[done] = first_reach(path - path[:, :1], reads.grid, reads.delta)[sure]
    kept = np.where(np.isfinite(criteria), largest, -np.inf)
    return _ShapeFits(criteria, kept, targets, curves, len(rows), int((~sure).sum()))
