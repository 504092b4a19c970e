"""Beta: a peak that may lean to either side (an umbrella with two free arms)."""

from collections.abc import Sequence

import numpy as np

from ....errors import require
from ....units import Array
from . import Dose, Shape, Share, prior_points

SCALE = 1.2  # of the largest dose: where the curve would be back at e0; DoseFinding's default


def shape(top: Dose, scale: Dose | None = None) -> Shape:
    """e0 + eMax·B x^delta1 (1 − x)^delta2, x = d/scale, B making the peak 1.

    The peak lies at scale·delta1/(delta1 + delta2).
    """
    end = SCALE * top if scale is None else scale
    require(end > top, f"scale {end!r}", where="beta", allowed=f"above the largest dose, {top:g}")

    def logs(dose: Array) -> tuple[Array, Array]:
        x = np.where(dose > 0, dose, 0.5 * end) / end  # dose 0 is put right in columns
        return np.log(x), np.log1p(-x)

    def columns(dose: Array, delta1: Array, delta2: Array) -> tuple[Array, ...]:
        log_x, log_rest = logs(dose)
        both = delta1 + delta2
        log_f = delta1 * (log_x + np.log(both / delta1)) + delta2 * (log_rest + np.log(both / delta2))
        return (np.where(dose > 0, np.exp(log_f), 0.0),)

    def gradient(dose: Array, delta1: Array, delta2: Array) -> tuple[Array, ...]:
        log_x, log_rest = logs(dose)
        (f,) = columns(dose, delta1, delta2)
        both = delta1 + delta2
        return f * (log_x + np.log(both / delta1)), f * (log_rest + np.log(both / delta2))

    def guesstimate(doses: Sequence[Dose], shares: Sequence[Share], *, peak: Dose) -> tuple[float, ...]:
        """delta1 and delta2 for a peak at ``peak`` and share p at d (the mean over the points given)."""
        d, p = prior_points(doses, shares, least=1, shape="beta")
        require(
            0 < peak < end and bool(np.all((p < 1) & (d != peak) & (d < end))),
            f"peak {peak:g}, shares {p.tolist()} at {d.tolist()}",
            where="guesstimate of beta",
            allowed=f"a peak and other doses between 0 and {end:g}, with shares below 1",
        )
        ratio = end / peak - 1  # delta2/delta1
        log_p = np.log(d / peak) + ratio * np.log((end - d) / (end - peak))
        delta1 = float((np.log(p) / log_p).mean())
        return delta1, delta1 * ratio

    return Shape(
        name="beta",
        says="helps up to a dose, then more helps less; the peak may lean",
        source="Bretz 2005, table 1",
        top=top,
        coefficients=("e0", "eMax"),
        parameters=("delta1", "delta2"),
        bounds=((0.05, 4.0), (0.05, 4.0)),
        columns=columns,
        gradient=gradient,
        guesstimate=guesstimate,
    )
