"""What trials are worth by their size: designs of every kind under the same truths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ...errors import InputError, require, require_seed
from ...files.toml import Document
from ...job_pieces import Way
from ...units import MillionCells
from ..by_dose import drawn_truth, efficacy_month
from ..comparable import Question, require_names, require_one_question
from ..dose_finding.file import read_finding
from ..dose_finding.simulate import job as finding_job
from ..dose_finding.simulate import simulate
from ..job import Job, run_job
from ..kinds import is_longitudinal
from ..truths.harm import Harm
from ..truths.named import is_fitted, is_uncertain, truth_of
from ..worth import Answered, Believed, Rank, Worth, compared, of_dose_finding, of_ranging, worth
from .asked import AskedWorth
from .work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Worths:
    """The worth of every design by its size, and the ranking of the designs at their best sizes.

    ``harm``: what was counted, None where the truth states its own. ``left_out`` says which usual sizes a
    design does not allow, and why; ``without_control`` names the designs that have no placebo group.
    """

    curves: tuple[tuple[str, tuple[tuple[int, Worth], ...]], ...]
    ranks: tuple[Rank, ...]
    believed: Believed
    harm: Harm | None
    trials: int
    seed: int
    left_out: tuple[str, ...]
    without_control: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sized:
    """A design of any kind, simulated at several sizes.

    ``key(patients)`` says all that the trials of a size depend on and refuses one that the design does not
    allow.
    """

    question: Question
    doses: tuple[MillionCells, ...]
    patients: int
    key: Callable[[int], str]
    answered: Callable[[int, Way], Answered]


def value_of(asked: AskedWorth, work: Work) -> Worths:
    """Simulates every size of every design, and values what is learnt. Raises ``InputError``."""
    _require_usable(asked)
    designs = [_longitudinal(asked, d) if is_longitudinal(d) else _finding(asked, d) for d in asked.designs]
    questions = [d.question for d in designs]
    require_names([q.design for q in questions], "worth")
    require_one_question(questions)
    controlled = [q for q in questions if q.controlled]
    require(
        asked.harm is None or asked.stakes.harm_price > 0 or len(controlled) < len(questions),
        "has no effect here",
        where="harm",
        remedy="state the price of a patient harmed",
    )
    believed = _believed(asked, designs)
    sized = [_sizes(asked.sizes, design) for design in designs]
    jobs = {
        f"{design.question.design}, {n} patients": design.key(n)
        for design, (sizes, _) in zip(designs, sized, strict=True)
        for n in sizes
    }
    way, curves = work.way(jobs), []
    for design, (sizes, _) in zip(designs, sized, strict=True):
        found = tuple((n, worth(design.answered(n, way), believed)) for n in sizes)
        curves.append((design.question.design, found))
    return Worths(
        curves=tuple(curves),
        ranks=tuple(compared(curves)),
        believed=believed,
        harm=_harm(asked) if is_fitted(asked.truth.name) else None,
        trials=asked.trials,
        seed=asked.seed,
        left_out=tuple(why for _, refused in sized for why in refused),
        without_control=tuple(q.design for q in questions if not q.controlled),
    )


def _require_usable(asked: AskedWorth) -> None:
    require_seed(asked.seed)
    require(
        is_uncertain(asked.truth.name),
        f"{asked.truth.name!r} leaves nothing to learn",
        where="truth",
        allowed="posterior, curve:NAME, knee",
    )
    require(
        asked.harm is None or is_fitted(asked.truth.name),
        "has no effect here",
        where="harm",
        remedy="the knee model states its harm itself: leave it out",
    )


def _harm(asked: AskedWorth) -> Harm:
    return asked.harm or "serious"


def _believed(asked: AskedWorth, designs: Sequence[_Sized]) -> Believed:
    """What is at stake at every dose of all designs."""
    questions = [d.question for d in designs]
    months = [q.month for q in questions if q.controlled] or [max(q.month for q in questions)]
    known = truth_of(asked.truth, domain=questions[0].domain, seed=asked.seed, harm=_harm(asked))
    beneath = questions[0].background
    return Believed(
        truth=known if beneath is None else beneath.beneath(known),
        doses=tuple(sorted({dose for d in designs for dose in d.doses if dose})),
        month=months[0],
        stakes=asked.stakes,
    )


def _longitudinal(asked: AskedWorth, document: Document) -> _Sized:
    job = Job(document=document, truth=asked.truth, seed=asked.seed)
    planned = job.planned
    design = planned.design

    def key(patients: int) -> str:
        sized = replace(job, patients=patients)
        sized.planned  # noqa: B018 — refuses a size that the design does not allow
        return str(sized)

    def answered(patients: int, way: Way) -> Answered:
        return of_ranging(design.doses, run_job(replace(job, patients=patients), asked.trials, way=way))

    question = Question(
        design=design.name,
        domain=planned.domain,
        month=design.visits[-1],
        background=design.background,
        controlled=True,
    )
    return _Sized(question=question, doses=design.doses, patients=design.patients, key=key, answered=answered)


def _finding(asked: AskedWorth, document: Document) -> _Sized:
    design = read_finding(document).design
    first, *further = asked.responder
    drawn = drawn_truth(
        asked.truth, design, responder=first, further=tuple(further), seed=asked.seed, harm=asked.harm
    )

    def key(patients: int) -> str:
        return finding_job(replace(design, patients=patients), drawn, asked.seed)

    def answered(patients: int, way: Way) -> Answered:
        own = replace(design, patients=patients)
        return of_dose_finding(own.doses, simulate(own, drawn, asked.trials, seed=asked.seed, way=way))

    question = Question(
        design=design.name,
        domain="pain",
        month=efficacy_month(design),
        background=None,
        controlled=False,
    )
    return _Sized(question=question, doses=design.doses, patients=design.patients, key=key, answered=answered)


def _sizes(given: tuple[int, ...] | None, design: _Sized) -> tuple[list[int], list[str]]:
    """Numbers of patients; of the usual ones those that the rules of the design allow, and why others are
    left out.
    """
    if given is not None:
        return sorted(set(given)), []
    kept, refused = [design.patients], []
    for size in (design.patients // 2, 2 * design.patients):
        try:
            design.key(size)
            kept.append(size)
        except InputError as problem:
            refused.append(f"{design.question.design} with {size} patients is left out: {problem}")
    return sorted(kept), refused
