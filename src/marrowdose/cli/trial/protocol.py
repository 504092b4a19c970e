"""``marrowdose trial protocol``: the statistical sections of a protocol."""

from __future__ import annotations

import argparse

from ...report.trial.protocol.give import give
from ...trial.run import simulate
from ...trial.run.dose_finding import RanFinding
from .asked import asked, truth_named
from .work import work


def run(args: argparse.Namespace) -> int:
    """Prints the protocol or writes it, returns the exit code."""
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
