"""MCP-Mod of many trials at once, on estimates of any kind with their covariance.

Trials share doses and candidates. Where they share the covariance too, contrasts and critical value are
computed once; otherwise every trial has its own, as in ``mcpmod``. All fits of a shape are one batch: there
is no loop over trials. Every step equals ``mcpmod`` on one trial at a time (tests say so), but for two starts
of the search where that has eight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import require
from ...units import Array
from . import multivariate_t as mvt
from .analysis import Selection
from .batch_fits import Batch, BatchTest, Whitened, fit_significant
from .candidates import Candidate, candidate_means
from .contrasts import contrast_correlation, lower_root, optimal_contrasts
from .fit import white_of
from .rule import DEFAULT_RULE, ContrastRule


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEstimates:
    """Estimates of B trials at the same ``doses`` (K,), placebo first: ``means`` (B, K) and their covariance.

    ``covariance`` is (K, K), shared by all trials, or (B, K, K); then the degrees of freedom ``df`` may be
    (B,) too, and are infinite unless given. Raises ``InputError`` where these cannot be that.
    """

    doses: Array
    means: Array
    covariance: Array
    df: float | Array = math.inf

    def __post_init__(self) -> None:
        d, m, s = (np.asarray(x, dtype=float) for x in (self.doses, self.means, self.covariance))
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
        given = np.shape(self.df)
        require(
            given == () or s.ndim == 3,
            "degrees of freedom for each trial, and one covariance",
            where="trials",
        )
        require(given in ((), (len(m),)), f"{given} degrees of freedom for {len(m)} trials", where="trials")
        for name, value in (("doses", d), ("means", m), ("covariance", s)):
            object.__setattr__(self, name, value)


def analyse_estimates(
    trials: TrialEstimates,
    candidates: Sequence[Candidate],
    *,
    rule: ContrastRule = DEFAULT_RULE,
    select: Selection = "aic",
    delta: float | None = None,
    at: Sequence[float] | Array = (),
) -> Batch:
    """Closed (generalised) MCP-Mod of every trial.

    With ``delta`` target doses are found; curves are drawn at the doses ``at``. Raises ``InputError`` where a
    covariance is none, or the doses cannot tell a shape.

    >>> means = np.array([[0.0, 3.1, 7.0, 7.9], [0.0, 1.0, -1.0, 0.5]])
    >>> trials = TrialEstimates(doses=np.array([0, 10, 50, 100]), means=means, covariance=np.eye(4))
    >>> emax = Candidate(label="emax", shape=make_shape("emax", 100.0), guess=(20.0,))
    >>> found = analyse_estimates(trials, [emax], delta=5.0)
    >>> found.positive.tolist(), found.target_dose.round(1).tolist()
    ([True, False], [21.7, nan])
    """
    require(select in ("aic", "bic", "max_t"), f"selection {select!r}", allowed="aic, bic or max_t")
    shapes = candidate_means(candidates, trials.doses)
    shared = trials.covariance.ndim == 2
    test = (_shared_test if shared else _own_tests)(trials, shapes, rule)
    white = white_of(trials.covariance) if shared else np.asarray(np.linalg.inv(_roots(trials.covariance)))
    price = math.log(len(trials.doses)) if select == "bic" else 2.0

    def criterion(rss: Array, p: int, rows: NDArray[np.intp]) -> Array:
        return rss + p * price

    data = Whitened(trials.doses, trials.means, white)
    return fit_significant(data, candidates, test, criterion=criterion, select=select, delta=delta, at=at)


def _shared_test(trials: TrialEstimates, shapes: Array, rule: ContrastRule) -> BatchTest:
    """Tests where all trials have one covariance."""
    contrasts = rule.contrasts(shapes, trials.covariance)
    correlation = contrast_correlation(contrasts, trials.covariance)
    spread = np.sqrt(np.einsum("km,kl,lm->m", contrasts, trials.covariance, contrasts))
    return BatchTest(
        statistics=trials.means @ contrasts / spread,
        critical_value=rule.critical_value(correlation, float(trials.df)),
        rule=rule,
    )


def _own_tests(trials: TrialEstimates, shapes: Array, rule: ContrastRule) -> BatchTest:
    """The same with a covariance for each trial."""
    roots = _roots(trials.covariance)
    if rule.constrained:
        contrasts = np.stack([rule.contrasts(shapes, s) for s in trials.covariance])
        directions = np.swapaxes(roots, 1, 2) @ contrasts
    else:
        optimal_contrasts(shapes, trials.covariance[0])  # refuses candidates that have none
        white = np.linalg.solve(roots, np.column_stack([np.ones(shapes.shape[0]), shapes]))
        one, mu = white[..., :1], white[..., 1:]
        directions = mu - one * (np.swapaxes(one, 1, 2) @ mu) / (one * one).sum(axis=1, keepdims=True)
    directions = np.swapaxes(directions / np.linalg.norm(directions, axis=1, keepdims=True), 1, 2)
    white_means = np.linalg.solve(roots, trials.means[..., None])  # c'm/√(c'Sc) = (L'c)'L⁻¹m/|L'c|
    return BatchTest(
        statistics=(directions @ white_means)[..., 0],
        critical_value=mvt.critical_values(
            directions, trials.df, rule.alpha, two_sided=rule.two_sided, seed=rule.seed
        ),
        rule=rule,
    )


def _roots(covariance: Array) -> Array:
    """Lower Cholesky factors (B, K, K). Raises ``InputError`` with the trial whose covariance has none."""
    try:
        roots = np.linalg.cholesky(covariance)
        spread = np.sqrt(np.einsum("bkk->bk", covariance))
        sound = (np.einsum("bkk->bk", roots) > 1e-6 * spread).all(axis=1)
        sound &= np.isfinite(roots).all(axis=(1, 2))
        sound &= np.isclose(covariance, np.swapaxes(covariance, 1, 2), rtol=1e-8).all(axis=(1, 2))
    except np.linalg.LinAlgError:
        sound = np.zeros(len(covariance), dtype=bool)
    if not sound.all():
        for k in np.flatnonzero(~sound):
            lower_root(covariance[k], where=f"covariance of trial {k + 1}")
    return np.asarray(roots)
