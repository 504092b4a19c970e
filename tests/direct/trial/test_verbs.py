"""The verbs of trial design called as a web page would: designs from memory, nothing printed, long work
watched and ended.
"""

from __future__ import annotations

import ast
import doctest
import importlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marrowdose.cli import main
from marrowdose.errors import InputError
from marrowdose.files.kept import Folder
from marrowdose.files.toml import Document, parse_document
from marrowdose.trial import job
from marrowdose.trial.dose_finding import simulate as dose_finding
from marrowdose.trial.dose_finding.file import ESCALATION
from marrowdose.trial.dose_finding.history import Entered
from marrowdose.trial.dose_ranging.file import TYPES
from marrowdose.trial.kinds import KINDS, kind_of
from marrowdose.trial.run import (
    Asked,
    AskedNext,
    AskedWorth,
    Cancelled,
    ComparedFinding,
    ComparedLongitudinal,
    FindingPiece,
    LongitudinalPiece,
    Named,
    RanFinding,
    RanLongitudinal,
    Stakes,
    Work,
    compare,
    every_path,
    next_dose,
    simulate,
    template,
    template_names,
    template_text,
    worth,
)
from marrowdose.trial.seamless.file import SEAMLESS, PlannedSeamless
from marrowdose.trial.seamless.hand_over import SeamlessResults
from own_process import printed_by
from places import TEMPLATES

TRIAL = TEMPLATES.parent
PLATEAU = Named("plateau")


def renamed(name: str, called: str) -> Document:
    """A ready design under another name, from memory."""
    own = template(name).data["design"]["name"]
    return parse_document(template_text(name).replace(f'"{own}"', f'"{called}"'), called)


def printed(capsys: pytest.CaptureFixture[str], tmp_path: Path, *words: str, **designs: Document) -> Any:
    """What the command line says of these designs."""
    paths = []
    for name in designs:
        path = tmp_path / f"{name}.toml"
        path.write_text(template_text(name.replace("_", "-")), encoding="utf-8")
        paths.append(str(path))
    assert main(["trial", words[0], *paths, *words[1:], "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", ["run", "run.templates", "run.verbs"])
def test_examples_in_docstrings(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"marrowdose.trial.{name}"))
    assert found.attempted > 0
    assert found.failed == 0


def test_every_type_has_a_kind() -> None:
    assert set(KINDS) == {ESCALATION, *TYPES, SEAMLESS}
    assert {kind_of(template(name)) for name in template_names()} == {*KINDS.values()}
    assert kind_of(parse_document("[design]\ntype = 3", "x")) == "dose finding"  # whose reader refuses it


