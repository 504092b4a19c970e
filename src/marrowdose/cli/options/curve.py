"""Options of ``marrowdose curve``."""

from __future__ import annotations

from ...domain import DOMAINS
from ..arguments import Commands, add_fit, add_json, add_seed


def add_parser(commands: Commands) -> None:
    """Add ``curve`` to the commands."""
    curve = commands.add_parser("curve", help="the dose-response, and whether more is better")
    curve.set_defaults(run="curve")
    curve.add_argument("--month", type=float, default=12.0, help="months after the injection, 1 to 24")
    curve.add_argument("--domain", choices=DOMAINS, default="pain")
    curve.add_argument("--html", metavar="FILE", help="write the picture as an HTML page")
    add_fit(curve)
    add_json(curve)
    add_seed(curve, "draws")
