"""The command line: parse, call, print. No statistics here.

The options of a command are in ``options/``; the module that does it is imported when it is asked for.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from ..errors import Cancelled, InputError
from .answer import OK, REFUSED, in_options, tell
from .arguments import Parser, spare_the_input

COMMANDS = (
    "plan",
    "curve",
    "check",
    "fit",
    "evidence",
    "drma",
    "mcpmod",
    "power",
    "trial",
    "joint",
    "schema",
)


def parser(*names: str) -> argparse.ArgumentParser:
    """The commands of these names and their options, all unless names are given."""
    top = Parser(
        prog="marrowdose",
        description=(
            "Published evidence in; a dose of bone-marrow stem cells for a knee, its reasons and its doubts"
            " out. Research use only."
        ),
    )
    top.add_argument("--version", action="store_true", help="print the version")
    commands = top.add_subparsers(dest="command", parser_class=Parser, metavar="COMMAND")
    for name in names or COMMANDS:
        import_module(f"{__name__}.options.{name}").add_parser(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 with one sentence on standard error."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # what is printed is UTF-8, as what is written
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    args = argparse.Namespace()
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv), args)
        sys.stdout.flush()  # a full disk shows itself here, not after the exit code is given
        return code
    except InputError as problem:
        tell(str(in_options(problem, args)))
    except SystemExit as left:  # --help; or rich, when whoever read the output has seen enough
        return REFUSED if left.code else OK
    except Cancelled as stop:
        tell(f"{stop}; finished ones are kept only with --resume: run it again to go on or start afresh.")
    except KeyboardInterrupt:
        tell("interrupted; nothing was written: run it again to start afresh.")
    except MemoryError:
        tell("not enough memory; give a smaller file or fewer draws.")
    except OSError as problem:
        if not isinstance(problem, BrokenPipeError):  # whoever read the output has seen enough
            what = ": ".join(str(part) for part in (problem.filename, problem.strerror or problem) if part)
            absent = isinstance(problem, FileNotFoundError | IsADirectoryError | NotADirectoryError)
            remedy = "check the path" if absent else "make room or check the permissions, then run it again"
            tell(f"{what}; {remedy}.")
        _drop_output()
    return REFUSED


def _run(argv: list[str], args: argparse.Namespace) -> int:
    """Fill ``args`` from ``argv`` and run what they ask for."""
    asked = parser(*(name for name in argv[:1] if name in COMMANDS))
    left = asked.parse_known_args(argv, args)[1]
    if left:
        command = f"marrowdose {args.command or ''}".rstrip()
        raise InputError(f"{left[0]!r} is not understood", remedy=f"see {command} --help")
    if args.version:
        from .. import __version__

        print(__version__)
        return OK
    if args.command is None:
        asked.print_help()
        return OK
    if not args.run:
        raise InputError("say what to do", where=args.command, allowed=args.parts)
    spare_the_input(args)
    code: int = import_module(f"{__name__}.{args.run}").run(args)
    return code


def _drop_output() -> None:
    """Throw away what could not be printed, so that it is not tried again, with a traceback, at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
