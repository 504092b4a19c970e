"""The knee in text, JSON and pictures: labelled everywhere, traceable, refused where it makes no sense."""

import json
import re
from html import unescape
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pytest

from marrowdose.cli import main
from marrowdose.domain import BANNER
from marrowdose.errors import InputError
from marrowdose.files.json import text_of
from marrowdose.joint.action import dose_action
from marrowdose.joint.hypothesis import hypothesis, tier2
from marrowdose.joint.knee import knee_of
from marrowdose.joint.kpd5 import course
from marrowdose.joint.labels import CREDIBLE, NOT_CREDIBLE
from marrowdose.joint.outlook import outlook
from marrowdose.joint.parameters import parameters, table
from marrowdose.patient.intake import EXAMPLE, patient_from
from marrowdose.report.joint.run import run_html, run_record, run_text
from marrowdose.report.plan.how_it_may_act import action_sentences
from marrowdose.report.schemas import schema

PATIENT = patient_from(EXAMPLE)
ONE = outlook(knee_of(PATIENT), 50.0, months=24, repeats=(6.0,), draws=60)
TWO = hypothesis(knee_of(PATIENT), 50.0, months=12, draws=50)
BOTH = pytest.mark.parametrize("found", [ONE, TWO], ids=["tier 1", "tier 2"])
PICTURE = re.compile(r"<svg.*?</svg>", re.DOTALL)


@BOTH
def test_every_output_says_what_it_may_claim(found):
    word = {1: "explanation", 2: "hypothesis"}[found.tier]
    for shown in (run_text(found), run_html(found), text_of(run_record(found))):
        assert BANNER in shown
        assert word in shown.lower()
        assert "never chooses the dose" in shown
        for claim in (*CREDIBLE[found.tier], *NOT_CREDIBLE[found.tier]):
            assert claim in unescape(shown)


@BOTH
def test_every_picture_and_series_carries_the_label(found):
    word = {1: "explanation", 2: "hypothesis"}[found.tier]
    pictures = PICTURE.findall(run_html(found))
    assert len(pictures) == len(found.series) + 1
    for picture in pictures:
        root = ElementTree.fromstring(picture)
        texts = [node.text or "" for node in root.iter() if node.tag.endswith("}text")]
        assert any(word in t for t in texts), root[0].text
        assert word in (root[0].text or "")
        assert not re.search(r"\b(nan|inf|None)\b", picture)
    record = json.loads(text_of(run_record(found)))
    for part in (record, record["map"], *record["series"].values()):
        assert part["label"].startswith(word)


def test_both_tiers_show_all_that_was_asked():
    assert [s.name for s in ONE.series] == ["cells", "inflammation", "cartilage", "pain", "function"]
    assert [s.name for s in TWO.series][5:] == list(
        ["Ms", "Ma", "D", "P", "T", "I", "L", "A", "R", "X", "G", "K"]
    )
    assert {s.name for s in ONE.series} <= {s.name for s in TWO.series}


@BOTH
def test_numbers_of_a_run(found):
    pain, start = found.of("pain"), PATIENT.pain.severity
    assert np.allclose(pain.centre[:, 0], start)
    assert np.all(np.diff(pain.band, axis=0) >= 0)
    assert pain.centre[1, -1] < pain.centre[0, -1]
    assert np.allclose(found.map[0], 0.0)
    assert found.map[list(found.map_doses).index(50.0)] == pytest.approx(
        pain.centre[1] - pain.centre[0], abs=0.02
    )
    assert np.allclose(found.of("cartilage").centre[:, 0], 100.0)
    assert found.failed == ()


def test_what_a_repeat_finds_is_shown():
    cells = ONE.of("cells").centre[1]
    at = list(ONE.months).index(6.0)
    assert cells[at] > 50 > 1 > cells[at - 1]
    assert ONE.months[at] - ONE.months[at - 1] < 0.05


def test_every_number_leads_to_its_row():
    known = {p.row for p in table()}
    for row in run_record(ONE)["parameters"]:
        assert row["row"] in known
        assert row["kind"] in ("measured", "fitted", "derived", "assumed")
    assert {p["symbol"] for p in run_record(TWO)["parameters"]} == set(tier2())


def test_the_same_seed_gives_the_same_bytes():
    again = outlook(knee_of(PATIENT), 50.0, months=24, repeats=(6.0,), draws=60)
    assert text_of(run_record(again)) == text_of(run_record(ONE))
    assert run_html(again) == run_html(ONE)
    other = outlook(knee_of(PATIENT), 50.0, months=24, repeats=(6.0,), draws=60, seed=1)
    assert np.any(other.of("pain").band != ONE.of("pain").band)


