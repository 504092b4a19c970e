"""Optimal designs: how to share patients among given doses, over candidates with prior probabilities.

The information of one patient at dose d is g g', g = ∂μ/∂(coefficients). With M(w) = Σ w_i g_i g_i' the
criterion, to be minimised over the shares w, is Σ_k prob_k of (Dette, Bretz, Pepelyshev & Pinheiro 2008, JASA
103:1225; Bornkamp 2011, Stat Med 30:1707)

- TD: log of the variance of the target dose, log b'M⁻¹b, b = ∂TD/∂(coefficients);
- D:  −log det M / p, p coefficients;
- mixed: ½ (TD + D).

All are convex combinations of terms with a known derivative by w, so the optimum is proved by the equivalence
theorem: no dose would gain by more patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...errors import InputError, require
from ...units import Array
from .candidates import Candidate
from .fit import mean_and_jacobian

Criterion = Literal["td", "d", "mixed"]
_GAP = 1e-5  # of the criterion: what moving patients could still gain


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimalDesign:
    """Shares of the patients by dose (sum 1), the criterion there, and what could still be gained at most."""

    doses: Array
    shares: Array
    criterion: float
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a design has to respect; one number a dose each.

    ``lower`` and ``upper`` bound the shares (unless given 0 and 1). ``already`` patients have been treated
    and ``coming`` ones are to be shared out (given together). ``precision`` is that of one patient's response
    at each dose, relative to the others. Not ``standardised``: the D part is −log det M, not divided by p.
    """

    lower: Sequence[float] | None = None
    upper: Sequence[float] | None = None
    already: Sequence[float] | None = None
    coming: float | None = None
    precision: Sequence[float] | None = None
    standardised: bool = True

    def bounds(self, doses: int) -> tuple[Array, Array]:
        """Least and largest shares (K,). Raises ``InputError`` where no shares fit between them."""
        lower, upper = _each(self.lower, doses, 0.0, "lower"), _each(self.upper, doses, 1.0, "upper")
        require(
            bool(np.all(lower <= upper)) and lower.sum() <= 1 <= upper.sum(),
            f"shares from {lower.tolist()} to {upper.tolist()}",
            where="optimal design",
            allowed="bounds between which shares of sum 1 fit",
        )
        return lower, upper

    def patients(self, doses: int) -> tuple[Array, Array, float]:
        """Patients already treated and precision of one (K,), patients to come. Raises ``InputError``."""
        require(
            (self.already is None) == (self.coming is None),
            "patients already treated or to come",
            where="optimal design",
            remedy="give both",
        )
        already = _each(self.already, doses, 0.0, "already")
        precision = _each(self.precision, doses, 1.0, "precision")
        coming = 1.0 if self.coming is None else self.coming
        require(
            0 < coming < np.inf and bool(np.all(precision > 0)),
            f"{coming!r} patients to come, precision {precision.tolist()}",
            where="optimal design",
            allowed="above 0",
        )
        return already, precision, coming


def _each(values: Sequence[float] | None, doses: int, default: float, what: str) -> Array:
    """One number from 0 up a dose, ``default`` unless given. Raises ``InputError`` that says ``what``."""
    found = np.full(doses, default) if values is None else np.asarray(values, dtype=float)
    require(
        found.shape == (doses,) and bool(np.all(np.isfinite(found) & (found >= 0))),
        what,
        where="optimal design",
        allowed="one number from 0 up a dose",
    )
    return found


_FREE = Conditions()


@dataclass(frozen=True, slots=True)
class _Problem:
    """The criterion over the shares of the coming patients: terms, bounds, and the worth of a share."""

    terms: list[_Term]
    lower: Array
    upper: Array
    base: Array  # information already there, in shares of all patients
    scale: Array  # information of a full share

    def at(self, w: Array) -> tuple[float, Array]:
        """Criterion and its derivative by the shares."""
        parts = [term.at(self.base + self.scale * w) for term in self.terms]
        return float(sum(v for v, _ in parts)), np.asarray(self.scale * sum(g for _, g in parts))

    def lowest(self, slope: Array) -> float:
        """Least of slope'w over all designs: fill the doses of least slope up to their bounds."""
        left, total = 1.0 - self.lower.sum(), float(slope @ self.lower)
        for k in np.argsort(slope):
            part = min(left, float(self.upper[k] - self.lower[k]))
            total, left = total + part * float(slope[k]), left - part
        return total

    def start(self) -> Array:
        """A design within the bounds: equal parts of what each dose may take above its least."""
        room = self.upper - self.lower
        return np.asarray(self.lower + room * (1 - self.lower.sum()) / room.sum())


@dataclass(frozen=True, slots=True)
class _Term:
    """One candidate's part: prior probability, jacobian (K, p), gradient of the target dose (p,) or None."""

    weight: float
    jacobian: Array
    target: Array | None
    determinant: bool
    standardised: bool

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
            p = j.shape[1] if self.standardised else 1
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
    """∂TD/∂(coefficients) at the target dose: −(∂effect/∂coefficients)/(∂effect/∂dose)."""
    dose = candidate.target_dose(delta)
    if dose is None:
        raise InputError(
            f"candidate {candidate.label!r} does not reach {delta:g}",
            where="optimal design",
            remedy="ask for a smaller effect or leave the candidate out",
        )
    step = 1e-6 * candidate.shape.top
    around = candidate.effect(np.array([dose - step, dose + step]))
    jacobian = mean_and_jacobian(candidate.shape, np.array([dose, 0.0]), linear, theta)[1]
    return np.asarray(-(jacobian[0] - jacobian[1]) / ((around[1] - around[0]) / (2 * step)))


