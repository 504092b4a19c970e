"""The independent pieces of a fit, spread over processes: the result does not depend on their number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..domain import DOMAINS
from ..units import Array
from ..workers import Progress, spread
from .averaging import loo_from_full
from .importance import Weighted, importance, in_chunks
from .model import Model, build_up, predict_study
from .network import Network

REPORTED_DOSES = np.array([10.0, 25.0, 50.0, 100.0, 150.0])
REPORTED_MONTHS = (6.0, 12.0)
LOSO_DRAWS = 2000
MAX_PARETO_K = 0.7
TARGET_ACCEPT = (0.9, 0.98)  # the usual remedy for a divergence: shorter steps, from the start


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
class Job:
    """One independent piece of work: ``kind`` nuts | left_out | variant, on a model; ``study`` is left
    out.
    """

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
    for domain in model.network.domains:
        column = DOMAINS.index(domain)
        for month in REPORTED_MONTHS:
            course = build_up(month, parameters["tau_on"], parameters["tau_off"])
            for k, dose in enumerate(REPORTED_DOSES):
                out[f"{domain} {dose:g}M month {month:g}"] = effects[..., column] * shape[..., k] * course
    return out


def _run(job: Job) -> tuple[Job, dict[str, Any]]:
    """Do one job. Runs in a worker process."""
    return job, {"nuts": _sample, "left_out": _leave_out, "variant": _variant}[job.kind](job)


def _sample(job: Job) -> dict[str, Any]:
    from .diagnostics import diagnose
    from .engine import sample

    s, model = job.settings, job.model
    for target_accept in TARGET_ACCEPT:
        draws = sample(
            model.log_density,
            model.dim,
            seed=job.seed,
            chains=s.chains,
            warmup=s.warmup,
            draws=s.draws,
            target_accept=target_accept,
        )
        parameters = {k: np.asarray(v) for k, v in model.parameters(draws.z).items()}
        asked = quantities(model, parameters) if isinstance(model, Model) else parameters
        found = diagnose({k: v for k, v in asked.items() if np.ptp(v) > 0}, draws.divergent)
        if not found.divergences:
            break
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
            "target_accept": target_accept,
            "steps": draws.steps,
            "sentences": list(found.sentences),
        },
    }


def _careful(model: Model, job: Job) -> Weighted:
    """Importance sampling, with three times the draws where the first answer cannot be trusted."""
    draws = job.settings.importance_draws
    found = importance(model.log_density, model.dim, seed=job.seed, draws=draws)
    if found.pareto_k <= MAX_PARETO_K:
        return found
    return importance(model.log_density, model.dim, seed=job.seed + 1, draws=3 * draws, rounds=6)


def _leave_out(job: Job) -> dict[str, Any]:
    """Posterior without one study: its log predictive density, its predictions, and the effects that remain.

    Importance sampling where its Pareto-k̂ allows, else NUTS.
    """
    full: Network = job.model.network
    rest, held = Model(full.without(job.study), job.model.curve), Model(full.only(job.study), job.model.curve)
    found = _careful(rest, job)
    z, weights, k_hat = found.z, found.weights, found.pareto_k
    rng = np.random.default_rng(job.seed)
    kept = found.resample(LOSO_DRAWS, rng)
    if found.pareto_k > MAX_PARETO_K:
        from .diagnostics import diagnose
        from .engine import sample

        s = job.settings
        drawn = sample(rest.log_density, rest.dim, seed=job.seed, warmup=s.warmup, draws=s.draws)
        values = {k: np.asarray(v) for k, v in rest.parameters(drawn.z).items()}
        k_hat = 0.0 if diagnose(values, drawn.divergent).ok else float("inf")
        z = drawn.z.reshape(-1, rest.dim)
        weights = np.full(len(z), 1.0 / len(z))
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


def _variant(job: Job) -> dict[str, Any]:
    """A curve on another choice of evidence, by importance sampling: a sensitivity analysis."""
    model = job.model
    found = _careful(model, job)
    z = found.resample(LOSO_DRAWS, np.random.default_rng(job.seed))
    return {
        "lpd": loo_from_full(model.log_likelihoods(z), np.full(len(z), 1.0)),
        "pareto_k": found.pareto_k,
        "draws": {k: np.asarray(v).astype(np.float32) for k, v in model.parameters(z).items()},
    }


def work(jobs: list[Job], processes: int, progress: Progress | None) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Run the jobs, in order (longest first); tell progress after each."""
    return spread(
        _run, jobs, processes=processes, progress=progress, name=lambda job: f"{job.name} {job.study}".strip()
    )
