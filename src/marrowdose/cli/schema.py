"""``marrowdose schema``: the published JSON Schemas."""

from __future__ import annotations

import argparse

from ..files.json import text_of
from ..report.schemas import names, schema
from .answer import OK


def run(args: argparse.Namespace) -> int:
    """Prints the schema, or the names of all. Returns the exit code."""
    print("\n".join(names()) + "\n" if args.name is None else text_of(schema(args.name)), end="")
    return OK
