"""Seamless designs over many simulated trials: type-I error by what the run-in left open, open doses against
exact paths, the price.

    python validation/seamless/run.py [trials, default 20000]

Writes record.json beside this file; README.md tells it,
tests/calibration/trial/test_seamless_record.py reads it.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from marrowdose.files.toml import Document, parse_document, read_document
from marrowdose.job_pieces import Way
from marrowdose.report.trial.dose_ranging.run_in import run_in_record, sets_record
from marrowdose.trial.dose_finding.paths import all_paths
from marrowdose.trial.dose_ranging.characteristics import characteristics, paired
from marrowdose.trial.estimate import estimate
from marrowdose.trial.job import Job, run_job
from marrowdose.trial.seamless.file import PlannedSeamless
from marrowdose.trial.seamless.going_on import exact_sets
from marrowdose.trial.seamless.hand_over import SeamlessResults
from marrowdose.trial.truths.named import Named, named

HERE = Path(__file__).parent
TEMPLATES = HERE.parents[1] / "src/marrowdose/trial/templates"
TEXT = (TEMPLATES / "seamless.toml").read_text(encoding="utf-8")
SEED = 2026
LITTLE = "toxicity = [0.02, 0.03, 0.05, 0.08]"
TOXICITIES = {
    "little": LITTLE,
    "steep": "toxicity = [0.05, 0.15, 0.3, 0.45]",
    "too much": "toxicity = [0.4, 0.5, 0.6, 0.7]",
}
STRATUM = ", run-in as a stratum"
MCPMOD = (
    'method = "mcp-mod"\ncandidates = ["linear", "emax=15", "sigemax=40,3", "quadratic=-0.0083"]\nchoose ='
    ' "smallest"\n'
)
ANALYSES = {
    "smallest sufficient": "",
    f"smallest sufficient{STRATUM}": "",
    "MCP-Mod": MCPMOD,
    f"MCP-Mod{STRATUM}": MCPMOD,
    "select and confirm": (
        'method = "select and confirm"\n\n[selection]\nchoose = "smallest"\nmargin = 2\nwithin = 0.75\n'
    ),
}


def _pair(values: np.ndarray) -> list[float]:
    """Mean over trials and its Monte-Carlo standard error."""
    found = estimate(values)
    return [found.value, found.monte_carlo_se]


def document(toxicity: str, analysis: str = "smallest sufficient", *, exact: bool = False) -> Document:
    """The template under another toxicity and analysis; ``exact``: cells as planned, which can be
    enumerated.
    """
    text = TEXT.replace(LITTLE, TOXICITIES[toxicity])
    if analysis.endswith(STRATUM):
        text = text.replace('scores = "apart"', 'scores = "stratum"')
    if ANALYSES[analysis]:
        head, rest = text.split("[analysis]\n")
        text = f"{head}[analysis]\n{ANALYSES[analysis]}\n[reality]{rest.split('[reality]')[1]}"
    if exact:
        text = text.replace("dose_cv = 0.1", "").replace("failure = 0.02", "")
    return parse_document(text, "seamless.toml")


def null_trials(trials: int) -> list[dict[str, Any]]:
    rows = []
    for analysis in ANALYSES:
        for toxicity in ("little", "steep"):
            job = Job(document=document(toxicity, analysis), truth=named("null"), seed=SEED)
            start = time.process_time()
            found: Any = run_job(job, trials)
            many = found.opened.sum(axis=1)
            by_number = {
                str(k): [int((many == k).sum()), *_pair(found.positive[many == k])]
                for k in range(1, 5)
                if (many == k).sum() > 100
            }
            told = characteristics(found, margin=2.0, looks=3)
            rows.append(
                {
                    "analysis": analysis,
                    "toxicity": toxicity,
                    "positive": _pair(found.positive),
                    "by_open_doses": by_number,
                    "coverage": [list(e) for e in told.coverage],
                    "none_open": _pair(many == 0),
                    "patients": told.patients.value,
                    "cpu_s": round(time.process_time() - start, 1),
                }
            )
            print(rows[-1], flush=True)
    return rows


def open_sets(trials: int) -> dict[str, Any]:
    """Simulated shares of the sets of open doses beside the exact ones."""
    rows = {}
    for toxicity in TOXICITIES:
        job = Job(document=document(toxicity, exact=True), truth=named("null"), seed=SEED, patients=60)
        planned = job.planned
        assert isinstance(planned, PlannedSeamless)
        assert planned.run_in.truth is not None
        paths = all_paths(planned.run_in.design, planned.run_in.truth)
        exact = sets_record(exact_sets(planned, paths))
        found = run_job(job, trials)
        assert isinstance(found, SeamlessResults)
        told = run_in_record(planned, found)
        rows[toxicity] = {name: [p, told["open_sets"].get(name, 0.0)] for name, p in exact.items()}
        print(toxicity, rows[toxicity], flush=True)
    return rows


STEEP = (0.05, 0.15, 0.3, 0.45)
RISKY = [arm for arm, p in enumerate(STEEP, start=1) if p > 0.25]


def price(trials: int) -> list[dict[str, Any]]:
    """Seamless less plain dose-ranging over the same randomised patients; both parts meet the same harm,
    which the truth states.
    """
    seamless = parse_document(TEXT.split("# What the run-in meets")[0], "seamless.toml")
    plain, rows = read_document(TEMPLATES / "dose-ranging.toml"), []
    for shape in ("plateau", "falling", "rising"):
        for toxicity, harm in (("little", (0.02, 0.03, 0.05, 0.08)), ("steep", STEEP)):
            text = (
                f"[effect]\nshape = '{shape}'\n[harm]\ndoses = [0, 10, 25, 50, 100]\nprobability ="
                f" {[0.02, *harm]}\n"
            )
            truth = Named(f"{shape}.toml", text)
            base, found = (
                run_job(Job(document=d, truth=truth, seed=SEED), trials) for d in (plain, seamless)
            )
            rows.append(
                {
                    "truth": shape,
                    "toxicity": toxicity,
                    "differences": {
                        d.what: [d.less.value, *d.less.interval] for d in paired(base, found, margin=2.0)
                    },
                    "harmed": [_pair(r.harmed.sum(axis=1)) for r in (base, found)],
                    "at_risky": [_pair(r.treated[:, RISKY].sum(axis=1)) for r in (base, found)],
                    "named_risky": [_pair(np.isin(r.named, RISKY)) for r in (base, found)],
                }
            )
            print(rows[-1], flush=True)
    return rows


def same(trials: int) -> int:
    """Trials whose answer differs from plain dose-ranging where the run-in meets no toxicity at all."""
    text = TEXT.replace(LITTLE, "toxicity = [0.0, 0.0, 0.0, 0.0]")
    job = Job(document=parse_document(text, "seamless.toml"), truth=named("plateau"), seed=SEED)
    plain = replace(job, document=read_document(TEMPLATES / "dose-ranging.toml"))
    a, b = run_job(job, trials), run_job(plain, trials)
    return int((a.named != b.named).sum() + (a.look != b.look).sum())


def workers(trials: int) -> bool:
    """Whether two processes give the same bytes as one."""
    job = Job(document=document("steep"), truth=named("posterior"), seed=SEED)
    one, two = (run_job(job, trials, way=Way(processes=n)) for n in (1, 2))
    return all(
        np.array_equal(getattr(one, k), getattr(two, k), equal_nan=True)
        for k in ("named", "months", "benefit", "treated")
    )


if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    found = {
        "trials": n,
        "seed": SEED,
        "null": null_trials(n),
        "open_sets": open_sets(n),
        "same_as_plain": same(n // 10),
        "workers": workers(n // 20),
        "price": price(n // 10),
    }
    (HERE / "record.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
