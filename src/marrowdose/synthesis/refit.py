"""Evidence → Fit: every curve by NUTS, every study left out once by importance sampling, then the checks.

The one long function of the fit reads from top to bottom; each numbered step is a small function.
Work is spread over processes as independent jobs, so the result does not depend on their number.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from ..curves import curves
from ..domain import DOMAINS, Array, Domain, require
from ..evidence.contrasts import Analysis, Selection, select
from ..evidence.controls import context_onset, control_figures
from ..evidence.counts import harm_counts
from ..evidence.tables import Evidence
from . import check
from .averaging import pseudo_bma, stacking_optimum, stacking_posterior
from .context import ContextModel
from .fit import Fit
from .harm import HarmModel, serious_events
from .model import Model, build_up, predict_study
from .network import Network, build

REPORTED_DOSES = np.array([10.0, 25.0, 50.0, 100.0, 150.0])
REPORTED_MONTHS = (6.0, 12.0)
LOSO_DRAWS = 2000
MAX_PARETO_K = 0.7
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is sampled. ``kept`` draws of each model are stored."""

    seed: int = 20260101
    chains: int = 4
    warmup: int = 1000
    draws: int = 2000
    kept: int = 2000
    importance_draws: int = 4000
    processes: int = 2


@dataclass(frozen=True, slots=True)
class _Job:
    """One independent piece of work: ``kind`` nuts | left_out, on a model; ``study`` is left out."""

    kind: str
    name: str
    study: str
    model: Any
    settings: Settings

    @property
    def seed(self) -> int:
        """A seed of its own, the same wherever and whenever the job runs."""
        return int(
            np.random.SeedSequence(
                [self.settings.seed, *map(ord, f"{self.kind}/{self.name}/{self.study}")]
            ).generate_state(1)[0]
        )


def quantities(model: Model, parameters: dict[str, Array]) -> dict[str, Array]:
    """What a fit is asked for: every parameter, and the effect at the reported doses and months."""
    shape = model.shape(REPORTED_DOSES, {k: v[..., None] for k, v in parameters.items()})
    effects = model.effects(parameters)
    out = dict(parameters)
    for q, domain in enumerate(model.network.domains):
        column = DOMAINS.index(domain) if len(model.network.domains) == 2 else q
        for month in REPORTED_MONTHS:
            course = build_up(month, parameters["tau_on"], parameters["tau_off"])
            for k, dose in enumerate(REPORTED_DOSES):
                out[f"{domain} {dose:g}M month {month:g}"] = effects[..., column] * shape[..., k] * course
    return out


def _run(job: _Job) -> tuple[_Job, dict[str, Any]]:
    """Do one job. Runs in a worker process."""
    return job, (_sample if job.kind == "nuts" else _leave_out)(job)


def _sample(job: _Job) -> dict[str, Any]:
    from .diagnostics import diagnose
    from .engine import sample

    s, model = job.settings, job.model
    draws = sample(
        model.log_density, model.dim, seed=job.seed, chains=s.chains, warmup=s.warmup, draws=s.draws
    )
    parameters = {k: np.asarray(v) for k, v in model.parameters(draws.z).items()}
    asked = quantities(model, parameters) if isinstance(model, Model) else parameters
    found = diagnose({k: v for k, v in asked.items() if np.ptp(v) > 0}, draws.divergent)
    flat = draws.z.reshape(-1, model.dim)
    thin = np.linspace(0, len(flat) - 1, min(s.kept, len(flat))).round().astype(int)
    kept = {k: np.asarray(v).reshape(-1)[thin].astype(np.float32) for k, v in parameters.items()}
    return {
        "draws": kept,
        "z": flat[thin],
        "diagnostics": {
            "r_hat": max(found.r_hat.values()),
            "ess_bulk": min(found.ess_bulk.values()),
            "ess_tail": min(found.ess_tail.values()),
            "divergences": found.divergences,
            "steps": draws.steps,
            "sentences": list(found.sentences),
        },
    }


def _leave_out(job: _Job) -> dict[str, Any]:
    """Posterior without one study: its log predictive density, its predictions, and the effects that remain.

    Importance sampling where its Pareto-k̂ allows, else NUTS.
    """
    from .importance import importance, in_chunks

    full: Network = job.model.network
    rest, held = Model(full.without(job.study), job.model.curve), Model(full.only(job.study), job.model.curve)
    found = importance(rest.log_density, rest.dim, seed=job.seed, draws=job.settings.importance_draws)
    z, weights, k_hat = found.z, found.weights, found.pareto_k
    rng = np.random.default_rng(job.seed)
    kept = found.resample(LOSO_DRAWS, rng)
    if k_hat > MAX_PARETO_K:
        from .engine import sample

        z = sample(
            rest.log_density, rest.dim, seed=job.seed, warmup=job.settings.warmup, draws=job.settings.draws
        ).z.reshape(-1, rest.dim)
        weights, k_hat = np.full(len(z), 1.0 / len(z)), 0.0
        kept = z[rng.choice(len(z), LOSO_DRAWS, replace=len(z) < LOSO_DRAWS)]
    ll = in_chunks(lambda part: held.log_likelihoods(part)[..., 0], z)
    top = ll.max()
    return {
        "lpd": float(np.log(weights @ np.exp(ll - top)) + top),
        "pareto_k": k_hat,
        "by_nuts": found.pareto_k > MAX_PARETO_K,
        "predicted": predict_study(held, held.network.studies[0], kept, rng).astype(np.float32),
        "draws": {k: np.asarray(v).astype(np.float32) for k, v in rest.parameters(kept).items()},
    }


