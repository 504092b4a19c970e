"""``marrowdose trial worth``: parse, call, print."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from .cli_engine import add_options, engine, out, write_file
from .cli_ranging import is_ranging, judged, require_names, simulated
from .domain import InputError, require, require_seed

if TYPE_CHECKING:
    from .trial.ranging.design import Planned


def add_parser(parts: Any) -> None:
    """Add ``worth`` to the parts of ``trial``."""
    worth = parts.add_parser("worth", help="what longitudinal trials are worth, by their size")
    worth.add_argument("designs", nargs="+", metavar="DESIGN.toml", help="files of one or more designs")
    worth.add_argument("--population", type=int, default=10_000, help="patients treated as the trial advises (default 10000)")  # fmt: skip
    worth.add_argument("--per-patient", type=float, default=20.0, help="price of a trial patient, in points of benefit to one patient (default 20)")  # fmt: skip
    worth.add_argument("--fixed", type=float, default=0.0, help="price of the trial, in the same points")
    worth.add_argument("--sizes", metavar="N,N,…", help="numbers of patients (default: a half, one and two times the design's)")  # fmt: skip
    worth.add_argument("--truth", metavar="NAME", default="posterior", help="posterior (default), curve:NAME or knee: a draw for each trial")  # fmt: skip
    worth.add_argument("--margin", type=float, help="points that do not matter (default: the first design's)")
    worth.add_argument("--trials", type=int, default=4_000, help="simulated trials of each size (default 4000)")  # fmt: skip
    add_options(worth)
    worth.add_argument("--json", action="store_true", help="print JSON")
    worth.add_argument("--html", metavar="FILE", help="write the net-benefit curves as one HTML page")


def run(args: argparse.Namespace) -> int:
    """Value of the information on the dose by sample size, and which design is worth most for a trial patient."""
    import numpy as np

    from .report.worth import html, record, text
    from .trial.ranging.farm import Job
    from .trial.ranging.scenario import named, truth_of
    from .trial.ranging.worth import Stakes, common_choice, compared, worth
    from .trial.toml_file import read_document

    require_seed(args.seed)
    for path in args.designs:
        require(is_ranging(path), "has no value of information", where=path, allowed="a dose-ranging, confirmatory or extension design")  # fmt: skip
    varies = args.truth in ("posterior", "knee") or args.truth.startswith("curve:")
    require(varies, f"{args.truth!r} leaves nothing to learn", where="--truth", allowed="posterior, curve:NAME, knee")  # fmt: skip
    truth = named(args.truth)
    jobs = [Job(document=read_document(path), truth=truth, seed=args.seed) for path in args.designs]
    plans = [judged(args, job) for job in jobs]
    names = [p.design.name for p in plans]
    require_names(names, "worth")
    _require_one_question(plans)
    stakes = Stakes(population=args.population, margin=plans[0].margin, per_patient=args.per_patient, fixed=args.fixed)  # fmt: skip
    sized = [[Job(document=j.document, truth=truth, seed=args.seed, patients=n) for n in _sizes(args.sizes, p.design.patients)] for j, p in zip(jobs, plans, strict=True)]  # fmt: skip
    keys = {f"{n}, {j.patients} patients": str(j) for n, some in zip(names, sized, strict=True) for j in some}
    doses = tuple(sorted({d for p in plans for d in p.design.doses if d}))
    known, background = truth_of(truth, domain=plans[0].domain, seed=args.seed), plans[0].design.background
    known = known if background is None else background.beneath(known)
    now = common_choice(known.benefits(np.arange(args.trials), doses, plans[0].design.visits[-1]), stakes)
    curves = []
    with engine(args, keys, args.truth) as how:
        for name, some in zip(names, sized, strict=True):
            found = [(job.patients or 0, worth(simulated(args, how, job), stakes, now)) for job in some]
            curves.append((name, found))
    told = record(curves, compared(curves), stakes, args.truth, args.trials, args.seed)
    if args.html is not None:
        write_file(args.html, html(told))
    return out(args, told, text(told))


def _require_one_question(plans: list[Planned]) -> None:
    """Designs are worth comparing where they ask for the same benefit."""
    first = plans[0]
    for p in plans[1:]:
        same = (p.domain, p.design.visits[-1]) == (first.domain, first.design.visits[-1])
        require(same, f"{first.design.name} asks for {first.domain} at month {first.design.visits[-1]:g}, {p.design.name} for {p.domain} at month {p.design.visits[-1]:g}", where="worth", remedy="compare designs of one domain and last visit")  # fmt: skip
        require(p.design.background == first.design.background, f"{first.design.name} and {p.design.name} have different [background]", where="worth", remedy="compare designs of one background")  # fmt: skip


def _sizes(text: str | None, planned: int) -> list[int]:
    if text is None:
        return [planned // 2, planned, 2 * planned]
    try:
        return sorted({int(part) for part in text.split(",")})
    except ValueError as problem:
        raise InputError(f"{text!r}", where="--sizes", allowed="whole numbers with commas") from problem
