"""Options on the truth that the parts of ``marrowdose trial`` share, and what they ask for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ...trial.run.asked import TRIALS
from ..arguments import numbers

if TYPE_CHECKING:
    from ...files.toml import Document
    from ...trial.run import Asked


def add_truth(sub: argparse.ArgumentParser) -> None:
    """What is taken for true."""
    sub.add_argument(
        "--truth",
        metavar="TRUTH",
        help=(
            "in place of that of the design: posterior, posterior-mean, curve:NAME, knee, null, plateau,"
            " rising, falling, or a file SCENARIO.toml"
        ),
    )
    sub.add_argument(
        "--responder",
        default="20",
        metavar="POINTS[,POINTS…]",
        help=(
            "improvement of pain that counts as efficacy under a truth in points (default 20); several"
            " for levels of efficacy, partial first"
        ),
    )
    sub.add_argument(
        "--harm",
        choices=("serious", "local"),
        help="what counts as toxicity under a truth of the published trials (default: what the design says)",
    )


def add_margin(sub: argparse.ArgumentParser) -> None:
    """What counts as good as the best."""
    sub.add_argument("--margin", type=float, help="efficacy (or points) below the best that is as good")


def add_trials(sub: argparse.ArgumentParser) -> None:
    """How many trials."""
    sub.add_argument("--trials", type=int, default=TRIALS, help=f"simulated trials (default {TRIALS})")


def asked(args: argparse.Namespace, *paths: str, truth: str | None = None, errors: bool = False) -> Asked:
    """What the options ask of the designs of these files, under ``truth`` or that of the options.

    Raises ``InputError`` for what cannot be read.
    """
    from ...files.toml import read_document
    from ...trial.run import Asked

    taken, name = None, args.truth if truth is None else truth
    if name is not None:
        from ...trial.run import named

        taken = named(name)
    given = {name: getattr(args, name, None) for name in ("trials", "seed", "margin")}
    return Asked(
        designs=tuple(read_document(path) for path in paths),
        truth=taken,
        responder=responder(args),
        harm=args.harm,
        errors=errors,
        **{name: value for name, value in given.items() if value is not None},
    )


def responder(args: argparse.Namespace) -> tuple[float, ...]:
    """The improvements of ``--responder``."""
    return tuple(numbers(args.responder, "--responder"))


def truth_named(args: argparse.Namespace, document: Document) -> str:
    """What the truth is called beside the rows."""
    from ...trial.kinds import is_longitudinal

    return args.truth or ("posterior" if is_longitudinal(document) else "of the design")
