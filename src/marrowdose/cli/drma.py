"""The statistics commands: ``marrowdose drma``. Parse, call, print; no statistics here."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..errors import require, require_seed
from .arguments import numbers


def add_parsers(commands: Any) -> None:
    """Add the statistics commands to the parser's commands."""
    drma = commands.add_parser("drma", help="dose-response meta-analysis of a table of arms")
    drma.add_argument(
        "table", metavar="TABLE.csv", help="columns study, dose and mean, sd, n (or cases, n; effect, se)"
    )
    drma.add_argument(
        "--curve",
        action="append",
        metavar="NAME",
        help=(
            "linear, quadratic, log, rcs3 (the default), fp1, fp2, emax, sigmoid …; may be repeated with"
            " --average"
        ),
    )
    drma.add_argument(
        "--average",
        action="store_true",
        help="weigh several curves by their AIC (default: linear, quadratic, rcs3, log, emax)",
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
    drma.add_argument(
        "--ed",
        type=float,
        action="append",
        default=[],
        metavar="P",
        help="the dose with this share of the greatest effect; may be repeated",
    )
    drma.add_argument(
        "--target",
        type=float,
        action="append",
        default=[],
        metavar="EFFECT",
        help="the lowest dose with this effect; may be repeated",
    )
    drma.add_argument("--influence", action="store_true", help="leave every study out once")
    drma.add_argument("--small-study", action="store_true", help="Egger, Begg, trim-and-fill")
    drma.add_argument(
        "--seed", type=int, default=0, help="seed of the curves drawn for --ed and --target (default 0)"
    )
    drma.add_argument("--html", metavar="FILE", help="write curve, forest and funnel as one HTML page")
    drma.add_argument("--json", action="store_true", help="print the result as JSON")


def run_drma(args: argparse.Namespace) -> int:
    """Fit, predict, print. Raises ``InputError`` as ``drma`` does, or where the options do not go
    together.
    """
    from ..report.meta.pages import drma_html, drma_text

    found = _analysis(args)
    if args.html is not None:
        from ..files.whole import write_text_atomically

        write_text_atomically(args.html, drma_html(found))
    print(
        json.dumps(found.record(), indent=2, ensure_ascii=False) if args.json else drma_text(found),
        end="\n" if args.json else "",
    )
    return 0


def _analysis(args: argparse.Namespace) -> Any:
    """All that was asked for, as ``report.meta.Analysis``."""
    from ..report.meta.pages import Analysis
    from ..statistics import meta

    seed = require_seed(args.seed)
    knots = None if args.knots is None else numbers(args.knots, "--knots")
    options: dict[str, Any] = {"measure": args.measure, "knots": knots, "covariates": args.covariate}
    average = None
    if args.average:
        require(
            args.stages == "one" and args.test == "z",
            "curves are compared in one stage and by z",
            where="--average",
            remedy="leave out --stages and --test",
        )
        chosen = {"curves": args.curve} if args.curve else {}
        fitting = meta.Fitting(method=args.method or "ml")
        average = meta.compare_curves(args.table, **chosen, **options, fitting=fitting)
        fit = average.fits[max(range(len(average.fits)), key=lambda i: average.rows[i].weight)]
    else:
        curves = args.curve or ["rcs3"]
        require(
            len(curves) == 1,
            f"{len(curves)} curves were given",
            where="--curve",
            remedy="give one, or add --average",
        )
        fitting = meta.Fitting(method=args.method, stages=args.stages, test=args.test)
        fit = meta.drma(args.table, curves[0], **options, fitting=fitting)
    seen = sorted({d for s in fit.studies for d in (*s.doses.tolist(), s.reference)})
    points = (average or fit).predict(seen if args.doses is None else numbers(args.doses, "--doses"))
    looked_for: list[tuple[str, Any, float]] = [(f"ED{100 * p:g}", meta.effective_dose, p) for p in args.ed]
    looked_for += [(f"effect {e:g}", meta.target_dose, e) for e in args.target]
    doses = tuple(
        (what, (find(fit, value, seed=seed), find(fit, value, new_study=True, seed=seed)))
        for what, find, value in looked_for
    )
    return Analysis(
        fit=fit,
        points=points,
        average=average,
        doses=doses,
        influence=meta.study_influence(fit, float(points.dose[-1])) if args.influence else None,
        small=meta.small_study_effects(fit) if args.small_study else None,
    )
