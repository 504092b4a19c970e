"""How long work is done, and what is handed out on the way: arguments of the verbs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...job_pieces import Kept, Span, Way
from ...units import MillionCells
from ...workers import Progress
from ..dose_finding.design import Design
from ..dose_finding.simulate import Runs
from ..dose_finding.true_rates import TrueRates

if TYPE_CHECKING:
    from ..dose_ranging.design import Ranging
    from ..dose_ranging.simulate import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPiece:
    """Finished trials of a dose-finding design, from number ``first`` on.

    ``doses`` are those of all designs that are simulated together; ``margin`` judges which dose was right.
    """

    design: Design
    truth: TrueRates
    runs: Runs
    first: int
    doses: tuple[MillionCells, ...]
    margin: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LongitudinalPiece:
    """Finished trials of a longitudinal design.

    ``doses``, 0 for placebo, are those of all designs that are simulated together; ``active`` if any of them
    has an active arm.
    """

    design: Ranging
    results: Results
    doses: tuple[MillionCells, ...]
    active: bool


Piece = FindingPiece | LongitudinalPiece


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How long work is done: what comes out does not depend on it.

    ``processes`` of this machine, or those of the Dask ``scheduler`` at an address, as
    ``tcp://10.0.0.7:8786``. ``kept`` opens the place where finished trials are kept, given all that will be
    simulated (by name, as what it depends on). ``progress("trials", done, total)`` is told after every
    piece; ``cancelled`` is asked before every piece and ends the work with ``Cancelled``, as ``Event.is_set``
    of a thread that looks on. ``write`` is handed every finished piece, in order.
    """

    processes: int = 1
    scheduler: str | None = None
    kept: Callable[[Mapping[str, str]], Kept] | None = None
    progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None
    write: Callable[[Piece], None] | None = None

    def way(self, jobs: Mapping[str, str]) -> Way:
        """The way of these jobs."""
        return Way(
            processes=self.processes,
            scheduler=self.scheduler,
            kept=None if self.kept is None else self.kept(jobs),
            progress=self.progress,
            cancelled=self.cancelled,
        )

    def writing(self, way: Way, piece: Callable[[Span, Any], Piece]) -> Way:
        """The way, on which ``piece(span, trials)`` of all finished trials is written, if anybody asked."""
        write = self.write
        return way if write is None else replace(way, each=lambda span, made: write(piece(span, made)))


ALONE = Work()  # on this process, telling nobody
