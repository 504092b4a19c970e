"""Mixed model for repeated measures (MMRM) by REML, for thousands of trials at once.

y_iv = μ_{arm(i), v} + b_v·(x_i − x̄) + e_iv with an unstructured covariance Σ of e_i over the visits;
whatever is missing is missing at random (Mallinckrodt et al. 2008; Jennrich & Schluchter 1986, equations
1–6). A trial enters only through its sums of squares and products for each pattern of observed visits, so
that an iteration costs a few small matrices and not a pass over the patients.

Scoring: with W_k the inverse of Σ restricted to the visits of pattern k (zero elsewhere), R_k the residual
and Q_k the leverage products, the score of Σ is ½ Σ_k W_k (R_k + Q_k − n_k Σ) W_k. Its expected information
is taken with n_k Σ − Q_k for the degrees of freedom that the means leave: exact, and done in one step,
without missing values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import require
from ...units import Array

_TRIALS = 256  # at a time, where the patients are summed
_GAIN = 1e-13  # of the log-likelihood, foreseen from the next step: converged
_SLACK = 1e-9  # rounding of the log-likelihood


@dataclass(frozen=True, slots=True, kw_only=True)
class Mmrm:
    """Fitted models, one per trial; a trial that cannot be fitted has NaN and ``converged`` false.

    ``means`` (trials, arms, visits) are least-squares means at the trial's mean baseline; ``covariance``
    (trials, arms, visits, arms, visits) is theirs, taking Σ as known: for tests with few patients see
    ``kenward_roger``; ``slopes`` (trials, visits) of the baseline, 0 without one; ``sigma`` (trials, visits,
    visits) is Σ; ``loglik`` the restricted log-likelihood with all constants but ½ log|X'X|, as nlme gives
    it; ``at`` the mean baseline of each trial; ``iterations`` of scoring; ``inverse`` of the information on
    all coefficients, slopes last, and the ``sums`` of the data.
    """

    means: Array
    covariance: Array
    slopes: Array
    sigma: Array
    loglik: Array
    at: Array
    converged: NDArray[np.bool_]
    iterations: NDArray[np.int64]
    inverse: Array
    sums: Sums

    def visit(self, visit: int = -1) -> tuple[Array, Array]:
        """Means (trials, arms) and their covariance (trials, arms, arms) at a visit, by default the last."""
        return self.means[:, :, visit], self.covariance[:, :, visit, :, visit]

    def effect(self, control: int = 0, visit: int = -1) -> tuple[Array, Array]:
        """Differences of all arms from ``control`` at one visit, and their errors: both (trials, arms)."""
        means, covariance = self.visit(visit)
        variance = np.einsum("taa->ta", covariance)
        error = variance + variance[:, control, None] - 2 * covariance[:, control]
        return means - means[:, control, None], np.sqrt(np.maximum(error, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """For each trial and pattern: patients, products of x, of x and y, of y; visits of the pattern."""

    n: Array
    xx: Array
    xy: Array
    yy: Array
    seen: Array  # (patterns, visits), 0 or 1

    def take(self, trials: NDArray[np.int64] | slice) -> Sums:
        """Only these trials."""
        return Sums(
            n=self.n[trials], xx=self.xx[trials], xy=self.xy[trials], yy=self.yy[trials], seen=self.seen
        )


@dataclass(slots=True, kw_only=True)
class _State:
    """Where the scoring stands for each trial, and the step it takes next."""

    sigma: Array
    loglik: Array
    beta: Array
    inverse: Array  # of the information on the coefficients: their covariance
    step: Array
    gain: Array

    def put(self, where: NDArray[np.int64], new: _State, keep: NDArray[np.bool_]) -> None:
        """Take over the trials of ``new`` marked by ``keep``."""
        for field in fields(self):
            getattr(self, field.name)[where[keep]] = getattr(new, field.name)[keep]


def mmrm(
    values: ArrayLike,
    arm: ArrayLike,
    *,
    baseline: ArrayLike | None = None,
    arms: int | None = None,
    iterations: int = 60,
) -> Mmrm:
    """Fit each trial.

    ``values`` (trials, patients, visits), NaN where missing in any pattern (a patient never seen is left
    out); ``arm`` (patients,) or (trials, patients) whole numbers from 0; ``baseline`` likewise, one slope for
    each visit; ``arms`` how many there are, if not all are in ``arm``. A trial is fitted if every arm has an
    observation at every visit and every two visits are seen together in more patients than there are means
    and slopes at a visit. Raises ``InputError``.

    >>> values = np.array([[[4, 5], [6, 8], [5, np.nan], [7, 8], [8, 13], [6, 11]]])  # one trial, two visits
    >>> found = mmrm(values, [0, 0, 0, 1, 1, 1])
    >>> found.converged.tolist(), found.effect()[0][0, 1].round(2).item()
    ([True], 4.17)
    """
    y, group, count, covariate = _patients(values, arm, baseline, arms)
    at = np.zeros(len(y)) if covariate is None else covariate.mean(axis=1)
    sums = _sums(y, group, count, None if covariate is None else covariate - at[:, None])
    possible = np.flatnonzero(_possible(sums))
    state, taken, done = _score(sums.take(possible), iterations)

    def spread(found: Array) -> Array:
        full = np.full((len(y), *found.shape[1:]), np.nan)
        full[possible[done]] = found[done]
        return full

    visits, cells = y.shape[2], count * y.shape[2]
    covariance = state.inverse[:, :cells, :cells].reshape(len(taken), count, visits, count, visits)
    slopes = state.beta[:, count] if covariate is not None else np.zeros((len(state.beta), visits))
    converged, turns = np.zeros(len(y), dtype=np.bool_), np.zeros(len(y), dtype=np.int64)
    converged[possible], turns[possible] = done, taken
    return Mmrm(
        means=spread(state.beta[:, :count]),
        covariance=spread(covariance),
        slopes=spread(slopes),
        sigma=spread(state.sigma),
        loglik=spread(state.loglik),
        at=at,
        converged=converged,
        iterations=turns,
        inverse=spread(state.inverse),
        sums=sums,
    )


def _patients(
    values: ArrayLike, arm: ArrayLike, baseline: ArrayLike | None, arms: int | None
) -> tuple[Array, NDArray[np.int64], int, Array | None]:
    """Values (trials, patients, visits), arms (trials, patients), how many, baselines. Raises."""
    y = np.asarray(values, dtype=float)
    require(
        y.ndim == 3 and min(y.shape) > 0,
        f"values of shape {y.shape}",
        where="MMRM",
        allowed="trials × patients × visits",
    )
    require(
        not bool(np.isinf(y).any()),
        "an infinite value",
        where="MMRM",
        allowed="numbers, or NaN where missing",
    )
    group = np.broadcast_to(np.asarray(arm), y.shape[:2])
    count = int(group.max()) + 1 if arms is None else arms
    require(
        bool(np.issubdtype(group.dtype, np.integer) and group.min() >= 0 and group.max() < count),
        "arms that are not whole numbers from 0",
        where="MMRM",
        allowed=f"0 to {count - 1}",
    )
    covariate = None if baseline is None else np.broadcast_to(np.asarray(baseline, dtype=float), y.shape[:2])
    require(
        covariate is None or bool(np.isfinite(covariate).all()),
        "a baseline is missing",
        where="MMRM",
        remedy="leave the patient out or fit without baseline",
    )
    return y, group, count, covariate


def _sums(y: Array, group: NDArray[np.int64], arms: int, covariate: Array | None) -> Sums:
    """Sums of products by trial and pattern of observed visits."""
    visits = y.shape[2]
    observed = np.isfinite(y)
    code = observed @ (1 << np.arange(visits))
    patterns = np.array([k for k in np.unique(code) if k > 0], dtype=np.int64)
    require(len(patterns) > 0, "no patient has a value", where="MMRM")
    width = arms + (covariate is not None)
    n = np.empty((len(y), len(patterns)))
    products = np.empty((len(y), len(patterns), width + visits, width + visits))
    for start in range(0, len(y), _TRIALS):
        part = slice(start, start + _TRIALS)
        z = np.zeros((*y[part].shape[:2], width + visits))
        np.put_along_axis(z, group[part][..., None], 1.0, axis=2)
        if covariate is not None:
            z[..., arms] = covariate[part]
        z[..., width:] = np.where(observed[part], y[part], 0.0)
        for k, pattern in enumerate(patterns):
            mine = code[part] == pattern
            n[part, k] = mine.sum(axis=1)
            products[part, k] = (z * mine[..., None]).swapaxes(1, 2) @ z
    seen = ((patterns[:, None] >> np.arange(visits)) & 1).astype(float)
    return Sums(
        n=n,
        xx=products[..., :width, :width],
        xy=products[..., :width, width:],
        yy=products[..., width:, width:],
        seen=seen,
    )


def _possible(sums: Sums) -> NDArray[np.bool_]:
    """Trials in which all means, slopes and covariances can be estimated."""
    width = sums.xx.shape[-1]
    together = np.einsum("tk,ka,kb->tab", sums.n, sums.seen, sums.seen)
    at_visit = np.einsum("tkij,ka->taij", sums.xx, sums.seen)
    scale = np.sqrt(np.einsum("taii->tai", at_visit))
    full = (scale > 0).all(axis=(1, 2))
    scaled = (
        at_visit / np.where(scale > 0, scale, 1.0)[..., None] / np.where(scale > 0, scale, 1.0)[..., None, :]
    )
    return np.asarray(
        (together > width).all(axis=(1, 2)) & full & (np.linalg.eigvalsh(scaled)[..., 0] > 1e-9).all(axis=1)
    )


def _score(sums: Sums, iterations: int) -> tuple[_State, NDArray[np.int64], NDArray[np.bool_]]:
    """Scoring with step halving, dropping the trials that have converged from the work."""
    trials = len(sums.n)
    state = _evaluate(sums, _start(sums))
    damp, turns = np.ones(trials), np.zeros(trials, dtype=np.int64)
    active = np.arange(trials)
    for _ in range(iterations):
        active = active[~(state.gain[active] < _GAIN)]
        if len(active) == 0:
            break
        turns[active] += 1
        proposed = state.sigma[active] + damp[active, None, None] * state.step[active]
        finite = np.isfinite(proposed).all(axis=(1, 2))
        definite: NDArray[np.bool_] = np.array(finite)
        definite[finite] = np.linalg.eigvalsh(proposed[finite])[:, 0] > 0
        proposed[~definite] = state.sigma[active[~definite]]
        new = _evaluate(sums.take(active), proposed)
        better = definite & (new.loglik >= state.loglik[active] - _SLACK)
        state.put(active, new, better)
        damp[active] = np.where(better, 1.0, damp[active] / 2)
    return state, turns, np.asarray(state.gain < _GAIN)


def _start(sums: Sums) -> Array:
    """Variances at each visit around ordinary least squares, no covariances."""
    xx = np.einsum("tkij,ka->taij", sums.xx, sums.seen)
    xy = np.einsum("tkia->tai", sums.xy)  # an unseen value is 0
    fit = np.linalg.solve(xx, xy[..., None])[..., 0]
    left = np.einsum("tkaa->ta", sums.yy) - np.einsum("tai,tai->ta", fit, xy)
    variance = np.maximum(left, 0.0) / (sums.n @ sums.seen - xx.shape[-1])
    return np.asarray(variance[..., None] * np.eye(xx.shape[1]))


def _evaluate(sums: Sums, sigma: Array) -> _State:
    """Coefficients, restricted log-likelihood and the next step at Σ."""
    trials, kinds, width, visits = sums.xy.shape
    with np.errstate(all="ignore"):  # a variance of 0 gives no log-likelihood, hence no convergence
        w, padded = pattern_weights(sigma, sums.seen)
        h = sums.xx.reshape(trials, kinds, width**2).swapaxes(1, 2) @ w.reshape(trials, kinds, visits**2)
        h = (
            h.reshape(trials, width, width, visits, visits)
            .swapaxes(2, 3)
            .reshape(trials, width * visits, width * visits)
        )
        inverse = inverses(h)
        right = (sums.xy @ w).sum(axis=1)
        beta = (inverse @ right.reshape(trials, width * visits, 1)).reshape(trials, width, visits)
        cross = sums.xy.swapaxes(2, 3) @ beta[:, None]
        residual = (
            sums.yy - cross - cross.swapaxes(2, 3) + beta[:, None].swapaxes(2, 3) @ sums.xx @ beta[:, None]
        )
        leverage = leverages(sums, inverse)
        observed = (sums.n @ sums.seen).sum(axis=1) - width * visits
        logdet = (sums.n * np.linalg.slogdet(padded)[1]).sum(axis=1) + np.linalg.slogdet(h)[1]
        squares = np.einsum("tkab,tkab->t", w, residual)
        loglik = -0.5 * (observed * math.log(2 * math.pi) + logdet + squares)
        n_sigma = sums.n[..., None, None] * sigma[:, None]
        score = (w @ (residual + leverage - n_sigma) @ w).sum(axis=1) / 2
        units = basis(visits)
        gradient = np.einsum("tab,jab->tj", score, units)
        known = information(w, w @ (n_sigma - leverage) @ w)
        move = np.einsum("tij,tj->ti", inverses(known), gradient)
    step = np.einsum("tj,jab->tab", move, units)
    return _State(
        sigma=sigma, loglik=loglik, beta=beta, inverse=inverse, step=step, gain=(move * gradient).sum(axis=1)
    )


def pattern_weights(sigma: Array, seen: Array) -> tuple[Array, Array]:
    """W_k (trials, patterns, visits, visits), and Σ with 1 on the diagonal where a visit is unseen."""
    both = seen[:, :, None] * seen[:, None, :]
    padded = sigma[:, None] * both + np.eye(seen.shape[1]) * (1 - seen)[:, :, None]
    return inverses(padded) * both, padded


def leverages(sums: Sums, inverse: Array) -> Array:
    """Q_k (trials, patterns, visits, visits) by the covariance ``inverse`` of the coefficients."""
    trials, kinds, width, visits = sums.xy.shape
    blocks = inverse.reshape(trials, width, visits, width, visits).swapaxes(2, 3)
    flat = sums.xx.reshape(trials, kinds, width**2) @ blocks.reshape(trials, width**2, visits**2)
    return np.asarray(flat.reshape(trials, kinds, visits, visits))


def inverses(matrices: Array) -> Array:
    """Inverses over the leading axes; NaN where there is none, so that one trial does not stop the others."""
    try:
        return np.asarray(np.linalg.inv(matrices))
    except np.linalg.LinAlgError:
        out = np.full_like(matrices, np.nan)
        fine: NDArray[np.bool_] = np.array(np.isfinite(matrices).all(axis=(-2, -1)))
        fine[fine] = np.linalg.matrix_rank(matrices[fine]) == matrices.shape[-1]
        out[fine] = np.linalg.inv(matrices[fine])
        return out


def basis(visits: int) -> Array:
    """Symmetric matrices, one for each covariance of Σ: (visits·(visits + 1)/2, visits, visits)."""
    rows, columns = np.triu_indices(visits)
    units = np.zeros((len(rows), visits, visits))
    units[np.arange(len(rows)), rows, columns] = units[np.arange(len(rows)), columns, rows] = 1.0
    return units


def information(w: Array, m: Array) -> Array:
    """½ Σ_k tr(E_i W_k E_j M_k) for all pairs of covariances."""
    trials, kinds, visits, _ = w.shape
    units = basis(visits)
    pairs = np.einsum("iab,jcd->bcdaij", units, units).reshape(visits**4, -1)
    products = w.reshape(trials, kinds, visits**2).swapaxes(1, 2) @ m.reshape(trials, kinds, visits**2)
    found = (products.reshape(trials, visits**4) @ pairs).reshape(trials, len(units), len(units)) / 2
    return np.asarray((found + found.swapaxes(1, 2)) / 2)
