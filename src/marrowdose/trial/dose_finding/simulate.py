"""Simulating dose-finding trials: cohort by cohort, all trials at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from ...errors import require
from ...job_pieces import HERE, Span, Way, gathered
from ...units import Array, Flags, Indices
from .decisions import allowed_doses, choose, decide
from .design import Design
from .pending import late_events
from .people import People, people, shows
from .seen import Counts, View, empty
from .states import Outcomes, after, joined
from .true_rates import Chances, TrueRates

Table = TypeVar("Table", Counts, Flags)
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
    untreated: Indices | None = None  # people for whom no product could be made; None: not simulated
    better: Counts | None = None  # as ``View.better``
    backfilled: Counts | None = None  # of the treated, those beside the escalation
    true_toxicity: Array | None = None  # where each trial has a truth of its own
    true_efficacy: Array | None = None
    allowed: Flags | None = None  # doses that the limits allow at the end

    def __len__(self) -> int:
        return len(self.chosen)


def simulate(design: Design, truth: TrueRates, trials: int, *, seed: int = 0, way: Way = HERE) -> Runs:
    """Trials 0 … ``trials`` − 1 of this seed, in pieces of bounded memory; the same whatever the ``way``.

    Raises ``InputError`` where truth and design do not fit.
    """
    require(1 <= trials <= 10_000_000, f"{trials}", where="trials", allowed="1 to 10000000")
    check_fit(design, truth)
    piece = partial(_piece, design, truth, seed)
    size = piece_size(design)
    return gathered(piece, Runs, trials, size=size, job=job(design, truth, seed), way=way)


def piece_size(design: Design) -> int:
    """Trials of one piece: fewer where a trial takes long, so that several workers have something to do."""
    slow = design.timed or any(part.costly for part in design.parts)
    return CHUNK // 20 if slow else CHUNK


def job(design: Design, truth: TrueRates, seed: int) -> str:
    """All that the trials depend on."""
    return f"{design!r} {truth!r} seed {seed} pieces of {piece_size(design)}"


def _piece(design: Design, truth: TrueRates, seed: int, span: Span) -> Runs:
    return run(design, truth, span.numbers, seed=seed)


def check_fit(design: Design, truth: TrueRates) -> None:
    """Raises ``InputError`` unless ``truth`` says what ``design`` looks at, for each of its doses."""
    doses, given = len(design.doses), len(truth.toxicity)
    require(given == doses, f"{given} values for {doses} doses", where="toxicity", allowed="one a dose")
    if "efficacy" in design.needs:
        require(
            truth.efficacy is not None,
            "is missing",
            where="efficacy",
            remedy="this design looks at it: give one value a dose",
        )
    if "score" in design.needs:
        require(
            truth.scored,
            "is missing",
            where="score",
            remedy="this design looks at a score: give score and score_sd, or grades and grade_scores",
        )
    if "levels" in design.needs:
        given = len((truth.levels or ((),))[0])
        require(
            given == design.levels,
            f"{given or 'no'} levels of efficacy",
            where="levels",
            allowed=(
                f"{design.levels} probabilities a dose, from none to full efficacy, as the utilities of the"
                " design have"
            ),
        )
    if "grades" in design.needs:
        worth = truth.grade_scores or ()
        require(
            bool(worth) and worth[0] == 0 and worth[-1] <= 1,
            f"{list(worth)}",
            where="grade_scores",
            allowed="from 0 to at most 1, and grades",
            remedy="this design looks at toxicity grades: divide their scores by the largest",
        )
    cells, known = truth.cells or design.cells, truth.stated or truth
    require(
        design.backfill is None or not cells.replaced,
        "who gets no product cannot be replaced among backfilled patients",
        where="failure",
        remedy="give a fallback under [cells], or leave [backfill] out",
    )
    if cells.doses_differ and cells.scale == "log":
        positive = (known.doses or design.doses)[0] > 0
        require(
            positive, "'log' has no place for dose 0", where="scale", remedy="use linear, or leave dose 0 out"
        )


def watched_levels(design: Design) -> int:
    """Levels of efficacy to count, none included: two unless the design looks at more."""
    return design.levels if "levels" in design.needs else 2


def run(design: Design, truth: TrueRates, trials: Indices, *, seed: int, first: int = 0) -> Runs:
    """The trials with these numbers, all at once; their patients are persons ``first``, ``first`` + 1 …"""
    timed, cells = design.timed, truth.cells or design.cells
    met = people(
        truth, trials, design.most, seed=seed, timed=timed, cells=cells, doses=design.doses, first=first
    )
    chances = truth.chances(trials)
    own = chances if truth.draws is not None else None
    if timed or "score" in design.needs:  # scores make almost every state different
        final, ended, duration = late_events(design, truth, chances, met, len(trials))
        state = np.arange(len(trials))
    else:
        final, ended, state = _counted(design, truth, chances, met, len(trials))
        duration = _duration(design, final)[state]
        if met.without_product is not None:
            duration = duration + design.timing.interval * _untreated(met, final.entered[state], after=1)
    return Runs(
        chosen=choose(design, final)[state],
        treated=_of_trials(final.treated, state),
        toxic=_of_trials(final.toxic, state),
        effective=None if final.effective is None else _of_trials(final.effective, state),
        better=None if final.better is None else _of_trials(final.better, state),
        ended=ended[state],
        duration=duration,
        untreated=None if met.without_product is None else _untreated(met, final.entered[state]),
        backfilled=None if final.backfilled is None else _of_trials(final.backfilled, state),
        true_toxicity=own.toxicity if own else None,
        true_efficacy=own.efficacy if own else None,
        allowed=_of_trials(allowed_doses(design, final), state),
    )


def _untreated(met: People, entered: Indices, after: int = 0) -> Indices:
    """People without a product before the last patient of each trial; those before the first ``after`` left
    out.
    """
    assert met.without_product is not None
    there = np.arange(len(met.without_product))[:, None]
    counted = (there >= after) & (there < entered)
    found: Indices = np.where(counted, met.without_product, 0).sum(axis=0)
    return found


def _of_trials(values: Table, state: Indices) -> Table:
    found: Table = values.T[..., state].T
    return found


def _counted(
    design: Design, truth: TrueRates, chances: Chances, met: People, trials: int
) -> tuple[View, Indices, Indices]:
    """Every cohort is settled before the next. Final states, why they ended, and the state of each trial."""
    efficacy, levels = chances.efficacy is not None, watched_levels(design)
    view = empty(design.doses, 1, efficacy=efficacy, levels=levels)
    state = np.zeros(trials, np.int64)  # of each trial that goes on, in ``view``
    live, last, entered = np.arange(trials), np.zeros(trials, np.int64), 0
    dose = np.zeros(trials, np.int64)
    finished: list[View] = []
    why: list[Indices] = []
    while len(live):
        decision = decide(design, view)
        over = decision.stopped
        if over.any():
            number = np.cumsum(over) - 1 + sum(map(len, finished))
            ends = over[state]
            last[live[ends]] = number[state[ends]]
            live, state = live[~ends], state[~ends]
            finished.append(view.take(over))
            why.append(decision.ended[over])
            if not len(live):
                break
        outcomes = Outcomes(
            size=min(design.cohort, design.patients - entered), efficacy=efficacy, levels=levels
        )
        rows = slice(entered, entered + outcomes.size)
        dose[live] = decision.next[state]  # those that ended keep a dose, and nobody looks
        code = _codes(outcomes, truth, chances, met, rows, dose)[live]
        view, state = _children(view, decision.next, outcomes, state, code)
        entered += outcomes.size
    return joined(finished), np.concatenate(why), last


def _codes(
    outcomes: Outcomes, truth: TrueRates, true: Chances, met: People, rows: slice, dose: Indices
) -> Indices:
    """What the next patients of each trial show at its dose."""
    toxic = shows(truth, true, met, "toxicity", rows, dose)
    if met.efficacy is None or true.efficacy is None:
        return outcomes.code(_count(toxic))
    effective = shows(truth, true, met, "efficacy", rows, dose)
    reached = [effective]
    for level in range(2, outcomes.levels):
        reached.append(shows(truth, true, met, "efficacy", rows, dose, level))
    return outcomes.code(_count(toxic), *(_count(x) for flags in reached for x in (flags, toxic & flags)))


def _count(flags: Flags) -> Indices:
    """Patients flagged, of each trial; a cohort has at most 100."""
    found: Indices = flags.view(np.int8).sum(axis=0, dtype=np.int8).astype(np.int64)
    return found


def _children(
    view: View, dose: Indices, outcomes: Outcomes, state: Indices, code: Indices
) -> tuple[View, Indices]:
    """The states after the cohort that some trial is in, each once, and which of them each trial is in."""
    key = state * outcomes.count + code
    if len(view) * outcomes.count > 50_000_000:
        kept, place = np.unique(key, return_inverse=True)
        parent, shown = np.divmod(kept, outcomes.count)
        grown, merged = after(view, parent, dose[parent], outcomes, shown).distinct()
        return grown, merged[place]
    met = np.zeros(len(view) * outcomes.count, bool)
    met[key] = True
    parent, shown = np.divmod(np.flatnonzero(met), outcomes.count)
    grown, merged = after(view, parent, dose[parent], outcomes, shown).distinct()
    return grown, merged[(np.cumsum(met) - 1)[key]]


def _duration(design: Design, final: View) -> Array:
    """Months of trials that wait for each cohort, from the first entry until the last patient is settled."""
    timing, entered = design.timing, final.entered
    cohorts = -(-entered // design.cohort)
    pause = max(timing.interval, timing.settles)
    months = (entered - cohorts) * timing.interval + (cohorts - 1) * pause + timing.settles
    if timing.stagger > timing.interval:
        first = np.minimum(final.treated, design.cohort).clip(1) - 1  # gaps in the first cohort of each dose
        months = months + (timing.stagger - timing.interval) * first.sum(axis=1)
    return np.where(entered > 0, months, 0.0)
