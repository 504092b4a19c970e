"""Options of ``marrowdose plan``."""

from __future__ import annotations

from ..arguments import Commands, add_fit, add_json, add_seed


def add_parser(commands: Commands) -> None:
    """Add ``plan`` to the commands."""
    plan = commands.add_parser("plan", help="plan a dose for one patient")
    plan.set_defaults(run="plan")
    plan.add_argument("patient", nargs="?", help="JSON file of one patient")
    plan.add_argument("--example", action="store_true", help="use the example patient")
    plan.add_argument("--show-example", action="store_true", help="print the example patient as JSON")
    plan.add_argument("--ask", action="store_true", help="ask the questions one by one")
    plan.add_argument(
        "--goal", default="", metavar="TEXT|FILE", help='"month=6,mcid=vas_pain" or a JSON file'
    )
    plan.add_argument("--html", metavar="FILE", help="write the report as one HTML page")
    add_fit(plan)
    add_json(plan)
    add_seed(plan, "draws")
