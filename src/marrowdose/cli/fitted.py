"""The fit and the evidence that the options of a command name."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..evidence.tables import Evidence, read_evidence
from ..synthesis.fit import Fit, read_fit, shipped_fit
from .answer import advising


def fit_of(args: argparse.Namespace) -> tuple[Fit, bool]:
    """The fit to use, and whether added evidence makes it stale."""
    if args.fit is None:
        fit = shipped_fit()
    else:
        with advising("make one with: marrowdose fit --out FOLDER"):
            fit = read_fit(Path(args.fit))
    return fit, bool(args.evidence) and evidence_of(args).digest != fit.record.evidence_digest


def evidence_of(args: argparse.Namespace) -> Evidence:
    """The shipped tables and those of the folders that were added."""
    return read_evidence(*map(Path, args.evidence))
