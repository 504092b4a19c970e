"""Decisions that depend on the counts at one dose alone: made once as a table, then looked up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from ...units import Flags, Indices
from .rules import Boundaries
from .seen import Counts, View

Cell = TypeVar("Cell", bound=np.generic)
Table = NDArray[np.int8]  # [patients, events]
ESCALATE, STAY, DE_ESCALATE = 1, 0, -1
MOVES = {ESCALATE: "escalate", STAY: "stay", DE_ESCALATE: "de-escalate"}
ESCALATES, DE_ESCALATES = "escalate if at most", "de-escalate if at least"


def grid(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Patients (0 … ``size``) down, events (0 … ``size``) across; events beyond the patients mean nothing."""
    n, y = np.mgrid[: size + 1, : size + 1]
    return n, y


def look_up(table: Callable[[int], NDArray[Cell]], treated: Counts, events: Counts) -> NDArray[Cell]:
    """``table(size)[patients, events]`` for arrays of counts of one shape, kept in their memory order."""
    size = _size(int(treated.max(initial=0)))
    flat = np.ascontiguousarray(table(size)).ravel()
    n, y = np.asarray(treated.T, np.int32), np.asarray(events.T, np.int32)
    found: NDArray[Cell] = flat[n * (size + 1) + y].T
    return found


def _size(most: int) -> int:
    """A few sizes only, so that tables are kept and not made again for every cohort."""
    return max(32, 1 << most.bit_length())


def moved(table: Callable[[int], Table], view: View) -> Indices:
    """One dose up, down or none by the counts at the current dose, within the doses there are."""
    n, y = view.at(view.assessed, view.current), view.at(view.toxic, view.current)
    dose: Indices = np.clip(view.current + look_up(table, n, y), 0, len(view.doses) - 1)
    return dose


def barred_upward(table: Callable[[int], Flags], treated: Counts, events: Counts) -> Flags:
    """(trials, doses): false from the lowest dose on whose counts are flagged in ``table``."""
    flagged = look_up(table, treated, events)
    allowed = np.empty(flagged.T.shape, bool)
    ok = np.ones(len(flagged), bool)
    for j in range(flagged.shape[1]):
        ok = ok & ~flagged[:, j]
        allowed[j] = ok
    return allowed.T


def move_boundaries(table: Table, patients: int) -> Boundaries:
    """The two columns of an up-and-down decision table, for 1 … ``patients`` patients."""
    return {
        ESCALATES: tuple(_last(table[n, : n + 1] == ESCALATE) for n in range(1, patients + 1)),
        DE_ESCALATES: tuple(first_of(table[n, : n + 1] == DE_ESCALATE) for n in range(1, patients + 1)),
    }


def first_of(flags: Flags) -> int | None:
    """The lowest number of events flagged."""
    return int(np.argmax(flags)) if flags.any() else None


def _last(flags: Flags) -> int | None:
    return int(np.flatnonzero(flags)[-1]) if flags.any() else None


def interval_move(size: int, edges: tuple[float, ...], target: int, *, per_length: bool) -> Table:
    """Moves towards the interval with the greatest posterior probability, uniform prior.

    ``edges`` bound the intervals, ``target`` is the index of the one aimed at; ``per_length`` divides each
    probability by the length of its interval (the unit probability mass of mTPI). Of equals the higher
    interval decides: with half of the patients toxic two that meet at 0.5 are equal, and rounding must not
    choose.
    """
    n, y = grid(size)
    alive = (n - y).clip(0)
    below = betainc(1.0 + y[..., None], 1.0 + alive[..., None], np.asarray(edges))
    mass = np.diff(below, axis=-1)
    if per_length:
        mass = mass / np.diff(edges)
    greatest = len(edges) - 2 - mass[..., ::-1].round(12).argmax(axis=-1)
    moves: Table = np.sign(target - greatest).astype(np.int8)
    moves[0] = STAY  # no patient, no move
    return moves
