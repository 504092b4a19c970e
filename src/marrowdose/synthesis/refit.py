"""Evidence → Fit: every curve by NUTS, every study left out once by importance sampling, then the checks.

The work itself is in ``jobs``; what is said of a fit is in ``record``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from ..curves import Curve, curves
from ..domain import DOMAINS, Contrasts, Domain, Origin
from ..errors import require
from ..evidence.contrasts import Analysis, Selection, select
from ..evidence.controls import context_onset, control_figures
from ..evidence.counts import harm_counts
from ..evidence.row import Row
from ..evidence.tables import Evidence
from ..units import Array
from ..workers import Asked, Progress
from . import check
from .averaging import pseudo_bma, stacking_optimum, stacking_posterior
from .context import ContextModel
from .fit import Fit
from .harm import HarmModel, serious_events
from .jobs import MAX_PARETO_K, Job, LeftOut, Result, Sampled, Settings, Varied, work
from .model import Model
from .network import Network, build
from .record import CurveWeights, FitRecord, OriginCounts, Sampling, Sensitivity, StudyUsed
from .verdict import verdict

VARIANTS = (
    Analysis(imputed=False),
    Analysis(prefer_vas=True),
    Analysis(long_term=True),
    Analysis(nonrandomised=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """What is sampled: every curve on the network of the studies, the context and the harm."""

    network: Network
    curves: Mapping[str, Model]
    context: ContextModel
    harm: HarmModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What the jobs found: by model; by study left out and curve; by other choice of evidence and curve."""

    sampled: Mapping[str, Sampled]
    left_out: Mapping[str, Mapping[str, LeftOut]]
    varied: Mapping[str, Mapping[str, Varied]]

    @property
    def lpd(self) -> Array:
        """(curves, studies) log predictive density of each study left out."""
        return np.array([[one.lpd for one in of.values()] for of in self.left_out.values()]).T.copy()


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
    cancelled: Asked | None = None,
) -> Fit:
    """Fit all curves (or ``only`` the named). ``fit.record.checks`` say whether the fit may be shipped.

    Raises ``InputError`` for an unknown curve, for evidence with fewer than two usable studies, without the
    extra ``fit``; ``Cancelled`` as ``workers.spread`` does.
    """
    settings, analysis = settings or Settings(), analysis or Analysis()
    used = _chosen(only)
    # 1. evidence → contrasts → network
    selection = select(evidence, analysis)
    network = build(selection.contrasts, domains)
    alone = len(network.studies) < 2
    require(
        not alone,
        "one study alone cannot be predicted from others",
        where="the evidence",
        allowed="two or more",
    )
    counts = harm_counts(evidence, analysis.without)
    layers = Layers(
        network=network,
        curves={name: Model(network, curve) for name, curve in used.items()},
        context=ContextModel(figures=control_figures(evidence, analysis), onset=context_onset(evidence)),
        harm=HarmModel(counts=counts),
    )
    # 2. sample every curve, the context and the harm; leave every study out of every curve
    jobs = _jobs(layers, settings)
    if analysis == Analysis():
        jobs += _variants(evidence, domains, used, settings)
    results = _collected(work(jobs, settings.processes, progress, cancelled))
    # 3. weights over curves from what each says about studies it has not seen; the checks
    weights = stacking_posterior(results.lpd)
    return Fit(
        domains=domains,
        draws={name: dict(results.sampled[name].draws) for name in used},
        context=dict(results.sampled["context"].draws),
        harm=dict(results.sampled["harm"].draws),
        record=_record(evidence, analysis, selection, layers, results, weights, settings),
    )


def _chosen(only: tuple[str, ...]) -> dict[str, Curve]:
    known = curves()
    for name in only:
        require(name in known, f"unknown curve {name!r}", where="only", allowed=", ".join(known))
    return {name: curve for name, curve in known.items() if not only or name in only}


def _jobs(layers: Layers, settings: Settings) -> list[Job]:
    """Longest first."""
    jobs = [Job("nuts", name, "", model, settings) for name, model in layers.curves.items()]
    jobs += [
        Job("nuts", "context", "", layers.context, settings),
        Job("nuts", "harm", "", layers.harm, settings),
    ]
    return jobs + [
        Job("left_out", name, study.name, model, settings)
        for name, model in layers.curves.items()
        for study in layers.network.studies
    ]


def _variants(
    evidence: Evidence, domains: tuple[Domain, ...], used: Mapping[str, Curve], settings: Settings
) -> list[Job]:
    """Every curve on every other choice of evidence."""
    jobs = []
    for other in VARIANTS:
        network = build(select(evidence, other).contrasts, domains)
        models = {name: Model(network, curve) for name, curve in used.items()}
        jobs += [Job("variant", name, other.name, model, settings) for name, model in models.items()]
    return jobs


