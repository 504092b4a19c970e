"""Options of the contrast test, which ``mcpmod`` and ``power`` share."""

from __future__ import annotations

import argparse

from ..arguments import add_json, add_seed

CANDIDATE_HELP = (
    "shape, or shape=guess,…, as emax=20 or sigemax=50,3; may be repeated. Shapes: linear, linlog, emax"
    " (ed50), sigemax (ed50,h), quadratic (b2/b1), exponential (delta), logistic (ed50,delta), beta"
    " (delta1,delta2)"
)


def add_test(sub: argparse.ArgumentParser) -> None:
    """Candidates, error, sides, page, JSON and seed."""
    sub.add_argument(
        "--candidate", action="append", default=[], metavar="SHAPE[=GUESS,…]", help=CANDIDATE_HELP
    )
    sub.add_argument("--alpha", type=float, default=0.025, help="type-I error (default 0.025)")
    sub.add_argument("--two-sided", action="store_true", help="test both sides")
    sub.add_argument("--constrained", action="store_true", help="contrasts with one sign at all active doses")
    sub.add_argument("--html", metavar="FILE", help="write one page with pictures")
    add_json(sub)
    add_seed(sub, "integrals and draws")
