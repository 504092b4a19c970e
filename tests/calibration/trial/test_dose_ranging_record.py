"""The recorded operating characteristics of longitudinal designs (validation/dose_ranging) against what is
claimed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from marrowdose.files.toml import read_document
from marrowdose.trial.dose_ranging.file import read_ranging
from marrowdose.trial.dose_ranging.simulate import simulate
from marrowdose.trial.truths.named import preset
from places import TEMPLATES, VALIDATION

RECORD: dict[str, Any] = json.loads((VALIDATION / "dose_ranging/record.json").read_text(encoding="utf-8"))
OWN, TOP = "smallest sufficient", "always the top dose"


def test_the_record_is_complete() -> None:
    assert RECORD["trials"] >= 20_000
    assert set(RECORD["null"]) == set(RECORD["assurance"])
    assert len(RECORD["null"]) == 5


@pytest.mark.parametrize("name", sorted(RECORD["null"]))
def test_type_one_error(name: str) -> None:
    value, error = RECORD["null"][name]["positive"]
    assert value < 0.025 + 3 * error
    if name == "MCP-Mod, no look":
        assert value > 0.025 - 3 * error


@pytest.mark.parametrize("name", sorted(RECORD["null"]))
def test_coverage_without_effect(name: str) -> None:
    for value, error in RECORD["null"][name]["coverage"]:
        assert value > 0.94 - 3 * error  # a stopped trial's interval is a little too narrow
        if name == "MCP-Mod, no look":
            assert abs(value - 0.95) < 4 * error


@pytest.mark.parametrize("what", ["within", "smallest", "beats placebo"])
def test_stated_probabilities_are_calibrated(what: str) -> None:
    """Truth from the design's prior, whole trials with drop-out: shares are those that were said."""
    rows = RECORD["calibration"][what]
    assert len(rows) >= 8
    for said, true, error in rows:
        assert abs(true - said) < 4 * error + 0.005  # 0.005: the covariance of the visits is estimated
    for value, error in RECORD["calibration"]["coverage"]:
        assert abs(value - 0.95) < 4 * error + 0.005


def test_a_smaller_dose_is_named_where_more_does_not_help() -> None:
    shown = RECORD["demonstration"]
    for label in ("plateau", "falling"):
        assert shown[label][TOP]["dose"][0] == 100
        assert shown[label][OWN]["dose"][0] < 60
    by = {label: {d[0]: d[1:] for d in shown[label][f"{OWN} less always top"]} for label in shown}
    assert by["falling"]["answers within the margin"][1] > 0.5  # the low end of the interval
    assert by["falling"]["points lost"][2] < -4
    assert by["posterior"]["points lost"][2] < 0
    assert abs(by["plateau"]["answers within the margin"][0]) < 0.03
    assert by["rising"]["answers within the margin"][2] < 0  # the price, where more is better


@pytest.mark.parametrize("name", sorted(RECORD["assurance"]))
def test_assurance_is_not_power_at_the_mean(name: str) -> None:
    (a, error_a), (b, error_b) = (RECORD["assurance"][name][k] for k in ("posterior", "posterior-mean"))
    assert abs(a - b) > 4 * np.hypot(error_a, error_b)


def test_the_record_is_of_this_program() -> None:
    """The same first trials: the share that claims a benefit is that of the record within four standard
    errors.
    """
    own = read_ranging(read_document(TEMPLATES / "dose-ranging.toml")).design
    found = simulate(replace(own, looks=()), preset("plateau"), 400, seed=RECORD["seed"])
    share = RECORD["demonstration"]["plateau"][OWN]["positive"][0]
    assert abs(found.positive.mean() - share) < 4 * np.sqrt(share * (1 - share) / 400) + 0.03  # no looks here
