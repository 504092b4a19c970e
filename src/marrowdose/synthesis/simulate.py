"""Simulated evidence: the real network with outcomes drawn from a known truth (validation, never advice)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..units import Array
from .importance import importance
from .model import Model, predict_study
from .network import Network


def simulate(model: Model, z: Array, rng: np.random.Generator) -> Network:
    """The network of ``model`` with every contrast drawn anew at the parameters z (dim,)."""
    studies = tuple(replace(s, y=predict_study(model, s, z[None], rng)[0]) for s in model.network.studies)
    return replace(model.network, studies=studies)


def prior_draw(model: Model, rng: np.random.Generator) -> Array:
    """One draw of z (dim,) from the prior."""
    return np.array([float(p.sample_z(rng, 1)[0]) for p in model.priors.values()])


def fast_posterior(
    model: Model, *, seed: int, draws: int, rounds: int = 3, kept: int = 1000
) -> tuple[Array, float]:
    """Equally weighted draws of z (kept, dim) by importance sampling, and Pareto-k̂."""
    found = importance(model.log_density, model.dim, seed=seed, draws=draws, rounds=rounds)
    return found.resample(kept, np.random.default_rng([seed, 1])), found.pareto_k
