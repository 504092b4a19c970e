"""Simulating dose-finding trials: cohort by cohort, all trials at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from ..domain import Array, require
from .late import late_events
from .rules import Design, choose, decide
from .truth import People, Truth, happens, people
from .view import Counts, Indices, View, empty

CHUNK = 10_000  # trials at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Finished trials: arrays (trials,) and (trials, doses)."""

    chosen: Indices  # −1: none
    treated: Counts
    toxic: Counts
    effective: Counts | None
    ended: Indices  # why, as ``Decision.ended``
    duration: Array  # months from the first entry until the last patient is settled

    def __len__(self) -> int:
        return len(self.chosen)


def simulate(
    design: Design,
    truth: Truth,
    trials: int,
    *,
    seed: int = 0,
    workers: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> Runs:
    """Trials 0 … ``trials`` − 1 of this seed, in pieces of bounded memory.

    The result is the same for any ``workers``. Raises ``InputError`` where truth and design do not fit.
    """
    require(1 <= trials <= 10_000_000, f"{trials}", where="trials", allowed="1 to 10000000")
    require(1 <= workers <= 64, f"{workers}", where="workers", allowed="1 to 64")
    check_fit(design, truth)
    pieces = [np.arange(a, min(a + CHUNK, trials)) for a in range(0, trials, CHUNK)]
    one = partial(run, design, truth, seed=seed)
    done: list[Runs] = []
    if workers == 1 or len(pieces) == 1:
        results = map(one, pieces)
        for found in results:
            done.append(found)
            _tell(progress, done, trials)
    else:
        with ProcessPoolExecutor(min(workers, len(pieces)), mp_context=get_context("spawn")) as pool:
            for found in pool.map(one, pieces):
                done.append(found)
                _tell(progress, done, trials)
    return _joined(done)


def _tell(progress: Callable[[str, int, int], None] | None, done: Sequence[Runs], trials: int) -> None:
    if progress is not None:
        progress("trials", sum(map(len, done)), trials)


def _joined(parts: Sequence[Runs]) -> Runs:
    if len(parts) == 1:
        return parts[0]
    found = {}
    for f in fields(Runs):
        values = [getattr(p, f.name) for p in parts]
        found[f.name] = None if values[0] is None else np.concatenate(values)
    return Runs(**found)


def check_fit(design: Design, truth: Truth) -> None:
    """Raises ``InputError`` unless ``truth`` says what ``design`` looks at, for each of its doses."""
    doses, given = len(design.doses), len(truth.toxicity)
    require(given == doses, f"{given} values for {doses} doses", where="toxicity", allowed="one a dose")
    if "efficacy" in design.needs:
        require(truth.efficacy is not None, "is missing", where="efficacy", remedy="this design looks at it: give one value a dose")  # fmt: skip
    require("score" not in design.needs, "a graded endpoint is not simulated", where=design.name)


def run(design: Design, truth: Truth, trials: Indices, *, seed: int) -> Runs:
    """The trials with these numbers, all at once."""
    timed = "time" in design.needs or not design.timing.waits
    met = people(truth, trials, design.patients, seed=seed, timed=timed)
    final, ended, duration = (late_events if timed else _counted)(design, truth, met, len(trials))
    return Runs(
        chosen=choose(design, final),
        treated=final.treated,
        toxic=final.toxic,
        effective=final.effective,
        ended=ended,
        duration=duration,
    )


def _counted(design: Design, truth: Truth, met: People, trials: int) -> tuple[View, Indices, Array]:
    """Every cohort is settled before the next: counts are all there is to see."""
    efficacy = truth.efficacy is not None
    view, final = (empty(design.doses, trials, efficacy=efficacy) for _ in range(2))
    live, ended, entered = np.arange(trials), np.zeros(trials, np.int64), 0
    while len(live):
        decision = decide(design, view)
        over, dose = decision.stopped, decision.next
        if over.any():
            _put(final, live[over], view.take(over))
            ended[live[over]] = decision.ended[over]
            live, view, dose = live[~over], view.take(~over), dose[~over]
        rows = slice(entered, entered + design.cohort)  # the draws end with the planned patients
        who = slice(None) if len(live) == trials else live
        toxic = happens(met.toxicity[rows, who], truth.toxicity, dose)
        _add(view.treated, dose, len(toxic))
        _add(view.toxic, dose, toxic.sum(axis=0))
        if met.efficacy is not None and truth.efficacy is not None and view.effective is not None:
            effective = happens(met.efficacy[rows, who], truth.efficacy, dose)
            _add(view.effective, dose, effective.sum(axis=0))
            _add(view.both, dose, (effective & toxic).sum(axis=0))
        entered += len(toxic)
        view = replace(view, current=dose)
    return final, ended, _duration(design, final.entered)


def _put(final: View, where: Indices, view: View) -> None:
    for name in ("treated", "toxic", "effective", "both"):
        if getattr(final, name) is not None:
            getattr(final, name)[where] = getattr(view, name)


def _add(counts: Counts, dose: Indices, number: NDArray[np.int64] | int) -> None:
    """Add to the counts of one dose of each trial, in place."""
    counts.T[dose, np.arange(len(dose))] += np.asarray(number, np.int16)


def _duration(design: Design, entered: Indices) -> Array:
    """Months of trials that wait for each cohort, from the first entry until the last patient is settled."""
    timing, cohorts = design.timing, -(-entered // design.cohort)
    pause = max(timing.interval, timing.settles)
    months = (entered - cohorts) * timing.interval + (cohorts - 1) * pause + timing.settles
    return np.where(entered > 0, months, 0.0)
