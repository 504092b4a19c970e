"""Effect in proportion to the dose."""

from ..units import Array, Numerics
from . import REFERENCE_DOSE, Curve


def shape(dose: Array, *, xp: Numerics) -> Array:
    """f(d) = d/100."""
    return dose / REFERENCE_DOSE


CURVE = Curve(
    name="linear",
    says="twice the dose, twice the effect",
    shape=shape,
    priors={},
    source="Bretz 2005, linear candidate; E is the effect at 100 million cells",
)
