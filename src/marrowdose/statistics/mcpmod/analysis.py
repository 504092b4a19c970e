"""MCP-Mod of one trial: is there a dose-response, which shape, which dose?

The closed procedure of Bretz 2005: contrast tests of all candidates with one critical value for their
maximum; the shapes whose contrast is significant are fitted; one is selected by AIC, BIC or the largest
statistic, or all are averaged by weights ∝ exp(−IC/2) (Schorning 2016, Stat Med 35:4021). On estimates with a
covariance the same is the generalised MCP-Mod of Pinheiro 2014.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...errors import InputError, require
from ...units import Array
from .candidates import Candidate, candidate_means
from .contrasts import contrast_correlation
from .data import Estimates
from .fit import ModelFit, fit_model
from .multivariate_t import max_p_values
from .rule import DEFAULT_RULE, ContrastRule
from .shapes import Dose

Selection = Literal["aic", "bic", "max_t"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastTest:
    """Contrast tests of M candidates over K doses, adjusted for their multiplicity.

    ``contrasts`` (K, M), ``correlation`` (M, M), ``statistics`` t (M,), ``p_values`` adjusted (M,) with their
    Monte-Carlo standard error ``p_error``; significant where t (|t| by a two-sided ``rule``) exceeds
    ``critical_value``.
    """

    labels: tuple[str, ...]
    contrasts: Array
    correlation: Array
    statistics: Array
    p_values: Array
    p_error: Array
    critical_value: float
    df: float
    rule: ContrastRule = DEFAULT_RULE

    @property
    def significant(self) -> tuple[str, ...]:
        """Labels of the significant candidates, the largest statistic first."""
        size = self.rule.size(self.statistics)
        order = np.argsort(-size, kind="stable")
        return tuple(self.labels[k] for k in order if size[k] > self.critical_value)


def contrast_test(
    data: Estimates,
    candidates: Sequence[Candidate],
    *,
    rule: ContrastRule = DEFAULT_RULE,
    contrasts: Array | None = None,
) -> ContrastTest:
    """Test of no dose-response against the candidates (Bretz 2005, section 2; Pinheiro 2014, section 2).

    ``contrasts`` (K, M), for example those of the plan, are used instead of the best ones for these data.

    >>> data = estimates([0, 10, 50, 100], [0.0, 3.1, 7.0, 7.9], 4 * np.eye(4))
    >>> found = contrast_test(data, [Candidate(label="linear", shape=make_shape("linear", 100.0))])
    >>> round(float(found.statistics[0]), 2), round(float(found.p_values[0]), 4)  # one contrast: a z test
    (2.86, 0.0021)
    """
    means = candidate_means(candidates, data.doses)
    contrasts = rule.contrasts(means, data.covariance) if contrasts is None else _given(contrasts, means)
    correlation = contrast_correlation(contrasts, data.covariance)
    spread = np.sqrt(np.einsum("km,kl,lm->m", contrasts, data.covariance, contrasts))
    t = contrasts.T @ data.means / spread
    p = max_p_values(t, correlation, data.df, two_sided=rule.two_sided, seed=rule.seed)
    return ContrastTest(
        labels=tuple(c.label for c in candidates),
        contrasts=contrasts,
        correlation=correlation,
        statistics=t,
        p_values=p.value,
        p_error=p.error,
        critical_value=rule.critical_value(correlation, data.df),
        df=data.df,
        rule=rule,
    )


def _given(contrasts: Array, means: Array) -> Array:
    """Contrasts from outside, if they are that, at unit length."""
    found = np.asarray(contrasts, dtype=float)
    size = np.linalg.norm(found, axis=0) if found.shape == means.shape else np.zeros(1)
    require(
        found.shape == means.shape
        and bool(
            np.isfinite(found).all() and (size > 0).all() and (np.abs(found.sum(axis=0)) < 1e-6 * size).all()
        ),
        f"contrasts of shape {found.shape}",
        where="contrasts",
        allowed=f"{means.shape[0]} doses, {means.shape[1]} candidates, each column of sum 0 and not flat",
    )
    return np.asarray(found / size)


@dataclass(frozen=True, slots=True, kw_only=True)
class McpMod:
    """Result of the closed procedure.

    ``fits`` by shape, of the shapes with a significant candidate; ``failed`` the shapes whose fit did not
    converge, with the reason: they are neither selected nor averaged. ``selected`` is None where nothing is
    significant: then there is no dose-response to estimate. ``weights`` by shape, summing to 1.
    """

    test: ContrastTest
    fits: dict[str, ModelFit]
    failed: dict[str, str]
    selected: str | None
    weights: dict[str, float]

    def average(self, doses: Sequence[float]) -> Array:
        """Weighted mean curve at ``doses``."""
        self._require_dose_response()
        d = np.asarray(doses, dtype=float)
        return np.asarray(sum(weight * self.fits[name].value(d) for name, weight in self.weights.items()))

    def target_doses(self, delta: float) -> dict[str, Dose | None]:
        """Target dose of every fit; None where a curve does not reach ``delta`` within the doses tried."""
        return {name: fit.target_dose(delta) for name, fit in self.fits.items()}

    def average_target_dose(self, delta: float) -> Dose | None:
        """Weighted mean of the target doses; None if a curve with weight does not reach ``delta``."""
        self._require_dose_response()
        found = self.target_doses(delta)
        if any(found[name] is None for name in self.weights):
            return None
        return float(sum(weight * (found[name] or 0.0) for name, weight in self.weights.items()))

    def _require_dose_response(self) -> None:
        require(
            bool(self.weights), "no candidate is significant: there is no curve to average", where="MCP-Mod"
        )


def information_weights(criteria: dict[str, float]) -> dict[str, float]:
    """exp(−IC/2), divided by their sum.

    >>> information_weights({"linear": 10.0, "emax": 10.0})
    {'linear': 0.5, 'emax': 0.5}
    """
    least = min(criteria.values())
    raw = {name: math.exp(-(value - least) / 2) for name, value in criteria.items()}
    return {name: value / sum(raw.values()) for name, value in raw.items()}


def mcpmod(
    data: Estimates,
    candidates: Sequence[Candidate],
    *,
    rule: ContrastRule = DEFAULT_RULE,
    select: Selection = "aic",
    contrasts: Array | None = None,
) -> McpMod:
    """Test, fit, select and weigh. Raises ``InputError`` where no shape that is significant could be fitted.

    >>> shapes = [make_shape("linear", 100.0), make_shape("emax", 100.0)]
    >>> guesses = [Candidate(label=s.name, shape=s, guess=(20.0,) * len(s.parameters)) for s in shapes]
    >>> found = mcpmod(estimates([0, 10, 50, 100], [0.0, 3.1, 7.0, 7.9], np.eye(4)), guesses)
    >>> found.test.significant, found.selected, round(found.fits["emax"].target_dose(5.0))
    (('emax', 'linear'), 'emax', 22)
    """
    require(select in ("aic", "bic", "max_t"), f"selection {select!r}", allowed="aic, bic or max_t")
    test = contrast_test(data, candidates, rule=rule, contrasts=contrasts)
    shapes = {c.label: c.shape for c in candidates}
    fits: dict[str, ModelFit] = {}
    failed: dict[str, str] = {}
    for shape in dict.fromkeys(shapes[label] for label in test.significant):
        try:
            fits[shape.name] = fit_model(data, shape)
        except InputError as problem:
            failed[shape.name] = str(problem)
    if failed and not fits:
        raise InputError(
            f"no significant shape could be fitted: {' '.join(failed.values())}", where="MCP-Mod"
        )
    if not fits:
        return McpMod(test=test, fits={}, failed={}, selected=None, weights={})
    criteria = {name: fit.bic if select == "bic" else fit.aic for name, fit in fits.items()}
    by_statistic = next(shapes[label].name for label in test.significant if shapes[label].name in fits)
    selected = by_statistic if select == "max_t" else min(criteria, key=lambda name: criteria[name])
    return McpMod(
        test=test, fits=fits, failed=failed, selected=selected, weights=information_weights(criteria)
    )
