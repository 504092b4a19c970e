"""The evidence tables: what is shipped is valid, what is added is read back, what is wrong is named."""

import csv
import tempfile
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowdose.errors import InputError
from marrowdose.evidence.columns import columns
from marrowdose.evidence.slips import likely_slips
from marrowdose.evidence.tables import Evidence, read_evidence, validate
from marrowdose.outcomes import INSTRUMENTS

KNOWN = columns()
SHIPPED = resources.files("marrowdose.evidence") / "data"
patiently = settings(deadline=None, max_examples=40)  # a busy machine is not a wrong result

STUDY = {"study_id": "New2030", "design": "rct", "source_cells": "bm_msc", "source_url": "own data"}
CELLS = {
    "study_id": "New2030",
    "arm_id": "MSC25",
    "treatment": "bm_msc",
    "dose_million_cells": "25",
    "source_url": "own data",
}
SALINE = {"study_id": "New2030", "arm_id": "P", "treatment": "placebo", "source_url": "own data"}
LEVEL = {
    "study_id": "New2030", "arm_id": "MSC25", "outcome": "womac_pain", "scale_min": "0", "scale_max": "20",
    "higher_is_better": "no", "month": "6", "n": "30", "stat": "mean_sd", "value": "7.5", "sd": "3.4",
    "source_url": "own data", "checked": "own_data",
}  # fmt: skip
EVENT = {
    "study_id": "New2030",
    "arm_id": "all",
    "event": "effusion",
    "serious": "no",
    "related": "unclear",
    "n_with_event": "2",
    "n_at_risk": "60",
    "source_url": "own data",
}
DECISION = {"study_id": "New2030", "column": "extension_after", "value": "12", "reason": "unblinded then"}
MINIMAL = {"studies": [STUDY], "arms": [CELLS, SALINE], "outcomes": [LEVEL, LEVEL | {"arm_id": "P"}]}


def write(folder, tables=MINIMAL):
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [column.name for column in KNOWN[table]], restval="")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def edit(file, change):
    file.write_bytes(change(file.read_bytes()))


@pytest.fixture
def trial(tmp_path):
    return write(tmp_path / "trial")


# --- what is shipped ---


def test_shipped_tables_are_valid_and_complete():
    evidence = read_evidence()
    counts = {table: len(getattr(evidence, table)) for table in ("studies", "arms", "outcomes", "safety")}
    assert counts == {"studies": 70, "arms": 148, "outcomes": 669, "safety": 135}
    assert evidence.folders == ()


def test_the_dictionary_describes_every_table_and_column():
    assert set(KNOWN) == set(Evidence.__dataclass_fields__) - {"digest", "folders"}
    for table, of in KNOWN.items():
        header = (SHIPPED / f"{table}.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
        assert [column.name for column in of] == header
        for column in of:
            assert column.meaning
            assert column.kind in ("text", "code", "codes", "number", "month", "bool")
            column.test()  # the allowed range or codes can be understood
            assert column.refers_to is None or column.refers_to[0] in KNOWN


def test_every_instrument_can_be_entered():
    outcome = next(column for column in KNOWN["outcomes"] if column.name == "outcome").test()
    assert all(map(outcome, INSTRUMENTS))


def test_every_event_that_is_counted_is_in_the_safety_table():
    evidence = read_evidence()
    assert {row["event"] for row in evidence.events} <= {row["event"] for row in evidence.safety}


# --- what is added ---


def test_a_folder_is_read_beside_the_shipped_tables(trial):
    evidence = read_evidence(trial)
    assert evidence.folders == ("trial",)
    assert len(evidence.outcomes) == 671
    row = evidence.outcomes[-1]
    assert row.ref == "trial/outcomes.csv:3"
    assert row["arm_id"] == "P"
    assert row.number("value") == 7.5
    assert row.number("lo") is None
    with pytest.raises(InputError, match=r"trial/outcomes.csv:3: outcome: 'womac_pain'"):
        row.number("outcome")


def test_a_reference_counts_lines_as_an_editor_does(trial):
    edit(
        trial / "outcomes.csv",
        lambda b: b.replace(b"own data", b'"own\ndata"', 1).replace(b"\r\n", b"\r\n\r\n"),
    )
    assert [row.ref for row in read_evidence(trial).outcomes[-2:]] == [
        "trial/outcomes.csv:3",
        "trial/outcomes.csv:6",
    ]


def test_optional_tables_and_a_follow_up_of_a_shipped_trial(tmp_path):
    extension = STUDY | {"is_extension_of": "Vega2015"}
    folder = write(
        tmp_path / "more", MINIMAL | {"studies": [extension], "safety": [EVENT], "decisions": [DECISION]}
    )
    evidence = read_evidence(folder)
    assert evidence.safety[-1].ref == "more/safety.csv:2"
    assert evidence.decisions[-1]["value"] == "12"


def test_the_digest_is_of_the_content(tmp_path):
    here = read_evidence(write(tmp_path / "here")).digest
    there = write(tmp_path / "elsewhere" / "there")
    for file in there.iterdir():  # as a spreadsheet may save it: other column order, line ends and a mark
        rows = list(csv.reader(file.open(encoding="utf-8", newline="")))
        file.write_bytes(
            b"\xef\xbb\xbf" + b"\r\n".join(",".join(reversed(row)).encode() for row in rows) + b"\r\n\r\n"
        )
    assert read_evidence(there).digest == here
    changed = write(tmp_path / "changed", MINIMAL | {"outcomes": [LEVEL | {"value": "7.6"}]})
    assert read_evidence(changed).digest not in (here, read_evidence().digest)


cell = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=8)


