"""Pictures of a meta-analysis: well-formed, named, told in words, the same bytes twice."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from marrowdose.report.meta.figures import baujat_figure, dose_figure, forest_figure, funnel_figure
from marrowdose.report.meta.pages import Pooled, drma_html, drma_text
from marrowdose.statistics.meta import baujat, drma

Y, V = np.array([0.4, -0.2, 0.9]), np.array([0.04, 0.09, 0.16])
LABELS = ["A & B", "<C>", "D"]
DOSES = np.array([0.0, 10.0, 50.0])
PICTURES = {
    "forest": lambda: forest_figure(LABELS, Y, V, (0.3, 0.0, 0.6)),
    "dose": lambda: dose_figure(
        DOSES,
        DOSES / 50,
        DOSES / 50 - 0.2,
        DOSES / 50 + 0.2,
        [("A & B", DOSES[:3], np.append(0.0, Y[:2]), V[:2])],
    ),
    "funnel": lambda: funnel_figure(Y, V, 0.3),
    "baujat": lambda: baujat_figure(LABELS, *baujat(Y, V)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(name: str) -> None:
    drawn = PICTURES[name]()
    assert drawn == PICTURES[name]()
    root = ElementTree.fromstring(drawn)
    tags = {child.tag.rsplit("}", 1)[-1]: child.text for child in root}
    assert tags["title"]
    assert tags["desc"]
    assert "nan" not in drawn
    assert "inf" not in drawn.replace("influence", "")


def test_forest_tells_every_study() -> None:
    desc = PICTURES["forest"]()
    assert "all studies 0.3" in desc
    assert "&lt;C&gt;" in desc


def test_page_of_a_meta_analysis() -> None:
    rows = [
        ("A", 0, 10.0, 20.0, 40),
        ("A", 50, 17.0, 20.0, 42),
        ("B", 0, 12.0, 18.0, 60),
        ("B", 25, 15.0, 19.0, 58),
        ("C", 0, 9.0, 22.0, 30),
        ("C", 100, 18.0, 22.0, 30),
    ]
    table = [dict(zip(("study", "dose", "mean", "sd", "n"), row, strict=True)) for row in rows]
    fit = drma(table, "linear")
    points = fit.predict([25, 100])
    found = Pooled(fit=fit, points=points)
    page = drma_html(found)
    assert page.count("<svg") == 3
    assert "Research use only" in page
    assert f"{points.effect[0]:.4g}" in drma_text(found)
