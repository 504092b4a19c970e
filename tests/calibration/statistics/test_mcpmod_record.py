"""The recorded type-I error of MCP-Mod (validation/mcpmod), against its level."""

import json

import pytest

from places import VALIDATION

ROWS = json.loads((VALIDATION / "mcpmod" / "type_one.json").read_text(encoding="utf-8"))


def test_the_record_is_complete():
    assert {row["alpha"] for row in ROWS} == {0.025, 0.05}
    assert min(row["trials"] for row in ROWS) >= 100_000


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['design']}, {row['alpha']}")
def test_type_one_error_is_as_said(row):
    assert abs(row["rejected"] - row["alpha"]) < 3 * row["se"]