@patiently
@given(
    st.lists(
        st.tuples(cell, st.floats(0, 20), st.integers(2, 999)),
        min_size=1,
        max_size=5,
        unique_by=lambda t: t[0],
    )
)
def test_what_is_written_is_read_back(figures):
    """Any text survives: quotes, commas, line breaks, other scripts."""
    rows = [
        LEVEL | {"outcome": f"other:{name}.", "value": repr(value), "n": str(n), "source_locator": name}
        for name, value, n in figures
    ]
    with tempfile.TemporaryDirectory() as place:
        evidence = read_evidence(write(Path(place) / "trial", MINIMAL | {"outcomes": rows}))
    added = [row for row in evidence.outcomes if row.file == "trial/outcomes.csv"]
    assert [(r["source_locator"], r.number("value"), r.number("n")) for r in added] == figures


@patiently
@given(st.binary(max_size=200), st.sampled_from(["studies", "arms", "outcomes"]), st.booleans())
def test_no_file_breaks_the_reader(data, table, keep_header):
    """Whatever bytes a file holds, the answer is a list of sentences."""
    with tempfile.TemporaryDirectory() as place:
        file = write(Path(place) / "trial") / f"{table}.csv"
        header = file.read_bytes().splitlines(keepends=True)[0] if keep_header else b""
        file.write_bytes(header + data)
        assert all(isinstance(problem, str) for problem in validate(file.parent))


# --- what is wrong ---


def only(problems):
    assert len(problems) == 1, problems
    return problems[0]


