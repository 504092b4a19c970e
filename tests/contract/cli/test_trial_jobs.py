"""``marrowdose trial`` as an engine: the same bytes anywhere, going on after a kill, rows, and what is
refused.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marrowdose import job_pieces as pieces
from marrowdose.cli import main
from marrowdose.trial import job as farm
from marrowdose.trial.dose_finding import simulate as escalation

TEMPLATES = files("marrowdose").joinpath("trial/templates")
ESCALATION, RANGING = (str(TEMPLATES.joinpath(f"{n}.toml")) for n in ("escalation", "dose-ranging"))
LATE = str(TEMPLATES.joinpath("obd.toml"))
RUN = "import sys; from marrowdose.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as found:
        yield found


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["trial", *words]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["trial", *words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1), err
    return err


FAMILIES = [
    ("run", ESCALATION, "--trials=1200", "--json"),
    ("run", RANGING, "--truth=plateau", "--trials=250", "--json"),
]


@pytest.mark.parametrize("words", FAMILIES, ids=["dose-finding", "longitudinal"])
def test_dask_with_a_killed_worker_says_the_bytes_of_one_process(
    words: tuple[str, ...], cluster: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm, "PIECE", 25)
    monkeypatch.setattr(escalation, "CHUNK", 100)
    here = said(capsys, *words)
    victim, killed, finish = next(iter(cluster.workers.values())).pid, [], pieces.Way.__init__

    def deadly(self: Any, **given: Any) -> None:
        """A way whose first piece ends one of the two workers."""

        def each(span: Any, piece: Any) -> None:
            if span.first == 0:
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

        finish(self, **{**given, "each": each})

    monkeypatch.setattr(pieces.Way, "__init__", deadly)
    assert said(capsys, *words, f"--scheduler={cluster.scheduler_address}") == here
    assert killed == [victim]


def test_a_killed_run_goes_on_and_says_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    words = ["run", LATE, "--trials", "120", "--seed", "2", "--json", "--resume", str(kept)]
    small = f"from marrowdose.trial.dose_finding import simulate; simulate.CHUNK = 300; {RUN}"
    work = subprocess.Popen([sys.executable, "-c", small, "trial", *words], stdout=subprocess.PIPE)
    end = time.monotonic() + 60
    while time.monotonic() < end and not list(kept.glob("*.piece")):
        time.sleep(0.005)
    work.kill()
    assert work.communicate(timeout=60)[0] == b""
    found = sorted(kept.glob("*.piece"))
    assert 1 <= len(found) < 8
    before = [p.stat().st_mtime_ns for p in found]
    monkeypatch.setattr(escalation, "CHUNK", 300)
    gone_on = said(capsys, *words)
    assert [p.stat().st_mtime_ns for p in found] == before
    assert len(list(kept.glob("*.piece"))) == 8
    assert gone_on == said(capsys, *words[:-2])


def test_kept_pieces_are_used_and_damaged_ones_done_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escalation, "CHUNK", 100)
    words = ("run", ESCALATION, "--trials=450", "--json", f"--resume={tmp_path}")
    whole = said(capsys, *words)
    found = sorted(tmp_path.glob("*.piece"))
    assert len(found) == 5
    good = [p.read_bytes() for p in found]
    done: list[int] = []
    one = escalation._piece

    def counted(design: Any, truth: Any, seed: int, span: Any) -> Any:
        done.append(span.first)
        return one(design, truth, seed, span)

    monkeypatch.setattr(escalation, "_piece", counted)
    assert said(capsys, *words) == whole
    assert done == []
    found[0].write_bytes(good[0][:-1])  # cut
    found[1].write_bytes(good[1][:200] + bytes([good[1][200] ^ 1]) + good[1][201:])  # a bit turned
    found[2].write_bytes(b"")
    found[3].unlink()
    assert said(capsys, *words) == whole
    assert done == [0, 100, 200, 300]
    assert [p.read_bytes()[:64] for p in found] == [g[:64] for g in good]
    longer = said(
        capsys, *(w.replace("450", "500") for w in words)
    )  # more trials of the same: four are there
    assert done[4:] == [400]
    assert '"trials": 500' in longer


def test_a_folder_of_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "kept"
    words = ("run", ESCALATION, "--trials=20", f"--resume={kept}")
    said(capsys, *words)
    there = {p: p.read_bytes() for p in kept.iterdir()}
    assert "another simulation (BM-MSC escalation 1-10-50 M)" in refused(capsys, *words, "--seed=1")
    assert "another simulation" in refused(capsys, *words, "--truth=posterior")
    assert "another simulation" in refused(capsys, "run", RANGING, "--trials=20", f"--resume={kept}")
    assert {p: p.read_bytes() for p in kept.iterdir()} == there
    label = kept / "marrowdose-pieces.json"
    label.write_text(label.read_text().replace('"program": "', '"program": "0'))
    assert "another version" in refused(capsys, *words)
    label.write_text("{")
    assert "no folder of kept trials" in refused(capsys, *words)
    other = tmp_path / "letters"
    other.mkdir()
    (other / "letter.txt").write_text("dear")
    assert "not empty" in refused(capsys, "run", ESCALATION, f"--resume={other}")
    for bad in (other / "letter.txt", other / "letter.txt" / "below", "/proc/none", "a\0b"):
        assert "--resume" in refused(capsys, "run", ESCALATION, f"--resume={bad}")


def test_where_nobody_answers_and_options_that_contradict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marrowdose.workers.CONNECT_SECONDS", 1)
    for design in (ESCALATION, RANGING):
        words = ("run", design, "--trials=20")
        assert "no Dask scheduler answers" in refused(capsys, *words, "--scheduler=tcp://127.0.0.1:9")
        assert "no Dask scheduler answers" in refused(capsys, *words, "--scheduler=nonsense")
        assert "give one of them" in refused(capsys, *words, "--scheduler=tcp://x:1", "--processes=2")
        both = f"{tmp_path}/x"
        assert "one file for two things" in refused(capsys, *words, f"--html={both}", f"--parquet={both}")
        nowhere = refused(capsys, *words, f"--parquet={tmp_path}/no/such.parquet")
        assert "cannot be written" in nowhere
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        assert "marrowdose[parquet]" in refused(capsys, *words, f"--parquet={both}")
        monkeypatch.undo()
        monkeypatch.setattr("marrowdose.workers.CONNECT_SECONDS", 1)
    assert list(tmp_path.iterdir()) == []


def test_rows_of_dose_finding_trials_say_what_the_summary_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyarrow import parquet

    monkeypatch.setattr(escalation, "CHUNK", 130)
    other = tmp_path / "other.toml"
    text = Path(ESCALATION).read_text(encoding="utf-8")
    other.write_text(
        text.replace("1-10-50", "1-10").replace("[1, 10, 50]", "[1, 10]").replace("0.04, 0.08", "0.04")
    )
    file = tmp_path / "rows.parquet"
    told = json.loads(
        said(
            capsys,
            "compare",
            ESCALATION,
            str(other),
            "--trials=300",
            "--truth=posterior",
            f"--parquet={file}",
            "--json",
        )
    )
    rows = parquet.read_table(file).to_pydict()
    first = np.array(rows["design"]) == "BM-MSC escalation 1-10-50 M"
    assert first.sum() == 300
    assert len(first) == 600
    assert rows["trial"] == [*range(300), *range(300)]
    chosen = np.array(rows["chosen_dose"], float)[first]
    for dose, share in told["each"][0]["chosen"].items():
        assert (chosen == float(dose)).mean() == pytest.approx(share["value"], rel=1e-5)
    assert np.mean(np.array(rows["months"])[first]) == pytest.approx(
        told["each"][0]["months"]["value"], rel=1e-5
    )
    assert all(v is None for v, mine in zip(rows["patients_50"], first, strict=True) if not mine)
    total = sum(np.array(rows[f"patients_{d}"], float)[first] for d in (1, 10, 50))
    assert np.array_equal(total, np.array(rows["patients"])[first])
    a, b = (np.array(rows["true_toxicity_10"])[part] for part in (first, ~first))
    assert np.allclose(a, b, atol=1e-12)  # the same truth in the same trial
    assert a.std() > 0.002  # serious events: a small probability, different in every trial
    assert b"Research use only" in parquet.read_schema(file).metadata[b"banner"]


def test_rows_of_longitudinal_trials(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyarrow import parquet

    monkeypatch.setattr(farm, "PIECE", 15)
    file = tmp_path / "rows.parquet"
    told = json.loads(said(capsys, "run", RANGING, "--trials=40", f"--parquet={file}", "--json"))
    rows = parquet.read_table(file).to_pydict()
    assert rows["trial"] == list(range(40))
    assert np.mean(rows["positive"]) == pytest.approx(told["positive"]["value"], rel=1e-5)
    assert np.mean(rows["stopped"]) == pytest.approx(told["stopped_early"]["value"], rel=1e-5)
    for arm, dose in zip(told["arms"][1:], (10, 25, 50, 100), strict=True):
        away = np.array(rows[f"benefit_{dose}"], float) - np.array(rows[f"true_estimand_{dose}"], float)
        assert np.nanmean(away) == pytest.approx(arm["bias"]["value"], rel=1e-4)
        named = [d == dose for d in rows["named_dose"]]
        assert np.mean(named) == pytest.approx(arm["named"]["value"], rel=1e-5)


def test_a_failed_run_leaves_no_rows_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from marrowdose.errors import InputError

    monkeypatch.setattr(escalation, "CHUNK", 10)

    def fails(design: Any, truth: Any, seed: int, span: Any) -> Any:
        if span.first >= 20:
            raise InputError("no more")
        return escalation.run(design, truth, span.numbers, seed=seed)

    monkeypatch.setattr(escalation, "_piece", fails)
    refused(capsys, "run", ESCALATION, "--trials=40", f"--parquet={tmp_path}/rows.parquet")
    assert list(tmp_path.iterdir()) == []
