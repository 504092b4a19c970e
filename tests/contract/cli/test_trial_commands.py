"""``marrowdose trial``: what it prints, and one sentence with the line for what cannot be used."""

import contextlib
import json
from importlib.resources import files

import pytest

from marrowdose.cli import main

TEMPLATE = files("marrowdose").joinpath("trial/templates/escalation.toml").read_text(encoding="utf-8")


@pytest.fixture
def design(tmp_path):
    path = tmp_path / "design.toml"
    path.write_text(TEMPLATE, encoding="utf-8")
    return str(path)


def _out(capsys, *args):
    assert main(["trial", *args]) == 0
    return capsys.readouterr().out


def _json(capsys, *args):
    return json.loads(_out(capsys, *args, "--json"))


def _refused(capsys, *args):
    assert main(["trial", *args]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def _history(tmp_path, *rows, head="dose,toxic"):
    path = tmp_path / "history.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return str(path)


def test_run(design, capsys):
    found = _json(capsys, "run", design, "--trials=400", "--seed=3")
    assert found["trials"] == 400
    assert found["truth"]["kind"] == "assumed"
    assert sum(e["value"] for e in found["chosen"]) + found["none"]["value"] == pytest.approx(1)
    assert found["banner"].startswith("Research use only")
    said = _out(capsys, "run", design, "--trials=400", "--seed=3")
    third = found["chosen"][2]
    assert f"{100 * third['value']:.1f} ± {100 * third['monte_carlo_se']:.1f} %" in said


def test_a_long_run_shows_a_bar_on_standard_error(design, capsys, monkeypatch):
    told = []

    @contextlib.contextmanager
    def bar(title):
        yield lambda what, done, total: told.append((what, done, total))

    monkeypatch.setattr("marrowdose.cli.progress.bar", bar)
    monkeypatch.setattr("marrowdose.trial.dose_finding.simulate.CHUNK", 20)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    _out(capsys, "run", design, "--trials=80")
    assert told == []
    _out(capsys, "run", design, "--trials=100")
    assert told == [("trials", done, 100) for done in (20, 40, 60, 80, 100)]


def test_a_scenario_takes_the_place_of_the_truth(design, tmp_path, capsys):
    scenario = tmp_path / "toxic.toml"
    scenario.write_text("[truth]\ndoses = [1, 5, 10, 50]\ntoxicity = [0.6, 0.65, 0.7, 0.8]\n")
    found = _json(capsys, "run", design, "--trials=400", f"--truth={scenario}")
    assert found["truth"]["toxicity"] == [0.6, 0.7, 0.8]
    assert found["none"]["value"] > 0.8
    scenario.write_text("[truth]\ndoses = [1, 50]\ntoxicity = [0.1, 0.2]\n")
    assert "toxic.toml:2: [truth] doses: nothing is said of 10 million" in _refused(
        capsys, "run", design, f"--truth={scenario}"
    )


def test_compare(design, tmp_path, capsys):
    other = tmp_path / "other.toml"
    other.write_text(TEMPLATE.replace("escalation 1", "three 1").replace('"boin"', '"mtpi"'))
    found = _json(capsys, "compare", design, str(other), "--trials=500")
    a, b = (one["patients"]["value"] for one in found["each"])
    difference = found["minus_first"][0]["patients"]
    assert difference["value"] == pytest.approx(b - a, abs=1e-4)
    assert difference["interval_95"][0] <= difference["value"] <= difference["interval_95"][1]
    assert "minus BM-MSC" in _out(capsys, "compare", design, str(other), "--trials=50")
    assert "two designs of one name" in _refused(capsys, "compare", design, design, "--trials=10")
    assert "two or more" in _refused(capsys, "compare", design)


def test_designs_with_different_truths_are_not_compared(design, tmp_path, capsys):
    other = tmp_path / "other.toml"
    other.write_text(TEMPLATE.replace("escalation 1", "other 1").replace("0.08]", "0.3]"))
    assert "different things for true at 50 million" in _refused(
        capsys, "compare", design, str(other), "--trials=10"
    )


def test_pages_have_the_numbers_of_the_text(design, tmp_path, capsys):
    page, other = tmp_path / "run.html", tmp_path / "other.toml"
    found = _json(capsys, "run", design, "--trials=200", f"--html={page}")
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == 7  # three pictures for a desk and a phone, and the decision table
    assert f"50 M: chosen {100 * found['chosen'][2]['value']:.1f} %" in text
    assert "3 patients: 0 escalate, 1 de-escalate, 2 eliminate, 3 eliminate" in text
    assert "Research use only" in text
    other.write_text(TEMPLATE.replace("escalation 1", "other 1"))
    _json(capsys, "compare", design, str(other), "--trials=50", f"--html={page}")
    assert page.read_text(encoding="utf-8").count("<svg") == 4  # what is chosen, and the differences


def test_next(design, tmp_path, capsys):
    found = _json(capsys, "next", design, _history(tmp_path))
    assert (found["next_dose"], found["patients_at_it"]) == (1, 3)
    found = _json(capsys, "next", design, _history(tmp_path, *["1,0"] * 3))
    assert found["next_dose"] == 10
    assert "escalate" in found["reasons"][0]
    found = _json(capsys, "next", design, _history(tmp_path, *["1,0"] * 3, "10,1"))
    assert (found["next_dose"], found["patients_at_it"]) == (10, 2)
    found = _json(capsys, "next", design, _history(tmp_path, *["1,1"] * 3))
    assert found["ended"]
    assert found["chosen_dose"] is None
    assert "above 0.95" in found["reasons"][1]
    said = _out(capsys, "next", design, _history(tmp_path, *["1,0"] * 3, "10,1", "10,1", "10,0"))
    assert "eliminate if at least" in said
    assert "Next: 1 million cells, for 3 more patients." in said


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["1,0", "1,0", "1,0", "50,0"], "history.csv:5: 50 M was given where the design gives 10 M"),
        (["10,0"], "history.csv:2: 10 M was given where the design gives 1 M"),
        (["1,0", "10,0"], "history.csv:2: not all of this cohort got one dose"),
        (["1,1"] * 3 + ["1,0"], "history.csv:5: 1 M was given where the design has ended the trial"),
        (["1,0", "2,0"], "history.csv:3: 2 M is no dose of the design"),
        (["1,2"], "history.csv:2: toxic: '2' is not usable"),
        (["1,nan"], "history.csv:2: toxic"),
        (["x,0"], "history.csv:2: dose: 'x' is not usable"),
        (["1"], "history.csv:2: dose: has 1 cell for 2 columns"),
        (["1,0"] * 60, "60 patients"),
    ],
)
def test_a_history_that_contradicts_the_design_is_refused(rows, says, design, tmp_path, capsys):
    assert says in _refused(capsys, "next", design, _history(tmp_path, *rows))


