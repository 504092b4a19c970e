"""How ``marrowdose trial`` simulates: options, places, kept pieces, rows, the bar. The same for every kind of
design.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain import BANNER
from ..errors import require, require_between

if TYPE_CHECKING:
    from ..files.parquet import Write
    from ..job_pieces import Kept, Span, Way

Each = Callable[["Span", Any], None]


def add_options(sub: Any, *, rows: bool = False) -> None:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Simulates as the options ask; ``write`` takes rows, None if nobody asked for them."""

    args: argparse.Namespace
    kept: Kept | None
    write: Write | None

    @contextlib.contextmanager
    def way(self, long: int, each: Each | None = None) -> Iterator[Way]:
        """The way of one job, with a bar from ``long`` trials on; ``each`` is told every piece."""
        from ..job_pieces import Way

        with bar(self.args.trials >= long) as progress:
            a = self.args
            yield Way(
                processes=a.processes, scheduler=a.scheduler, kept=self.kept, progress=progress, each=each
            )


@contextlib.contextmanager
def engine(args: argparse.Namespace, jobs: Mapping[str, str], truth: str = "") -> Iterator[Engine]:
    """Everything the options ask for; ``jobs`` are all that will be simulated, by name, as what they depend
    on.
    """
    files = [
        str(Path(p).resolve()) for p in (getattr(args, "html", None), getattr(args, "parquet", None)) if p
    ]
    require(len(set(files)) == len(files), "one file for two things", where=files[0] if files else "")
    require_between(args.processes, 1, 64, where="--processes")
    require(
        not (args.scheduler and args.processes > 1), "give one of them", where="--processes and --scheduler"
    )
    kept = None
    if args.resume is not None:
        from ..files.kept import Folder

        kept = Folder(args.resume, jobs)
    with contextlib.ExitStack() as stack:
        write = None
        if getattr(args, "parquet", None):
            from ..files.parquet import parquet_file
            from ..report.trial.rows import said

            write = stack.enter_context(parquet_file(args.parquet, said(args.seed, truth)))
        yield Engine(args=args, kept=kept, write=write)


@contextlib.contextmanager
def bar(wanted: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar on standard error, where somebody looks."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from .progress import bar as shown

    with shown("simulating") as progress:
        yield progress


def write_file(path: str, text: str) -> None:
    """Write a page, whole or not at all."""
    from ..files.whole import write_text_atomically

    write_text_atomically(Path(path), text)


def out(args: argparse.Namespace, record: Mapping[str, Any], text: str) -> int:
    """Print the record as JSON, or the text. Returns the exit code."""
    from ..files.json import text_of

    print(text_of({**record, "banner": BANNER}) if args.json else f"{BANNER}\n{text}", end="")
    return 0
