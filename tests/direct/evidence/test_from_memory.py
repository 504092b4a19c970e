"""Evidence from rows in memory is the evidence of files with the same rows: same checks, same contrasts."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.evidence.columns import columns
from marrowdose.evidence.contrasts import select
from marrowdose.evidence.tables import Evidence, evidence_from, read_evidence

SHIPPED = read_evidence()


def tables(evidence: Evidence) -> dict[str, list[dict[str, str]]]:
    """The rows as plain texts, without the places they stand in."""
    return {table: [dict(row.values) for row in getattr(evidence, table)] for table in columns()}


def trial() -> dict[str, list[dict[str, str]]]:
    """One small trial of another name: two arms of Vega2015 with their rows."""
    shipped = tables(SHIPPED)
    own = {t: [r for r in shipped[t] if r["study_id"] == "Vega2015"] for t in ("studies", "arms", "outcomes")}
    return {t: [{**row, "study_id": "Mine2026"} for row in rows] for t, rows in own.items()}


def fault(rows: dict[str, list[dict[str, str]]], **options: Any) -> str:
    with pytest.raises(InputError) as problem:
        evidence_from(rows, **options)
    return str(problem.value)


def test_the_shipped_tables_from_memory_are_the_shipped_tables() -> None:
    again = evidence_from(tables(SHIPPED))
    assert again == SHIPPED
    assert again.digest == SHIPPED.digest


def test_rows_in_memory_give_the_contrasts_of_the_files() -> None:
    ours, theirs = select(evidence_from(tables(SHIPPED))).contrasts, select(SHIPPED).contrasts
    for field in fields(ours):
        a, b = getattr(ours, field.name), getattr(theirs, field.name)
        if isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b, err_msg=field.name)  # NaN is where a figure is not reported
        else:
            assert a == b, field.name


def test_rows_beside_other_evidence_are_cited_by_their_origin() -> None:
    both = evidence_from(trial(), origin="registry", beside=SHIPPED)
    assert both.folders == ("registry",)
    assert both.studies[: len(SHIPPED.studies)] == SHIPPED.studies
    assert both.studies[-1].ref == "registry/studies.csv:2"
    contrasts = select(both).contrasts
    mine = [rows for study, rows in zip(contrasts.study, contrasts.rows, strict=True) if study == "Mine2026"]
    assert mine
    assert all(ref.startswith("registry/outcomes.csv:") for rows in mine for ref in rows)


def test_an_origin_is_used_once() -> None:
    both = evidence_from(trial(), origin="registry", beside=SHIPPED)
    assert "registry: two folders have this name" in fault(trial(), origin="registry", beside=both)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda t: t["outcomes"][1].update(month="a"), "registry/outcomes.csv:3: month: 'a'"),
        (lambda t: t["arms"][0].pop("arm_id"), "registry/arms.csv:2: column 'arm_id' is missing"),
        (
            lambda t: t["arms"][0].update(colour="red"),
            "registry/arms.csv:2: column 'colour' is unknown",
        ),
        (
            lambda t: t["arms"][0].update(arm_id=3),
            "registry/arms.csv:2: arm_id: 3 is not a text",
        ),
        (lambda t: t.pop("arms"), "registry/arms.csv: has no rows"),
        (lambda t: t.update(patients=[]), "registry/patients: is not an evidence table"),
        (
            lambda t: t["studies"].append(t["studies"][0]),
            "registry/studies.csv:3: study_id: repeats",
        ),
        (
            lambda t: t["outcomes"][0].update(arm_id="X"),
            "registry/outcomes.csv:2: arm_id: 'X' of",
        ),
    ],
)
def test_a_fault_is_named_by_its_place(damage: Any, said: str) -> None:
    rows = trial()
    damage(rows)
    assert fault(rows, origin="registry", beside=SHIPPED).startswith(said)
