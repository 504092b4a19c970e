"""Emax: rises and saturates; half of the greatest effect at ED50."""

from collections.abc import Sequence

from ....errors import require
from ....units import Array
from . import Dose, Shape, Share, prior_points


def columns(dose: Array, ed50: Array) -> tuple[Array, ...]:
    """f(d) = d/(ED50 + d)."""
    return (dose / (ed50 + dose),)


def gradient(dose: Array, ed50: Array) -> tuple[Array, ...]:
    """df/dED50 = −d/(ED50 + d)²."""
    return (-dose / (ed50 + dose) ** 2,)


def guesstimate(doses: Sequence[Dose], shares: Sequence[Share]) -> tuple[float, ...]:
    """ED50 = d (1 − p)/p, the mean over the points given (Pinheiro, Bretz & Branson 2006, section 10.2).

    >>> round(guesstimate([0.2], [0.7])[0], 6)
    0.085714
    """
    d, p = prior_points(doses, shares, least=1, shape="emax")
    require(bool((p < 1).all()), "a share of 1", where="guesstimate of emax", allowed="below 1")
    return (float((d * (1 - p) / p).mean()),)


def shape(top: Dose) -> Shape:
    """e0 + eMax·d/(ed50 + d)."""
    return Shape(
        name="emax",
        says="more is better until a plateau",
        source="Bretz 2005, table 1",
        top=top,
        coefficients=("e0", "eMax"),
        parameters=("ed50",),
        bounds=((0.001 * top, 1.5 * top),),
        columns=columns,
        gradient=gradient,
        guesstimate=guesstimate,
    )
