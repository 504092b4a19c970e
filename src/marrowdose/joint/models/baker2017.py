"""Baker, Brook & Owen 2017: a published model of matrix fragments and inflammation in one joint.

"Mathematical modelling of cytokines, MMPs and fibronectin fragments in osteoarthritic cartilage", J Math Biol
75:985; BIOMD0000000928. Dimensionless and qualitative by its authors' own word; here it tests the engine.
"""

from __future__ import annotations

from ..mechanism import Event, Mechanism, Parameter, State

_SOURCE = "Baker, Brook & Owen 2017; BIOMD0000000928"


def _parameter(name: str, value: float, hi: float, meaning: str) -> Parameter:
    return Parameter(name=name, value=value, lo=0.0, hi=hi, kind="assumed", source=_SOURCE, meaning=meaning)


MECHANISM = Mechanism(
    name="baker2017",
    label="published model, qualitative",
    says="matrix fragments keep an inflammation going",
    source=_SOURCE,
    states=(
        State(
            name="p",
            start=0.18,
            meaning="pro-inflammatory cytokines",
            rate="(P_bp + P_pp*p**2/(1 + p**2) + P_fp*f**2/(1 + f**2))/(1 + a**2) - gamma_p*p",
        ),
        State(
            name="a",
            start=5.0,
            meaning="anti-inflammatory cytokines",
            rate="A_pp*p**2/(A_ph**2 + p**2) + A_fp*f**2/(A_fh**2 + f**2) - a",
        ),
        State(
            name="m",
            start=0.55,
            meaning="matrix metalloproteinases",
            rate="M_bp + M_pp*p**2/(M_ph**2 + p**2) - gamma_m*m",
        ),
        State(name="f", start=0.75, meaning="fibronectin fragments", rate="F_dam + m - gamma_f*f"),
    ),
    parameters=(
        _parameter("P_bp", 0.01, 10.0, "production of p without a stimulus"),
        _parameter("P_pp", 10.0, 100.0, "production of p driven by p"),
        _parameter("P_fp", 10.0, 100.0, "production of p driven by fragments"),
        _parameter("A_pp", 10.0, 100.0, "production of a driven by p"),
        _parameter("A_fp", 10.0, 100.0, "production of a driven by fragments"),
        _parameter("A_ph", 1.0, 10.0, "p at half of A_pp"),
        _parameter("A_fh", 1.0, 10.0, "fragments at half of A_fp"),
        _parameter("M_bp", 0.01, 10.0, "production of m without a stimulus"),
        _parameter("M_pp", 10.0, 100.0, "production of m driven by p"),
        _parameter("M_ph", 1.0, 10.0, "p at half of M_pp"),
        _parameter("gamma_p", 1.0, 10.0, "decay of p over decay of a"),
        _parameter("gamma_m", 1.0, 10.0, "decay of m over decay of a"),
        _parameter("gamma_f", 1.0, 10.0, "decay of f over decay of a"),
        _parameter("F_dam", 0.0, 10.0, "fragments from mechanical damage"),
    ),
)

ANTI_CYTOKINE = Event(time=20.0, target="p", value="0.1*p")  # the treatment of its figure 14
