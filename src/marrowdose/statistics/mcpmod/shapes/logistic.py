"""Logistic: an S-shape in the dose itself; the response at dose 0 is not exactly e0."""

from collections.abc import Sequence

import numpy as np

from ....special import expit
from ....units import Array
from . import Dose, Shape, Share, logit, prior_points


def columns(dose: Array, ed50: Array, delta: Array) -> tuple[Array, ...]:
    """f(d) = 1/(1 + exp((ED50 − d)/delta))."""
    return (expit((dose - ed50) / delta),)


def gradient(dose: Array, ed50: Array, delta: Array) -> tuple[Array, ...]:
    """df/dED50 = −f(1 − f)/delta, df/ddelta = −f(1 − f)(d − ED50)/delta²."""
    (f,) = columns(dose, ed50, delta)
    steep = f * (1 - f) / delta
    return -steep, -steep * (dose - ed50) / delta


def guesstimate(doses: Sequence[Dose], shares: Sequence[Share]) -> tuple[float, ...]:
    """ED50 and delta from logit p = (d − ED50)/delta, by least squares (Pinheiro et al. 2006, section 10.2).

    >>> [round(x, 6) for x in guesstimate([0.2, 0.5], [0.2, 0.9])]
    [0.316056, 0.083717]
    """
    d, p = prior_points(doses, shares, least=2, shape="logistic")
    slope, level = np.polyfit(d, logit(p), 1)
    return float(-level / slope), float(1 / slope)


def shape(top: Dose) -> Shape:
    """e0 + eMax/(1 + exp((ed50 − d)/delta))."""
    return Shape(
        name="logistic",
        says="an S-shape: low, a rise, high",
        source="Bretz 2005, table 1",
        top=top,
        coefficients=("e0", "eMax"),
        parameters=("ed50", "delta"),
        bounds=((0.001 * top, 1.5 * top), (0.01 * top, 0.5 * top)),
        columns=columns,
        gradient=gradient,
        guesstimate=guesstimate,
    )
