"""Coverage of prediction intervals over simulated meta-analyses; writes record.json beside this file.

Truth: θ_i ~ Normal(0.3, τ²), within-study variances 0.02–0.3 (χ²-like, as in trials of 15–200 patients), τ²
so that the share between studies is about 0, 30, 60 or 85 %. A new study's true effect is drawn for each.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from marrowdose.statistics.meta import pool

REPEATS = 5000
TAU2 = (0.0, 0.03, 0.1, 0.4)
STUDIES = (5, 10, 20)


def coverage(k: int, tau2: float, rng: np.random.Generator, repeats: int = REPEATS) -> dict[str, float]:
    """Share of 95 % intervals that hold the mean, and the truth of a new study, by normal and
    Knapp–Hartung.
    """
    inside = {name: 0 for name in ("mean_z", "new_z", "mean_knha", "new_knha")}
    for _ in range(repeats):
        v = 0.02 + 0.06 * rng.chisquare(1, k).clip(0, 4.5)
        theta = 0.3 + np.sqrt(tau2) * rng.standard_normal(k + 1)
        y = theta[:k] + np.sqrt(v) * rng.standard_normal(k)
        for test in ("z", "knha"):
            fit = pool(y, v, test=test)
            inside[f"mean_{test}"] += bool(fit.low[0] <= 0.3 <= fit.high[0])
            inside[f"new_{test}"] += bool(fit.predict_low <= theta[k] <= fit.predict_high)
    return {name: count / repeats for name, count in inside.items()}


def main() -> None:
    rng = np.random.default_rng(20260301)
    rows = [{"k": k, "tau2": t, **coverage(k, t, rng)} for k in STUDIES for t in TAU2]
    record = {"repeats": REPEATS, "level": 0.95, "seed": 20260301, "rows": rows}
    Path(__file__).with_name("record.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
