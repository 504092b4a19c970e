"""The contextual response: how knees improve after an injection without cells (SCIENCE section 3, second
layer).

    y_sj ~ Normal( (C_q + u_s)(1 − e^{−t/τ_c}) + b (baseline − 50) + Σ_a e_a h_a(t), se² ),
    u_s ~ Normal(0, τ_C²)

A cut model: it never feeds back into the effect of cells, so it cannot break randomisation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..evidence.controls import ControlFigure
from ..priors import Parametrised, Prior
from ..units import Array, Numerics
from .model import COMMON_PRIORS, COMPARATORS, Parameters, comparator_course

SERIAL = 0.7  # correlation of figures of one arm or trial, assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextModel(Parametrised):
    """Priors and log density of the contextual response. ``onset``: median and log-SD of τ_c [months]."""

    figures: tuple[ControlFigure, ...]
    onset: tuple[float, float]

    @property
    def priors(self) -> dict[str, Prior]:
        """Every parameter with its prior, in the order of z."""
        return {
            "context_pain": Prior(
                "normal", 15.0, 8.0, "points", "injected saline, wide around all published pooled means"
            ),
            "context_function": Prior(
                "normal", 14.0, 8.0, "points", "injected saline, wide around all published pooled means"
            ),
            "tau_context": Prior(
                "halfnormal",
                0.0,
                8.0,
                "points",
                "settings differ: ultrasound guidance, number of injections, expectation",
            ),
            "onset": Prior(
                "lognormal",
                self.onset[0],
                self.onset[1],
                "months",
                "oral-placebo arms, shape only (comparator_timecourse.csv)",
            ),
        } | {k: COMMON_PRIORS[k] for k in ("slope", "ha_peak", *COMPARATORS)}

    def log_density(self, z: Array, xp: Numerics = np) -> Array:
        """Log posterior density of z (dim,), up to a constant."""
        p = self.parameters(z, xp)
        total = self.log_prior(z, xp)
        for study in dict.fromkeys(f.study for f in self.figures):
            total = total + self._study(p, [f for f in self.figures if f.study == study], xp)
        return total

    def _study(self, p: Parameters, figures: list[ControlFigure], xp: Numerics) -> Array:
        month = np.array([f.month for f in figures])
        pain = np.array([f.domain == "pain" for f in figures], float)
        base = np.nan_to_num(np.array([f.baseline - 50 for f in figures]), nan=0.0)
        se = np.array([f.se for f in figures])
        rise = 1.0 - xp.exp(-month / p["onset"])
        mean = (pain * p["context_pain"] + (1 - pain) * p["context_function"]) * rise + p["slope"] * base
        for name in COMPARATORS:
            mean = mean + np.array([getattr(f, name) for f in figures]) * p[name] * comparator_course(
                name, month, p, xp
            )
        serial = SERIAL + (1 - SERIAL) * np.eye(len(figures))
        # a pooled mean is of the population of settings: it has no study deviation of its own
        own = 0.0 if figures[0].pooled else 1.0
        cov = np.outer(se, se) * serial + own * p["tau_context"] ** 2 * rise[:, None] * rise[None, :]
        factor = xp.linalg.cholesky(cov)
        white = xp.linalg.solve(factor, np.array([f.improvement for f in figures]) - mean)
        density: Array = -0.5 * (white**2).sum() - xp.log(xp.diagonal(factor)).sum()
        return density
