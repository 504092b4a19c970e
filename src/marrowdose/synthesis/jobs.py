"""The independent pieces of a fit, spread over processes: the result does not depend on their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from ..domain import DOMAINS
from ..units import Array
from ..workers import Asked, Progress, spread
from .averaging import loo_from_full
from .context import ContextModel
from .harm import HarmModel
from .importance import Weighted, importance, in_chunks
from .model import Model, build_up, predict_study
from .record import Convergence, Sampling

REPORTED_DOSES = np.array([10.0, 25.0, 50.0, 100.0, 150.0])
REPORTED_MONTHS = (6.0, 12.0)
LOSO_DRAWS = 2000
MAX_PARETO_K = 0.7
TARGET_ACCEPT = (0.9, 0.98)  # the usual remedy for a divergence: shorter steps, from the start


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Sampling):
    """How much is sampled, and by how many processes, on which no number depends."""

    processes: int = 2


@dataclass(frozen=True, slots=True)
class Job:
    """One independent piece of work on a model, ``name`` being its curve or layer.

    ``study``: the study left out, or the name of another choice of evidence, or nothing.
    """

    kind: Literal["nuts", "left_out", "variant"]
    name: str
    study: str
    model: Model | ContextModel | HarmModel
    settings: Settings

    @property
    def seed(self) -> int:
        """A seed of its own, the same wherever and whenever the job runs."""
        return int(
            np.random.SeedSequence(
                [self.settings.seed, *map(ord, f"{self.kind}/{self.name}/{self.study}")]
            ).generate_state(1)[0]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What NUTS drew of one model: thinned ``z`` (kept, dim), the named ``draws`` of it, and convergence."""

    z: Array
    draws: Mapping[str, Array]
    convergence: Convergence


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A curve without one study: its log predictive density of it, and what it predicts of it (draws, C)."""

    lpd: float
    pareto_k: float
    by_nuts: bool
    predicted: Array
    draws: Mapping[str, Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class Varied:
    """A curve on another choice of evidence; ``lpd`` (studies,) of every study left out."""

    lpd: Array
    pareto_k: float
    draws: Mapping[str, Array]


Result = Sampled | LeftOut | Varied
Found = TypeVar("Found", Sampled, LeftOut, Varied)


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


def _run(job: Job) -> tuple[Job, Result]:
    """Do one job. Runs in a worker process."""
    if job.kind == "nuts":
        return job, _sample(job)
    assert isinstance(job.model, Model)  # only curves are left out or varied
    return job, (_leave_out if job.kind == "left_out" else _variant)(job, job.model)


def _sample(job: Job) -> Sampled:
    from .diagnostics import diagnose
    from .engine import WarmUp, sample

    s, model = job.settings, job.model
    for target_accept in TARGET_ACCEPT:
        draws = sample(
            model.log_density,
            model.dim,
            seed=job.seed,
            chains=s.chains,
            draws=s.draws,
            warm_up=WarmUp(iterations=s.warmup, target_accept=target_accept),
        )
        parameters = {k: np.asarray(v) for k, v in model.parameters(draws.z).items()}
        asked = quantities(model, parameters) if isinstance(model, Model) else parameters
        found = diagnose({k: v for k, v in asked.items() if np.ptp(v) > 0}, draws.divergent)
        if not found.divergences:
            break
    flat = draws.z.reshape(-1, model.dim)
    thin = np.linspace(0, len(flat) - 1, min(s.kept, len(flat))).round().astype(int)
    return Sampled(
        z=flat[thin],
        draws=_stored({k: v.reshape(-1)[thin] for k, v in parameters.items()}),
        convergence=Convergence(
            r_hat=max(found.r_hat.values()),
            ess_bulk=min(found.ess_bulk.values()),
            ess_tail=min(found.ess_tail.values()),
            divergences=found.divergences,
            target_accept=target_accept,
            steps=draws.steps,
            sentences=found.sentences,
        ),
    )


def _stored(parameters: Mapping[str, Array]) -> dict[str, Array]:
    """Draws as a fit stores them: in single precision."""
    return {k: np.asarray(v).astype(np.float32) for k, v in parameters.items()}


def _careful(model: Model, job: Job) -> Weighted:
    """Importance sampling, with three times the draws where the first answer cannot be trusted."""
    draws = job.settings.importance_draws
    found = importance(model.log_density, model.dim, seed=job.seed, draws=draws)
    if found.pareto_k <= MAX_PARETO_K:
        return found
    return importance(model.log_density, model.dim, seed=job.seed + 1, draws=3 * draws, rounds=6)


def _leave_out(job: Job, model: Model) -> LeftOut:
    """Posterior without one study: its log predictive density, its predictions, and the effects that remain.

    Importance sampling where its Pareto-k̂ allows, else NUTS.
    """
    full, curve = model.network, model.curve
    rest, held = Model(full.without(job.study), curve), Model(full.only(job.study), curve)
    found = _careful(rest, job)
    z, weights, k_hat = found.z, found.weights, found.pareto_k
    rng = np.random.default_rng(job.seed)
    kept = found.resample(LOSO_DRAWS, rng)
    if found.pareto_k > MAX_PARETO_K:
        from .diagnostics import diagnose
        from .engine import WarmUp, sample

        s = job.settings
        tuning = WarmUp(iterations=s.warmup)
        drawn = sample(rest.log_density, rest.dim, seed=job.seed, draws=s.draws, warm_up=tuning)
        values = {k: np.asarray(v) for k, v in rest.parameters(drawn.z).items()}
        k_hat = 0.0 if diagnose(values, drawn.divergent).ok else float("inf")
        z = drawn.z.reshape(-1, rest.dim)
        weights = np.full(len(z), 1.0 / len(z))
        kept = z[rng.choice(len(z), LOSO_DRAWS, replace=len(z) < LOSO_DRAWS)]
    ll = in_chunks(lambda part: held.log_likelihoods(part)[..., 0], z)
    top = ll.max()
    return LeftOut(
        lpd=float(np.log(weights @ np.exp(ll - top)) + top),
        pareto_k=k_hat,
        by_nuts=found.pareto_k > MAX_PARETO_K,
        predicted=_stored({"": predict_study(held, held.network.studies[0], kept, rng)})[""],
        draws=_stored(rest.parameters(kept)),
    )


def _variant(job: Job, model: Model) -> Varied:
    """A curve on another choice of evidence, by importance sampling: a sensitivity analysis."""
    found = _careful(model, job)
    z = found.resample(LOSO_DRAWS, np.random.default_rng(job.seed))
    return Varied(
        lpd=loo_from_full(model.log_likelihoods(z), np.full(len(z), 1.0)),
        pareto_k=found.pareto_k,
        draws=_stored(model.parameters(z)),
    )


def work(
    jobs: list[Job], processes: int, progress: Progress | None, cancelled: Asked | None = None
) -> Iterator[tuple[Job, Result]]:
    """Run the jobs, in order (longest first); tell progress after each, and ask whether to go on."""
    return spread(_run, jobs, processes=processes, progress=progress, cancelled=cancelled, name=_label)


def _label(job: Job) -> str:
    return f"{job.name} {job.study}".strip()