def _work(
    jobs: list[_Job], processes: int, progress: Progress | None
) -> Iterator[tuple[_Job, dict[str, Any]]]:
    """Run the jobs, longest kind first; tell progress after each."""
    if processes <= 1:
        done: Iterable[tuple[_Job, dict[str, Any]]] = map(_run, jobs)
        for k, result in enumerate(done, 1):
            if progress:
                progress(f"{result[0].name} {result[0].study}".strip(), k, len(jobs))
            yield result
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core a worker
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(_run, job) for job in jobs]
        try:
            for k, future in enumerate(as_completed(futures), 1):
                result = future.result()
                if progress:
                    progress(f"{result[0].name} {result[0].study}".strip(), k, len(jobs))
                yield result
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


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
    """Fit all curves (or ``only`` the named) to the evidence. ``fit.meta["checks"]`` says whether it may be shipped.

    Raises ``InputError`` for an unknown curve, for evidence without a usable contrast, without the extra ``fit``.
    """
    settings, analysis = settings or Settings(), analysis or Analysis()
    known = curves()
    for name in only:
        require(name in known, f"unknown curve {name!r}", where="--curve", allowed=", ".join(known))
    used = {k: v for k, v in known.items() if not only or k in only}
    # 1. evidence → contrasts → network
    selection = select(evidence, analysis)
    network = build(selection.contrasts, domains)
    counts = harm_counts(evidence)
    models: dict[str, Model] = {name: Model(network, curve) for name, curve in used.items()}
    context = ContextModel(figures=control_figures(evidence), onset=context_onset(evidence))
    harm = HarmModel(counts=counts)
    # 2. sample every curve, the context and the harm; leave every study out of every curve
    jobs = [_Job("nuts", name, "", model, settings) for name, model in models.items()]
    jobs += [_Job("nuts", "context", "", context, settings), _Job("nuts", "harm", "", harm, settings)]
    if len(network.studies) > 1:
        jobs += [
            _Job("left_out", name, s.name, model, settings)
            for name, model in models.items()
            for s in network.studies
        ]
    sampled: dict[str, dict[str, Any]] = {}
    left: dict[tuple[str, str], dict[str, Any]] = {}
    for job, result in _work(jobs, settings.processes, progress):
        if job.kind == "nuts":
            sampled[job.name] = result
        else:
            left[job.name, job.study] = result
    # 3. weights over curves from what each says about studies it has not seen
    names, studies = list(models), [s.name for s in network.studies]
    lpd = np.array([[left[c, s]["lpd"] if left else 0.0 for s in studies] for c in names])
    weights = stacking_posterior(lpd)
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
        "diagnostics": {n: r["diagnostics"] for n, r in sampled.items()},
        "left_out_by_nuts": sum(r["by_nuts"] for r in left.values()),
        "pareto_k": max((r["pareto_k"] for r in left.values()), default=0.0),
        "predictive": check.predictive(
            network if left else Network(domains=domains, studies=(), imputed=()),
            names,
            weights,
            {k: v["predicted"] for k, v in left.items()},
        ),
        "influence": check.influence(
            names, studies, lpd, weights, left, {n: sampled[n]["draws"] for n in names}, domains
        ),
        "posterior_predictive_p": check.posterior_predictive(
            models, {n: sampled[n]["z"] for n in names}, weights
        ),
        "prior_sensitivity": check.prior_sensitivity(models, {n: sampled[n]["z"] for n in names}, weights),
        "contraction": check.contraction(models, {n: sampled[n]["z"] for n in names}, weights),
        "points": check.points(network),
        "studies": _study_table(evidence, selection),
        "studies_out": selection.studies_out,
        "discarded": dict(selection.discarded),
        "context_rows": [r for f in context.figures for r in f.rows],
        "harm_counts": [{k: getattr(c, k) for k in c.__dataclass_fields__} for c in counts],
        "serious": serious_events(counts),
        "dose_range": list(network.dose_range),
        "month_range": [
            float(f([s.month.min() if f is min else s.month.max() for s in network.studies]))
            for f in (min, max)
        ],
        "evidence_digest": evidence.digest,
        "versions": versions(),
        "settings": {k: getattr(settings, k) for k in settings.__dataclass_fields__ if k != "processes"},
    }
    meta["checks"] = check.verdict(meta, MAX_PARETO_K)
    return Fit(
        domains=domains,
        draws={n: sampled[n]["draws"] for n in names},
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