def _terms(
    candidates: Sequence[Candidate],
    doses: Array,
    criterion: Criterion,
    delta: float | None,
    weights: Array,
    standardised: bool,
) -> list[_Term]:
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
        terms.append(_Term(weight, jacobian, target, criterion != "td", standardised))
    return terms


def _prepare(
    candidates: Sequence[Candidate],
    doses: Sequence[float],
    criterion: Criterion,
    delta: float | None,
    probabilities: Sequence[float] | None,
    given: Conditions,
) -> _Problem:
    require(criterion in ("td", "d", "mixed"), f"criterion {criterion!r}", allowed="td, d or mixed")
    require(
        criterion == "d" or delta is not None,
        f"criterion {criterion!r} without a target effect",
        remedy="give delta",
    )
    d = np.asarray(doses, dtype=float)
    require(
        d.ndim == 1 and len(d) >= 2 and bool(np.isfinite(d).all()) and len(np.unique(d)) == len(d),
        "doses",
        where="optimal design",
        allowed="two different doses or more",
    )
    lower, upper = given.bounds(len(d))
    already, precision, coming = given.patients(len(d))
    total = coming + already.sum()
    terms = _terms(
        candidates,
        d,
        criterion,
        None if criterion == "d" else delta,
        _weights(candidates, probabilities),
        given.standardised,
    )
    return _Problem(terms, lower, upper, already * precision / total, coming * precision / total)


def _weights(candidates: Sequence[Candidate], probabilities: Sequence[float] | None) -> Array:
    """Prior probabilities of the candidates, equal unless given. Raises ``InputError``."""
    count = len(candidates)
    weights = np.full(count, 1 / max(count, 1)) if probabilities is None else np.asarray(probabilities, float)
    require(
        count > 0 and weights.shape == (count,) and bool(np.all(weights > 0)),
        "probabilities",
        where="optimal design",
        allowed="one above 0 a candidate",
    )
    return np.asarray(weights / weights.sum())


def design_criterion(
    shares: Sequence[float],
    candidates: Sequence[Candidate],
    doses: Sequence[float],
    *,
    criterion: Criterion = "td",
    delta: float | None = None,
    probabilities: Sequence[float] | None = None,
    conditions: Conditions = _FREE,
) -> float:
    """The criterion of a design given by its shares.

    >>> line = Candidate(label="linear", shape=make_shape("linear", 10.0))
    >>> round(design_criterion([1, 0, 1], [line], [0, 5, 10], criterion="d"), 3)
    -1.609
    """
    problem = _prepare(candidates, doses, criterion, delta, probabilities, conditions)
    w = np.asarray(shares, dtype=float)
    require(
        w.shape == (len(doses),) and bool(np.all(w >= 0)) and w.sum() > 0,
        "shares",
        allowed="one a dose, not below 0",
    )
    return problem.at(w / w.sum())[0]


def optimal_design(
    candidates: Sequence[Candidate],
    doses: Sequence[float],
    *,
    criterion: Criterion = "td",
    delta: float | None = None,
    probabilities: Sequence[float] | None = None,
    conditions: Conditions = _FREE,
) -> OptimalDesign:
    """Shares of the patients that minimise the criterion, the optimum being proved. Raises ``InputError``.

    >>> line = Candidate(label="linear", shape=make_shape("linear", 10.0))
    >>> optimal_design([line], [0, 5, 10], criterion="d").shares.round(3).tolist()  # both ends
    [0.5, 0.0, 0.5]
    """
    from scipy.optimize import minimize

    problem = _prepare(candidates, doses, criterion, delta, probabilities, conditions)
    k, w = len(doses), problem.start()
    if problem.lower.max() == 0 and problem.upper.min() >= 1:
        # multiplicative steps never leave the simplex and always improve these criteria
        # (Yu 2010, Ann Stat 38:1593)
        for _ in range(200):
            slope = -problem.at(w)[1]
            w = w * np.sqrt(slope / (w @ slope))
            w /= w.sum()
    found = minimize(
        problem.at,
        w,
        jac=True,
        method="SLSQP",
        bounds=list(zip(np.maximum(problem.lower, 1e-12), problem.upper, strict=True)),
        constraints={"type": "eq", "fun": lambda x: x.sum() - 1, "jac": lambda x: np.ones(k)},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    within = np.clip(found.x, problem.lower, problem.upper)
    best = min((w, within / within.sum()), key=lambda x: problem.at(x)[0])
    value, slope = problem.at(best)
    gap = float(best @ slope - problem.lowest(slope))
    require(
        gap <= _GAP,
        f"the design did not converge (it could gain {gap:.2g})",
        where="optimal design",
        remedy="use fewer doses or candidates",
    )
    return OptimalDesign(doses=np.asarray(doses, dtype=float), shares=best, criterion=value, gap=gap)
