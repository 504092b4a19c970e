"""Reference courses of 60 random knees by SciPy's Radau (rtol 1e-11), and how far the engine is from them.

``python validation/joint_engine/radau.py --write`` makes ``tests/golden/data/joint/joint_radau.npz`` anew
(two minutes); without it the errors against that file are printed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

from marrowdose.joint.engine import simulate
from marrowdose.joint.engine.source import module_of, source_for
from marrowdose.joint.models import mechanisms

FILE = Path(__file__).parents[2] / "tests/golden/data/joint" / "joint_radau.npz"
PATIENTS, TIMES = 60, np.array([1, 7, 30, 91, 182, 365, 730, 1095, 1461, 1826.0])
KNEE = mechanisms()["knee12"]


def random_knees(n: int, seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Parameters over their whole ranges (log-uniform where above 0) and doses of 5 to 150 million cells."""
    rng = np.random.default_rng(seed)
    values = {}
    for p in KNEE.parameters:
        draw = rng.uniform(size=n)
        values[p.name] = p.lo * (p.hi / p.lo) ** draw if p.lo > 0 else p.lo + (p.hi - p.lo) * draw
    return values, rng.choice([5.0, 10.0, 25.0, 50.0, 100.0, 150.0], n)


def relative_errors(found: np.ndarray, reference: np.ndarray, floor: float) -> np.ndarray:
    """Errors relative to the value, or to ``floor`` of the state's largest value in this patient where that
    is more.
    """
    largest = np.abs(reference).max(axis=1, keepdims=True)
    return np.abs(found - reference) / np.maximum(np.abs(reference), floor * largest)


def write() -> None:
    values, dose = random_knees(PATIENTS, 20261122)
    module = module_of(source_for(KNEE))
    starts = simulate(KNEE, values, [(0.0, dose)], [0.0], engine="numpy").values[:, 0]
    courses = []
    for j in range(PATIENTS):
        constants = module.constants([float(values[name][j]) for name in KNEE.parameter_names])
        found = solve_ivp(
            lambda t, y, c=constants: module.rates(t, y, c),
            (0, TIMES[-1]),
            starts[j],
            method="Radau",
            rtol=1e-11,
            atol=1e-15,
            t_eval=TIMES,
        )
        assert found.success, found.message
        courses.append(found.y.T)
    table = np.array([values[name] for name in KNEE.parameter_names])
    np.savez_compressed(FILE, parameters=table, dose=dose, times=TIMES, values=np.array(courses))


def main() -> None:
    if "--write" in sys.argv:
        write()
    with np.load(FILE) as file:
        values = dict(zip(KNEE.parameter_names, file["parameters"], strict=True))
        print("rtol    grid      floor   worst    99 %     steps")
        for rtol, grid in ((1e-3, "adaptive"), (1e-4, "adaptive"), (1e-6, "adaptive"), (1e-4, "graded")):
            course = simulate(
                KNEE, values, [(0.0, file["dose"])], file["times"], rtol=rtol, grid=grid, engine="numpy"
            )
            for floor in (1e-3, 1e-6):
                error = relative_errors(course.values, file["values"], floor)
                print(
                    f"{rtol:<7g} {grid:9} {floor:<7g} {error.max():.1e}  {np.quantile(error, 0.99):.1e}  "
                    f"{course.steps.mean():.0f}"
                )


if __name__ == "__main__":
    main()
