"""Optimal designs: how to share patients among given doses, over candidates with prior probabilities.

The information of one patient at dose d is g g', g = ∂μ/∂(coefficients). With M(w) = Σ w_i g_i g_i' the
criterion, to be minimised over the shares w, is Σ_k prob_k of (Dette, Bretz, Pepelyshev & Pinheiro 2008,
JASA 103:1225; Bornkamp 2011, Stat Med 30:1707)

- TD: log of the variance of the target dose, log b'M⁻¹b, b = ∂TD/∂(coefficients);
- D:  −log det M / p, p coefficients;
- mixed: ½ (TD + D).

All are convex combinations of terms with a known derivative by w, so the optimum is proved by the
equivalence theorem: no dose would gain by more patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import minimize

from ..domain import Array, InputError, require
from .candidates import Candidate
from .fitmod import mean_and_jacobian

Criterion = Literal["td", "d", "mixed"]
_GAP = 1e-5  # of the criterion: what moving patients could still gain


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimalDesign:
    """Shares of the patients by dose (sum 1), the criterion there, and a bound on what could still be gained."""

    doses: Array
    shares: Array
    criterion: float
    gap: float


@dataclass(frozen=True, slots=True)
class _Term:
    """One candidate's part: prior probability, jacobian (K, p), gradient of the target dose (p,) or None."""

    weight: float
    jacobian: Array
    target: Array | None
    determinant: bool

    def at(self, w: Array) -> tuple[float, Array]:
        """Criterion and its derivative by the shares."""
        j = self.jacobian
        size = np.linalg.norm(j, axis=0)
        j = j / size
        try:
            inverse = np.linalg.inv(j.T @ (w[:, None] * j))
        except np.linalg.LinAlgError:
            return np.inf, np.zeros_like(w)
        value, slope = 0.0, np.zeros_like(w)
        share = 1.0 if self.target is None or not self.determinant else 0.5
        if self.determinant:
            p = j.shape[1]
            sign, log_det = np.linalg.slogdet(inverse)
            value += share * (log_det - 2 * np.log(size).sum()) / p if sign > 0 else np.inf
            slope -= share * np.einsum("kp,pq,kq->k", j, inverse, j) / p
        if self.target is not None:
            b = self.target / size
            variance = float(b @ inverse @ b)
            value += share * np.log(variance) if variance > 0 else np.inf
            slope -= share * (j @ inverse @ b) ** 2 / variance
        return self.weight * value, self.weight * slope


def target_gradient(candidate: Candidate, delta: float, linear: Array, theta: Array) -> Array:
    """∂TD/∂(coefficients) = −(∂effect/∂coefficients)/(∂effect/∂dose) at the target dose (implicit function)."""
    dose = candidate.target_dose(delta)
    if dose is None:
        raise InputError(f"candidate {candidate.label!r} does not reach {delta:g}", where="optimal design", remedy="ask for a smaller effect or leave the candidate out")  # fmt: skip
    step = 1e-6 * candidate.shape.top
    around = candidate.effect(np.array([dose - step, dose + step]))
    jacobian = mean_and_jacobian(candidate.shape, np.array([dose, 0.0]), linear, theta)[1]
    return np.asarray(-(jacobian[0] - jacobian[1]) / ((around[1] - around[0]) / (2 * step)))


def _terms(candidates: Sequence[Candidate], doses: Array, criterion: Criterion, delta: float | None, weights: Array) -> list[_Term]:  # fmt: skip
    terms = []
    for candidate, weight in zip(candidates, weights, strict=True):
        linear, theta = candidate.coefficients()
        jacobian = mean_and_jacobian(candidate.shape, doses, linear, theta)[1]
        require(
            np.linalg.matrix_rank(jacobian / np.linalg.norm(jacobian, axis=0)) == jacobian.shape[1],
            f"{len(doses)} doses do not tell the parameters of {candidate.label!r} apart",
            where="optimal design",
            remedy="add doses or leave the candidate out",
        )
        target = None if delta is None else target_gradient(candidate, delta, linear, theta)
        terms.append(_Term(weight, jacobian, target, criterion != "td"))
    return terms


def design_criterion(shares: Sequence[float], candidates: Sequence[Candidate], doses: Sequence[float], *, criterion: Criterion = "td", delta: float | None = None, probabilities: Sequence[float] | None = None) -> float:  # fmt: skip
    """The criterion of a design given by its shares."""
    terms = _prepare(candidates, doses, criterion, delta, probabilities)
    w = np.asarray(shares, dtype=float)
    require(w.shape == (len(doses),) and bool(np.all(w >= 0)) and w.sum() > 0, "shares", allowed="one a dose, not below 0")  # fmt: skip
    return float(sum(term.at(w / w.sum())[0] for term in terms))


def _prepare(candidates: Sequence[Candidate], doses: Sequence[float], criterion: Criterion, delta: float | None, probabilities: Sequence[float] | None) -> list[_Term]:  # fmt: skip
    require(criterion in ("td", "d", "mixed"), f"criterion {criterion!r}", allowed="td, d or mixed")
    require(criterion == "d" or delta is not None, f"criterion {criterion!r} without a target effect", remedy="give delta")  # fmt: skip
    d = np.asarray(doses, dtype=float)
    require(d.ndim == 1 and len(d) >= 2 and bool(np.isfinite(d).all()) and len(np.unique(d)) == len(d), "doses", where="optimal design", allowed="two different doses or more")  # fmt: skip
    weights = np.full(len(candidates), 1 / max(len(candidates), 1)) if probabilities is None else np.asarray(probabilities, float)  # fmt: skip
    require(len(candidates) > 0 and weights.shape == (len(candidates),) and bool(np.all(weights > 0)), "probabilities", where="optimal design", allowed="one above 0 a candidate")  # fmt: skip
    return _terms(candidates, d, criterion, None if criterion == "d" else delta, weights / weights.sum())


def optimal_design(candidates: Sequence[Candidate], doses: Sequence[float], *, criterion: Criterion = "td", delta: float | None = None, probabilities: Sequence[float] | None = None) -> OptimalDesign:  # fmt: skip
    """Shares of the patients that minimise the criterion. Raises ``InputError`` where the optimum is not proved."""
    terms = _prepare(candidates, doses, criterion, delta, probabilities)

    def total(w: Array) -> tuple[float, Array]:
        parts = [term.at(w) for term in terms]
        return float(sum(v for v, _ in parts)), np.asarray(sum(g for _, g in parts))

    k = len(doses)
    w = np.full(k, 1 / k)
    # multiplicative steps never leave the simplex and always improve these criteria (Yu 2010, Ann Stat 38:1593)
    for _ in range(200):
        slope = -total(w)[1]
        w = w * np.sqrt(slope / (w @ slope))
        w /= w.sum()
    found = minimize(
        total,
        w,
        jac=True,
        method="SLSQP",
        bounds=[(1e-12, 1.0)] * k,
        constraints={"type": "eq", "fun": lambda x: x.sum() - 1, "jac": lambda x: np.ones(k)},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    best = min((w, np.maximum(found.x, 0) / np.maximum(found.x, 0).sum()), key=lambda x: total(x)[0])
    value, slope = total(best)
    gap = float(best @ slope - slope.min())
    require(gap <= _GAP, f"the design did not converge (it could gain {gap:.2g})", where="optimal design", remedy="use fewer doses or candidates")  # fmt: skip
    return OptimalDesign(doses=np.asarray(doses, dtype=float), shares=best, criterion=value, gap=gap)
