"""``marrowdose curve``: the dose-response over doses, and whether more is better."""

from __future__ import annotations

import argparse

from ..errors import require_between, require_seed
from ..report.evidence import curve as page
from ..synthesis.population import dose_response
from .answer import OK, answer, write_page
from .fitted import fit_of


def run(args: argparse.Namespace) -> int:
    """Print the curve as text or JSON, and write its page; returns the exit code."""
    require_between(args.month, 1, 24, where="month", unit="months")
    fit, stale = fit_of(args)
    found = dose_response(fit, args.domain, args.month, seed=require_seed(args.seed))
    if args.html is not None:
        write_page(args.html, page.curve_html(found, fit, stale))
    answer(args, page.curve_record(found, fit, stale), page.curve_text(found, fit, stale))
    return OK
