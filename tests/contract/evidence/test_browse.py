"""Looking things up in the evidence tables: studies, one study, one row."""

import pytest
from test_tables import SHIPPED, trial  # noqa: F401

from marrowdose.errors import InputError
from marrowdose.evidence.browse import list_studies, lookup, show_study
from marrowdose.evidence.tables import read_evidence


def test_studies_are_listed(trial):
    listed = {
        record["study"]: record for record in list_studies(read_evidence(trial), {"Vega2015": "a reason"})
    }
    assert listed["New2030"] == {
        "study": "New2030",
        "year": None,
        "design": "rct",
        "cells": "bm_msc",
        "doses": ["25"],
        "n": None,
        "months": [6.0],
        "core": "used",
    }
    assert listed["Gupta2016"]["doses"] == ["25", "50", "75", "150"]
    assert listed["Emadedin2012"]["doses"] == ["20–24"]
    assert listed["Boffa2022"]["doses"] == [], "marrow concentrate has no dose of cells"
    assert listed["Vega2015"]["core"] == "a reason"
    assert "core" not in list_studies(read_evidence())[0]


def test_a_study_is_shown_with_its_rows(trial):
    shown = show_study(read_evidence(trial), "New2030")
    assert shown["study"]["ref"] == "trial/studies.csv:2"
    assert [arm["arm_id"] for arm in shown["arms"]] == ["MSC25", "P"]
    assert [row["ref"] for row in shown["outcomes"]] == ["trial/outcomes.csv:2", "trial/outcomes.csv:3"]
    assert shown["safety"] == []
    with pytest.raises(InputError, match=r"no study 'GUPTA-2016'.*allowed: Gupta2016"):
        show_study(read_evidence(), "GUPTA-2016")
    with pytest.raises(InputError, match="one of 70 studies"):
        show_study(read_evidence(), "?")


def test_a_reference_leads_to_its_row(trial):
    evidence = read_evidence(trial)
    for rows in (evidence.studies, evidence.benchmarks, evidence.decisions):
        for row in rows:
            assert lookup(evidence, row.ref) is row
    line = (SHIPPED / "outcomes.csv").read_text(encoding="utf-8").splitlines()[16]
    assert ",".join(lookup(evidence, "outcomes.csv:17").values.values()) == line
    for ref, says in (
        ("outcomes.csv:1", "allowed: lines 2 to 670"),
        ("outcomes.csv:seven", "not a reference"),
        ("digest.csv:2", "not a reference"),
        ("other/outcomes.csv:2", "allowed: outcomes.csv, trial/outcomes.csv"),
    ):
        with pytest.raises(InputError, match=says):
            lookup(evidence, ref)
