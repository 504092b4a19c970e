"""Umbrella: rises, peaks and falls at high doses (Emax times inhibition), with peak value 1."""

from ..priors import Prior
from ..units import Array, Numerics
from . import Curve


def shape(dose: Array, ed50: Array, id50: Array, *, xp: Numerics) -> Array:
    """f(d) = d/(ED50 + d) · 1/(1 + d/ID50), divided by its peak 1/(1 + √(ED50/ID50))² at d = √(ED50·ID50)."""
    peak = 1.0 / (1.0 + xp.sqrt(ed50 / id50)) ** 2
    return dose / (ed50 + dose) / (1.0 + dose / id50) / peak


CURVE = Curve(
    name="umbrella",
    says="helps up to a point, then more cells help less",
    shape=shape,
    priors={
        "ed50": Prior("lognormal", 10.0, 1.0, "million cells", "rise within the tried range"),
        "id50": Prior("lognormal", 80.0, 1.0, "million cells", "fall at or beyond the upper doses tried"),
    },
    source="Haldane inhibition (Haldane 1930); E is the effect at the peak dose √(ED50·ID50)",
)
