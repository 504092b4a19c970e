"""The pooled trial population against sums by hand."""

from __future__ import annotations

import dataclasses

import pytest

from marrowdose.errors import InputError
from marrowdose.evidence.cohort import cohort
from marrowdose.evidence.tables import read_evidence


def test_all_arms_by_hand() -> None:
    evidence = read_evidence()
    found = cohort(evidence)
    by_ref = {row.ref: row for row in evidence.arms}
    arms = [by_ref[ref] for ref in found.bmi.rows]
    n = [r.number("n_randomised") or r.number("n_analysed") or 0 for r in arms]
    mean = sum(k * float(r["bmi_mean"]) for k, r in zip(n, arms, strict=True)) / sum(n)
    square = sum(
        k * (float(r["bmi_sd"]) ** 2 + float(r["bmi_mean"]) ** 2) for k, r in zip(n, arms, strict=True)
    )
    assert found.bmi.mean == pytest.approx(mean)
    assert found.bmi.sd == pytest.approx((square / sum(n) - mean**2) ** 0.5)
    assert 50 < found.age.mean < 70
    assert sum(found.kl_grade.shares.values()) == pytest.approx(1)
    assert sum(found.sex.shares.values()) == pytest.approx(1)


def test_a_pooled_arm_is_not_counted_beside_its_parts() -> None:
    evidence = read_evidence()
    names = {(r["study_id"], r["arm_id"]) for r in evidence.arms if r.ref in cohort(evidence).age.rows}
    assert ("Bastos2018", "MSC") in names
    assert ("Bastos2018", "ALL") not in names
    assert ("Gupta2016", "MSC_all") in names  # its parts report no age


def test_nothing_reported() -> None:
    with pytest.raises(InputError, match="no arm reports"):
        cohort(dataclasses.replace(read_evidence(), arms=()))
