"""Options of ``marrowdose trial`` and its parts."""

from __future__ import annotations

from ..arguments import Commands
from ..trial import add_parsers


def add_parser(commands: Commands) -> None:
    """Add ``trial`` with its parts to the commands."""
    add_parsers(commands)
    commands.choices["trial"].set_defaults(run="trial")
