"""The likelihood of models of two-group counts, and its maximum.

The random effects are integrated out by adaptive Gauss–Hermite quadrature; with one point it is Laplace's
approximation (Pinheiro & Bates 1995, J Comput Graph Stat 4:12).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

import numpy as np

from ....errors import InputError, require
from ....special import expit, gammaln, xlogy
from ....units import Array
from ..nonlinear import differences

Model = Literal["um.fs", "um.rs", "cm.al", "cm.el"]
MODELS: tuple[Model, ...] = ("um.fs", "um.rs", "cm.al", "cm.el")
_STARTS = (0.1, 0.5, 1.5)  # standard deviations between studies
_CELLS = 1_000_000  # of the exact conditional distribution, all studies together
_FAR = 40.0  # a logit or log rate beyond which a group has only one kind of patient
_REMEDY = "try model='cm.al' or method='fixed', or Mantel–Haenszel (mantel_haenszel)"


class Counts(NamedTuple):
    """Counts y (k, rows) of density exp(y η − K(η) + constant), η = by_level · level + by_effect · effect."""

    y: Array
    cumulant: Callable[[Array], tuple[Array, Array, Array]]  # K, K', K'' at η (…, k, rows)
    constant: Array  # (k,)
    by_level: Array  # (rows,)
    by_effect: Array  # (rows,)


def counts_of(groups: list[Array], model: Model, measure: str) -> Counts:
    """The counts of a model as an exponential family in η."""
    a, n1, c, n2 = groups
    if model.startswith("um"):
        y, n = np.stack([a, c], 1), np.stack([n1, n2], 1)
        if measure == "or":
            return Counts(y, _binomial(n, 0.0), _log_choose(n, y).sum(1), np.ones(2), np.array([0.5, -0.5]))
        return Counts(
            y, _poisson(n), (xlogy(y, n) - gammaln(y + 1)).sum(1), np.ones(2), np.array([0.5, -0.5])
        )
    one, none, total = np.ones(1), np.zeros(1), a + c
    if model == "cm.al" or measure == "irr":
        offset = np.log(n1 / n2)
        return Counts(
            a[:, None],
            _binomial(total[:, None], offset[:, None]),
            _log_choose(total, a) + a * offset,
            none,
            one,
        )
    require(
        all(bool((column % 1 == 0).all()) for column in (a, n1, c, n2)),
        "a count is not a whole number",
        where="cases",
        remedy="use model='cm.al' or 'um.fs'",
    )
    low = np.maximum(0, total - n2)
    most = float((np.minimum(n1, total) - low).max()) + 1
    require(
        most * len(a) <= _CELLS,
        "too many cases for the exact distribution",
        where="cases",
        allowed=f"{_CELLS:,} possible tables",
        remedy="use model='um.fs': with so many cases it says the same",
    )
    cells = low[:, None] + np.arange(most)
    possible = cells <= np.minimum(n1, total)[:, None]
    inside = np.where(possible, cells, low[:, None])
    ways = _log_choose(n1[:, None], inside) + _log_choose(n2[:, None], total[:, None] - inside)
    ways = np.where(possible, ways, -np.inf)
    return Counts(
        a[:, None], _hypergeometric(cells, ways), _log_choose(n1, a) + _log_choose(n2, c), none, one
    )


def _binomial(n: Array, offset: Array | float) -> Callable[[Array], tuple[Array, Array, Array]]:
    def cumulant(eta: Array) -> tuple[Array, Array, Array]:
        at = eta + offset
        p = expit(at)
        return n * np.logaddexp(0, at), n * p, n * p * (1 - p)

    return cumulant


def _poisson(time: Array) -> Callable[[Array], tuple[Array, Array, Array]]:
    def cumulant(eta: Array) -> tuple[Array, Array, Array]:
        mean = time * np.exp(np.minimum(eta, _FAR))
        return mean, mean, mean

    return cumulant


def _hypergeometric(cells: Array, ways: Array) -> Callable[[Array], tuple[Array, Array, Array]]:
    """Fisher's non-central hypergeometric distribution of a cell given all margins, η the log odds ratio."""

    def cumulant(eta: Array) -> tuple[Array, Array, Array]:
        weight = ways + cells * eta  # η (…, k, 1) against the cells (k, x)
        whole = _log_sum(weight, -1)
        share = np.exp(weight - whole)
        mean = (share * cells).sum(-1, keepdims=True)
        return whole, mean, (share * (cells - mean) ** 2).sum(-1, keepdims=True)

    return cumulant


def _log_sum(logs: Array, axis: int) -> Array:
    """log Σ exp along an axis, which stays with length 1."""
    top = logs.max(axis=axis, keepdims=True)
    return np.asarray(top + np.log(np.exp(logs - top).sum(axis=axis, keepdims=True)))


def _log_choose(n: Array, y: Array) -> Array:
    return np.asarray(gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1))


