"""Bias and coverage of each estimand under each way to leave, and of the extension template, against theory.

    python validation/estimands/run.py [trials, default 10000]

Writes record.json beside this file; README.md tells it,
tests/calibration/statistics/test_mmrm_record.py reads it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from marrowdose.files.toml import read_document
from marrowdose.statistics.mcpmod import Candidate, make_shape
from marrowdose.trial.dose_ranging.analyses.mcpmod import ContrastAnalysis
from marrowdose.trial.dose_ranging.characteristics import characteristics
from marrowdose.trial.dose_ranging.design import Ranging
from marrowdose.trial.dose_ranging.file import read_ranging
from marrowdose.trial.dose_ranging.persons import ESTIMANDS, Estimand, Reality
from marrowdose.trial.dose_ranging.simulate import simulate
from marrowdose.trial.truths.named import preset

HERE = Path(__file__).parent
EXTENSION = HERE.parents[1] / "src/marrowdose/trial/templates/extension.toml"
SEED = 2026
LEAVING: dict[str, dict[str, float]] = {
    "nobody leaves": {},
    "completely at random": {"lost": 0.3},
    "at random": {"lost": 0.3, "lost_log_odds": 0.6},
    "lack of effect": {"leave": 0.5, "leave_below": 10.0},
}


def two_arms(estimand: Estimand, leaving: str) -> Ranging:
    """100 patients an arm, placebo and 50 M; half of those with less than 8 points are rescued, which gives
    10.
    """
    line = Candidate(label="linear", shape=make_shape("linear", 50.0), guess=())
    analysis = ContrastAnalysis(doses=(0.0, 50.0), candidates=(line,), looks=())
    reality = Reality(rescue=0.5, rescue_below=8.0, rescue_gain=10.0, **LEAVING[leaving])  # type: ignore[arg-type]
    return Ranging(
        name=f"{estimand}, {leaving}",
        doses=(0.0, 50.0),
        visits=(3.0, 6.0, 12.0),
        patients=200,
        allocation=(1.0, 1.0),
        analysis=analysis,
        estimand=estimand,
        reality=reality,
    )


def extension(leave: float) -> Ranging:
    """The template, with this probability to leave where nothing is left of the improvement."""
    design = read_ranging(read_document(EXTENSION)).design
    return replace(design, reality=replace(design.reality, leave=leave))


def row(design: Ranging, trials: int) -> dict[str, Any]:
    """Estimates with Monte-Carlo errors, of the first dose where there are several."""
    c = characteristics(simulate(design, preset("plateau"), trials, seed=SEED), margin=2.0, looks=1)
    told = {"target": c.target[0], "bias": c.bias[0], "coverage": c.coverage[0], "lost": c.lost}
    return {name: [e.value, e.monte_carlo_se] for name, e in told.items()}


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    found = {e: {name: row(two_arms(e, name), trials) for name in LEAVING} for e in ESTIMANDS}
    years = {f"{leave:g}": row(extension(leave), trials // 2) for leave in (0.0, 0.15, 0.4)}
    record = {"trials": trials, "seed": SEED, "estimands": found, "extension": years}
    (HERE / "record.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record))


if __name__ == "__main__":
    main()
