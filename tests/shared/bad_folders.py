"""The table of bad fits and bad evidence: name, input, what is wrong, what helps."""

import errno
import json

from bad_input import (
    ARM,
    OUTCOME,
    Case,
    both,
    command_case,
    fit_case,
    fit_folder,
    fitted_by_hand,
    folder_cases,
    full_disk,
    raising,
    something_else,
    tables,
    writing,
)
from marrowdose.patient.intake import EXAMPLE

TEXT = json.dumps(EXAMPLE)


FOLDERS = [
    # the fit
    Case(
        "fit onto a file",
        ["fit", "--out", "report.html"],
        "report.html: is not a folder",
        "give another folder",
    ),
    command_case(
        "fit to a missing place",
        "fit --out missing/fit",
        "missing/fit: cannot be written",
        "a place that exists",
    ),
    command_case("fit of an unknown curve", "fit --curve parabola", "unknown curve 'parabola'", "umbrella"),
    command_case(
        "fit without an unknown study",
        "fit --without Nobody2020",
        "unknown study 'Nobody2020'",
        "marrowdose evidence list",
    ),
    command_case("fit of no draws", "fit --draws 0", "--draws: 0 is not usable", "100 to 20000"),
    command_case("fit of all draws", "fit --draws 1000000000", "is not usable", "100 to 20000"),
    command_case("fit by nobody", "fit --processes 0", "--processes: 0 is not usable", "1 to 64"),
    command_case("fit of an unknown outcome", "fit --outcome hip", "invalid choice: 'hip'", "function"),
    Case(
        "interrupted fit",
        ["fit"],
        "interrupted; nothing was written",
        "run it again",
        raising("marrowdose.cli.fit.refit", KeyboardInterrupt()),
    ),
    Case(
        "fit without memory",
        ["fit"],
        "not enough memory",
        "fewer draws",
        raising("marrowdose.cli.fit.refit", MemoryError()),
    ),
    Case(
        "fit onto a full disk",
        ["fit"],
        "cannot be written (No space left",
        "has room",
        both(fitted_by_hand, full_disk),
    ),
    Case(
        "fit to a read-only folder",
        ["fit"],
        "cannot be written (Permission denied",
        "may be written to",
        both(fitted_by_hand, raising("os.replace", PermissionError(errno.EACCES, "Permission denied"))),
    ),
    Case(
        "fit over a fit on a full disk",
        ["fit", "--out", "fitted"],
        "cannot be written (No space left",
        "has room",
        both(fit_folder(b"old", "old"), fitted_by_hand, full_disk),
    ),
    fit_case("missing", lambda monkeypatch: None),
    fit_case("empty", writing({"fitted/": b""})),
    fit_case("a file", writing({"fitted": b""})),
    fit_case("draws empty", fit_folder(arrays=b"")),
    fit_case("draws corrupted", fit_folder(arrays=b"PK\x03\x04" + b"\x00" * 500)),
    fit_case("draws of something else", fit_folder(arrays=something_else())),
    fit_case("description truncated", fit_folder(meta='{"domains": ["pain", "func')),
    fit_case("description a list", fit_folder(meta="[1]")),
    fit_case("description of nothing", fit_folder(meta="{}")),
    fit_case("description without weights", fit_folder(meta='{"domains": ["pain", "function"]}')),
    # evidence
    *folder_cases("missing folder", {}, "there is no such folder", "give a folder of evidence tables"),
    *folder_cases("empty folder", {"new/": b""}, "new/studies.csv: is missing", "add it, with the header"),
    *folder_cases(
        "a file as folder", {"new": b""}, "there is no such folder", "give a folder of evidence tables"
    ),
    *folder_cases(
        "missing column",
        tables() | {"new/arms.csv": b"study_id,arm_id\nNew2030,MSC25\n"},
        "new/arms.csv:1: no column arm_label",
        "add it",
    ),
    *folder_cases(
        "misspelt table",
        tables() | {"new/armes.csv": b"a\n1\n"},
        "armes.csv: is not an evidence table",
        "rename or remove it",
    ),
    *folder_cases(
        "duplicate rows", tables({"arms": [ARM, ARM]}), "repeats new/arms.csv:2", "keep one of them"
    ),
    *folder_cases(
        "orphan arm",
        tables({"arms": [ARM, {**ARM, "study_id": "Nobody2020"}]}),
        "'Nobody2020' is not in studies.csv",
        "correct the name",
    ),
    *folder_cases(
        "not UTF-8",
        {k: v.replace(b"own data", b"donn\xe9es") for k, v in tables().items()},
        "is not UTF-8",
        "save it as CSV in UTF-8",
    ),
    *folder_cases(
        "NaN",
        tables({"outcomes": [{**OUTCOME, "value": "NaN"}]}),
        "outcomes.csv:2: value: 'NaN' is not usable",
        "write a plain number",
    ),
    *folder_cases(
        "negative cells",
        tables({"arms": [{**ARM, "dose_million_cells": "-5"}]}),
        "'-5' is not usable",
        "dose_million_cells",
    ),
    *folder_cases(
        "score off its scale",
        tables({"outcomes": [{**OUTCOME, "value": "75"}]}),
        "75 is outside the scale",
        "0 to 20",
    ),
    *folder_cases("header only", tables({"outcomes": []}), "has a header and no rows", "add rows"),
    *folder_cases(
        "ragged row",
        {k: v + b"one,two\r\n" for k, v in tables().items()},
        "studies.csv:3: title: has 2 cells for",
        "an empty cell keeps its comma",
    ),
    command_case(
        "plan with one folder twice",
        "plan --example --evidence . --evidence .",
        "two folders have this name",
        "rename one",
    ),
    command_case(
        "fit with a broken folder", "fit --evidence nowhere", "there is no such folder", "give a folder"
    ),
    command_case("evidence of nothing", "evidence", "say what to do", "list, show STUDY"),
    command_case("evidence of something else", "evidence shwo", "invalid choice: 'shwo'", "show"),
    command_case("unknown study", "evidence show Vega2051", "there is no study 'Vega2051'", "Vega2015"),
    command_case(
        "study in small letters", "evidence show vega2015", "there is no study 'vega2015'", "Vega2015"
    ),
    command_case("unknown row", "evidence trace outcomes.csv:99999", "there is no such row", "lines 2 to"),
    command_case(
        "unknown table", "evidence trace patients.csv:3", "is not a reference to a row", "outcomes.csv:17"
    ),
    command_case(
        "no reference", "evidence trace everything", "is not a reference to a row", "outcomes.csv:17"
    ),
    Case(
        "trace of no plan",
        ["evidence", "trace", "p.json"],
        "is no recommendation/2",
        "marrowdose plan",
        writing({"p.json": TEXT.encode()}),
    ),
    Case(
        "trace of a plan cut by hand",
        ["evidence", "trace", "p.json"],
        "is no recommendation/2",
        "marrowdose plan",
        writing({"p.json": b'{"schema": "recommendation/2", "provenance": [["a"]]}'}),
    ),
]
