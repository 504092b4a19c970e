"""Options of ``marrowdose mcpmod``."""

from __future__ import annotations

from ..arguments import Commands, add_many
from .contrast_test import add_test


def add_parser(commands: Commands) -> None:
    """Add ``mcpmod`` to the commands."""
    analysis = commands.add_parser(
        "mcpmod", help="analyse a dose-finding trial: is there an effect, which dose?"
    )
    analysis.set_defaults(run="mcpmod")
    analysis.add_argument("data", metavar="DATA.csv", help="one row a patient, or one row a dose with --se")
    analysis.add_argument(
        "--dose", default="dose", metavar="COLUMN", help="column of the dose (default dose)"
    )
    analysis.add_argument("--response", default="response", metavar="COLUMN", help="column of the response")
    add_many(analysis, "--covariate", "COLUMN", "adjust for it")
    analysis.add_argument(
        "--se", metavar="COLUMN", help="rows are estimates by dose, with this standard error"
    )
    analysis.add_argument(
        "--covariance", metavar="FILE.csv", help="rows are estimates by dose, with this covariance matrix"
    )
    analysis.add_argument("--df", type=float, help="degrees of freedom of the estimates (default infinite)")
    analysis.add_argument(
        "--placebo-adjusted", action="store_true", help="estimates are effects over placebo, at active doses"
    )
    analysis.add_argument(
        "--select", choices=("aic", "bic", "max_t"), default="aic", help="how a shape is chosen"
    )
    analysis.add_argument(
        "--delta", type=float, metavar="EFFECT", help="find the dose with this effect over placebo"
    )
    analysis.add_argument(
        "--ed", type=float, metavar="P", help="find the dose with this share of the largest effect"
    )
    analysis.add_argument(
        "--bootstrap", type=int, default=0, metavar="N", help="intervals with uncertain shape"
    )
    analysis.add_argument("--decreasing", action="store_true", help="a fall of the response is the benefit")
    add_test(analysis)
