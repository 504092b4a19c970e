"""Bad input of every kind: exit code 2, one clear sentence with the remedy, no traceback, no half-written file."""

import contextlib
import csv
import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import numpy as np
import pytest

from marrowdose.cli import main
from marrowdose.evidence.columns import columns
from marrowdose.patient.intake import EXAMPLE, MAX_BYTES
from marrowdose.report.json import schema
from marrowdose.synthesis.fit import SHIPPED, pack, shipped_fit

GONE = object()  # a field that is not given
OLD = b"what stood here before"  # report.html is there in every case, and stays as it is
Make = Callable[[pytest.MonkeyPatch], None]


class Case(NamedTuple):
    """What is given, and what the sentence must name: the fault, and what is allowed or to be done."""

    name: str
    argv: list[str]
    wrong: str
    help: str
    make: Make = lambda monkeypatch: None


# --- how the input is made, in the working folder ---


def writing(files: Mapping[str, bytes]) -> Make:
    """Write files; a name that ends in / is a folder."""

    def make(_: pytest.MonkeyPatch) -> None:
        for name, content in files.items():
            Path(name if name.endswith("/") else Path(name).parent).mkdir(parents=True, exist_ok=True)
            if not name.endswith("/"):
                Path(name).write_bytes(content)

    return make


def file_case(name: str, content: bytes, wrong: str, help: str) -> Case:
    return Case(name, ["plan", "p.json"], wrong, help, writing({"p.json": content}))


def patient_case(name: str, changes: Mapping[str, Any], wrong: str, help: str) -> Case:
    given = {k: v for k, v in {**EXAMPLE, **changes}.items() if v is not GONE}
    return file_case(name, json.dumps(given).encode(), wrong, help)


def goal_case(name: str, goal: str, wrong: str, help: str) -> Case:
    return Case(name, ["plan", "--example", "--goal", goal], wrong, help)


def goal_file_case(name: str, content: bytes, wrong: str, help: str) -> Case:
    return Case(name, ["plan", "--example", "--goal", "g.json"], wrong, help, writing({"g.json": content}))


def command_case(name: str, argv: str, wrong: str, help: str) -> Case:
    return Case(name, argv.split(), wrong, help)


STUDY = {"study_id": "New2030", "design": "rct", "source_cells": "bm_msc", "source_url": "own data"}
ARM = {"study_id": "New2030", "arm_id": "MSC25", "treatment": "bm_msc", "dose_million_cells": "25", "source_url": "own data"}  # fmt: skip
OUTCOME = {
    "study_id": "New2030", "arm_id": "MSC25", "outcome": "womac_pain", "scale_min": "0", "scale_max": "20",
    "higher_is_better": "no", "month": "6", "n": "30", "stat": "mean_sd", "value": "7.5", "sd": "3.4",
    "source_url": "own data", "checked": "own_data",
}  # fmt: skip
TABLES = {"studies": [STUDY], "arms": [ARM], "outcomes": [OUTCOME]}


def tables(changed: Mapping[str, list[dict[str, str]]] = {}) -> dict[str, bytes]:
    """A folder of evidence as files, a table being replaced."""
    files = {}
    for table, rows in {**TABLES, **changed}.items():
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [column.name for column in columns()[table]], restval="")
        writer.writeheader()
        writer.writerows(rows)
        files[f"new/{table}.csv"] = text.getvalue().encode()
    return files


def folder_cases(name: str, files: Mapping[str, bytes], wrong: str, help: str) -> list[Case]:
    """A broken folder is checked, and is given to a plan."""
    make = writing(files)
    return [
        Case(f"evidence check, {name}", ["evidence", "check", "new"], wrong, help, make),
        Case(f"plan with evidence, {name}", ["plan", "--example", "--evidence", "new"], wrong, help, make),
    ]


def fit_folder(arrays: bytes | None = None, meta: str | None = None) -> Make:
    """The shipped fit in a folder, its draws or its description being replaced."""

    def make(_: pytest.MonkeyPatch) -> None:
        good = pack(shipped_fit())
        Path("fitted").mkdir()
        Path("fitted", SHIPPED[0]).write_bytes(good[0] if arrays is None else arrays)
        Path("fitted", SHIPPED[1]).write_text(good[1] if meta is None else meta, encoding="utf-8")

    return make


def something_else() -> bytes:
    stored = io.BytesIO()
    np.savez(stored, other=np.ones(3))
    return stored.getvalue()


def fit_case(name: str, make: Make) -> Case:
    return Case(f"fit folder, {name}", ["plan", "--example", "--fit", "fitted"], "no usable fit", "marrowdose fit --out", make)  # fmt: skip


