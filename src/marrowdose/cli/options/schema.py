"""Options of ``marrowdose schema``."""

from __future__ import annotations

from ..arguments import Commands


def add_parser(commands: Commands) -> None:
    """Add ``schema`` to the commands."""
    found = commands.add_parser("schema", help="print the JSON Schema of a record, or list all")
    found.add_argument("name", nargs="?", help="as curve/1; none lists the names")
    found.set_defaults(run="schema")
