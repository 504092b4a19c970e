"""The probability that a design asks beyond its claim: shown once, and only where it says something of its
own.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import Any

from marrowdose.files.toml import read_document
from marrowdose.report.trial.dose_ranging.pages import compare_page
from marrowdose.report.trial.dose_ranging.ran import run_record
from marrowdose.report.trial.dose_ranging.text import lines, scalar_rows
from marrowdose.trial.dose_ranging.characteristics import characteristics
from marrowdose.trial.dose_ranging.file import Planned, read_ranging
from marrowdose.trial.dose_ranging.simulate import simulate
from marrowdose.trial.truths.named import truth_of

TEMPLATES = files("marrowdose").joinpath("trial/templates")


def planned(name: str, **rules: Any) -> Planned:
    found = read_ranging(read_document(str(TEMPLATES.joinpath(f"{name}.toml"))))
    design = (
        replace(found.design, analysis=replace(found.design.analysis, **rules)) if rules else found.design
    )  # type: ignore[type-var]
    return replace(found, design=design)


def told(plan: Planned) -> tuple[dict[str, Any], Any]:
    found = simulate(plan.design, truth_of("falling"), 120)
    summary = characteristics(found, margin=plan.margin, looks=len(plan.design.stages))
    return run_record(plan, "falling", "assumed", summary, 0), found


def test_a_strict_probability_is_told_apart_from_the_claim() -> None:
    one, _ = told(planned("dose-ranging", margin=0.5))
    assert one["asked"] == {"margin": 0.5, "probability": 0.8}
    assert one["sure"].value < one["positive"].value  # of 120 trials about 75 % claim, 13 % are that sure
    assert not any("asks for no more than the claim" in line for line in lines(one))
    assert [
        "claims a dose that is within 0.5 points of the best with probability 0.8 or more",
        f"{100 * one['sure'].value:.1f} ± {100 * one['sure'].monte_carlo_se:.1f} %",
    ] in scalar_rows(one)


def test_a_margin_that_asks_for_nothing_is_said_to() -> None:
    one, _ = told(planned("dose-ranging", margin=50.0))
    assert one["sure"] == one["positive"]
    assert any("Every dose claimed was also within 50 points" in line for line in lines(one))


def test_analyses_that_ask_for_no_probability_show_the_claim_alone() -> None:
    plans = [planned(n) for n in ("dose-ranging", "confirmatory")]
    both = [told(p) for p in plans]
    assert both[1][0]["asked"] is None
    assert not any("with probability" in what for what, _ in scalar_rows(both[1][0]))
    page = compare_page(plans, [t for t, _ in both], [f for _, f in both], [])
    row = page.split("claims a dose that is within")[1].split("</tr>")[0]
    assert row.count("<td") == 2
    assert ">–</td>" in row
