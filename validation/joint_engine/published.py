"""Published models of many fields as data, and their courses by SciPy's Radau at rtol 1e-11.

Equations and values are those usually printed for each model; what is compared is the solver, not the paper.
``python validation/joint_engine/published.py --write`` makes ``tests/golden/data/joint/joint_published.json``
anew (two minutes); without it the errors of the engine against that file are printed. Radau runs on the
formulas by Python's own ``eval``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from marrowdose.joint.engine import simulate
from marrowdose.joint.mechanism import Dose, Event, Mechanism, Parameter, State

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model, how long it runs (ten asked times), its doses (time, amount), further events and
    tolerances.
    """

    model: Mechanism
    end: float
    doses: Sequence[tuple[float, float]] = ()
    events: Sequence[Event] = ()
    atol: float | None = None

    @property
    def times(self) -> np.ndarray:
        return np.linspace(0, self.end, 11)


def model(
    name: str,
    source: str,
    states: Mapping[str, tuple[float | str, str]],
    values: Mapping[str, float],
    definitions: Mapping[str, str] | None = None,
    dose: Dose | None = None,
) -> Mechanism:
    return Mechanism(
        name=name,
        label="published model",
        source=source,
        definitions=definitions or {},
        dose=dose,
        states=tuple(State(name=n, start=start, rate=rate) for n, (start, rate) in states.items()),
        parameters=tuple(Parameter(name=n, value=v, lo=-1e9, hi=1e9) for n, v in values.items()),
    )


