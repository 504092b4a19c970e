"""Type-I error of MCP-Mod over simulated trials without any effect; writes ``type_one.json`` beside this
file.

100,000 trials each of two designs at one-sided 2.5 % and 5 %: 5 doses × 20 patients with five candidates, and
unequal arms of 4 doses with 8 candidates (more than the doses can tell apart).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from marrowdose.statistics.mcpmod import (
    Candidate,
    ContrastRule,
    draw_trials,
    make_shape,
    operating_characteristics,
)

TRIALS = 100_000
DESIGNS = {
    "5 doses x 20, 5 candidates": (
        [0.0, 0.05, 0.2, 0.6, 1.0],
        [20] * 5,
        {"linear": (), "emax": (0.05,), "sigemax": (0.5, 4), "exponential": (0.1,), "quadratic": (-0.85,)},
    ),
    "4 doses, 12/6/6/12 patients, 8 candidates": (
        [0.0, 0.1, 0.5, 1.0],
        [12, 6, 6, 12],
        {
            "linear": (),
            "linlog": (),
            "emax": (0.1,),
            "sigemax": (0.5, 4),
            "exponential": (0.3,),
            "quadratic": (-0.85,),
            "logistic": (0.3, 0.06),
            "beta": (0.33, 2.31),
        },
    ),
}


def main() -> None:
    rows = []
    for k, (name, (doses, n, guesses)) in enumerate(DESIGNS.items()):
        candidates = [Candidate(label=s, shape=make_shape(s, 1.0), guess=g) for s, g in guesses.items()]
        for alpha in (0.025, 0.05):
            rng = np.random.default_rng([20260101, k, round(1000 * alpha)])
            drawn = draw_trials(None, doses, n, 1.0, trials=TRIALS, rng=rng)
            rule = ContrastRule(alpha=alpha)
            found = operating_characteristics(drawn, candidates, truth=None, rule=rule)
            rows.append(
                {
                    "design": name,
                    "alpha": alpha,
                    "trials": TRIALS,
                    "rejected": found.power,
                    "se": found.power_error,
                }
            )
            print(rows[-1])
    Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