def test_what_is_unknown_of_a_patient_widens():
    known = patient_from(EXAMPLE)
    unknown = patient_from({k: v for k, v in EXAMPLE.items() if k not in ("bmi", "pain")})
    knees = knee_of(known), knee_of(unknown)
    assert set(knees[0].fixed) - set(knees[1].fixed) == {"P0", "bmi"}
    wide = [np.ptp(k.draws(200, 0)["P0"]) for k in knees]
    assert wide[0] == 0 < 20 < wide[1]
    assert len(knees[1].not_known) == len(knees[0].not_known) + 2


def test_age_and_weight_change_cartilage_by_the_slopes():
    def loss(**features):
        found = course(knee_of(patient_from({**EXAMPLE, **features})).centre(), [0.0], [0.0, 12.0])
        return -100 * np.log(found.cartilage[0, 0, 1])

    here = loss()
    assert loss(age=71) - here == pytest.approx(0.18, abs=1e-9)
    assert loss(bmi=39.4) - here == pytest.approx(0.40, abs=1e-9)


def test_a_line_below_the_smallest_measured_loss_is_said():
    knee = knee_of(patient_from({**EXAMPLE, "age": 30, "bmi": 16}))
    assert any("smallest measured" in n for n in knee.notes)
    assert sum("extrapolated" in n for n in knee.notes) == 2
    assert not knee_of(PATIENT).notes


@pytest.mark.parametrize("change", [{"age": 17}, {"kl_grade": 0}])
def test_knees_of_which_the_model_knows_nothing(change):
    with pytest.raises(InputError):
        knee_of(patient_from({**EXAMPLE, **change}))


# command ------------------------------------------------------------------------------------------------


@pytest.fixture
def patient_file(tmp_path):
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(EXAMPLE), encoding="utf-8")
    return str(path)


def test_run_command(patient_file, tmp_path, capsys):
    page = tmp_path / "knee.html"
    args = [
        "joint",
        "run",
        "--dose=50",
        f"--patient={patient_file}",
        "--months=12",
        "--draws=50",
        "--repeat=6",
        "--set=N50=20",
    ]
    assert main([*args, "--json", f"--html={page}"]) == 0
    found = json.loads(capsys.readouterr().out)
    held = {p["symbol"]: (p["value"], p["held"], p["kind"]) for p in found["parameters"] if p["held"]}
    assert held["N50"] == (20.0, "set", "assumed")
    assert held["P0"] == (55.0, "measured in this patient", "measured")
    assert "<svg" in page.read_text(encoding="utf-8")
    assert main([*args, "--tier=2"]) == 0
    assert "Hypothesis" in capsys.readouterr().out


HOSTILE = {
    "--dose=-1": "--dose",
    "--dose=1e9": "--dose",
    "--dose=nan": "--dose",
    "--dose=many": "--dose",
    "--months=1e6": "--months",
    "--months=0": "--months",
    "--months=nan": "--months",
    "--repeat=-3": "--repeat",
    "--repeat=60": "--repeat",
    "--repeat=6,x": "--repeat",
    "--repeat=6,6": "repeat",
    "--tier=3": "--tier",
    "--set=N50=1e6": "--set N50",
    "--set=XX=1": "--set",
    "--draws=1": "--draws",
    "--draws=1000000": "--draws",
    "--seed=-1": "--seed",
    "--patient=missing.json": "missing.json",
}


