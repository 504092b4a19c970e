"""``marrowdose trial protocol``: the statistical sections of a protocol."""

from __future__ import annotations

import argparse

from ...trial.run.asked import TRIALS
from ..arguments import add_json
from .asked import add_margin, add_truth, asked, truth_named
from .work import add_work, work

HELP = "the statistical sections of a protocol"


def add_options(sub: argparse.ArgumentParser) -> None:
    """The design, the truth, the work and what is written."""
    sub.add_argument("design", metavar="DESIGN.toml", help="file of the design")
    add_truth(sub)
    sub.add_argument(
        "--trials",
        type=int,
        help=f"simulated trials (default {TRIALS}); if given, the error under no effect is simulated too",
    )
    add_margin(sub)
    add_work(sub)
    add_json(sub)
    sub.add_argument("--html", metavar="FILE", help="write the protocol as an HTML page too")
    sub.add_argument("--out", metavar="FILE", help="write the protocol to a file")


def run(args: argparse.Namespace) -> int:
    """Prints the protocol or writes it, returns the exit code."""
    from ...report.trial.protocol.give import give
    from ...trial.run import simulate
    from ...trial.run.dose_finding import RanFinding

    question = asked(args, args.design, errors=args.trials is not None)
    with work(args, truth_named(args, question.designs[0])) as way:
        ran = simulate(question, way)
    if isinstance(ran, RanFinding):
        from ...report.trial.dose_finding.protocol import protocol

        name = ran.design.name
        said = protocol(ran.design, ran.truth, ran.found, seed=ran.seed, nulls=ran.errors)
    else:
        from ...report.trial.dose_ranging.protocol import protocol as longitudinal
        from ...report.trial.dose_ranging.ran import ran_record

        name, said = ran.planned.design.name, longitudinal(ran.planned, ran_record(ran))
    print(give(name, said, args.out, args.html, as_json=args.json), end="")
    return 0
