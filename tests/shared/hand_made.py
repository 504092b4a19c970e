"""A Fit with draws chosen by hand, so that advice can be tested against what it must say."""

from __future__ import annotations

import numpy as np

from marrowdose.domain import EvidenceRow
from marrowdose.evidence.counts import HarmCount
from marrowdose.synthesis.fit import Fit
from marrowdose.synthesis.record import (
    Coverage,
    CoverageOfBoth,
    CurveWeights,
    FitRecord,
    OriginCounts,
    Predictive,
    Sampling,
    SeriousTotal,
    StudyUsed,
)

N = 400


def constant(value: float) -> np.ndarray:
    return np.full(N, value)


def hand_made(
    effects: dict[str, float] | None = None,
    *,
    spread: float = 0.0,
    tau: float = 0.01,
    parameters: dict[str, dict[str, float]] | None = None,
    harm_slope: float = 0.2,
) -> Fit:
    """Curves with a given effect (± ``spread``), equally weighted; everything else is fixed and plain."""
    effects = effects or {"plateau": 20.0}
    rng = np.random.default_rng(1)
    draws = {}
    for name, effect in effects.items():
        draws[name] = {
            "effect": effect + spread * rng.standard_normal(N),
            **{
                k: constant(v)
                for k, v in {
                    "domain_gap": 0.0,
                    "tau": tau,
                    "rho": 0.8,
                    "tau_on": 1.0,
                    "tau_off": 500.0,
                }.items()
            },
            **{f"curve.{k}": constant(v) for k, v in (parameters or {}).get(name, {}).items()},
        }
    context = {
        "context_pain": 15.0,
        "context_function": 14.0,
        "tau_context": 0.01,
        "onset": 0.5,
        "slope": 0.3,
        "ha": 5.0,
        "ha_peak": 3.0,
        "corticosteroid": 10.0,
        "prp": 4.0,
    }
    harm = {"intercept": -2.0, "spread": 0.01, "other_source": 0.0, "slope": harm_slope}
    weights = dict.fromkeys(effects, 1 / len(effects))
    record = FitRecord(
        analysis="hand-made",
        weights=CurveWeights(used=weights, stacking_optimum=weights, pseudo_bma=weights, prior=weights),
        lpd={},
        diagnostics={},
        left_out_by_nuts=0,
        pareto_k=0.0,
        predictive=Predictive(
            rows=(),
            coverage=CoverageOfBoth(
                in80=Coverage(nominal=0.8, observed=0.8, mc_error=0.1),
                in95=Coverage(nominal=0.95, observed=0.95, mc_error=0.1),
            ),
            misfit=(),
        ),
        influence=(),
        sensitivity=(),
        posterior_predictive_p={},
        prior_sensitivity=(),
        contraction=(),
        points=(),
        studies=(
            StudyUsed(
                study="Made2026",
                year="2026",
                design="rct",
                blinding="double-blind",
                risk_of_bias="",
                patients=60.0,
                arms=2,
                doses=(10.0, 150.0),
                months=(6.0, 12.0),
                origin=OriginCounts(reported=4, converted=0, imputed=0),
                cite="doi",
                rows=("outcomes.csv:2",),
            ),
        ),
        studies_out={},
        discarded={},
        context_rows=("benchmarks.csv:2",),
        harm_counts=(
            HarmCount(
                study="Made2026",
                arm="M50",
                category="local",
                source="bm_msc",
                dose=50.0,
                events=3.0,
                at_risk=30.0,
                pooled=False,
                row=EvidenceRow("safety.csv:2"),
            ),
        ),
        serious=SeriousTotal(events=0.0, at_risk=30.0, upper95=0.095),
        dose_range=(10.0, 150.0),
        month_range=(1.0, 12.0),
        evidence_digest="none",
        versions={},
        settings=Sampling(),
        checks=(),
    )
    as_draws = lambda table: {k: constant(v) for k, v in table.items()}  # noqa: E731
    return Fit(
        domains=("pain", "function"),
        draws=draws,
        context=as_draws(context),
        harm=as_draws(harm),
        record=record,
    )
