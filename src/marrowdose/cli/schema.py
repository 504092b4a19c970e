"""``marrowdose schema``: the published JSON Schemas. Parse, call, print."""

from __future__ import annotations

import argparse
from typing import Any


def add_parser(commands: Any) -> None:
    """Add ``schema`` to the commands of the program."""
    found = commands.add_parser("schema", help="print the JSON Schema of a record, or list all")
    found.add_argument("name", nargs="?", help="as curve/1; none lists the names")


def run(args: argparse.Namespace) -> int:
    """Prints the schema, or the names of all. Returns the exit code."""
    from ..files.json import text_of
    from ..report.schemas import names, schema

    print("\n".join(names()) + "\n" if args.name is None else text_of(schema(args.name)), end="")
    return 0
