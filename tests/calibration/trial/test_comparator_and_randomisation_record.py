"""The recorded error and coverage with an active arm, a background, blocks and renewal
(validation/dose_ranging/comparator_and_randomisation.json).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from marrowdose.files.toml import Document, parse_document
from marrowdose.trial.dose_ranging.file import read_ranging
from marrowdose.trial.dose_ranging.simulate import simulate
from marrowdose.trial.truths.named import read_scenario
from places import TEMPLATES, VALIDATION

RECORD: dict[str, Any] = json.loads(
    (VALIDATION / "dose_ranging/comparator_and_randomisation.json").read_text(encoding="utf-8")
)
NULL = RECORD["null"]
TEMPLATE = (TEMPLATES / "dose-ranging.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(NULL))
def test_type_one_error(name: str) -> None:
    assert NULL[name]["trials"] >= 2_000
    value, error = NULL[name]["positive"]
    assert value < 0.025 + 3 * error
    if name.startswith("MCP-Mod"):
        assert value > 0.025 - 3 * error


@pytest.mark.parametrize("name", [name for name in sorted(NULL) if "any_dose_shown" in NULL[name]])
def test_error_against_the_active_arm(name: str) -> None:
    """Over all doses: at most alpha, and less where a benefit over placebo is asked first."""
    value, error = NULL[name]["any_dose_shown"]
    assert value < 0.025 + 3 * error
    assert value > 0.002  # not a test that never speaks
    assert NULL[name]["named_shown"][0] <= value
    for covered, spread in NULL[name]["difference_coverage"]:
        assert covered > 0.94 - 3 * spread


@pytest.mark.parametrize("name", sorted(NULL))
def test_coverage(name: str) -> None:
    for covered, spread in NULL[name]["coverage"]:
        assert covered > 0.94 - 3 * spread


def test_adaptive_limits_hold_and_claims_stay_rare() -> None:
    plain, limited = RECORD["adaptive"]["at looks"], RECORD["adaptive"]["every 10, in blocks, limited"]
    assert (
        limited["least_control"] >= 0.17
    )  # 0.2 of every block of ten after the first 50 patients, 0.2 before
    assert limited["largest_share"] <= 0.5
    for row in (plain, limited):
        assert row["superior"][0] < 0.03


def test_the_record_is_of_this_program() -> None:
    """The first trials again: their share of claims is that of the record within four standard errors."""
    name = "smallest sufficient, active arm"
    design = read_ranging(parse_document(TEMPLATE + "\n[comparator]\n", name)).design
    stated = {"effect": {"shape": "null"}, "ha": {"months": [12], "points": [0.0]}}
    truth = read_scenario(Document(path="null", data=stated))
    found = simulate(design, truth, 300, seed=RECORD["seed"])
    assert abs(found.positive.mean() - NULL[name]["positive"][0]) < 4 * (0.025 * 0.975 / 300) ** 0.5
