"""The hierarchical dose-response model: a pure log density, written once for NumPy and JAX.

For study i, contrast c of arm k (dose d) against its control at month t, with what it measures ℓ_c:

    y_c ~ Normal( Σ_q ℓ_cq E_q [f(d) − f(d₀)] g(t)  +  Σ_a Δ_ca e_a h_a(t)  +  b·Δbaseline_c ,  Σ_i )
    Σ_i = sampling (shared control, serial and between-instrument correlation)
        + τ² (ℓ_c Ω ℓ_c′) [f g]_c [f g]_c′   study effects v_i        + γ²/n  arm deviations κ_ik
        + composite discrepancy

The study effects v_i, the arm deviations κ and the study means μ_i(t) are integrated out, so NUTS sees only
population parameters (SCIENCE section 3). E_q is the effect where the shape is 1, at month 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..curves import Curve
from ..priors import Parametrised, Prior
from ..units import Array, Months, Numerics
from .network import Network, Side, StudyBlock

Parameters = Mapping[str, Array]  # name → values, each of shape (…)
COMPARATORS = ("ha", "corticosteroid", "prp")
PEAK_MONTH = {"corticosteroid": 0.75, "prp": 4.0}  # fades by months 3–4 (benchmarks.csv:41); assumed
DOMAIN_CORRELATION = 0.75  # of sampling errors of two instruments in the same patients, assumed
COMPOSITE_SD = {1: 5.0, 2: 2.0}  # discrepancy of a composite [points], by number of domains fitted, assumed
HUGE = 1e30  # corner of the augmented matrix whose Cholesky factor solves and factorises at once

COMMON_PRIORS: dict[str, Prior] = {
    "effect": Prior(
        "normal", 0.0, 12.0, "points", "sceptical: centred on no effect; 95 % within ±24 points at month 6"
    ),
    "domain_gap": Prior(
        "normal",
        0.0,
        4.0,
        "points",
        "pain − function, halved: domains differ little in published pooled effects",
    ),
    "tau": Prior(
        "halfnormal", 0.0, 8.0, "points", "studies vary: half of them within about 5 points of the mean"
    ),
    "rho": Prior("logitnormal", 0.8, 0.7, "1", "a trial good for pain is mostly good for function"),
    "gamma": Prior(
        "halfnormal", 0.0, 15.0, "points·√n", "arm deviations beyond sampling error, 5 points at n = 10"
    ),
    "tau_on": Prior("lognormal", 3.0, 0.7, "months", "onset: half of the effect between 0.5 and 8 months"),
    "tau_off": Prior("lognormal", 36.0, 1.0, "months", "loss of effect: from 5 months to decades"),
    "r": Prior(
        "logitnormal", 0.4, 0.4, "1", "baseline–follow-up correlation 0.2–0.6 (benchmarks_derived.csv)"
    ),
    "slope": Prior(
        "normal",
        0.35,
        0.15,
        "1",
        "improvement per point of worse baseline: 1 − r·SD1/SD0 (benchmarks_derived.csv)",
    ),
    "serial": Prior(
        "logitnormal", 0.65, 0.5, "1", "correlation of an arm's errors 6 months apart (Ahn & French 2010)"
    ),
    "ha": Prior(
        "normal",
        5.0,
        3.5,
        "points",
        "peak over saline: 2.8 in large blinded trials, 10 in all (benchmarks.csv:26-38)",
    ),
    "ha_peak": Prior(
        "lognormal",
        3.1,
        0.5,
        "months",
        "8 weeks in Bannuru 2011 (benchmarks.csv:26), 5.3 months fits comparator_timecourse.csv",
    ),
    "corticosteroid": Prior(
        "normal", 10.0, 4.0, "points", "peak over saline: 1.0 of VAS 0–10 (benchmarks.csv:40)"
    ),
    "prp": Prior(
        "normal",
        4.0,
        4.0,
        "points",
        "peak over saline: from none to 7, which 3 at month 12 in RESTORE would need (outcomes.csv:544-573)",
    ),
}
IMPUTED_SD = Prior("lognormal", 1.0, 0.25, "1", "true SD over pooled SD, for a trial that reports none")


def build_up(month: Array | Months, tau_on: Array, tau_off: Array, xp: Numerics = np) -> Array:
    """g(t) = (1 − e^{−t/τ_on}) e^{−t/τ_off}, divided by its value at month 6."""
    return (1 - xp.exp(-month / tau_on)) / (1 - xp.exp(-6.0 / tau_on)) * xp.exp(-(month - 6.0) / tau_off)


def comparator_course(name: str, month: Array, p: Parameters, xp: Numerics = np) -> Array:
    """h(t) = (t/p) e^{1 − t/p}: 1 at the comparator's peak month p, 0 at the start and late."""
    phase = month / (p["ha_peak"] if name == "ha" else PEAK_MONTH[name])
    return phase * xp.exp(1.0 - phase)


