"""Design and scenario files that cannot be meant: one sentence with the line, exit code 2, nothing
printed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from marrowdose.cli import main
from marrowdose.domain import BANNER
from places import TEMPLATES

GOOD = (TEMPLATES / "dose-ranging.toml").read_text(encoding="utf-8")
CHANGES = {
    "doses = [0, 10, 25, 50, 100]": [
        "doses = [10, 25]",
        "doses = [0, 50, 25]",
        "doses = [0]",
        "doses = [0, 10, 5000]",
        'doses = "many"',
        "doses = [0, nan]",
    ],
    "visits = [3, 6, 12] ": ["visits = []", "visits = [0, 12]", "visits = [12, 6]", "visits = [6, 500]"],
    "patients = 300": [
        "patients = 0",
        "patients = 12",
        "patients = 2.5",
        "patients = 10000000",
        "patients = -5",
    ],
    "allocation = [2, 1, 1, 1, 1]": [
        "allocation = [1, 1]",
        "allocation = [0, 1, 1, 1, 1]",
        "allocation = [1, 1, 1, 1, 0.01]",
    ],
    "looks = [0.5, 0.75]": ["looks = [0.75, 0.5]", "looks = [0.0]", "looks = [1.0]", "looks = [0.5, 0.5]"],
    'estimand = "hypothetical"': ['estimand = "as treated"'],
    'method = "smallest sufficient"': [
        'method = "guess"',
        'method = "mcp-mod"',
        'method = "select and confirm"',
    ],
    "within = 0.8 ": ["within = 1.2", "within = true", "withn = 0.8"],
    "beats = 0.9 ": ["beats = 0.2", "doses = [0, 10]"],
    "lost = 0.12": ["lost = 1.0", "lost = -0.1", 'lost = "some"', "lsot = 0.1"],
    "failure = 0.02": ["failure = 2"],
    "batch_sd = 0.2": ["batch_sd = inf", "batch_size = 0"],
    "[reality]": ["[reality", "[[reality]]", "[rality]"],
}


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, news in CHANGES.items() for new in news])
def test_a_bad_design_is_refused_with_its_line(
    old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in GOOD
    path = tmp_path / "design.toml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    assert main(["trial", "run", str(path), "--trials", "4", "--truth", "null"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert "design.toml" in err


SCENARIOS = [
    "",
    "label = 'x'\n[effect]\nshape = 'hopeful'",
    "[effect]\nshape = 'rising'\nlargest = 400",
    "[effect]\nshape = 'rising'\ndoses = [1]\npoints = [[1]]",
    "[effect]\ndoses = [0, 10]\nmonths = [12]\npoints = [[0], [5], [6]]",
    "[effect]\ndoses = [10, 0]\nmonths = [12]\npoints = [[0], [5]]",
    "[effect]\ndoses = [0, 100]\nmonths = [12]\npoints = [[3], [5]]",
    "[effect]\ndoses = [0, 50]\nmonths = [12]\npoints = [[0], [5]]",
    "[effect]\ndoses = [0, 200]\nmonths = [6]\npoints = [[0], [5]]",
    "[effect]\nshape = 'rising'\n[harm]\ndoses = [0, 100]\nprobability = [0.1, 1.4]",
    "[effect]\nshape = 'rising'\n[patients]\nserial = 1.0",
    "[effect]\nshape = 'rising'\n[efect]\n",
    "[effect",
    "effect = 3",
]


@pytest.mark.parametrize("text", SCENARIOS)
def test_a_bad_scenario_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "truth.toml"
    path.write_text(text, encoding="utf-8")
    assert (
        main(["trial", "run", str(TEMPLATES / "dose-ranging.toml"), "--trials", "4", "--truth", str(path)])
        == 2
    )
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err


OPTIONS = [
    ["run", "--trials", "1"],
    ["run", "--trials", "100000000"],
    ["run", "--processes", "0"],
    ["run", "--processes", "65"],
    ["run", "--seed", "-1"],
    ["run", "--margin", "-2"],
    ["run", "--truth", "curve:spline"],
    ["run", "--truth", "no-such-file.toml"],
    ["worth", "--sizes", "a,b"],
    ["worth", "--population", "0"],
    ["worth", "--trials", "10"],
    ["worth", "--per-patient", "nan"],
    ["worth", "--sizes", "3"],
]


@pytest.mark.parametrize("words", OPTIONS, ids=" ".join)
def test_bad_options_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", words[0], str(TEMPLATES / "dose-ranging.toml"), *words[1:]]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_designs_of_two_kinds_are_not_compared(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(TEMPLATES / f"{name}.toml") for name in ("dose-ranging", "escalation")]
    assert main(["trial", "compare", *files, "--trials", "4"]) == 2
    assert main(["trial", "compare", files[0], files[0], "--trials", "4", "--truth", "null"]) == 2
    assert main(["trial", "worth", files[1], "--truth", "null"]) == 2
    assert capsys.readouterr().out == ""


def test_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(TEMPLATES / "dose-ranging.toml")
    assert main(["trial", "run", path, "--trials", "40", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["banner"] == BANNER
    assert sum(row["named"]["value"] for row in told["arms"]) == pytest.approx(1.0)
    assert told["assurance"]["assurance"] == told["positive"]
    assert all("monte_carlo_se" in told[k] for k in ("positive", "within", "loss", "months", "patients"))
    assert main(["trial", "run", path, "--trials", "40", "--seed", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == told
    assert (
        main(
            [
                "trial",
                "protocol",
                path,
                "--trials",
                "4",
                "--truth",
                "plateau",
                "--out",
                str(tmp_path / "p.md"),
            ]
        )
        == 0
    )
    text = (tmp_path / "p.md").read_text(encoding="utf-8")
    assert BANNER in text
    assert "0.985 at a look before the last" in text
    capsys.readouterr()
    assert main(["trial", "worth", path, "--trials", "100", "--sizes", "100,200", "--json"]) == 0
    assert [
        row["planned_patients"] for row in json.loads(capsys.readouterr().out)["designs"][0]["sizes"]
    ] == [100, 200]


def test_pages_hold_the_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(TEMPLATES / f"{name}.toml") for name in ("dose-ranging", "confirmatory")]
    page = tmp_path / "page.html"
    assert main(["trial", "run", files[0], "--trials", "20", "--truth", "plateau", "--html", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") >= 3
    assert BANNER in text
    assert "nan" not in text.split("<body")[1]
    assert (
        main(["trial", "compare", *files, "--trials", "20", "--truth", "plateau", "--html", str(page)]) == 0
    )
    both = page.read_text(encoding="utf-8")
    assert both.count("<svg") >= 6
    for name in ("BM-MSC dose-ranging", "BM-MSC confirmatory"):
        assert name in both


def test_what_lies_beyond_the_evidence_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", "run", str(TEMPLATES / "extension.toml"), "--trials", "20", "--json"]) == 0
    assert any(
        "Month 60" in note and "extrapolated" in note for note in json.loads(capsys.readouterr().out)["notes"]
    )
    assert main(["trial", "run", str(TEMPLATES / "dose-ranging.toml"), "--trials", "20", "--json"]) == 0
    assert not any("Month" in note for note in json.loads(capsys.readouterr().out)["notes"])
