"""The statistics commands: ``marrowdose drma``. Parse, call, print; no statistics here."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .domain import BANNER, InputError

_WIDTH = 10


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
    drma.add_argument("--json", action="store_true", help="print the result as JSON")


def run_drma(args: argparse.Namespace) -> int:
    """Fit, predict, print. Raises ``InputError`` as ``drma`` does, or where a list cannot be read."""
    from .synthesis.drma import drma

    knots = None if args.knots is None else _list(args.knots, "--knots")
    fit = drma(args.table, args.curve, measure=args.measure, method=args.method, stages=args.stages, test=args.test,
               knots=knots, covariates=args.covariate)  # fmt: skip
    seen = sorted({d for s in fit.studies for d in (*s.doses.tolist(), s.reference)})
    points = fit.predict(seen if args.doses is None else _list(args.doses, "--doses"))
    if args.json:
        print(json.dumps({"fit": fit.record(), "predictions": points.record()}, indent=2, ensure_ascii=False))
        return 0
    print(BANNER)
    print(
        f"{fit.curve}, {fit.method}, {fit.stages} stage{'s' if fit.stages == 'two' else ''}: {len(fit.studies)} studies"
    )
    _row("", "estimate", "se", "low", "high", "p")
    for i, name in enumerate(fit.names):
        _row(name, *(f"{column[i]:.4g}" for column in (fit.beta, fit.se, fit.low, fit.high, fit.p)))
    print(f"Q {fit.q:.4g} on {fit.q_df} (p {fit.q_p:.3g}), I² {fit.i2:.0f} %, AIC {fit.aic:.4g}")
    if fit.nonlinearity is not None:
        print(f"test of non-linearity: p {fit.nonlinearity.p:.3g}")
    if fit.convergence is not None:
        c = fit.convergence
        print(f"converged: slope {c.gradient:.1g}, {c.starts_agreeing} of {c.starts} starts agree")
    _row("dose", "effect", "low", "high", "new low", "new high")
    for row in zip(
        points.dose, points.effect, points.low, points.high, points.new_low, points.new_high, strict=True
    ):
        _row(*(f"{value:.4g}" for value in row))
    return 0


def _row(*cells: str) -> None:
    print("".join(f"{cells[0]:<{_WIDTH + 4}}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells[1:])))


def _list(text: str, where: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            f"{text!r} is no list of numbers", where=where, allowed="for example 0,10,30"
        ) from None
