"""``marrowdose trial template``: ready designs to copy."""

from __future__ import annotations

import argparse

from ...trial.run import template_names, template_text


def run(args: argparse.Namespace) -> int:
    """Prints a design, or the names of all; returns the exit code."""
    print(*template_names(), sep="\n") if args.name is None else print(template_text(args.name), end="")
    return 0
