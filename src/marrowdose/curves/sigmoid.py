"""Sigmoid Emax: nothing at low doses, a steep rise, a plateau."""

from ..priors import Prior
from ..units import Array, Numerics
from . import Curve


def shape(dose: Array, ed50: Array, hill: Array, *, xp: Numerics) -> Array:
    """f(d) = d^h/(ED50^h + d^h), written so that d = 0 has a finite gradient."""
    ratio = xp.where(dose > 0, dose, 1.0) / ed50
    return xp.where(dose > 0, 1.0 / (1.0 + ratio ** (-hill)), 0.0)


CURVE = Curve(
    name="sigmoid",
    says="a threshold, then a rise to a plateau",
    shape=shape,
    priors={
        "ed50": Prior(
            "lognormal", 20.0, 1.2, "million cells", "centre of the tried range, 95 % within 2–210 M"
        ),
        "hill": Prior("lognormal", 2.0, 0.5, "1", "steeper than Emax (1), 95 % within 0.75–5.3"),
    },
    source="Hill 1910; MacDougall 2006; E is the greatest effect",
)
