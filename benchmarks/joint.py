"""Knees per CPU-second: our engine against libRoadRunner and SciPy's LSODA with a compiled right-hand side,
in one run.

The 12-state model, 60 months, 20 output times, one thread, random parameters over their ranges and doses of 5
to 150 million cells, rtol 1e-4 (LSODA and libRoadRunner with our absolute tolerance). The compiler's first
call is not timed, it is printed. ``python benchmarks/joint.py [PATIENTS]`` (default 20,000 for Numba; the
peers run 150 of them).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", NUMBA_NUM_THREADS="1")

import numba
import numpy as np
import roadrunner
from scipy.integrate import odeint

sys.path.append(str(Path(__file__).parents[1] / "validation" / "joint_engine"))
from radau import KNEE, random_knees

from marrowdose.joint.engine import simulate
from marrowdose.joint.engine.sbml import to_sbml
from marrowdose.joint.engine.source import source_for
from marrowdose.joint.mechanism import Parameter

TIMES = np.linspace(0, 60, 21)[1:] * 30.4375
PEERS, RTOL, ATOL = 150, 1e-4, 1e-10
ROUNDS = 3


def cpu(work: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, Any]:
    """CPU seconds of the quickest of a few rounds, and the last result."""
    best, result = np.inf, None
    for _ in range(rounds):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def run_roadrunner(values: dict[str, Any], dose: Any) -> Any:
    given = Parameter(name="dose", value=0.0, lo=0.0, hi=1e3)  # as the start of the cells: no event to find
    states = (replace(KNEE.states[0], start="dose"), *KNEE.states[1:])
    model = replace(KNEE, outputs={}, dose=None, states=states, parameters=(*KNEE.parameters, given))
    run = roadrunner.RoadRunner(to_sbml(model))
    run.integrator.relative_tolerance, run.integrator.absolute_tolerance = RTOL, ATOL
    run.integrator.maximum_num_steps = 10**6
    run.timeCourseSelections = list(KNEE.state_names)
    times = [0.0, *TIMES]

    def work() -> Any:
        out = []
        for j in range(PEERS):
            run.resetAll()
            for name, value in values.items():
                run.setValue(name, float(value[j]))
            run.setValue("dose", float(dose[j]))
            run.reset()  # the start follows from the parameters
            out.append(np.array(run.simulate(times=times))[1:])
        return np.array(out)

    return cpu(work, 2)


def run_lsoda(values: dict[str, Any], dose: Any, start: Any) -> Any:
    space: dict[str, Any] = {}
    exec(source_for(KNEE), space)
    rates = numba.njit(space["rates"])

    @numba.njit
    def compiled(y: Any, t: float, c: Any) -> Any:
        found = rates(t, (y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7], y[8], y[9], y[10], y[11]), c)
        out = np.empty(12)
        for i in range(12):
            out[i] = found[i]
        return out

    constants = np.array(
        [np.broadcast_to(c, PEERS) for c in space["constants"]([values[n] for n in KNEE.parameter_names])]
    ).T.copy()
    times = np.concatenate([[0.0], TIMES])
    compiled(start[0], 0.0, constants[0])

    def work() -> Any:
        return np.array(
            [
                odeint(compiled, start[j], times, (constants[j],), rtol=RTOL, atol=ATOL, mxstep=100_000)[1:]
                for j in range(PEERS)
            ]
        )

    return cpu(work, 2)


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    values, dose = random_knees(n, 5)
    few = {k: v[:PEERS] for k, v in values.items()}
    start = simulate(KNEE, few, [(0.0, dose[:PEERS])], [0.0], engine="numpy").values[:, 0]
    clock = time.process_time()
    simulate(KNEE, few, (), [1.0], engine="numba")
    print(f"Numba's first call: {time.process_time() - clock:.1f} CPU-s (compiled, or read from its cache)")
    exact = simulate(KNEE, few, [(0.0, dose[:PEERS])], TIMES, rtol=1e-9, engine="numpy").values
    least = 1e-6  # one cell, or a millionth of a typical knee

    rates = {}

    def tell(name: str, seconds: float, patients: int, found: Any) -> None:
        rates[name] = patients / seconds
        error = np.quantile(np.abs(found[:PEERS] - exact) / np.maximum(np.abs(exact), least), 0.99)
        print(f"{name:34} {rates[name]:10,.0f} knees/CPU-s   99 % of errors below {error:.0e}")

    seconds, found = run_roadrunner(few, dose)
    tell("libRoadRunner (CVODE)", seconds, PEERS, found)
    seconds, found = run_lsoda(few, dose, start)
    tell("SciPy LSODA, compiled rates", seconds, PEERS, found)
    for label, patients, options in (
        ("Numba, rtol 1e-3", n, {"engine": "numba", "rtol": 1e-3}),
        ("Numba, rtol 1e-4", n, {"engine": "numba"}),
        ("NumPy, graded grid", 8192, {"engine": "numpy", "grid": "graded"}),
        ("NumPy, graded grid, float32", 8192, {"engine": "numpy", "grid": "graded", "dtype": "float32"}),
        ("NumPy, rtol 3e-3", 8192, {"engine": "numpy", "rtol": 3e-3}),
        ("NumPy, rtol 1e-3", 8192, {"engine": "numpy", "rtol": 1e-3}),
        ("NumPy, rtol 1e-4", 8192, {"engine": "numpy"}),
    ):
        part = {k: v[:patients] for k, v in values.items()}
        seconds, course = cpu(
            lambda p=part, m=patients, o=options: simulate(KNEE, p, [(0.0, dose[:m])], TIMES, **o)
        )
        tell(label, seconds, patients, course.values)
    print(
        f"Numba, rtol 1e-4: {rates['Numba, rtol 1e-4'] / rates['libRoadRunner (CVODE)']:.0f} x libRoadRunner,"
        f" {rates['Numba, rtol 1e-4'] / rates['SciPy LSODA, compiled rates']:.0f} x LSODA"
    )
    for label in ("NumPy, rtol 3e-3", "NumPy, rtol 1e-3", "NumPy, rtol 1e-4", "NumPy, graded grid"):
        print(f"{label}: {rates[label] / rates['libRoadRunner (CVODE)']:.1f} x libRoadRunner")
    print(f"100,000 knees x 6 doses at that rate: {6e5 / rates['Numba, rtol 1e-4']:.0f} CPU-s")


if __name__ == "__main__":
    main()