CELL_FAULTS = [
    # table, change of its last row, line, column, what the sentence must say
    ("outcomes", {"value": "nan"}, 3, "value", "'nan' is not usable"),
    ("outcomes", {"value": "inf"}, 3, "value", "-1000000..1000000"),
    ("outcomes", {"value": "7,5"}, 3, "value", "decimal point"),
    ("outcomes", {"value": "1_0"}, 3, "value", "'1_0' is not usable"),
    ("outcomes", {"value": ""}, 3, "value", "the cell is empty"),
    ("outcomes", {"outcome": "womac pain"}, 3, "outcome", "womac_pain|"),
    ("outcomes", {"outcome": "other:"}, 3, "outcome", "other:*"),
    ("outcomes", {"stat": "mean"}, 3, "stat", "mean_sd|mean_only"),
    ("outcomes", {"month": "-1"}, 3, "month", "0..360 months"),
    ("outcomes", {"month": "361"}, 3, "month", "0..360 months"),
    ("outcomes", {"sd": "-3"}, 3, "sd", "above 0..1000000"),
    ("outcomes", {"sd": "0"}, 3, "sd", "above 0..1000000"),
    ("outcomes", {"n": "0"}, 3, "n", "whole 1..100000 patients"),
    ("outcomes", {"n": "10.5"}, 3, "n", "whole 1..100000 patients"),
    ("outcomes", {"n": "1"}, 3, "n", "spread of one patient"),
    ("outcomes", {"higher_is_better": ""}, 3, "higher_is_better", "yes or no"),
    ("outcomes", {"higher_is_better": "true"}, 3, "higher_is_better", "yes or no"),
    ("outcomes", {"value": "20.5"}, 3, "value", "outside the scale; allowed: 0 to 20"),
    ("outcomes", {"stat": "median_iqr", "sd": "", "lo": "-1", "hi": "9"}, 3, "lo", "outside the scale"),
    ("outcomes", {"stat": "median_iqr", "sd": "", "lo": "8", "hi": "9"}, 3, "value", "outside lo to hi"),
    ("outcomes", {"stat": "median_iqr", "sd": "", "lo": "9", "hi": "6"}, 3, "lo", "9 is not below hi = 6"),
    ("outcomes", {"scale_max": ""}, 3, "scale_max", "both ends or neither"),
    ("outcomes", {"scale_max": "0", "value": "0"}, 3, "scale_min", "not below scale_max"),
    ("outcomes", {"arm_id": "MSC50"}, 3, "arm_id", "'MSC50' of New2030 is not in arms.csv"),
    ("outcomes", {"study_id": "Old2029"}, 3, "arm_id", "'P' of Old2029 is not in arms.csv"),
    ("outcomes", {"arm_id": "MSC25", "month": "6.0"}, 3, "stat", "repeats trial/outcomes.csv:2"),
    ("arms", {"dose_million_cells": "-5"}, 3, "dose_million_cells", "0..1000 million cells"),
    ("arms", {"dose_million_cells": "1001"}, 3, "dose_million_cells", "0..1000 million cells"),
    ("arms", {"dose_low": "20", "dose_high": "10"}, 3, "dose_low", "not below dose_high"),
    ("arms", {"adjunct": "prp|hyaluronan"}, 3, "adjunct", "joined by |"),
    ("studies", {"study_id": "Vega2015"}, 2, "study_id", "repeats studies.csv:5 (Vega2015)"),
    ("studies", {"is_extension_of": "Nobody"}, 2, "is_extension_of", "'Nobody' is not in studies.csv"),
    ("safety", {"n_with_event": "61"}, 2, "n_with_event", "61 of 60 patients"),
    ("safety", {"arm_id": "everybody"}, 2, "arm_id", "a row of arms.csv or all"),
    ("decisions", {"value": "later"}, 2, "value", "a number for extension_after"),
    ("decisions", {"column": "dose"}, 2, "column", "block|n|sd_is"),
    ("events", {"event": "joint effusion"}, 2, "event", "repeats events.csv:"),
]


@pytest.mark.parametrize("table, change, line, column, says", CELL_FAULTS)
def test_a_fault_is_named_by_file_line_and_column(tmp_path, table, change, line, column, says):
    tables = MINIMAL | {
        "safety": [EVENT],
        "decisions": [DECISION],
        "events": [{"event": "effusion", "category": "effusion"}],
    }
    tables = tables | {table: [*tables[table][:-1], tables[table][-1] | change]}
    problems = [
        p for p in validate(write(tmp_path / "trial", tables)) if p.startswith(f"trial/{table}.csv:{line}: ")
    ]
    problem = only(problems)
    assert f":{line}: {column}: " in problem
    assert says in problem
    assert "; allowed: " in problem
    assert problem.count(";") >= 2, "says what to do"


def test_a_study_that_is_shipped_needs_another_name(trial):
    write(trial, {"studies": [STUDY | {"study_id": "Vega2015"}]})
    assert "choose another study_id" in validate(trial)[0]


FILE_FAULTS = {
    "no column": (lambda b: b.replace(b",month", b""), ":1: no column month; "),
    "strange column": (lambda b: b.replace(b",month", b",months"), ":1: column 'months' is unknown"),
    "column twice": (lambda b: b.replace(b",month", b",value"), ":1: two columns are called value"),
    "semicolons": (lambda b: b.replace(b",", b";"), "separated by commas"),
    "not UTF-8": (lambda b: b.replace(b"7.5", b"7\xb75"), ":2: is not UTF-8 text"),
    "NUL bytes": (lambda b: b.replace(b"7.5", b"7\0005"), ":2: holds NUL bytes"),
    "too large": (lambda b: b + b"\n" * 20_000_000, "is too large; allowed: up to 20 MB of CSV"),
    "quotes": (lambda b: b.replace(b"7.5", b'"7'), ":2: is not CSV"),
    "header only": (lambda b: b.splitlines(keepends=True)[0], "has a header and no rows"),
    "nothing": (lambda b: b"", ":1: no column study_id, "),
    "too few cells": (lambda b: b.replace(b",7.5,", b","), ":2: source_locator: has 15 cells for 16 columns"),
    "too many cells": (lambda b: b.replace(b",7.5,", b",7,5,"), ":2: checked: has 17 cells for 16 columns"),
}


