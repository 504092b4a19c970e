"""10,000 longitudinal trials with MCP-Mod (bar: 60 CPU-seconds), against the same analysis one trial at a
time.

    python benchmarks/dose_ranging.py [trials, default 10000]

250 patients, placebo and four doses, scores at 3, 6 and 12 months, drop-out and rescue. The peer fits the
mixed model and MCP-Mod of each trial on its own with this program's single-trial functions; it is timed on 20
trials and scaled.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from marrowdose.files.toml import parse_document, read_document
from marrowdose.statistics.mcpmod import estimates, mcpmod
from marrowdose.statistics.repeated import mmrm
from marrowdose.trial.dose_ranging.analyses.mcpmod import ContrastAnalysis
from marrowdose.trial.dose_ranging.design import Ranging
from marrowdose.trial.dose_ranging.file import read_ranging
from marrowdose.trial.dose_ranging.looks import Seen, Verdict
from marrowdose.trial.dose_ranging.simulate import simulate
from marrowdose.trial.truths.named import preset

TEMPLATES = Path(__file__).parents[1] / "src/marrowdose/trial/templates"
ANALYSIS = (
    '[analysis]\nmethod = "mcp-mod"\ncandidates = ["linear", "emax=15", "sigemax=40,3",'
    ' "quadratic=-0.0083"]\n\n'
)
PEERS = 20


class OneByOne(ContrastAnalysis):
    """The same, trial by trial."""

    def verdict(self, seen: Seen, share: np.ndarray) -> Verdict:
        for values, arm, baseline in zip(seen.values, seen.arm, seen.baseline, strict=True):
            fitted = mmrm(values[None], arm[None], baseline=baseline[None])
            means, covariance = fitted.visit()
            mcpmod(estimates(seen.doses, means[0], covariance[0]), self.candidates)
        return super().verdict(seen, share)


def design() -> Ranging:
    text = (
        (TEMPLATES / "dose-ranging.toml")
        .read_text(encoding="utf-8")
        .replace("looks = [0.5, 0.75]", "")
        .replace("patients = 300", "patients = 250")
    )
    head, rest = text.split("[analysis]")
    return read_ranging(
        parse_document(head + ANALYSIS + "[reality]" + rest.split("[reality]")[1], "mcp-mod")
    ).design


def cpu(run: object, trials: int) -> float:
    start = time.process_time()
    simulate(run, preset("plateau"), trials, seed=1)  # type: ignore[arg-type]
    return time.process_time() - start


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    ours = design()
    analysis = ours.analysis
    assert isinstance(analysis, ContrastAnalysis)
    single = OneByOne(**{f: getattr(analysis, f) for f in analysis.__dataclass_fields__})
    cpu(ours, 50)  # compilation and imports
    fast = cpu(ours, trials)
    slow = (cpu(replace(ours, analysis=single), PEERS) - cpu(ours, PEERS)) / PEERS * trials
    own = cpu(read_ranging(read_document(TEMPLATES / "dose-ranging.toml")).design, trials // 10) * 10
    print(
        f"MCP-Mod, {trials} trials x 250 patients: {fast:.1f} CPU-s (bar 60 for 10000); one at a time"
        f" {slow:.0f} CPU-s: {slow / fast:.0f} times"
    )
    print(
        f"smallest sufficient dose, two looks, 300 patients: {own:.1f} CPU-s for {trials} (timed on a tenth)"
    )


if __name__ == "__main__":
    main()
