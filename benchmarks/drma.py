"""Dose-response statistics against R, CPU seconds of one run on this machine, and against a pinned figure.

Needs R with metafor and jsonlite (Debian: r-base-core r-cran-metafor r-cran-jsonlite). dosresmeta is not in
Debian: its 0.077 CPU-s for a two-stage three-knot spline of the pinned alcohol data is quoted.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from marrowdose.statistics.meta import Fitting, drma, pool

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
DOSRESMETA_CPU_S = 0.077
RUNS = 200
R_SCRIPT = """
suppressMessages(library(metafor))
d <- jsonlite::fromJSON("{file}")$inputs
run <- function() rma(d$yi, d$vi, method="REML")
for (i in 1:20) run()
t <- proc.time(); for (i in 1:{runs}) run(); t <- proc.time() - t
cat((t[["user.self"]] + t[["sys.self"]]) / {runs}, as.character(packageVersion("metafor")))
"""


def cpu_seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Mean CPU time of one call, after a few to warm up."""
    for _ in range(20):
        work()
    start = time.process_time()
    for _ in range(runs):
        work()
    return (time.process_time() - start) / runs


def main() -> None:
    trials = json.loads((GOLDEN / "metafor_bcg.json").read_text("utf-8"))["inputs"]
    given = json.loads((GOLDEN / "dosresmeta.json").read_text("utf-8"))["alcohol_cvd"]["inputs"]
    columns = {
        "study": "id",
        "dose": "dose",
        "effect": "logrr",
        "se": "se",
        "cases": "cases",
        "n": "n",
        "type": "type",
    }
    table = {ours: given[theirs] for ours, theirs in columns.items()}

    script = R_SCRIPT.format(file=GOLDEN / "metafor_bcg.json", runs=RUNS)
    theirs, version = subprocess.run(
        ["Rscript", "-e", script], check=True, capture_output=True, text=True
    ).stdout.split()
    ours = cpu_seconds(lambda: pool(trials["yi"], trials["vi"]))
    print(
        f"REML, 13 studies       {1000 * ours:.2f} ms; rma (metafor {version}) {1000 * float(theirs):.2f} ms:"
        f" ratio {float(theirs) / ours:.1f}   limit 5"
    )
    spline = cpu_seconds(lambda: drma(table, "rcs3", measure="reported", fitting=Fitting(stages="two")), 100)
    print(
        f"two-stage spline, 6    {1000 * spline:.2f} ms; dosresmeta 2.2 {1000 * DOSRESMETA_CPU_S:.0f} ms"
        f" (quoted): ratio {DOSRESMETA_CPU_S / spline:.1f}   limit 10"
    )


if __name__ == "__main__":
    main()
