"""Options of ``marrowdose joint`` and its parts."""

from __future__ import annotations

import argparse

from ..arguments import Commands, add_json, add_many, add_parts, add_seed


def add_parser(commands: Commands) -> None:
    """Add ``joint`` with its parts to the commands."""
    joint = commands.add_parser(
        "joint", help="how a dose may act in a knee: a model that explains, never advises"
    )
    parts = add_parts(joint, "run, explain, population")
    _add_run(parts)
    _add_explain(parts)
    _add_population(parts)


def _add_run(parts: Commands) -> None:
    run = parts.add_parser("run", help="the course of one knee with a dose, beside the same knee without")
    run.set_defaults(run="joint.run")
    run.add_argument("--dose", type=float, required=True, metavar="D", help="million cells an injection")
    run.add_argument("--patient", metavar="FILE", help="JSON file of one patient (default: a typical knee)")
    run.add_argument(
        "--months", type=float, default=60.0, metavar="M", help="how far to look, 1 to 120 (default 60)"
    )
    run.add_argument(
        "--tier", type=int, choices=(1, 2), default=1, help="1: closed form; 2: a 12-state what-if model"
    )
    run.add_argument(
        "--repeat",
        dest="repeats",
        metavar="M,M,…",
        help="months at which the same dose is given again, as 6,12",
    )
    add_many(run, "--set", "NAME=VALUE", "change a parameter within its range")
    run.add_argument(
        "--draws", type=int, default=400, metavar="N", help="parameter sets of the bands (default 400)"
    )
    _add_given(run, "draws")


def _add_explain(parts: Commands) -> None:
    explain = parts.add_parser(
        "explain", help="what drives the answers, what trials can learn, which statements hold"
    )
    explain.set_defaults(run="joint.explain")
    explain.add_argument(
        "--samples",
        type=int,
        default=512,
        metavar="N",
        help="base samples of the Sobol indices, a power of 2",
    )
    explain.add_argument(
        "--draws", type=int, default=2000, metavar="N", help="draws behind the statements (default 2000)"
    )
    explain.add_argument("--doses", metavar="D,D,…", help="arms of the trial in question, as 0,10,50,100")
    explain.add_argument("--n", metavar="N,N,…", help="patients an arm; several sizes are compared")
    explain.add_argument(
        "--visits",
        dest="months",
        metavar="M,M,…",
        help="months at which the trial measures pain, as 0,3,6,12",
    )
    explain.add_argument(
        "--sd", type=float, metavar="SD", help="residual SD of one patient's pain (default 18 points)"
    )
    _add_given(explain, "draws")


def _add_population(parts: Commands) -> None:
    many = parts.add_parser("population", help="virtual patients like those of the trials, at every dose")
    many.set_defaults(run="joint.population")
    many.add_argument(
        "--n", dest="patients", type=int, default=100_000, metavar="N", help="patients (default 100000)"
    )
    many.add_argument(
        "--doses", default="0,10,25,50,100,150", metavar="D,D,…", help="million cells; 0 is always among them"
    )
    many.add_argument(
        "--months",
        default="0,3,6,12,24,60",
        metavar="M,M,…",
        help="months that are kept (default 0,3,6,12,24,60)",
    )
    many.add_argument(
        "--repeat", dest="repeats", metavar="M,M,…", help="months at which the same dose is given again"
    )
    many.add_argument(
        "--tier", type=int, choices=(1, 2), default=1, help="1: closed form; 2: a 12-state what-if model"
    )
    many.add_argument(
        "--unweighted", action="store_true", help="do not bring the patients towards the trials"
    )
    add_many(many, "--without", "TARGET", "leave out a target of the weights")
    many.add_argument("--parquet", metavar="FILE", help="write every patient, a row a dose")
    many.add_argument("--processes", type=int, default=1, metavar="N", help="worker processes (default 1)")
    many.add_argument(
        "--scheduler", metavar="ADDRESS", help="address of a Dask scheduler, as tcp://10.0.0.7:8786"
    )
    _add_given(many, "patients")


def _add_given(sub: argparse.ArgumentParser, drawn: str) -> None:
    """How the answer is given: JSON, page, seed."""
    add_json(sub)
    sub.add_argument("--html", metavar="FILE", help="write pictures and tables as an HTML page")
    add_seed(sub, drawn)
