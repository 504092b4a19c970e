"""A variant of ``knee12`` as an example of one: a blocker of IL-1 is injected instead of cells.

Anakinra in the knee has a half-life of 4 h and was no better than placebo at week 4 (Chevalier 2009). A model
in which it helps then is wrong, so this variant is a test of ``knee12`` rather than a treatment.
"""

from __future__ import annotations

from dataclasses import replace

from ..mechanism import Dose, Parameter, State
from .knee12 import MECHANISM as KNEE12

MECHANISM = replace(
    KNEE12,
    name="knee12_blocker",
    says="a blocker of IL-1 with a half-life of 4 h is injected instead of cells",
    states=(
        *KNEE12.states,
        State(name="B", start=0.0, rate="-k_B*B", meaning="blocker; 1 halves the IL-1 that acts"),
    ),
    parameters=(
        *KNEE12.parameters,
        Parameter(
            name="k_B",
            value=4.16,
            lo=2.1,
            hi=9.2,
            unit="1/day",
            kind="measured",
            source="half-life 4 h (Chevalier 2009)",
            meaning="loss of the blocker",
        ),
    ),
    definitions={**KNEE12.definitions, "IL1": "I/(1 + B)"},
    dose=Dose(state="B"),
)
