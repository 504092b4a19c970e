"""Seamless designs at the command line: bad files are refused with their line, and every part of ``trial``
takes good ones.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from marrowdose.cli import main
from places import TEMPLATES

GOOD = (TEMPLATES / "seamless.toml").read_text(encoding="utf-8")
TRUTH = "toxicity = [0.02, 0.03, 0.05, 0.08]"
# old, new, what the refusal names beside its line ("" where the line is not that of the change)
BAD = [
    ("doses = [0, 10, 25, 50, 100] ", "doses = [10, 25]", "[design] doses"),
    ("patients = 300 ", "patients = 12 ", "[design] patients"),
    ("start = 10", "start = 12", "[run_in] start"),
    ("start = 10", "doses = [10, 30]", "[run_in] doses"),
    ("start = 10", "doses = [50, 25]", "[run_in] doses"),
    ("start = 10", "doses = []", "[run_in]"),
    ("start = 10", "name = 'x'", "[run_in] name"),
    ("cohort = 3", "cohort = 0", "[run_in] cohort"),
    ("cohort = 3", "cohort = 2.5", "[run_in] cohort"),
    ("patients = 24", "patients = 2", "[run_in] patients"),
    ("patients = 24", "patients = 1001", "[run_in] patients"),
    ("window = 3 ", "window = -3 ", "[timing] window"),
    ('kind = "boin"', 'kind = "boim"', "[propose] kind"),
    ("target = 0.25 ", "target = 1.25 ", "[propose] target"),
    ("target = 0.25 ", "tarqet = 0.25 ", "[propose] tarqet"),
    ("cutoff = 0.95", "cutoff = 9.5", "[limit] cutoff"),
    ('up_to = "chosen" ', 'up_to = "highest" ', "[hand_over] up_to"),
    ("least = 3 ", "least = 0 ", "[hand_over] least"),
    ("least = 3 ", "least = 25 ", "[hand_over] least"),
    ('places = "shared" ', 'places = "sold" ', "[hand_over] places"),
    ('scores = "apart"', 'scores = "all"  ', "[hand_over] scores"),
    ("months = 1 ", "months = -1 ", "[hand_over] months"),
    ("months = 1 ", "month = 1 ", "[hand_over] month"),
    ("dose_cv = 0.1", "dose_cv = 2", "[reality] dose_cv"),
    ("adapt = 0.5", "adapt = 9", "[analysis] adapt"),
    (TRUTH, "toxicity = [0.02, 0.03, 0.05]", "[truth] toxicity"),
    (TRUTH, "toxicity = [0.02, 0.03, 0.05, 1.08]", "[truth] toxicity"),
    (TRUTH, "toxicity = [0.08, 0.03, 0.05, 0.02]", "[truth] toxicity"),
    ("[hand_over]", "[handover]", "[handover]"),
    ("[run_in] ", "[[run_in]]", "[run_in]"),
    ("[run_in]   ", "[timing2]  ", ""),
    ("[propose]", "[cells]\nfailure = 0.3\n[propose]", "[cells] failure"),
    ("[propose]", "[cells]\nfallback = 3\n[propose]", "[cells] fallback"),
    ('kind = "isotonic"', "", "[select] kind"),
    ("[run_in] ", "[run_in", ""),
]


@pytest.mark.parametrize(("old", "new", "named"), BAD)
def test_a_bad_file_is_refused_with_its_line(
    old: str, new: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert GOOD.count(old) == 1
    path, at = tmp_path / "design.toml", GOOD[: GOOD.index(old)].count("\n") + 1
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    assert main(["trial", "run", str(path), "--trials", "4", "--truth", "null"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert "design.toml" in err
    if named:
        assert any(f"design.toml:{line}: {named}" in err for line in (at - 1, at, at + 1)), err


def test_sections_of_a_run_in_mean_nothing_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "design.toml"
    path.write_text(GOOD.replace('type = "seamless"', 'type = "dose-ranging"'), encoding="utf-8")
    assert main(["trial", "run", str(path), "--trials", "4"]) == 2
    line = GOOD[: GOOD.index("[run_in]")].count("\n") + 1
    assert f"design.toml:{line}: [run_in]: unknown section or key" in capsys.readouterr().err


def test_a_run_in_by_efficacy_needs_a_truth_that_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "design.toml"
    text = GOOD.replace(
        'kind = "boin"\ntarget = 0.25 ', 'kind = "boin12"\ntoxicity_limit = 0.25\nefficacy_limit = 0.4 '
    )
    text = text.replace('kind = "isotonic"', 'kind = "boin12"').replace(
        '[[limit]]\nkind = "elimination"', '[[limit]]\ntarget = 0.25\nkind = "elimination"'
    )
    path.write_text(text, encoding="utf-8")
    assert main(["trial", "run", str(path), "--trials", "4", "--truth", "null"]) == 2
    assert "efficacy" in capsys.readouterr().err
    path.write_text(
        text.split("# What the run-in meets")[0], encoding="utf-8"
    )  # then both are those of --truth
    assert main(["trial", "run", str(path), "--trials", "4", "--truth", "plateau"]) == 0


def test_a_stratum_has_no_place_in_select_and_confirm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "design.toml"
    head, rest = (
        GOOD.replace('"apart"  ', '"stratum"')
        .replace('"smallest sufficient"', '"select and confirm"')
        .split("margin = 2\nwithin")
    )
    path.write_text(head + "[reality]" + rest.split("[reality]")[1], encoding="utf-8")
    assert main(["trial", "run", str(path), "--trials", "4", "--truth", "null"]) == 2
    assert "[hand_over] scores: 'stratum' cannot be used" in capsys.readouterr().err


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["trial", *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


FILE = str(TEMPLATES / "seamless.toml")
PLAIN = str(TEMPLATES / "dose-ranging.toml")


def test_run_compare_worth_and_protocol(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, rows = tmp_path / "page.html", tmp_path / "rows.parquet"
    found = told(capsys, "run", FILE, "--truth=falling", "--trials=40", f"--html={page}", f"--parquet={rows}")
    one = found["run_in"]
    assert one["patients"]["value"] <= 24
    assert sum(one["open_sets"].values()) == pytest.approx(1)
    assert one["by_dose"][0]["open"]["value"] >= one["by_dose"][3]["open"]["value"]
    html = page.read_text(encoding="utf-8")
    assert "Doses open in part two" in html
    assert "nan" not in html.split("<body")[1]
    both = told(
        capsys,
        "compare",
        FILE,
        PLAIN,
        "--truth=falling",
        "--trials=40",
        f"--parquet={rows}",
        f"--html={page}",
    )
    by = {d["what"]: d["value"] for d in both["differences"][0]["less_the_first"]}
    assert by["months"] < -10
    from pyarrow.parquet import read_table

    table = read_table(rows).to_pydict()
    assert [x is None for x in table["open_10"]] == [False] * 40 + [True] * 40
    assert told(capsys, "worth", FILE, "--trials=100", "--sizes=60")
    sections = {
        s["heading"].split(" (")[0]: json.dumps(s["blocks"], ensure_ascii=False)
        for s in told(capsys, "protocol", FILE, "--truth=null", "--trials=8")["sections"]
    }
    assert "at least 3 patients" not in sections["Dose assignment"]
    assert "if fewer than 3 patients had that dose" in sections["Dose assignment"]
    assert "escalate if at most (toxicities)" in sections["Decision table"]


def test_resumed_trials_are_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("run", FILE, "--truth=plateau", "--trials=520", f"--resume={tmp_path / 'kept'}")
    first = told(capsys, *words)
    kept = sorted((tmp_path / "kept").rglob("*.npz")) or sorted(
        p for p in (tmp_path / "kept").rglob("*") if p.is_file()
    )
    assert len(kept) >= 2
    assert told(capsys, *words) == first


def test_next_and_paths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history, sheet = tmp_path / "history.csv", tmp_path / "sheet.html"
    history.write_text("dose,toxic\n" + "10,0\n" * 3 + "25,1\n" * 3 + "10,0\n" * 6, encoding="utf-8")
    found = told(capsys, "next", FILE, str(history), f"--html={sheet}")
    assert found["ended"]
    assert found["part_two"]["open_doses"] == [10]
    assert "Part two randomises placebo and 10 million cells" in sheet.read_text(encoding="utf-8")
    history.write_text("dose,toxic\n10,0\n", encoding="utf-8")
    assert told(capsys, "next", FILE, str(history))["part_two"]["open_doses"] is None
    history.write_text("dose,toxic\n" + "10,1\n" * 3, encoding="utf-8")
    found = told(capsys, "next", FILE, str(history))
    assert found["part_two"]["open_doses"] == []
    assert "The trial ends and names no dose." in " ".join(found["hand_over"])
    assert main(["trial", "paths", FILE]) == 2
    assert "cannot be enumerated" in capsys.readouterr().err
    exact = tmp_path / "exact.toml"
    exact.write_text(GOOD.replace("dose_cv = 0.1", "").replace("failure = 0.02", ""), encoding="utf-8")
    assert sum(told(capsys, "paths", str(exact))["open_sets"].values()) == pytest.approx(1)


def test_a_run_in_alone_is_not_compared_with_a_dose_finding_trial(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", "compare", str(TEMPLATES / "escalation.toml"), FILE, "--trials=4"]) == 2
    assert "seamless.toml: is a longitudinal design; compare designs of one kind" in capsys.readouterr().err


CHANGES = [
    (
        'up_to = "chosen" ',
        'up_to = "tried" ',
        "up to the dose that the run-in chooses",
        "up to the highest dose given in the run-in",
    ),
    ("least = 3 ", "least = 6 ", "if fewer than 3 patients", "if fewer than 6 patients"),
    ('places = "shared" ', 'places = "dropped" ', "randomised all the same", "keep their planned numbers"),
    (
        'scores = "apart"  ',
        'scores = "stratum"',
        "their scores do not enter",
        "as a stratum, which a covariate tells",
    ),
    ("months = 1 ", "months = 2 ", "randomised 1 month after", "randomised 2 months after"),
    ("target = 0.25 ", "target = 0.3 ", "toxicity is 0.25;", "toxicity is 0.3;"),
    ("cohort = 3", "cohort = 2", "cohorts of 3", "cohorts of 2"),
    (
        'method = "smallest sufficient"',
        'method = "select and confirm"',
        "a dose is dropped if",
        "the closed test",
    ),
]


@pytest.mark.parametrize(("old", "new", "was", "says"), CHANGES)
def test_a_changed_rule_changes_its_sentence(
    old: str, new: str, was: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, texts = tmp_path / "design.toml", []
    for text in (GOOD, GOOD.replace(old, new)):
        if "confirm" in new and text is not GOOD:
            head, rest = text.split("margin = 2\nwithin")
            text = head + "[reality]" + rest.split("[reality]")[1]
        path.write_text(text, encoding="utf-8")
        assert main(["trial", "protocol", str(path), "--truth=null", "--trials=8"]) == 0
        texts.append(capsys.readouterr().out)
    assert was in texts[0]
    assert says not in texts[0]
    assert was not in texts[1]
    assert says in texts[1]
