"""The frequentist cross-check against generalised least squares by hand."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from marrowdose.evidence.tables import read_evidence
from marrowdose.report.evidence.crosscheck import cross_check_figure, cross_check_record, cross_check_text
from marrowdose.statistics.meta import Fitting, fit_studies
from marrowdose.synthesis.crosscheck import DOSES, cross_check, month_effects
from marrowdose.synthesis.fit import shipped_fit

EVIDENCE = read_evidence()


def test_fixed_linear_curve_is_generalised_least_squares() -> None:
    studies = month_effects(EVIDENCE, "pain", 12.0)
    fit = fit_studies(studies, "linear", fitting=Fitting(method="fixed"))
    top = sum(s.doses @ np.linalg.solve(s.effects.covariance, s.effects.y) for s in studies)
    information = sum(s.doses @ np.linalg.solve(s.effects.covariance, s.doses) for s in studies)
    assert fit.beta[0] == pytest.approx(top / information)
    assert fit.se[0] == pytest.approx(information**-0.5)


def test_adjusted_contrasts_are_the_tables_less_what_is_expected() -> None:
    vega = next(s for s in month_effects(EVIDENCE, "pain", 12.0) if s.name == "Vega2015")
    # 16.3 − 6.36, and hyaluronic acid in the control arm brings 5 h(12) with the peak at 3.1 months
    phase = 12 / 3.1
    assert vega.effects.y[0] == pytest.approx(16.3 - 6.36 + 5.0 * phase * np.exp(1 - phase))


def test_disagreements_are_named() -> None:
    rows, _ = cross_check(shipped_fit(), EVIDENCE)
    assert {r.dose for r in rows} == set(DOSES)
    record = cross_check_record(shipped_fit(), EVIDENCE)
    assert len(record["disagreements"]) == sum(not r.agrees for r in rows)
    assert all(s in cross_check_text(record) for s in record["disagreements"])


def test_the_picture_has_every_curve_and_a_ring_where_they_part() -> None:
    record = cross_check_record(shipped_fit(), EVIDENCE)
    drawn = cross_check_figure(record)
    root = ElementTree.fromstring(drawn)
    apart = sum(not row.agrees for row in record["comparisons"])
    assert apart > 0
    assert drawn.count('fill="none" stroke="#b3470e"') == apart
    for row in record["comparisons"]:
        assert f"{row.curve}, maximum likelihood" in drawn
    tags = {child.tag.rsplit("}", 1)[-1]: child.text for child in root}
    assert (tags["desc"] or "").count("they part") == apart


def test_a_picture_without_curves_says_so() -> None:
    assert "Nothing to draw" in cross_check_figure({"comparisons": []})
