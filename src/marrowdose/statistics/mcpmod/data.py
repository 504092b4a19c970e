"""What a dose-response is fitted to: estimated means by dose with their covariance.

Raw normal data are reduced to the dose means of the analysis of (co)variance, with their covariance σ²V,
residual sum of squares and degrees of freedom; the residual sum of squares of any dose-response model is then
that of the means plus the one within doses (Frisch–Waugh). Estimates of other kinds (log odds, log rates, log
hazards, means of an MMRM) come with the covariance of the model that made them (Pinheiro 2014, section 3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...errors import require
from ...units import Array
from .contrasts import lower_root


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Estimated means by dose (K,), in ascending order of dose, and their covariance (K, K).

    ``df`` are the residual degrees of freedom (infinite for generalised estimates); ``n`` the number of
    patients of raw data and None otherwise: it decides whether AIC and BIC are those of a normal likelihood
    or of the generalised least squares (gAIC of Pinheiro 2014). ``sigma2`` is the residual variance of raw
    data, contained in ``covariance``; ``covariates`` what they were adjusted for. ``free_level`` is 0, or the
    variance of the made-up placebo of ``placebo_adjusted``.
    """

    doses: Array
    means: Array
    covariance: Array
    df: float
    n: int | None = None
    sigma2: float = 1.0
    covariates: Covariates | None = None
    free_level: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariates:
    """What gives the coefficients γ (q,) of covariates beside any curve: γ = ``at_zero`` − ``by_mean`` μ.

    μ (K,) are the curve's means at the doses; ``inverse`` (q, q) is (X'X)⁻¹, γ's covariance given μ and σ² =
    1.
    """

    names: tuple[str, ...]
    at_zero: Array
    by_mean: Array
    inverse: Array


def estimates(
    doses: Sequence[float], means: Sequence[float], covariance: Array, *, df: float = math.inf
) -> Estimates:
    """Estimates of any kind, one a dose, with their covariance. Raises ``InputError``.

    >>> estimates([10, 0], [3.0, 1.0], np.eye(2)).means.tolist()  # ascending doses
    [1.0, 3.0]
    """
    d, m, s = (np.asarray(x, dtype=float) for x in (doses, means, covariance))
    require(
        d.ndim == 1 and d.shape == m.shape and s.shape == (len(d), len(d)),
        f"{len(d)} doses, {len(m)} means, covariance of shape {s.shape}",
        where="estimates",
        allowed="one mean a dose and a square covariance",
    )
    _check_doses(d)
    require(bool(np.isfinite(m).all()), "a mean that is not a number", where="estimates")
    require(df > 0, f"{df!r} degrees of freedom", where="estimates", allowed="above 0, or infinite")
    lower_root(s, where="covariance of the estimates")
    order = np.argsort(d)
    return Estimates(doses=d[order], means=m[order], covariance=s[np.ix_(order, order)], df=float(df))


def placebo_adjusted(
    doses: Sequence[float], effects: Sequence[float], covariance: Array, *, df: float = math.inf
) -> Estimates:
    """Effects over placebo at active doses with their covariance, no placebo mean being known.

    A placebo of 0 with any variance a, by which all estimates share their error (Cov = a + V), gives the same
    contrasts, statistics, effects and differences of AIC as the effects alone: the level takes up a. Fits
    then speak of effects over placebo: their e0 is no estimate.

    >>> placebo_adjusted([10, 20], [2.0, 3.0], np.eye(2)).doses.tolist()
    [0.0, 10.0, 20.0]
    """
    d, m, v = (np.asarray(x, dtype=float) for x in (doses, effects, covariance))
    require(
        d.ndim == 1 and bool(np.all(d > 0)),
        "a dose that is not above 0",
        where="placebo-adjusted estimates",
        remedy="leave the placebo out, or give means of all doses by estimates()",
    )
    require(
        m.shape == d.shape and v.shape == (len(d), len(d)),
        f"{len(d)} doses, {m.size} effects, covariance of shape {v.shape}",
        where="placebo-adjusted estimates",
        allowed="one effect a dose and a square covariance",
    )
    lower_root(v, where="covariance of the effects")
    level = float(np.diag(v).mean())
    whole = np.full((len(d) + 1, len(d) + 1), level)
    whole[1:, 1:] += v
    made = estimates([0.0, *d], [0.0, *m], whole, df=df)
    return replace(made, free_level=level)


