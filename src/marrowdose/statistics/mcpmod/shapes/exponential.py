"""Exponential: little at low doses, ever more at high ones."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from ....errors import require
from ....units import Array
from ...one_dimension import root
from . import Dose, Shape, Share, prior_points


def columns(dose: Array, delta: Array) -> tuple[Array, ...]:
    """f(d) = exp(d/delta) − 1."""
    return (np.expm1(dose / delta),)


def gradient(dose: Array, delta: Array) -> tuple[Array, ...]:
    """df/ddelta = −d/delta² · exp(d/delta)."""
    return (-dose / delta**2 * np.exp(dose / delta),)


def guesstimate(top: Dose, doses: Sequence[Dose], shares: Sequence[Share]) -> tuple[float, ...]:
    """The delta at which dose d has share p of the effect at the largest dose, the mean over the points.

    It exists where p < d/top, as the curve is convex (Pinheiro et al. 2006, section 10.2).

    >>> round(guesstimate(1.0, [0.5], [0.3])[0], 6)
    0.590111
    """
    d, p = prior_points(doses, shares, least=1, shape="exponential")
    require(
        bool(np.all(p < d / top)),
        f"shares {p.tolist()} at {d.tolist()}",
        where="guesstimate of exponential",
        allowed="a share below dose/largest dose: the curve is convex",
    )

    def miss(delta: float, at: float, share: float) -> float:
        return float(np.exp((at - top) / delta) * -np.expm1(-at / delta) / -np.expm1(-top / delta) - share)

    found = [
        root(partial(miss, at=at, share=share), 1e-3 * top, 1e6 * top) for at, share in zip(d, p, strict=True)
    ]
    return (float(np.mean(found)),)


def shape(top: Dose) -> Shape:
    """e0 + e1·(exp(d/delta) − 1)."""
    return Shape(
        name="exponential",
        says="little at low doses, ever more at high ones",
        source="Bretz 2005, table 1",
        top=top,
        coefficients=("e0", "e1"),
        parameters=("delta",),
        bounds=((0.1 * top, 2.0 * top),),
        columns=columns,
        gradient=gradient,
        guesstimate=partial(guesstimate, top),
    )
