"""What the parts of ``marrowdose trial`` print."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from ...domain import BANNER
from ..answer import OK, answer


def out(args: argparse.Namespace, record: Mapping[str, object], text: str) -> int:
    """Print the record as JSON, or the text. Returns the exit code."""
    answer(args, record, f"{BANNER}\n{text}")
    return OK
