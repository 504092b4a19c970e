"""Many virtual patients, from what is asked to the summary: weighted, simulated, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from operator import add

from ..errors import require
from ..synthesis.fit import shipped_fit
from ..synthesis.population import effect_at
from ..units import Array, Months
from ..workers import Progress
from .batches import Piece, pieces
from .population import Population
from .tally import Summary, summary
from .weighting import Target, targets, weighting


def targets_without(names: Sequence[str]) -> tuple[Target, ...]:
    """The targets of the weights but those named. Raises ``InputError`` for an unknown name, or for all."""
    known = [t.name for t in targets()]
    for name in names:
        require(name in known, f"{name[:60]!r} is no target", where="without", allowed="; ".join(known))
    kept = tuple(t for t in targets() if t.name not in names)
    require(bool(kept), "no target is left", where="without", remedy="take the patients unweighted")
    return kept


def populate(
    population: Population,
    asked: Sequence[Target],
    *,
    processes: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
    through: Callable[[Iterator[Piece]], Iterable[Piece]] | None = None,
) -> Summary:
    """The population weighted towards the ``asked`` targets (none: unweighted), counted.

    ``through`` gets the pieces with their patients, in order, and hands them on. Raises ``InputError`` where
    no weights are found.
    """
    weights = weighting(population, asked) if asked else None
    found = pieces(
        population,
        weights,
        rows=through is not None,
        processes=processes,
        scheduler=scheduler,
        progress=progress,
    )
    counted = reduce(add, (piece.tally for piece in (found if through is None else through(found))))
    return summary(counted, population, weights)


def trials_say(population: Population, month: Months) -> tuple[Array, Array] | None:
    """Mean effect by dose and its 95 % quantiles, as the trials support them: None where they say nothing."""
    if population.repeats or not 1 <= month <= 24:
        return None
    return effect_at(shipped_fit(), population.doses, month)
