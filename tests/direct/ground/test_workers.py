"""The same results in the same order from one process, two, and a Dask cluster, also when a worker dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from marrowdose import workers
from marrowdose.errors import Cancelled, InputError
from marrowdose.workers import spread


def square(x: int) -> tuple[int, int]:
    time.sleep(0.02)
    return x * x, os.getpid()


def fails(x: int) -> int:
    raise InputError(f"task {x}")


def dies(x: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return x


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as found:
        yield found


def test_here_and_in_two_processes() -> None:
    told: list[tuple[str, int, int]] = []
    here = list(spread(square, range(20), progress=lambda *said: told.append(said), name=str))
    there = list(spread(square, range(20), processes=2))
    assert [x for x, _ in here] == [x for x, _ in there] == [x * x for x in range(20)]
    assert {pid for _, pid in here} == {os.getpid()}
    assert os.getpid() not in {pid for _, pid in there}
    assert told == [(str(k), k + 1, 20) for k in range(20)]


def test_on_dask_a_killed_worker_loses_nothing(cluster: Any) -> None:
    found, killed = [], 0
    for value, pid in spread(square, range(60), scheduler=cluster.scheduler_address):
        found.append(value)
        if len(found) == 10:
            os.kill(pid, signal.SIGKILL)
            killed = pid
    assert killed
    assert found == [x * x for x in range(60)]


@pytest.mark.parametrize("where", [{}, {"processes": 2}])
def test_work_ends_between_two_pieces_where_somebody_asks(where: dict[str, Any]) -> None:
    before, found = set(multiprocessing.active_children()), list[int]()

    def collect() -> None:
        for value, _ in spread(square, range(40), cancelled=lambda: len(found) == 3, **where):
            found.append(value)

    with pytest.raises(Cancelled, match="after 3 of 40"):
        collect()
    assert found == [0, 1, 4]
    end = time.monotonic() + 20  # an ended worker is counted until somebody has waited for it
    while set(multiprocessing.active_children()) != before and time.monotonic() < end:
        time.sleep(0.05)
    assert set(multiprocessing.active_children()) == before  # nobody works on


def test_work_that_is_done_is_not_cancelled() -> None:
    assert len(list(spread(square, range(1), cancelled=lambda: True))) == 1


@pytest.mark.parametrize("where", [{}, {"processes": 2}])
def test_what_a_task_says_comes_through(where: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="task 0"):
        list(spread(fails, range(4), **where))


def test_a_dead_process_and_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="worker process died"):
        list(spread(dies, range(4), processes=2))
    with pytest.raises(InputError, match="processes"):
        list(spread(square, range(4), processes=0))
    with pytest.raises(InputError, match=r"no Dask scheduler.*dask scheduler"):
        list(spread(square, range(4), scheduler="tcp://127.0.0.1:9"))
    with pytest.raises(InputError, match="no Dask scheduler"):
        list(spread(square, range(4), scheduler="nonsense://x"))
