"""How a command answers: text or JSON on standard output, a page in a file, one sentence where refused."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InputError
from ..files.json import text_of
from ..files.whole import write_text_atomically

OK, REFUSED = 0, 2  # exit codes
SEE_PATIENT = "for an example of a patient see: marrowdose plan --show-example"


def answer(args: argparse.Namespace, record: object, text: str) -> None:
    """Print the record as JSON where ``--json`` asks for it, else the text."""
    print(text_of(record) if args.json else text, end="")


def write_page(path: str, page: str) -> None:
    """Write the page of ``--html``, whole or not at all."""
    write_text_atomically(Path(path), page)


def tell(sentence: str) -> None:
    """One line on standard error, whatever a file name or a field holds."""
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in sentence)
    print("marrowdose:", line if len(line) <= 1000 else f"{line[:600]} … {line[-300:]}", file=sys.stderr)


def in_options(problem: InputError, args: argparse.Namespace) -> InputError:
    """The same problem in words of the command line: what was asked is the option that asked it.

    ``seed`` → ``--seed``, ``goal, mcid`` → ``--goal, mcid``, ``tier=2`` → ``--tier 2``; anything else stays.
    In a remedy, what was asked stands between backticks: give one `truth` → give one --truth. The template of
    a design is what ``marrowdose trial template`` prints.
    """
    options: dict[str, str] = vars(args).get("options", {})
    where, remedy = problem.where, problem.remedy
    found = re.fullmatch(r"(\w+)(?:=(.*)|(,.*)?)", where)
    if found is not None and found[1] in options:
        where = options[found[1]] + (f" {found[2]}" if found[2] else found[3] or "")
    remedy = re.sub(r"`(\w+)`", lambda name: options.get(name[1], name[0]), remedy)
    remedy = re.sub(r"the template ([a-z-]+)", r"marrowdose trial template \1", remedy)
    return InputError(problem.what, where=where, allowed=problem.allowed, remedy=remedy)


@contextmanager
def advising(remedy: str) -> Iterator[None]:
    """A problem from inside that does not say what to do says ``remedy``: a command, or an option."""
    try:
        yield
    except InputError as problem:
        if problem.remedy:
            raise
        raise InputError(
            problem.what, where=problem.where, allowed=problem.allowed, remedy=remedy
        ) from problem
