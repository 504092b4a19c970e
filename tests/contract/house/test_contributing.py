"""CONTRIBUTING.md is walked: its files are written into a copy of the program, and its checks pass there.

A block ``file=NAME`` is a new file; a block ``into=NAME`` goes into that file below its own first line, which
is there already; a block ``check`` is run by a Python of its own that imports the copy.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from places import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
WAYS = dict(re.findall(r"^## (One more .*?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
MEANT = ("curve", "part of a design", "outcome", "page", "command", "file format")


def blocks(way: str) -> list[tuple[str, str]]:
    """(what the info string says, text) of every block of a way."""
    return re.findall(r"^```\w+ (.*?)\n(.*?)^```$", WAYS[way], re.MULTILINE | re.DOTALL)


def test_each_way_is_five_lines() -> None:
    assert list(WAYS) == [f"One more {what}" for what in MEANT]
    for way, text in WAYS.items():
        assert re.findall(r"^(\d)\. ", text, re.MULTILINE) == list("12345"), way
        assert [info for info, _ in blocks(way)][-1] == "check", way


@pytest.mark.parametrize("way", WAYS)
def test_the_way_leads_there(way: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for info, text in blocks(way):
        kind, _, name = info.partition("=")
        file = tmp_path / name
        if kind == "file":
            assert not file.exists(), f"{name} is there already"
            file.write_text(text, encoding="utf-8")
        elif kind == "into":
            first = text.splitlines(keepends=True)[0]
            whole = file.read_text(encoding="utf-8")
            assert whole.count(f"\n{first}") == 1, f"{name}: {first!r} is not one line of it"
            file.write_text(whole.replace(f"\n{first}", f"\n{text}"), encoding="utf-8")
        else:
            done = subprocess.run(
                [sys.executable, "-c", text],
                env=os.environ | {"PYTHONPATH": str(tmp_path / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            assert done.returncode == 0, done.stderr
