"""MCP-Mod and its power against DoseFinding from Debian, in one run: CPU seconds, ratio, and agreement.

Needs Rscript with DoseFinding and jsonlite (Debian: r-base-core r-cran-dosefinding r-cran-jsonlite). ``python
benchmarks/mcpmod.py [TRIALS]``; R analyses the first TRIALS (default 100) of our 1,000 data sets, the seconds
are scaled to 1,000.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # R runs on one thread too

import numpy as np

from marrowdose.statistics.mcpmod import (
    Batch,
    Candidate,
    TrialEstimates,
    analyse_estimates,
    analyse_normal,
    make_shape,
    power,
    summarise,
)

DOSES = [0.0, 0.05, 0.2, 0.6, 1.0]
DELTA = 0.4
GUESSES = {"linear": (), "emax": (0.05,), "sigemax": (0.5, 4), "exponential": (0.1,), "quadratic": (-0.85,)}
PLAN = [
    ("linear", ()),
    ("emax", (0.05,)),
    ("emax", (0.2,)),
    ("sigemax", (0.5, 4)),
    ("exponential", (0.3,)),
    ("quadratic", (-0.85,)),
]


def main() -> None:
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    rng = np.random.default_rng(20260101)
    dose = np.repeat(DOSES, 20)
    responses = 0.3 + 0.7 * dose / (dose + 0.2) + 0.7 * rng.standard_normal((1000, 100))
    candidates = [Candidate(label=k, shape=make_shape(k, 1.0), guess=g) for k, g in GUESSES.items()]
    plan = [Candidate(label=f"{k} {g}", shape=make_shape(k, 1.0), guess=g, max_effect=0.4) for k, g in PLAN]

    def analysed(trials: np.ndarray) -> Batch:
        return analyse_normal(summarise(dose, trials), candidates, delta=DELTA)

    analysed(responses[:10])  # points and tables are made once
    ours = min(_cpu(lambda: analysed(responses)) for _ in range(5))
    batch = analysed(responses)
    found = power(plan, DOSES, 50, 1.0)
    ours_power = min(_cpu(lambda: power(plan, DOSES, 50, 1.0)) for _ in range(10))
    seen = summarise(dose, responses)
    each = TrialEstimates(
        doses=seen.doses, means=seen.means, covariance=seen.variances[:, None, None] * np.eye(5) / 20
    )
    general = min(_cpu(lambda: analyse_estimates(each, candidates, delta=DELTA)) for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trials.json"
        path.write_text(
            json.dumps({"dose": dose.tolist(), "resp": responses[:asked].tolist(), "delta": DELTA})
        )
        done = subprocess.run(
            ["Rscript", str(Path(__file__).with_name("mcpmod.R")), str(path)],
            check=True,
            capture_output=True,
            text=True,
        )
    r = json.loads(done.stdout)
    theirs = r["mcpmod"] * 1000 / asked
    selected = ["none" if k < 0 else batch.shapes[k] for k in batch.chosen[:asked]]
    same = sum(a == b.lower() for a, b in zip(selected, r["selected"], strict=True))
    print(f"DoseFinding {r['version']}; CPU seconds, one thread")
    print(f"MCP-Mod on 1,000 data sets   {theirs:8.2f}  ours {ours:.3f}   ratio {theirs / ours:.0f}   bar 50")
    print(
        f"power of the contrast test   {r['power']:8.3f}  ours {ours_power:.4f}  ratio"
        f" {r['power'] / ours_power:.0f}   bar 20"
    )
    print(f"statistics differ by at most {np.abs(batch.statistics[:asked] - r['statistics']).max():.1e}")
    print(
        f"same shape selected in {same} of {asked}; ours {dict(Counter(selected))}, theirs"
        f" {dict(Counter(r['selected']))}"
    )
    print(
        f"power differs by at most {np.abs(found.power - r['powers']).max():.1e} (their error is about 1e-3)"
    )
    print(f"our fits that did not converge: {batch.failed} of {batch.fitted}")
    print(f"the same 1,000 as estimates with a covariance each: {general:.2f} s")


def _cpu(work: object) -> float:
    start = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - start


if __name__ == "__main__":
    main()
