"""The recorded type-I error of the mixed model's tests (validation/mmrm) and a run of our own."""

import json

import numpy as np
import pytest

from marrowdose.statistics.repeated import contrasts, mmrm
from marrowdose.streams import normal, uniform
from places import VALIDATION

RECORD = json.loads((VALIDATION / "mmrm/record.json").read_text(encoding="utf-8"))
ESTIMANDS = json.loads((VALIDATION / "estimands/record.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("patients", ["10", "20", "40"])
def test_two_arms_keep_five_percent(patients):
    row = RECORD["two_arms_two_sided_5"][patients]
    assert RECORD["trials"] >= 20_000
    kept, known = row["Kenward-Roger"], row["z, covariance taken as known"]
    assert abs(kept["value"] - 0.05) < 3 * kept["error"]
    assert known["value"] > 0.05 + 2.5 * known["error"]  # what it mends
    assert row["fitted"]["value"] > 0.995


@pytest.mark.parametrize("patients", ["10", "20", "40", "template, 300 patients"])
def test_mcp_mod_keeps_its_level_and_its_intervals_hold(patients):
    row = RECORD["mcp_mod_one_sided_2.5"][patients]
    assert abs(row["now"]["value"] - 0.025) < 3 * row["now"]["error"]
    held = row["intervals hold the truth"]
    assert abs(held["value"] - 0.95) < 3 * held["error"]


def test_ten_patients_an_arm_in_a_run_of_our_own():
    """4,000 null trials, two visits, drop-out at random: within 4 Monte-Carlo errors of 5 %, as z is not."""
    t, j = np.arange(4000)[:, None], np.arange(20)[None, :]
    first, second = normal(7, "first", t, j), normal(7, "second", t, j)
    y = np.stack([first, 0.7 * first + second], axis=-1)
    y[uniform(7, "leave", t, j) < np.where(first > 0, 0.4, 0.1), 1] = np.nan
    fit = mmrm(y, np.arange(20) % 2)
    found = contrasts(fit, [[-1, 1]])
    ok, allowed = fit.converged, 4 * np.sqrt(0.05 * 0.95 / 4000)
    assert ok.mean() > 0.99
    assert abs((found.p_value[ok, 0] < 0.05).mean() - 0.05) < allowed
    z = np.abs(fit.means[ok, 1, 1] - fit.means[ok, 0, 1]) / fit.effect()[1][ok, 1]
    assert (z > 1.959964).mean() > 0.05 + allowed


@pytest.mark.parametrize("estimand", ESTIMANDS["estimands"])
def test_estimands_are_biased_where_theory_says(estimand):
    assert ESTIMANDS["trials"] >= 10_000
    for leaving, row in ESTIMANDS["estimands"][estimand].items():
        (bias, error), (coverage, spread) = row["bias"], row["coverage"]
        if leaving == "lack of effect" and estimand != "composite":
            assert bias < -1
            assert coverage < 0.95 - 3 * spread
        else:  # scores after rescue are no longer normal: up to 0.2 points are allowed for that
            assert abs(bias) < 0.2 + 3 * error
            assert abs(coverage - 0.95) < 0.01 + 3 * spread


def test_the_extension_is_biased_by_leaving_for_lack_of_effect_only():
    rows = ESTIMANDS["extension"]
    bias = [rows[leave]["bias"][0] for leave in ("0", "0.15", "0.4")]
    assert abs(bias[0]) < 0.2
    assert bias[0] > bias[1] > bias[2]
