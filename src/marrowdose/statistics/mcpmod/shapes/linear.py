"""Effect in proportion to the dose."""

from ....units import Array
from . import Dose, Shape, no_guess


def columns(dose: Array) -> tuple[Array, ...]:
    """f(d) = d."""
    return (dose,)


def shape(top: Dose) -> Shape:
    """e0 + delta·d."""
    return Shape(
        name="linear",
        says="twice the dose, twice the effect",
        source="Bretz 2005, table 1",
        top=top,
        coefficients=("e0", "delta"),
        columns=columns,
        guesstimate=no_guess,
    )
