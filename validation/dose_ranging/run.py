"""Longitudinal dose-ranging designs over many simulated trials: error, coverage, calibration, and who names
which dose.

    python validation/dose_ranging/run.py [trials, default 20000]

Writes record.json beside this file; README.md tells it,
tests/calibration/trial/test_dose_ranging_record.py reads it.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from marrowdose.files.toml import parse_document, read_document
from marrowdose.streams import normal, uniform
from marrowdose.trial.dose_ranging.analyses.smallest_sufficient import SmallestSufficient
from marrowdose.trial.dose_ranging.characteristics import characteristics, paired
from marrowdose.trial.dose_ranging.curve_average import Grid, average_curves
from marrowdose.trial.dose_ranging.design import Ranging
from marrowdose.trial.dose_ranging.file import Planned, read_ranging
from marrowdose.trial.dose_ranging.looks import Seen, Verdict
from marrowdose.trial.dose_ranging.simulate import simulate
from marrowdose.trial.estimate import estimate
from marrowdose.trial.truths.named import truth_of
from marrowdose.trial.truths.truth import Truth

HERE = Path(__file__).parent
TEMPLATES = HERE.parents[1] / "src/marrowdose/trial/templates"
MCPMOD = """
[analysis]
method = "mcp-mod"
candidates = ["linear", "emax=15", "sigemax=40,3", "quadratic=-0.0083"]
choose = "smallest"
"""
SEED = 2026


def _pair(values: np.ndarray) -> list[float]:
    """Mean over trials and its Monte-Carlo standard error."""
    found = estimate(values)
    return [found.value, found.monte_carlo_se]


def planned(name: str) -> Planned:
    return read_ranging(read_document(TEMPLATES / f"{name}.toml"))


def contrast(looks: tuple[float, ...]) -> Ranging:
    """MCP-Mod on the patients of the dose-ranging template."""
    text = (TEMPLATES / "dose-ranging.toml").read_text(encoding="utf-8")
    head, rest = text.split("[analysis]")
    document = parse_document(
        head.replace("looks = [0.5, 0.75]", f"looks = {list(looks)}")
        + MCPMOD
        + "[reality]"
        + rest.split("[reality]")[1],
        "mcp-mod",
    )
    return read_ranging(document).design


def designs() -> dict[str, Ranging]:
    own = planned("dose-ranging").design
    return {
        "smallest sufficient, two looks": own,
        "smallest sufficient, no look": replace(own, looks=()),
        "MCP-Mod, no look": contrast(()),
        "MCP-Mod, two looks": contrast((0.5, 0.75)),
        "select and confirm": planned("confirmatory").design,
    }


def shares(found: Any, what: str) -> list[list[float]]:
    return [[e.value, e.monte_carlo_se] for e in getattr(found, what)]


def null_trials(trials: int) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for name, design in designs().items():
        start = time.process_time()
        found = simulate(design, truth_of("null"), trials, seed=SEED)
        told = characteristics(found, margin=2.0, looks=len(design.stages))
        rows[name] = {
            "positive": list(told.positive),
            "coverage": shares(told, "coverage"),
            "bias": shares(told, "bias"),
            "patients": told.patients.value,
            "cpu_s": round(time.process_time() - start, 1),
        }
        print(name, rows[name], flush=True)
    return rows


def prior_truth(grid: Grid) -> Truth:
    """The benefit of every trial drawn from the design's own prior."""
    base = truth_of("null")
    edges = np.cumsum(grid.weight)

    def effect(trials: Any, doses: Any, months: Any) -> Any:
        g = np.minimum(np.searchsorted(edges, uniform(SEED, "curve", trials, 0)), len(edges) - 1)
        height = grid.mean + grid.sd * normal(SEED, "height", trials, 0)
        at = [list(grid.doses).index(d) if d > 0 else -1 for d in doses]
        shape = np.column_stack([grid.shape, np.zeros(len(grid.shape))])[g][:, at]
        return (height[:, None] * shape)[:, :, None] * np.ones(len(months))

    return replace(base, label="the design's prior", effect=effect)


