"""``marrowdose trial worth``: parse, call, print."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...domain import Domain
from ...errors import InputError, require, require_between, require_seed
from ...units import MillionCells, Months
from ..arguments import numbers
from ..simulation import Engine, add_options, engine, out, write_file
from .ranging import is_ranging, require_names, simulated

if TYPE_CHECKING:
    from ...trial.dose_ranging.comparator import Background
    from ...trial.truths.harm import Harm
    from ...trial.truths.named import Named
    from ...trial.worth import Answered

_LONG = 5  # pieces from which a bar is shown


def add_parser(parts: Any) -> None:
    """Add ``worth`` to the parts of ``trial``."""
    worth = parts.add_parser("worth", help="what trials are worth, by their size")
    worth.add_argument(
        "designs", nargs="+", metavar="DESIGN.toml", help="files of one or more designs of any kind"
    )
    worth.add_argument(
        "--population", type=int, default=10_000, help="patients treated as the trial advises (default 10000)"
    )
    worth.add_argument(
        "--per-patient",
        type=float,
        default=20.0,
        help="price of a trial patient, in points of benefit to one patient (default 20)",
    )
    worth.add_argument("--fixed", type=float, default=0.0, help="price of the trial, in the same points")
    worth.add_argument(
        "--harm-price",
        type=float,
        default=0.0,
        help="price of one patient harmed, in the same points (default 0: harm is not counted)",
    )
    worth.add_argument(
        "--harm",
        choices=("serious", "local"),
        help=(
            "what counts as harm and as toxicity under a truth of the published trials (default: serious, and"
            " what a design says)"
        ),
    )
    worth.add_argument(
        "--sizes",
        metavar="N,N,…",
        help="numbers of patients (default: a half, one and two times each design's)",
    )
    worth.add_argument(
        "--truth",
        metavar="NAME",
        default="posterior",
        help="posterior (default), curve:NAME or knee: a draw for each trial",
    )
    worth.add_argument(
        "--responder",
        default="20",
        metavar="POINTS[,POINTS…]",
        help=(
            "improvement of pain that dose-finding designs count as efficacy (default 20); several for levels"
            " of efficacy, partial first"
        ),
    )
    worth.add_argument(
        "--margin",
        type=float,
        default=0.0,
        help="points that do not matter when a dose is picked (default 0)",
    )
    worth.add_argument(
        "--trials", type=int, default=4_000, help="simulated trials of each size (default 4000)"
    )
    add_options(worth)
    worth.add_argument("--json", action="store_true", help="print JSON")
    worth.add_argument("--html", metavar="FILE", help="write the net-benefit curves as one HTML page")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A design of any kind: what it asks, and how its trials of a given size are told apart and simulated."""

    name: str
    doses: tuple[MillionCells, ...]
    patients: int
    month: Months
    domain: Domain
    margin: float | None  # None: the design states none in points
    background: Background | None  # given to everybody
    key: Callable[[int], str]
    answered: Callable[[Engine, int], Answered]


def run(args: argparse.Namespace) -> int:
    """Value of the information on the dose by sample size, and which design is worth most for a trial
    patient.
    """
    from ...report.trial.worth import html, record, text
    from ...trial.truths.named import is_fitted, is_uncertain, named, truth_of
    from ...trial.worth import Believed, Stakes, compared, worth

    require_seed(args.seed)
    require(
        is_uncertain(args.truth),
        f"{args.truth!r} leaves nothing to learn",
        where="--truth",
        allowed="posterior, curve:NAME, knee",
    )
    require(
        args.harm is None or is_fitted(args.truth),
        "has no effect here",
        where="--harm",
        remedy="the knee model states its harm itself: leave it out",
    )
    truth = named(args.truth)
    asked = [(_ranging if is_ranging(path) else _dose_finding)(args, path, truth) for path in args.designs]
    require_names([a.name for a in asked], "worth")
    _require_one_question(asked)
    long = [a for a in asked if a.margin is not None]
    require(
        args.harm is None or args.harm_price > 0 or len(long) < len(asked),
        "has no effect here",
        where="--harm",
        remedy="state --harm-price",
    )
    require_between(args.margin, 0, 50, where="--margin", unit="points")
    harm: Harm = args.harm or "serious"
    known = truth_of(truth, domain=asked[0].domain, seed=args.seed, harm=harm)
    beneath = asked[0].background
    believed = Believed(
        truth=known if beneath is None else beneath.beneath(known),
        doses=tuple(sorted({d for a in asked for d in a.doses if d})),
        month=long[0].month if long else max(a.month for a in asked),
        stakes=Stakes(
            population=args.population,
            margin=args.margin,
            per_patient=args.per_patient,
            fixed=args.fixed,
            harm=args.harm_price,
        ),
    )
    sized, left_out = [], []
    for a in asked:
        sizes, refused = _sizes(args.sizes, a)
        sized.append((a, sizes))
        left_out += refused
    curves = []
    with engine(
        args, {f"{a.name}, {n} patients": a.key(n) for a, sizes in sized for n in sizes}, args.truth
    ) as how:
        for a, sizes in sized:
            curves.append((a.name, [(n, worth(a.answered(how, n), believed)) for n in sizes]))
    told = record(
        curves,
        compared(curves),
        believed,
        harm if is_fitted(args.truth) else "as the truth states it",
        args.trials,
        args.seed,
    )
    told |= {"left_out": left_out, "without_control": [a.name for a in asked if a.margin is None]}
    if args.html is not None:
        write_file(args.html, html(told))
    return out(args, told, text(told))


