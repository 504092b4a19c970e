"""Simulation-based calibration of the whole model (Talts 2018): ranks of prior draws among their posterior
draws.

    python validation/sbc/run.py [--replicates 150] [--processes 2]

Parameters are drawn from the prior, evidence is drawn on the real network (pain and function), the posterior
is computed, and the rank of each true value among 99 posterior draws is recorded. Uniform ranks: the
computation and the model agree. Writes record.json; tests/calibration tests the ranks.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np

from marrowdose.curves import curves
from marrowdose.evidence.contrasts import select
from marrowdose.evidence.tables import read_evidence
from marrowdose.synthesis.jobs import quantities
from marrowdose.synthesis.model import Model
from marrowdose.synthesis.network import Network, build
from marrowdose.synthesis.simulate import fast_posterior, prior_draw, simulate

RANKS = 99


@cache
def whole_network() -> Network:
    """The real design, pain and function."""
    return build(select(read_evidence()).contrasts)


def one(task: tuple[str, int, int]) -> dict:
    """One prior draw, its simulated evidence, and the ranks of everything that is reported."""
    curve, index, draws = task
    rng = np.random.default_rng([20260702, list(curves()).index(curve), index])
    network = whole_network()
    model = Model(network, curves()[curve])
    z = prior_draw(model, rng)
    data = simulate(model, z, rng)
    kept, k_hat = fast_posterior(
        Model(data, curves()[curve]), seed=int(rng.integers(2**31)), draws=draws, rounds=4, kept=RANKS
    )
    true = quantities(model, {k: np.asarray(v) for k, v in model.parameters(z).items()})
    found = quantities(model, {k: np.asarray(v) for k, v in model.parameters(kept).items()})
    ranks = {
        name: int((np.asarray(found[name]) < float(true[name])).sum())
        for name in true
        if np.ptp(found[name]) > 0
    }
    return {"curve": curve, "pareto_k": float(k_hat), "ranks": ranks}


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--replicates", type=int, default=150)
    ask.add_argument("--processes", type=int, default=2)
    ask.add_argument("--draws", type=int, default=2000)
    ask.add_argument("--curves", nargs="*", default=list(curves()))
    ask.add_argument("--out", default=str(Path(__file__).with_name("record.json")))
    args = ask.parse_args()
    tasks = [(c, i, args.draws) for i in range(args.replicates) for c in args.curves]
    with ProcessPoolExecutor(args.processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        rows = []
        for k, row in enumerate(pool.map(one, tasks, chunksize=2), 1):
            rows.append(row)
            if k % 20 == 0:
                print(f"{k} of {len(tasks)}", file=sys.stderr, flush=True)
    Path(args.out).write_text(
        json.dumps({"replicates": args.replicates, "draws": args.draws, "rows": rows}, indent=0) + "\n"
    )


if __name__ == "__main__":
    main()
