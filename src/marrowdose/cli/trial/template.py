"""``marrowdose trial template``: ready designs to copy."""

from __future__ import annotations

import argparse

HELP = "print a ready design to copy"


def add_options(sub: argparse.ArgumentParser) -> None:
    """Which design."""
    sub.add_argument("name", nargs="?", help="name of the template; none lists them")


def run(args: argparse.Namespace) -> int:
    """Prints a design, or the names of all; returns the exit code."""
    from ...trial.run import template_names, template_text

    print(*template_names(), sep="\n") if args.name is None else print(template_text(args.name), end="")
    return 0
