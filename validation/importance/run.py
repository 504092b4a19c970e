"""Is the fast posterior good enough to stand in for NUTS? Every curve of the shipped fit, both ways.

    python validation/importance/run.py

For every reported quantity: difference of the means and of the spreads, in units of the NUTS posterior SD.
Writes record.json; tests/calibration reads it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from marrowdose.curves import curves
from marrowdose.evidence.contrasts import select
from marrowdose.evidence.tables import read_evidence
from marrowdose.synthesis.fit import shipped_fit
from marrowdose.synthesis.jobs import quantities
from marrowdose.synthesis.model import Model
from marrowdose.synthesis.network import build
from marrowdose.synthesis.simulate import fast_posterior


def main() -> None:
    fit, network, rows = shipped_fit(), build(select(read_evidence()).contrasts), []
    for name, curve in curves().items():
        model = Model(network, curve)
        kept, k_hat = fast_posterior(model, seed=1, draws=4000, rounds=4, kept=4000)
        fast = quantities(model, {k: np.asarray(v) for k, v in model.parameters(kept).items()})
        nuts = quantities(model, {k: np.asarray(v, float) for k, v in fit.draws[name].items()})
        for key in nuts:
            sd = float(np.std(nuts[key]))
            if sd > 0 and " month " in key:
                rows.append(
                    {
                        "curve": name,
                        "quantity": key,
                        "pareto_k": k_hat,
                        "nuts_mean": float(np.mean(nuts[key])),
                        "nuts_sd": sd,
                        "mean_shift": float(np.mean(fast[key]) - np.mean(nuts[key])) / sd,
                        "sd_ratio": float(np.std(fast[key])) / sd,
                    }
                )
    Path(__file__).with_name("record.json").write_text(json.dumps({"rows": rows}, indent=0) + "\n")
    shift = [abs(r["mean_shift"]) for r in rows]
    ratio = [r["sd_ratio"] for r in rows]
    print(
        f"{len(rows)} quantities: mean shift at most {max(shift):.3f} SD (median {np.median(shift):.3f}); SD"
        f" ratio {min(ratio):.2f} to {max(ratio):.2f}"
    )


if __name__ == "__main__":
    main()
