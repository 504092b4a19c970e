"""Evidence → Fit: every curve by NUTS, every study left out once by importance sampling, then the checks.

The one long function reads from top to bottom; the work itself is in ``jobs``.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from ..curves import curves
from ..domain import DOMAINS, Domain
from ..errors import require
from ..evidence.contrasts import Analysis, Selection, select
from ..evidence.controls import context_onset, control_figures
from ..evidence.counts import harm_counts
from ..evidence.tables import Evidence
from ..workers import Progress
from . import check
from .averaging import pseudo_bma, stacking_optimum, stacking_posterior
from .context import ContextModel
from .fit import Fit
from .harm import HarmModel, serious_events
from .jobs import MAX_PARETO_K, Job, Settings, work
from .model import Model
from .network import Network, build

VARIANTS = (
    Analysis(imputed=False),
    Analysis(prefer_vas=True),
    Analysis(long_term=True),
    Analysis(nonrandomised=True),
)


def versions() -> dict[str, str]:
    """Versions of what made the fit."""
    found = {}
    for name in ("marrowdose", "numpy", "jax", "blackjax", "arviz-stats"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def refit(
    evidence: Evidence,
    *,
    analysis: Analysis | None = None,
    domains: tuple[Domain, ...] = DOMAINS,
    only: tuple[str, ...] = (),
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Fit all curves (or ``only`` the named) to the evidence. ``fit.meta["checks"]`` says whether it may be
    shipped.

    Raises ``InputError`` for an unknown curve, for evidence without a usable contrast, without the extra
    ``fit``.
    """
    settings, analysis = settings or Settings(), analysis or Analysis()
    known = curves()
    for name in only:
        require(name in known, f"unknown curve {name!r}", where="only", allowed=", ".join(known))
    used = {k: v for k, v in known.items() if not only or k in only}
    # 1. evidence → contrasts → network
    selection = select(evidence, analysis)
    network = build(selection.contrasts, domains)
    counts = harm_counts(evidence, analysis.without)
    models: dict[str, Model] = {name: Model(network, curve) for name, curve in used.items()}
    context = ContextModel(figures=control_figures(evidence, analysis), onset=context_onset(evidence))
    harm = HarmModel(counts=counts)
    # 2. sample every curve, the context and the harm; leave every study out of every curve
    jobs = [Job("nuts", name, "", model, settings) for name, model in models.items()]
    jobs += [Job("nuts", "context", "", context, settings), Job("nuts", "harm", "", harm, settings)]
    if len(network.studies) > 1:
        jobs += [
            Job("left_out", name, s.name, model, settings)
            for name, model in models.items()
            for s in network.studies
        ]
    if analysis == Analysis():
        for other in VARIANTS:
            varied = build(select(evidence, other).contrasts, domains)
            jobs += [
                Job("variant", name, other.name, Model(varied, curve), settings)
                for name, curve in used.items()
            ]
    sampled: dict[str, dict[str, Any]] = {}
    left: dict[tuple[str, str], dict[str, Any]] = {}
    varied_by: dict[tuple[str, str], dict[str, Any]] = {}
    for job, result in work(jobs, settings.processes, progress):
        if job.kind == "nuts":
            sampled[job.name] = result
        else:
            (left if job.kind == "left_out" else varied_by)[job.name, job.study] = result
    # 3. weights over curves from what each says about studies it has not seen
    names, studies = list(models), [s.name for s in network.studies]
    lpd = np.array([[left[c, s]["lpd"] if left else 0.0 for s in studies] for c in names])
    weights = stacking_posterior(lpd)
    draws, z = ({n: sampled[n][part] for n in names} for part in ("draws", "z"))
    # 4. the checks, and everything a page must say about the fit
    meta = {
        "analysis": analysis.name,
        "weights": {
            "used": dict(zip(names, weights.tolist(), strict=True)),
            "stacking_optimum": dict(zip(names, stacking_optimum(lpd).tolist(), strict=True)),
            "pseudo_bma": dict(zip(names, pseudo_bma(lpd).tolist(), strict=True)),
            "prior": {n: 1.0 / len(names) for n in names},
        },
        "lpd": {c: dict(zip(studies, lpd[k].tolist(), strict=True)) for k, c in enumerate(names)},
        "diagnostics": {n: sampled[n]["diagnostics"] for n in (*names, "context", "harm")},
        "left_out_by_nuts": sum(r["by_nuts"] for r in left.values()),
        "pareto_k": max((r["pareto_k"] for r in left.values()), default=0.0),
        "predictive": check.predictive(
            network if left else Network(domains=domains, studies=(), imputed=()),
            names,
            weights,
            {k: v["predicted"] for k, v in left.items()},
        ),
        "influence": check.influence(names, studies, lpd, weights, left, draws, domains),
        "sensitivity": check.sensitivity(names, varied_by, domains),
        "posterior_predictive_p": check.posterior_predictive(models, z, weights),
        "prior_sensitivity": check.prior_sensitivity(models, z, weights),
        "contraction": check.contraction(models, z, weights),
        "points": check.points(network),
        "studies": _study_table(evidence, selection),
        "studies_out": selection.studies_out,
        "discarded": dict(selection.discarded),
        "context_rows": [r for f in context.figures for r in f.rows],
        "harm_counts": [{k: getattr(c, k) for k in c.__dataclass_fields__} for c in counts],
        "serious": serious_events(counts),
        "dose_range": list(network.dose_range),
        "month_range": list(network.month_range),
        "evidence_digest": evidence.digest,
        "versions": versions(),
        "settings": {k: getattr(settings, k) for k in settings.__dataclass_fields__ if k != "processes"},
    }
    meta["checks"] = check.verdict(meta, MAX_PARETO_K)
    return Fit(
        domains=domains,
        draws=draws,
        context=sampled["context"]["draws"],
        harm=sampled["harm"]["draws"],
        meta=meta,
    )


def _study_table(evidence: Evidence, selection: Selection) -> list[dict[str, Any]]:
    """One entry a study in the model: who, how many, which doses, how much of it is imputed."""
    c = selection.contrasts
    rows = {r["study_id"]: r for r in evidence.studies}
    table = []
    for name in c.studies:
        inside = [i for i in range(len(c)) if c.study[i] == name]
        n = {(c.block[i], c.arm[i]): c.n[i] for i in inside}
        table.append(
            {
                "study": name,
                "year": rows[name]["year"],
                "design": rows[name]["design"],
                "blinding": rows[name]["blinding"] or "not reported",
                "risk_of_bias": rows[name]["risk_of_bias_note"],
                "patients": float(sum(n.values())),
                "arms": len(n),
                "doses": sorted({float(c.dose[i]) for i in inside if c.dose[i] > 0}),
                "months": sorted({float(c.month[i]) for i in inside}),
                "origin": {
                    o: sum(c.origin[i] == o for i in inside) for o in ("reported", "converted", "imputed")
                },
                "cite": rows[name]["doi"] or rows[name]["pmid"] or rows[name]["registry_id"],
                "rows": sorted({r for i in inside for r in c.rows[i]}, key=lambda r: int(r.split(":")[1])),
            }
        )
    return table
