"""``marrowdose trial worth``: what trials are worth, by their size."""

from __future__ import annotations

import argparse

from ...errors import InputError
from ...trial.run.asked import TRIALS_A_SIZE
from ..answer import write_page
from ..arguments import add_json
from .asked import responder
from .shown import out
from .work import add_work, work

HELP = "what trials are worth, by their size"


def add_options(sub: argparse.ArgumentParser) -> None:
    """The designs, what is at stake, what is taken for true, the work and what is written."""
    sub.add_argument(
        "designs", nargs="+", metavar="DESIGN.toml", help="files of one or more designs of any kind"
    )
    _add_stakes(sub)
    sub.add_argument(
        "--harm",
        choices=("serious", "local"),
        help=(
            "what counts as harm and as toxicity under a truth of the published trials (default: serious, and"
            " what a design says)"
        ),
    )
    sub.add_argument(
        "--sizes",
        metavar="N,N,…",
        help="numbers of patients (default: a half, one and two times each design's)",
    )
    sub.add_argument(
        "--truth",
        metavar="NAME",
        default="posterior",
        help="posterior (default), curve:NAME or knee: a draw for each trial",
    )
    sub.add_argument(
        "--responder",
        default="20",
        metavar="POINTS[,POINTS…]",
        help=(
            "improvement of pain that dose-finding designs count as efficacy (default 20); several for levels"
            " of efficacy, partial first"
        ),
    )
    sub.add_argument(
        "--trials",
        type=int,
        default=TRIALS_A_SIZE,
        help=f"simulated trials of each size (default {TRIALS_A_SIZE})",
    )
    add_work(sub)
    add_json(sub)
    sub.add_argument("--html", metavar="FILE", help="write the net-benefit curves as one HTML page")


def _add_stakes(sub: argparse.ArgumentParser) -> None:
    """Who profits, and the prices."""
    sub.add_argument(
        "--population", type=int, default=10_000, help="patients treated as the trial advises (default 10000)"
    )
    sub.add_argument(
        "--per-patient",
        type=float,
        default=20.0,
        help="price of a trial patient, in points of benefit to one patient (default 20)",
    )
    sub.add_argument("--fixed", type=float, default=0.0, help="price of the trial, in the same points")
    sub.add_argument(
        "--harm-price",
        type=float,
        default=0.0,
        help="price of one patient harmed, in the same points (default 0: harm is not counted)",
    )
    sub.add_argument(
        "--margin",
        type=float,
        default=0.0,
        help="points that do not matter when a dose is picked (default 0)",
    )


def run(args: argparse.Namespace) -> int:
    """Prints the result, returns the exit code."""
    from ...files.toml import read_document
    from ...report.trial.worth import html, record, text
    from ...trial.run import AskedWorth, Named, Stakes, worth

    stakes = Stakes(
        population=args.population,
        margin=args.margin,
        per_patient=args.per_patient,
        fixed=args.fixed,
        harm_price=args.harm_price,
    )
    asked = AskedWorth(
        designs=tuple(read_document(path) for path in args.designs),
        truth=Named(args.truth),
        stakes=stakes,
        sizes=None if args.sizes is None else _sizes(args.sizes),
        trials=args.trials,
        seed=args.seed,
        responder=responder(args),
        harm=args.harm,
    )
    with work(args, args.truth) as way:
        told = record(worth(asked, way))
    if args.html is not None:
        write_page(args.html, html(told))
    return out(args, told, text(told))


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as problem:
        raise InputError(f"{text!r}", where="--sizes", allowed="whole numbers with commas") from problem
