"""``simulate`` takes published models of other fields as data: each against SciPy's Radau on the same
formulas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from marrowdose.errors import InputError
from marrowdose.joint.engine import simulate
from marrowdose.joint.engine.sbml import to_sbml
from marrowdose.joint.mechanism import Mechanism, Parameter, State

PYTHON = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tanh": np.tanh}


def model(name: str, states: Mapping[str, tuple[float, str]], **values: float) -> Mechanism:
    return Mechanism(
        name=name,
        label="published model",
        states=tuple(State(name=n, start=start, rate=rate) for n, (start, rate) in states.items()),
        parameters=tuple(Parameter(name=n, value=v, lo=0, hi=1e9) for n, v in values.items()),
    )


REPRESSILATOR = (
    model(  # Elowitz and Leibler 2000: Hill terms with a parameter as exponent, at 0 from the start
        "repressilator",
        {f"m{i}": (5.0 * (i == 0), f"a/(1 + p{(i + 2) % 3}**n) + a0 - m{i}") for i in range(3)}
        | {f"p{i}": (0.0, f"-b*(p{i} - m{i})") for i in range(3)},
        a=216.0,
        a0=0.216,
        n=2.0,
        b=5.0,
    )
)
MODELS = {
    "repressilator": (REPRESSILATOR, 50),
    "hill of a ratio": (
        model(
            "hill",
            {"x": (0.0, "v*(x/K)**n/(1 + (x/K)**n) + 0.1 - d*x"), "y": (0.0, "v*(x/K)**2.7 - d*y**0.5*y")},
            v=2.0,
            K=0.7,
            n=2.7,
            d=0.9,
        ),
        20,
    ),
    "oregonator": (  # Field and Noyes, as in Hairer and Wanner
        model(
            "oregonator",
            {"x": (1.0, "s*(y - x*y + x - q*x**2)"), "y": (2.0, "(z - y - x*y)/s"), "z": (3.0, "w*(x - z)")},
            s=77.27,
            q=8.375e-6,
            w=0.161,
        ),
        360,
    ),
    "Goldbeter 1991": (
        model(
            "mitosis",
            {
                "C": (0.01, "vi - vd*X*C/(Kd + C) - kd*C"),
                "M": (0.01, "3*C/(0.5 + C)*(1 - M)/(K + 1 - M) - 1.5*M/(K + M)"),
                "X": (0.01, "M*(1 - X)/(K + 1 - X) - 0.5*X/(K + X)"),
            },
            vi=0.025,
            vd=0.25,
            Kd=0.02,
            kd=0.01,
            K=0.005,
        ),
        100,
    ),
    "names that sympy knows": (
        model(
            "names",
            {
                "S": (990.0, "-beta*S*I/N - pi*S"),
                "E": (0.0, "beta*S*I/N - sigma*E"),
                "I": (10.0, "sigma*E - gamma*I"),
                "Q": (0.0, "gamma*I - zeta*Q"),
                "oo": (1.0, "-zeta*oo"),
            },
            beta=0.4,
            gamma=0.1,
            N=1000.0,
            pi=0.001,
            sigma=0.2,
            zeta=0.02,
        ),
        120,
    ),
    "thirty states": (
        model(
            "ring",
            {
                f"a{i}": (float(i % 5), f"k*(a{(i + 1) % 30} + a{(i - 1) % 30} - 2*a{i}) - a{i}/(1 + a{i})")
                for i in range(30)
            },
            k=10.0,
        ),
        20,
    ),
    "a pulse by min and max": (
        model(
            "pulse",
            {
                "sign": (0.0, "max(0, min(1, (t - 2)*10))*max(0, min(1, (5 - t)*10)) - sign"),
                "y": (1.0, "-abs(sign - 0.5)*max(y, 0.1)"),
            },
        ),
        10,
    ),
}


def radau(mechanism: Mechanism, times: Any) -> Any:
    fixed = {p.name: p.value for p in mechanism.parameters}
    rates = [compile(str(s.rate), s.name, "eval") for s in mechanism.states]

    def slope(t: float, y: Any) -> list[float]:
        known = {**PYTHON, **fixed, "t": t, **dict(zip(mechanism.state_names, y, strict=True))}
        return [eval(rate, {"abs": abs, "min": min, "max": max}, known) for rate in rates]

    start = [float(s.start) for s in mechanism.states]
    found = solve_ivp(
        slope,
        (0, times[-1]),
        start,
        method="Radau",
        rtol=1e-8,
        atol=1e-11,
        t_eval=times,
        max_step=times[1] / 2,
    )
    assert found.success
    return found.y.T


@pytest.mark.parametrize("name", MODELS)
def test_as_radau_has_it(name: str) -> None:
    mechanism, end = MODELS[name]
    times = np.linspace(0, end, 21)
    course = simulate(mechanism, {}, (), times, rtol=1e-7, engine="numpy")
    assert not course.failures
    expected = radau(mechanism, times)
    floor = 1e-4 * np.abs(expected).max(axis=0)
    assert np.max(np.abs(course.values[0] - expected) / np.maximum(np.abs(expected), floor)) < 2e-5


def test_hires_ends_as_published() -> None:
    """High irradiance response (Schäfer 1975): Hairer and Wanner's test set gives the end at t = 321.8122."""
    hires = model(
        "hires",
        {
            "y1": (1.0, "-1.71*y1 + 0.43*y2 + 8.32*y3 + 0.0007"),
            "y2": (0.0, "1.71*y1 - 8.75*y2"),
            "y3": (0.0, "-10.03*y3 + 0.43*y4 + 0.035*y5"),
            "y4": (0.0, "8.32*y2 + 1.71*y3 - 1.12*y4"),
            "y5": (0.0, "-1.745*y5 + 0.43*y6 + 0.43*y7"),
            "y6": (0.0, "-280*y6*y8 + 0.69*y4 + 1.71*y5 - 0.43*y6 + 0.69*y7"),
            "y7": (0.0, "280*y6*y8 - 1.81*y7"),
            "y8": (0.0057, "-280*y6*y8 + 1.81*y7"),
        },
    )
    end = simulate(hires, {}, (), [321.8122], rtol=1e-8, atol=1e-12).values[0, 0]
    published = [
        0.7371312573325668e-3,
        0.1442485726316185e-3,
        0.5888729740967575e-4,
        0.1175651343283149e-2,
        0.2386356198831331e-2,
        0.6238968252742796e-2,
        0.2849998395185769e-2,
        0.2850001604814231e-2,
    ]
    assert end == pytest.approx(published, rel=1e-6)


