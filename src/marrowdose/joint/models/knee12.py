"""Tier 2: a what-if model of cells in an arthritic knee, 12 states. Every output of it is a hypothesis.

Cells arrive suspended, adhere in limited room or are cleared, differentiate a little, and secrete factors
where there is inflammation. TNF and IL-1 drive one another, the M1 share of macrophages and the protease;
factors and IL-10 damp them. Protease wears aggrecan and cartilage. Osteogenic and adipogenic fates are part
of the loss of adhered cells.

How the numbers without a measurement were set (decisions/0020): inflammation is in units of a typical knee
(1), and the production rates are *derived* so that this knee, without cells, stays at the patient's own set
point (T0, I0, A0, R0, G0) for ever: that is the start state, exactly, for every parameter set. Only cartilage
then changes, by 1.1 %/year. Cell kinetics follow tier 1: total early loss 0.35/day, slow pool 24 % at small
doses, lost with 0.0256/day. k_R and K_P were set so that pain at 3 to 12 months comes near tier 1, not from a
measurement of either.
"""

from __future__ import annotations

from ..mechanism import Dose, Kind, Mechanism, Parameter, State

_KD = "joint_parameters: Toupet 2013, Li 2016, by way of the biexponential of tier 1"
_CL = "albumin clearance 0.0053 L/h (Owen 1994) over 13.6 mL (HES dilution): half-life 1.8 h (0.9 to 3.2)"
_ANAKINRA = "anakinra half-life 4 h after injection (Chevalier 2009); range from 1.8 h to 8 h"
_OAI = "thickness -4.5 % in 4 years, OAI (Wirth 2012); range of cohorts (Cai 2019, Wluka 2006)"
_QSP = (
    "glucosamine QSP calibrated to joint space (Soheili & Gilzad Kohan 2026): 0.175 made, 0.207 lost a year"
)


def _p(
    name: str,
    value: float,
    lo: float,
    hi: float,
    unit: str,
    meaning: str,
    kind: Kind = "assumed",
    source: str = "no human measurement found",
) -> Parameter:
    return Parameter(
        name=name, value=value, lo=lo, hi=hi, unit=unit, kind=kind, source=source, meaning=meaning
    )


