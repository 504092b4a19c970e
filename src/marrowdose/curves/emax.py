"""Emax: rises and saturates; half of the greatest effect at ED50."""

from ..priors import Prior
from ..units import Array, Numerics
from . import Curve


def shape(dose: Array, ed50: Array, *, xp: Numerics) -> Array:
    """f(d) = d/(ED50 + d)."""
    return dose / (ed50 + dose)


CURVE = Curve(
    name="emax",
    says="more is better until a plateau",
    shape=shape,
    priors={
        "ed50": Prior(
            "lognormal", 20.0, 1.2, "million cells", "centre of the tried range, 95 % within 2–210 M"
        ),
    },
    source="Mawdsley 2016; E is the greatest effect",
)
