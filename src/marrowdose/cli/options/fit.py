"""Options of ``marrowdose fit``."""

from __future__ import annotations

from ...domain import DOMAINS
from ..arguments import Commands, add_evidence, add_json, add_many


def add_parser(commands: Commands) -> None:
    """Add ``fit`` to the commands."""
    fit = commands.add_parser("fit", help="fit again from the tables (pip install 'marrowdose[fit]')")
    fit.set_defaults(run="fit")
    fit.add_argument("--outcome", choices=DOMAINS, help="fit one domain alone (default: both together)")
    add_many(fit, "--curve", "NAME", "fit only this curve", dest="only")
    fit.add_argument("--out", default="marrowdose-fit", metavar="FOLDER", help="where the fit is written")
    fit.add_argument("--draws", type=int, default=2000, help="draws of each of 4 chains, 100 to 20000")
    fit.add_argument("--processes", type=int, default=2, help="worker processes, 1 to 64")
    for name in ("long-term", "nonrandomised", "prefer-vas", "no-imputed"):
        fit.add_argument(f"--{name}", action="store_true", help="sensitivity analysis; see docs/methods")
    add_many(fit, "--without", "STUDY", "leave a study out")
    add_evidence(fit)
    add_json(fit)
    fit.add_argument("--seed", type=int, default=20260101, help="seed of the sampler")
