"""The recorded coverage of prediction intervals, against what we claim of it."""

import json
import math

from places import VALIDATION

RECORD = json.loads((VALIDATION / "drma" / "record.json").read_text("utf-8"))
ERROR = math.sqrt(0.95 * 0.05 / RECORD["repeats"])


def test_the_record_is_whole():
    assert RECORD["repeats"] == 5000
    assert {row["k"] for row in RECORD["rows"]} == {5, 10, 20}


def test_knapp_hartung_holds_the_mean():
    assert all(row["mean_knha"] > 0.925 - 3 * ERROR for row in RECORD["rows"])


def test_knapp_hartung_is_never_worse_for_a_new_study():
    for row in RECORD["rows"]:
        if row["tau2"] > 0:
            assert row["new_knha"] > row["new_z"] - 3 * ERROR
