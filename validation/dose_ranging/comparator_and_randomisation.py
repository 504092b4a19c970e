"""Active arm, background, permuted blocks and renewal between looks where no dose helps: error and coverage.

    python validation/dose_ranging/comparator_and_randomisation.py [trials, default 20000]

Writes comparator_and_randomisation.json beside this file; README.md tells it,
tests/calibration/trial/test_comparator_and_randomisation_record.py reads it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from marrowdose.files.toml import Document, parse_document
from marrowdose.statistics.allocation import AdaptiveRandomisation
from marrowdose.statistics.allocation import simulate as simulate_adaptive
from marrowdose.trial.dose_ranging.characteristics import characteristics
from marrowdose.trial.dose_ranging.file import read_ranging
from marrowdose.trial.dose_ranging.simulate import simulate
from marrowdose.trial.dose_ranging.versus import versus
from marrowdose.trial.estimate import estimate
from marrowdose.trial.truths.named import read_scenario
from marrowdose.trial.truths.truth import Truth

HERE = Path(__file__).parent
OWN = (HERE.parents[1] / "src/marrowdose/trial/templates/dose-ranging.toml").read_text(encoding="utf-8")
MCPMOD = 'method = "mcp-mod"\ncandidates = ["linear", "emax=15", "sigemax=40,3", "quadratic=-0.0083"]\n'
SEED = 2026
ARM = "[comparator]\n"
CASES: dict[
    str, tuple[str, str, float, float]
] = {  # analysis, section, the comparator's benefit, share of trials
    "MCP-Mod, active arm": ("mcp-mod", ARM, 0.0, 1.0),
    "smallest sufficient, active arm": ("own", ARM, 0.0, 1.0),
    "smallest sufficient, active arm, O'Brien-Fleming": (
        "own",
        ARM + 'spending = "obrien-fleming"\n',
        0.0,
        1.0,
    ),
    "smallest sufficient, not inferior by 5, truly inferior by 5": (
        "own",
        ARM + 'question = "non-inferiority"\nmargin = 5\n',
        5.0,
        1.0,
    ),
    "MCP-Mod, background": ("mcp-mod", "[background]\n", 3.0, 1.0),
    "MCP-Mod, blocks of 6": ("mcp-mod", "[randomisation]\nblock = 6\n", 0.0, 1.0),
    "smallest sufficient, blocks of 6": ("own", "[randomisation]\nblock = 6\n", 0.0, 1.0),
    "smallest sufficient, renewed every 10": (
        "own",
        "[randomisation]\nevery = 10\nburn_in = 60\ncap = 0.4\n",
        0.0,
        1.0,
    ),
    "smallest sufficient, renewed after every patient": (
        "own",
        "[randomisation]\nevery = 1\nburn_in = 60\ncap = 0.4\n",
        0.0,
        0.4,
    ),
}


def _pair(values: np.ndarray) -> list[float]:
    """Mean over trials and its Monte-Carlo standard error."""
    found = estimate(values)
    return [found.value, found.monte_carlo_se]


def null(active: float) -> Truth:
    """No dose helps; the active arm by so many points at every visit."""
    table = {"effect": {"shape": "null"}, "ha": {"months": [0.5, 120], "points": [active, active]}}
    return read_scenario(Document(path="no dose helps", data=table))


def text_of(analysis: str, section: str) -> str:
    """The dose-ranging template with this analysis (without a look for MCP-Mod) and one section more."""
    head, rest = OWN.split("[analysis]\n")
    if analysis == "own":
        return OWN + "\n" + section
    return (
        head.replace("looks = [0.5, 0.75]", "looks = []")
        + "[analysis]\n"
        + MCPMOD
        + "[reality]"
        + rest.split("[reality]")[1]
        + "\n"
        + section
    )


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    rows: dict[str, Any] = {}
    for name, (analysis, section, active, part) in CASES.items():
        start = time.process_time()
        design = read_ranging(parse_document(text_of(analysis, section), name)).design
        found = simulate(design, null(active), round(trials * part), seed=SEED)
        told = characteristics(found, margin=2.0, looks=len(design.stages))
        row: dict[str, Any] = {
            "trials": len(found),
            "positive": list(told.positive),
            "coverage": [list(c) for c in told.coverage],
            "patients": told.patients.value,
        }
        if design.comparator is not None and found.shown is not None:
            other = versus(found, design.comparator.bound)
            row |= {
                "any_dose_shown": _pair(found.shown.any(axis=1)),
                "named_shown": list(other.named_shown),
                "difference_coverage": [list(c) for c in other.difference_coverage],
            }
        rows[name] = row | {"cpu_s": round(time.process_time() - start, 1)}
        print(name, rows[name], flush=True)
    plain = AdaptiveRandomisation(looks=(100, 200, 300, 400, 500))
    often = AdaptiveRandomisation(looks=plain.looks, every=10, block=10, burn_in=50, control=0.2, cap=0.5)
    adaptive: dict[str, Any] = {}
    for name, rule in (("at looks", plain), ("every 10, in blocks, limited", often)):
        start = time.process_time()
        runs = simulate_adaptive(rule, [0.0] * 5, sd=20.0, trials=trials // 2, seed=SEED)
        share = np.asarray(runs.patients / runs.size[:, None])
        adaptive[name] = {
            "trials": trials // 2,
            "superior": _pair(runs.superior),
            "largest_share": float(share.max()),
            "least_control": float(share[:, 0].min()),
            "cpu_s": round(time.process_time() - start, 1),
        }
        print(name, adaptive[name], flush=True)
    record = {"trials": trials, "seed": SEED, "null": rows, "adaptive": adaptive}
    Path(__file__).with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