CASES = (
    Case(
        end=1e5,
        atol=1e-12,
        model=model(
            "robertson",
            "Robertson 1966",
            {
                "x": (1.0, "-a*x + b*y*z"),
                "y": (0.0, "a*x - b*y*z - c*y**2"),
                "z": (0.0, "c*y**2"),
            },
            {"a": 0.04, "b": 1e4, "c": 3e7},
        ),
    ),
    Case(
        end=2000,
        model=model(
            "van_der_pol",
            "van der Pol 1926, stiff",
            {
                "y": (2.0, "v"),
                "v": (0.0, "mu*(1 - y**2)*v - y"),
            },
            {"mu": 1000.0},
        ),
    ),
    Case(
        end=100,
        atol=1e-20,
        model=model(
            "e5",
            "Enright, Hull & Lindberg 1975, problem E5",
            {
                "y1": (1.76e-3, "-A*y1 - B*y1*y3"),
                "y2": (0.0, "A*y1 - M*C*y2*y3"),
                "y3": (0.0, "A*y1 - B*y1*y3 - M*C*y2*y3 + C*y4"),
                "y4": (0.0, "B*y1*y3 - C*y4"),
            },
            {"A": 7.89e-10, "B": 1.1e7, "C": 1.13e3, "M": 1e6},
        ),
    ),
    Case(
        end=40,
        model=model(
            "lotka_volterra",
            "Lotka 1925, Volterra 1926",
            {
                "x": (10.0, "a*x - b*x*y"),
                "y": (5.0, "d*b*x*y - g*y"),
            },
            {"a": 1.1, "b": 0.4, "d": 0.25, "g": 0.4},
        ),
    ),
    Case(
        end=20,
        model=model(
            "brusselator",
            "Prigogine & Lefever 1968",
            {
                "x": (1.2, "A + x**2*y - (B + 1)*x"),
                "y": (3.1, "B*x - x**2*y"),
            },
            {"A": 1.0, "B": 3.0},
        ),
    ),
    Case(
        end=72,
        model=model(
            "period_protein",
            "Goldbeter 1995, circadian PER",
            {
                "M": (0.1, "vs*KI**n/(KI**n + PN**n) - vm*M/(Km + M)"),
                "P0": (0.25, "ks*M - V1*P0/(K + P0) + V2*P1/(K + P1)"),
                "P1": (0.25, "V1*P0/(K + P0) - V2*P1/(K + P1) - V3*P1/(K + P1) + V4*P2/(K + P2)"),
                "P2": (0.25, "V3*P1/(K + P1) - V4*P2/(K + P2) - k1*P2 + k2*PN - vd*P2/(Kd + P2)"),
                "PN": (0.25, "k1*P2 - k2*PN"),
            },
            {
                "vs": 0.76,
                "vm": 0.65,
                "Km": 0.5,
                "ks": 0.38,
                "vd": 0.95,
                "k1": 1.9,
                "k2": 1.3,
                "KI": 1.0,
                "Kd": 0.2,
                "n": 4.0,
                "K": 2.0,
                "V1": 3.2,
                "V2": 1.58,
                "V3": 5.0,
                "V4": 2.5,
            },
        ),
    ),
    Case(
        end=100,
        model=model(
            "cell_cycle",
            "Tyson 1991",
            {
                "C2": (0.0, "k6*M - k8*C2 + k9*CP"),
                "CP": (0.75, "-k3*CP*Y + k8*C2 - k9*CP"),
                "pM": (0.25, "k3*CP*Y - pM*F"),
                "M": (0.0, "pM*F - k6*M"),
                "Y": (0.0, "k1 - k3*CP*Y"),
                "YP": (0.0, "k6*M - k7*YP"),
            },
            {"k1": 0.015, "k3": 200.0, "k4": 180.0, "k4p": 0.018, "k6": 1.0, "k7": 0.6, "k8": 1e6, "k9": 1e3},
            {"CT": "C2 + CP + pM + M", "F": "k4p + k4*(M/CT)**2"},
        ),
    ),
    Case(
        end=120,
        model=model(
            "sir",
            "Kermack & McKendrick 1927, with the conserved total as a rule",
            {
                "S": (999.0, "-beta*S*I/N"),
                "I": (1.0, "beta*S*I/N - gamma*I"),
                "R": (0.0, "gamma*I"),
            },
            {"beta": 0.5, "gamma": 0.1},
            {"N": "S + I + R"},
        ),
    ),
    Case(
        end=12,
        model=model(
            "influenza",
            "Baccam 2006, target cells, latent and infectious, virus",
            {
                "T": (4e8, "-b*T*V"),
                "L": (0.0, "b*T*V - k*L"),
                "I": (0.0, "k*L - d*I"),
                "V": (9.3e-2, "p*I - c*V"),
            },
            {"b": 2.7e-5, "k": 4.0, "d": 4.0, "p": 1.2e-2, "c": 3.0},
        ),
    ),
    Case(
        end=60,
        doses=((0.0, 100.0), (12.0, 50.0), (24.0, 100.0), (36.5, 10.0), (48.0, 200.0)),
        model=model(
            "two_compartments",
            "oral dose, two compartments",
            {
                "A": (0.0, "-ka*A"),
                "C": (0.0, "ka*A/V - (k10 + k12)*C + k21*Q/V"),
                "Q": (0.0, "k12*C*V - k21*Q"),
            },
            {"ka": 1.2, "V": 20.0, "k10": 0.1, "k12": 0.3, "k21": 0.15, "F": 0.8},
            dose=Dose(state="A", scale="F"),
        ),
    ),
    Case(
        end=48,
        doses=((0.0, 100.0), (24.0, 100.0)),
        model=model(
            "indirect_response",
            "Dayneka, Garg & Jusko 1993",
            {
                "C": (0.0, "-Vmax*C/(Km + C)"),
                "R": ("kin/kout", "kin*(1 - Imax*C**h/(IC50**h + C**h)) - kout*R"),
            },
            {"Vmax": 2.0, "Km": 1.0, "V": 10.0, "kin": 9.0, "kout": 0.3, "Imax": 0.9, "IC50": 0.5, "h": 1.7},
            dose=Dose(state="C", scale="1/V"),
        ),
    ),
    Case(
        end=30,
        doses=((9.0, 500.0), (13.0, 500.0), (17.0, 500.0)),
        model=model(
            "tumour",
            "Simeoni 2004",
            {
                "x1": (0.055, "l0*x1/(1 + (l0/l1*w)**psi)**(1/psi) - k2*A/V*x1"),
                "x2": (0.0, "k2*A/V*x1 - k1*x2"),
                "x3": (0.0, "k1*(x2 - x3)"),
                "x4": (0.0, "k1*(x3 - x4)"),
                "A": (0.0, "-ke*A"),
            },
            {"l0": 0.273, "l1": 0.814, "psi": 20.0, "k1": 0.968, "k2": 6.29e-4, "ke": 2.0, "V": 0.8},
            {"w": "x1 + x2 + x3 + x4"},
            Dose(state="A"),
        ),
    ),
    Case(
        end=300,
        model=model(
            "bone_cells",
            "Komarova 2003, S-systems with negative powers",
            {
                "x1": (11.0, "a1*x1**g11*x2**g21 - b1*x1"),
                "x2": (212.0, "a2*x1**g12*x2**g22 - b2*x2"),
                "z": (100.0, "-k1*max(0, x1 - s1) + k2*max(0, x2 - s2)"),
            },
            {
                "a1": 3.0,
                "a2": 4.0,
                "b1": 0.2,
                "b2": 0.02,
                "g11": 0.5,
                "g12": 1.0,
                "g21": -0.5,
                "g22": 0.0,
                "k1": 0.24,
                "k2": 0.0017,
            },
            {
                "g": "g12*g21 - (1 - g11)*(1 - g22)",
                "s1": "(b1/a1)**((1 - g22)/g)*(b2/a2)**(g21/g)",
                "s2": "(b1/a1)**(g12/g)*(b2/a2)**((1 - g11)/g)",
            },
        ),
    ),
    Case(
        end=140,
        events=(Event(time=20.0, target="IO", value=1e3), Event(time=84.0, target="IO", value=0.0)),
        model=model(
            "bone_remodelling",
            "Lemaire 2004, a drug given from day 20 to 84 into a rate",
            {
                "R": (7.734e-4, "DR*pC - DB/pC*R"),
                "B": (7.282e-4, "DB/pC*R - kB*B"),
                "C": (9.127e-4, "DC*pL - DA*pC*C"),
            },
            {
                "DR": 7e-4,
                "DB": 0.035,
                "kB": 0.189,
                "DC": 2.1e-3,
                "DA": 0.7,
                "f0": 0.05,
                "Cs": 5e-3,
                "IP": 0.0,
                "kP": 86.0,
                "SP": 250.0,
                "k6": 3.0,
                "k5": 0.02,
                "k3": 5.8e-4,
                "k4": 1.7e-2,
                "KPL": 3e6,
                "K": 10.0,
                "k1": 1e-2,
                "k2": 10.0,
                "kO": 0.35,
                "KOP": 2e5,
                "IO": 0.0,
                "IL": 0.0,
                "rL": 1e3,
            },
            {
                "pC": "(C + f0*Cs)/(C + Cs)",
                "pP": "(IP/kP + SP/kP)/(IP/kP + k6/k5)",
                "pL": "k3/k4*KPL*pP*B/(1 + k3*K/k4 + k1/k2/kO*(KOP/pP*R + IO))*(1 + IL/rL)",
            },
        ),
    ),
    Case(
        end=200,
        model=model(
            "acute_inflammation",
            "Reynolds 2006: pathogen, phagocytes, damage, anti-inflammation",
            {
                "P": (1.0, "kpg*P*(1 - P/Pinf) - kpm*sm*P/(mm + kmp*P) - kpn*fN*P"),
                "N": (0.0, "sn*act/(mr + act) - mn*N"),
                "D": (0.0, "kdn*fN**6/(xdn**6 + fN**6) - md*D"),
                "A": (0.125, "sc + kcn*U/(1 + U) - mc*A"),
            },
            {
                "kpm": 0.6,
                "kmp": 0.01,
                "sm": 0.005,
                "mm": 0.002,
                "kpg": 0.3,
                "Pinf": 20.0,
                "kpn": 1.8,
                "knp": 0.1,
                "knn": 0.01,
                "sn": 0.08,
                "mr": 0.12,
                "mn": 0.05,
                "knd": 0.02,
                "kdn": 0.35,
                "xdn": 0.06,
                "md": 0.02,
                "Ainf": 0.28,
                "sc": 0.0125,
                "kcn": 0.04,
                "kcnd": 48.0,
                "mc": 0.1,
            },
            {"h": "1 + (A/Ainf)**2", "act": "(knn*N + knp*P + knd*D)/h", "fN": "N/h", "U": "(N + kcnd*D)/h"},
        ),
    ),
    Case(
        end=180,
        events=(Event(time=90.0, target="G", value="G + 100"),),
        model=model(
            "minimal_glucose",
            "Bergman 1979, insulin a function of time, a meal at 90",
            {
                "G": (290.0, "-(p1 + X)*G + p1*Gb"),
                "X": (0.0, "-p2*X + p3*(I - Ib)"),
            },
            {"p1": 0.03, "p2": 0.02, "p3": 1.2e-5, "Gb": 92.0, "Ib": 11.0},
            {"I": "Ib + 400*exp(-t/5)*max(0, min(1, t - 2)) + 60*exp(-((t - 30)/12)**2)"},
        ),
    ),
    Case(
        end=40,
        model=model(
            "duffing",
            "Duffing 1918, driven by cos",
            {
                "x": (1.0, "v"),
                "v": (0.0, "-d*v - a*x - b*x**3 + g*cos(w*t)"),
            },
            {"d": 0.2, "a": -1.0, "b": 1.0, "g": 0.1, "w": 1.2},
        ),
    ),
    Case(
        end=60,
        model=model(
            "growth",
            "von Bertalanffy 1938 and Torricelli: infinite slopes at an empty start",
            {
                "W": (0.0, "a*W**(2/3) - b*W + c"),
                "h": (0.0, "q - k*sqrt(h)"),
                "u": (0.0, "q - k*u**n"),
            },
            {"a": 1.0, "b": 0.1, "c": 0.01, "q": 1.0, "k": 0.7, "n": 0.6},
        ),
    ),
    Case(
        end=100,
        model=model(
            "late_pulse",
            "a pulse after a long rest",
            {
                "y": (0.0, "exp(-((t - 50)/0.5)**2) - 0.01*y"),
            },
            {},
        ),
    ),
)


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
