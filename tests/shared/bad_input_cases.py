"""The table of bad input: name, input, what is wrong, what helps."""

import errno
import json

from bad_folders import FOLDERS
from bad_input import (
    Case,
    answers,
    any_page,
    both,
    command_case,
    file_case,
    full_disk,
    goal_case,
    goal_file_case,
    raising,
    writing,
)
from bad_patients import PATIENTS
from marrowdose.files.json import MAX_BYTES
from marrowdose.patient.intake import EXAMPLE

TEXT = json.dumps(EXAMPLE)


CASES = [
    *PATIENTS,
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
    file_case("a huge file", b" " * (MAX_BYTES + 1), "is too large", "up to 1 MB of JSON"),
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
        "save it as JSON in UTF-8",
    ),
    file_case("UTF-16", TEXT.encode("utf-16"), "is not UTF-8", "save it as JSON in UTF-8"),
    file_case(
        "UTF-16 without a mark", TEXT.encode("utf-16-le"), "holds NUL bytes", "save it as JSON in UTF-8"
    ),
    file_case("binary", bytes(range(256)), "is not UTF-8", "save it as JSON in UTF-8"),
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
    command_case("an endless file", "plan /dev/zero", "/dev/zero: is too large", "up to 1 MB of JSON"),
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
    *FOLDERS,
]
