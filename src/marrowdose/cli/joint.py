"""Commands of the mechanistic knee: ``joint run`` and ``joint explain``. Parse, call, print."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import InputError, require_seed
from . import joint_population as cli_population
from .arguments import numbers


def add_parsers(commands: Any) -> None:
    """Add ``joint`` and its parts to the commands of the top parser."""
    joint = commands.add_parser(
        "joint", help="how a dose may act in a knee: a model that explains, never advises"
    )
    parts = joint.add_subparsers(dest="part", parser_class=type(joint), metavar="PART")
    run = parts.add_parser("run", help="the course of one knee with a dose, beside the same knee without")
    run.add_argument("--dose", type=float, required=True, metavar="D", help="million cells an injection")
    run.add_argument("--patient", metavar="FILE", help="JSON file of one patient (default: a typical knee)")
    run.add_argument(
        "--months", type=float, default=60.0, metavar="M", help="how far to look, 1 to 120 (default 60)"
    )
    run.add_argument(
        "--tier", type=int, choices=(1, 2), default=1, help="1: closed form; 2: a 12-state what-if model"
    )
    run.add_argument(
        "--repeat", metavar="M,M,…", help="months at which the same dose is given again, as 6,12"
    )
    run.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a parameter within its range; may be repeated",
    )
    run.add_argument(
        "--draws", type=int, default=400, metavar="N", help="parameter sets of the bands (default 400)"
    )
    explain = parts.add_parser(
        "explain", help="what drives the answers, what trials can learn, which statements hold"
    )
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
        "--visits", metavar="M,M,…", help="months at which the trial measures pain, as 0,3,6,12"
    )
    explain.add_argument(
        "--sd", type=float, metavar="SD", help="residual SD of one patient's pain (default 18 points)"
    )
    cli_population.add_parser(parts)
    for sub in (run, explain):
        sub.add_argument("--json", action="store_true", help="print JSON")
        sub.add_argument("--html", metavar="FILE", help="write pictures and tables as an HTML page")
        sub.add_argument("--seed", type=int, default=0, help="seed of the draws (default 0)")


def run_joint(args: argparse.Namespace) -> int:
    """``marrowdose joint PART``: prints the result, returns the exit code."""
    require_seed(args.seed) if args.part else None
    if args.part == "run":
        return _run(args)
    if args.part == "explain":
        return _explain(args)
    if args.part == "population":
        doses, months = numbers(args.doses, "--doses"), numbers(args.months, "--months")
        return cli_population.run(
            args, doses, months, numbers(args.repeat, "--repeat") if args.repeat is not None else []
        )
    raise InputError("say what to do", where="joint", allowed="run, explain, population")


def _run(args: argparse.Namespace) -> int:
    from ..joint.knee import knee_of
    from ..joint.outlook import outlook
    from ..joint.parameters import settings
    from ..report.joint import run as page

    patient = _patient(args.patient)
    repeats = numbers(args.repeat, "--repeat") if args.repeat is not None else []
    asked: dict[str, Any] = {
        "months": args.months,
        "repeats": repeats,
        "draws": args.draws,
        "seed": args.seed,
    }
    if args.tier == 1:
        found = outlook(knee_of(patient, settings(args.set)), args.dose, **asked)
    else:
        from ..joint.hypothesis import hypothesis, tier2

        found = hypothesis(knee_of(patient, settings(args.set, tier2())), args.dose, **asked)
    _write(args.html, lambda: page.run_html(found))
    print(_json(page.run_record(found)) if args.json else page.run_text(found), end="")
    return 0


def _explain(args: argparse.Namespace) -> int:
    from ..joint.information import Sampling, identifiability, sizes_of
    from ..joint.sensitivity import sobol
    from ..joint.statements import statements
    from ..joint.targets import targets
    from ..outcomes import MCIDS
    from ..report.joint import explain as page

    asked: dict[str, Any] = {}
    for field, text in (("doses", args.doses), ("n", args.n), ("months", args.visits)):
        if text is not None:
            asked[field] = tuple(numbers(text, f"--{'visits' if field == 'months' else field}"))
    if "n" in asked:
        asked["n"] = sizes_of(asked["n"])
    if args.sd is not None:
        asked["sd"] = args.sd
    learned = identifiability(Sampling(**asked))
    found = page.Explained(
        learned=learned,
        statements=statements(MCIDS["oarsi_womac_pain"].points, draws=args.draws, seed=args.seed),
        targets=targets(draws=args.draws, seed=args.seed),
        drivers=sobol(samples=args.samples, seed=args.seed),
        seed=args.seed,
        draws=args.draws,
    )
    _write(args.html, lambda: page.explain_html(found))
    print(_json(page.explain_record(found)) if args.json else page.explain_text(found), end="")
    return 0


def _patient(path: str | None) -> Any:
    if path is None:
        return None
    from ..files.json import read_json
    from ..patient.intake import SEE, patient_from

    return patient_from(read_json(Path(path), see=SEE), path)


def _write(path: str | None, text: Any) -> None:
    if path is None:
        return
    from ..files.whole import write_text_atomically

    write_text_atomically(path, text())


def _json(record: Any) -> str:
    from ..files.json import text_of

    return text_of(record)