def test_other_histories_that_are_refused(design, tmp_path, capsys):
    for head, says in (
        ("dose,tox", "no column 'toxic'"),
        ("dose,toxic,age", "unknown column 'age'"),
        ("", "no column 'dose'"),
    ):
        assert says in _refused(capsys, "next", design, _history(tmp_path, "1,0,3", head=head))
    assert "cannot be read" in _refused(capsys, "next", design, str(tmp_path / "none.csv"))
    early = _history(tmp_path, "1,0,1.5", head="dose,toxic,followed")
    assert "waits until every patient has been followed for 3 months" in _refused(
        capsys, "next", design, early
    )


def test_a_dose_given_on_purpose_is_accepted(design, tmp_path, capsys):
    history = _history(tmp_path, *["1,0"] * 6)
    assert "10 M" in _refused(capsys, "next", design, history)
    assert _json(capsys, "next", design, history, "--as-given")["next_dose"] == 10


def test_a_dose_eliminated_within_a_cohort_is_not_given_to_the_rest(design, tmp_path, capsys):
    (tmp_path / "design.toml").write_text(TEMPLATE.replace("cutoff = 0.95", "least = 2"), encoding="utf-8")
    found = _json(capsys, "next", design, _history(tmp_path, "1,1", "1,1"))
    assert found["ended"]
    found = _json(capsys, "next", design, _history(tmp_path, *["1,0"] * 3, "10,1", "10,1"))
    assert (found["next_dose"], found["patients_at_it"]) == (1, 3)


def test_paths(design, capsys):
    found = _json(capsys, "paths", design, "--patients=6")
    assert found["none"] + sum(found["chosen"].values()) == pytest.approx(1, abs=1e-5)
    assert sum(one["probability"] for one in found["each"]) == pytest.approx(1, abs=1e-5)
    assert len(found["each"]) == found["paths"]
    assert "1 M 0/3, 10 M 0/3" in _out(capsys, "paths", design, "--patients=6")
    assert "--patients: 2 is not usable" in _refused(capsys, "paths", design, "--patients=2")


def test_protocol_says_what_the_design_does(design, tmp_path, capsys):
    text = _out(capsys, "protocol", design, "--trials=100")
    for heading in (
        "Objectives",
        "Outcomes and estimands",
        "Decision table",
        "Interim analyses and stopping",
        "Data monitoring",
    ):
        assert f"## {heading}" in text
    changed = TEMPLATE.replace("target = 0.2 ", "target = 0.25 ").replace("patients = 12", "patients = 9")
    (tmp_path / "design.toml").write_text(changed, encoding="utf-8")
    other = _out(capsys, "protocol", design, "--trials=100", f"--out={tmp_path / 'protocol.md'}")
    assert "written" in other
    other = (tmp_path / "protocol.md").read_text(encoding="utf-8")
    gone = set(text.splitlines()) - set(other.splitlines())
    assert any("target rate of dose-limiting toxicity is 0.2;" in line for line in gone)
    assert any("once 12 patients" in line for line in gone)
    assert "once 9 patients" in other


