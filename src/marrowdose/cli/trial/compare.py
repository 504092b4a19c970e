"""``marrowdose trial compare``: designs over the same virtual patients, under one truth or several."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...errors import require
from ...files.toml import read_document
from ...trial.kinds import is_longitudinal
from ...trial.run import ComparedFinding, ComparedLongitudinal, compare
from ..answer import write_page
from .asked import asked, truth_named
from .shown import out
from .work import work


def run(args: argparse.Namespace) -> int:
    """Prints the result, returns the exit code."""
    first = read_document(args.designs[0])
    truths = [args.truth] if is_longitudinal(first) else _truths(args.truth)
    require(
        len(truths) == 1 or (args.parquet is None and args.resume is None),
        "several truths",
        where="truth",
        remedy="give one with --parquet or --resume",
    )
    questions = [asked(args, *args.designs, truth=truth) for truth in truths]
    with work(args, truth_named(args, first)) as way:
        found = [compare(question, way) for question in questions]
    dose_finding = [one for one in found if isinstance(one, ComparedFinding)]
    longitudinal = [one for one in found if isinstance(one, ComparedLongitudinal)]
    return _dose_finding(args, dose_finding) if dose_finding else _longitudinal(args, longitudinal[0])


def _dose_finding(args: argparse.Namespace, compared: list[ComparedFinding]) -> int:
    from ...report.trial.dose_finding.comparison import compare_text, sentences
    from ...report.trial.dose_finding.ran import compare_record

    if args.html is not None:
        from ...report.trial.dose_finding.pages import compare_html

        write_page(args.html, compare_html(compared))
    record = compare_record(compared, sentences(compared), args.seed)
    return out(args, record, compare_text(compared))


def _longitudinal(args: argparse.Namespace, compared: ComparedLongitudinal) -> int:
    from ...report.trial.dose_ranging.ran import compared_record
    from ...report.trial.dose_ranging.text import comparison_lines, lines

    record = compared_record(compared)
    told, differences = record["designs"], record["differences"]
    if args.html is not None:
        from ...report.trial.dose_ranging.pages import compare_page

        plans, results = [ran.planned for ran in compared.each], [ran.results for ran in compared.each]
        write_page(args.html, compare_page(plans, told, results, differences))
    text = [line for one in told for line in (*lines(one), "")] + comparison_lines(differences)
    return out(args, record, "\n".join(text) + "\n")


def _truths(text: str | None) -> list[str | None]:
    """A file, or names with commas."""
    return [text] if text is None or Path(text).exists() else [*text.split(",")]