MECHANISM = Mechanism(
    name="knee12",
    label="hypothesis",
    says=(
        "cells calm macrophages, calm macrophages make less cytokine and protease, cartilage wears more"
        " slowly"
    ),
    source="JOINT design, tier 2",
    dose=Dose(state="Ms"),
    states=(
        State(
            name="Ms",
            start=0.0,
            unit="million cells",
            meaning="cells in suspension",
            rate="-k_att*Ms*(1 - Ma/Kn) - (k_clr + k_dth*(1 + (Ms/Kc)**2))*Ms",
        ),
        State(
            name="Ma",
            start=0.0,
            unit="million cells",
            meaning="cells adhered (engrafted)",
            rate="k_att*Ms*(1 - Ma/Kn) - k_loss*Ma - k_dif*Ma*A/(1 + A)",
        ),
        State(
            name="D",
            start=0.0,
            unit="million cells",
            meaning="chondrogenic cells",
            rate="k_dif*Ma*A/(1 + A) - k_D*D",
        ),
        State(
            name="P",
            start=0.0,
            meaning="paracrine factors",
            rate="s_P*(Ms + Ma)/(N50 + Ms + Ma)*(b + T/(1 + T)) - k_P*P",
        ),
        State(
            name="T",
            start="T0",
            meaning="TNF, typical knee = 1",
            rate="2*s_T*(d + R)*(1 + 0.5*IL1/(1 + IL1))*h - k_T*T",
        ),
        State(
            name="I",
            start="I0",
            meaning="IL-1, typical knee = 1",
            rate="1.6*s_I*(d + R)*(1 + e_T*T/(1 + T))*h - k_I*I",
        ),
        State(
            name="L",
            start="0.5*(T0 + I0)",
            meaning="IL-6, typical knee = 1",
            rate="0.5*k_L*(T + IL1) - k_L*L",
        ),
        State(
            name="A",
            start="A0",
            meaning="IL-10 and TGF-beta, typical knee = 1",
            rate="s_A*(0.3 + 1.4*(1 - R)) + s_AP*P - k_A*A",
        ),
        State(
            name="R",
            start="R0",
            unit="fraction",
            meaning="M1 share of macrophages",
            rate="k_R*((T + IL1)/(T + IL1 + Kp*(0.4 + 0.6*A + P)) - R)",
        ),
        State(
            name="X",
            start="0.6*I0 + 0.4*T0",
            meaning="protease, typical knee = 1",
            rate="k_X*(0.6*IL1 + 0.4*T) - k_X*X",
        ),
        State(
            name="G",
            start="G0",
            meaning="aggrecan, joint without protease = 1",
            rate="s_G*(1 + e_D*D/(K_D + D)) - k_G*(1 + e_X*X)*G",
        ),
        State(
            name="K",
            start=1.0,
            meaning="cartilage thickness, at the start = 1",
            rate="s_K*D/(K_D + D)*(1 - K) - k_K*X*K*(1 + e_G*(1 - G))",
        ),
    ),
    definitions={
        "h": "1/(1 + A/K_A + P/K_P)",
        "IL1": "I",  # what of IL-1 acts; a blocker is a variant of this line
        "s_T": "k_T*T0*(1 + A0/K_A)/(2*(d + R0)*(1 + 0.5*I0/(1 + I0)))",
        "s_I": "k_I*I0*(1 + A0/K_A)/(1.6*(d + R0)*(1 + e_T*T0/(1 + T0)))",
        "s_A": "k_A*A0/(0.3 + 1.4*(1 - R0))",
        "Kp": "(T0 + I0)*(1 - R0)/(R0*(0.4 + 0.6*A0))",
        "s_G": "k_G*(1 + e_X*(0.6*I0 + 0.4*T0))*G0",
    },
    parameters=(
        _p("k_att", 0.078, 0.02, 0.3, "1/day", "adhesion", "derived", _KD),
        _p("Kn", 12.0, 2.4, 120.0, "million cells", "room for adhered cells (0.24 of N_sp = 50)"),
        _p("k_clr", 0.222, 0.05, 1.0, "1/day", "clearance of suspended cells"),
        _p("k_dth", 0.05, 0.0, 0.2, "1/day", "death of suspended cells"),
        _p("Kc", 60.0, 20.0, 500.0, "million cells", "crowding scale of death"),
        _p(
            "k_loss",
            0.0236,
            0.014,
            0.06,
            "1/day",
            "loss of adhered cells, other fates included",
            "derived",
            _KD,
        ),
        _p("k_dif", 0.004, 0.0, 0.01, "1/day", "chondrogenic differentiation"),
        _p("k_D", 0.01, 0.003, 0.05, "1/day", "loss of chondrogenic cells"),
        _p("s_P", 9.2, 4.0, 18.0, "1/day", "secretion at many cells"),
        _p("N50", 10.0, 2.0, 50.0, "million cells", "cells at half secretion"),
        _p("b", 0.5, 0.1, 1.0, "1", "secretion without inflammation"),
        _p("k_P", 9.2, 5.2, 18.0, "1/day", "clearance of factors", "derived", _CL),
        _p(
            "T0",
            1.0,
            0.3,
            3.0,
            "typical knee",
            "set point of TNF; ratio to the median of Sohn 2012 (0 to 4.6)",
        ),
        _p(
            "I0",
            1.0,
            0.5,
            2.0,
            "typical knee",
            "set point of IL-1; ratio to the median of Sohn 2012 (0.9 to 1.5)",
        ),
        _p("A0", 1.0, 0.6, 1.5, "typical knee", "set point of IL-10 and TGF-beta"),
        _p("R0", 0.6, 0.4, 0.8, "fraction", "set point of the M1 share"),
        _p("K_A", 0.7, 0.5, 2.0, "typical knee", "A at which production of cytokines halves"),
        _p("K_P", 0.5, 0.2, 2.0, "1", "P at which production of cytokines halves"),
        _p("d", 0.2, 0.15, 0.4, "1", "cytokine production without M1 cells"),
        _p("e_T", 1.0, 0.5, 1.5, "1", "IL-1 production driven by TNF"),
        _p("k_T", 9.2, 5.2, 18.0, "1/day", "clearance of TNF", "derived", _CL),
        _p("k_I", 4.16, 2.1, 9.2, "1/day", "clearance of IL-1", "derived", _ANAKINRA),
        _p("k_L", 9.2, 5.2, 18.0, "1/day", "clearance of IL-6", "derived", _CL),
        _p("k_A", 9.2, 5.2, 18.0, "1/day", "clearance of IL-10", "derived", _CL),
        _p("s_AP", 4.6, 1.0, 9.2, "1/day", "IL-10 and TGF-beta raised by factors"),
        _p("k_R", 0.01, 0.003, 0.03, "1/day", "turning of macrophages"),
        _p("k_X", 0.5, 0.1, 2.0, "1/day", "loss of protease activity"),
        _p("G0", 0.846, 0.6, 1.0, "1", "set point of aggrecan", "fitted", _QSP),
        _p("e_D", 0.5, 0.0, 1.0, "1", "aggrecan made by chondrogenic cells"),
        _p("K_D", 1.0, 0.3, 10.0, "million cells", "chondrogenic cells at half effect"),
        _p("k_G", 4.8e-4, 1.6e-4, 6.8e-4, "1/day", "loss of aggrecan without protease", "fitted", _QSP),
        _p("e_X", 0.182, 0.0, 0.5, "1", "loss of aggrecan by protease; sets the healthy joint to G = 1"),
        _p(
            "s_K",
            0.0,
            0.0,
            2e-5,
            "1/day",
            "repair by chondrogenic cells; 0: collagen does not turn over",
            "assumed",
            "prior at 0 (Heinemeier 2016; Ma 2020)",
        ),
        _p(
            "k_K",
            2.61e-5,
            0.47e-5,
            1.05e-4,
            "1/day",
            "cartilage loss: 1.1 (0.2 to 4.4) %/year",
            "derived",
            _OAI,
        ),
        _p("e_G", 1.0, 0.0, 2.0, "1", "cartilage loss raised by lost aggrecan"),
        _p("P0", 47.0, 10.0, 90.0, "points", "pain at the start"),
        _p("F0", 45.0, 10.0, 90.0, "points", "difficulty with function at the start"),
        _p("Zmax", 0.245, 0.0, 0.5, "fraction", "contextual response", "fitted", "saline arms, as in tier 1"),
        _p(
            "kpl",
            0.0736,
            0.03,
            0.15,
            "1/day",
            "onset of the contextual response",
            "fitted",
            "0.515/week, saline arms",
        ),
        _p(
            "kw", 0.0, 0.0, 0.001, "1/day", "waning of the contextual response: still there at 6 to 12 months"
        ),
        _p("wP", 0.7, 0.0, 1.0, "fraction", "part of pain that follows inflammation"),
        _p("wF", 0.5, 0.0, 1.0, "fraction", "part of function that follows inflammation"),
        _p("wI", 0.1, 0.0, 0.2, "fraction", "weight of IL-1 in it; more is contradicted (Chevalier 2009)"),
        _p("wT", 0.3, 0.0, 0.8, "fraction", "weight of TNF in it; the rest is IL-6"),
        _p(
            "aV", 0.0, 0.0, 30.0, "points", "pain per unit of cartilage; OAI: pain flat while cartilage falls"
        ),
    ),
    outputs={
        "cells": "Ms + Ma",
        "inflammation": "wI*IL1/I0 + wT*T/T0 + (1 - wI - wT)*L/(0.5*(T0 + I0))",
        "context": "Zmax*(1 - exp(-kpl*t))*exp(-kw*t)",
        "pain": (
            "P0*(1 - Zmax*(1 - exp(-kpl*t))*exp(-kw*t))"
            "*(1 - wP*(1 - wI*IL1/I0 - wT*T/T0 - (1 - wI - wT)*L/(0.5*(T0 + I0)))) + aV*(1 - K)"
        ),
        "function": (
            "F0*(1 - Zmax*(1 - exp(-kpl*t))*exp(-kw*t))"
            "*(1 - wF*(1 - wI*IL1/I0 - wT*T/T0 - (1 - wI - wT)*L/(0.5*(T0 + I0)))) + aV*(1 - K)"
        ),
        "cartilage_loss": "100*(1 - K)",
    },
)
