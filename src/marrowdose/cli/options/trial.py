"""Options of ``marrowdose trial`` and its parts."""

from __future__ import annotations

import argparse

from ...trial.run.asked import TRIALS, TRIALS_A_SIZE
from ..arguments import Commands, add_json, add_parts


def add_parser(commands: Commands) -> None:
    """Add ``trial`` with its parts to the commands."""
    trial = commands.add_parser("trial", help="design, simulate and run a dose-finding trial")
    parts = add_parts(trial, "run, compare, next, paths, protocol, template, worth")
    _add_run(parts)
    _add_compare(parts)
    _add_next(parts)
    _add_paths(parts)
    _add_protocol(parts)
    _add_template(parts)
    _add_worth(parts)


def _add_run(parts: Commands) -> None:
    sub = parts.add_parser("run", help="operating characteristics by simulation")
    sub.set_defaults(run="trial.run")
    sub.add_argument("design", metavar="DESIGN.toml", help="file of the design")
    _add_simulated(sub)


def _add_compare(parts: Commands) -> None:
    sub = parts.add_parser("compare", help="designs over the same virtual patients")
    sub.set_defaults(run="trial.compare")
    sub.add_argument("designs", nargs="+", metavar="DESIGN.toml", help="files of two or more designs")
    _add_simulated(sub)


def _add_simulated(sub: argparse.ArgumentParser) -> None:
    """What ``run`` and ``compare`` ask beside their designs."""
    _add_truth(sub)
    _add_trials(sub)
    _add_margin(sub)
    _add_work(sub, rows=True)
    add_json(sub)
    sub.add_argument("--html", metavar="FILE", help="write pictures, numbers and rules as one HTML page")


def _add_next(parts: Commands) -> None:
    sub = parts.add_parser("next", help="the next dose of a running trial, and why")
    sub.set_defaults(run="trial.next_dose")
    sub.add_argument("design", metavar="DESIGN.toml", help="file of the design")
    sub.add_argument("history", metavar="HISTORY.csv", help="patients in order of entry")
    sub.add_argument("--as-given", action="store_true", help="accept doses that the design did not give")
    add_json(sub)
    sub.add_argument("--html", metavar="FILE", help="write a sheet to print on A4 and hang up")


def _add_paths(parts: Commands) -> None:
    sub = parts.add_parser("paths", help="all paths of a small design, exactly")
    sub.set_defaults(run="trial.paths")
    sub.add_argument("design", metavar="DESIGN.toml", help="file of the design")
    sub.add_argument("--patients", type=int, help="enumerate with at most so many patients")
    _add_truth(sub)
    add_json(sub)


def _add_protocol(parts: Commands) -> None:
    sub = parts.add_parser("protocol", help="the statistical sections of a protocol")
    sub.set_defaults(run="trial.protocol")
    sub.add_argument("design", metavar="DESIGN.toml", help="file of the design")
    _add_truth(sub)
    sub.add_argument(
        "--trials",
        type=int,
        help=f"simulated trials (default {TRIALS}); if given, the error under no effect is simulated too",
    )
    _add_margin(sub)
    _add_work(sub)
    add_json(sub)
    sub.add_argument("--html", metavar="FILE", help="write the protocol as an HTML page too")
    sub.add_argument("--out", metavar="FILE", help="write the protocol to a file")


def _add_template(parts: Commands) -> None:
    sub = parts.add_parser("template", help="print a ready design to copy")
    sub.set_defaults(run="trial.template")
    sub.add_argument("name", nargs="?", help="name of the template; none lists them")


def _add_worth(parts: Commands) -> None:
    sub = parts.add_parser("worth", help="what trials are worth, by their size")
    sub.set_defaults(run="trial.worth")
    sub.add_argument(
        "designs", nargs="+", metavar="DESIGN.toml", help="files of one or more designs of any kind"
    )
    _add_stakes(sub)
    sub.add_argument(
        "--harm",
        choices=("serious", "local"),
        help=(
            "what counts as harm and as toxicity under a truth of the published trials (default: serious, and"
            " what a design says)"
        ),
    )
    sub.add_argument(
        "--sizes",
        metavar="N,N,…",
        help="numbers of patients (default: a half, one and two times each design's)",
    )
    sub.add_argument(
        "--truth",
        metavar="NAME",
        default="posterior",
        help="posterior (default), curve:NAME or knee: a draw for each trial",
    )
    sub.add_argument(
        "--responder",
        default="20",
        metavar="POINTS[,POINTS…]",
        help=(
            "improvement of pain that dose-finding designs count as efficacy (default 20); several for levels"
            " of efficacy, partial first"
        ),
    )
    sub.add_argument(
        "--trials",
        type=int,
        default=TRIALS_A_SIZE,
        help=f"simulated trials of each size (default {TRIALS_A_SIZE})",
    )
    _add_work(sub)
    add_json(sub)
    sub.add_argument("--html", metavar="FILE", help="write the net-benefit curves as one HTML page")


def _add_stakes(sub: argparse.ArgumentParser) -> None:
    """Who profits, and the prices."""
    sub.add_argument(
        "--population", type=int, default=10_000, help="patients treated as the trial advises (default 10000)"
    )
    sub.add_argument(
        "--per-patient",
        type=float,
        default=20.0,
        help="price of a trial patient, in points of benefit to one patient (default 20)",
    )
    sub.add_argument("--fixed", type=float, default=0.0, help="price of the trial, in the same points")
    sub.add_argument(
        "--harm-price",
        type=float,
        default=0.0,
        help="price of one patient harmed, in the same points (default 0: harm is not counted)",
    )
    sub.add_argument(
        "--margin",
        type=float,
        default=0.0,
        help="points that do not matter when a dose is picked (default 0)",
    )


def _add_truth(sub: argparse.ArgumentParser) -> None:
    """What is taken for true."""
    sub.add_argument(
        "--truth",
        metavar="TRUTH",
        help=(
            "in place of that of the design: posterior, posterior-mean, curve:NAME, knee, null, plateau,"
            " rising, falling, or a file SCENARIO.toml"
        ),
    )
    sub.add_argument(
        "--responder",
        default="20",
        metavar="POINTS[,POINTS…]",
        help=(
            "improvement of pain that counts as efficacy under a truth in points (default 20); several"
            " for levels of efficacy, partial first"
        ),
    )
    sub.add_argument(
        "--harm",
        choices=("serious", "local"),
        help="what counts as toxicity under a truth of the published trials (default: what the design says)",
    )


def _add_margin(sub: argparse.ArgumentParser) -> None:
    """What counts as good as the best."""
    sub.add_argument("--margin", type=float, help="efficacy (or points) below the best that is as good")


def _add_trials(sub: argparse.ArgumentParser) -> None:
    """How many trials."""
    sub.add_argument("--trials", type=int, default=TRIALS, help=f"simulated trials (default {TRIALS})")


def _add_work(sub: argparse.ArgumentParser, *, rows: bool = False) -> None:
    """Where trials are simulated, what is kept of them, and with ``rows`` their table."""
    sub.add_argument("--seed", type=int, default=0, help="seed of the virtual patients (default 0)")
    sub.add_argument(
        "--processes",
        type=int,
        default=1,
        metavar="N",
        help="worker processes (default 1); the result is the same",
    )
    sub.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="address of a Dask scheduler, as tcp://10.0.0.7:8786; the result is the same",
    )
    sub.add_argument(
        "--resume", metavar="FOLDER", help="keep finished trials there, and go on with those that are there"
    )
    if rows:
        sub.add_argument("--parquet", metavar="FILE", help="write every trial, a row each")