def test_templates_run(tmp_path, capsys):
    names = _out(capsys, "template").split()
    assert "escalation" in names
    for name in names:
        path = tmp_path / f"{name}.toml"
        path.write_text(_out(capsys, "template", name), encoding="utf-8")
        assert _json(capsys, "run", str(path), "--trials=20")["trials"] == 20
    assert "no template 'x'" in _refused(capsys, "template", "x")


LINES = {
    text.split("#")[0].strip(): number for number, text in reversed(list(enumerate(TEMPLATE.split("\n"), 1)))
}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("target = 0.2", "target = 1.2", "[propose] target: 1.2 is not usable"),
        ("target = 0.2", "target = true", "[propose] target: True is not usable; allowed: a number"),
        ("target = 0.2", "target = nan", "[propose] target"),
        ("target = 0.2", "traget = 0.2", "[propose] traget: unknown key; allowed: target, safe, toxic"),
        ("doses = [1, 10, 50]", "doses = [1, 50, 10]", "do not increase"),
        ("doses = [1, 10, 50]", "doses = []", "[design] doses: no dose"),
        ("doses = [1, 10, 50]", "doses = [-1, 10]", "-1.0 is not usable"),
        ("doses = [1, 10, 50]", 'doses = ["a"]', "allowed: a list of numbers"),
        (
            "patients = 18",
            "patients = 0",
            "[design] patients: 0 is not usable; allowed: a whole number from 1",
        ),
        ("patients = 18", "patients = 2", "fewer than one cohort of 3"),
        ("cohort = 3", "cohort = 2.5", "[design] cohort: 2.5 is not usable; allowed: a whole number"),
        ("start = 1", "start = 2", "[design] start: 2 is not usable; allowed: 1, 10, 50"),
        ('type = "escalation"', 'type = "cooking"', "[design] type: 'cooking'"),
        ("window = 3", "window = -3", "[timing] window: -3.0 is not usable"),
        ("cutoff = 0.95", "cutoff = 95", "[limit] cutoff: 95.0 is not usable"),
        (
            'kind = "no_skipping"',
            'kind = "os"',
            "[limit] kind: limit of kind 'os'; allowed: coherence, elimination",
        ),
        ('kind = "no_skipping"', "kind = 3", "[limit] kind: 'kind' is missing or no text"),
        ("patients = 12", "patients = 40", "[stop] patients: 40 is never reached early"),
        (
            "toxicity = [0.02, 0.04, 0.08]",
            "toxicity = [0.02, 0.04, 1.08]",
            "[truth] toxicity: 1.08 is not usable",
        ),
        ("toxicity = [0.02, 0.04, 0.08]", "toxicity = [0.2, 0.04, 0.08]", "falls with dose"),
        ("toxicity = [0.02, 0.04, 0.08]", "toxicity = [0.02, 0.04]", "2 values for 3 doses"),
        ("[select]", "[selct]", "[selct]: unknown section"),
        ("[[stop]]", "[stop]", "[stop]: cannot be used so; write [[stop]], once for each"),
        ("[propose]", "[[propose]]", "write [propose] once"),
        ("cohort = 3", "cohort = ", "is not TOML"),
    ],
)
def test_a_design_that_cannot_be_meant_is_refused_with_its_line(old, new, says, tmp_path, capsys):
    path = tmp_path / "bad.toml"
    path.write_text(TEMPLATE.replace(old, new, 1), encoding="utf-8")
    said = _refused(capsys, "run", str(path), "--trials=10")
    assert f"bad.toml:{LINES[old]}: " in said
    assert says in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no section [design]"),
        (TEMPLATE.split("[truth]")[0], "has no [truth]"),
        (TEMPLATE.split("[select]")[0], "has no section [select]"),
        ("a = 1", "bad.toml:1: [a]: unknown section or key"),
        ("\x00", "holds NUL bytes"),
        (
            TEMPLATE.replace('"boin"', '"three_plus_three"').replace("target = 0.2 ", "# "),
            "'target' is missing",
        ),
        ("x = " + "[" * 5000, "is not TOML"),
    ],
)
def test_other_files_that_are_refused(text, says, tmp_path, capsys):
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    assert says in _refused(capsys, "run", str(path), "--trials=10")


def test_no_file_bytes_and_options_that_are_refused(design, tmp_path, capsys):
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in _refused(capsys, "run", str(tmp_path / "bytes.toml"))
    assert "cannot be read" in _refused(capsys, "run", str(tmp_path))
    for option in ("--trials=0", "--trials=1", "--seed=-1", "--processes=0", "--margin=2", "--trials=x"):
        assert option.split("=")[0].lstrip("-") in _refused(capsys, "run", design, option)


def test_the_decision_table_is_whole(design, tmp_path, capsys):
    """The table in the record has a column for every heading and a row for every patient."""
    table = _json(capsys, "next", design, _history(tmp_path))["decision_table"]
    assert {len(column) for column in table.values()} == {18}
    assert table["eliminate if at least"][2] == 2
