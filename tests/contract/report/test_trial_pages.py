"""Pages and sentences of trial designs: what a comparison says, the sheet for the wall, why assurance is not
power.
"""

import json
import re
from importlib.resources import files
from types import SimpleNamespace

import numpy as np
import pytest

from marrowdose.cli import main
from marrowdose.domain import BANNER
from marrowdose.report.trial.dose_finding.figures import decision_figure
from marrowdose.report.trial.dose_ranging.figures import curve_figure
from marrowdose.report.trial.figures import difference_figure, ending_figure, months_figure
from marrowdose.trial.by_dose import drawn_truth
from marrowdose.trial.dose_finding.characteristics import overdose_limit, right_doses
from marrowdose.trial.dose_finding.file import read_design
from marrowdose.trial.dose_finding.parts.with_efficacy.boin12 import Boin12
from marrowdose.trial.dose_ranging.power_by_truth import power_by_truth, why_they_differ
from marrowdose.trial.estimate import Estimate
from marrowdose.trial.truths.named import Named

FOLDER = files("marrowdose").joinpath("trial/templates")
DOSES = (10.0, 25.0, 50.0, 100.0, 150.0)


@pytest.fixture
def two(tmp_path):
    paths = []
    for name in ("escalation-to-150", "obd"):
        text = FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8")
        if name == "obd":  # the same rule without pending patients: fast
            text = text.replace("tite_boin12", "boin12").replace("waits = false", "waits = true")
            text = re.sub(r"\[\[pause\]\].*?(?=\[select\])", "", text, flags=re.DOTALL)
        paths.append(tmp_path / f"{name}.toml")
        paths[-1].write_text(text, encoding="utf-8")
    return [str(p) for p in paths]


def told(capsys, *args):
    assert main(["trial", *args]) == 0
    return capsys.readouterr().out


def test_a_design_that_looks_at_toxicity_alone_answers_every_truth_alike(two, tmp_path, capsys):
    page = tmp_path / "story.html"
    found = json.loads(
        told(
            capsys,
            "compare",
            *two,
            "--truth=plateau,falling,rising,null",
            "--trials=200",
            "--json",
            f"--html={page}",
        )
    )
    blind, seeing = ([t["each"][k]["top"]["value"] for t in found["truths"]] for k in (0, 1))
    assert max(blind) == min(blind)  # the same patients have the same toxicities
    assert min(blind) > 0.97
    assert max(seeing) - min(seeing) > 0.08
    assert seeing[1] < 0.1  # where the response falls
    said, *verdicts = found["said"]
    assert len(verdicts) == 4
    for truth, verdict in zip(found["truths"], verdicts, strict=True):
        each = [100 * one["right"]["value"] for one in truth["each"]]
        assert f"A in {each[0]:.1f} ±" in verdict
        assert f"B in {each[1]:.1f} ±" in verdict
        for one in truth["each"]:  # the response at the dose chosen, by hand
            chances = dict(zip((10, 25, 50, 100, 150), truth["truth"][0]["efficacy"], strict=True))
            mean = sum(100 * chances[int(d)] * e["value"] for d, e in one["chosen"].items())
            assert f"{mean + 100 * truth['truth'][0]['without'] * one['none']['value']:.1f} %" in verdict
    assert [v.split("right is ")[1].split(":")[0] for v in verdicts] == [
        "any dose",
        "25 or 50 M",
        "150 M",
        "no dose",
    ]
    assert ["control group" in v for v in verdicts] == [False, False, False, True]
    assert (
        "With toxicity of 2.4 to 6 %, BM-MSC escalation 10-25-50-100-150 M, which looks at toxicity alone"
        in said
    )
    assert f"the largest dose in {100 * blind[0]:.1f} ± " in said
    assert f"{100 * seeing[1]:.1f} ±" in said
    assert [t["right_doses"] for t in found["truths"]] == [
        ["10", "25", "50", "100", "150"],
        ["25", "50"],
        ["150"],
        [],
    ]
    difference = found["truths"][1]["minus_first"][0]["top"]
    assert difference["value"] == pytest.approx(seeing[1] - blind[1], abs=1e-4)
    assert difference["interval_95"][0] < difference["value"] < difference["interval_95"][1]
    html = page.read_text(encoding="utf-8")
    assert html.count("<svg") == 2 * 2 * 4  # what is chosen and the differences, for desk and phone, a truth
    assert said.split(",")[0] in html
    assert "95 % of the effect from a quarter of 100 M on" in html
    assert "Right is a dose with a true toxicity of at most 25 %" in html
    assert html.count("without cells</th>") == 4
    assert BANNER in html
    text = told(capsys, "compare", *two, "--truth=plateau,falling", "--trials=50")
    assert "whichever of the 2 truths holds" in text
    assert "A chooses the largest dose" in text
    assert BANNER in text


