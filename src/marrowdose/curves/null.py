"""No effect of cells at any dose: what "placebo in disguise" would look like."""

from ..units import Array, Numerics
from . import Curve


def shape(dose: Array, *, xp: Numerics) -> Array:
    """f(d) = 0."""
    return 0.0 * dose


CURVE = Curve(
    name="null",
    says="cells do nothing beyond placebo at any dose",
    shape=shape,
    priors={},
    source="null model; kept so that no effect is always a candidate",
)
