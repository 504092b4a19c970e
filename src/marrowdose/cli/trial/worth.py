"""``marrowdose trial worth``: what trials are worth, by their size."""

from __future__ import annotations

import argparse

from ...errors import InputError
from ...files.toml import read_document
from ...report.trial.worth import html, record, text
from ...trial.run import AskedWorth, Named, Stakes, worth
from ..answer import write_page
from .asked import responder
from .shown import out
from .work import work


def run(args: argparse.Namespace) -> int:
    """Prints the result, returns the exit code."""
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
        raise InputError(f"{text!r}", where="sizes", allowed="whole numbers with commas") from problem
