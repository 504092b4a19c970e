"""A text file that somebody gives us: read once, within a limit, as UTF-8 with or without a mark.

Every reader of a format begins here, so what a file may be encoded in is decided in this place alone.
"""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path

from ..errors import InputError


def read_text(
    file: Path | Traversable, *, label: str = "", format: str = "text", most: int, see: str = ""
) -> str:
    """The text of ``file``; ``label`` names it in messages, ``see`` is where an example is found.

    ``most``: bytes that are read at most, so that a device without an end is refused. Raises ``InputError``
    naming the file, and the line of what is not text.
    """
    where, remedy = label or str(file), f"save it as {format} in UTF-8"
    try:
        with file.open("rb") as opened:
            data = opened.read(most + 1)
    except (OSError, ValueError) as problem:
        what = f"cannot be read ({getattr(problem, 'strerror', None) or problem})"
        check = "; ".join(filter(None, ("check the path", see)))
        raise InputError(what, where=where, remedy=check) from problem
    if len(data) > most:
        raise InputError("is too large", where=where, allowed=f"up to {most / 1e6:g} MB of {format}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise InputError("is not UTF-8 text", where=f"{where}:{line}", remedy=remedy) from problem
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError("holds NUL bytes", where=f"{where}:{line}", allowed="text", remedy=remedy)
    return text
