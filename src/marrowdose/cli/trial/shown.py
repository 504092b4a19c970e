"""What the parts of ``marrowdose trial`` print and write."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from ...domain import BANNER


def add_json(sub: argparse.ArgumentParser) -> None:
    """``--json``."""
    sub.add_argument("--json", action="store_true", help="print JSON")


def write_page(path: str, text: str) -> None:
    """Write a page, whole or not at all."""
    from ...files.whole import write_text_atomically

    write_text_atomically(Path(path), text)


def out(args: argparse.Namespace, record: Mapping[str, object], text: str) -> int:
    """Print the record as JSON, or the text. Returns the exit code."""
    from ...files.json import text_of

    print(text_of({**record, "banner": BANNER}) if args.json else f"{BANNER}\n{text}", end="")
    return 0
