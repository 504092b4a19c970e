"""Response-adaptive randomisation against adaptr's 1,000 trials: probabilities within 0.06, means within 4
errors.

Spreads, whose own error is large where few trials stop early, are compared with a factor; quantiles within
four errors of a share; the extremes, which are those of one trial, not.
"""

import math

import numpy as np
import pytest

from marrowdose.statistics.allocation import AdaptiveRandomisation, simulate
from places import golden

CASES = golden("rar_adaptr")["cases"]
TRIALS = 1500


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_against_adaptr(case):
    given, expected = case["input"], case["expected"]
    design = AdaptiveRandomisation(
        looks=tuple(given["looks"]),
        superiority=given["superiority"],
        inferiority=given["inferiority"],
        softening=given["soften_power"],
    )
    truth = np.array(given["true_means"])
    found = simulate(design, given["true_means"], sd=given["sd"], trials=TRIALS, seed=1)
    assert abs(found.superior.mean() - expected["prob_superior"]) < 0.06
    share, error = found.selection
    assert share == pytest.approx([expected[f"prob_select_arm_{arm}"] for arm in "ABCDE"], abs=0.06)
    assert error == pytest.approx(np.sqrt(share * (1 - share) / TRIALS))
    both = math.sqrt(1 / given["n_rep"] + 1 / TRIALS)
    for name, ours in (
        ("size", found.size),
        ("ratio_ys", found.outcome),
        ("sum_ys", found.outcome * found.size),
    ):
        assert abs(ours.mean() - expected[f"{name}_mean"]) < 4 * both * expected[f"{name}_sd"], name
        assert 0.5 < ours.std() / expected[f"{name}_sd"] < 2, name
    off = found.estimates[np.arange(TRIALS), found.selected] - truth[found.selected]
    assert np.sqrt((off**2).mean()) == pytest.approx(expected["rmse"], rel=4 * both)
    if expected["idp"] is not None:
        ideal = 100 * (truth[found.selected].mean() - truth.min()) / (truth.max() - truth.min())
        assert ideal == pytest.approx(expected["idp"], abs=6)
    assert abs((~found.superior).mean() - expected["prob_max"]) < 0.06
    assert abs(found.superior.mean() - expected["prob_conclusive"]) < 0.06
    assert expected["prob_equivalence"] == expected["prob_futility"] == expected["prob_select_none"] == 0
    for name, ours in (
        ("size", found.size),
        ("ratio_ys", found.outcome),
        ("sum_ys", found.outcome * found.size),
    ):
        for p, said in ((0.25, "p25"), (0.5, "median"), (0.75, "p75")):
            slack = 4 * math.sqrt(p * (1 - p)) * both
            low, high = np.quantile(ours, [max(p - slack, 0), min(p + slack, 1)])
            assert low - 1e-9 <= expected[f"{name}_{said}"] <= high + 1e-9, (name, said)
    low, high = np.quantile(np.abs(off), [0.5 - 2 * both, 0.5 + 2 * both])
    assert low <= expected["mae"] <= high  # a median, there