def _ranging(args: argparse.Namespace, path: str, truth: Named) -> _Asked:
    from ...files.toml import read_document
    from ...trial.job import Job
    from ...trial.worth import of_ranging

    job = Job(document=read_document(path), truth=truth, seed=args.seed)
    planned = job.planned
    design = planned.design

    def key(patients: int) -> str:
        sized = replace(job, patients=patients)
        sized.planned  # noqa: B018 — refuses a size that the design does not allow
        return str(sized)

    return _Asked(
        name=design.name,
        doses=design.doses,
        patients=design.patients,
        month=design.visits[-1],
        domain=planned.domain,
        margin=planned.margin,
        background=design.background,
        key=key,
        answered=lambda how, n: of_ranging(design.doses, simulated(args, how, replace(job, patients=n))),
    )


def _dose_finding(args: argparse.Namespace, path: str, truth: Named) -> _Asked:
    from ...trial.by_dose import drawn_truth, efficacy_month
    from ...trial.dose_finding.file import read_design
    from ...trial.dose_finding.simulate import job, piece_size, simulate
    from ...trial.worth import of_dose_finding

    design, _ = read_design(path)
    first, *further = numbers(args.responder, "--responder")
    drawn = drawn_truth(
        truth, design, responder=first, further=tuple(further), seed=args.seed, harm=args.harm
    )

    def answered(how: Engine, patients: int) -> Answered:
        own = replace(design, patients=patients)
        with how.way(_LONG * piece_size(own)) as way:
            return of_dose_finding(own.doses, simulate(own, drawn, args.trials, seed=args.seed, way=way))

    return _Asked(
        name=design.name,
        doses=design.doses,
        patients=design.patients,
        month=efficacy_month(design),
        domain="pain",
        margin=None,
        background=None,
        key=lambda n: job(replace(design, patients=n), drawn, args.seed),
        answered=answered,
    )


def _require_one_question(asked: list[_Asked]) -> None:
    """Designs are worth comparing where they ask for the same benefit; dose-finding designs ask for pain at
    any month.
    """
    long = [a for a in asked if a.margin is not None]
    for a in asked:
        first = long[0] if long else asked[0]
        same = a.domain == first.domain and (a.month == first.month or a.margin is None)
        require(
            same,
            f"{first.name} asks for {first.domain} at month {first.month:g}, {a.name} for {a.domain} at month"
            f" {a.month:g}",
            where="worth",
            remedy="compare designs of one domain and last visit",
        )
        require(
            a.background == first.background,
            f"{first.name} and {a.name} have different [background]",
            where="worth",
            remedy="compare designs of one background",
        )


def _sizes(text: str | None, asked: _Asked) -> tuple[list[int], list[str]]:
    """Numbers of patients; of the usual ones those that the rules of the design allow, and why others are
    left out.
    """
    if text is not None:
        try:
            return sorted({int(part) for part in text.split(",")}), []
        except ValueError as problem:
            raise InputError(f"{text!r}", where="--sizes", allowed="whole numbers with commas") from problem
    kept, refused = [asked.patients], []
    for size in (asked.patients // 2, 2 * asked.patients):
        try:
            asked.key(size)
            kept.append(size)
        except InputError as problem:
            refused.append(f"{asked.name} with {size} patients is left out: {problem}")
    return sorted(kept), refused
