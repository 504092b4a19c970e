"""Sigmoid Emax: nothing at low doses, a rise of steepness h, a plateau."""

from collections.abc import Sequence

import numpy as np

from ....units import Array
from . import Dose, Shape, Share, logit, prior_points


def _log_ratio(dose: Array, ed50: Array) -> Array:
    """log(d/ED50); dose 0 is replaced by 1 and put right by the caller."""
    return np.log(np.where(dose > 0, dose, 1.0) / ed50)


def columns(dose: Array, ed50: Array, h: Array) -> tuple[Array, ...]:
    """f(d) = d^h/(ED50^h + d^h) = 1/(1 + (ED50/d)^h)."""
    return (np.where(dose > 0, 1.0 / (1.0 + np.exp(-h * _log_ratio(dose, ed50))), 0.0),)


def gradient(dose: Array, ed50: Array, h: Array) -> tuple[Array, ...]:
    """df/dED50 = −f(1 − f) h/ED50, df/dh = f(1 − f) log(d/ED50)."""
    (f,) = columns(dose, ed50, h)
    steep = f * (1 - f)
    return -steep * h / ed50, steep * _log_ratio(dose, ed50)


def guesstimate(doses: Sequence[Dose], shares: Sequence[Share]) -> tuple[float, ...]:
    """ED50 and h from logit p = h (log d − log ED50), by least squares (Pinheiro et al. 2006, section 10.2).

    >>> [round(x, 6) for x in guesstimate([0.2, 0.6], [0.3, 0.9])]
    [0.271528, 2.771244]
    """
    d, p = prior_points(doses, shares, least=2, shape="sigemax")
    h, level = np.polyfit(np.log(d), logit(p), 1)
    return float(np.exp(-level / h)), float(h)


def shape(top: Dose) -> Shape:
    """e0 + eMax·d^h/(ed50^h + d^h)."""
    return Shape(
        name="sigemax",
        says="a threshold, then a rise to a plateau",
        source="Bretz 2005, table 1; Hill 1910",
        top=top,
        coefficients=("e0", "eMax"),
        parameters=("ed50", "h"),
        bounds=((0.001 * top, 1.5 * top), (0.5, 10.0)),
        columns=columns,
        gradient=gradient,
        guesstimate=guesstimate,
    )
