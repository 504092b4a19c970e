"""Options of ``marrowdose power``."""

from __future__ import annotations

from ..arguments import Commands
from .contrast_test import add_test


def add_parser(commands: Commands) -> None:
    """Add ``power`` to the commands."""
    plan = commands.add_parser("power", help="power or sample size of a dose-finding trial")
    plan.set_defaults(run="power")
    plan.add_argument("--doses", required=True, metavar="D,D,…", help="doses, placebo first, as 0,10,50,100")
    plan.add_argument("--sigma", type=float, required=True, help="residual SD of the response")
    plan.add_argument(
        "--effect", type=float, required=True, help="largest effect over placebo, below 0 for a fall"
    )
    size = plan.add_mutually_exclusive_group(required=True)
    size.add_argument(
        "--n", metavar="N[,N…]", help="patients an arm, one number or one a dose: gives the power"
    )
    size.add_argument(
        "--target", type=float, metavar="POWER", help="gives the fewest patients with this power"
    )
    plan.add_argument(
        "--over", choices=("min", "mean"), default="min", help="which power must reach the target"
    )
    plan.add_argument(
        "--delta", type=float, metavar="EFFECT", help="say how well the dose with this effect is estimated"
    )
    add_test(plan)
