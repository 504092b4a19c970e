"""Effect in proportion to the logarithm of the dose: each doubling adds about the same."""

from ..units import Array, Numerics
from . import REFERENCE_DOSE, Curve

OFFSET = 10.0  # million cells; log(1 + d/10), as in the harm model


def shape(dose: Array, *, xp: Numerics) -> Array:
    """f(d) = log(1 + d/10) / log(1 + 100/10)."""
    return xp.log1p(dose / OFFSET) / xp.log1p(REFERENCE_DOSE / OFFSET)


CURVE = Curve(
    name="loglinear",
    says="more is better, with ever smaller steps",
    shape=shape,
    priors={},
    source="Bretz 2005, log-linear candidate with offset 10 million; E is the effect at 100 million cells",
)
