"""How much does a command cost beside its work? CPU-seconds of ten commands from start to end, each cold."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ARMS = """study,dose,mean,sd,n
a,0,5,10,50
a,25,8,10,50
a,50,9,10,50
b,0,4,9,40
b,50,8,9,40
b,100,10,9,40
c,0,5,11,60
c,25,7,11,60
c,100,11,11,60
"""
PATIENTS = "dose,response\n" + "".join(
    f"{dose},{mean + move}\n"
    for dose, mean in ((0, 0.0), (10, 3.0), (50, 7.0), (100, 8.0))
    for move in (-2.0, -1.0, 0.5, 2.5)
)
COMMANDS = {  # with the limit on CPU-seconds, where there is one
    "--version": None,
    "drma arms.csv": 0.8,
    "drma arms.csv --curve linear --ed 0.5 --json": 0.8,
    "drma arms.csv --curve linear --influence": None,
    "mcpmod patients.csv --candidate emax=20 --candidate linear": 0.8,
    "mcpmod patients.csv --candidate emax=20 --bootstrap 100": None,
    "power --doses 0,10,50 --sigma 20 --effect 9 --n 60 --candidate emax=20": None,
    "plan --example --json": None,
    "curve --json": None,
    "evidence list": None,
}
_TURNS = 5


def cpu_seconds(command: list[str], folder: str) -> float:
    """User and system time of one run [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Least of some turns, so that other work on the machine counts little."""
    cli = str(Path(sys.executable).with_name("marrowdose"))
    runs = {"(import numpy)": [sys.executable, "-c", "import numpy"]}
    runs |= {command: [cli, *command.split()] for command in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "arms.csv").write_text(ARMS, encoding="utf-8")
        (Path(folder) / "patients.csv").write_text(PATIENTS, encoding="utf-8")
        for name, command in runs.items():
            least = min(cpu_seconds(command, folder) for _ in range(_TURNS))
            limit = COMMANDS.get(name)
            print(f"{name:72} {least:.2f} CPU-s{'' if limit is None else f'   limit {limit} s'}")


if __name__ == "__main__":
    main()
