"""Many trials in pieces: here, on several processes or on a Dask cluster, begun anew or gone on with.

A trial is a function of its number, the design, the truth and the seed, and pieces are cut by number alone.
So the results are the same bytes wherever the pieces are done, and whatever was kept of an earlier run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import Cancelled, require_between
from .workers import Progress, spread

Made = TypeVar("Made")
Columns = dict[str, NDArray[Any]]


class Span(NamedTuple):
    """Trials ``first`` … ``first + trials − 1``."""

    first: int
    trials: int

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The numbers of these trials."""
        return np.arange(self.first, self.first + self.trials)


class Kept(Protocol):
    """Where finished pieces of a job are kept; ``job`` says everything that they depend on."""

    def has(self, job: str, span: Span) -> bool:
        """Whether the piece is there, whole."""

    def read(self, job: str, span: Span) -> Columns | None:
        """The piece, or None where it is not there or was damaged."""

    def write(self, job: str, span: Span, columns: Columns) -> None:
        """Keep the piece, whole or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How the pieces are done: what comes out does not depend on it.

    ``scheduler`` is the address of a Dask scheduler, used in place of ``processes`` of this machine; ``each``
    is handed every span and its piece, in order. ``cancelled`` is asked before every piece.
    """

    processes: int = 1
    scheduler: str | None = None
    kept: Kept | None = None
    progress: Progress | None = None
    each: Callable[[Span, Any], None] | None = None
    cancelled: Callable[[], bool] | None = None


HERE = Way()


def gathered(
    piece: Callable[[Span], Made], kind: type[Made], trials: int, *, size: int, job: str, way: Way = HERE
) -> Made:
    """Trials 0 … ``trials`` − 1 as one ``kind``, a dataclass of arrays whose first axis is the trial.

    ``piece`` makes that of a span of ``size`` trials or fewer. All columns are filled in place, so that
    memory is that of the results and of the few pieces under way. Raises ``InputError`` as ``spread`` does,
    and ``Cancelled`` where ``way.cancelled`` says so: the workers are let go first.
    """
    require_between(way.processes, 1, 64, where="processes")
    spans = [Span(first, min(size, trials - first)) for first in range(0, trials, size)]
    there = {s for s in spans if way.kept is not None and way.kept.has(job, s)}
    missing = [s for s in spans if s not in there]
    whole: Columns = {}
    with closing(spread(piece, missing, processes=way.processes, scheduler=way.scheduler)) as fresh:
        for span in spans:
            if way.cancelled is not None and way.cancelled():
                raise Cancelled(f"cancelled after {span.first} of {trials} trials")
            columns = way.kept.read(job, span) if way.kept is not None and span in there else None
            if columns is None:
                columns = _columns(piece(span) if span in there else next(fresh))
                if way.kept is not None:
                    way.kept.write(job, span, columns)
            for name, values in columns.items():
                if name not in whole:
                    whole[name] = _room(trials, values)
                whole[name][span.first : span.first + span.trials] = values
            if way.each is not None:
                way.each(span, _made(kind, columns))
            if way.progress is not None:
                way.progress("trials", span.first + span.trials, trials)
        next(fresh, None)  # to its end: the workers are let go
    return _made(kind, whole)


def _room(trials: int, like: NDArray[Any]) -> NDArray[Any]:
    """Room for all trials, column by column in memory."""
    found: NDArray[Any] = np.empty((*like.shape[:0:-1], trials), like.dtype).T
    return found


def _columns(found: Any) -> Columns:
    values = {f.name: getattr(found, f.name) for f in fields(found)}
    return {name: value for name, value in values.items() if value is not None}


def _made(kind: type[Made], columns: Columns) -> Made:
    """What has no column is None."""
    return kind(**{f.name: columns.get(f.name) for f in fields(kind)})  # type: ignore[arg-type]


def joined(kind: type[Made], parts: Sequence[Made]) -> Made:
    """Parts in the order of their trials as one."""
    if len(parts) == 1:
        return parts[0]
    each = [_columns(part) for part in parts]
    return _made(kind, {name: np.concatenate([c[name] for c in each]) for name in each[0]})


def reordered(part: Made, trials: NDArray[np.int64]) -> Made:
    """The trials at these places, in this order."""
    return _made(type(part), {name: values[trials] for name, values in _columns(part).items()})