def test_designs_are_judged_by_one_limit_of_toxicity(two, tmp_path, capsys):
    (tmp_path / "scenario.toml").write_text(
        "[truth]\ndoses = [10, 25, 50, 100, 150]\ntoxicity = [0.05, 0.1, 0.22, 0.3, 0.4]\nefficacy = [0.3,"
        " 0.4, 0.5, 0.6, 0.7]\n"
    )
    text = (tmp_path / "obd.toml").read_text(encoding="utf-8")
    (tmp_path / "obd.toml").write_text(text.replace("toxicity_limit = 0.25", "toxicity_limit = 0.2"))
    found = json.loads(
        told(capsys, "compare", *two, f"--truth={tmp_path / 'scenario.toml'}", "--trials=60", "--json")
    )
    assert found["right_doses"] == ["25"]
    design = SimpleNamespace(propose=Boin12(toxicity_limit=0.2, efficacy_limit=0.4))
    assert overdose_limit(design) == 0.2


def test_presets_mean_what_they_say(two):
    design, _ = read_design(two[0])
    null, plateau, rising, falling = (
        drawn_truth(Named(n), design) for n in ("null", "plateau", "rising", "falling")
    )
    for truth in (null, plateau, rising, falling):
        assert truth.toxicity == null.toxicity
        assert 0.01 < truth.toxicity[0] < truth.toxicity[-1] <= 0.061
        assert truth.without == pytest.approx(null.efficacy[0])  # what happens without cells
    assert right_doses(null, 0.25, 0.05) == ()
    assert right_doses(rising, 0.25, 0.05) == (4,)
    assert falling.efficacy[-1] < falling.efficacy[0] < max(falling.efficacy)
    assert right_doses(plateau, 0.25, 0.05) == (0, 1, 2, 3, 4)
    # no dose is right where none is more than the margin above no cells
    gain = plateau.efficacy[-1] - plateau.without
    assert right_doses(plateau, 0.25, gain + 0.01) == ()
    assert right_doses(plateau, 0.25, gain - 0.01) != ()


def test_the_sheet_to_hang_up(tmp_path, capsys):
    design, history, page = tmp_path / "d.toml", tmp_path / "h.csv", tmp_path / "next.html"
    design.write_text(FOLDER.joinpath("escalation.toml").read_text(encoding="utf-8"))
    history.write_text("dose,toxic\n" + "1,0\n" * 3 + "10,1\n10,0\n10,0\n")
    said = told(capsys, "next", str(design), str(history), f"--html={page}")
    html = page.read_text(encoding="utf-8")
    head = next(line for line in said.splitlines() if line.startswith("Next:"))
    assert f'<p class="next">{head}</p>' in html
    assert "up at 0.157 or less, down at 0.238 or more: de-escalate" in html
    assert "6 patients: 0 escalate, 1 stay, 2 de-escalate, 3 eliminate" in html
    assert "once 12 patients have been treated at the current dose" in html
    assert "size: A4" in html
    assert "After 6 of at most 18 patients" in html
    assert BANNER in html
    history.write_text("dose,toxic\n" + "1,1\n" * 3)
    assert "The trial has ended: no dose is chosen." in told(
        capsys, "next", str(design), str(history), f"--html={page}"
    )
    assert "The trial has ended: no dose is chosen." in page.read_text(encoding="utf-8")


def test_rows_that_are_all_barred_are_drawn_once():
    drawn = decision_figure([3, 6], ["ESXX", "EESDXXX"])
    assert ">4+<" in drawn
    assert ">5<" not in drawn
    assert "5 eliminate" in drawn  # the text alternative tells every one


def results(truth, positive):
    return SimpleNamespace(truth=np.array(truth, float)[:, None], positive=np.array(positive, bool))


def test_power_by_the_size_of_the_true_benefit():
    bands = power_by_truth(results([-3, 0, 1, 5, 7, 8, 20, 30], [0, 0, 0, 1, 0, 1, 1, 1]))
    assert [b.share.value for b in bands] == [0.25] * 4
    assert [b.claimed.value for b in bands] == [0, 0.5, 0.5, 1]
    assert sum(b.share.value * b.claimed.value for b in bands) == 0.5  # the bands together are the assurance
    assert power_by_truth(results([1, 2, 3], [0, 1, 1]))[0].claimed is None


