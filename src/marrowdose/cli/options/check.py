"""Options of ``marrowdose check``."""

from __future__ import annotations

from ..arguments import Commands, add_fit, add_json


def add_parser(commands: Commands) -> None:
    """Add ``check`` to the commands."""
    check = commands.add_parser("check", help="is the fit fit for use? diagnostics, predictions, influence")
    check.set_defaults(run="check")
    check.add_argument("--html", metavar="FILE", help="write tables and pictures as an HTML page")
    add_fit(check)
    add_json(check)
