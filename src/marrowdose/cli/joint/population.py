"""Command ``joint population``: many virtual patients. Parse, call, print."""

from __future__ import annotations

import argparse
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from ..errors import require, require_between


def add_parser(parts: Any) -> None:
    """Add ``population`` to the parts of ``joint``."""
    many = parts.add_parser("population", help="virtual patients like those of the trials, at every dose")
    many.add_argument("--n", type=int, default=100_000, metavar="N", help="patients (default 100000)")
    many.add_argument(
        "--doses", default="0,10,25,50,100,150", metavar="D,D,…", help="million cells; 0 is always among them"
    )
    many.add_argument(
        "--months",
        default="0,3,6,12,24,60",
        metavar="M,M,…",
        help="months that are kept (default 0,3,6,12,24,60)",
    )
    many.add_argument("--repeat", metavar="M,M,…", help="months at which the same dose is given again")
    many.add_argument(
        "--tier", type=int, choices=(1, 2), default=1, help="1: closed form; 2: a 12-state what-if model"
    )
    many.add_argument(
        "--unweighted", action="store_true", help="do not bring the patients towards the trials"
    )
    many.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="TARGET",
        help="leave out a target of the weights; may be repeated",
    )
    many.add_argument("--parquet", metavar="FILE", help="write every patient, a row a dose")
    many.add_argument("--processes", type=int, default=1, metavar="N", help="worker processes (default 1)")
    many.add_argument(
        "--scheduler", metavar="ADDRESS", help="address of a Dask scheduler, as tcp://10.0.0.7:8786"
    )
    many.add_argument("--json", action="store_true", help="print JSON")
    many.add_argument("--html", metavar="FILE", help="write pictures and tables as an HTML page")
    many.add_argument("--seed", type=int, default=0, help="seed of the patients (default 0)")


def run(args: argparse.Namespace, doses: list[float], months: list[float], repeats: list[float]) -> int:
    """``marrowdose joint population``: prints the summary, returns the exit code."""
    from ..files.json import text_of
    from ..files.whole import write_text_atomically
    from ..joint.batches import pieces
    from ..joint.population import Population
    from ..joint.tally import summary
    from ..joint.weighting import targets, weighting
    from ..report.joint import population as page
    from ..synthesis.fit import shipped_fit
    from ..synthesis.population import effect_at
    from .progress import bar

    population = Population(
        patients=args.n,
        doses=(0.0, *sorted(d for d in doses if d != 0)),
        months=tuple(months),
        repeats=tuple(repeats),
        tier=args.tier,
        seed=args.seed,
    )
    require_between(args.processes, 1, 64, where="--processes")
    names = [t.name for t in targets()]
    for name in args.without:
        require(name in names, f"{name[:60]!r} is no target", where="--without", allowed="; ".join(names))
    require(
        not (args.unweighted and args.without),
        "there are no targets to leave out",
        where="--without",
        remedy="leave out --unweighted",
    )
    require(
        not (args.scheduler and args.processes > 1), "give one of them", where="--processes and --scheduler"
    )
    require(
        len({str(Path(p).resolve()) for p in (args.html, args.parquet) if p})
        == sum(map(bool, (args.html, args.parquet))),
        "one file for two things",
        where=str(args.html),
    )
    for path in filter(None, (args.html, args.parquet)):  # before the work, not after
        require(
            Path(path).resolve().parent.is_dir(),
            "its folder does not exist",
            where=path,
            remedy="make the folder, or name another",
        )
    asked = [t for t in targets() if t.name not in args.without]
    require(bool(asked), "no target is left", where="--without", remedy="use --unweighted")
    weights = None if args.unweighted else weighting(population, asked)
    with bar("virtual patients") as progress:
        found = pieces(
            population,
            weights,
            rows=args.parquet is not None,
            processes=args.processes,
            scheduler=args.scheduler,
            progress=progress,
        )
        through = page.to_parquet(args.parquet, found, population) if args.parquet else found
        counted = reduce(add, (piece.tally for piece in through))
    shown = summary(counted, population, weights)
    month = population.months[page.shown_month(population)]
    clinical = effect_at(shipped_fit(), population.doses, month) if 1 <= month <= 24 and not repeats else None
    if args.html:
        write_text_atomically(args.html, page.html(shown, clinical))
    print(text_of(page.record(shown, clinical)) if args.json else page.text(shown, clinical), end="")
    return 0
