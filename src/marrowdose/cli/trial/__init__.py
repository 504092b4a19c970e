"""``marrowdose trial``: simulate, compare and enumerate designs, the next dose, the protocol, the worth."""

from __future__ import annotations

import argparse
from typing import Any, Protocol

from ...errors import InputError
from . import compare, next_dose, paths, protocol, run, template, worth


class _Part(Protocol):
    """A module for each part: what it is, its options, what it does."""

    HELP: str

    def add_options(self, sub: argparse.ArgumentParser) -> None: ...
    def run(self, args: argparse.Namespace) -> int: ...


_PARTS: dict[str, _Part] = {
    "run": run,
    "compare": compare,
    "next": next_dose,
    "paths": paths,
    "protocol": protocol,
    "template": template,
    "worth": worth,
}


def add_parsers(commands: Any) -> None:
    """Add ``trial`` with its parts to the commands of the program."""
    trial = commands.add_parser("trial", help="design, simulate and run a dose-finding trial")
    parts = trial.add_subparsers(dest="part", parser_class=type(trial), metavar="PART")
    for name, part in _PARTS.items():
        part.add_options(parts.add_parser(name, help=part.HELP))


def run_trial(args: argparse.Namespace) -> int:
    """``marrowdose trial``: prints the result, returns the exit code."""
    if args.part is None:
        raise InputError("say what to do", where="trial", allowed=", ".join(_PARTS))
    try:
        return _PARTS[args.part].run(args)
    except InputError as problem:
        if problem.where not in vars(args):
            raise
        option = f"--{problem.where.replace('_', '-')}"  # the verbs name what they are asked, not options
        raise InputError(
            problem.what, where=option, allowed=problem.allowed, remedy=problem.remedy
        ) from problem