@pytest.mark.parametrize(
    ("power", "says"),
    [
        (0.1, "percentage points above that power: the large effects"),
        (0.9, "percentage points below that power: the small"),
        (0.51, "not told apart"),
    ],
)
def test_why_assurance_differs_follows_the_numbers(power, says):
    bands = power_by_truth(results([-3, 0, 1, 5, 7, 8, 20, 30], [0, 0, 0, 1, 0, 1, 1, 1]))
    assurance, at_mean = (Estimate(value=p, monte_carlo_se=0.01) for p in (0.5, power))
    said = why_they_differ(bands, assurance, at_mean, 3.25)
    assert says in said
    assert "3.2 points at the best dose" in said or "3.3 points" in said
    assert "No dose helps in 25 ±" in said


def test_assurance_is_explained_in_text_and_page(tmp_path, capsys):
    path, page = str(FOLDER.joinpath("dose-ranging.toml")), tmp_path / "run.html"
    found = json.loads(told(capsys, "run", path, "--trials=60", "--json", f"--html={page}"))
    shown = found["assurance"]
    parts = [
        (b["share"]["value"], b["claimed"]["value"] if b["claimed"] else 0)
        for b in shown["by_best_true_benefit"]
    ]
    if all(b["claimed"] for b in shown["by_best_true_benefit"]):
        assert sum(a * b for a, b in parts) == pytest.approx(shown["assurance"]["value"], abs=1e-4)
    html = page.read_text(encoding="utf-8")
    assert shown["why"] in html
    assert shown["why"] in told(capsys, "run", path, "--trials=60")
    for words in (
        "What was assumed",
        "Where trials end",
        "When trials end",
        "right answer",
        "Drop-out: 12 % within 12 months",
    ):
        assert words in html
    assert sum(a["right"]["value"] for a in found["arms"]) == pytest.approx(1)
    assert sum(a["harmed"]["value"] for a in found["arms"]) == pytest.approx(
        found["harmed"]["value"], abs=1e-2
    )


def test_estimates_are_laid_over_the_truth_in_their_own_unit(tmp_path, capsys):
    text = FOLDER.joinpath("dose-ranging.toml").read_text(encoding="utf-8")
    path, page = tmp_path / "d.toml", tmp_path / "p.html"
    path.write_text(text.replace('"hypothetical"', '"composite"'))
    found = json.loads(
        told(capsys, "run", str(path), "--truth=plateau", "--trials=20", "--json", f"--html={page}")
    )
    arm = found["arms"][3]
    estimate = arm["true_estimand"]["value"] + arm["bias"]["value"]
    assert (
        arm["true_benefit"]["value"] < 10 < estimate
    )  # points of the score; percentage points of responders
    assert any("difference in responders, in percentage points" in s for s in found["remarks"])
    shown = page.read_text(encoding="utf-8")
    assert "Benefit over placebo at month 12, in percentage points of responders" in shown
    path.write_text(text.replace('"hypothetical"', '"treatment policy"'))
    said = told(capsys, "run", str(path), "--truth=plateau", "--trials=20")
    assert "so it is less than the true benefit" in said
    assert "bias of the estimate" in said


def test_a_truth_that_is_neither_preset_nor_file_is_refused_with_what_is_allowed(two, capsys):
    assert main(["trial", "compare", *two, "--truth=plateau,platue", "--trials=8"]) == 2
    said = capsys.readouterr().err
    assert "platue" in said
    assert "rising, falling" in said
    assert said.count("\n") == 1


def test_pictures_tell_their_numbers_in_words():
    assert "the look: 40.0 %" in ending_figure([("the look", 0.4, 0.01), ("the end", 0.6, 0.01)])
    drawn = months_figure([float(m) for m in range(21)])
    assert "half by 10.0" in drawn
    assert "half by month 10" in drawn
    assert "right: +1 (0 to 2)" in difference_figure([("right", 1.0, 0.0, 2.0, "+1 (0 to 2)")], unit="%")
    curve = curve_figure([10.0, 50.0], [(3, 3, 3), (5, 5, 5)], [(2.5, 0, 6), (4.5, 1, 8)])
    assert "50 M: true 5.0 (5.0 to 5.0), estimates 4.5 (1.0 to 8.0)" in curve
