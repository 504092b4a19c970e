"""The recorded operating characteristics of seamless designs (validation/seamless) against what is
claimed.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from places import VALIDATION

RECORD: dict[str, Any] = json.loads((VALIDATION / "seamless/record.json").read_text(encoding="utf-8"))
ROWS = {f"{row['analysis']}, {row['toxicity']}": row for row in RECORD["null"]}


def test_the_record_is_complete() -> None:
    assert RECORD["trials"] >= 20_000
    assert len(ROWS) == 10
    assert RECORD["same_as_plain"] == 0
    assert RECORD["workers"] is True


@pytest.mark.parametrize("name", sorted(ROWS))
def test_type_one_error(name: str) -> None:
    value, error = ROWS[name]["positive"]
    assert value < 0.025 + 3 * error
    if name.startswith("MCP-Mod"):
        assert value > 0.025 - 3 * error
    for trials, share, _ in ROWS[name]["by_open_doses"].values():  # whatever the run-in left open
        assert share < 0.025 + 4 * np.sqrt(0.025 * 0.975 / trials)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_coverage_without_effect(name: str) -> None:
    for value, error in ROWS[name]["coverage"]:
        assert value > 0.94 - 3 * error  # a stopped trial's interval is a little too narrow


@pytest.mark.parametrize("toxicity", ["little", "steep", "too much"])
def test_open_doses_follow_the_exact_paths(toxicity: str) -> None:
    pairs = RECORD["open_sets"][toxicity]
    assert sum(p for p, _ in pairs.values()) == pytest.approx(1)
    for exact, share in pairs.values():
        assert abs(share - exact) < 4 * np.sqrt(exact * (1 - exact) / RECORD["trials"]) + 1e-4


def test_the_run_in_keeps_patients_from_toxic_doses() -> None:
    steep = [row for row in RECORD["price"] if row["toxicity"] == "steep"]
    assert len(steep) == 3
    for row in steep:
        (plain, _), (seamless, _) = row["at_risky"]
        assert seamless < 0.6 * plain
        (plain, _), (seamless, _) = row["named_risky"]
        assert seamless < plain
        (plain, _), (seamless, _) = row["harmed"]
        assert seamless < 0.8 * plain
