"""``marrowdose joint population``: many virtual patients like those of the trials, at every dose."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from ...errors import require, require_between, require_seed
from ...joint.batches import Piece
from ...joint.populate import populate, targets_without, trials_say
from ...joint.population import Population
from ...report.joint import population as page
from ..answer import OK, answer, write_page
from ..arguments import numbers
from ..progress import bar


def run(args: argparse.Namespace) -> int:
    """Print the summary as text or JSON, write page and patients; returns the exit code."""
    seed = require_seed(args.seed)
    doses, months = numbers(args.doses, "doses"), numbers(args.months, "months")
    population = Population(
        patients=args.patients,
        doses=(0.0, *sorted(d for d in doses if d != 0)),
        months=tuple(months),
        repeats=tuple(numbers(args.repeats, "repeats")) if args.repeats is not None else (),
        tier=args.tier,
        seed=seed,
    )
    require_between(args.processes, 1, 64, where="processes")
    require(
        not (args.unweighted and args.without),
        "there are no targets to leave out",
        where="without",
        remedy="leave out --unweighted",
    )
    require(
        not (args.scheduler and args.processes > 1), "give one of them", where="--processes and --scheduler"
    )
    asked = targets_without(args.without)
    _require_places(args)
    with bar("virtual patients") as progress:
        shown = populate(
            population,
            () if args.unweighted else asked,
            processes=args.processes,
            scheduler=args.scheduler,
            progress=progress,
            through=_written(args.parquet, population),
        )
    clinical = trials_say(population, population.months[page.shown_month(population)])
    if args.html is not None:
        write_page(args.html, page.html(shown, clinical))
    answer(args, page.record(shown, clinical), page.text(shown, clinical))
    return OK


def _written(path: str | None, population: Population) -> Callable[[Iterator[Piece]], Iterator[Piece]] | None:
    """Writes the patients of the pieces that pass, where a file is asked for."""
    return None if path is None else lambda found: page.to_parquet(path, found, population)


def _require_places(args: argparse.Namespace) -> None:
    """Two files that can be written, before the work and not after it."""
    places = {path: Path(path).resolve() for path in (args.html, args.parquet) if path}
    require(len({*places.values()}) == len(places), "one file for two things", where=str(args.html))
    for path, place in places.items():
        remedy = "make the folder, or name another"
        require(place.parent.is_dir(), "its folder does not exist", where=path, remedy=remedy)
