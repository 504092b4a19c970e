"""Differences that are meant, each with its reason. A row that meets nothing is reported by ``check``."""

from __future__ import annotations

from typing import NamedTuple


class Expected(NamedTuple):
    """A difference that is meant, by the names of commands and the paths in their answers (globs)."""

    # "added", "gone", "changed"; "null gone": gone, and was null; the value must stay: "renamed", "wrapped"
    kind: str
    command: str
    path: str
    reason: str
    now: str = ""  # the new name if renamed; the key under which a list is now, if wrapped in an object


EXPECTED: tuple[Expected, ...] = (
    Expected("added", "*", "out/schema", "every record names its schema"),
    Expected("changed", "trial-protocol", "out/sections/11/blocks/3/rows/7/5", "a true minus sign"),
    Expected("changed", "trial-protocol", "out/sections/11/blocks/9/rows/3/4", "a true minus sign"),
    Expected("null gone", "*", "out/*", "what is not known is left out, where it was null"),
    Expected("renamed", "trial-*", "out/*/se", "a Monte-Carlo standard error says so", now="monte_carlo_se"),
)
