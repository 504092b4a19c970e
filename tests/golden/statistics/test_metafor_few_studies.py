"""Two and three studies, covariates on few, both estimates of trim-and-fill, zero cells: metafor 3.8.1, 1e-6
relative.
"""

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.statistics.meta import egger, log_ratios, pool, trim_and_fill
from places import golden

PINNED = golden("metafor_few_studies")
NAMES = {"b": "beta", "se": "se", "pval": "p", "tau2": "tau2", "QE": "q", "I2": "i2", "QM": "moderators"}


def near(found, reference, slack=1e-7):
    assert np.ravel(np.asarray(found, float)) == pytest.approx(np.ravel(reference), rel=1e-6, abs=slack)


@pytest.mark.parametrize("data", PINNED["sets"], ids=lambda d: f"{len(d['yi'])} studies {d['yi'][0]:.2f}")
def test_fits(data):
    y, v, z = (np.array(data[name]) for name in ("yi", "vi", "z"))
    for call, reference in data["fits"].items():
        estimator, test, mods = call.split()
        x = np.column_stack([np.ones(len(y)), z]) if mods == "TRUE" else None
        fit = pool(y, v, x, estimator={"FE": "fixed"}.get(estimator, estimator.lower()), test=test)
        for theirs, ours in NAMES.items():
            near(getattr(fit, ours), reference[theirs])
        at = fit.predict(np.array([1.0, 0.7][: 1 if x is None else 2]))
        near([at.mean, at.se, at.low, at.high], reference["pred"][:4])
        if estimator != "FE":
            near([at.new_low, at.new_high], reference["pred"][4:])
    if data["egger"]:
        found = egger(y, v)
        near(
            [found.statistic, found.p, found.limit.estimate, found.limit.low, found.limit.high], data["egger"]
        )


def test_trim_and_fill():
    """Theirs trims down to one study, whose spread cannot be told; ours says that it does not settle."""
    agreed, refused = 0, []
    for data in PINNED["sets"]:
        for call, (missing, *reference) in data["trimfill"].items():
            _, side, count = call.split("_")
            try:
                found = trim_and_fill(data["yi"], data["vi"], side=side, count=count)
            except InputError as problem:
                refused.append((str(problem), len(data["yi"])))
                continue
            assert (found.missing, found.side) == (missing, side)
            near([found.filled.beta[0], found.filled.se[0], found.filled.tau2], reference, slack=1e-5)
            agreed += 1
    assert agreed >= 25
    assert len(refused) >= 2
    assert all("does not settle" in words and k < 4 for words, k in refused)


@pytest.mark.parametrize("row", PINNED["zero_cells"])
def test_zero_cells(row):
    for measure in ("or", "rr", "irr"):
        found = log_ratios([row["ci"], row["ai"]], [row["n2"], row["n1"]], measure=measure)
        near([found.y[0], found.covariance[0, 0]], row[measure.upper()])
