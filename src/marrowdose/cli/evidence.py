"""``marrowdose evidence``: list, show, check and trace the tables."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import InputError
from ..report.evidence import browse as page
from .answer import OK, advising, answer
from .fitted import evidence_of


def run(args: argparse.Namespace) -> int:
    """Print what the part asks for; returns the exit code."""
    if args.part == "check":
        return _check(args)
    evidence = evidence_of(args)
    if args.part == "list":
        studies = page.list_record(evidence)
        answer(args, studies, page.list_text(studies))
    elif args.part == "show":
        study = page.show_record(evidence, args.study)
        answer(args, study, page.show_text(study))
    else:
        with advising("make one with: marrowdose plan … --json > plan.json"):
            trace = page.trace_record(evidence, args.what)
        answer(args, trace, page.trace_text(trace))
    return OK


def _check(args: argparse.Namespace) -> int:
    record = page.check_record(None if args.folder is None else Path(args.folder))
    answer(args, record, page.check_text(record))
    if record["errors"]:
        remedy = "correct what is listed on standard output"
        raise InputError("cannot be used", where=record["folder"], remedy=remedy)
    return OK