class Told(SmallestSufficient):
    """The same analysis, which keeps what it thought at the end."""

    def verdict(self, seen: Seen, share: Any) -> Verdict:
        after = average_curves(self.grid, seen.means.last, seen.means.covariance)
        KEPT.append((after.within(self.margin), after.sufficient(self.margin), after.above(0.0)))
        return super().verdict(seen, share)


KEPT: list[tuple[Any, ...]] = []


def calibration(trials: int) -> dict[str, Any]:
    """Shares of true "within the margin" by what the analysis said, truth being drawn from its prior."""
    own = planned("dose-ranging").design
    told = Told(doses=own.doses, margin=2.0)
    plain = replace(
        own,
        looks=(),
        analysis=told,
        reality=replace(own.reality, rescue=0.0, dose_cv=0.0, batch_sd=0.0, failure=0.0),
    )
    KEPT.clear()
    found = simulate(plain, prior_truth(told.grid), trials, seed=SEED)
    arms = np.column_stack([np.zeros(len(found)), found.truth])
    inside = arms >= arms.max(axis=1, keepdims=True) - 2.0 - 1e-9
    said = [np.concatenate([part[k] for part in KEPT]) for k in range(3)]
    truths = [inside[:, 1:], np.arange(5) == inside.argmax(axis=1)[:, None], found.truth > 0]
    out: dict[str, Any] = {}
    for name, p, true in zip(("within", "smallest", "beats placebo"), said, truths, strict=True):
        rows = []
        for low in np.arange(0.0, 1.0, 0.1):
            here = (p >= low) & (p < low + 0.1 if low < 0.85 else p <= 1.0)
            touched = here.any(axis=1)
            if here.sum() < 200:
                continue
            residual = ((true - p) * here).sum(axis=1)[
                touched
            ]  # doses of a trial are not independent: errors by trial
            error = float(np.sqrt((residual**2).sum()) / here.sum())
            rows.append([float(p[here].mean()), float(true[here].mean()), error])
        out[name] = rows
    covered = (found.lower <= found.truth + 1e-9) & (found.truth <= found.upper + 1e-9)
    out["coverage"] = [_pair(c) for c in covered.T]
    print(out, flush=True)
    return out


def demonstration(trials: int) -> dict[str, Any]:
    """Our own design, the same always naming the top dose, and MCP-Mod, on the same patients."""
    own = planned("dose-ranging").design
    assert isinstance(own.analysis, SmallestSufficient)
    rivals = {
        "smallest sufficient": own,
        "always the top dose": replace(own, analysis=replace(own.analysis, choose="top")),
        "MCP-Mod": contrast((0.5, 0.75)),
    }
    rows: dict[str, Any] = {}
    for label in ("plateau", "falling", "rising", "posterior"):
        rows[label] = {}
        results = {
            name: simulate(design, truth_of(label), trials, seed=SEED) for name, design in rivals.items()
        }
        for name, found in results.items():
            told = characteristics(found, margin=2.0, looks=3)
            doses = np.array(own.doses)[found.named]
            rows[label][name] = {
                "named": shares(told, "named"),
                "within": list(told.within),
                "loss": list(told.loss),
                "positive": list(told.positive),
                "patients": told.patients.value,
                "dose": _pair(doses[found.named > 0]),
            }
        pair = paired(results["always the top dose"], results["smallest sufficient"], margin=2.0)
        rows[label]["smallest sufficient less always top"] = [list(d) for d in pair]
        print(label, rows[label], flush=True)
    return rows


def assurance(trials: int) -> dict[str, Any]:
    rows = {}
    for name, design in designs().items():
        rows[name] = {
            label: _pair(simulate(design, truth_of(label), trials, seed=SEED).positive)
            for label in ("posterior", "posterior-mean")
        }
        print(name, rows[name], flush=True)
    return rows


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    record = {
        "trials": trials,
        "seed": SEED,
        "null": null_trials(trials),
        "calibration": calibration(trials),
        "demonstration": demonstration(trials // 4),
        "assurance": assurance(trials // 4),
    }
    (HERE / "record.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
