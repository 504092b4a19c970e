"""Effective samples per CPU-second of the fast posterior against NUTS, on the product's own Emax model.

NUTS without its compilation. The smallest bulk effective sample size over the reported effects counts for
NUTS, the importance sample's own effective size for the fast posterior.
"""

from __future__ import annotations

import time

import numpy as np

from marrowdose.curves import curves
from marrowdose.evidence.contrasts import select
from marrowdose.evidence.tables import read_evidence
from marrowdose.synthesis.diagnostics import diagnose
from marrowdose.synthesis.engine import sample
from marrowdose.synthesis.importance import importance
from marrowdose.synthesis.jobs import quantities
from marrowdose.synthesis.model import Model
from marrowdose.synthesis.network import build


def main() -> None:
    model = Model(build(select(read_evidence()).contrasts), curves()["emax"])
    start = time.process_time()
    fast = importance(model.log_density, model.dim, seed=1)
    fast_seconds = time.process_time() - start
    draws = sample(model.log_density, model.dim, seed=1, draws=1000)
    asked = quantities(model, {k: np.asarray(v) for k, v in model.parameters(draws.z).items()})
    ess = min(diagnose({k: v for k, v in asked.items() if " month " in k}).ess_bulk.values())
    ours, nuts = fast.ess / fast_seconds, ess / draws.cpu_seconds_sample
    print(
        f"importance sampling: {fast.ess:.0f} effective in {fast_seconds:.1f} CPU-s = {ours:.0f} per CPU-s,"
        f" Pareto-k {fast.pareto_k:.2f}"
    )
    print(
        f"NUTS:                {ess:.0f} effective in {draws.cpu_seconds_sample:.1f} CPU-s = {nuts:.0f} per"
        f" CPU-s (compilation {draws.cpu_seconds_compile:.1f} CPU-s apart)"
    )
    print(
        f"ratio {ours / nuts:.1f} to 1; with compilation"
        f" {ours / (ess / (draws.cpu_seconds_sample + draws.cpu_seconds_compile)):.1f} to 1"
    )


if __name__ == "__main__":
    main()