def raising(target: str, problem: BaseException) -> Make:
    """Something of the system or of ours fails when it is called."""

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise problem

    return lambda monkeypatch: monkeypatch.setattr(target, fail)


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file takes half of what is written to it, then the disk is full."""
    really = io.open

    def half_open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        opened = really(file, mode, *args, **kwargs)
        if "w" in mode or "x" in mode:
            write = opened.write

            class Full:
                def __enter__(self) -> "Full":
                    return self

                def __exit__(self, *_: object) -> None:
                    opened.close()

                def write(self, data: Any) -> int:
                    write(data[: len(data) // 2])
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

            return Full()
        return opened

    monkeypatch.setattr(io, "open", half_open)


def fitted_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit that takes no time: what is tested is what becomes of it."""
    made = replace(shipped_fit(), meta={**shipped_fit().meta, "checks": []})
    monkeypatch.setattr("marrowdose.synthesis.refit.refit", lambda *args, **kwargs: made)


def any_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of checks, whatever the fit."""
    monkeypatch.setattr("marrowdose.report.population.check_html", lambda *args: "page " * 1000)


def both(*steps: Make) -> Make:
    def make(monkeypatch: pytest.MonkeyPatch) -> None:
        for step in steps:
            step(monkeypatch)

    return make


def answers(text: str) -> Make:
    return lambda monkeypatch: monkeypatch.setattr("sys.stdin", io.StringIO(text))


# --- the table: name, input, what is wrong, what helps ---

PAIN, FUNCTION = EXAMPLE["pain"], EXAMPLE["function"]
SCORES = {"pain": GONE, "function": GONE}
LATER = {"treated_dose": 40, "follow_up": [{"month": 3, "pain": PAIN}]}
TEXT = json.dumps(EXAMPLE)

CASES = [
    # scores
    patient_case("impossible score", {"pain": {**PAIN, "value": 21}}, "pain.value: 21 is not usable", "0 to 20"),
    patient_case("negative score", {"pain": {**PAIN, "value": -1}}, "-1 is not usable", "0 to 20"),
    patient_case("value of another version", {"pain": {**PAIN, "value": 55}}, "55 is not usable", "check the score and the version"),
    patient_case("range of another version", {"pain": {**PAIN, "max": 500}}, "0–500 is that of another version than 'Likert'", "0–20"),
    patient_case("mixed versions", {"function": {**FUNCTION, "version": "VAS"}}, "0–68 is that of another version", "0–170 or 0–1700"),
    patient_case("unknown range", {"pain": {**PAIN, "max": 30}}, "not known with the range 0–30", "0–20 or 0–50"),
    patient_case("reversed range", {"pain": {**PAIN, "min": 20, "max": 0}}, "not known with the range 20–0", "0–20"),
    patient_case("empty range", {"pain": {**PAIN, "min": 20}}, "not known with the range 20–20", "0–20"),
    patient_case("score without range", {"pain": {"instrument": "womac_pain", "value": 11}}, "'min' is missing", "its range (min, max)"),
    patient_case("score without value", {"pain": {**PAIN, "value": None}}, "'value' is missing", "its value"),
    patient_case("score as a number", {"pain": 11}, "11 is not a score", '{"instrument": "womac_pain"'),
    patient_case("score as text", {"pain": {**PAIN, "value": "11"}}, "'11' is not usable", "a plain number"),
    patient_case("score true", {"pain": {**PAIN, "value": True}}, "true is not usable", "a plain number"),
    patient_case("unknown instrument", {"pain": {**PAIN, "instrument": "womac"}}, "unknown instrument 'womac'", "womac_pain"),
    patient_case("instrument as a list", {"pain": {**PAIN, "instrument": ["womac_pain"]}}, "unknown instrument a list", "womac_pain"),
    patient_case("WOMAC total as pain", {"pain": {**PAIN, "instrument": "womac_total", "max": 96}}, "does not measure pain alone", "vas_pain"),
    patient_case("function as pain", {"pain": FUNCTION}, "WOMAC function does not measure pain", "womac_pain"),
    patient_case("misspelt field of a score", {"pain": {**PAIN, "valeu": 3}}, "unknown field 'valeu'", "perhaps 'value'"),
    patient_case("version as a number", {"pain": {**PAIN, "version": 3.1}}, "3.1 is no version", "Likert"),
    # what is needed
    patient_case("no age", {"age": GONE}, "age is missing", "are needed"),
    patient_case("age null", {"age": None}, "age is missing", "are needed"),
    patient_case("no grade", {"kl_grade": GONE}, "KL grade is missing", "from the radiology report"),
    patient_case("no score", SCORES, "neither pain nor function", "instrument, min, max and value"),
    patient_case("no score but global", {**SCORES, "global": {"instrument": "vas_global", "min": 0, "max": 100, "value": 50}}, "neither pain nor function", "give one score"),
    # grade and age
    patient_case("KL 7", {"kl_grade": 7}, "7 is no Kellgren–Lawrence grade", "0, 1, 2, 3, 4"),
    patient_case("KL 2.5", {"kl_grade": 2.5}, "2.5 is no Kellgren", "0, 1, 2, 3, 4"),
    patient_case("KL as text", {"kl_grade": "3"}, "'3' is no Kellgren", "a plain number"),
    patient_case("KL true", {"kl_grade": True}, "true is no Kellgren", "0, 1, 2, 3, 4"),
    patient_case("KL negative", {"kl_grade": -1}, "-1 is no Kellgren", "0, 1, 2, 3, 4"),
    patient_case("age -1", {"age": -1}, "age: -1 is not usable", "0 to 120 years"),
    patient_case("age 999", {"age": 999}, "age: 999 is not usable", "0 to 120 years"),
    patient_case("age in words", {"age": "sixty"}, "'sixty' is text, not a number", "0 to 120 years"),
    patient_case("age in digits as text", {"age": "61"}, "'61' is text, not a number", "0 to 120 years"),
    patient_case("age false", {"age": False}, "false is not a number", "0 to 120 years"),
    patient_case("age as a list", {"age": [61]}, "a list is not a number", "0 to 120 years"),
    patient_case("age of 300 digits", {"age": 10**300}, "a number that long is not usable", "0 to 120 years"),
    # cells
    patient_case("negative cells", {"treated_dose": -5}, "-5 is not usable", "0 to 1000 million cells"),
    patient_case("cells, not millions of them", {"treated_dose": 1e9}, "1000000000 is not usable", "million cells"),
    patient_case("cells of fat", {"cell_source": "ad_msc"}, "'ad_msc' is not known", "bm_msc"),
    patient_case("unknown donor", {"donor": "brother"}, "'brother' is not known", "autologous, allogeneic"),
    # body
    patient_case("height in metres", {"bmi": GONE, "height_cm": 1.68, "weight_kg": 70}, "height_cm: 1.68 is not usable", "100 to 250 cm"),
    patient_case("weight in grams", {"bmi": GONE, "height_cm": 168, "weight_kg": 70000}, "weight_kg: 70000 is not usable", "25 to 350 kg"),
    patient_case("height without weight", {"bmi": GONE, "height_cm": 168}, "go together", "give both, or bmi"),
    patient_case("height and weight swapped", {"bmi": GONE, "height_cm": 110, "weight_kg": 168}, "a BMI of 138.8", "12 to 80"),
    patient_case("BMI 500", {"bmi": 500}, "bmi: 500 is not usable", "12 to 80 kg/m²"),
    patient_case("BMI against height and weight", {"bmi": 40, "height_cm": 168, "weight_kg": 70}, "bmi 40 does not fit", "height and weight (24.8)"),
    patient_case("sex as a letter", {"sex": "F"}, "'F' is not known", "female, male"),
    patient_case("half a condition", {"comorbidities": 1.5}, "must be a whole number", "count"),
    # fields
    patient_case("unknown field", {"shoe_size": 43}, "unknown field 'shoe_size'", "kl_grade"),
    patient_case("misspelt field", {"kl_garde": 3}, "unknown field 'kl_garde'", "perhaps 'kl_grade'"),
    patient_case("capital field", {"BMI": 29}, "unknown field 'BMI'", "perhaps 'bmi'"),
    patient_case("field of a megabyte", {"x" * 900_000: 1}, "unknown field 'xxx", "leave it out"),
    patient_case("unknown condition", {"conditions": ["gout"]}, "'gout' is not known", "inflammatory_arthritis"),
    patient_case("condition not in a list", {"conditions": "pregnancy"}, "'pregnancy' is not a list", "a list of"),
    patient_case("conditions in a list of lists", {"conditions": [["pregnancy"]]}, "a list is not known", "pregnancy"),
    patient_case("unknown comparator", {"compare": ["opioid"]}, "'opioid' is not known", "placebo, ha, corticosteroid"),
    # follow-up
    patient_case("follow-up without dose", {**LATER, "treated_dose": GONE}, "need the dose that was given", "add treated_dose"),
    patient_case("follow-up at month 0", {**LATER, "follow_up": [{"month": 0, "pain": PAIN}]}, "month: 0 is not usable", "0.25 to 24 months"),
    patient_case("follow-up before treatment", {**LATER, "follow_up": [{"month": -3, "pain": PAIN}]}, "month: -3 is not usable", "0.25 to 24 months"),
    patient_case("follow-up after 25 years", {**LATER, "follow_up": [{"month": 300, "pain": PAIN}]}, "month: 300 is not usable", "0.25 to 24 months"),
    patient_case("follow-up without month", {**LATER, "follow_up": [{"pain": PAIN}]}, "month is missing", '{"month": 3'),
    patient_case("follow-up without score", {**LATER, "follow_up": [{"month": 3}]}, "neither pain nor function", '{"month": 3'),
    patient_case("follow-up of another domain", {**LATER, "function": GONE, "follow_up": [{"month": 3, "function": FUNCTION}]}, "needs the same domain at baseline", "give the score before"),
    patient_case("two scores of a month", {**LATER, "follow_up": [{"month": 3, "pain": PAIN}, {"month": 3.0, "pain": PAIN}]}, "two pain scores at month 3", "keep one"),
    patient_case("two scores of an hour", {**LATER, "follow_up": [{"month": 3, "pain": PAIN}, {"month": 3.0000001, "pain": PAIN}]}, "two pain scores", "one in 0.25 months"),
    patient_case("a thousand visits", {**LATER, "follow_up": LATER["follow_up"] * 1000}, "1000 visits", "up to 50"),
    patient_case("follow-up not in a list", {**LATER, "follow_up": {"month": 3}}, "an object is no list of visits", '[{"month": 3'),
    patient_case("visit as a number", {**LATER, "follow_up": [3]}, "3 is no visit", '{"month": 3'),
    patient_case("misspelt field of a visit", {**LATER, "follow_up": [{"moth": 3, "pain": PAIN}]}, "unknown field 'moth'", "perhaps 'month'"),
    # files
    file_case("broken JSON", b"{age: 61}", "is not valid JSON", "line 1 column 2"),
    file_case("truncated JSON", TEXT[:90].encode(), "is not valid JSON", "--show-example"),
    file_case("two patients", (TEXT + TEXT).encode(), "is not valid JSON", "--show-example"),
    file_case("a list", f"[{TEXT}]".encode(), "a patient is a JSON object", "--show-example"),
    file_case("null", b"null", "a patient is a JSON object", "--show-example"),
    file_case("text", b'"patient"', "a patient is a JSON object", "--show-example"),
    file_case("an empty file", b"", "is empty", "--show-example"),
    file_case("a blank file", b" \n\t\n", "is empty", "--show-example"),
    file_case("no field at all", b"{}", "age is missing", "are needed"),
    file_case("a huge file", b" " * (MAX_BYTES + 1), "is too large", "up to 1000000 bytes"),
    file_case("deep nesting", b'{"age":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "is nested too deeply", "--show-example"),
    file_case("Latin-1", '{"age": 61, "sex": "weiblich, früh"}'.encode("latin-1"), "is not UTF-8", "save it as UTF-8"),
    file_case("UTF-16", TEXT.encode("utf-16"), "is not UTF-8", "save it as UTF-8"),
    file_case("UTF-16 without a mark", TEXT.encode("utf-16-le"), "is not valid JSON", "--show-example"),
    file_case("binary", bytes(range(256)), "is not UTF-8", "save it as UTF-8"),
    file_case("NaN", TEXT.replace("61", "NaN").encode(), "NaN is not a number", "leave it out"),
    file_case("Infinity", TEXT.replace("61", "-Infinity").encode(), "-Infinity is not a number", "leave it out"),
    file_case("1e999", TEXT.replace("61", "1e999").encode(), "inf is not usable", "0 to 120 years"),
    file_case("score 1e999", TEXT.replace("11", "1e999").encode(), "inf is not usable", "a plain number"),
    file_case("a number of 5000 digits", TEXT.replace("61", "9" * 5000).encode(), "a number that is too long", "--show-example"),
    file_case("a field twice", TEXT.replace('"age": 61', '"age": 61, "age": 16').encode(), "'age' is given twice", "keep one"),
    file_case("fifty thousand fields", json.dumps({str(k): 0 for k in range(50_000)}).encode(), "unknown field '0'", "leave it out"),
    command_case("an endless file", "plan /dev/zero", "/dev/zero: is too large", "up to 1000000 bytes"),
    command_case("missing file", "plan nowhere.json", "nowhere.json: cannot be read", "check the path"),
    Case("a folder as patient", ["plan", "p.json"], "cannot be read", "check the path", writing({"p.json/": b""})),
    Case("a file as folder", ["plan", "report.html/p.json"], "cannot be read", "check the path"),
    Case("name of 5000 letters", ["plan", "x" * 5000], "cannot be read", "check the path"),
    Case("name with a line break", ["plan", "no\nwhere.json"], r"no\nwhere.json: cannot be read", "check the path"),
    Case("name that is no text", ["plan", "pati\udcebnt.json"], r"pati\udcebnt.json: cannot be read", "check the path"),
    Case("name that clears the screen", ["plan", "\x1b[2Jp.json"], r"\x1b[2Jp.json: cannot be read", "check the path"),
    Case("no right to read", ["plan", "p.json"], "cannot be read (Permission denied)", "check the path",
         raising("pathlib.Path.open", PermissionError(errno.EACCES, "Permission denied"))),
    # goal
    goal_case("unknown goal", "mouth=6", "unknown field 'mouth'", "perhaps 'month'"),
    goal_case("MCID of unknown name", "mcid=vas", "unknown MCID 'vas'", "vas_pain"),
    goal_case("MCID of the other domain", "mcid=omeract_function", "is an MCID of function", "oarsi_womac_pain"),
    goal_case("MCID negative", "mcid=-3", "mcid: -3 is not usable", "0.1 to 60 points"),
    goal_case("MCID zero", "mcid=0", "mcid: 0 is not usable", "0.1 to 60 points"),
    goal_case("MCID nan", "mcid=nan", "mcid: nan is not usable", "0.1 to 60 points"),
    goal_case("month 0", "month=0", "month: 0 is not usable", "1 to 24 months"),
    goal_case("month 25", "month=25", "month: 25 is not usable", "1 to 24 months"),
    goal_case("month nan", "month=nan", "month: nan is not usable", "1 to 24 months"),
    goal_case("month in words", "month=six", "'six' is text, not a number", "1 to 24 months"),
    goal_case("probability above 1", "least_probability=50", "least_probability: 50 is not usable", "0 to 1"),
    goal_case("probability below 0", "beat_probability=-0.1", "beat_probability: -0.1 is not usable", "0 to 1"),
    goal_case("harm limit in percent", "harm_limit=10", "harm_limit: 10 is not usable", "0 to 1"),
    goal_case("infinite price", "harm_weight=inf", "harm_weight: inf is not usable", "0 to 100"),
    goal_case("goal without =", "month", "'month' is not key=value", "month=6"),
    goal_case("goal without value", "month=", "'month=' is not key=value", "month=6"),
    goal_case("goal twice", "month=6,month=12", "'month' is given twice", "keep one"),
    goal_case("goal of unknown comparator", "comparator=opioid", "'opioid' is not known", "placebo, ha, corticosteroid"),
    goal_case("goal of unknown domain", "domain=hip", "'hip' is not known", "pain, function"),
    goal_case("goal that says its own source", "mcid_source=me", "unknown field 'mcid_source'", "month"),
    goal_file_case("goal file, broken", b"{month: 6}", "g.json: is not valid JSON", "line 1 column 2"),
    goal_file_case("goal file, a list", b"[6]", "g.json: a list is no goal", '{"month": 6'),
    goal_file_case("goal file, null", b"null", "g.json: null is no goal", '{"month": 6'),
    goal_file_case("goal file, a wrong value", b'{"month": 99}', "g.json, month: 99 is not usable", "1 to 24 months"),
    goal_case("goal file, missing", "nowhere.json", "nowhere.json: cannot be read", "check the path"),
    # the command line
    command_case("no patient", "plan", "give one patient", "PATIENT.json, --example or --ask"),
    command_case("two patients given", "plan p.json --example", "give one patient", "PATIENT.json, --example or --ask"),
    command_case("two files given", "plan p.json q.json", "'q.json' is not understood", "marrowdose plan --help"),
    command_case("unknown command", "paln --example", "invalid choice: 'paln'", "plan"),
    command_case("unknown option", "plan --example --verbose", "'--verbose' is not understood", "marrowdose plan --help"),
    command_case("unknown option of none", "--verbose", "'--verbose' is not understood", "marrowdose --help"),
    command_case("option without value", "plan --example --html", "expected one argument", "marrowdose plan --help"),
    command_case("seed -1", "plan --example --seed -1", "--seed: -1 is not usable", "0 to 4294967295"),
    command_case("seed abc", "plan --example --seed abc", "--seed: invalid int value: 'abc'", "marrowdose plan --help"),
    command_case("seed 2^40", f"plan --example --seed {2**40}", "is not usable", "0 to 4294967295"),
    command_case("seed of the fit", "fit --seed -1", "--seed: -1 is not usable", "0 to 4294967295"),
    command_case("curve at month nan", "curve --month nan", "--month: nan is not usable", "1 to 24 months"),
    command_case("curve at month 0", "curve --month 0", "--month: 0.0 is not usable", "1 to 24 months"),
    command_case("curve of the hip", "curve --domain hip", "invalid choice: 'hip'", "function"),
    Case("no answers", ["plan", "--ask"], "the answers ended early", "an empty line means unknown", answers("")),
    Case("answers end early", ["plan", "--ask"], "the answers ended early", "an empty line means unknown", answers("61\n3\n")),
    # output
    command_case("html to a missing folder", "plan --example --html missing/r.html", "missing/r.html: cannot be written", "a folder that exists"),
    command_case("html onto a folder", "plan --example --html .", ".: cannot be written", "name a file"),
    command_case("html without a name", "plan --example --html=", "cannot be written", "name a file"),
    Case("html onto the patient", ["plan", "p.json", "--html", "./p.json"], "the report would overwrite it", "give another --html",
         writing({"p.json": TEXT.encode()})),
    *(
        Case(f"{command[0]}: {name}", [*command, "--html", "report.html"], f"report.html: cannot be written ({says}", "has room", both(any_page, make))
        for command in (["plan", "--example"], ["curve"], ["check"])
        for name, says, make in (
            ("read-only folder", "Permission denied", raising("os.replace", PermissionError(errno.EACCES, "Permission denied"))),
            ("full disk", "No space left", full_disk),
        )
    ),
    # the fit
    Case("fit onto a file", ["fit", "--out", "report.html"], "report.html: is not a folder", "give another --out"),
    command_case("fit to a missing place", "fit --out missing/fit", "missing/fit: cannot be written", "a place that exists"),
    command_case("fit of an unknown curve", "fit --curve parabola", "unknown curve 'parabola'", "umbrella"),
    command_case("fit without an unknown study", "fit --without Nobody2020", "unknown study 'Nobody2020'", "marrowdose evidence list"),
    command_case("fit of no draws", "fit --draws 0", "--draws: 0 is not usable", "100 to 20000"),
    command_case("fit of all draws", "fit --draws 1000000000", "is not usable", "100 to 20000"),
    command_case("fit by nobody", "fit --processes 0", "--processes: 0 is not usable", "1 to 64"),
    command_case("fit of an unknown outcome", "fit --outcome hip", "invalid choice: 'hip'", "function"),
    Case("interrupted fit", ["fit"], "interrupted; nothing was written", "run it again",
         raising("marrowdose.synthesis.refit.refit", KeyboardInterrupt())),
    Case("fit without memory", ["fit"], "not enough memory", "fewer draws", raising("marrowdose.synthesis.refit.refit", MemoryError())),
    Case("fit onto a full disk", ["fit"], "cannot be written (No space left", "has room", both(fitted_by_hand, full_disk)),
    Case("fit to a read-only folder", ["fit"], "cannot be written (Permission denied", "may be written to",
         both(fitted_by_hand, raising("os.replace", PermissionError(errno.EACCES, "Permission denied")))),
    Case("fit over a fit on a full disk", ["fit", "--out", "fitted"], "cannot be written (No space left", "has room",
         both(fit_folder(b"old", "old"), fitted_by_hand, full_disk)),
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
    *folder_cases("a file as folder", {"new": b""}, "there is no such folder", "give a folder of evidence tables"),
    *folder_cases("missing column", tables() | {"new/arms.csv": b"study_id,arm_id\nNew2030,MSC25\n"}, "is missing", "add it"),
    *folder_cases("misspelt table", tables() | {"new/armes.csv": b"a\n1\n"}, "armes.csv: is not an evidence table", "rename or remove it"),
    *folder_cases("duplicate rows", tables({"arms": [ARM, ARM]}), "repeats new/arms.csv:2", "keep one of them"),
    *folder_cases("orphan arm", tables({"arms": [ARM, {**ARM, "study_id": "Nobody2020"}]}), "'Nobody2020' is not in studies.csv", "correct the name"),
    *folder_cases("not UTF-8", {k: v.replace(b"own data", b"donn\xe9es") for k, v in tables().items()}, "is not UTF-8", "save it as CSV in UTF-8"),
    *folder_cases("NaN", tables({"outcomes": [{**OUTCOME, "value": "NaN"}]}), "column value: 'NaN' is not usable", "write a plain number"),
    *folder_cases("negative cells", tables({"arms": [{**ARM, "dose_million_cells": "-5"}]}), "'-5' is not usable", "dose_million_cells"),
    *folder_cases("score off its scale", tables({"outcomes": [{**OUTCOME, "value": "75"}]}), "75 is outside the scale", "0 to 20"),
    *folder_cases("header only", tables({"outcomes": []}), "has a header and no rows", "add rows"),
    *folder_cases("ragged row", {k: v + b"one,two\r\n" for k, v in tables().items()}, "the row has 2 cells", "as in the header"),
    command_case("plan with one folder twice", "plan --example --evidence . --evidence .", "two folders have this name", "rename one"),
    command_case("fit with a broken folder", "fit --evidence nowhere", "there is no such folder", "give a folder"),
    command_case("evidence of nothing", "evidence", "say what to do", "list, show STUDY"),
    command_case("evidence of something else", "evidence shwo", "invalid choice: 'shwo'", "show"),
    command_case("unknown study", "evidence show Vega2051", "there is no study 'Vega2051'", "Vega2015"),
    command_case("study in small letters", "evidence show vega2015", "there is no study 'vega2015'", "Vega2015"),
    command_case("unknown row", "evidence trace outcomes.csv:99999", "there is no such row", "lines 2 to"),
    command_case("unknown table", "evidence trace patients.csv:3", "is not a reference to a row", "outcomes.csv:17"),
    command_case("no reference", "evidence trace everything", "is not a reference to a row", "outcomes.csv:17"),
    Case("trace of no plan", ["evidence", "trace", "p.json"], "is no recommendation/1", "marrowdose plan", writing({"p.json": TEXT.encode()})),
    Case("trace of a plan cut by hand", ["evidence", "trace", "p.json"], "is no recommendation/1", "marrowdose plan",
         writing({"p.json": b'{"schema": "recommendation/1", "provenance": [["a"]]}'})),
]  # fmt: skip


# --- one test for all ---


def listing() -> dict[str, bytes | None]:
    """All that is in the working folder, read below ``open``, which a case may have broken."""
    found: dict[str, bytes | None] = {}
    for path in sorted(Path().rglob("*")):
        if path.is_file():
            with io.FileIO(path) as file:
                found[str(path)] = file.readall()
        else:
            found[str(path)] = None
    return found


def one_sentence(said: str) -> str:
    """Standard error holds one sentence of ours, fit to be read aloud."""
    assert said.count("\n") == 1, said
    assert said.endswith(".\n")
    assert said.startswith("marrowdose: ")
    sentence = said.removeprefix("marrowdose: ").rstrip("\n")
    assert len(sentence) < 1000
    assert sentence.isprintable()
    assert not re.search(r"Traceback|Errno|Error\b|__|<class|NoneType|object at 0x|\.\.$|\?\.$", sentence), (
        sentence
    )
    return sentence


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("report.html").write_bytes(OLD)
    return tmp_path


def test_the_names_of_the_cases_differ():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_bad_input_is_one_sentence_with_a_remedy_and_leaves_nothing_behind(case, folder, capsys):
    with pytest.MonkeyPatch.context() as broken:
        case.make(broken)
        before = listing()
        code = main(case.argv)
    out, err = capsys.readouterr()
    assert code == 2
    sentence = one_sentence(err)
    assert "Traceback" not in out
    told = out if case.argv[:2] == ["evidence", "check"] else sentence  # a check lists all faults
    assert case.wrong in told
    assert case.help in told
    assert listing() == before


# --- a stated refusal is a result: the plan says it, and so does the exit code ---

REFUSED = [
    ("age 3", {"age": 3}, "", "no trial treated anyone under 18"),
    ("age 17.9", {"age": 17.9}, "", "no trial treated anyone under 18"),
    ("pregnancy", {"conditions": ["pregnancy"]}, "", "excluded patients with pregnancy"),
    ("two conditions", {"conditions": ["malignancy", "anticoagulation"]}, "", "malignancy, anticoagulation"),
    ("KL 0", {"kl_grade": 0}, "", "KL grade 0 is no radiographic osteoarthritis"),
    ("hardly any pain", {"pain": {**PAIN, "value": 1}}, "", "below the smallest improvement that matters"),
    ("pain below a large MCID", {}, "mcid=60", "below the smallest improvement that matters"),
    ("everything at once", {"age": 3, "kl_grade": 0, "conditions": ["pregnancy"]}, "", "under 18"),
]


@pytest.mark.parametrize(("changes", "goal", "reason"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_refusal_is_printed_as_a_plan_with_one_sentence_and_exit_code_2(changes, goal, reason, folder, capsys):  # fmt: skip
    Path("p.json").write_text(json.dumps(EXAMPLE | changes))
    assert main(["plan", "p.json", "--goal", goal]) == 2
    out, err = capsys.readouterr()
    assert reason in one_sentence(err)
    assert err.startswith("marrowdose: refused: ")
    assert reason.split()[-1] in out
    assert "Research use only" in out


def test_a_refusal_is_valid_json_and_an_html_page(folder, capsys):
    Path("p.json").write_text(json.dumps(EXAMPLE | {"age": 3}))
    assert main(["plan", "p.json", "--json", "--html", "plan.html"]) == 2
    out, err = capsys.readouterr()
    plan = json.loads(out)
    jsonschema.validate(plan, schema())
    assert (plan["schema"], plan["verdict"], plan["dose_low"]) == ("recommendation/1", "refused", None)
    assert "under 18" in one_sentence(err)
    assert "under 18" in Path("plan.html").read_text(encoding="utf-8")


# --- what else may go wrong around a plan ---


def test_a_broken_folder_is_valid_json_too(folder, capsys):
    writing(tables({"arms": [ARM, ARM]}))(pytest.MonkeyPatch())
    assert main(["evidence", "check", "new", "--json"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["errors"]
    assert "correct what is listed" in one_sentence(err)


def test_a_bad_answer_is_asked_again_with_the_reason(folder, capsys, monkeypatch):
    given = [
        "old",
        "999",
        "61",
        "7",
        "2.5",
        "3",
        "",
        "",
        "womac_pain 11",
        "womac_pain 55 0 20",
        "womac_pain 11 0 20",
    ]
    answers("\n".join([*given, "", "", "", "gout", "none", ""]) + "\n")(monkeypatch)
    assert main(["plan", "--ask", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["patient"]["age"] == 61  # the questions do not mix with the answer
    for said in ("A number is needed", "999 is not usable", "7 is no Kellgren", "2.5 is no Kellgren", "give four words",
                 "55 is not usable", "'gout' is not known"):  # fmt: skip
        assert said in err


def test_a_plan_over_an_old_report_replaces_it_whole(folder, capsys):
    assert main(["plan", "--example", "--html", "report.html"]) == 0
    assert Path("report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert list(listing()) == ["report.html"]


def test_a_fit_is_written_whole(folder, capsys, monkeypatch):
    fitted_by_hand(monkeypatch)
    assert main(["fit", "--out", "fitted", "--json"]) == 0
    assert list(listing()) == ["fitted", "fitted/fit.json", "fitted/fit.npz", "report.html"]


def test_a_fit_that_fails_its_checks_is_not_written(folder, capsys, monkeypatch):
    check = {"name": "R-hat", "says": "largest 1.2", "blocking": True, "ok": False}
    made = replace(shipped_fit(), meta={**shipped_fit().meta, "checks": [check]})
    monkeypatch.setattr("marrowdose.synthesis.refit.refit", lambda *args, **kwargs: made)
    assert main(["fit", "--out", "fitted"]) == 2
    assert "R-hat: largest 1.2; raise --draws" in one_sentence(capsys.readouterr().err)
    assert list(listing()) == ["report.html"]


# --- the program as the shell sees it ---


PROGRAM = [sys.executable, "-c", "import sys; from marrowdose.cli import main; sys.exit(main())"]


def run(*argv: str | bytes, **how: Any) -> subprocess.CompletedProcess[bytes]:
    """In a shell whose output is buffered and whose encoding is not ours."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"} | {"PYTHONIOENCODING": "ascii"}
    return subprocess.run([*PROGRAM, *argv], stderr=subprocess.PIPE, timeout=60, check=False, env=env, **how)


