"""Published models of chemistry, oscillators, cells and epidemics."""

from __future__ import annotations

from case import Case, model

CHEMISTRY_AND_CELLS = (
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
