"""How fast is one plan? Import, command, one more patient; and the sorted quantiles against NumPy's own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np


def best_of(times: int, *command: str) -> float:
    """Smallest wall time of a command [s]."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        found.append(time.perf_counter() - start)
    return min(found)


def main() -> None:
    empty = best_of(5, sys.executable, "-c", "pass")
    load = best_of(5, sys.executable, "-c", "import marrowdose")
    cli = Path(sys.executable).with_name("marrowdose")
    plan = best_of(5, str(cli), "plan", "--example", "--json")
    print(
        f"import marrowdose             {load - empty:.3f} s over an empty interpreter ({empty:.3f} s)  "
        " limit 0.3 s"
    )
    print(f"marrowdose plan --example     {plan:.3f} s wall, warm                                 limit 1 s")

    from marrowdose import Goal, advise, patient_from, shipped_fit
    from marrowdose.patient.intake import EXAMPLE
    from marrowdose.patient.predict import bands

    fit, patient = shipped_fit(), patient_from(EXAMPLE)
    advise(fit, patient)
    each = []
    for k in range(30):
        start = time.perf_counter()
        advise(fit, patient_from({**EXAMPLE, "age": 40 + k}), Goal())
        each.append(time.perf_counter() - start)
    print(
        f"one more patient              {1000 * np.median(each):.1f} ms median, {1000 * min(each):.1f} ms"
        " best               limit 20 ms"
    )

    draws = np.random.default_rng(0).standard_normal((4000, 66))
    levels = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]
    ours = min(_timed(lambda: bands(draws)) for _ in range(10))
    theirs = min(_timed(lambda: np.quantile(draws, levels, axis=0)) for _ in range(10))
    print(
        f"66 bands of 4000 draws        {1000 * ours:.1f} ms; np.quantile {1000 * theirs:.1f} ms: ratio"
        f" {theirs / ours:.1f}"
    )


def _timed(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
