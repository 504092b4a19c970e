"""Virtual patients: CPU seconds for 100,000 patients × 6 doses × 60 months, memory of a million, two Dask
workers.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import replace
from functools import reduce
from operator import add

from marrowdose.joint.batches import pieces
from marrowdose.joint.population import Population
from marrowdose.joint.tally import summary
from marrowdose.joint.weighting import weighting

MONTHS = (0.0, 3.0, 6.0, 12.0, 24.0, 36.0, 48.0, 60.0)
MANY = Population(patients=100_000, months=MONTHS, tier=2)


def cpu(population: Population, weighted: bool) -> float:
    for _ in pieces(replace(population, patients=500), None):
        pass  # compiled
    start = time.process_time()
    tilt = weighting(population) if weighted else None
    counted = reduce(add, (piece.tally for piece in pieces(population, tilt)))
    summary(counted, population, tilt)
    return time.process_time() - start


def on_dask(workers: int, population: Population) -> float:
    """Wall seconds after the workers have warmed up."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster:
        for _ in pieces(
            replace(population, patients=16_384 * workers), None, scheduler=cluster.scheduler_address
        ):
            pass
        start = time.perf_counter()
        for _ in pieces(population, None, scheduler=cluster.scheduler_address):
            pass
        return time.perf_counter() - start


def peak(patients: int) -> float:
    """Peak memory [MB] of a process of its own that gathers this many patients."""
    code = (
        "import resource; from functools import reduce; from operator import add\n"
        "from marrowdose.joint.batches import pieces; from marrowdose.joint.population import Population\n"
        f"reduce(add, (p.tally for p in pieces(Population(patients={patients}), None)))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


if __name__ == "__main__":
    for tier in (1, 2):
        for weighted in (False, True):
            spent = cpu(replace(MANY, tier=tier), weighted)
            print(
                f"tier {tier}, {'weighted' if weighted else 'drawn'}: 100,000 patients x 6 doses x 60 months"
                f" in {spent:.1f} CPU-s"
            )
    small, large = peak(100_000), peak(1_000_000)
    print(
        f"peak memory: 100,000 patients {small:.0f} MB, 1,000,000 patients {large:.0f} MB, ratio"
        f" {large / small:.2f}"
    )
    one, two = on_dask(1, MANY), on_dask(2, MANY)
    print(f"Dask, tier 2, 100,000 patients: one worker {one:.1f} s, two {two:.1f} s, ratio {one / two:.2f}")
    print(f"this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")
