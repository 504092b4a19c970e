"""Tier 1 of the knee against the printed figures of its design, and against an ODE solver."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from marrowdose.joint.kpd5 import DAYS_PER_MONTH, course, loss_rate
from marrowdose.joint.parameters import defaults, draw
from places import golden

GOLDEN = golden("joint_tier1")


def test_pain_to_the_printed_digits() -> None:
    found = course(defaults(), GOLDEN["doses"], GOLDEN["months"]).pain[0]
    assert np.array_equal(found.round(1), GOLDEN["pain"])


def test_retention_to_the_printed_digits() -> None:
    """The figure printed for 30 days is the one of a month of 365/12 days."""
    printed = GOLDEN["retention"]
    days = course(defaults(), [printed["dose"]], np.array(printed["days"]) / DAYS_PER_MONTH).cells[0, 0]
    assert np.array_equal(days.round(3), printed["share"])
    month, half_year = course(defaults(), [printed["dose"]], printed["months"]).cells[0, 0]
    assert [round(month, 3), round(half_year, 4)] == printed["share_at_months"]


def by_solver(p: dict[str, float], dose: float, months: list[float], repeats: list[float]) -> np.ndarray:
    """Memory and cartilage (2, times) by DOP853 from the equations as they are written."""
    share = p["f_e"] / (1 + dose / p["N_sp"])
    given = [0.0, *(r * DAYS_PER_MONTH for r in repeats)]
    rate = float(loss_rate({k: np.array(v) for k, v in p.items()}))

    def slope(t: float, y: np.ndarray) -> list[float]:
        ages = [t - g for g in given if t >= g]
        cells = sum(dose * ((1 - share) * np.exp(-p["k1"] * a) + share * np.exp(-p["k2"] * a)) for a in ages)
        turned = p["k_on"] * cells / (p["N50"] + cells) * (1 - y[0]) - p["k_off"] * y[0]
        calm = (p["I0"] * (1 - p["Emax"] * y[0])) ** p["gI"]
        return [turned, -rate * calm * y[1] + p["k_rep"] * turned]

    times, y, found = np.array(months) * DAYS_PER_MONTH, np.array([0.0, 1.0]), {0.0: np.array([0.0, 1.0])}
    for start, stop in pairwise([*given, times[-1]]):
        asked = sorted({t for t in times if start < t <= stop} | {stop})
        run = solve_ivp(slope, (start, stop), y, "DOP853", asked, rtol=1e-11, atol=1e-13, max_step=30)
        found |= dict(zip(asked, run.y.T, strict=True))
        y = run.y[:, -1]
    return np.array([found[t] for t in times]).T


def test_quadrature_against_an_ode_solver() -> None:
    """Eight sets over the whole prior and the defaults, repeats, up to the largest dose: within 1e-8."""
    months, repeats, doses = [0.0, 0.5, 1.0, 6.0, 12.0, 60.0], [6.0, 7.0], [0.0, 10.0, 1000.0]
    drawn = draw(8, np.random.default_rng(20), {})
    sets = {s: np.append(v, defaults()[s]) for s, v in drawn.items()}
    found = course(sets, doses, months, repeats)
    for i in range(9):
        for j, dose in enumerate(doses):
            want = by_solver({s: float(v[i]) for s, v in sets.items()}, dose, months, repeats)
            assert found.memory[i, j] == pytest.approx(want[0], abs=1e-8)
            assert found.cartilage[i, j] == pytest.approx(want[1], abs=1e-8)


def test_quadrature_where_the_memory_is_fastest() -> None:
    """The corner of the ranges in which the signal stays full for a year, asked at two far times only."""
    corner = defaults() | {"k_on": 0.3, "N50": 0.5, "k2": 0.0154, "f_e": 0.4, "N_sp": 500.0, "k_off": 0.006}
    found = course(corner, [1000.0], [0.0, 24.0, 60.0])
    want = by_solver(corner, 1000.0, [0.0, 24.0, 60.0], [])
    assert found.memory[0, 0] == pytest.approx(want[0], abs=1e-8)
    assert found.cartilage[0, 0] == pytest.approx(want[1], abs=1e-8)
