"""[comparator], [background], [randomisation] and [ha] that cannot be meant: one sentence with the line, exit
code 2.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from marrowdose.cli import main
from places import TEMPLATES

GOOD = (TEMPLATES / "dose-ranging.toml").read_text(encoding="utf-8")
LINE = GOOD.count("\n") + 2  # of the first key of the section added
COMPARATOR = [
    'treatment = "prp"',
    'treatment = "placebo"',
    "allocation = 0",
    "allocation = -1",
    "allocation = inf",
    'allocation = "one"',
    'question = "equivalence"',
    'question = "non-inferiority"',
    "margin = -2",
    "margin = nan",
    "margin = 51",
    "alpha = 0",
    "alpha = 0.6",
    'spending = "all"',
    "harm = 1.2",
    "looks = [0.5]",
    "compared = 3",
    "marign = 1",
    "treatment = 3",
]
BACKGROUND = [
    'treatment = "water"',
    "interaction = -1.1",
    "interaction = nan",
    "interaction = true",
    "harm = -0.1",
    "harm = 2",
    "allocation = 1",
]
RANDOMISATION = [
    "block = 0",
    "block = 2.5",
    "block = 100000",
    "block = 301",
    "every = 0",
    "every = -3",
    "every = 30000",
    "every = 301",
    "burn_in = -1",
    "burn_in = 301",
    "least = 0.6",
    "least = 0.4",
    "least = nan",
    "cap = 0",
    "cap = 1.5",
    "blocks = 6",
    "every = true",
]
SECTIONS = (
    [("comparator", key) for key in COMPARATOR]
    + [("background", key) for key in BACKGROUND]
    + [("randomisation", key) for key in RANDOMISATION]
)


def refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], truth: str = "null") -> str:
    path = tmp_path / "design.toml"
    path.write_text(text, encoding="utf-8")
    assert main(["trial", "run", str(path), "--trials", "4", "--truth", truth]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize(("section", "key"), SECTIONS, ids=lambda x: x)
def test_a_bad_key_is_refused_with_its_line(
    section: str, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(f"{GOOD}[{section}]\n{key}\n", tmp_path, capsys)
    assert f"design.toml:{LINE}:" in said or f"design.toml:{LINE - 1}:" in said


FIXED = GOOD.replace("adapt = 0.5", "adapt = 0")
WHOLE = [
    (GOOD + "[comparator]\n[background]\n", "keep one"),
    (GOOD + "[[comparator]]\n", "comparator"),
    ("comparator = 3\n" + GOOD, "comparator"),
    (GOOD + "[comparator]\nallocation = 0.05\n", "smallest arm"),
    (GOOD + "[randomisation]\nblock = 4\nevery = 6\n", "multiple of 4"),
    (GOOD + "[randomisation]\nleast = 0.3\ncap = 0.2\n", "cap"),
    (FIXED + "[randomisation]\nevery = 6\n", "does not adapt"),
    (FIXED + "[randomisation]\ncap = 0.4\n", "does not adapt"),
    (FIXED + "[randomisation]\nblock = 7\n", "whole number"),
    (FIXED + "[comparator]\n[randomisation]\nblock = 6\n", "whole number"),
    (GOOD.replace("looks = [0.5, 0.75]", "looks = [0.02]") + "[comparator]\n", "first look"),
    (GOOD.replace("visits = [3, 6, 12] ", "visits = []") + "[comparator]\n", "visits"),
]


@pytest.mark.parametrize(("text", "word"), WHOLE)
def test_sections_that_contradict_are_refused(
    text: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert word in refused(text, tmp_path, capsys)


SCENARIOS = [
    ("", "state [ha]"),
    ("[ha]\nmonths = [12]", "points"),
    ("[ha]\nmonths = [12]\npoints = 3", "points"),
    ("[ha]\nmonths = [6, 12]\npoints = [3]", "2 numbers"),
    ("[ha]\nmonths = [0, 12]\npoints = [0, 3]", "above 0"),
    ("[ha]\nmonths = [12, 6]\npoints = [3, 1]", "each above"),
    ("[ha]\nmonths = [6]\npoints = [3]", "beyond the table"),
    ("[ha]\nmonths = [12]\npoints = [400]", "60"),
    ("[ha]\nmonths = [12]\npoints = [nan]", "60"),
    ("[ha]\nmonths = [12]\npoints = ['x']", "points"),
    ("[ha]\npeak = 3", "unknown key"),
    ("[corticosteroid]\nmonths = [12]\npoints = [1]", "state [ha]"),
]


@pytest.mark.parametrize(("more", "word"), SCENARIOS)
@pytest.mark.parametrize("section", ["comparator", "background"])
def test_a_scenario_must_say_what_the_treatment_does(
    section: str, more: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = tmp_path / "truth.toml"
    truth.write_text(f'[effect]\nshape = "rising"\n{more}\n', encoding="utf-8")
    assert word in refused(f"{GOOD}[{section}]\n", tmp_path, capsys, str(truth))


def test_worth_asks_for_one_background(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = tmp_path / "a.toml", tmp_path / "b.toml"
    a.write_text(GOOD, encoding="utf-8")
    b.write_text(GOOD.replace('name = "', 'name = "other ') + "[background]\n", encoding="utf-8")
    assert main(["trial", "worth", str(a), str(b), "--trials", "100", "--sizes", "60"]) == 2
    assert "different [background]" in capsys.readouterr().err
