"""Published models of many fields as data, and their courses by SciPy's Radau at rtol 1e-11.

Equations and values are those usually printed for each model; what is compared is the solver, not the paper.
``python validation/joint_engine/published.py --write`` makes ``tests/golden/data/joint/joint_published.json``
anew (two minutes); without it the errors of the engine against that file are printed. Radau runs on the
formulas by Python's own ``eval``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from case import Case
from models_of_chemistry_and_cells import CHEMISTRY_AND_CELLS
from models_of_the_body import BODY
from scipy.integrate import solve_ivp

from marrowdose.joint.engine import simulate

CASES = (*CHEMISTRY_AND_CELLS, *BODY)
FILE = Path(__file__).parents[2] / "tests/golden/data/joint" / "joint_published.json"
PYTHON = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "abs": abs,
    "min": min,
    "max": max,
    "heaviside": lambda x: float(x >= 0),
}


def reference(case: Case) -> np.ndarray:
    """The states at ``case.times`` by Radau, (times, states): at the time of a dose or event the values after
    it.
    """
    m = case.model
    values: dict[str, Any] = {p.name: p.value for p in m.parameters}

    def known(t: float, y: Any) -> dict[str, Any]:
        names = {**PYTHON, **values, "t": t, **dict(zip(m.state_names, y, strict=False))}
        for name, text in m.definitions.items():
            names[name] = eval(str(text), {}, names)
        return names

    def slope(t: float, y: Any) -> list[float]:
        names = known(t, y)
        return [float(eval(str(s.rate), {}, names)) for s in m.states]

    constants = {**PYTHON, **values}
    y = np.array([float(eval(str(s.start), {}, constants)) for s in m.states])
    stops = sorted({0.0, case.end, *(t for t, _ in case.doses), *(e.time for e in case.events)})
    found = {}
    for begin, end in zip(stops, [*stops[1:], stops[-1]], strict=True):
        for when, amount in case.doses:
            if when == begin and m.dose is not None:
                y[m.state_names.index(m.dose.state)] += amount * eval(str(m.dose.scale), {}, known(begin, y))
        for event in (e for e in case.events if e.time == begin):
            new = float(eval(str(event.value), {}, known(begin, y)))
            if event.target in values:
                values[event.target] = new
            else:
                y[m.state_names.index(event.target)] = new
        found[begin] = y.copy()
        if end > begin:
            asked = [float(t) for t in case.times if begin < t < end]
            run = solve_ivp(
                slope,
                (begin, end),
                y,
                "Radau",
                [*asked, end],
                rtol=1e-11,
                atol=(case.atol or 1e-9) * 1e-5,
                max_step=(end - begin) / 400 if m.driven else np.inf,
            )
            assert run.success, run.message
            found |= dict(zip([*asked, end], run.y.T, strict=True))
            y = run.y[:, -1].copy()
    return np.array([found[float(t)] for t in case.times])


def error(case: Case, found: np.ndarray, known: np.ndarray) -> float:
    """The largest, relative to the value or to 1e-4 of the state's largest where that is more."""
    floor = 1e-4 * np.abs(known).max(axis=0)
    return float((np.abs(found - known) / np.maximum(np.abs(known), floor)).max())


def main() -> None:
    if "--write" in sys.argv:
        made = {c.model.name: [[float(f"{x:.11g}") for x in row] for row in reference(c)] for c in CASES}
        FILE.write_text(json.dumps({"source": "SciPy Radau, rtol 1e-11", "values": made}), encoding="utf-8")
    pinned = json.loads(FILE.read_text(encoding="utf-8"))["values"]
    print("model                 error at rtol 1e-4   1e-7   steps at 1e-4")
    for c in CASES:
        runs = [
            simulate(
                c.model,
                {},
                c.doses,
                c.times,
                events=c.events,
                rtol=r,
                atol=c.atol and c.atol * r,
                engine="numpy",
            )
            for r in (1e-4, 1e-7)
        ]
        errors = [error(c, run.values[0], np.array(pinned[c.model.name])) for run in runs]
        print(f"{c.model.name:22}{errors[0]:.1e}{'':13}{errors[1]:.1e}  {runs[0].steps[0]}")


if __name__ == "__main__":
    main()
