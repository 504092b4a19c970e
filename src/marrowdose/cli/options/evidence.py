"""Options of ``marrowdose evidence`` and its parts."""

from __future__ import annotations

from ..arguments import Commands, add_evidence, add_json, add_parts


def add_parser(commands: Commands) -> None:
    """Add ``evidence`` with its parts to the commands."""
    evidence = commands.add_parser("evidence", help="browse, validate and trace the tables")
    parts = add_parts(evidence, "list, show STUDY, check [DIR], trace [WHAT]")
    listing = parts.add_parser("list", help="all studies, and why a study is not in the model")
    show = parts.add_parser("show", help="one study with all its rows")
    show.add_argument("study")
    check = parts.add_parser("check", help="validate a folder of tables (default: the shipped ones)")
    check.add_argument("folder", nargs="?")
    trace = parts.add_parser("trace", help="where a number comes from: a row, or all numbers of a plan")
    trace.add_argument("what", nargs="?", help="as outcomes.csv:17, or the JSON file of a plan")
    for sub in (listing, show, check, trace):
        sub.set_defaults(run="evidence")
        add_json(sub)
    for sub in (listing, show, trace):
        add_evidence(sub)
