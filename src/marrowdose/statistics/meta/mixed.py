"""The one engine of the frequentist room: y_i ~ Normal(X_i β, V_i + Z_i Ψ(θ) Z_iᵀ), studies independent.

V_i is known (within studies), Ψ is estimated (between studies) by maximum likelihood or by restricted maximum
likelihood. The optimum is found by Newton's method with the exact gradient and curvature, from several
starts, and is verified: a fit that does not pass raises ``InputError`` and returns no number.

Sources: Harville 1977 (J Am Stat Assoc 72:320) for the restricted likelihood and its derivatives; Jackson,
White & Riley 2013 (Biom J 55:231) for the moment estimate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from ...errors import InputError, require
from ...units import Array
from .blocks import Blocks, State, slopes, state_at
from .structures import Spread

Method = Literal["fixed", "ml", "reml"]
STARTS = 3  # climbs from the best places looked at, of different kinds
_STEPS = 200
_FINE, _COARSE = 1e-18, 1e-2  # expected rise of the log-likelihood at which a climb ends
_GRADIENT_MOST = 1e-6  # log-likelihood per unit of θ, which is in within-study standard errors
_CURVATURE_LEAST = -1e-5
_REMEDY = "try a simpler curve or spread (spread='diag' or 'id'), method='fixed', or give more studies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """How the optimum was verified, in units of within-study standard errors.

    ``gradient`` is the largest absolute slope of the log-likelihood, ``curvature`` the smallest eigenvalue of
    its negative second derivative (≥ 0 at a maximum), ``boundary`` whether Ψ is singular there.
    """

    iterations: int
    gradient: float
    curvature: float
    boundary: bool
    starts: int
    starts_agreeing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedFit:
    """Estimates: ``beta`` (p,), its covariance (p, p), ``psi`` (q, q), log-likelihoods, heterogeneity Q.

    ``q_generalised`` is the residual sum of squares weighted by the fitted covariance (Knapp–Hartung); ``q``
    the same with Ψ = 0 at the fixed-effect estimate, on ``df`` degrees of freedom.
    """

    method: Method
    beta: Array
    covariance: Array
    psi: Array
    log_likelihood: float
    log_likelihood_restricted: float
    q: float
    df: int
    q_generalised: float
    convergence: Convergence | None  # None where nothing is iterated (fixed effects)


class _Optimum(NamedTuple):
    theta: Array
    value: float
    gradient: Array
    hessian: Array
    slope_in_psi: Array
    rise: float  # what Newton's step promises; the maximum is about half of it higher
    iterations: int


def _climb(b: Blocks, form: Spread, starts: Array, reml: bool, until: Array) -> list[_Optimum]:
    """Newton's method on the log-likelihood from all ``starts`` (n, m) side by side.

    Negative curvature is turned round, steps are halved. A climb ends where its next step promises less than
    its ``until`` (n,).
    """
    n, m = starts.shape
    q = b.z.shape[2]
    theta, tried, left = starts.copy(), starts.copy(), np.arange(n)
    value, rise, length, rounds = np.full(n, -np.inf), np.zeros(n), np.ones(n), np.zeros(n, int)
    gradient, move, hessian, slope = (
        np.zeros((n, m)),
        np.zeros((n, m)),
        np.zeros((n, m, m)),
        np.zeros((n, q, q)),
    )
    for _ in range(_STEPS):
        psi, first, second = form.at(tried[left])
        state = state_at(b, psi)
        new = state.restricted if reml else state.log_likelihood
        least = np.where(rise[left] > 1e-8, 1e-4 * rise[left], 0.0)  # below, rounding hides the rise
        up = new >= value[left] + length[left] * least - 1e-12 * (1 + np.abs(value[left]))
        took = left[up]
        in_psi, twice = slopes(b, state, reml)
        d, along = first.reshape(len(left), m, -1), in_psi.reshape(len(left), -1, 1)
        bend = (
            d @ twice @ d.swapaxes(1, 2) + (second.reshape(*second.shape[:-2], -1) @ along[:, None])[..., 0]
        )
        bend = 0.5 * (bend + bend.swapaxes(1, 2))[up]
        theta[took], value[took], slope[took], hessian[took] = tried[took], new[up], in_psi[up], bend
        gradient[took] = (d @ along)[up, :, 0]
        eigen, vectors = np.linalg.eigh(bend)
        size = np.abs(eigen)
        uphill = (vectors.swapaxes(1, 2) @ gradient[took, :, None])[..., 0]
        step = uphill / np.maximum(size, 1e-8 * np.maximum(1.0, size.max(1, keepdims=True)))
        rise[took] = (uphill * step).sum(1)
        move[took] = (vectors @ step[..., None])[..., 0]
        most = 2.0 * (1.0 + np.abs(theta).max(1))
        length[left] *= 0.5
        length[took] = np.minimum(1.0, most / np.maximum(np.abs(move).max(1), 1e-300))[took]
        rounds[took] += 1
        left = left[(rise[left] >= until[left]) & (length[left] > 1e-10)]
        if len(left) == 0:
            break
        tried[left] = theta[left] + length[left, None] * move[left]
    return [
        _Optimum(*each)
        for each in zip(
            theta, value.tolist(), gradient, hessian, slope, rise.tolist(), rounds.tolist(), strict=True
        )
    ]


def _screened(b: Blocks, form: Spread, reml: bool) -> Array:
    """Where to start (STARTS, m): the best size of each kind of Ψ, and of these the best kinds.

    With few studies the likelihood often has a maximum at either sign of a correlation, so that sizes alone
    would not find the higher one. All places are looked at in one sweep.
    """
    groups, sizes, _ = form.starts.shape
    q = b.z.shape[2]
    psi = form.start_psi.reshape(-1, 1, q, q)
    sigma = b.v + b.z @ psi @ b.z.transpose(0, 2, 1)
    weights = np.linalg.inv(sigma)
    n, p = len(psi), b.x.shape[2]
    wx = (weights @ b.x).reshape(n, -1, p).transpose(0, 2, 1)
    information, right = wx @ b.x.reshape(-1, p), wx @ b.y.ravel()
    squares = np.einsum("km,nkmr,kr->n", b.y, weights, b.y, optimize=False)
    squares -= (right * np.linalg.solve(information, right[..., None])[..., 0]).sum(1)
    value = -0.5 * (np.linalg.slogdet(sigma)[1].sum(1) + squares)
    if reml:
        value -= 0.5 * np.linalg.slogdet(information)[1]
    value = np.where(np.isfinite(value), value, -np.inf).reshape(groups, sizes)
    kinds = np.argsort(-value.max(axis=1), kind="stable")[:STARTS]
    return np.asarray(form.starts[kinds, value[kinds].argmax(axis=1)])


def fit_mixed(b: Blocks, form: Spread | None, method: Method = "reml") -> MixedFit:
    """Fit the model of this module; ``form`` may be None for ``method='fixed'`` (Ψ = 0).

    Raises ``InputError`` where the columns of X are not told apart by the studies, or where no start ends in
    a verified maximum.

    >>> y = [np.array([0.2]), np.array([0.5]), np.array([0.9])]
    >>> v = [np.array([[0.04]]), np.array([[0.05]]), np.array([[0.03]])]
    >>> one = [np.ones((1, 1))] * 3
    >>> fit = fit_mixed(stack(y, one, one, v), spread("un", 1))
    >>> fit.beta.round(3).tolist(), fit.psi.round(3).tolist()  # as pool does
    ([0.544], [[0.094]])
    """
    k, q = len(b.y), b.z.shape[2]
    weights: Array = np.asarray(np.linalg.inv(b.v))
    _require_told_apart(b, weights)
    if method == "fixed" or form is None:
        return at_spread(b, np.zeros((q, q)))
    require(
        k > 1 and b.rows > b.x.shape[2],
        f"{k} {'study' if k == 1 else 'studies'} with {b.rows} effects cannot tell the spread between"
        " studies",
        where="studies",
        remedy="use method='fixed', or give more studies",
    )
    unit = _typical_error(b, weights, form)
    scaled = Blocks(b.y, b.x, b.z * unit, b.v, b.rows)
    best, others = _best(scaled, form, method == "reml")
    psi = form.at(best.theta)[0]
    checks = _verified(best, others, psi, form)
    return replace(at_spread(b, psi * np.outer(unit, unit)), method=method, convergence=checks)


def _require_told_apart(b: Blocks, weights: Array) -> None:
    """Raise ``InputError`` unless the studies tell the coefficients of X apart."""
    p = b.x.shape[2]
    information = b.x.reshape(-1, p).T @ (weights @ b.x).reshape(-1, p)
    size = np.sqrt(np.diag(information))
    require(
        bool((size > 0).all()) and float(np.linalg.eigvalsh(information / np.outer(size, size))[0]) > 1e-10,
        f"the studies cannot tell the {p} coefficients apart",
        where="curve",
        remedy="use a simpler curve, fewer knots or covariates, or give studies with more doses",
    )


def _best(b: Blocks, form: Spread, reml: bool) -> tuple[_Optimum, list[_Optimum]]:
    """The highest optimum, climbed to the end, and where the other starts led."""
    starts = _screened(b, form, reml)
    best, *others = _climb(b, form, starts, reml, np.array([_FINE, *[_COARSE] * (len(starts) - 1)]))
    higher = max(others, key=lambda o: o.value + o.rise / 2, default=best)
    if higher.value + higher.rise / 2 > best.value + 1e-3:
        again = _climb(b, form, higher.theta[None], reml, np.array([_FINE]))
        best = max(best, *again, key=lambda o: o.value)
    return best, others


def _restricted(b: Blocks, s: State) -> float:
    """The restricted log-likelihood with metafor's constant ½ log|XᵀX|, which makes it free of X's units."""
    return float(s.restricted) + 0.5 * float(np.linalg.slogdet(np.einsum("kmp,kmr->pr", b.x, b.x))[1])


def highest(b: Blocks, form: Spread, method: Method) -> float:
    """The highest log-likelihood over β and Ψ from one start, not verified: for a search only."""
    none = float(state_at(b, np.zeros((b.z.shape[2],) * 2)).log_likelihood)
    if method == "fixed":
        return none
    unit = _typical_error(b, np.asarray(np.linalg.inv(b.v)), form)
    scaled = Blocks(b.y, b.x, b.z * unit, b.v, b.rows)
    return max(
        none, _climb(scaled, form, _screened(scaled, form, False)[:1], False, np.array([1e-12]))[0].value
    )


def at_spread(b: Blocks, psi: Array) -> MixedFit:
    """The estimates at a Ψ that is known or comes from elsewhere (moments, zero).

    >>> one = [np.ones((1, 1))] * 2
    >>> studies = stack([np.zeros(1), np.ones(1)], one, one, [np.eye(1), np.eye(1)])
    >>> round(float(at_spread(studies, np.zeros((1, 1))).beta[0]), 3)
    0.5
    """
    end = state_at(b, psi)
    none = state_at(b, np.zeros_like(psi)) if psi.any() else end
    return MixedFit(
        method="fixed",
        beta=end.beta,
        covariance=end.covariance,
        psi=psi,
        log_likelihood=float(end.log_likelihood),
        log_likelihood_restricted=_restricted(b, end),
        q=float(none.quadratic),
        df=b.rows - len(end.beta),
        q_generalised=float(end.quadratic),
        convergence=None,
    )


def _typical_error(b: Blocks, weights: Array, form: Spread) -> Array:
    """A natural unit (q,) of each random effect: its standard error within an average study."""
    information = (b.z * (weights @ b.z)).sum((0, 1)) / len(b.y)
    require(
        bool((information > 0).all()),
        "a random effect has no data",
        where="spread",
        remedy="use a simpler curve",
    )
    unit = 1.0 / np.sqrt(information)
    if form.structure in ("un", "diag", "hcs", "har"):
        return np.asarray(unit)
    return np.full(len(unit), float(np.exp(np.log(unit).mean())))


def _verified(best: _Optimum, others: list[_Optimum], psi: Array, form: Spread) -> Convergence:
    """Is it a maximum? Slope zero, no direction that rises, and no variance that wants to leave zero."""
    gradient = float(np.abs(best.gradient).max())
    curvature = float(np.linalg.eigvalsh(-best.hessian)[0])
    eigen = np.linalg.eigvalsh(psi)
    boundary = bool(eigen[0] <= 1e-8 * max(1.0, float(eigen[-1])))
    uphill = float(np.linalg.eigvalsh(best.slope_in_psi)[-1]) if form.structure == "un" else 0.0
    problems = [
        said
        for wrong, said in (
            (not np.isfinite(best.value), "the likelihood is not finite"),
            (gradient > _GRADIENT_MOST, f"the slope at the best point is {gradient:.2g}, not zero"),
            (curvature < _CURVATURE_LEAST, f"the likelihood still rises (curvature {curvature:.2g})"),
            (uphill > 1e-5, f"a variance between studies wants to leave zero (slope {uphill:.2g})"),
        )
        if wrong
    ]
    if problems:
        raise InputError(f"the fit did not converge: {'; '.join(problems)}", where="fit", remedy=_REMEDY)
    return Convergence(
        iterations=best.iterations + sum(o.iterations for o in others),
        gradient=gradient,
        curvature=curvature,
        boundary=boundary,
        starts=STARTS,
        starts_agreeing=1 + sum(abs(o.value + o.rise / 2 - best.value) < 2e-3 for o in others),
    )


def moment_spread(y: Array, x: Array, v: Array, floor: float = 0.0) -> Array:
    """Ψ (q, q) by moments from whole outcome vectors: ``y`` (k, q), ``x`` (k, q, p), ``v`` (k, q, q).

    Solves E[Σ W_i r_i r_iᵀ] = observed for Ψ (Jackson, White & Riley 2013); for q = 1 this is DerSimonian &
    Laird. Symmetrised; eigenvalues below ``floor`` are set to it, which is the one step that depends on the
    units of the coefficients.

    >>> y, v = np.array([0.2, 0.5, 0.9]), np.array([0.04, 0.05, 0.03])
    >>> moment_spread(y[:, None], np.ones((3, 1, 1)), v[:, None, None]).round(4).tolist()
    [[0.1008]]
    """
    w = np.linalg.inv(v)
    wx = w @ x
    c = np.linalg.inv(np.einsum("kqp,kqr->pr", x, wx))
    residual = y - x @ (c @ np.einsum("kqp,kq->p", wx, y))
    q = y.shape[1]
    observed = np.einsum("kij,kj,kl->il", w, residual, residual)
    hat = x @ c @ wx.transpose(0, 2, 1)  # (k, q, q): the study's own block of H = X C XᵀW
    eye = np.eye(q)
    # Σ_ij (W_i A_ij) ⊗ A_ij with A_ij = δ_ij I − x_i C x_jᵀ W_j, multiplied out; index order [ij, lm]
    system = np.einsum("kil,jm->ijlm", w - w @ hat, eye) - np.einsum("kil,kjm->ijlm", w, hat)
    left = np.einsum("kip,kjr->ijpr", wx @ c, x @ c)
    right = np.einsum("kpl,krm->prlm", wx.transpose(0, 2, 1), wx.transpose(0, 2, 1))
    system = system + np.einsum("ijpr,prlm->ijlm", left, right)
    target = observed - (len(y) * eye - hat.sum(0).T)
    psi = np.linalg.solve(system.reshape(q * q, q * q), target.ravel()).reshape(q, q)
    eigen, vectors = np.linalg.eigh(0.5 * (psi + psi.T))
    return np.asarray((vectors * np.maximum(eigen, floor)) @ vectors.T)
