"""How ``marrowdose trial`` simulates: places, kept trials, rows, the bar, and a request to end."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from ...errors import require, require_between
from ...trial.run import Work

if TYPE_CHECKING:
    from ...trial.run import FindingPiece, LongitudinalPiece
    from ...workers import Progress

_LONG = 5  # pieces from which a bar is shown


@contextmanager
def work(args: argparse.Namespace, truth: str) -> Iterator[Work]:
    """Work as the options ask for it; ``truth`` is named beside the rows."""
    pages = [getattr(args, name, None) for name in ("html", "parquet")]
    files = [str(Path(page).resolve()) for page in pages if page]
    require(len(set(files)) == len(files), "one file for two things", where=files[0] if files else "")
    require_between(args.processes, 1, 64, where="processes")
    require(
        not (args.scheduler and args.processes > 1), "give one of them", where="--processes and --scheduler"
    )
    kept = None
    if args.resume is not None:
        from ...files.kept import Folder

        kept = partial(Folder, args.resume)
    with ExitStack() as stack:
        yield Work(
            processes=args.processes,
            scheduler=args.scheduler,
            kept=kept,
            progress=stack.enter_context(_bar()),
            cancelled=stack.enter_context(_asked_to_end()),
            write=stack.enter_context(_rows(args, truth)) if getattr(args, "parquet", None) else None,
        )


@contextmanager
def _rows(
    args: argparse.Namespace, truth: str
) -> Iterator[Callable[[FindingPiece | LongitudinalPiece], None]]:
    from ...files.parquet import parquet_file
    from ...report.trial.rows import columns, said

    with parquet_file(args.parquet, said(args.seed, truth)) as write:
        yield lambda piece: write(columns(piece))


@contextmanager
def _bar() -> Iterator[Progress | None]:
    """A bar on standard error, where somebody looks and there is something to wait for."""
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as stack:
        shown: Progress | None = None

        def progress(what: str, done: int, total: int) -> None:
            nonlocal shown
            if shown is None and done * _LONG <= total:
                from ..progress import bar

                shown = stack.enter_context(bar("simulating"))
            if shown is not None:
                shown(what, done, total)

        yield progress


@contextmanager
def _asked_to_end() -> Iterator[Callable[[], bool] | None]:
    """Whether the program was asked to end, as batch queues and containers do before they kill it.

    The work then ends after the piece under way; asked a second time, at once.
    """
    if threading.current_thread() is not threading.main_thread():
        yield None
        return
    asked, before = threading.Event(), signal.getsignal(signal.SIGTERM)

    def end(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGTERM, before)

    signal.signal(signal.SIGTERM, end)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGTERM, before)
