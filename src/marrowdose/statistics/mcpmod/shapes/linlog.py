"""Effect in proportion to the logarithm of the dose (log-linear)."""

import numpy as np

from ....errors import require
from ....units import Array
from . import Dose, Shape, no_guess

OFFSET = 0.01  # of the largest dose, so that dose 0 has a logarithm; DoseFinding's default


def shape(top: Dose, offset: Dose | None = None) -> Shape:
    """e0 + delta·log(d + offset); e0 is the response where d + offset = 1, not the placebo response."""
    shift = OFFSET * top if offset is None else offset
    require(shift > 0, f"offset {shift!r}", where="linlog", allowed="a positive dose")

    def columns(dose: Array) -> tuple[Array, ...]:
        return (np.log(dose + shift),)

    return Shape(
        name="linlog",
        says="more is better, with ever smaller steps",
        source="Bretz 2005, table 1 (linear in log dose)",
        top=top,
        coefficients=("e0", "delta"),
        columns=columns,
        guesstimate=no_guess,
    )
