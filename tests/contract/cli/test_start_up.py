"""A command that only computes loads what it computes with: no test here takes the time, one counts it
(``benchmarks/start_up.py``)."""

import subprocess
import sys

import pytest

HEAVY = {
    "arviz_stats",
    "distributed",
    "jax",
    "jinja2",
    "matplotlib",
    "numba",
    "numpy.f2py",
    "pandas",
    "pyarrow",
    "rich",
    "scipy.linalg",
    "scipy.optimize",
    "scipy.special",
    "scipy.stats",
    "sympy",
}
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
RUN = """
import sys
from marrowdose.cli import main
assert main(sys.argv[2:]) == 0
loaded = [name for name in sys.argv[1].split(",") if name in sys.modules]
assert not loaded, f"loaded for nothing: {loaded}"
"""


@pytest.mark.parametrize(
    "command",
    [
        "drma arms.csv",
        "drma arms.csv --curve linear --test knha --ed 0.5 --target 3 --json",
        "mcpmod patients.csv --candidate emax=20 --candidate linear --delta 4",
        "mcpmod patients.csv --candidate sigemax=50,3 --candidate quadratic=-0.006 --ed 0.5 --json",
        "power --doses 0,10,50,100 --sigma 2 --effect 3 --n 40 --candidate emax=20",
    ],
)
def test_nothing_heavy_is_loaded(command, tmp_path):
    (tmp_path / "arms.csv").write_text(ARMS, encoding="utf-8")
    (tmp_path / "patients.csv").write_text(PATIENTS, encoding="utf-8")
    run = [sys.executable, "-c", RUN, ",".join(sorted(HEAVY)), *command.split()]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