@pytest.mark.parametrize("option", HOSTILE)
@pytest.mark.parametrize("tier", [1, 2])
def test_hostile_options(option, tier, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    args = ["joint", "run", "--dose=50", f"--tier={tier}", option, "--html=page.html"]
    assert main(args) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert HOSTILE[option] in said.err
    assert not list(tmp_path.iterdir())


def test_an_impossible_age(tmp_path, capsys):
    path = tmp_path / "old.json"
    path.write_text(json.dumps({**EXAMPLE, "age": 200}), encoding="utf-8")
    assert main(["joint", "run", "--dose=50", f"--patient={path}"]) == 2
    assert "age" in capsys.readouterr().err
    assert main(["joint", "run", "--dose=50", f"--patient={path}", f"--html={path}"]) == 2
    assert main(["joint"]) == 2


# the plan -----------------------------------------------------------------------------------------------


def test_a_plan_explains_and_keeps_its_advice(capsys, tmp_path):
    page = tmp_path / "plan.html"
    assert main(["plan", "--example", "--json", f"--html={page}"]) == 0
    plan = json.loads(capsys.readouterr().out)
    jsonschema.validate(plan, schema("recommendation/2"))
    beside = plan["how_it_may_act"]
    assert beside["label"] == "explanation, not the source of the advice"
    assert beside["not_credible"] == list(NOT_CREDIBLE[1])
    words = re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8"))
    assert "Explanation, not the source of the advice" in words
    assert main(["plan", "--example"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "How this dose may act" in said
    assert "never chooses the dose" in said


def test_a_refused_plan_explains_nothing(tmp_path, capsys):
    path = tmp_path / "young.json"
    path.write_text(json.dumps({**EXAMPLE, "age": 16}), encoding="utf-8")
    assert main(["plan", str(path), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["how_it_may_act"] is None


def test_the_sentences_are_the_numbers_of_the_model():
    action = dose_action(PATIENT, 40.0, draws=300)
    run = outlook(knee_of(PATIENT), 40.0, months=24, draws=300)
    k = list(run.months).index(12.0)
    at = action.months.index(12)
    low, middle, high = -run.of("pain").difference[[6, 3, 0], k]
    found = action.by_cells_low[at], action.by_cells[at], action.by_cells_high[at]
    assert found == pytest.approx((low, middle, high), rel=1e-9)
    said = " ".join(action_sentences(action))
    assert f"{middle:.0f} (" in said
    assert parameters()["P0"].value != PATIENT.pain.severity


def test_what_is_unknown_widens_the_hypothesis_too():
    unknown = patient_from({k: v for k, v in EXAMPLE.items() if k != "pain"})
    found = hypothesis(knee_of(unknown), 50.0, months=3, draws=50)
    assert np.ptp(found.of("pain").band[:, 0, 0]) > 20
    assert np.ptp(TWO.of("pain").band[:, 0, 0]) == 0


def test_age_wears_the_cartilage_of_the_hypothesis():
    young, old = (
        hypothesis(knee_of(patient_from({**EXAMPLE, "age": age})), 50.0, months=12, draws=50).of("cartilage")
        for age in (61, 81)
    )
    faster = (1.1 + 0.018 * 20 + 0.040 * 1.4) / (1.1 + 0.040 * 1.4)
    assert (100 - old.centre[0, -1]) / (100 - young.centre[0, -1]) == pytest.approx(faster, rel=0.01)
    assert (100 - old.band[:, 0, -1]) / (100 - young.band[:, 0, -1]) == pytest.approx(faster, rel=0.03)


def test_the_tiers_claim_different_things():
    """Tier 2 is a hypothesis: it does not claim the sizes that tier 1 may claim."""
    one, two = (run_text(found) for found in (ONE, TWO))
    assert "Credible: size and time course" in one
    assert "Credible, as a hypothesis: that links like these" in two
    assert "size and time course" not in two
    assert "how many cells engraft or turn into cartilage cells" in two
    assert "size and time course" not in run_html(TWO)
    assert run_record(TWO)["credible"] == list(CREDIBLE[2])


@BOTH
def test_fewer_cells_than_one_series_counted_is_told(found):
    """Tier 1 keeps 0.1 % of 50 million for half a year, one animal series counted 1.5 %; both pages say
    it.
    """
    asked = {"months": 12, "draws": 50}
    make = outlook if found.tier == 1 else hypothesis
    told = make(knee_of(PATIENT), 50.0, **asked)
    words = (
        f"after half a year 0.{1 if found.tier == 1 else 2} % of the cells are left here, fewer than the"
        " 1.5 %"
    )
    assert f"Note: {words}" in run_text(told)
    assert words.capitalize() in run_html(told)
    assert any(n.startswith(words) for n in run_record(told)["notes"])
    assert words in " ".join(
        make(knee_of(PATIENT), 50.0, repeats=(6.0, 9.0), **asked).short_of
    )  # before it is repeated
    for silent in (
        make(knee_of(PATIENT), 50.0, repeats=(3.0,), **asked),
        make(knee_of(PATIENT), 50.0, months=3, draws=50),
        make(knee_of(PATIENT), 0.0, **asked),
    ):
        assert "half a year" not in run_text(silent)


def test_a_population_at_month_0_alone_is_refused(capsys):
    assert main(["joint", "population", "--n=100", "--months=0"]) == 2
    said = capsys.readouterr()
    assert "nothing has happened at month 0" in said.err
    assert said.out == ""