def _collected(found: Iterable[tuple[Job, Result]]) -> Results:
    sampled: dict[str, Sampled] = {}
    left_out: dict[str, dict[str, LeftOut]] = {}
    varied: dict[str, dict[str, Varied]] = {}
    for job, result in found:
        if isinstance(result, Sampled):
            sampled[job.name] = result
        elif isinstance(result, LeftOut):
            left_out.setdefault(job.study, {})[job.name] = result
        else:
            varied.setdefault(job.study, {})[job.name] = result
    return Results(sampled=sampled, left_out=left_out, varied=varied)


def _record(
    evidence: Evidence,
    analysis: Analysis,
    selection: Selection,
    layers: Layers,
    results: Results,
    weights: Array,
    settings: Settings,
) -> FitRecord:
    """Everything a page must say about the fit, the checks included."""
    models, domain = dict(layers.curves), layers.network.domains[0]
    draws = {name: results.sampled[name].draws for name in models}
    z = {name: results.sampled[name].z for name in models}
    left = {s: {c: one.draws for c, one in of.items()} for s, of in results.left_out.items()}
    predicted = {(c, s): one.predicted for s, of in results.left_out.items() for c, one in of.items()}
    each = [one for of in results.left_out.values() for one in of.values()]
    pareto_k = max(one.pareto_k for one in each)
    diagnostics = {name: one.convergence for name, one in results.sampled.items()}
    held_out = check.predictive(layers.network, list(models), weights, predicted)
    p_values = check.posterior_predictive(models, z, weights)
    return FitRecord(
        analysis=analysis.name,
        weights=_weights(list(models), results.lpd, weights),
        lpd={c: {s: of[c].lpd for s, of in results.left_out.items()} for c in models},
        diagnostics=diagnostics,
        left_out_by_nuts=sum(one.by_nuts for one in each),
        pareto_k=pareto_k,
        predictive=held_out,
        influence=check.influence(results.lpd, weights, draws, left, domain),
        sensitivity=tuple(_sensitivity(name, of, domain) for name, of in results.varied.items()),
        posterior_predictive_p=p_values,
        prior_sensitivity=check.prior_sensitivity(models, z, weights),
        contraction=check.contraction(models, z, weights),
        points=check.points(layers.network),
        studies=_studies(evidence, selection),
        studies_out=selection.studies_out,
        discarded=dict(selection.discarded),
        context_rows=tuple(row for figure in layers.context.figures for row in figure.rows),
        harm_counts=layers.harm.counts,
        serious=serious_events(layers.harm.counts),
        dose_range=layers.network.dose_range,
        month_range=layers.network.month_range,
        evidence_digest=evidence.digest,
        versions=versions(),
        settings=Sampling(**{f.name: getattr(settings, f.name) for f in fields(Sampling)}),
        checks=verdict(diagnostics, pareto_k, MAX_PARETO_K, held_out, p_values),
    )


def _weights(names: list[str], lpd: Array, used: Array) -> CurveWeights:
    def by_name(weights: Array) -> dict[str, float]:
        return dict(zip(names, weights.tolist(), strict=True))

    return CurveWeights(
        used=by_name(used),
        stacking_optimum=by_name(stacking_optimum(lpd)),
        pseudo_bma=by_name(pseudo_bma(lpd)),
        prior={name: 1.0 / len(names) for name in names},
    )


def _sensitivity(name: str, found: Mapping[str, Varied], domain: Domain) -> Sensitivity:
    lpd = np.array([one.lpd for one in found.values()])
    worst = max(one.pareto_k for one in found.values())
    return check.sensitivity(name, lpd, worst, {c: one.draws for c, one in found.items()}, domain)


def _studies(evidence: Evidence, selection: Selection) -> tuple[StudyUsed, ...]:
    """One entry a study in the model: who, how many, which doses, how much of it is imputed."""
    rows = {r["study_id"]: r for r in evidence.studies}
    return tuple(_study(rows[name], selection.contrasts) for name in selection.contrasts.studies)


def _study(row: Row, c: Contrasts) -> StudyUsed:
    inside = [i for i in range(len(c)) if c.study[i] == row["study_id"]]
    n = {(c.block[i], c.arm[i]): c.n[i] for i in inside}

    def figures(origin: Origin) -> int:
        return sum(c.origin[i] == origin for i in inside)

    return StudyUsed(
        study=row["study_id"],
        year=row["year"],
        design=row["design"],
        blinding=row["blinding"] or "not reported",
        risk_of_bias=row["risk_of_bias_note"],
        patients=float(sum(n.values())),
        arms=len(n),
        doses=tuple(sorted({float(c.dose[i]) for i in inside if c.dose[i] > 0})),
        months=tuple(sorted({float(c.month[i]) for i in inside})),
        origin=OriginCounts(
            reported=figures("reported"), converted=figures("converted"), imputed=figures("imputed")
        ),
        cite=row["doi"] or row["pmid"] or row["registry_id"],
        rows=tuple(sorted({r for i in inside for r in c.rows[i]}, key=lambda r: int(r.split(":")[1]))),
    )
