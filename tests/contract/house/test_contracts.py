"""The import contracts of pyproject.toml catch what they are for: each violation planted here is named."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from places import ROOT

PLANTED = {
    "a module that no layer lists": ("attic.py", "", "attic"),
    "a statistic that knows a disease": (
        "statistics/meta/pooling.py",
        "from marrowdose.outcomes import MCIDS",
        "marrowdose.statistics.meta.pooling -> marrowdose.outcomes",
    ),
    "dose finding that knows dose ranging": (
        "trial/dose_finding/rules.py",
        "from marrowdose.trial.dose_ranging import looks",
        "marrowdose.trial.dose_finding.rules -> marrowdose.trial.dose_ranging.looks",
    ),
    "a second door to Jinja2": ("units.py", "import jinja2", "marrowdose.units -> jinja2"),
    "an import upward": (
        "evidence/tables.py",
        "from marrowdose.report.frame import page",
        "marrowdose.evidence.tables -> marrowdose.report.frame.page",
    ),
    "a story that knows another": (
        "report/meta/figures.py",
        "from marrowdose.report.joint import run",
        "marrowdose.report.meta.figures -> marrowdose.report.joint.run",
    ),
    "a curve that knows another": (
        "curves/emax.py",
        "from marrowdose.curves import linear",
        "marrowdose.curves.emax -> marrowdose.curves.linear",
    ),
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy of the house with every violation in it, in one line."""
    house = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", house)
    shutil.copytree(ROOT / "src", house / "src", ignore=shutil.ignore_patterns("__pycache__", "data"))
    for file, line, _ in PLANTED.values():
        with (house / "src" / "marrowdose" / file).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=house,
        env={"PYTHONPATH": str(house / "src"), "COLUMNS": "1000", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.parametrize("violation", PLANTED)
def test_a_planted_violation_is_named(said: str, violation: str) -> None:
    assert PLANTED[violation][2] in said


def test_a_library_without_a_door_is_seen() -> None:
    """What is imported from outside is NumPy, SciPy, of Python itself, or has its door in the contract."""
    (doors,) = (c["forbidden_modules"] for c in CONTRACTS if "outside library" in c["name"])
    known = {"marrowdose", "numpy", "scipy", *sys.stdlib_module_names, *doors}
    for file in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert {name.partition(".")[0] for name in names} <= known, f"{file.relative_to(ROOT)}: {names}"