def test_a_report_whose_name_is_no_text_is_written_and_named(folder):
    done = run(b"plan", b"--example", b"--html", b"pl\xe1n.html", stdout=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode("utf-8").endswith("Report written to pl\\udce1n.html\n")


def test_a_report_larger_than_the_disk_takes_leaves_the_old_one(folder):
    resource = pytest.importorskip("resource")
    small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # noqa: E731
    done = run("plan", "--example", "--html", "report.html", stdout=subprocess.PIPE, preexec_fn=small)
    assert done.returncode == 2
    assert "report.html: cannot be written (File too large)" in one_sentence(done.stderr.decode())
    assert listing() == {"report.html": OLD}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize("argv", [["plan", "--example", "--json"], ["evidence", "check"]])
def test_output_onto_a_full_disk(argv, folder):
    with Path("/dev/full").open("wb") as full:
        done = run(*argv, stdout=full)
    assert done.returncode == 2
    assert "No space left on device; make room" in one_sentence(done.stderr.decode())


def test_output_that_nobody_reads(folder):
    read, write = os.pipe()
    os.close(read)
    done = run("plan", "--example", stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (2, b"")


def test_interrupted_while_asking(folder):
    asking = subprocess.Popen([*PROGRAM, "plan", "--ask"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    assert asking.stdout
    assert asking.stdout.readline().startswith(b"An empty answer")
    asking.send_signal(signal.SIGINT)
    err = asking.communicate(timeout=60)[1]
    assert asking.returncode == 2
    assert "interrupted" in one_sentence(err.decode())


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="the system has no process groups")
def test_a_fit_is_interrupted_at_once_with_its_workers(folder):
    """Ctrl-C in a terminal reaches the workers too; they sample in C++ for minutes and hear nothing."""
    fitting = subprocess.Popen([*PROGRAM, "fit"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)  # fmt: skip
    try:
        time.sleep(3)  # the workers are starting or at work: both must end
        os.killpg(fitting.pid, signal.SIGINT)
        out, err = fitting.communicate(timeout=10)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(fitting.pid, signal.SIGKILL)
    assert (fitting.returncode, out) == (2, b"")
    assert "interrupted; nothing was written" in one_sentence(err.decode())
    assert listing() == {"report.html": OLD}
