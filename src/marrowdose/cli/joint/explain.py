"""``marrowdose joint explain``: what drives the answers, what trials can learn, which statements hold."""

from __future__ import annotations

import argparse
from typing import Any

from ...errors import require_seed
from ...joint.information import Sampling, identifiability, sizes_of
from ...joint.sensitivity import sobol
from ...joint.statements import statements
from ...joint.targets import targets
from ...outcomes import MCIDS
from ...report.joint import explain as page
from ..answer import OK, answer, write_page
from ..arguments import numbers


def run(args: argparse.Namespace) -> int:
    """Print the explanation as text or JSON, and write its page; returns the exit code."""
    seed = require_seed(args.seed)
    learned = identifiability(_design(args))
    found = page.Explained(
        learned=learned,
        statements=statements(MCIDS["oarsi_womac_pain"].points, draws=args.draws, seed=seed),
        targets=targets(draws=args.draws, seed=seed),
        drivers=sobol(samples=args.samples, seed=seed),
        seed=seed,
        draws=args.draws,
    )
    if args.html is not None:
        write_page(args.html, page.explain_html(found))
    answer(args, page.explain_record(found), page.explain_text(found))
    return OK


def _design(args: argparse.Namespace) -> Sampling:
    """The trial in question: that of the model unless options say else."""
    asked: dict[str, Any] = {}
    for field in ("doses", "n", "months"):
        text = getattr(args, field)
        if text is not None:
            asked[field] = tuple(numbers(text, field))
    if "n" in asked:
        asked["n"] = sizes_of(asked["n"])
    if args.sd is not None:
        asked["sd"] = args.sd
    return Sampling(**asked)
