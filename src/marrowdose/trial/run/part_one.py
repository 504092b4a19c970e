"""Part one at the bedside and on paper: the next dose of a running trial, and all paths of a small design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import require_between
from ...files.toml import Document
from ...units import MillionCells, Probability
from ..dose_finding.design import Design
from ..dose_finding.history import Entered, Next, check_history
from ..dose_finding.history import next_dose as decided
from ..dose_finding.paths import Paths, all_paths
from ..dose_finding.true_rates import TrueRates
from ..kinds import read_part_one
from .asked import Asked
from .dose_finding import design_and_truth

if TYPE_CHECKING:
    from ..seamless.file import PlannedSeamless
    from ..seamless.going_on import GoingOn

LISTED = 400  # paths up to which each is told


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedNext:
    """A running trial: its design and the patients so far, in order of entry.

    ``as_given``: doses that the design did not give are taken as they are. ``where`` names the history in
    refusals.
    """

    design: Document
    history: Sequence[Entered]
    as_given: bool = False
    where: str = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDose:
    """What to do with the next patient; of a seamless design, ``whole`` is the plan and ``going_on`` what
    part two does.
    """

    design: Design
    history: Sequence[Entered]
    found: Next
    whole: PlannedSeamless | None = None
    going_on: GoingOn | None = None


def next_dose(asked: AskedNext) -> NextDose:
    """The dose of the next patient, and why.

    Raises ``InputError`` for a history that the design did not give, unless it is taken as given.
    """
    part_one, whole = read_part_one(asked.design)
    if not asked.as_given:
        check_history(part_one.design, asked.history, asked.where)
    found = decided(part_one.design, asked.history)
    going_on = None
    if whole is not None:
        from ..seamless.going_on import after_run_in

        going_on = after_run_in(whole, asked.history, found)
    return NextDose(
        design=part_one.design, history=asked.history, found=found, whole=whole, going_on=going_on
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryPath:
    """All paths of a design of at most ``patients``, each told where there are few.

    ``open_sets``: of a seamless design, the exact probability of every set of doses that part two may
    randomise, the likeliest first.
    """

    design: Design
    truth: TrueRates
    patients: int
    found: Paths
    open_sets: tuple[tuple[tuple[MillionCells, ...], Probability], ...] | None = None


def every_path(asked: Asked, *, patients: int | None = None) -> EveryPath:
    """Enumerate the first design of ``asked``, up to ``patients`` (None: all it plans).

    Raises ``InputError`` where there are too many paths, or something that cannot be enumerated.
    """
    document = asked.designs[0]
    design, truth = design_and_truth(asked, document)
    most = design.patients if patients is None else patients
    require_between(most, design.cohort, design.patients, where="patients")
    found = all_paths(design, truth, patients=most)
    if found.count.sum() <= LISTED:
        found = all_paths(design, truth, patients=most, merge=False)
    _, whole = read_part_one(document)
    sets = None
    if whole is not None:
        from ..seamless.going_on import exact_sets

        sets = exact_sets(whole, found)
    return EveryPath(design=design, truth=truth, patients=most, found=found, open_sets=sets)