def test_roadrunner_reads_min_max_and_powers_as_we_do() -> None:
    import roadrunner

    for mechanism, end in (MODELS["a pulse by min and max"], MODELS["hill of a ratio"]):
        times = np.linspace(0, end, 11)
        run = roadrunner.RoadRunner(to_sbml(mechanism))
        run.integrator.relative_tolerance, run.integrator.absolute_tolerance = 1e-10, 1e-14
        run.timeCourseSelections = list(mechanism.state_names)
        theirs = np.array(run.simulate(times=list(times)))
        ours = simulate(mechanism, {}, (), times, rtol=1e-7, engine="numpy").values[0]
        assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-9)


def test_compiled_and_not_agree_on_powers_min_and_max() -> None:
    pytest.importorskip("numba")
    values = {"a": np.linspace(100, 300, 5), "n": np.linspace(1.0, 3.0, 5)}
    one, two = (simulate(REPRESSILATOR, values, (), [1.0, 20.0], engine=e) for e in ("numpy", "numba"))
    assert np.allclose(one.values, two.values, rtol=1e-12, atol=0)
    pulse = MODELS["a pulse by min and max"][0]
    one, two = (simulate(pulse, {}, (), [1.0, 9.0], engine=e) for e in ("numpy", "numba"))
    assert one.values.tobytes() == two.values.tobytes()


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        ("-k ^ 2*x", "allowed: numbers, names, + - * / **"),
        ("max(x)", "max takes two values"),
        ("max(x, 1, 2)", "max takes two values"),
        ("exp(x, 1)", "exp takes one value"),
        ("piecewise(x, t)", "not a known function"),
        ("x if t else 1", "not arithmetic"),
    ],
)
def test_what_is_no_formula_is_told(rate: str, words: str) -> None:
    with pytest.raises(InputError) as told:
        model("bad", {"x": (1.0, rate)}, k=1.0)
    assert words in str(told.value)
