"""A progress bar on standard error, for work that takes longer than a breath."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Yields ``progress(what, done, total)``; the bar goes to standard error, so output stays clean."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(title, total=None)

        def progress(what: str, done: int, total: int) -> None:
            shown.update(task, description=f"{title}: {what}"[:60].ljust(60), completed=done, total=total)

        yield progress
