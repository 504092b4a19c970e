"""Bad input of every kind: exit code 2, one clear sentence with the remedy, no traceback, no half-written
file.
"""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bad_input import ARM, OLD, answers, fitted_by_hand, tables, writing
from bad_input_cases import CASES
from bad_patients import PAIN
from marrowdose.cli import main
from marrowdose.patient.intake import EXAMPLE
from marrowdose.report.schemas import schema
from marrowdose.synthesis.fit import shipped_fit
from marrowdose.synthesis.record import Check

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
def test_a_refusal_is_printed_as_a_plan_with_one_sentence_and_exit_code_2(
    changes, goal, reason, folder, capsys
):
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
    jsonschema.validate(plan, schema("recommendation/2"))
    assert (plan["schema"], plan["verdict"], plan["dose_low"]) == ("recommendation/2", "refused", None)
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
    for said in (
        "a number is needed",
        "999 is not usable",
        "7 is no Kellgren",
        "2.5 is no Kellgren",
        "give four words",
        "55 is not usable",
        "'gout' is not known",
    ):
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
    check = Check(name="R-hat", says="largest 1.2", blocking=True, ok=False)
    made = replace(shipped_fit(), record=replace(shipped_fit().record, checks=(check,)))
    monkeypatch.setattr("marrowdose.cli.fit.refit", lambda *args, **kwargs: made)
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


def hear_interrupts():
    """Tests that were started in the background hand down that interrupts are ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupted_while_asking(folder):
    asking = subprocess.Popen(
        [*PROGRAM, "plan", "--ask"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=hear_interrupts,
    )
    assert asking.stdout
    assert asking.stdout.readline().startswith(b"An empty answer")
    asking.send_signal(signal.SIGINT)
    err = asking.communicate(timeout=60)[1]
    assert asking.returncode == 2
    assert "interrupted" in one_sentence(err.decode())


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="the system has no process groups")
def test_a_fit_is_interrupted_at_once_with_its_workers(folder):
    """Ctrl-C in a terminal reaches the workers too; they sample in C++ for minutes and hear nothing."""
    fitting = subprocess.Popen(
        [*PROGRAM, "fit"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=hear_interrupts,
    )
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
