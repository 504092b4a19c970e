"""The statistics commands: ``marrowdose drma``. Parse, call, print; no statistics here."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .domain import InputError


def add_parsers(commands: Any) -> None:
    """Add the statistics commands to the parser's commands."""
    drma = commands.add_parser("drma", help="dose-response meta-analysis of a table of arms")
    drma.add_argument(
        "table", metavar="TABLE.csv", help="columns study, dose and mean, sd, n (or cases, n; effect, se)"
    )
    drma.add_argument(
        "--curve", default="rcs3", help="linear, quadratic, log, rcs3, fp1, fp2, emax, sigmoid …"
    )
    drma.add_argument("--measure", default="md", help="md, smd, cohen, glass, or, rr, irr, reported")
    drma.add_argument(
        "--method", choices=("fixed", "dl", "ml", "reml"), help="default: reml, or ml for emax and kin"
    )
    drma.add_argument("--stages", choices=("one", "two"), default="one")
    drma.add_argument("--test", choices=("z", "knha"), default="z", help="knha: Knapp–Hartung")
    drma.add_argument(
        "--knots", metavar="A,B,C", help="knots of a spline (default: percentiles of the doses)"
    )
    drma.add_argument("--covariate", action="append", default=[], metavar="COLUMN", help="may be repeated")
    drma.add_argument("--doses", metavar="A,B,C", help="doses to predict (default: those of the table)")
    drma.add_argument("--html", metavar="FILE", help="write curve, forest and funnel as one HTML page")
    drma.add_argument("--json", action="store_true", help="print the result as JSON")


def run_drma(args: argparse.Namespace) -> int:
    """Fit, predict, print. Raises ``InputError`` as ``drma`` does, or where a list cannot be read."""
    from .synthesis.drma import drma

    knots = None if args.knots is None else _list(args.knots, "--knots")
    fit = drma(args.table, args.curve, measure=args.measure, method=args.method, stages=args.stages, test=args.test,
               knots=knots, covariates=args.covariate)  # fmt: skip
    seen = sorted({d for s in fit.studies for d in (*s.doses.tolist(), s.reference)})
    points = fit.predict(seen if args.doses is None else _list(args.doses, "--doses"))
    if args.html is not None:
        from .report.files import write_text_atomically
        from .report.meta import drma_html

        write_text_atomically(args.html, drma_html(fit, points))
    if args.json:
        print(json.dumps({"fit": fit.record(), "predictions": points.record()}, indent=2, ensure_ascii=False))
    else:
        from .report.meta import drma_text

        print(drma_text(fit, points), end="")
    return 0


def _list(text: str, where: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            f"{text!r} is no list of numbers", where=where, allowed="for example 0,10,30"
        ) from None
