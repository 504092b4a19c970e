"""MCP-Mod of many trials at once, on estimates of any kind with their covariance: what other trial code
calls.

Trials share doses and candidates. Where they share the covariance too, contrasts and critical value are
computed once; otherwise every trial has its own, as in ``mcpmod``. All fits of a shape are one batch: there
is no loop over trials. Every step equals ``mcpmod`` on one trial at a time (tests say so), but for two starts
of the search where that has eight.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import require
from ...units import Array, Probability
from . import multivariate_t as mvt
from .analysis import Selection
from .candidates import Candidate, candidate_means
from .contrasts import constrained_contrasts, contrast_correlation, lower_root, optimal_contrasts
from .fit import white_of
from .profile_likelihood import fit_profile
from .resampling import curve_values, first_reach

_GRID = 401  # doses at which a fitted curve is followed to its target
_STARTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """B analysed trials, M candidates of S shapes, curves at D doses.

    ``statistics`` (B, M) with their ``critical_value`` (one for all, or (B,)). ``criteria`` (B, S): AIC (or
    BIC) of the shapes with a significant candidate, infinite where a shape was not fitted or did not
    converge. ``chosen`` (B,): the shape selected, −1 where nothing is significant or no fit converged.
    ``curves`` (B, S, D) at ``doses`` and ``target_doses`` (B, S) of the fits, NaN where there is no fit, or
    no such dose up to the largest. ``failed`` fits did not converge, of the ``fitted``.
    """

    labels: tuple[str, ...]
    shapes: tuple[str, ...]
    critical_value: float | Array
    two_sided: bool
    statistics: Array
    criteria: Array
    chosen: NDArray[np.intp]
    doses: Array
    curves: Array
    target_doses: Array
    fitted: int
    failed: int

    @property
    def significant(self) -> NDArray[np.bool_]:
        """Candidates that are significant (B, M)."""
        return _beyond(self.statistics, self.critical_value, self.two_sided)

    @property
    def positive(self) -> NDArray[np.bool_]:
        """Trials with a significant candidate (B,)."""
        return np.asarray(self.significant.any(axis=1))

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


def _beyond(statistics: Array, critical_value: float | Array, two_sided: bool) -> NDArray[np.bool_]:
    t = np.abs(statistics) if two_sided else statistics
    return np.asarray(
        t > (critical_value[:, None] if isinstance(critical_value, np.ndarray) else critical_value)
    )


def analyse_estimates(
    doses: Sequence[float] | Array,
    means: Array,
    covariance: Array,
    candidates: Sequence[Candidate],
    *,
    df: float | Array = math.inf,
    alpha: Probability = 0.025,
    two_sided: bool = False,
    constrained: bool = False,
    select: Selection = "aic",
    delta: float | None = None,
    at: Sequence[float] = (),
    seed: int = 0,
) -> Batch:
    """Closed (generalised) MCP-Mod of every row of ``means`` (B, K), estimates at ``doses`` (K,), placebo
    first.

    ``covariance`` is (K, K), shared by all trials, or (B, K, K); then ``df`` may be (B,) too. With ``delta``
    target doses are found, curves at the doses ``at``. Raises ``InputError`` where estimates or covariances
    cannot be that.
    """
    d, m, s = (np.asarray(x, dtype=float) for x in (doses, means, covariance))
    require(
        d.ndim == 1
        and m.ndim == 2
        and m.shape[1] == len(d) >= 2
        and s.shape in ((len(d), len(d)), (len(m), len(d), len(d))),
        f"means of shape {m.shape}, covariance of shape {s.shape} for {len(d)} doses",
        where="trials",
        allowed="(trials, doses) with (doses, doses) or (trials, doses, doses)",
    )
    require(
        bool(np.isfinite(d).all() and d[0] >= 0 and np.all(np.diff(d) > 0)),
        f"doses {d.tolist()}",
        where="trials",
        allowed="ascending, from 0 up",
    )
    require(bool(np.isfinite(m).all()), "an estimate that is not a number", where="trials")
    require(select in ("aic", "bic", "max_t"), f"selection {select!r}", allowed="aic, bic or max_t")
    shapes = candidate_means(candidates, d)
    t: Array
    c: float | Array
    if s.ndim == 2:
        require(np.ndim(df) == 0, "degrees of freedom for each trial, and one covariance", where="trials")
        t, c = _shared_test(m, s, shapes, float(df), alpha, two_sided, constrained, seed)
    else:
        require(
            np.ndim(df) == 0 or np.shape(df) == (len(m),),
            f"{np.shape(df)} degrees of freedom for {len(m)} trials",
            where="trials",
        )
        t, c = _own_tests(m, s, shapes, df, alpha, two_sided, constrained, seed)

    def criterion(rss: Array, p: int, rows: NDArray[np.intp]) -> Array:
        return rss + p * (math.log(len(d)) if select == "bic" else 2.0)

    white = white_of(s) if s.ndim == 2 else np.asarray(np.linalg.inv(_roots(s)), dtype=np.float64)
    return fit_significant(
        d,
        m,
        white,
        t,
        c,
        candidates,
        criterion=criterion,
        two_sided=two_sided,
        select=select,
        delta=delta,
        at=at,
    )


def fit_significant(
    doses: Array,
    means: Array,
    white: Array,
    statistics: Array,
    critical_value: float | Array,
    candidates: Sequence[Candidate],
    *,
    criterion: Callable[[Array, int, NDArray[np.intp]], Array],
    two_sided: bool,
    select: Selection,
    delta: float | None,
    at: Sequence[float],
) -> Batch:
    """Fit in every trial the shapes with a significant candidate, by S⁻¹ = white'white, and select.

    ``criterion(rss, parameters, rows)`` is the AIC or BIC of the trials ``rows``.
    """
    shapes = {candidate.shape.name: candidate.shape for candidate in candidates}
    significant = _beyond(statistics, critical_value, two_sided)
    size = np.where(significant, np.abs(statistics), -np.inf)
    where = np.asarray(at, dtype=float)
    grid = np.linspace(0.0, min(s.top for s in shapes.values()), _GRID)
    criteria = np.full((len(means), len(shapes)), np.inf)
    largest = np.full((len(means), len(shapes)), -np.inf)
    curves = np.full((*criteria.shape, len(where)), np.nan)
    targets = np.full(criteria.shape, np.nan)
    fitted = failed = 0
    for k, (name, shape) in enumerate(shapes.items()):
        mine = [j for j, candidate in enumerate(candidates) if candidate.shape.name == name]
        rows = np.flatnonzero(significant[:, mine].any(axis=1))
        p = len(shape.coefficients) + len(shape.parameters)
        require(
            len(doses) >= p,
            f"{name} has {p} parameters, the trials {len(doses)} doses",
            where="fit",
            remedy="use a shape with fewer parameters",
        )
        if not len(rows):
            continue
        found = fit_profile(
            shape, doses, white if white.ndim == 2 else white[rows], means[rows], starts=_STARTS
        )
        sure = found.converged
        fitted, failed = fitted + len(rows), failed + int((~sure).sum())
        criteria[rows[sure], k] = criterion(found.rss, p, rows)[sure]
        largest[rows[sure], k] = size[rows[sure]][:, mine].max(axis=1)
        curves[rows[sure], k] = curve_values(shape, found, where)[sure]
        if delta is not None:
            path = curve_values(shape, found, grid)
            targets[rows[sure], k] = first_reach(path - path[:, :1], grid, delta)[sure]
    some = np.isfinite(criteria).any(axis=1)
    best = largest.argmax(axis=1) if select == "max_t" else criteria.argmin(axis=1)
    return Batch(
        labels=tuple(candidate.label for candidate in candidates),
        shapes=tuple(shapes),
        critical_value=critical_value,
        two_sided=two_sided,
        statistics=statistics,
        criteria=criteria,
        chosen=np.where(some, best, -1),
        doses=where,
        curves=curves,
        target_doses=targets,
        fitted=fitted,
        failed=failed,
    )


def _shared_test(
    means: Array,
    covariance: Array,
    shapes: Array,
    df: float,
    alpha: float,
    two_sided: bool,
    constrained: bool,
    seed: int,
) -> tuple[Array, float]:
    """Statistics (B, M) and the critical value for one covariance."""
    contrasts = (constrained_contrasts if constrained else optimal_contrasts)(shapes, covariance)
    correlation = contrast_correlation(contrasts, covariance)
    spread = np.sqrt(np.einsum("km,kl,lm->m", contrasts, covariance, contrasts))
    return means @ contrasts / spread, mvt.critical_value(
        correlation, df, alpha, two_sided=two_sided, seed=seed
    )


def _own_tests(
    means: Array,
    covariance: Array,
    shapes: Array,
    df: float | Array,
    alpha: float,
    two_sided: bool,
    constrained: bool,
    seed: int,
) -> tuple[Array, Array]:
    """The same with a covariance for each trial: statistics (B, M), critical values (B,)."""
    roots = _roots(covariance)
    if constrained:
        contrasts = np.stack([constrained_contrasts(shapes, s) for s in covariance])
        directions = np.swapaxes(roots, 1, 2) @ contrasts
    else:
        optimal_contrasts(shapes, covariance[0])  # refuses candidates that have none
        white = np.linalg.solve(roots, np.column_stack([np.ones(shapes.shape[0]), shapes]))
        one, mu = white[..., :1], white[..., 1:]
        directions = mu - one * (np.swapaxes(one, 1, 2) @ mu) / (one * one).sum(axis=1, keepdims=True)
    directions = np.swapaxes(directions / np.linalg.norm(directions, axis=1, keepdims=True), 1, 2)
    white_means = np.linalg.solve(roots, means[..., None])  # c'm/√(c'Sc) = (L'c)'L⁻¹m/|L'c|
    t = (directions @ white_means)[..., 0]
    return t, mvt.critical_values(directions, df, alpha, two_sided=two_sided, seed=seed)


def _roots(covariance: Array) -> Array:
    """Lower Cholesky factors (B, K, K). Raises ``InputError`` with the trial whose covariance has none."""
    try:
        roots = np.linalg.cholesky(covariance)
        spread = np.sqrt(np.einsum("bkk->bk", covariance))
        sound = (np.einsum("bkk->bk", roots) > 1e-6 * spread).all(axis=1) & np.isfinite(roots).all(
            axis=(1, 2)
        )
        sound &= np.isclose(covariance, np.swapaxes(covariance, 1, 2), rtol=1e-8).all(axis=(1, 2))
    except np.linalg.LinAlgError:
        sound = np.zeros(len(covariance), dtype=bool)
    if not sound.all():
        for k in np.flatnonzero(~sound):
            lower_root(covariance[k], where=f"covariance of trial {k + 1}")
    return np.asarray(roots)
