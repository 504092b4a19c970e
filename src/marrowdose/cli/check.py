"""``marrowdose check``: is the fit fit for use?"""

from __future__ import annotations

import argparse

from ..report.evidence import checks as page
from ..report.evidence.crosscheck import cross_check_figure, cross_check_record, cross_check_text
from .answer import OK, answer, write_page
from .fitted import evidence_of, fit_of


def run(args: argparse.Namespace) -> int:
    """Print the checks as text or JSON, and write their page; returns the exit code."""
    fit, stale = fit_of(args)
    compared = cross_check_record(fit, evidence_of(args))
    beside = cross_check_text(compared)
    if args.html is not None:
        write_page(args.html, page.check_html(fit, stale, beside, cross_check_figure(compared)))
    answer(args, page.check_record(fit, stale, compared), page.check_text(fit, stale) + beside)
    return OK
