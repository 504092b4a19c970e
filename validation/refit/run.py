"""A full re-fit with another seed against the shipped fit: the same answers within Monte-Carlo error?

    marrowdose fit --seed 7 --out again
    python validation/refit/run.py again

Writes record.json: for every curve and reported effect, the difference of the means in Monte-Carlo standard
errors; the differences of the weights; the checks of the re-fit. tests/calibration reads it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from marrowdose.curves import curves
from marrowdose.evidence.contrasts import select
from marrowdose.evidence.tables import read_evidence
from marrowdose.files.typed import plain
from marrowdose.synthesis.fit import read_fit, shipped_fit
from marrowdose.synthesis.jobs import quantities
from marrowdose.synthesis.model import Model
from marrowdose.synthesis.network import build


def main() -> None:
    again, shipped = read_fit(Path(sys.argv[1])), shipped_fit()
    network, rows = build(select(read_evidence()).contrasts), []
    for name, curve in curves().items():
        model = Model(network, curve)
        one, two = (
            quantities(model, {k: np.asarray(v, float) for k, v in f.draws[name].items()})
            for f in (again, shipped)
        )
        ess = [
            min(f.record.diagnostics[name].ess_bulk, len(f.draws[name]["effect"])) for f in (again, shipped)
        ]
        for key in (k for k in one if " month " in k and np.std(one[k]) > 0):
            error = np.sqrt(np.var(one[key]) / ess[0] + np.var(two[key]) / ess[1])
            rows.append(
                {"curve": name, "quantity": key, "z": float((one[key].mean() - two[key].mean()) / error)}
            )
    weights = {k: abs(again.weights[k] - shipped.weights[k]) for k in shipped.weights}
    record = {
        "seed": again.record.settings.seed,
        "shipped_seed": shipped.record.settings.seed,
        "checks": [plain(check) for check in again.record.checks],
        "weight_differences": weights,
        "rows": rows,
    }
    Path(__file__).with_name("record.json").write_text(json.dumps(record, indent=0) + "\n")
    z = [abs(r["z"]) for r in rows]
    print(
        f"{len(rows)} effects: |z| at most {max(z):.2f}, {np.mean(np.array(z) > 2):.1%} above 2; weights"
        f" differ by at most {max(weights.values()):.3f}"
    )


if __name__ == "__main__":
    main()
