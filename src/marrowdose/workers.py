"""Independent pieces of work on one core, several, or several machines: the results do not depend on which.

One idea: ``spread(function, tasks)`` is ``map`` with a place to run. Order is kept, only a window of tasks is
under way at any time (so memory is bounded), and a piece must carry its own seed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from .errors import Cancelled, InputError, require

T = TypeVar("T")
R = TypeVar("R")
Progress = Callable[[str, int, int], None]
Asked = Callable[[], bool]  # whether somebody wants the work to end
WINDOW = 4  # tasks under way for each worker: nobody waits, and few results wait for their turn
CONNECT_SECONDS = 10
_END_SECONDS = 5  # a worker that was told to end has so long
RETRIES = 3  # a task whose worker died is done again elsewhere


def spread(
    function: Callable[[T], R],
    tasks: Sequence[T],
    *,
    processes: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
    name: Callable[[T], str] = lambda task: "",
) -> Generator[R, None, None]:
    """``map(function, tasks)``, in order, here or elsewhere.

    ``processes``: worker processes on this machine (1: none but this). ``scheduler``: address of a Dask
    scheduler, as ``tcp://10.0.0.7:8786`` (extra ``cluster``); its workers must have the same marrowdose.
    ``progress(name(task), done, total)`` is told after each task; ``cancelled`` is asked after each, and
    where it says yes the workers are let go and ``Cancelled`` is raised. Raises ``InputError`` where the
    workers are not to be had or died more than ``RETRIES`` times over the same task; what ``function``
    raises passes through.
    """
    require(processes >= 1, f"{processes} processes", where="processes", allowed="1 or more")
    if not tasks:
        return
    if scheduler is not None:
        results = _on_dask(function, tasks, scheduler)
    elif processes > 1 and len(tasks) > 1:
        results = _on_processes(function, tasks, processes)
    else:
        results = map(function, tasks)
    try:
        for k, (task, result) in enumerate(zip(tasks, results, strict=True), 1):
            if progress:
                progress(name(task), k, len(tasks))
            yield result
            if cancelled is not None and k < len(tasks) and cancelled():
                raise Cancelled(f"cancelled after {k} of {len(tasks)} pieces of work")
    finally:
        if isinstance(results, Generator):
            results.close()  # lets workers go that nobody waits for any more


def _on_processes(function: Callable[[T], R], tasks: Sequence[T], processes: int) -> Iterator[R]:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core a worker
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            yield from _window(lambda task: pool.submit(function, task), tasks, WINDOW * processes)
        except BrokenProcessPool as problem:
            raise InputError(
                "a worker process died", remedy="free some memory, or give fewer processes"
            ) from problem
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            ours = set(multiprocessing.active_children()) - others
            for worker in ours:  # else an interrupt waits for them
                worker.terminate()
            for worker in ours:
                worker.join(_END_SECONDS)
                worker.kill()  # whoever did not listen; nothing to one that has ended
            raise


def _on_dask(function: Callable[[T], R], tasks: Sequence[T], address: str) -> Iterator[R]:
    try:
        from distributed import Client, KilledWorker
    except ImportError as problem:
        remedy = "pip install 'marrowdose[cluster]'"
        raise InputError("Dask is not installed", where="scheduler", remedy=remedy) from problem
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as problem:
        remedy = "start one with `dask scheduler` and workers with `dask worker ADDRESS`"
        raise InputError(
            f"no Dask scheduler answers at {address!r}", where="scheduler", remedy=remedy
        ) from problem
    with client:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        require(
            workers > 0,
            "the scheduler has no workers",
            where=address,
            remedy="start some with `dask worker ADDRESS`",
        )
        try:
            yield from _window(
                lambda task: client.submit(function, task, pure=False, retries=RETRIES),
                tasks,
                WINDOW * workers,
            )
        except KilledWorker as problem:
            raise InputError(
                "workers died again and again over the same task",
                where=address,
                remedy="give the workers more memory",
            ) from problem


def _window(submit: Callable[[Any], Any], tasks: Sequence[Any], size: int) -> Iterator[Any]:
    """Results in the order of ``tasks``, with at most ``size`` submitted and not yet taken."""
    left = iter(tasks)
    with _interrupts_are_ours():
        waiting = deque(submit(task) for task in islice(left, size))
    while waiting:
        yield waiting.popleft().result()
        waiting.extend(submit(task) for task in islice(left, 1))


@contextmanager
def _interrupts_are_ours() -> Iterator[None]:
    """Workers started inside never see Ctrl-C: the parent answers it, without a traceback from each of
    them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # inherited by what is started now
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
