"""Longitudinal designs, randomised from the start or after a run-in: simulated and compared over the same
virtual patients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from ...errors import require, require_between, require_seed
from ...job_pieces import Span, Way
from ...synthesis.fit import shipped_fit
from ...units import MillionCells, Months
from ..comparable import require_names
from ..dose_ranging.characteristics import Difference, RangingCharacteristics, characteristics, paired
from ..dose_ranging.design import Ranging
from ..dose_ranging.file import Planned
from ..dose_ranging.simulate import Results
from ..job import Job, run_job
from ..truths.named import Named, is_fitted, truth_of
from ..truths.truth import Truth
from .asked import Asked
from .work import LongitudinalPiece, Work

POSTERIOR, AT_MEAN, NULL = Named("posterior"), Named("posterior-mean"), Named("null")


class Reach(NamedTuple):
    """How far the randomised evidence goes: the last month and the largest dose."""

    month: Months
    dose: MillionCells


@dataclass(frozen=True, slots=True, kw_only=True)
class RanLongitudinal:
    """Simulated trials of a longitudinal design, and what they say.

    ``planned`` is a ``PlannedSeamless``, and ``results`` are ``SeamlessResults``, where there is a run-in.
    ``evidence`` is None where the truth does not rest on the published trials. ``at_mean``: the same trials
    at the mean of the posterior, where the truth is the posterior. ``no_dose_helps``: what the design does
    where nothing helps, if asked for ``errors``.
    """

    planned: Planned
    truth: Truth
    results: Results
    found: RangingCharacteristics
    seed: int
    evidence: Reach | None
    at_mean: Results | None = None
    no_dose_helps: RangingCharacteristics | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedLongitudinal:
    """Several designs over the same virtual patients; ``differences`` of each from the first."""

    each: tuple[RanLongitudinal, ...]
    differences: tuple[tuple[Difference, ...], ...]


def simulated(asked: Asked, work: Work) -> RanLongitudinal:
    """The trials of one design."""
    return _each(asked, work)[0]


def compared(asked: Asked, work: Work) -> ComparedLongitudinal:
    """Every design, and its difference from the first, trial by trial."""
    first, *others = done = _each(asked, work)
    margin = first.planned.margin
    return ComparedLongitudinal(
        each=tuple(done),
        differences=tuple(tuple(paired(first.results, o.results, margin=margin)) for o in others),
    )


def _each(asked: Asked, work: Work) -> list[RanLongitudinal]:
    require_seed(asked.seed)
    require(
        asked.harm is None,
        "has no effect here",
        where="harm",
        remedy="longitudinal designs count local reactions: leave it out",
    )
    truth = asked.truth or POSTERIOR
    jobs = [Job(document=document, truth=truth, seed=asked.seed) for document in asked.designs]
    plans = [_judged(asked, job) for job in jobs]
    require_names([p.design.name for p in plans], "compare")
    doses = tuple(sorted({d for p in plans for d in p.design.doses}))
    active = any(p.design.comparator for p in plans)
    way, done = work.way(_keys(asked, jobs, plans)), []
    for job, planned in zip(jobs, plans, strict=True):
        own = work.writing(way, partial(_piece, planned.design, doses, active))
        done.append(_ran(asked, job, planned, own, way))
    return done


def _piece(
    design: Ranging, doses: tuple[MillionCells, ...], active: bool, span: Span, found: Results
) -> LongitudinalPiece:
    return LongitudinalPiece(design=design, results=found, doses=doses, active=active)


def _ran(asked: Asked, job: Job, planned: Planned, written: Way, way: Way) -> RanLongitudinal:
    """One design, its own trials by the way that is ``written``."""
    results = run_job(job, asked.trials, way=written)
    at_mean = run_job(replace(job, truth=AT_MEAN), asked.trials, way=way) if job.truth == POSTERIOR else None
    helpless = run_job(replace(job, truth=NULL), asked.trials, way=way) if asked.errors else None
    return RanLongitudinal(
        planned=planned,
        truth=truth_of(job.truth, domain=planned.domain, seed=asked.seed),
        results=results,
        found=_found(planned, results),
        seed=asked.seed,
        evidence=_reach() if is_fitted(job.truth.name) else None,
        at_mean=at_mean,
        no_dose_helps=None if helpless is None else _found(planned, helpless),
    )


def _found(planned: Planned, results: Results) -> RangingCharacteristics:
    return characteristics(results, margin=planned.margin, looks=len(planned.design.stages))


def _judged(asked: Asked, job: Job) -> Planned:
    """The design of a job, judged by the margin that is asked for, if any."""
    if asked.margin is None:
        return job.planned
    require_between(asked.margin, 0, 50, where="margin", unit="points")
    return replace(job.planned, margin=asked.margin)


def _keys(asked: Asked, jobs: list[Job], plans: list[Planned]) -> dict[str, str]:
    """All that will be simulated, by name, as what it depends on."""
    names = [p.design.name for p in plans]
    keys = {name: str(job) for name, job in zip(names, jobs, strict=True)}
    for name, job in zip(names, jobs, strict=True):
        if asked.errors:
            keys[f"{name}, no dose helps"] = str(replace(job, truth=NULL))
        if job.truth == POSTERIOR:
            keys[f"{name}, at the posterior mean"] = str(replace(job, truth=AT_MEAN))
    return keys


def _reach() -> Reach:
    fit = shipped_fit()
    return Reach(fit.month_range[1], fit.dose_range[1])
