"""A test that hangs is ended: by a signal where Python listens, with its process where it does not."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from places import ROOT

SLEEPS = """
import itertools, time

def test_asleep():
    time.sleep(60)

def test_next():
    pass

def test_deaf():
    sum(itertools.repeat(0))  # endless in compiled code, which hears no signal
"""
WAITING = {"run", "call", "check_call", "check_output", "communicate", "wait"}


def pytest_of(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """This repository's settings, with seconds for minutes, on the file above."""
    file = folder / "test_sleeps.py"
    file.write_text(SLEEPS, encoding="utf-8")
    seconds = [f"-o{name}={value}" for name, value in (("timeout", 1), ("faulthandler_timeout", 3))]
    words = [
        "-m",
        "pytest",
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(folder),
        "-p",
        "no:cacheprovider",
    ]
    return subprocess.run(
        [sys.executable, *words, *seconds, *(f"{file}::{name}" for name in names)],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        cwd=folder,
    )


def test_a_sleeping_test_fails_and_the_next_one_runs(tmp_path: Path) -> None:
    done = pytest_of(tmp_path, "test_asleep", "test_next")
    assert done.returncode == 1
    assert "Timeout (>1" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


def test_a_test_deaf_to_signals_ends_with_its_process(tmp_path: Path) -> None:
    done = pytest_of(tmp_path, "test_deaf")
    assert done.returncode == 1
    assert "test_deaf" in done.stderr  # where it hung


def test_every_wait_for_another_process_has_an_end() -> None:
    """``subprocess.run(…)``, ``.communicate()`` and ``.wait()`` in tests name their seconds."""
    endless = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in WAITING - {"run"} or ast.unparse(node.func) == "subprocess.run")
        and not any(word.arg == "timeout" for word in node.keywords)
    ]
    assert not endless
