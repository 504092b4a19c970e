"""``marrowdose trial paths``: all paths of a small design, exactly."""

from __future__ import annotations

import argparse

from ...report.trial.dose_finding.ran import paths_record
from ...report.trial.dose_finding.text import paths_text
from ...trial.run import every_path
from .asked import asked
from .shown import out


def run(args: argparse.Namespace) -> int:
    """Prints the result, returns the exit code."""
    every = every_path(asked(args, args.design), patients=args.patients)
    record = paths_record(every.design, every.truth, every.found, every.patients)
    text = paths_text(record, every.design)
    if every.open_sets is not None:
        from ...report.trial.dose_ranging.run_in import sets_record

        record["open_sets"] = sets_record(every.open_sets)
        text += "".join(f"Open in part two: {doses}: {p:.6f}.\n" for doses, p in record["open_sets"].items())
    return out(args, record, text)
