"""The data of a mixed model in blocks of studies, and its likelihood at one spread between studies.

Source: Harville 1977 (J Am Stat Assoc 72:320) for the restricted likelihood and its derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...errors import InputError, require
from ...units import Array

_LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class Blocks:
    """All studies in one stack, padded to the longest; a padded row has unit variance and says nothing.

    ``y`` (k, m), ``x`` (k, m, p), ``z`` (k, m, q), ``v`` (k, m, m) for k studies; ``rows`` counts real rows.
    """

    y: Array
    x: Array
    z: Array
    v: Array
    rows: int


def stack(
    y: Sequence[Array],
    x: Sequence[Array],
    z: Sequence[Array],
    v: Sequence[Array],
    names: Sequence[str] | None = None,
) -> Blocks:
    """Studies of unequal length as one padded stack.

    Raises ``InputError`` naming the study whose covariance is not finite, symmetric or positive definite.

    >>> one, eye = np.ones((2, 1)), np.eye(2)
    >>> stack([np.zeros(2), np.zeros(1)], [one, one[:1]], [one, one[:1]], [eye, eye[:1, :1]]).rows
    3
    """
    require(len(y) > 0, "no study is left", where="studies", remedy="give at least one study")
    lengths = np.array([len(row) for row in y])
    k, m = len(y), int(lengths.max())
    if lengths.min() == m:
        blocks = Blocks(np.stack(y), np.stack(x), np.stack(z), np.stack(v), k * m)
    else:
        ys, xs = np.zeros((k, m)), np.zeros((k, m, x[0].shape[1]))
        zs, vs = np.zeros((k, m, z[0].shape[1])), np.tile(np.eye(m), (k, 1, 1))
        for i, n in enumerate(lengths):
            ys[i, :n], xs[i, :n], zs[i, :n], vs[i, :n, :n] = y[i], x[i], z[i], v[i]
        blocks = Blocks(ys, xs, zs, vs, int(lengths.sum()))
    _check(blocks, names or [str(i + 1) for i in range(k)])
    return blocks


def _check(blocks: Blocks, names: Sequence[str]) -> None:
    finite = np.isfinite(blocks.v).all((1, 2)) & np.isfinite(blocks.y).all(1)
    for i in np.flatnonzero(~finite)[:1]:
        raise InputError(
            "has an effect or a variance that is not a number",
            where=f"study {names[i]}",
            remedy="complete it or leave the study out",
        )
    require(bool(np.isfinite(blocks.x).all()), "a dose or covariate is not a number", where="table")
    skewed = np.abs(blocks.v - blocks.v.transpose(0, 2, 1)).max((1, 2)) > 1e-8 * np.abs(blocks.v).max((1, 2))
    variance = np.einsum("kmm->km", blocks.v)
    error = np.sqrt(
        np.where(variance > 0, variance, 1.0)
    )  # correlations: padded arms have 1, whatever the unit
    spectrum = np.linalg.eigvalsh(blocks.v / (error[:, :, None] * error[:, None, :]))
    bad = skewed | (variance <= 0).any(1) | (spectrum[:, 0] <= 1e-12 * spectrum[:, -1])
    for i in np.flatnonzero(bad)[:1]:
        raise InputError(
            "the covariance of its effects is not symmetric and positive definite",
            where=f"study {names[i]}",
            remedy=(
                "check for zero variances, repeated arms, or variances and covariances from different"
                " formulas"
            ),
        )


class State(NamedTuple):
    """Everything the likelihood needs at Ψ; all have the leading axes of Ψ."""

    log_likelihood: Array
    restricted: Array
    beta: Array
    covariance: Array  # (X'Σ⁻¹X)⁻¹
    quadratic: Array  # (y − Xβ)'Σ⁻¹(y − Xβ)
    weights: Array  # Σ⁻¹ (k, m, m)
    wx: Array
    scores: Array  # Σ⁻¹(y − Xβ) (k, m)


def state_at(b: Blocks, psi: Array) -> State:
    """Everything the likelihood and its slopes need at Ψ (…, q, q): one spread, or several at once."""
    p = b.x.shape[2]
    sigma = b.v + b.z @ psi[..., None, :, :] @ b.z.transpose(0, 2, 1)
    weights: Array = np.asarray(np.linalg.inv(sigma))
    wx = weights @ b.x
    rows = wx.reshape(*psi.shape[:-2], -1, p)
    information = b.x.reshape(-1, p).T @ rows
    covariance: Array = np.asarray(np.linalg.inv(information))
    beta = (covariance @ (b.y.ravel() @ rows)[..., None])[..., 0]
    residual = b.y - (b.x @ beta[..., None, :, None])[..., 0]
    scores = (weights @ residual[..., None])[..., 0]
    quadratic = (residual * scores).sum((-2, -1))
    log_likelihood = -0.5 * (b.rows * _LOG_2PI + np.linalg.slogdet(sigma)[1].sum(-1) + quadratic)
    restricted = log_likelihood + 0.5 * (p * _LOG_2PI - np.linalg.slogdet(information)[1])
    return State(log_likelihood, restricted, beta, covariance, quadratic, weights, wx, scores)


def slopes(b: Blocks, s: State, reml: bool) -> tuple[Array, Array]:
    """Gradient (…, q, q) and Hessian (…, q², q²) of the log-likelihood in Ψ, β being profiled out.

    With A = ZᵀΣ⁻¹Z, B = ZᵀΣ⁻¹X, c = ZᵀΣ⁻¹(y − Xβ), C = (XᵀΣ⁻¹X)⁻¹ and D = BCBᵀ of each study (Harville 1977):
    ∂ℓ = ½ Σ (ccᵀ + D − A) and, for symmetric directions E and F, ∂²ℓ = Σ tr(E A F (½A − ccᵀ − D)) + (Σ BᵀEc)ᵀ
    C (Σ BᵀFc) + ½ tr(C Σ(BᵀEB) C Σ(BᵀFB)), where the terms in D and the last one belong to the restricted
    likelihood.
    """
    zt = b.z.transpose(0, 2, 1)
    a, bx, c = zt @ s.weights @ b.z, zt @ s.wx, (zt @ s.scores[..., None])[..., 0]
    *lead, k, q, p = bx.shape
    outer = c[..., :, None] * c[..., None, :]
    if reml:
        outer = outer + bx @ s.covariance[..., None, :, :] @ bx.swapaxes(-1, -2)
    gradient = 0.5 * (outer - a).sum(-3)
    rest = (0.5 * a - outer).reshape(*lead, k, q * q)
    cross = (a.reshape(*lead, k, q * q).swapaxes(-1, -2) @ rest).reshape(
        *lead, q, q, q, q
    )  # A_jl R_ni → E_ij F_ln
    hessian = np.moveaxis(cross, -1, -4).reshape(*lead, q * q, q * q)
    flat = bx.reshape(*lead, k, q * p).swapaxes(-1, -2)
    across = (flat @ c).reshape(*lead, q, p, q).swapaxes(-1, -2).reshape(*lead, q * q, p)
    hessian = hessian + across @ s.covariance @ across.swapaxes(-1, -2)
    if reml:
        pairs = (flat @ flat.swapaxes(-1, -2)).reshape(*lead, q, p, q, p).swapaxes(-2, -3)
        each = pairs.reshape(*lead, q * q, p, p) @ s.covariance[..., None, :, :]
        turned = each.swapaxes(-1, -2).reshape(*lead, q * q, p * p)
        hessian = hessian + 0.5 * each.reshape(*lead, q * q, p * p) @ turned.swapaxes(-1, -2)
    return gradient, hessian
