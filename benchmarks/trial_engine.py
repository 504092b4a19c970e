"""The engine of ``marrowdose trial``: two Dask workers against one (bar: 1.7 times), and memory of a million
trials.

    python benchmarks/trial_engine.py [trials of the comparison, default 4000]

Both comparisons are the same work on workers that are warm, the faster of three turns each. Peak memory is
that of a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from marrowdose.files.toml import read_document
from marrowdose.job_pieces import Way
from marrowdose.trial.dose_finding.file import read_design
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.job import Job, run_job
from marrowdose.trial.truths.named import Named

TEMPLATES = Path(__file__).parents[1] / "src/marrowdose/trial/templates"
PEAK = """
import resource, sys
from marrowdose.cli import main
main(["trial", "run", sys.argv[1], "--trials", sys.argv[2], "--parquet", sys.argv[3]])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def seconds(workers: int, trials: int) -> tuple[float, float]:
    """Wall seconds of (late dose-finding, longitudinal) trials, by this many workers of one thread."""
    from distributed import LocalCluster

    design, truth = read_design(TEMPLATES / "obd.toml")
    assert truth is not None
    job = Job(document=read_document(TEMPLATES / "dose-ranging.toml"), truth=Named("posterior"), seed=1)
    found = []
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster:
        way = Way(scheduler=cluster.scheduler_address)
        for run, warm, all_of in (
            (lambda n: simulate(design, truth, n, way=way), workers * 500, trials),
            (lambda n: run_job(job, n, way=way), workers * 500, 2 * trials),
        ):
            run(warm)
            spent = []
            for _ in range(3):
                start = time.perf_counter()
                run(all_of)
                spent.append(time.perf_counter() - start)
            found.append(min(spent))
    return found[0], found[1]


def peak(trials: int, folder: str) -> float:
    """Peak memory [MB] of ``trial run`` of the escalation template, rows written to Parquet."""
    words = [str(TEMPLATES / "escalation.toml"), str(trials), f"{folder}/rows.parquet"]
    done = subprocess.run([sys.executable, "-c", PEAK, *words], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def main() -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        few, many = (peak(n, folder) for n in (10_000, 1_000_000))
    print(
        f"escalation: peak {few:.0f} MB for 10,000 trials, {many:.0f} MB for 1,000,000:"
        f" {1e6 * (many - few) / 990_000:.0f} bytes a trial"
    )
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    (one, longer), (two, shorter) = seconds(1, trials), seconds(2, trials)
    print(
        f"Dask, dose-finding with late events: one worker {one:.1f} s, two {two:.1f} s: {one / two:.2f} times"
        " (bar 1.7)"
    )
    print(
        f"Dask, longitudinal: one worker {longer:.1f} s, two {shorter:.1f} s: {longer / shorter:.2f} times"
        " (bar 1.7)"
    )


if __name__ == "__main__":
    main()