def test_simulate_says_what_the_command_says(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ran = simulate(Asked(designs=(template("escalation"),), trials=200, seed=3))
    assert isinstance(ran, RanFinding)
    assert capsys.readouterr() == ("", "")
    told = printed(capsys, tmp_path, "run", "--trials=200", "--seed=3", escalation=template("escalation"))
    assert [e["value"] for e in told["chosen"]] == pytest.approx([e.value for e in ran.found.chosen])
    assert ran.errors == ()

    long = simulate(Asked(designs=(template("seamless"),), truth=PLATEAU, trials=30, seed=3))
    assert isinstance(long, RanLongitudinal)
    assert isinstance(long.planned, PlannedSeamless)
    assert isinstance(long.results, SeamlessResults)
    assert capsys.readouterr() == ("", "")
    words = ("run", "--trials=30", "--seed=3", "--truth=plateau")
    told = printed(capsys, tmp_path, *words, seamless=template("seamless"))
    assert told["positive"]["value"] == pytest.approx(long.found.positive.value, rel=1e-5)
    assert long.evidence is None  # a stated scenario does not rest on the published trials
    assert long.at_mean is None


def test_errors_are_simulated_where_they_are_asked_for() -> None:
    asked = Asked(designs=(template("obd"),), trials=20, errors=True)
    ran = simulate(asked)
    assert isinstance(ran, RanFinding)
    assert [found.trials for _, found in ran.errors] == [20, 20]
    long = simulate(replace(asked, designs=(template("dose-ranging"),)))
    assert isinstance(long, RanLongitudinal)
    assert long.no_dose_helps is not None
    assert len(long.at_mean or ()) == 20  # under the posterior, unless asked otherwise
    assert long.evidence is not None


def test_compare_says_what_the_command_says() -> None:
    two = (template("dose-ranging"), renamed("dose-ranging", "the same"))
    found = compare(Asked(designs=two, truth=PLATEAU, trials=20))
    assert isinstance(found, ComparedLongitudinal)
    assert all(row.less.value == 0 for row in found.differences[0])  # the same people, trial by trial
    two = (template("escalation"), renamed("escalation", "the same"))
    one = compare(Asked(designs=two, trials=20))
    assert isinstance(one, ComparedFinding)
    assert all(e.value == 0 for e in one.differences[0].values())
    for designs in ((two[0], template("confirmatory")), (template("confirmatory"), two[0])):
        with pytest.raises(InputError, match="of one kind"):
            compare(Asked(designs=designs, trials=20))
    with pytest.raises(InputError, match="one name"):
        compare(Asked(designs=(two[0], two[0]), trials=20))
    with pytest.raises(InputError, match="compare several"):
        simulate(Asked(designs=two, trials=20))


def test_a_scenario_from_memory_is_taken_for_true() -> None:
    scenario = Named("form", "[truth]\ntoxicity = [0.1, 0.2, 0.3]\n")
    ran = simulate(Asked(designs=(template("escalation"),), truth=scenario, trials=20))
    assert isinstance(ran, RanFinding)
    assert ran.truth.toxicity == (0.1, 0.2, 0.3)
    with pytest.raises(InputError, match=r"^harm: has no effect"):  # no word of the command line
        simulate(Asked(designs=(template("escalation"),), truth=scenario, harm="local", trials=20))


def test_next_dose_and_paths_from_memory() -> None:
    three = [Entered(line=k, dose=0, toxic=False, effective=False, score=0.0, followed=3.0) for k in range(3)]
    answer = next_dose(AskedNext(design=template("escalation"), history=three))
    assert answer.design.doses[answer.found.dose] == 10
    assert answer.going_on is None
    skipped = [*three, replace(three[0], dose=2)]
    with pytest.raises(InputError, match=r"^form:0: 50 M was given where"):
        next_dose(AskedNext(design=template("escalation"), history=skipped, where="form"))
    assert next_dose(AskedNext(design=template("escalation"), history=skipped, as_given=True)).found.dose == 2
    part_one = next_dose(AskedNext(design=template("seamless"), history=three))
    assert part_one.going_on is not None
    assert part_one.going_on.open_doses is None  # the run-in goes on
    every = every_path(Asked(designs=(template("escalation"),)), patients=6)
    assert every.found.probability.sum() == pytest.approx(1)
    assert every.open_sets is None
    with pytest.raises(InputError, match="no next dose"):
        next_dose(AskedNext(design=template("confirmatory"), history=()))


def test_worth_of_designs_of_both_families() -> None:
    designs = (template("dose-ranging"), template("escalation"))
    asked = AskedWorth(designs=designs, truth=Named("posterior"), stakes=Stakes(), sizes=(60,), trials=100)
    found = worth(asked)
    assert [name for name, _ in found.curves] == [d.data["design"]["name"] for d in designs]
    assert found.without_control == (designs[1].data["design"]["name"],)
    assert found.harm == "serious"
    with pytest.raises(InputError, match=r"^truth: 'plateau' leaves nothing to learn"):
        worth(replace(asked, truth=PLATEAU))


def asked_of(family: str, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Five pieces of 20 trials."""
    monkeypatch.setattr(job, "PIECE", 20)
    monkeypatch.setattr(dose_finding, "CHUNK", 20)
    return Asked(designs=(template(family),), truth=PLATEAU, trials=100, seed=1)


@pytest.mark.parametrize("family", ["escalation", "dose-ranging"])
def test_progress_and_rows_come_piece_by_piece(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int, int]] = []
    pieces: list[FindingPiece | LongitudinalPiece] = []
    work = Work(progress=lambda *done: told.append(done), write=pieces.append)
    simulate(asked_of(family, monkeypatch), work)
    assert told == [("trials", done, 100) for done in (20, 40, 60, 80, 100)]
    first = [p.first if isinstance(p, FindingPiece) else p.results.trials[0] for p in pieces]
    assert first == [0, 20, 40, 60, 80]


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("family", ["escalation", "dose-ranging"])
def test_cancelled_work_keeps_what_is_finished_and_goes_on(
    family: str, processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, others = asked_of(family, monkeypatch), set(multiprocessing.active_children())
    done: list[int] = []
    kept = partial(Folder, str(tmp_path))
    work = Work(
        processes=processes,
        kept=kept,
        progress=lambda what, some, every: done.append(some),
        cancelled=lambda: len(done) == 2,
    )
    with pytest.raises(Cancelled, match="after 40 of 100 trials"):
        simulate(asked, work)
    assert len(list(tmp_path.glob("*.piece"))) == 2
    end = time.monotonic() + 20  # an ended worker is counted until somebody has waited for it
    while set(multiprocessing.active_children()) != others and time.monotonic() < end:
        time.sleep(0.05)
    assert set(multiprocessing.active_children()) == others  # the workers are let go
    again, whole = simulate(asked, Work(kept=kept)), simulate(asked)
    assert len(list(tmp_path.glob("*.piece"))) == 5
    for one, other in ((again, whole),):
        if isinstance(one, RanFinding) and isinstance(other, RanFinding):
            np.testing.assert_array_equal(one.runs.chosen, other.runs.chosen)
        if isinstance(one, RanLongitudinal) and isinstance(other, RanLongitudinal):
            np.testing.assert_array_equal(one.results.named, other.results.named)


def test_nothing_is_done_where_cancelled_before() -> None:
    told: list[Any] = []
    work = Work(cancelled=lambda: True, write=told.append)
    for family in ("escalation", "seamless"):
        with pytest.raises(Cancelled, match="after 0 of 100 trials"):
            simulate(Asked(designs=(template(family),), trials=100), work)
    assert told == []


def test_a_terminated_command_ends_between_pieces_with_a_sentence(tmp_path: Path) -> None:
    """As a batch queue ends it: SIGTERM, then some seconds."""
    design, kept = tmp_path / "obd.toml", tmp_path / "kept"
    design.write_text(template_text("obd"), encoding="utf-8")
    code = (
        "from marrowdose.trial.dose_finding import simulate; simulate.CHUNK = 300\n"
        "import sys; from marrowdose.cli import main; sys.exit(main())"
    )
    words = ["trial", "run", str(design), "--trials=100000", "--processes=2", f"--resume={kept}"]
    work = subprocess.Popen(
        [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    end = time.monotonic() + 120  # two workers start first, on a machine that others use
    while time.monotonic() < end and not list(kept.glob("*.piece")):
        time.sleep(0.01)
    assert list(kept.glob("*.piece"))
    os.kill(work.pid, signal.SIGTERM)
    out, err = work.communicate(timeout=120)
    assert (work.returncode, out) == (2, "")
    assert err.startswith("marrowdose: cancelled after ")
    assert err.count("\n") == 1


def test_the_room_neither_prints_nor_reads_options() -> None:
    for file in TRIAL.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        assert not names & {"print", "argparse", "input"}, file
        options = [t for t in texts if isinstance(t, str) and t.startswith("--") and t[2:3].isalpha()]
        assert not options, (file, options)


def test_an_escalation_starts_without_what_only_randomised_trials_need(tmp_path: Path) -> None:
    design = tmp_path / "design.toml"
    design.write_text(template_text("escalation"), encoding="utf-8")
    code = (
        "import contextlib, io, sys\n"
        "from marrowdose.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    code = main(['trial', 'run', {str(design)!r}, '--trials', '10000'])\n"
        "heavy = {'numba', 'scipy.optimize', 'scipy.stats', 'scipy.integrate', 'rich', 'jinja2',"
        " 'marrowdose.trial.dose_ranging', 'marrowdose.synthesis'}\n"
        "rooms = ('meta', 'mcpmod', 'repeated', 'sequential')\n"
        "heavy |= {f'marrowdose.statistics.{room}' for room in rooms}\n"
        "print(code, sorted(heavy & set(sys.modules)))"
    )
    assert printed_by("-c", code) == "0 []"
