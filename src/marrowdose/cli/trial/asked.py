"""What the options of ``marrowdose trial`` ask for."""

from __future__ import annotations

import argparse

from ...files.toml import Document, read_document
from ...trial.kinds import is_longitudinal
from ...trial.run import Asked
from ..arguments import numbers


def asked(args: argparse.Namespace, *paths: str, truth: str | None = None, errors: bool = False) -> Asked:
    """What the options ask of the designs of these files, under ``truth`` or that of the options.

    Raises ``InputError`` for what cannot be read.
    """
    taken, name = None, args.truth if truth is None else truth
    if name is not None:
        from ...trial.run import named  # only now: a design that states its truth needs no fit

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
    return tuple(numbers(args.responder, "responder"))


def truth_named(args: argparse.Namespace, document: Document) -> str:
    """What the truth is called beside the rows."""
    return args.truth or ("posterior" if is_longitudinal(document) else "of the design")
