"""The table of hostile cases: name, input, what is wrong, what helps."""

import errno
import json

from bad_input import (
    ARM,
    GONE,
    OUTCOME,
    Case,
    answers,
    any_page,
    both,
    command_case,
    file_case,
    fit_case,
    fit_folder,
    fitted_by_hand,
    folder_cases,
    full_disk,
    goal_case,
    goal_file_case,
    patient_case,
    raising,
    something_else,
    tables,
    writing,
)
from marrowdose.files.json import MAX_BYTES
from marrowdose.patient.intake import EXAMPLE

# --- the table: name, input, what is wrong, what helps ---

PAIN, FUNCTION = EXAMPLE["pain"], EXAMPLE["function"]
SCORES = {"pain": GONE, "function": GONE}
LATER = {"treated_dose": 40, "follow_up": [{"month": 3, "pain": PAIN}]}
TEXT = json.dumps(EXAMPLE)

CASES = [
    # scores
    patient_case(
        "impossible score", {"pain": {**PAIN, "value": 21}}, "pain.value: 21 is not usable", "0 to 20"
    ),
    patient_case("negative score", {"pain": {**PAIN, "value": -1}}, "-1 is not usable", "0 to 20"),
    patient_case(
        "value of another version",
        {"pain": {**PAIN, "value": 55}},
        "55 is not usable",
        "check the score and the version",
    ),
    patient_case(
        "range of another version",
        {"pain": {**PAIN, "max": 500}},
        "0–500 is that of another version than 'Likert'",
        "0–20",
    ),
    patient_case(
        "mixed versions",
        {"function": {**FUNCTION, "version": "VAS"}},
        "0–68 is that of another version",
        "0–170 or 0–1700",
    ),
    patient_case(
        "unknown range", {"pain": {**PAIN, "max": 30}}, "not known with the range 0–30", "0–20 or 0–50"
    ),
    patient_case(
        "reversed range", {"pain": {**PAIN, "min": 20, "max": 0}}, "not known with the range 20–0", "0–20"
    ),
    patient_case("empty range", {"pain": {**PAIN, "min": 20}}, "not known with the range 20–20", "0–20"),
    patient_case(
        "score without range",
        {"pain": {"instrument": "womac_pain", "value": 11}},
        "'min' is missing",
        "its range (min, max)",
    ),
    patient_case("score without value", {"pain": {**PAIN, "value": None}}, "'value' is missing", "its value"),
    patient_case("score as a number", {"pain": 11}, "11 is not a score", '{"instrument": "womac_pain"'),
    patient_case("score as text", {"pain": {**PAIN, "value": "11"}}, "'11' is not usable", "a plain number"),
    patient_case("score true", {"pain": {**PAIN, "value": True}}, "true is not usable", "a plain number"),
    patient_case(
        "unknown instrument",
        {"pain": {**PAIN, "instrument": "womac"}},
        "unknown instrument 'womac'",
        "womac_pain",
    ),
    patient_case(
        "instrument as a list",
        {"pain": {**PAIN, "instrument": ["womac_pain"]}},
        "unknown instrument a list",
        "womac_pain",
    ),
    patient_case(
        "WOMAC total as pain",
        {"pain": {**PAIN, "instrument": "womac_total", "max": 96}},
        "does not measure pain alone",
        "vas_pain",
    ),
    patient_case(
        "function as pain", {"pain": FUNCTION}, "WOMAC function does not measure pain", "womac_pain"
    ),
    patient_case(
        "misspelt field of a score",
        {"pain": {**PAIN, "valeu": 3}},
        "unknown field 'valeu'",
        "perhaps 'value'",
    ),
    patient_case("version as a number", {"pain": {**PAIN, "version": 3.1}}, "3.1 is no version", "Likert"),
    # what is needed
    patient_case("no age", {"age": GONE}, "age is missing", "are needed"),
    patient_case("age null", {"age": None}, "age is missing", "are needed"),
    patient_case("no grade", {"kl_grade": GONE}, "KL grade is missing", "from the radiology report"),
    patient_case("no score", SCORES, "neither pain nor function", "instrument, min, max and value"),
    patient_case(
        "no score but global",
        {**SCORES, "global": {"instrument": "vas_global", "min": 0, "max": 100, "value": 50}},
        "neither pain nor function",
        "give one score",
    ),
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
    patient_case(
        "cells, not millions of them", {"treated_dose": 1e9}, "1000000000 is not usable", "million cells"
    ),
    patient_case("cells of fat", {"cell_source": "ad_msc"}, "'ad_msc' is not known", "bm_msc"),
    patient_case("unknown donor", {"donor": "brother"}, "'brother' is not known", "autologous, allogeneic"),
    # body
    patient_case(
        "height in metres",
        {"bmi": GONE, "height_cm": 1.68, "weight_kg": 70},
        "height_cm: 1.68 is not usable",
        "100 to 250 cm",
    ),
    patient_case(
        "weight in grams",
        {"bmi": GONE, "height_cm": 168, "weight_kg": 70000},
        "weight_kg: 70000 is not usable",
        "25 to 350 kg",
    ),
    patient_case(
        "height without weight", {"bmi": GONE, "height_cm": 168}, "go together", "give both, or bmi"
    ),
    patient_case(
        "height and weight swapped",
        {"bmi": GONE, "height_cm": 110, "weight_kg": 168},
        "a BMI of 138.8",
        "12 to 80",
    ),
    patient_case("BMI 500", {"bmi": 500}, "bmi: 500 is not usable", "12 to 80 kg/m²"),
    patient_case(
        "BMI against height and weight",
        {"bmi": 40, "height_cm": 168, "weight_kg": 70},
        "bmi 40 does not fit",
        "height and weight (24.8)",
    ),
    patient_case("sex as a letter", {"sex": "F"}, "'F' is not known", "female, male"),
    patient_case("half a condition", {"comorbidities": 1.5}, "must be a whole number", "count"),
    # fields
    patient_case("unknown field", {"shoe_size": 43}, "unknown field 'shoe_size'", "kl_grade"),
    patient_case("misspelt field", {"kl_garde": 3}, "unknown field 'kl_garde'", "perhaps 'kl_grade'"),
    patient_case("capital field", {"BMI": 29}, "unknown field 'BMI'", "perhaps 'bmi'"),
    patient_case("field of a megabyte", {"x" * 900_000: 1}, "unknown field 'xxx", "leave it out"),
    patient_case(
        "unknown condition", {"conditions": ["gout"]}, "'gout' is not known", "inflammatory_arthritis"
    ),
    patient_case(
        "condition not in a list", {"conditions": "pregnancy"}, "'pregnancy' is not a list", "a list of"
    ),
    patient_case(
        "conditions in a list of lists", {"conditions": [["pregnancy"]]}, "a list is not known", "pregnancy"
    ),
    patient_case(
        "unknown comparator", {"compare": ["opioid"]}, "'opioid' is not known", "placebo, ha, corticosteroid"
    ),
    # follow-up
    patient_case(
        "follow-up without dose",
        {**LATER, "treated_dose": GONE},
        "need the dose that was given",
        "add treated_dose",
    ),
    patient_case(
        "follow-up at month 0",
        {**LATER, "follow_up": [{"month": 0, "pain": PAIN}]},
        "month: 0 is not usable",
        "0.25 to 24 months",
    ),
    patient_case(
        "follow-up before treatment",
        {**LATER, "follow_up": [{"month": -3, "pain": PAIN}]},
        "month: -3 is not usable",
        "0.25 to 24 months",
    ),
    patient_case(
        "follow-up after 25 years",
        {**LATER, "follow_up": [{"month": 300, "pain": PAIN}]},
        "month: 300 is not usable",
        "0.25 to 24 months",
    ),
    patient_case(
        "follow-up without month", {**LATER, "follow_up": [{"pain": PAIN}]}, "month is missing", '{"month": 3'
    ),
    patient_case(
        "follow-up without score",
        {**LATER, "follow_up": [{"month": 3}]},
        "neither pain nor function",
        '{"month": 3',
    ),
    patient_case(
        "follow-up of another domain",
        {**LATER, "function": GONE, "follow_up": [{"month": 3, "function": FUNCTION}]},
        "needs the same domain at baseline",
        "give the score before",
    ),
    patient_case(
        "two scores of a month",
        {**LATER, "follow_up": [{"month": 3, "pain": PAIN}, {"month": 3.0, "pain": PAIN}]},
        "two pain scores at month 3",
        "keep one",
    ),
    patient_case(
        "two scores of an hour",
        {**LATER, "follow_up": [{"month": 3, "pain": PAIN}, {"month": 3.0000001, "pain": PAIN}]},
        "two pain scores",
        "one in 0.25 months",
    ),
    patient_case(
        "a thousand visits", {**LATER, "follow_up": LATER["follow_up"] * 1000}, "1000 visits", "up to 50"
    ),
    patient_case(
        "follow-up not in a list",
        {**LATER, "follow_up": {"month": 3}},
        "an object is no list of visits",
        '[{"month": 3',
    ),
    patient_case("visit as a number", {**LATER, "follow_up": [3]}, "3 is no visit", '{"month": 3'),
    patient_case(
        "misspelt field of a visit",
        {**LATER, "follow_up": [{"moth": 3, "pain": PAIN}]},
        "unknown field 'moth'",
        "perhaps 'month'",
    ),
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
    file_case(
        "deep nesting",
        b'{"age":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "is nested too deeply",
        "--show-example",
    ),
    file_case(
        "Latin-1",
        '{"age": 61, "sex": "weiblich, früh"}'.encode("latin-1"),
        "is not UTF-8",
        "save it as UTF-8",
    ),
    file_case("UTF-16", TEXT.encode("utf-16"), "is not UTF-8", "save it as UTF-8"),
    file_case("UTF-16 without a mark", TEXT.encode("utf-16-le"), "is not valid JSON", "--show-example"),
    file_case("binary", bytes(range(256)), "is not UTF-8", "save it as UTF-8"),
    file_case("NaN", TEXT.replace("61", "NaN").encode(), "NaN is not a number", "leave it out"),
    file_case(
        "Infinity", TEXT.replace("61", "-Infinity").encode(), "-Infinity is not a number", "leave it out"
    ),
    file_case("1e999", TEXT.replace("61", "1e999").encode(), "inf is not usable", "0 to 120 years"),
    file_case("score 1e999", TEXT.replace("11", "1e999").encode(), "inf is not usable", "a plain number"),
    file_case(
        "a number of 5000 digits",
        TEXT.replace("61", "9" * 5000).encode(),
        "a number that is too long",
        "--show-example",
    ),
    file_case(
        "a field twice",
        TEXT.replace('"age": 61', '"age": 61, "age": 16').encode(),
        "'age' is given twice",
        "keep one",
    ),
    file_case(
        "fifty thousand fields",
        json.dumps({str(k): 0 for k in range(50_000)}).encode(),
        "unknown field '0'",
        "leave it out",
    ),
    command_case("an endless file", "plan /dev/zero", "/dev/zero: is too large", "up to 1000000 bytes"),
    command_case("missing file", "plan nowhere.json", "nowhere.json: cannot be read", "check the path"),
    Case(
        "a folder as patient",
        ["plan", "p.json"],
        "cannot be read",
        "check the path",
        writing({"p.json/": b""}),
    ),
    Case("a file as folder", ["plan", "report.html/p.json"], "cannot be read", "check the path"),
    Case("name of 5000 letters", ["plan", "x" * 5000], "cannot be read", "check the path"),
    Case(
        "name with a line break",
        ["plan", "no\nwhere.json"],
        r"no\nwhere.json: cannot be read",
        "check the path",
    ),
    Case(
        "name that is no text",
        ["plan", "pati\udcebnt.json"],
        r"pati\udcebnt.json: cannot be read",
        "check the path",
    ),
    Case(
        "name that clears the screen",
        ["plan", "\x1b[2Jp.json"],
        r"\x1b[2Jp.json: cannot be read",
        "check the path",
    ),
    Case(
        "no right to read",
        ["plan", "p.json"],
        "cannot be read (Permission denied)",
        "check the path",
        raising("pathlib.Path.open", PermissionError(errno.EACCES, "Permission denied")),
    ),
    # goal
    goal_case("unknown goal", "mouth=6", "unknown field 'mouth'", "perhaps 'month'"),
    goal_case("MCID of unknown name", "mcid=vas", "unknown MCID 'vas'", "vas_pain"),
    goal_case(
        "MCID of the other domain", "mcid=omeract_function", "is an MCID of function", "oarsi_womac_pain"
    ),
    goal_case("MCID negative", "mcid=-3", "mcid: -3 is not usable", "0.1 to 60 points"),
    goal_case("MCID zero", "mcid=0", "mcid: 0 is not usable", "0.1 to 60 points"),
    goal_case("MCID nan", "mcid=nan", "mcid: nan is not usable", "0.1 to 60 points"),
    goal_case("month 0", "month=0", "month: 0 is not usable", "1 to 24 months"),
    goal_case("month 25", "month=25", "month: 25 is not usable", "1 to 24 months"),
    goal_case("month nan", "month=nan", "month: nan is not usable", "1 to 24 months"),
    goal_case("month in words", "month=six", "'six' is text, not a number", "1 to 24 months"),
    goal_case("probability above 1", "least_probability=50", "least_probability: 50 is not usable", "0 to 1"),
    goal_case(
        "probability below 0", "beat_probability=-0.1", "beat_probability: -0.1 is not usable", "0 to 1"
    ),
    goal_case("harm limit in percent", "harm_limit=10", "harm_limit: 10 is not usable", "0 to 1"),
    goal_case("infinite price", "harm_weight=inf", "harm_weight: inf is not usable", "0 to 100"),
    goal_case("goal without =", "month", "'month' is not key=value", "month=6"),
    goal_case("goal without value", "month=", "'month=' is not key=value", "month=6"),
    goal_case("goal twice", "month=6,month=12", "'month' is given twice", "keep one"),
    goal_case(
        "goal of unknown comparator",
        "comparator=opioid",
        "'opioid' is not known",
        "placebo, ha, corticosteroid",
    ),
    goal_case("goal of unknown domain", "domain=hip", "'hip' is not known", "pain, function"),
    goal_case("goal that says its own source", "mcid_source=me", "unknown field 'mcid_source'", "month"),
    goal_file_case("goal file, broken", b"{month: 6}", "g.json: is not valid JSON", "line 1 column 2"),
    goal_file_case("goal file, a list", b"[6]", "g.json: a list is no goal", '{"month": 6'),
    goal_file_case("goal file, null", b"null", "g.json: null is no goal", '{"month": 6'),
    goal_file_case(
        "goal file, a wrong value", b'{"month": 99}', "g.json, month: 99 is not usable", "1 to 24 months"
    ),
    goal_case("goal file, missing", "nowhere.json", "nowhere.json: cannot be read", "check the path"),
    # the command line
    command_case("no patient", "plan", "give one patient", "PATIENT.json, --example or --ask"),
    command_case(
        "two patients given", "plan p.json --example", "give one patient", "PATIENT.json, --example or --ask"
    ),
    command_case(
        "two files given", "plan p.json q.json", "'q.json' is not understood", "marrowdose plan --help"
    ),
    command_case("unknown command", "paln --example", "invalid choice: 'paln'", "plan"),
    command_case(
        "unknown option",
        "plan --example --verbose",
        "'--verbose' is not understood",
        "marrowdose plan --help",
    ),
    command_case("unknown option of none", "--verbose", "'--verbose' is not understood", "marrowdose --help"),
    command_case(
        "option without value", "plan --example --html", "expected one argument", "marrowdose plan --help"
    ),
    command_case("seed -1", "plan --example --seed -1", "--seed: -1 is not usable", "0 to 4294967295"),
    command_case(
        "seed abc", "plan --example --seed abc", "--seed: invalid int value: 'abc'", "marrowdose plan --help"
    ),
    command_case("seed 2^40", f"plan --example --seed {2**40}", "is not usable", "0 to 4294967295"),
    command_case("seed of the fit", "fit --seed -1", "--seed: -1 is not usable", "0 to 4294967295"),
    command_case("curve at month nan", "curve --month nan", "--month: nan is not usable", "1 to 24 months"),
    command_case("curve at month 0", "curve --month 0", "--month: 0.0 is not usable", "1 to 24 months"),
    command_case("curve of the hip", "curve --domain hip", "invalid choice: 'hip'", "function"),
    Case(
        "no answers", ["plan", "--ask"], "the answers ended early", "an empty line means unknown", answers("")
    ),
    Case(
        "answers end early",
        ["plan", "--ask"],
        "the answers ended early",
        "an empty line means unknown",
        answers("61\n3\n"),
    ),
    # output
    command_case(
        "html to a missing folder",
        "plan --example --html missing/r.html",
        "missing/r.html: cannot be written",
        "a folder that exists",
    ),
    command_case("html onto a folder", "plan --example --html .", ".: cannot be written", "name a file"),
    command_case("html without a name", "plan --example --html=", "cannot be written", "name a file"),
    Case(
        "html onto the patient",
        ["plan", "p.json", "--html", "./p.json"],
        "the page would overwrite it",
        "give another --html",
        writing({"p.json": TEXT.encode()}),
    ),
    *(
        Case(
            f"{command[0]}: {name}",
            [*command, "--html", "report.html"],
            f"report.html: cannot be written ({says}",
            "has room",
            both(any_page, make),
        )
        for command in (["plan", "--example"], ["curve"], ["check"])
        for name, says, make in (
            (
                "read-only folder",
                "Permission denied",
                raising("os.replace", PermissionError(errno.EACCES, "Permission denied")),
            ),
            ("full disk", "No space left", full_disk),
        )
    ),
    # the fit
    Case(
        "fit onto a file",
        ["fit", "--out", "report.html"],
        "report.html: is not a folder",
        "give another --out",
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
        raising("marrowdose.synthesis.refit.refit", KeyboardInterrupt()),
    ),
    Case(
        "fit without memory",
        ["fit"],
        "not enough memory",
        "fewer draws",
        raising("marrowdose.synthesis.refit.refit", MemoryError()),
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
        "is missing",
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
        "column value: 'NaN' is not usable",
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
        "the row has 2 cells",
        "as in the header",
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
        "is no recommendation/1",
        "marrowdose plan",
        writing({"p.json": TEXT.encode()}),
    ),
    Case(
        "trace of a plan cut by hand",
        ["evidence", "trace", "p.json"],
        "is no recommendation/1",
        "marrowdose plan",
        writing({"p.json": b'{"schema": "recommendation/1", "provenance": [["a"]]}'}),
    ),
]
