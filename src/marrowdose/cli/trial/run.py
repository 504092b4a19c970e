"""``marrowdose trial run``: operating characteristics of a design of any kind."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ...trial.run import simulate
from ...trial.run.dose_finding import RanFinding
from ..answer import write_page
from .asked import asked, truth_named
from .shown import out
from .work import work

if TYPE_CHECKING:
    from ...trial.run import RanFinding, RanLongitudinal


def run(args: argparse.Namespace) -> int:
    """Prints the result, returns the exit code."""
    question = asked(args, args.design)
    with work(args, truth_named(args, question.designs[0])) as way:
        ran = simulate(question, way)
    return _dose_finding(args, ran) if isinstance(ran, RanFinding) else _longitudinal(args, ran)


def _dose_finding(args: argparse.Namespace, ran: RanFinding) -> int:
    from ...report.trial.dose_finding.ran import characteristics_record
    from ...report.trial.dose_finding.text import characteristics_text

    told = ran.design, ran.truth, ran.found
    if args.html is not None:
        from ...report.trial.dose_finding.pages import run_html

        write_page(args.html, run_html(*told))
    return out(args, characteristics_record(*told, ran.seed), characteristics_text(*told))


def _longitudinal(args: argparse.Namespace, ran: RanLongitudinal) -> int:
    from ...report.trial.dose_ranging.ran import ran_record, told_record
    from ...report.trial.dose_ranging.text import lines

    told = ran_record(ran)
    if args.html is not None:
        from ...report.trial.dose_ranging.pages import run_page

        write_page(args.html, run_page(ran.planned, told, ran.results))
    return out(args, told_record(told), "\n".join(lines(told)) + "\n")
