"""10,000 MMRM fits against nlme's gls from Debian, in one run: CPU seconds, ratio, and agreement.

Needs Rscript with nlme and jsonlite (Debian: r-base-core r-cran-nlme r-cran-jsonlite).
``python benchmarks/mmrm.py [TRIALS]``; R fits the first TRIALS (default 10) of the data sets, the seconds are
scaled to all of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # R runs on one thread too

import numpy as np

from marrowdose.statistics.repeated import contrasts, mmrm

TRIALS, PATIENTS, ARMS = 10_000, 300, 5
SIGMA = 400 * np.array([[1, 0.65, 0.5], [0.65, 1, 0.7], [0.5, 0.7, 1]])


def main() -> None:
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    rng = np.random.default_rng(20260102)
    arm = np.arange(PATIENTS) % ARMS
    baseline = rng.normal(55, 12, (TRIALS, PATIENTS))
    values = (
        10
        + 0.4 * baseline[..., None]
        + rng.standard_normal((TRIALS, PATIENTS, 3)) @ np.linalg.cholesky(SIGMA).T
    )
    leave = rng.random((TRIALS, PATIENTS))
    for visit, part in enumerate((0.05, 0.12, 0.2)):
        values[leave < part, visit] = np.nan
    mmrm(values[:10], arm, baseline=baseline[:10])
    start = time.process_time()
    fit = mmrm(values, arm, baseline=baseline)
    ours = time.process_time() - start
    start = time.process_time()
    contrasts(fit, np.eye(ARMS)[1:] - np.eye(ARMS)[0])
    tests = time.process_time() - start
    start = time.process_time()
    for t in range(200):
        mmrm(values[t : t + 1], arm, baseline=baseline[t])
    single = (time.process_time() - start) * TRIALS / 200
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trials.json"
        rows = [
            {
                "arm": arm.tolist(),
                "baseline": baseline[t].tolist(),
                "values": np.where(np.isnan(values[t]), -9999, values[t]).tolist(),
            }
            for t in range(asked)
        ]
        path.write_text(json.dumps(rows))
        done = subprocess.run(
            ["Rscript", str(Path(__file__).with_name("mmrm.R")), str(path)],
            check=True,
            capture_output=True,
            text=True,
        )
    r = json.loads(done.stdout)
    theirs = r["seconds"] * TRIALS / asked
    effect = fit.means[:asked, ARMS - 1, -1] - fit.means[:asked, 0, -1]
    print(f"{TRIALS} trials x {PATIENTS} patients x 3 visits, drop-out, baseline, REML")
    print(
        f"ours {ours:.1f} CPU-s, converged {fit.converged.mean():.4f}; one trial at a time {single:.1f}"
        f" ({single / ours:.0f} to 1)"
    )
    print(f"Kenward-Roger tests of all doses over placebo {tests:.1f} CPU-s more (nlme has none)")
    print(f"nlme {r['version']}: {theirs:.0f} CPU-s (timed on {asked}), ratio {theirs / ours:.0f}")
    print(f"largest difference of log-likelihood {np.abs(fit.loglik[:asked] - r['loglik']).max():.1e},")
    print(f"of the effect of the top arm at the last visit {np.abs(effect - r['effect']).max():.1e} points")


if __name__ == "__main__":
    main()
