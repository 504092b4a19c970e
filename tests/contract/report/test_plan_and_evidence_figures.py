"""Every picture is well-formed, named, described, large enough to read, and the same twice."""

import re
from collections.abc import Callable
from statistics import NormalDist
from xml.etree import ElementTree

import pytest

from marrowdose.report.evidence import figures
from marrowdose.report.evidence.figures import CoverageRow, CurvePoint, InfluenceRow
from marrowdose.report.plan import figures_dose, figures_patient
from marrowdose.synthesis.learned import Learned
from recommendation import sample

SVG = "{http://www.w3.org/2000/svg}"
Draw = Callable[[int], str]


def curve_arguments() -> dict[str, object]:
    """Plain arrays for the population picture."""
    doses = [1.0, 2.5, 5.0, 10.0, 15.0, 25.0, 40.0, 50.0, 75.0, 100.0, 125.0, 150.0]
    middle = [7.0 * d / (d + 4.0) for d in doses]
    z = (-1.96, -1.28, -0.67, 0.0, 0.67, 1.28, 1.96)
    points = (
        CurvePoint("LamoEspinosa2016/MSC10", 10.0, 9.0, 6.0, "reported"),
        CurvePoint("Gupta2016/MSC25", 25.0, 12.0, 7.5, "converted"),
        CurvePoint("Gupta2023/MSC25", 25.0, 8.5, 2.4, "reported"),
        CurvePoint("Vega2015/MSC40", 40.0, 5.0, 4.5, "converted"),
        CurvePoint("Gupta2016/MSC75", 75.0, -2.0, 7.0, "imputed"),
        CurvePoint("LamoEspinosa2016/MSC100", 100.0, 11.0, 6.0, "reported"),
        CurvePoint("Gupta2016/MSC150 <b>", 150.0, -4.0, 7.5, "imputed"),
    )
    return {
        "doses": doses,
        "band": [[m + q * (3.0 + 0.02 * d) for m, d in zip(middle, doses, strict=True)] for q in z],
        "curves": {
            "plateau": (0.34, [6.2] * len(doses)),
            "emax": (0.24, [8.0 * d / (d + 9.0) for d in doses]),
            "umbrella": (0.16, [24.0 * d / (d + 10.0) / (1 + d / 30.0) / 1.9 for d in doses]),
            "linear": (0.02, [0.08 * d for d in doses]),
        },
        "points": points,
    }


def prior_rows() -> list[Learned]:
    xs = [-3 + 0.25 * i for i in range(25)]
    names = (
        ("E", "points", 0.82),
        ("ED50", "million cells", 0.04),
        ("tau_E", "points", 0.41),
        ("C", "points", 0.9),
    )
    return [
        Learned(
            name,
            unit,
            xs,
            [NormalDist(0, 1).pdf(x) for x in xs],
            [NormalDist(0.3 * c, 1 - 0.7 * c).pdf(x) for x in xs],
            c,
        )
        for name, unit, c in names
    ]


def influence_rows() -> list[InfluenceRow]:
    names = ("LamoEspinosa2016", "Vega2015", "Gupta2016", "Gupta2023", "Emadedin2018", "Bastos2020")
    return [InfluenceRow(n, 0.3 + 0.03 * i, 0.12 + 0.02 * i, 0.5 + 0.03 * i) for i, n in enumerate(names)]


def coverage_rows() -> list[CoverageRow]:
    arms = (
        ("Vega2015", "MSC40", 6),
        ("Vega2015", "HA", 12),
        ("Gupta2023", "MSC25", 12),
        ("Gupta2016", "MSC150", 12),
    )
    return [
        CoverageRow(s, a, m, 14.0 - 9 * i, -2.0 - 3 * i, 24.0 - 4 * i) for i, (s, a, m) in enumerate(arms)
    ]


PATIENT: dict[str, Callable[..., str]] = {
    "pain": lambda rec, w: figures_dose.benefit_figure(rec, "pain", w),
    "function": lambda rec, w: figures_dose.benefit_figure(rec, "function", w),
    "harm": figures_dose.harm_figure,
    "answers": figures_dose.answers_figure,
    "comparators": figures_patient.comparator_figure,
    "icons": figures_patient.icon_figure,
    "inputs": figures_patient.inputs_figure,
    "follow-up": lambda rec, w: figures_patient.follow_up_figure(rec, "pain", w),
}
EVIDENCE: dict[str, Draw] = {
    "curve": lambda w: figures.curve_figure(**curve_arguments(), width=w),  # type: ignore[arg-type]
    "priors": lambda w: figures.prior_posterior_figure(prior_rows(), width=w),
    "influence": lambda w: figures.influence_figure(influence_rows(), overall=0.34, width=w),
    "coverage": lambda w: figures.coverage_figure(coverage_rows(), width=w),
}


def check(svg: str, width: int) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert title.text
    assert len(desc.text or "") > 10
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == (title.get("id"), desc.get("id"))
    assert float(root.get("width", 0)) == width
    sizes = [float(node.get("font-size", 99)) for node in root.iter(f"{SVG}text")]
    assert min(sizes) >= 11
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    assert not list(root.iter(f"{SVG}script"))
    assert not re.search(r"\b(nan|inf|None)\b", svg)
    return root


@pytest.mark.parametrize("width", [326, 510])
@pytest.mark.parametrize("name", PATIENT)
@pytest.mark.parametrize("verdict", ["range", "no_dose", "refused"])
def test_a_picture_of_a_patient(name: str, verdict: str, width: int) -> None:
    draw = PATIENT[name]
    svg = draw(sample(verdict), width)  # type: ignore[arg-type]
    check(svg, width)
    assert svg == draw(sample(verdict), width)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PATIENT)
def test_a_picture_without_todays_scores(name: str) -> None:
    check(PATIENT[name](sample(baseline_known=False), 510), 510)


@pytest.mark.parametrize("width", [330, 720])
@pytest.mark.parametrize("name", EVIDENCE)
def test_a_picture_of_the_evidence(name: str, width: int) -> None:
    svg = EVIDENCE[name](width)
    check(svg, width)
    assert svg == EVIDENCE[name](width)


def test_the_icons_count_to_one_hundred() -> None:
    root = ElementTree.fromstring(figures_patient.icon_figure(sample()))
    legend = {icon for group in root.iter(f"{SVG}g") for icon in group}
    icons = [icon for kind in ("circle", "path") for icon in root.iter(f"{SVG}{kind}") if icon not in legend]
    assert len(icons) == 400
    assert sum(icon.get("fill") == "#fff" for icon in icons) == 400 - 61 - 48 - 55 - 3 - 42


def test_text_that_comes_from_tables_is_escaped() -> None:
    assert "<b>" not in EVIDENCE["curve"](720)


def test_refused_doses_are_hatched_and_named() -> None:
    svg = figures_dose.benefit_figure(sample(), "pain")
    assert svg.count("url(#benefit-hatch)") == sum(bool(row.refusals) for row in sample().doses)
    assert "200 million 6 (−9 to 20) refused" in svg


def test_a_missed_study_is_named_outside_in_words() -> None:
    assert "outside" in figures.coverage_figure([CoverageRow("A2020", "MSC40", 12.0, 30.0, -2.0, 20.0)])


def test_one_dose_alone_can_be_drawn() -> None:
    from dataclasses import replace

    rec = sample()
    check(figures_dose.benefit_figure(replace(rec, doses=rec.doses[3:4], dose_high=10.0), "pain", 510), 510)
    check(figures_dose.harm_figure(replace(rec, doses=rec.doses[3:4]), 510), 510)
