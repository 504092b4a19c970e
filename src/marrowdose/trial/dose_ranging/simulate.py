"""Dose-ranging trials from the first patient to the answer: stages, looks, allocation, calendar.

All trials of a chunk go through a look together; there is no loop over trials or patients. Chunks are cut by
memory only: a trial's result is a function of its number, the design, the truth and the seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from typing import Annotated, Any

import numpy as np

from ...errors import require
from ...job_pieces import joined
from ...statistics.allocation import interleaved
from ...units import Array, MillionCells, Months, Probability
from ..truths.truth import Indices, Truth
from .comparator import Background, Comparator
from .looks import Adapting, Analysis, Beside, Flags, Numbers, Seen, Verdict, shared
from .persons import ESTIMANDS, Estimand, Persons, Reality, analysed, draw_persons, follow
from .randomisation import Randomisation
from .true_estimand import true_estimand

CHUNK = 100_000  # patients at a time: a few tens of megabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranging:
    """A parallel-group trial. ``doses`` begin with 0 (placebo); ``allocation`` are the arms' shares of
    patients.

    ``visits`` are the months of the scores, the last of which decides; ``looks`` the shares of ``patients``
    enrolled at each interim look. ``comparator`` is one arm more, whose parts count beside those of
    ``allocation``; ``background`` is given to everybody. Without ``randomisation`` every arm has its exact
    quota between looks. Raises ``InputError``.
    """

    name: str
    doses: tuple[MillionCells, ...]
    visits: tuple[Months, ...]
    patients: int
    allocation: tuple[Annotated[float, "parts"], ...]
    analysis: Analysis
    looks: tuple[Probability, ...] = ()
    estimand: Estimand = "hypothetical"
    reality: Reality = field(default_factory=Reality)
    comparator: Comparator | None = None
    background: Background | None = None
    randomisation: Randomisation | None = None

    def __post_init__(self) -> None:
        d, v, n = self.doses, self.visits, self.patients
        require(
            len(d) >= 2 and d[0] == 0 and all(a < b for a, b in pairwise(d)) and d[-1] <= 1000,
            f"{list(d)}",
            where="doses",
            allowed="0 first (placebo), then rising, up to 1000 million",
        )
        require(
            len(v) >= 1 and v[0] > 0 and all(a < b for a, b in pairwise(v)) and v[-1] <= 120,
            f"{list(v)}",
            where="visits",
            allowed="rising months above 0, up to 120",
        )
        require(
            isinstance(n, int) and 4 * len(d) <= n <= 20_000,
            f"{n!r}",
            where="patients",
            allowed=f"{4 * len(d)} to 20000: four an arm or more",
        )
        require(
            len(self.allocation) == len(d) and min(self.allocation) > 0,
            f"{list(self.allocation)}",
            where="allocation",
            allowed="one number above 0 for each dose",
        )
        parts = self.parts
        least = min(parts) / sum(parts) * n
        require(
            least >= 4, f"{least:.1f} patients in the smallest arm", where="allocation", allowed="4 or more"
        )
        require(
            all(a < b for a, b in zip((0.0, *self.looks), (*self.looks, 1.0), strict=True)),
            f"{list(self.looks)}",
            where="looks",
            allowed="rising shares of the patients, above 0 and below 1",
        )
        require(
            self.estimand in ESTIMANDS, f"{self.estimand!r}", where="estimand", allowed=", ".join(ESTIMANDS)
        )

    @property
    def parts(self) -> tuple[float, ...]:
        """Parts of the patients of all arms, the comparator last."""
        return self.allocation if self.comparator is None else (*self.allocation, self.comparator.allocation)

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules in words."""
        more = (self.randomisation, self.comparator, self.background)
        return (
            *self.analysis.sentences(),
            *(said for part in more if part is not None for said in part.sentences()),
        )

    @property
    def stages(self) -> tuple[int, ...]:
        """Patients enrolled at each look, the last being all of them."""
        return (*(max(1, round(share * self.patients)) for share in self.looks), self.patients)


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
        parts.append(_chunk(design, truth, some, seed, more))
        if tick is not None:
            tick(len(some))
    return joined(Results, parts)


