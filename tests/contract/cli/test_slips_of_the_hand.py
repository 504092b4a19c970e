"""Slips of the hand at the command line: nothing that is read is written over, nothing given is silently
ignored.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from marrowdose.cli import main
from marrowdose.errors import InputError
from marrowdose.statistics.mcpmod import from_patients

DOSES = "dose,y\n" + "".join(f"{d},{y}\n" for d, y in ((0, 1), (0, 2), (10, 3), (10, 5), (50, 6), (50, 9)))
ARMS = (
    "study,dose,mean,sd,n\nA,0,10,20,40\nA,25,16,21,40\n"
    "B,0,12,18,60\nB,25,15,19,58\nC,0,9,22,30\nC,50,14,21,31\n"
)


def refused(argv: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(argv) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.startswith("marrowdose: ")
    return told.err


@pytest.mark.parametrize(
    ("name", "text", "argv"),
    [
        ("pool.csv", ARMS, ["drma", "pool.csv", "--curve", "linear"]),
        ("y.csv", DOSES, ["mcpmod", "y.csv", "--response", "y", "--candidate", "linear"]),
        ("patient.json", "{}", ["plan", "patient.json"]),
        ("goal.json", "{}", ["plan", "--example", "--goal", "goal.json"]),
        ("patient.json", "{}", ["joint", "run", "--dose", "50", "--patient", "patient.json"]),
        ("one.toml", "", ["trial", "compare", "two.toml", "one.toml"]),
    ],
)
def test_a_page_never_replaces_what_is_read(
    name: str,
    text: str,
    argv: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text)
    Path("link").symlink_to(name)
    for page in (name, f"./{name}", "link"):
        assert "would overwrite" in refused([*argv, "--html", page], capsys)
        assert Path(name).read_text() == text


@pytest.mark.parametrize(
    "argv",
    [
        ["plan", "--example", "--seed", "1", "--seed", "2"],
        ["joint", "run", "--dose", "50", "--dose", "60"],
        ["power", "--doses", "0,10", "--doses", "0,20", "--sigma", "1", "--effect", "1", "--n", "9"],
    ],
)
def test_an_option_given_twice_is_refused(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "is given twice; keep one" in refused(argv, capsys)


@pytest.mark.parametrize("part", [["run", "--dose", "50"], ["population", "--n", "10"]])
def test_an_empty_repeat_is_refused(part: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "--repeat" in refused(["joint", *part, "--repeat", ""], capsys)


def test_a_place_that_is_not_there_is_told_before_the_work(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marrowdose.joint.populate.weighting", lambda *_: pytest.fail("the work began"))
    assert "folder" in refused(
        ["joint", "population", "--n", "10", "--parquet", "/no/such/place.parquet"], capsys
    )


def test_two_columns_of_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arms, doses = tmp_path / "arms.csv", tmp_path / "doses.csv"
    arms.write_text(ARMS.replace("study,dose,mean,sd,n", "study,dose,mean,sd,sd"))
    doses.write_text(DOSES.replace("dose,y", "y,y"))
    assert "two columns are called sd" in refused(["drma", str(arms)], capsys)
    asked = ["mcpmod", str(doses), "--dose", "y", "--response", "y", "--candidate", "linear"]
    assert "two columns are called y" in refused(asked, capsys)


def test_a_file_that_is_not_there_has_no_full_disk(capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(["mcpmod", "no-such-file.csv", "--candidate", "linear"], capsys)
    assert told.endswith("check the path.\n")


def test_responses_beyond_all_measure_are_refused_and_tiny_units_are_not() -> None:
    dose, response = [0, 0, 10, 10, 50, 50], [1.0, 2.0, 3.0, 5.0, 6.0, 9.0]
    with pytest.raises(InputError, match="check its unit"):
        from_patients(dose, [y * 1e200 for y in response])
    tiny = from_patients(dose, [y * 1e-20 for y in response])
    assert tiny.means == pytest.approx(1e-20 * from_patients(dose, response).means, rel=1e-12, abs=0)
    with pytest.raises(InputError, match="no spread"):
        from_patients(dose, [3.0, 3.0, 7.0, 7.0, 9.0, 9.0])
