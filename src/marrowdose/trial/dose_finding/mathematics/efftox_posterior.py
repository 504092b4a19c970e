"""EffTox: the joint model of toxicity and efficacy, its trade-off contours and its posterior, without MCMC.

Thall & Cook 2004 (Biometrics 60:684); Thall, Herrick, Nguyen, Venier & Norris 2014 (Clin Trials 11:657).
logit P(tox) = μT + βT·x, logit P(eff) = μE + βE1·x + βE2·x², x = log dose centred on the mean of log doses;
the two are joined by (e^ψ − 1)/(e^ψ + 1), so that ψ = 0 makes them independent. All six priors are normal.

The posterior is summed by importance sampling on a fixed quasi-random set: toxicity and efficacy are two
logistic regressions joined only weakly, so each is proposed about its own mode, and ψ from its prior.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import expit, stdtrit

from ....errors import require, require_between
from ....units import Array, Flags, Probability
from ..seen import Counts

Normal = tuple[float, float]  # mean, standard deviation
_DF, _WIDER = 6.0, 1.15  # of the proposal: heavier tails than a normal, and a little wider
_BATCH = 1 << 16  # numbers in one array: small ones stay in the processor's cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Contour:
    """Desirability of (efficacy, toxicity): 1 − distance from (1, 0) in the Lᵖ norm scaled by two neutral
    points.

    ``efficacy_alone`` is just worth while with no toxicity, ``toxicity_alone`` just bearable with certain
    efficacy, and ``between`` (efficacy, toxicity) is equally good as those: all three have utility 0.
    """

    efficacy_alone: Probability
    toxicity_alone: Probability
    between: tuple[Probability, Probability]

    def __post_init__(self) -> None:
        require_between(self.efficacy_alone, 1e-6, 1 - 1e-6, where="efficacy_alone")
        require_between(self.toxicity_alone, 1e-6, 1, where="toxicity_alone")
        efficacy, toxicity = self.between
        require(
            self.efficacy_alone < efficacy < 1 and 0 < toxicity < self.toxicity_alone,
            f"{self.between}",
            where="between",
            allowed="more efficacy than efficacy_alone and less toxicity than toxicity_alone",
        )

    @property
    def exponent(self) -> float:
        """p of the norm, from the third point: a^p + b^p = 1."""
        from scipy.optimize import brentq

        a = (1 - self.between[0]) / (1 - self.efficacy_alone)
        b = self.between[1] / self.toxicity_alone
        return float(np.exp(brentq(lambda q: a ** np.exp(q) + b ** np.exp(q) - 1, -12, 12, xtol=1e-14)))

    def utility(self, efficacy: Array, toxicity: Array) -> Array:
        """0 on the neutral contour, 1 at certain efficacy without toxicity."""
        p = self.exponent
        a = (1 - np.asarray(efficacy)) / (1 - self.efficacy_alone)
        b = np.asarray(toxicity) / self.toxicity_alone
        norm = np.exp(p * np.log(np.maximum(a, 1e-300))) + np.exp(p * np.log(np.maximum(b, 1e-300)))
        return np.asarray(1 - np.exp(np.log(np.maximum(norm, 1e-300)) / p))  # exp and log outrun powers here


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """Normal priors (mean, SD) of the six parameters, in the order of the paper."""

    toxicity_intercept: Normal
    toxicity_slope: Normal
    efficacy_intercept: Normal
    efficacy_slope: Normal
    efficacy_curvature: Normal
    association: Normal = (0.0, 1.0)  # ψ

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            mean, sd = getattr(self, name)
            require_between(mean, -100, 100, where=name)
            require_between(sd, 1e-3, 100, where=name)

    @property
    def toxicity(self) -> Array:
        """(2, 2): mean and SD of intercept and slope."""
        return np.array([self.toxicity_intercept, self.toxicity_slope], float)

    @property
    def efficacy(self) -> Array:
        """(3, 2): mean and SD of intercept, slope and curvature."""
        return np.array([self.efficacy_intercept, self.efficacy_slope, self.efficacy_curvature], float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The posterior of each trial, by dose: arrays (trials, doses), but ``effective`` (trials,).

    ``effective`` is the number of equally weighted draws the sum is worth: a probability near one half has a
    Monte-Carlo error below 0.5/√effective, in practice several times smaller (the nodes are quasi-random).
    """

    toxicity: Array  # posterior mean
    efficacy: Array
    tolerable: Array  # P(toxicity < limit)
    active: Array  # P(efficacy > limit)
    utility: Array  # posterior mean
    effective: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What the posterior depends on beside the data."""

    doses: tuple[float, ...]  # positive
    priors: Priors
    contour: Contour
    toxicity_limit: Probability
    efficacy_limit: Probability

    def __post_init__(self) -> None:
        require(
            min(self.doses) > 0,
            f"{min(self.doses):g}",
            where="doses",
            allowed="above 0: the model uses log doses",
        )
        require_between(self.toxicity_limit, 1e-6, 1, where="toxicity_limit")
        require_between(self.efficacy_limit, 0, 1 - 1e-6, where="efficacy_limit")

    @property
    def codes(self) -> Array:
        """Centred log doses: (doses,)."""
        x = np.log(self.doses)
        return np.asarray(x - x.mean())


def posterior(
    model: Model, treated: Counts, toxic: Counts, effective: Counts, both: Counts, *, nodes: int = 1 << 15
) -> Summary:
    """Posterior summaries from counts (trials, doses).

    ``nodes``: a power of two; 2048 err by about 0.003 and at worst by 0.015, what is enough for simulations.
    """
    size = max(1, _BATCH // (nodes * len(model.doses)))
    n, t, e, b = (np.asarray(c, float) for c in (treated, toxic, effective, both))
    cuts = [slice(i, i + size) for i in range(0, len(n), size)]
    parts = [_batch(model, n[c], t[c], e[c], b[c], nodes) for c in cuts]
    return Summary(
        **{k: np.concatenate([getattr(p, k) for p in parts]) for k in Summary.__dataclass_fields__}
    )


def _batch(model: Model, n: Array, toxic: Array, effective: Array, both: Array, nodes: int) -> Summary:
    x = model.codes
    z, log_q = _nodes(nodes)
    tox = _Block.around(np.stack([np.ones_like(x), x], axis=1), model.priors.toxicity, n, toxic)
    eff = _Block.around(np.stack([np.ones_like(x), x, x**2], axis=1), model.priors.efficacy, n, effective)
    logit_t, log_prior_t = tox.at(z[:, :2])
    logit_e, log_prior_e = eff.at(z[:, 2:5])
    p, q, soft_t = _probabilities(logit_t)  # (trials, nodes, doses)
    e, f, soft_e = _probabilities(logit_e)
    mean, sd = model.priors.association
    c = np.tanh((mean + sd * z[:, 5]) / 2)  # = (e^ψ − 1)/(e^ψ + 1)
    log_w = log_prior_t + log_prior_e - log_q
    given = n.any(axis=0)  # doses nobody had add nothing
    for j in np.flatnonzero(given):
        t, a, w, m = (v[:, j, None] for v in (toxic, effective, both, n))
        pj, ej, qj, fj = p[..., j], e[..., j], q[..., j], f[..., j]
        log_w += t * logit_t[..., j] + a * logit_e[..., j] - m * (soft_t[..., j] + soft_e[..., j])
        # log rather than log1p, which is several times slower: the terms are of order one
        log_w += w * np.log(1 + c * fj * qj) + (m - t - a + w) * np.log(1 + c * ej * pj)
        log_w += (a - w) * np.log(1 - c * fj * pj) + (t - w) * np.log(1 - c * ej * qj)
    weight = np.exp(log_w - log_w.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)

    def average(value: Array | Flags) -> Array:
        return np.asarray(np.einsum("sk,skj->sj", weight, value))

    return Summary(
        toxicity=average(p),
        efficacy=average(e),
        tolerable=average(p < model.toxicity_limit),
        active=average(e > model.efficacy_limit),
        utility=average(model.contour.utility(e, p)),
        effective=1 / (weight**2).sum(axis=1),
    )


def _probabilities(logit: Array) -> tuple[Array, Array, Array]:
    """Probability, its complement and log(1 + e^logit), from one exponential."""
    small = np.exp(-np.abs(logit))
    share, rest = 1 / (1 + small), small / (1 + small)
    up = logit > 0
    return np.where(up, share, rest), np.where(up, rest, share), np.maximum(logit, 0) + np.log(1 + small)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One logistic regression with normal priors, and a proposal about its mode."""

    design: Array  # (doses, parameters)
    prior: Array  # (parameters, 2)
    mode: Array  # (trials, parameters)
    root: Array  # (trials, parameters, parameters): proposal = mode + root · z

    @classmethod
    def around(cls, design: Array, prior: Array, n: Array, events: Array) -> _Block:
        """Newton's method, all trials at once; the log posterior is concave."""
        mean, precision = prior[:, 0], prior[:, 1] ** -2
        at = np.tile(mean, (len(n), 1))

        def value(theta: Array) -> Array:
            eta = theta @ design.T
            fit = (events * eta - n * np.logaddexp(0, eta)).sum(axis=1)
            return np.asarray(fit - 0.5 * (precision * (theta - mean) ** 2).sum(axis=1))

        now = value(at)
        for _ in range(60):
            p = expit(at @ design.T)
            slope = (events - n * p) @ design - precision * (at - mean)
            bend = np.einsum("sj,ja,jb->sab", n * p * (1 - p), design, design) + np.diag(precision)
            step = np.linalg.solve(bend, slope[..., None])[..., 0]
            new = value(at + step)
            while (worse := new < now - 1e-12).any():  # half the step where it overshoots
                step[worse] /= 2
                new = value(at + step)
            at, now = at + step, new
            if np.abs(step).max() < 1e-6:
                break
        root = np.linalg.cholesky(np.linalg.inv(bend)) * _WIDER
        return cls(design=design, prior=prior, mode=at, root=root)

    def at(self, z: Array) -> tuple[Array, Array]:
        """Logits (trials, nodes, doses) and log prior (trials, nodes) of the proposed parameters."""
        theta = self.mode[:, None, :] + np.einsum("sab,kb->ska", self.root, z)
        standard = (theta - self.prior[:, 0]) / self.prior[:, 1]
        return theta @ self.design.T, -0.5 * (standard**2).sum(axis=2)


@cache
def _nodes(size: int) -> tuple[Array, Array]:
    """Quasi-random nodes (size, 6) and the log density of the first five: t with 6 degrees of freedom.

    The sixth, for ψ, is normal: it is proposed from its prior, so its densities cancel.
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    u = qmc.Sobol(6, seed=1).random(size)
    z = np.column_stack([stdtrit(_DF, u[:, :5]), ndtri(u[:, 5])])
    return z, -(_DF + 1) / 2 * np.log1p(z[:, :5] ** 2 / _DF).sum(axis=1)
