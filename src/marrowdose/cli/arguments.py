"""How options are read: every slip an ``InputError``, no option given twice, no page over a file that is
read. And the options that many commands share.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence
from typing import Any, NoReturn, TypeAlias

from ..errors import InputError, require

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


class _Once(argparse.Action):
    """Keeps what an option is given, and refuses the option a second time: else the first would be
    ignored.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        given = namespace.__dict__.setdefault("_given", set())
        if option_string is not None and self.dest in given:
            raise InputError("is given twice", where=option_string, remedy="keep one")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


class Parser(argparse.ArgumentParser):
    """Raises ``InputError`` for what is misspelt, missing or given twice."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in (None, "store"):
            self.register("action", name, _Once)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """As in argparse; ``options`` of what is parsed says which option asks for what."""
        options = {
            action.dest: action.option_strings[-1] for action in self._actions if action.option_strings
        }
        self.set_defaults(options=options)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """As ``InputError`` instead of printing and leaving."""
        command = self.prog.removeprefix("marrowdose").strip()
        raise InputError(message.removeprefix("argument "), where=command, remedy=f"see {self.prog} --help")


def add_parts(command: argparse.ArgumentParser, parts: str) -> Commands:
    """The parts of a command, added to what is returned; ``parts`` names them to who gave none."""
    command.set_defaults(run="", parts=parts)
    return command.add_subparsers(dest="part", parser_class=Parser, metavar="PART")


def add_many(
    sub: argparse.ArgumentParser, option: str, metavar: str, help: str, *, dest: str | None = None
) -> None:
    """An option that may be repeated."""
    said = f"{help}; may be repeated"
    sub.add_argument(option, dest=dest, action="append", default=[], metavar=metavar, help=said)


def add_json(sub: argparse.ArgumentParser) -> None:
    """``--json``."""
    sub.add_argument("--json", action="store_true", help="print JSON")


def add_seed(sub: argparse.ArgumentParser, of: str) -> None:
    """``--seed``, 0 unless given."""
    sub.add_argument("--seed", type=int, default=0, help=f"seed of the {of} (default 0)")


def add_evidence(sub: argparse.ArgumentParser) -> None:
    """``--evidence``."""
    add_many(sub, "--evidence", "DIR", "add a folder of tables")


def add_fit(sub: argparse.ArgumentParser) -> None:
    """``--fit`` with ``--evidence``, which can make it stale."""
    sub.add_argument("--fit", metavar="FOLDER", help="use this fit instead of the shipped one")
    add_evidence(sub)


def spare_the_input(args: argparse.Namespace) -> None:
    """Refuse a page that would be written over a file that is read."""
    page = getattr(args, "html", None)
    if page is None or not os.path.isfile(page):
        return
    others = [value for name, value in vars(args).items() if name != "html"]
    texts = [t for value in others for t in (value if isinstance(value, list) else [value])]
    if any(isinstance(t, str) and os.path.realpath(t) == os.path.realpath(page) for t in texts):
        raise InputError("the page would overwrite it", where=page, remedy="give another --html")


def numbers(text: str, where: str) -> list[float]:
    """``"0,10,50"`` → the numbers. Raises ``InputError`` for anything else, NaN and infinity too."""
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    finite = bool(found) and all(map(math.isfinite, found))
    require(finite, repr(text[:40]), where=where, allowed="numbers with commas")
    return found
