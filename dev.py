"""The few commands of this repository. Needs nothing but Python 3.11 or later with pip and venv.

python3 dev.py plan     set up, then write a plan for the example patient (plan.html)
python3 dev.py test     set up, then run lint, types, import contracts and all tests
python3 dev.py explore  set up, then run the property tests on examples never seen before
python3 dev.py fit      fit again and ship the result with the package (minutes)
python3 dev.py bench    print the benchmarks' ratios
python3 dev.py schemas  write the JSON Schemas of all records anew
python3 dev.py lock     write the lock files anew
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
UV = "uv>=0.9,<1"
LOCK = [
    "pip",
    "compile",
    "pyproject.toml",
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-annotate",
    "--no-header",
    "--fork-strategy",
    "fewest",
    "--quiet",
]


def run(*command: str | Path, **environment: str) -> None:
    """Run a command here; stop with its exit code if it fails."""
    done = subprocess.run([str(c) for c in command], cwd=HERE, env=os.environ | environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def set_up(lock: str) -> None:
    """The locked packages and this one in .venv; quick when nothing changed."""
    if sys.version_info < (3, 11):  # noqa: UP036 — run by whatever python3 there is
        sys.exit(f"marrowdose needs Python 3.11 or later; this is {sys.version.split()[0]}")
    if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
        try:
            run(sys.executable, "-m", "venv", VENV)
        except SystemExit:
            sys.exit("no virtual environment could be made; on Debian: apt-get install python3-venv")
    run(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    run(BIN / "uv", "pip", "install", "--quiet", "--require-hashes", "-r", lock, VIRTUAL_ENV=str(VENV))
    run(BIN / "uv", "pip", "install", "--quiet", "--no-deps", "-e", ".", VIRTUAL_ENV=str(VENV))


def plan() -> None:
    """The main job on the real evidence."""
    set_up("requirements.lock")
    run(BIN / "marrowdose", "plan", "--example", "--html", "plan.html")


def test() -> None:
    """Everything that must hold."""
    set_up("requirements-test.lock")
    run(BIN / "ruff", "check")
    run(BIN / "ruff", "format", "--check")
    run(BIN / "mypy")
    run(BIN / "lint-imports")
    run(BIN / "python", "-m", "pytest", "-n", "2", "--dist", "loadfile", OMP_NUM_THREADS="1")


def explore() -> None:
    """The property tests on new examples; a failure is a fault found, or a property that is not one."""
    set_up("requirements-test.lock")
    run(BIN / "python", "-m", "pytest", "-n", "2", "-m", "hypothesis", MARROWDOSE_EXAMPLES="explore")


def fit() -> None:
    """Fit all curves and ship the fit."""
    set_up("requirements-test.lock")
    run(BIN / "marrowdose", "fit", "--out", "src/marrowdose/evidence/data")


def bench() -> None:
    """Every file of benchmarks/ in turn."""
    set_up("requirements-test.lock")
    for file in sorted((HERE / "benchmarks").glob("*.py")):
        print(f"\n{file.name}", flush=True)
        run(BIN / "python", file)


def schemas() -> None:
    """The published schemas, from the types of the records."""
    set_up("requirements-test.lock")
    run(BIN / "python", "-c", "from marrowdose.report.schemas import publish; publish()")


def lock() -> None:
    """The lock files: versions and hashes, no address."""
    set_up("requirements-test.lock" if (HERE / "requirements-test.lock").exists() else "requirements.lock")
    run(BIN / "uv", *LOCK, "-o", "requirements.lock")
    run(BIN / "uv", *LOCK, "--extra", "test", "-o", "requirements-test.lock")


if __name__ == "__main__":
    commands = {f.__name__: f for f in (plan, test, explore, fit, bench, schemas, lock)}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit((__doc__ or "").strip())
    commands[sys.argv[1]]()
