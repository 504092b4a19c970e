"""Options of ``marrowdose drma``."""

from __future__ import annotations

from ..arguments import Commands, add_json, add_seed


def add_parser(commands: Commands) -> None:
    """Add ``drma`` to the commands."""
    drma = commands.add_parser("drma", help="dose-response meta-analysis of a table of arms")
    drma.set_defaults(run="drma")
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
    add_seed(drma, "curves drawn for --ed and --target")
    drma.add_argument("--html", metavar="FILE", help="write curve, forest and funnel as one HTML page")
    add_json(drma)