def _chunk(
    design: Ranging, truth: Truth, trials: Indices, seed: int, beside: Beside | None = None
) -> Results:
    t, n, k = len(trials), design.patients, len(design.doses)
    months, comparator, chance = np.array(design.visits), design.comparator, design.randomisation
    doses = np.array([*design.doses, *([0.0] if comparator else [])])
    everybody = _everybody(design, truth, trials, seed)
    people = _part(everybody, np.arange(t), np.arange(n)) if design.estimand == "composite" else everybody
    gain = truth.active(trials, comparator.treatment, months) if comparator is not None else None
    planned = np.array(design.allocation, float) / sum(design.allocation)
    values = np.full((t, n, 1 if design.estimand == "composite" else len(months)), np.nan)
    when = months[-1:] if design.estimand == "composite" else months
    arm, harmed, complete = np.full((t, n), -1), np.zeros((t, n), bool), np.zeros((t, n), bool)
    share, kept = np.broadcast_to(planned, (t, k)).copy(), np.ones((t, k), bool)
    ended, duration = np.zeros(t, np.int64), np.zeros(t)
    answer = _blank(t, k, comparator is not None)
    stage = np.searchsorted(np.array(design.stages), np.arange(n), side="right")
    active, before, look = np.arange(t), 0, 0
    for enrolled in sorted({*design.stages, *(chance.renewals(n) if chance is not None else ())}):
        block = np.arange(before, enrolled)
        shares = _with_comparator(design, shared(kept[active], share[active]))
        if chance is None:
            new = interleaved(shares, len(block))
        else:
            new = chance.arms(shares, trials[active], before, len(block), seed)
        part = _part(people, active, block)
        mine = (new == k)[:, :, None]
        if comparator is not None and gain is not None:
            part = replace(part, without=part.without + mine * gain[active][:, None, :])
        course = follow(truth, design.reality, part, doses[new], design.visits)
        rows = np.ix_(active, block)
        arm[rows], complete[rows] = new, course.seen[..., -1]
        stated = comparator.harm if comparator is not None else None
        harmed[rows] = (
            course.harmed if stated is None else np.where(new == k, part.harm < stated, course.harmed)
        )
        values[rows] = analysed(course, design.estimand, design.reality)
        last = enrolled == n
        arrived = people.enrolled[active, enrolled - 1]
        now = arrived + (months[-1] if last else 0.0)
        reached = people.enrolled[active, :enrolled, None] + when <= now[:, None, None]
        seen = Seen(
            doses=design.doses,
            values=np.where(reached | last, values[active, :enrolled], np.nan),
            arm=arm[active, :enrolled],
            baseline=people.baseline[active, :enrolled],
            stage=stage[:enrolled],
            kept=kept[active],
            look=look,
            last=last,
            off_axis=len(doses) - k,
            beside=beside.of(active) if last and beside is not None else None,
        )
        before = enrolled
        if enrolled not in design.stages:
            if chance is not None and isinstance(design.analysis, Adapting):
                share[active] = chance.within(
                    design.analysis.next_share(seen, share[active]), kept[active], planned, enrolled
                )
            continue
        found = design.analysis.verdict(seen, share[active])
        over = found.stop | last
        _note(answer, active, found, over)
        if comparator is not None:
            told, shown = comparator.against(seen)
            answer["versus"][active[over], :, :3], answer["shown"][active[over]] = told[over], shown[over]
        ended[active[over]], duration[active[over]] = look, now[over]
        kept[active], share[active] = found.kept, found.share
        if chance is not None and isinstance(design.analysis, Adapting):
            share[active] = chance.within(found.share, found.kept, planned, enrolled)
        active, look = active[~over], look + 1
        if not len(active):
            break
    member = arm[:, :, None] == np.arange(len(doses))
    benefits = truth.benefits(trials, design.doses, design.visits[-1])
    if comparator is not None and gain is not None:
        answer["versus"][:, :, 3] = benefits - gain[:, -1:]
    return Results(
        trials=trials,
        **answer,
        treated=member.sum(axis=1).astype(float),
        harmed=(member & harmed[:, :, None]).sum(axis=1).astype(float),
        lost=((arm >= 0) & ~complete).sum(axis=1).astype(float),
        months=duration,
        look=ended,
        truth=benefits[:, 1:],
        target=true_estimand(
            truth, design.reality, everybody, design.doses, design.visits, design.estimand, n
        ),
    )


def _everybody(design: Ranging, truth: Truth, trials: Indices, seed: int) -> Persons:
    """The patients of each trial with the background they get, and under ``composite`` as many others for its
    true value.
    """
    n = design.patients * (2 if design.estimand == "composite" else 1)
    found = draw_persons(truth, design.reality, trials, n, design.visits, seed)
    if design.background is None:
        return found
    gain = truth.active(trials, design.background.treatment, np.array(design.visits))
    return replace(found, without=found.without + gain[:, None, :])


def targets(design: Ranging, truth: Truth, trials: Indices, seed: int, *, chunk: int = CHUNK) -> Array:
    """``Results.target`` (T, K − 1) of the trials with these numbers, without running them."""
    size, d = max(1, chunk // design.patients), design
    found = [
        true_estimand(
            truth,
            d.reality,
            _everybody(d, truth, trials[a : a + size], seed),
            d.doses,
            d.visits,
            d.estimand,
            d.patients,
        )
        for a in range(0, len(trials), size)
    ]
    return np.concatenate(found)


def _with_comparator(design: Ranging, share: Array) -> Array:
    """Shares (T, K + 1) with that of the comparator, which keeps its own; ``share`` (T, K) where there is
    none.
    """
    if design.comparator is None:
        return share
    own = design.comparator.allocation / sum(design.parts)
    return np.column_stack([share * (1 - own), np.full(len(share), own)])


def _blank(t: int, k: int, versus: bool) -> dict[str, Any]:
    flags: dict[str, Any] = {
        "named": np.zeros(t, np.int64),
        "sure": np.zeros(t, bool),
        "positive": np.zeros(t, bool),
    }
    if versus:
        flags |= {"versus": np.full((t, k, 4), np.nan), "shown": np.zeros((t, k - 1), bool)}
    return flags | {name: np.zeros((t, k - 1)) for name in ("benefit", "lower", "upper")}


def _note(answer: dict[str, Any], active: Numbers, found: Verdict, over: Flags) -> None:
    for name, column in answer.items():
        if hasattr(found, name):
            column[active[over]] = getattr(found, name)[over]


def _part(people: Persons, rows: Numbers, block: Numbers) -> Persons:
    """Some patients of some trials."""
    at = np.ix_(rows, block)
    picked = {f.name: getattr(people, f.name) for f in fields(Persons)}
    cut = {name: value[at] for name, value in picked.items() if name not in ("trials", "uniforms")}
    return Persons(trials=people.trials[rows], uniforms={k: u[at] for k, u in people.uniforms.items()}, **cut)