def _check_doses(doses: Array) -> None:
    require(
        bool(np.all(np.isfinite(doses) & (doses >= 0))),
        "a dose that is not a number or below 0",
        where="doses",
    )
    require(
        len(np.unique(doses)) == len(doses) >= 2,
        f"{len(np.unique(doses))} different doses in {len(doses)} estimates",
        where="doses",
        allowed="two different doses or more, one estimate each",
        remedy="a dose-response needs doses to compare",
    )


def from_patients(
    dose: Sequence[float],
    response: Sequence[float],
    covariates: Array | None = None,
    *,
    names: Sequence[str] = (),
) -> Estimates:
    """Means by dose from raw data, adjusted to covariates of 0: analysis of (co)variance, one variance.

    ``covariates`` is (n, q), already numbers (centre them to read the means at the average patient). Raises
    ``InputError``.

    >>> data = from_patients([0, 0, 10, 10], [1.0, 3.0, 4.0, 8.0])
    >>> data.means.round(6).tolist(), data.sigma2, data.df
    ([2.0, 6.0], 5.0, 2.0)
    """
    d, y, x = _patients(dose, response, covariates)
    levels, group = np.unique(d, return_inverse=True)
    _check_doses(levels)
    k = len(levels)
    design = np.column_stack([group[:, None] == np.arange(k), x])
    beta, r, df = _least_squares(design, y)
    left = y - design @ beta
    sigma2 = float(left @ left) / df
    require(
        sigma2 > 1e-24 * float(y @ y) / len(y),
        "no spread within the doses",
        where="patients",
        remedy="check that responses are not means repeated",
    )
    inverse = np.linalg.inv(r)[:k]
    return Estimates(
        doses=levels,
        means=beta[:k],
        covariance=sigma2 * inverse @ inverse.T,
        df=float(df),
        n=len(y),
        covariates=_adjusted(x, y, design[:, :k], names) if x.shape[1] else None,
        sigma2=sigma2,
    )


def _patients(
    dose: Sequence[float], response: Sequence[float], covariates: Array | None
) -> tuple[Array, Array, Array]:
    """Doses (n,), responses (n,) and covariates (n, q). Raises ``InputError`` where they cannot be that."""
    d, y = np.asarray(dose, dtype=float), np.asarray(response, dtype=float)
    x = np.empty((len(y), 0)) if covariates is None else np.asarray(covariates, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    require(
        d.ndim == y.ndim == 1 and len(d) == len(y) == len(x) > 0,
        f"{len(d)} doses, {len(y)} responses, {len(x)} covariates",
        where="patients",
        allowed="one of each a patient",
    )
    finite = np.isfinite(y) & np.isfinite(x).all(axis=1) & np.isfinite(d)
    require(
        bool(finite.all()),
        f"{int((~finite).sum())} patients with a missing or infinite value, the first at row"
        f" {int(np.argmin(finite)) + 1}",
        where="patients",
        remedy="leave them out or impute them, and say so",
    )
    large = float(np.abs(np.column_stack([y, x])).max())
    require(
        large < 1e100,
        f"a response or covariate of {large:g}",
        where="patients",
        allowed="below 1e100",
        remedy="check its unit",
    )
    return d, y, x


def _least_squares(design: Array, y: Array) -> tuple[Array, Array, int]:
    """Coefficients, R of the QR decomposition, and residual degrees of freedom. Raises ``InputError``."""
    df = len(y) - design.shape[1]
    require(
        df > 0,
        f"{len(y)} patients for {design.shape[1]} means and covariates",
        where="patients",
        allowed="more patients than those",
    )
    q, r = np.linalg.qr(design)
    diagonal = np.abs(np.diag(r))
    require(
        diagonal.min() > 1e-10 * diagonal.max(),
        "covariates that are a combination of one another or of the doses",
        where="patients",
        remedy="leave one out",
    )
    return np.asarray(np.linalg.solve(r, q.T @ y)), r, df


def _adjusted(x: Array, y: Array, groups: Array, names: Sequence[str]) -> Covariates:
    """What gives the coefficients of the covariates ``x`` beside any curve."""
    gram: Array = np.asarray(np.linalg.inv(x.T @ x))
    labels = tuple(names) or tuple(f"x{k + 1}" for k in range(x.shape[1]))
    return Covariates(names=labels, at_zero=gram @ (x.T @ y), by_mean=gram @ (x.T @ groups), inverse=gram)