@pytest.mark.parametrize("change, says", FILE_FAULTS.values(), ids=FILE_FAULTS)
def test_a_file_that_cannot_be_read_is_named(trial, change, says):
    edit(trial / "outcomes.csv", change)
    problem = validate(trial)[0]
    assert problem.startswith("trial/outcomes.csv")
    assert says in problem
    with pytest.raises(InputError, match=r"trial/outcomes\.csv"):
        read_evidence(trial)


def test_a_folder_that_is_not_evidence_is_refused(tmp_path, trial):
    assert "no such folder" in only(validate(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    missing = validate(tmp_path / "empty")
    assert [problem.split(":")[0] for problem in missing] == [
        f"empty/{t}.csv" for t in ("studies", "arms", "outcomes")
    ]
    (trial / "arms.csv").rename(trial / "kept")
    assert only(validate(trial)).startswith("trial/arms.csv: is missing"), "no arm is called unknown for that"
    (trial / "kept").rename(trial / "arms.csv")
    (trial / "safty.csv").write_text("event\n")
    assert "trial/safty.csv: is not an evidence table" in only(validate(trial))
    other = write(tmp_path / "b" / "trial", {})
    with pytest.raises(InputError, match="two folders have this name"):
        read_evidence(trial, other)


def test_a_file_that_may_not_be_opened_is_named(trial, monkeypatch):
    opened = Path.open

    def refuse(file, *args, **kwargs):
        if file.parent == trial:
            raise PermissionError(13, "Permission denied")
        return opened(file, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    assert "trial/studies.csv: cannot be read (Permission denied)" in "\n".join(validate(trial))


def test_all_faults_are_listed_and_the_first_is_raised(trial):
    write(trial, {"outcomes": [LEVEL | {"n": "0", "sd": "x"}, LEVEL | {"month": "-2"}]})
    problems = validate(trial)
    assert len(problems) == 3
    with pytest.raises(InputError) as raised:
        read_evidence(trial)
    assert raised.value.where == "trial/outcomes.csv:2: n"
    assert "(and 2 more: check the whole folder)" in str(raised.value)


# --- what is likely a slip ---


def test_a_standard_error_entered_as_sd_is_suspected():
    slips = likely_slips(read_evidence())
    flagged = {slip.split(":")[1] for slip in slips if "standard error" in slip}
    orozco = [row for row in read_evidence().outcomes if row["study_id"] == "Orozco2013"]
    assert {str(row.line) for row in orozco if row["outcome"] in ("womac_pain", "womac_function")} <= flagged


def test_a_slip_is_no_fault(trial):
    rows = [
        LEVEL | {"sd": "0.6", "month": "7", "n": "100000"},  # large: it must not be compared with itself
        LEVEL | {"outcome": "womac_total", "scale_min": "", "scale_max": ""},
        LEVEL | {"outcome": "vas_pain", "scale_max": "50"},
        LEVEL | {"outcome": "koos_pain", "scale_max": "100", "value": "40", "sd": "15"},
        LEVEL
        | {
            "stat": "change_mean_sd",
            "higher_is_better": "yes",
        },  # a positive change may be the better one
        LEVEL | {"stat": "pct_change", "higher_is_better": "yes", "scale_min": "", "scale_max": ""},
    ]
    write(trial, {"outcomes": rows})
    assert validate(trial) == ()
    slips = [slip for slip in likely_slips(read_evidence(trial)) if slip.startswith("trial/")]
    assert len(slips) == 4
    for line, says in (
        (2, "standard error"),
        (3, "without a range"),
        (4, "is known on 0–100 or 0–10"),
        (5, "the other way round"),
    ):
        assert says in only([slip for slip in slips if slip.startswith(f"trial/outcomes.csv:{line}: ")])
