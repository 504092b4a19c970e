"""Priors on an unconstrained scale: each parameter is a transform of one real number z, with its reason.

Every file that needs a prior takes it from here; the same transform serves NumPy and JAX.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from .units import Array, Numerics

Kind = Literal["normal", "lognormal", "halfnormal", "logitnormal"]


@dataclass(frozen=True, slots=True)
class Prior:
    """A prior distribution.

    normal(loc, scale) · lognormal: log x ~ Normal(log loc, scale) · halfnormal(scale) ·
    logitnormal: logit x ~ Normal(logit loc, scale). ``reason`` is shown beside the posterior.
    """

    kind: Kind
    loc: float
    scale: float
    unit: str
    reason: str

    def value(self, z: Array, xp: Numerics = np) -> Array:
        """The parameter at the unconstrained coordinate z (any shape)."""
        if self.kind == "normal":
            return self.loc + self.scale * z
        if self.kind == "lognormal":
            return self.loc * xp.exp(self.scale * z)
        if self.kind == "halfnormal":
            return self.scale * xp.exp(z)
        centre = float(np.log(self.loc / (1 - self.loc)))
        return 1.0 / (1.0 + xp.exp(-(centre + self.scale * z)))

    def log_density(self, z: Array, xp: Numerics = np) -> Array:
        """Log density of z, up to a constant: standard normal, or the half-normal with its Jacobian."""
        if self.kind == "halfnormal":
            return z - 0.5 * xp.exp(2.0 * z)
        return -0.5 * z * z

    def sample_z(self, rng: np.random.Generator, size: int) -> Array:
        """``size`` draws of z from the prior."""
        z = rng.standard_normal(size)
        return np.log(np.abs(z)) if self.kind == "halfnormal" else z


class Parametrised:
    """Anything with named priors: the parameters and the prior density of its unconstrained vector z."""

    __slots__ = ()

    @property
    def priors(self) -> dict[str, Prior]:
        """Every parameter with its prior, in the order of z."""
        raise NotImplementedError

    @property
    def dim(self) -> int:
        """Length of z."""
        return len(self.priors)

    def parameters(self, z: Array, xp: Numerics = np) -> dict[str, Array]:
        """z (…, dim) → named parameters, each of shape (…)."""
        return {name: prior.value(z[..., k], xp) for k, (name, prior) in enumerate(self.priors.items())}

    def log_prior(self, z: Array, xp: Numerics = np) -> Array:
        """Log prior density (…) of z (…, dim), up to a constant."""
        densities = (prior.log_density(z[..., k], xp) for k, prior in enumerate(self.priors.values()))
        return cast(Array, sum(densities))
