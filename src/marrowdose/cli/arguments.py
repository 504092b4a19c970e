"""How options are read: every slip an ``InputError``, no option given twice, no page over a file that is
read.
"""

from __future__ import annotations

import argparse
import math
import os
from typing import Any

from ..errors import InputError, require


class _Once(argparse.Action):
    """Keeps what an option is given, and refuses the option a second time: else the first would be
    ignored.
    """

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
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

    def error(self, message: str) -> Any:
        """As ``InputError`` instead of printing and leaving."""
        command = self.prog.removeprefix("marrowdose").strip()
        raise InputError(message.removeprefix("argument "), where=command, remedy=f"see {self.prog} --help")


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
