"""Many trials on several processes. The result does not depend on their number: a trial is its own number's function.

What travels to a process is the design file and the name of the truth; results come back as arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from multiprocessing import get_context

from ...domain import Domain, require
from ..toml_file import Document
from .design import read_ranging
from .scenario import truth_of
from .simulate import Results, joined, simulate
from .truth import Truth

PIECE = 500  # trials that a process takes at a time
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is simulated: a design file (with other ``patients``, if given), under the truth of this name."""

    document: Document
    truth: str
    seed: int
    patients: int | None = None


def run_job(job: Job, trials: int, *, workers: int = 1, progress: Progress | None = None) -> Results:
    """Trials 0 to ``trials − 1`` of the job. Raises ``InputError``."""
    require(2 <= trials <= 1_000_000, f"{trials}", where="--trials", allowed="2 to 1000000")
    require(1 <= workers <= 64, f"{workers}", where="--workers", allowed="1 to 64")
    pieces = [(first, min(PIECE, trials - first)) for first in range(0, trials, PIECE)]
    _piece(job, (0, 1))  # what cannot be simulated is refused here, not in another process
    one = partial(_piece, job)
    parts: list[Results] = []
    if workers == 1 or len(pieces) == 1:
        for found in map(one, pieces):
            _note(parts, found, trials, progress)
    else:
        with ProcessPoolExecutor(min(workers, len(pieces)), mp_context=get_context("spawn")) as pool:
            for found in pool.map(one, pieces):
                _note(parts, found, trials, progress)
    return joined(parts)


def _note(parts: list[Results], found: Results, trials: int, progress: Progress | None) -> None:
    parts.append(found)
    if progress is not None:
        progress("trials", sum(map(len, parts)), trials)


def _piece(job: Job, which: tuple[int, int]) -> Results:
    planned = read_ranging(job.document)
    design = planned.design if job.patients is None else replace(planned.design, patients=job.patients)
    return simulate(
        design, _truth(job.truth, planned.domain, job.seed), which[1], seed=job.seed, first=which[0]
    )


@cache
def _truth(name: str, domain: Domain, seed: int) -> Truth:
    """The truth, read once in each process."""
    return truth_of(name, domain=domain, seed=seed)
