"""Published models of drugs, tumours, bone, infection, inflammation and glucose."""

from __future__ import annotations

from case import Case, model

from marrowdose.joint.mechanism import Dose, Event

BODY = (
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
)
