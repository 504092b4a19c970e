"""Options of ``marrowdose trial`` and its parts, which state their own."""

from __future__ import annotations

from ..arguments import Commands, add_parts
from ..trial import compare, next_dose, paths, protocol, run, template, worth

_PARTS = {
    "run": run,
    "compare": compare,
    "next": next_dose,
    "paths": paths,
    "protocol": protocol,
    "template": template,
    "worth": worth,
}


def add_parser(commands: Commands) -> None:
    """Add ``trial`` with its parts to the commands."""
    trial = commands.add_parser("trial", help="design, simulate and run a dose-finding trial")
    parts = add_parts(trial, ", ".join(_PARTS))
    for name, part in _PARTS.items():
        sub = parts.add_parser(name, help=part.HELP)
        sub.set_defaults(run=f"trial.{part.__name__.rpartition('.')[2]}")
        part.add_options(sub)
