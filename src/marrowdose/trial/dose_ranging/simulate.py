"""Dose-ranging trials from the first patient to the answer: stages, looks, allocation, calendar.

All trials of a chunk go through a look together; there is no loop over trials or patients. Chunks are cut by
memory only: a trial's result is a function of its number, the design, the truth and the seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ...errors import require
from ...job_pieces import joined, reordered
from ...statistics.allocation import interleaved
from ...units import Array, Flags, Indices
from ..truths.truth import Truth
from .design import Ranging
from .drawn import CHUNK, Drawn, drawn
from .looks import Adapting, Beside, Numbers, Seen, Verdict, shared
from .persons import analysed, follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """T finished trials with K arms. See ``Verdict`` for the answer; ``treated`` and ``harmed`` (T, K) count
    patients, ``lost`` (T,) those without the last score, ``months`` (T,) the duration, ``look`` (T,) where it
    ended, ``truth`` (T, K − 1) the true benefit of each dose at the last visit, ``target`` (T, K − 1) what
    its estimate aims at: the true value of the estimand (see ``true_estimand``). With a comparator,
    ``treated`` and ``harmed`` have its arm last, ``versus`` (T, K, 4) holds the arms of the dose axis less it
    (estimate, 95 % interval, truth) and ``shown`` (T, K − 1) which doses pass its test; None without."""

    trials: Indices
    named: Numbers
    sure: Flags
    positive: Flags
    benefit: Array
    lower: Array
    upper: Array
    treated: Array
    harmed: Array
    lost: Array
    months: Array
    look: Numbers
    truth: Array
    target: Array
    versus: Array | None = None
    shown: Flags | None = None

    def __len__(self) -> int:
        return len(self.trials)


def simulate(
    design: Ranging,
    truth: Truth,
    trials: int,
    *,
    seed: int = 0,
    first: int = 0,
    chunk: int = CHUNK,
    tick: Callable[[int], None] | None = None,
) -> Results:
    """Trials ``first`` to ``first + trials − 1`` of the design; ``tick(n)`` is told of every n finished."""
    require(trials >= 1, f"{trials} trials", allowed="1 or more")
    return simulate_numbers(
        design, truth, np.arange(first, first + trials), seed=seed, chunk=chunk, tick=tick
    )


def simulate_numbers(
    design: Ranging,
    truth: Truth,
    numbers: Indices,
    *,
    seed: int,
    chunk: int = CHUNK,
    tick: Callable[[int], None] | None = None,
    beside: Beside | None = None,
) -> Results:
    """The trials with these numbers; patients ``beside`` those of each enter its last analysis."""
    size, parts = max(1, chunk // design.patients), []
    truth = truth if design.background is None else design.background.beneath(truth)
    for start in range(0, len(numbers), size):
        some = numbers[start : start + size]
        more = None if beside is None else beside.of(np.arange(start, start + len(some)))
        parts.append(_all_looks(drawn(design, truth, some, seed, more)))
        if tick is not None:
            tick(len(some))
    return joined(Results, parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Going:
    """The A trials that go on at a look, by their ``place`` among the T, with their n patients so far.

    ``values`` (A, n, V) as the estimand analyses them; ``arm``, ``harmed`` and ``complete`` (seen at the last
    visit) (A, n); ``kept`` and ``share`` (A, K) as in ``Verdict``.
    """

    place: Numbers
    look: int
    values: Array
    arm: Numbers
    harmed: Flags
    complete: Flags
    kept: Flags
    share: Array

    @property
    def patients(self) -> int:
        """Enrolled so far."""
        return int(self.arm.shape[1])


def _all_looks(start: Drawn) -> Results:
    """From the first patient to the last look of every trial."""
    design, chance = start.design, start.design.randomisation
    renewals = () if chance is None else chance.renewals(design.patients)
    going, ended, places = _before_the_first(start), [], []
    for patients in sorted({*design.stages, *renewals}):
        going = _enrolled(start, going, patients)
        seen = _seen(start, going)
        if patients not in design.stages:
            going = _renewed(start, going, seen)
            continue
        found = design.analysis.verdict(seen, going.share)
        over = found.stop | seen.last
        ended.append(_settled(start, going, seen, found, over))
        places.append(going.place[over])
        going = _after_the_look(start, going, found, ~over)
        if not len(going.place):
            break
    return reordered(joined(Results, ended), np.argsort(np.concatenate(places)))


def _before_the_first(start: Drawn) -> _Going:
    design, t = start.design, len(start.trials)
    planned = np.broadcast_to(_planned(design), (t, len(design.doses)))
    nobody = np.zeros((t, 0), bool)
    return _Going(
        place=np.arange(t),
        look=0,
        values=np.zeros((t, 0, 1 if design.estimand == "composite" else len(design.visits))),
        arm=np.zeros((t, 0), np.int64),
        harmed=nobody,
        complete=nobody,
        kept=np.ones(planned.shape, bool),
        share=planned,
    )


def _planned(design: Ranging) -> Array:
    """Shares (K,) of the arms of the dose axis."""
    return np.array(design.allocation, float) / sum(design.allocation)


def _enrolled(start: Drawn, going: _Going, patients: int) -> _Going:
    """Up to so many patients: each gets an arm and is followed to the last visit."""
    design, before, block = start.design, going.patients, np.arange(going.patients, patients)
    shares = _with_comparator(design, shared(going.kept, going.share))
    if design.randomisation is None:
        arm = interleaved(shares, len(block))
    else:
        trials = start.trials[going.place]
        arm = design.randomisation.arms(shares, trials, before, len(block), start.seed)
    people = start.people.some(going.place, block)
    compared = arm == len(design.doses)
    if start.gain is not None:
        gain = compared[:, :, None] * start.gain[going.place][:, None, :]
        people = replace(people, without=people.without + gain)
    course = follow(start.truth, design.reality, people, start.doses[arm], design.visits)
    harmed = course.harmed
    if design.comparator is not None and design.comparator.harm is not None:
        harmed = np.where(compared, people.harm < design.comparator.harm, harmed)
    values = analysed(course, design.estimand, design.reality)
    return replace(
        going,
        values=np.concatenate([going.values, values], axis=1),
        arm=np.concatenate([going.arm, arm], axis=1),
        harmed=np.concatenate([going.harmed, harmed], axis=1),
        complete=np.concatenate([going.complete, course.seen[..., -1]], axis=1),
    )


def _now(start: Drawn, going: _Going) -> Array:
    """Months (A,): when the last patient so far has entered, or at the end has been followed."""
    design, n = start.design, going.patients
    followed = design.visits[-1] if n == design.patients else 0.0
    return np.asarray(start.people.enrolled[going.place, n - 1] + followed)


def _seen(start: Drawn, going: _Going) -> Seen:
    """What the analysis sees now."""
    design, n = start.design, going.patients
    last = n == design.patients
    months = np.array(design.visits[-1:] if design.estimand == "composite" else design.visits)
    entered = start.people.enrolled[going.place, :n, None]
    reached = entered + months <= _now(start, going)[:, None, None]
    return Seen(
        doses=design.doses,
        values=np.where(reached | last, going.values, np.nan),
        arm=going.arm,
        baseline=start.people.baseline[going.place, :n],
        stage=np.searchsorted(np.array(design.stages), np.arange(n), side="right"),
        kept=going.kept,
        look=going.look,
        last=last,
        off_axis=len(start.doses) - len(design.doses),
        beside=start.beside.of(going.place) if last and start.beside is not None else None,
    )


def _renewed(start: Drawn, going: _Going, seen: Seen) -> _Going:
    """The shares of the next patients from what is seen, where the analysis adapts them."""
    analysis = start.design.analysis
    if not isinstance(analysis, Adapting):
        return going
    share = analysis.next_share(seen, going.share)
    return replace(going, share=_within_limits(start.design, share, going.kept, going.patients))


def _within_limits(design: Ranging, share: Array, kept: Flags, patients: int) -> Array:
    if design.randomisation is None or not isinstance(design.analysis, Adapting):
        return share
    return design.randomisation.within(share, kept, _planned(design), patients)


def _after_the_look(start: Drawn, going: _Going, found: Verdict, on: Flags) -> _Going:
    """The trials that go ``on`` (A,), with the arms and shares that the look left them."""
    share = _within_limits(start.design, found.share, found.kept, going.patients)
    return _Going(
        place=going.place[on],
        look=going.look + 1,
        values=going.values[on],
        arm=going.arm[on],
        harmed=going.harmed[on],
        complete=going.complete[on],
        kept=found.kept[on],
        share=share[on],
    )


def _settled(start: Drawn, going: _Going, seen: Seen, found: Verdict, over: Flags) -> Results:
    """The trials that are ``over`` (A,)."""
    place, comparator = going.place[over], start.design.comparator
    member = going.arm[over][:, :, None] == np.arange(len(start.doses))
    harmed = member & going.harmed[over][:, :, None]
    versus, shown = None, None
    if comparator is not None and start.gain is not None:
        told, passed = comparator.against(seen)
        true = start.benefits[place] - start.gain[place, -1:]
        versus, shown = np.concatenate([told[over], true[:, :, None]], axis=2), passed[over]
    return Results(
        trials=start.trials[place],
        named=found.named[over],
        sure=found.sure[over],
        positive=found.positive[over],
        benefit=found.benefit[over],
        lower=found.lower[over],
        upper=found.upper[over],
        treated=member.sum(axis=1).astype(float),
        harmed=harmed.sum(axis=1).astype(float),
        lost=(~going.complete[over]).sum(axis=1).astype(float),
        months=_now(start, going)[over],
        look=np.full(len(place), going.look),
        truth=start.benefits[place, 1:],
        target=start.target[place],
        versus=versus,
        shown=shown,
    )


def _with_comparator(design: Ranging, share: Array) -> Array:
    """Shares (T, K + 1) with that of the comparator, which keeps its own; ``share`` (T, K) where there is
    none.
    """
    if design.comparator is None:
        return share
    own = design.comparator.allocation / sum(design.parts)
    return np.column_stack([share * (1 - own), np.full(len(share), own)])
