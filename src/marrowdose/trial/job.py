"""Many longitudinal trials: what is sent to a worker is the design file and the truth, as text or by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial

from ..domain import Domain
from ..errors import require
from ..files.json import exact_text
from ..files.toml import Document
from ..job_pieces import HERE, Span, Way, gathered
from ..units import Points
from .by_dose import drawn_truth
from .dose_finding.design import Design
from .dose_finding.true_rates import TrueRates
from .dose_ranging.file import Planned
from .dose_ranging.simulate import Results, simulate
from .kinds import read_longitudinal
from .seamless.file import PlannedSeamless
from .seamless.hand_over import simulate_seamless
from .truths.named import Named, truth_of
from .truths.truth import Truth

PIECE = 500  # trials of one piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is simulated: a design file (with other ``patients``, if given), under this truth."""

    document: Document
    truth: Named
    seed: int
    patients: int | None = None

    def __str__(self) -> str:
        """All that the trials depend on."""
        said = [self.document.data, self.truth, self.seed, self.patients, PIECE]
        return exact_text(said, sort_keys=True, other=str)

    @property
    def planned(self) -> Planned:
        """The design, of the asked size."""
        found = read_longitudinal(self.document)
        if self.patients is None:
            return found
        return replace(found, design=replace(found.design, patients=self.patients))


def run_job(job: Job, trials: int, *, way: Way = HERE) -> Results:
    """Trials 0 to ``trials − 1`` of the job. Raises ``InputError``."""
    require(2 <= trials <= 1_000_000, f"{trials}", where="trials", allowed="2 to 1000000")
    kind = type(_piece(job, Span(0, 1)))  # what cannot be simulated is refused here, not in another process
    return gathered(partial(_piece, job), kind, trials, size=PIECE, job=str(job), way=way)


def _piece(job: Job, span: Span) -> Results:
    planned = job.planned
    truth = _truth(job.truth, planned.domain, job.seed)
    if isinstance(planned, PlannedSeamless):
        run_in, responder = planned.run_in, planned.design.reality.responder
        met = run_in.truth or _met(job.truth, run_in.design, responder, job.seed)
        return simulate_seamless(planned.design, run_in, truth, met, span.numbers, seed=job.seed)
    return simulate(planned.design, truth, span.trials, seed=job.seed, first=span.first)


@cache
def _truth(named: Named, domain: Domain, seed: int) -> Truth:
    """The truth, read once in each process."""
    return truth_of(named, domain=domain, seed=seed)


@cache
def _met(named: Named, design: Design, responder: Points, seed: int) -> TrueRates:
    """What a run-in meets, read once in each process."""
    return drawn_truth(named, design, responder=responder, seed=seed)
