"""Quadratic: rises to a peak and falls. Linear in both slopes; the candidate needs their ratio."""

from collections.abc import Sequence

import numpy as np

from ....units import Array
from . import Dose, Shape, Share, prior_points


def columns(dose: Array) -> tuple[Array, ...]:
    """d and d²."""
    return dose, dose**2


def standard(dose: Array, delta: float) -> Array:
    """f(d) = d + delta·d², delta = b2/|b1|, negative for a peak at −1/(2 delta)."""
    return dose + delta * dose**2


def guesstimate(doses: Sequence[Dose], shares: Sequence[Share]) -> tuple[float, ...]:
    """delta = −(1 − √(1 − p))/(2d): share p of the peak is reached at d, before the peak.

    From p = −4 delta d (1 + delta d) (Pinheiro et al. 2006, section 10.2).

    >>> round(guesstimate([0.6], [1.0])[0], 6)
    -0.833333
    """
    d, p = prior_points(doses, shares, least=1, shape="quadratic")
    return (float((-(1 - np.sqrt(1 - p)) / (2 * d)).mean()),)


def shape(top: Dose) -> Shape:
    """e0 + b1·d + b2·d²."""
    return Shape(
        name="quadratic",
        says="helps up to a dose, then more helps less",
        source="Bretz 2005, table 1",
        top=top,
        coefficients=("e0", "b1", "b2"),
        columns=columns,
        standard=standard,
        guesses=("delta",),
        guesstimate=guesstimate,
    )
