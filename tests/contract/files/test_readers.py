"""One reader a format: what every table, record and design is refused for, with file, line and column."""

from pathlib import Path

import pytest

from marrowdose.errors import InputError
from marrowdose.files.csv import read_matrix, read_table
from marrowdose.files.json import exact_text, parse_json, read_json, text_of
from marrowdose.files.toml import Document, read_document
from marrowdose.statistics.meta import drma
from marrowdose.trial.truths.named import read_scenario, truth_of

SOURCES = Path(__file__).parents[3] / "src" / "marrowdose"


def written(folder: Path, data: str | bytes, name: str = "t.csv") -> Path:
    file = folder / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return file


def test_a_table_says_where_its_cells_stand(tmp_path):
    """A mark, Windows line ends, blank lines, a cell of two lines: lines are counted as an editor does."""
    file = written(tmp_path, '\ufeffdose , note\r\n\r\n0,"a\r\nb"\r\n10, c\r\n')
    found = read_table(file)
    assert found.columns == ("dose", "note")
    assert [(row.line, row["note"]) for row in found.rows] == [(3, "a\r\nb"), (5, " c")]
    assert found.numbers("dose") == [0.0, 10.0]
    assert found.rows[1].where("dose") == f"{file}:5: dose"
    assert read_table(written(tmp_path, ""), "empty").columns == ()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("dose,y\n0,1\n1,x\n", "t.csv:3: y: 'x' is not a number"),
        ("dose,y\n0,1\n1,\n", "t.csv:3: y: '' is not a number"),
        ("dose,y\n0,nan\n", "t.csv:2: y: 'nan' is not a number"),
        ("dose,y\n0,1e999\n", "t.csv:2: y: '1e999' is not a number"),
        ("dose,y\n0,1\n1\n", "t.csv:3: dose: has 1 cell for 2 columns"),
        ("dose,y\n0,1\n1,2,3\n", "t.csv:3: y: has 3 cells for 2 columns"),
        ('dose,y\n0,1\n1,"2\n', "t.csv:3: is not CSV"),
        ("dose,z\n0,1\n", "t.csv:1: no column y; allowed: dose, z"),
        ("", "t.csv:1: no column y; allowed: a header line"),
        ("y,dose,y\n0,1,2\n", "t.csv:1: two columns are called y"),
        (b"dose,y\n0,1\n1,\xb5\n", "t.csv:3: is not UTF-8 text; save it as CSV in UTF-8"),
        ("dose,y\n0,1\n1,\x00\n", "t.csv:3: holds NUL bytes"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_place(tmp_path, data, says):
    def use(file: Path) -> list[float]:
        found = read_table(file)
        found.require("y")
        return found.numbers("y")

    with pytest.raises(InputError) as refused:
        use(written(tmp_path, data))
    assert says in str(refused.value)


def test_an_empty_cell_is_what_it_is_said_to_be(tmp_path):
    (row,) = read_table(written(tmp_path, "low,high\n,2\n")).rows
    assert row.number("low", missing=0.5) == 0.5
    assert row.number("high", missing=0.5) == 2.0


def test_a_matrix_has_no_header(tmp_path):
    assert read_matrix(written(tmp_path, "1,2\n\n3,4\n")) == [[1.0, 2.0], [3.0, 4.0]]
    with pytest.raises(InputError, match=r"t.csv:2: column 2: 'x' is not a number"):
        read_matrix(written(tmp_path, "1,2\n3,x\n"))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no endless device")
@pytest.mark.parametrize("read", [read_table, read_matrix, read_json, read_document, truth_of])
def test_a_device_without_an_end_is_too_large(read):
    with pytest.raises(InputError, match="/dev/zero: is too large"):
        read("/dev/zero" if read is truth_of else Path("/dev/zero"))


@pytest.mark.parametrize("read", [read_table, read_matrix, read_json, read_document])
def test_a_file_that_is_not_there_is_named(read, tmp_path):
    with pytest.raises(
        InputError, match=r"gone: cannot be read \(No such file or directory\); check the path"
    ):
        read(tmp_path / "gone")


def test_a_table_of_arms_is_told_by_line_and_one_in_memory_by_row(tmp_path):
    head, rows = "study,dose,mean,sd,n", ["A,0,10,20,40", "A,25,16,21,40", "B,0,12,18,60", "B,50,1x,19,58"]
    with pytest.raises(InputError, match=r"t.csv:5: mean: '1x' is not a number"):
        drma(written(tmp_path, "\n".join([head, *rows])), "linear")
    cells = zip(*(row.split(",") for row in rows), strict=True)
    with pytest.raises(InputError, match=r"^table row 4, column mean: '1x' is not a number"):
        drma(dict(zip(head.split(","), cells, strict=True)), "linear")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[effect]\nshape = 'wavy'\n", "t.toml:2: [effect] shape: shape 'wavy'"),
        (
            "[effect]\nshape = 'rising'\n\n[patients]\nsd = 900\n",
            "t.toml:5: [patients] sd: 900 is not usable",
        ),
        ("[effect]\nshape = 'rising'\nlarge = 3\n", "t.toml:3: [effect] large: unknown key"),
        ("[efect]\n", "t.toml:1: [efect]: unknown key"),
        ("[effect]\nshape = \n", "t.toml:2: is not TOML"),
        (
            "[effect]\nshape = 'rising'\n[harm]\ndoses = [0]\nprobability = [2]\n",
            "t.toml:5: [harm] probability: 2",
        ),
    ],
)
def test_a_scenario_is_refused_with_line_and_key(tmp_path, text, says):
    with pytest.raises(InputError) as refused:
        truth_of(str(written(tmp_path, text, "t.toml")))
    assert says in str(refused.value)


def test_a_scenario_from_memory_is_named():
    with pytest.raises(InputError, match=r"^mine: \[effect\] shape: shape None"):
        read_scenario(Document(path="mine", data={"effect": {}}))


def test_six_digits_for_readers_and_all_for_ourselves():
    assert text_of({"a": 1 / 3, "b": (1, -0.0)}) == '{\n  "a": 0.333333,\n  "b": [\n    1,\n    0.0\n  ]\n}\n'
    with pytest.raises(ValueError, match=r"value.a\[1\] is nan: only finite numbers"):
        text_of({"a": [1.0, float("nan")]})
    assert parse_json(exact_text([1 / 3, "é"]), "here") == [1 / 3, "é"]


def test_no_other_reader_or_writer():
    """JSON, TOML and CSV are read and written in files/; the digest of the tables is of canonical CSV."""
    own = {"files/json.py", "files/toml.py", "files/csv.py", "evidence/tables.py: import csv"}
    for file in sorted(SOURCES.rglob("*.py")):
        name = file.relative_to(SOURCES).as_posix()
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip() in ("import json", "import csv", "import tomllib") and name not in own:
                assert f"{name}: {line.strip()}" in own, f"{name}: {line.strip()}: use marrowdose.files"