@dataclass(frozen=True, slots=True)
class Model(Parametrised):
    """A curve on a network: priors of all parameters, and the log density of their unconstrained vector."""

    network: Network
    curve: Curve

    @property
    def priors(self) -> dict[str, Prior]:
        """Every parameter with its prior, in the order of the vector z."""
        common = {
            k: v
            for k, v in COMMON_PRIORS.items()
            if len(self.network.domains) == 2 or k not in ("domain_gap", "rho")
        }
        return (
            common
            | {f"curve.{k}": v for k, v in self.curve.priors.items()}
            | {f"sd.{s}": IMPUTED_SD for s in self.network.imputed}
        )

    def log_likelihoods(self, z: Array, xp: Numerics = np) -> Array:
        """Log likelihood of each study (…, studies) for z (…, dim), constants included."""
        p = self.parameters(z, xp)
        return xp.stack([study_log_likelihood(self, s, p, xp) for s in self.network.studies], axis=-1)

    def log_density(self, z: Array, xp: Numerics = np) -> Array:
        """Log posterior density of z (…, dim), up to a constant."""
        prior = self.log_prior(z, xp)
        likelihood: Array = self.log_likelihoods(z, xp).sum(-1)
        return prior + likelihood

    def shape(self, dose: Array, p: Parameters, xp: Numerics = np) -> Array:
        """The curve at ``dose`` for parameters p (arguments broadcast)."""
        arguments = {k: p[f"curve.{k}"] for k in self.curve.priors}
        return self.curve.shape(dose, *arguments.values(), xp=xp)

    def effects(self, p: Parameters, xp: Numerics = np) -> Array:
        """(…, 2) effect on pain and function where the shape is 1, month 6 [points]."""
        gap = p.get("domain_gap", 0.0)
        return xp.stack([p["effect"] + gap, p["effect"] - gap], axis=-1)


def _col(p: Parameters) -> Parameters:
    """Parameters with one trailing axis, to broadcast over contrasts."""
    return {k: v[..., None] for k, v in p.items()}


def _outer(a: Array) -> Array:
    """(…, C) → (…, C, C)."""
    return a[..., :, None] * a[..., None, :]


def _variance(side: Side, study: str, p: Parameters) -> Array:
    """Sampling variance (…, C) of one side: reported change SD, or two SDs with correlation r and slope b."""
    keep = 1.0 - p["slope"]
    two = (
        keep**2 * side.var_baseline
        + side.var_follow_up
        - 2 * keep * p["r"] * np.sqrt(side.var_baseline * side.var_follow_up)
    )
    scale = 1.0 + side.sd_study * (p[f"sd.{study}"] ** 2 - 1.0) if side.sd_study.any() else 1.0
    return side.var_change * scale + two


def moments(model: Model, s: StudyBlock, parameters: Parameters, xp: Numerics = np) -> tuple[Array, Array]:
    """Mean (…, C) and covariance (…, C, C) of a study's contrasts, study and arm effects integrated out."""
    p = _col(parameters)
    unit = (model.shape(s.treated.dose, p, xp) - model.shape(s.control.dose, p, xp)) * build_up(
        s.month, p["tau_on"], p["tau_off"], xp
    )
    effects = model.effects(parameters, xp)
    mean = unit * (effects @ s.load.T) + p["slope"] * s.baseline_gap
    for k, name in enumerate(COMPARATORS):
        if s.extra[:, k].any():
            mean = mean + s.extra[:, k] * p[name] * comparator_course(name, s.month, p, xp)
    # correlation between records of one arm: in time, and between instruments
    domain = s.same_instrument + DOMAIN_CORRELATION * (1 - s.same_instrument)
    between = domain * p["serial"][..., None] ** s.lag
    se1, se0 = xp.sqrt(_variance(s.treated, s.name, p)), xp.sqrt(_variance(s.control, s.name, p))
    cov = between * (s.same_arm * _outer(se1) + s.same_control * _outer(se0))
    inverse_n = s.same_arm / s.treated.n[:, None] + s.same_control / s.control.n[:, None]
    cov = cov + parameters["gamma"][..., None, None] ** 2 * domain * inverse_n
    cov = cov + COMPOSITE_SD[len(model.network.domains)] ** 2 * s.same_arm * s.same_instrument * np.outer(
        s.composite, s.composite
    )
    cov = cov + s.same_arm * np.sqrt(np.outer(s.external_var, s.external_var))
    same, other = s.load @ s.load.T, s.load @ s.load[:, ::-1].T
    rho = parameters["rho"][..., None, None] if "rho" in parameters else 0.0
    return mean, cov + parameters["tau"][..., None, None] ** 2 * (same + rho * other) * _outer(unit)


def study_log_likelihood(model: Model, s: StudyBlock, parameters: Parameters, xp: Numerics = np) -> Array:
    """Multivariate normal log density (…) of one study, constant included.

    One Cholesky factor of [[Σ, e], [eᵀ, huge]] gives both log|Σ| and L⁻¹e (its last row).
    """
    mean, cov = moments(model, s, parameters, xp)
    e = (s.y - mean)[..., :, None]
    corner = xp.broadcast_to(xp.asarray(HUGE), (*e.shape[:-2], 1, 1))
    top = xp.concatenate([cov, e], axis=-1)
    bottom = xp.concatenate([xp.swapaxes(e, -1, -2), corner], axis=-1)
    factor = xp.linalg.cholesky(xp.concatenate([top, bottom], axis=-2))
    white, diagonal = factor[..., -1, :-1], xp.diagonal(factor, axis1=-2, axis2=-1)[..., :-1]
    scale = 0.5 * s.size * float(np.log(2 * np.pi))
    density: Array = -0.5 * (white**2).sum(-1) - xp.log(diagonal).sum(-1) - scale
    return density


def predict_study(model: Model, s: StudyBlock, z: Array, rng: np.random.Generator) -> Array:
    """Posterior predictive contrasts (draws, C) of a study for draws z (draws, dim)."""
    mean, cov = moments(model, s, model.parameters(z))
    noise = rng.standard_normal((*mean.shape, 1))
    return np.asarray(mean + (np.linalg.cholesky(cov) @ noise)[..., 0])