@dataclass(frozen=True, slots=True)
class CountProblem:
    """The likelihood of (β, τ if random, γ and ω for ``um.rs``), free levels being profiled out."""

    counts: Counts
    x: Array
    model: Model
    random: int
    rule: tuple[Array, Array]  # nodes and log weights
    levels: Array  # (k,): the best levels of the last call, where the next one starts

    def height(self, c: Array) -> float:
        """The log-likelihood, the random effects integrated out."""
        return float(_integrated(self.counts, *self._places(c), *self.rule).sum())

    def conditional(self, c: Array) -> float:
        """The log-likelihood of the counts alone, every random effect at its most likely value."""
        fixed, scale = self._places(c)
        return float(_density(self.counts, fixed + _modes(self.counts, fixed, scale)[0] @ scale.T).sum())

    def _places(self, c: Array) -> tuple[Array, Array]:
        """η without random effects (k, rows), and what every random effect adds to it (rows, r)."""
        p, counts = self.x.shape[1], self.counts
        columns = [counts.by_effect * s for s in c[p : p + self.random]]
        fixed = np.multiply.outer(self.x @ c[:p], counts.by_effect)
        if self.model == "um.rs":
            columns, fixed = [*columns, counts.by_level * c[-1]], fixed + counts.by_level * c[-2]
        scale = np.stack(columns, axis=-1) if columns else np.zeros((len(counts.by_effect), 0))
        if self.model == "um.fs":

            def each(level: Array) -> Array:
                return _integrated(
                    counts, fixed + np.multiply.outer(level, counts.by_level), scale, *self.rule
                )

            self.levels[:] = _own_levels(each, self.levels)
            fixed = fixed + np.multiply.outer(self.levels, counts.by_level)
        return fixed, scale


def _own_levels(each: Callable[[Array], Array], start: Array) -> Array:
    """The best level of every study, all at once: Newton's method on differences."""
    level, h = start.copy(), 1e-4
    for _ in range(60):
        below, here, above = each(level - h), each(level), each(level + h)
        slope, bend = (above - below) / (2 * h), (above - 2 * here + below) / h**2
        step = np.clip(slope / np.maximum(-bend, 1e-3), -1.0, 1.0)
        level = np.clip(level + step, -_FAR, _FAR)
        if float(np.abs(step).max()) < 1e-7:  # the value is flat here: its error is the square of this
            break
    return level


def _density(counts: Counts, eta: Array) -> Array:
    """log p(y | η) of every study (…, k)."""
    return np.asarray((counts.y * eta - counts.cumulant(eta)[0]).sum(-1) + counts.constant)


def _modes(counts: Counts, fixed: Array, scale: Array) -> tuple[Array, Array]:
    """The most likely standard normal effects (k, r) and the information there (k, r, r), by Newton."""
    mode = np.zeros((len(fixed), scale.shape[1]))
    for _ in range(100):
        _, mean, variance = counts.cumulant(fixed + mode @ scale.T)
        information = np.einsum("jr,kj,js->krs", scale, variance, scale) + np.eye(scale.shape[1])
        step = np.linalg.solve(information, ((counts.y - mean) @ scale - mode)[..., None])[..., 0]
        if float(np.abs(step).max(initial=0.0)) < 1e-11:
            break
        mode = mode + step / np.maximum(1.0, np.abs(step).max(-1, keepdims=True))
    return mode, information


def _integrated(counts: Counts, fixed: Array, scale: Array, nodes: Array, weights: Array) -> Array:
    """log ∫ p(y | u) Normal(u; 0, I) du of every study (k,), around its own mode and curvature."""
    r = scale.shape[1]
    if r == 0:
        return _density(counts, fixed)
    mode, information = _modes(counts, fixed, scale)
    spread = np.linalg.inv(np.linalg.cholesky(information)).transpose(0, 2, 1)  # A with AAᵀ = information⁻¹
    u = mode + np.sqrt(2) * np.einsum("krs,qs->qkr", spread, nodes)
    height = _density(counts, fixed + u @ scale.T) - 0.5 * (u**2).sum(-1)
    log_det = np.log(np.einsum("krr->kr", spread)).sum(-1)
    return np.asarray(_log_sum(weights[:, None] + height, 0)[0] + log_det - r / 2 * np.log(np.pi))


def product_rule(points: int, r: int) -> tuple[Array, Array]:
    """Gauss–Hermite nodes (points^r, r) and log weights with exp(x²) put back."""
    x, w = np.polynomial.hermite.hermgauss(points)
    grid = np.array(list(product(range(points), repeat=r)), int).reshape(points**r, r)
    return x[grid], (np.log(w) + x**2)[grid].sum(-1)


class Optimum(NamedTuple):
    """A verified maximum of the likelihood, and of that of the counts alone (``conditional``)."""

    at: Array
    height: float
    conditional: float
    information: Array  # the negative second derivative
    gradient: float


def highest(problem: CountProblem, start: list[float], middle: list[float]) -> Optimum:
    """The highest of the maxima found from several spreads, with its slope and curvature."""
    from scipy.optimize import minimize

    ends = []
    for spread in _STARTS if problem.random or middle else _STARTS[:1]:
        first = np.array([*start, *[spread] * problem.random, *middle, *[spread] * len(middle)])
        found = minimize(lambda c: -problem.height(c), first, method="BFGS", options={"gtol": 1e-5})
        ends.append((problem.height(found.x), found.x))
    best = max(ends, key=lambda end: end[0])[1]
    for _ in range(8):  # quasi-Newton stops at the noise of its differences: Newton's steps to the end
        gradient, hessian = differences(problem.height, best)
        step = np.linalg.solve(-hessian, gradient)
        if np.linalg.eigvalsh(-hessian)[0] <= 0 or float(np.abs(step).max()) < 1e-9:
            break
        best = best + step / max(1.0, 2 * float(np.abs(step).max()))
    height, conditional = problem.height(best), problem.conditional(best)
    gradient, hessian = differences(problem.height, best)
    slope, flat = float(np.abs(gradient).max()), float(np.linalg.eigvalsh(-hessian)[0])
    if not (slope < 1e-4 and flat > -1e-4 and np.isfinite(height)):
        raise InputError(
            f"the fit did not converge (slope {slope:.2g}, curvature {flat:.2g})",
            where="glmm",
            remedy=_REMEDY,
        )
    return Optimum(best, height, conditional, -hessian, slope)
