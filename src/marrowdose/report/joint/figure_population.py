"""Picture of a virtual population: what each dose adds over no cells, with the spread over patients."""

from __future__ import annotations

from collections.abc import Sequence

from ...units import Array
from ..frame import svg
from ..frame.numbers import tenths, tick
from ..frame.svg import DEEP, MUTED, SOFT, WARM, Pixels, Scale, Svg


def gains_figure(
    doses: Sequence[float],
    mean: Array,
    band: Array,
    month: float,
    mark: str,
    *,
    width: Pixels = 520,
    uid: str = "gains",
) -> Svg:
    """A row a dose: mean (dot), median (tick) and 10 to 90 % (bar) of the points of pain removed beyond no
    cells.

    ``mean`` (doses,); ``band`` (doses, 3).
    """
    left, top, row = 60.0, 52.0, 24.0
    ticks = svg.nice_ticks(min(0.0, float(band.min())), float(band.max()))
    bottom = top + row * len(doses)
    x = Scale(ticks[0], ticks[-1], left, width - 20)
    body = [
        svg.text(0, 14, f"Points of pain removed beyond no cells, month {month:g}", font_weight=600),
        svg.text(0, 31, mark, fill=WARM, font_size=11),
        svg.x_grid(ticks, x, top - 6, bottom, tick),
    ]
    for k, dose in enumerate(doses):
        y = top + row * k + 9
        low, middle, high = (x(float(v)) for v in band[k])
        body += [
            svg.text(left - 8, y + 4, f"{dose:g} M", text_anchor="end"),
            svg.tag("rect", x=low, y=y - 7, width=max(0.0, high - low), height=14, fill=SOFT),
            svg.line(middle, y - 7, middle, y + 7, stroke=DEEP, stroke_width=2),
            svg.dot(x(float(mean[k])), y, 3.5),
        ]
    body.append(svg.text(0, bottom + 36, "bar: 10 to 90 % of patients; tick: median; dot: mean", fill=MUTED))
    said = "; ".join(
        f"{dose:g} million: mean {tenths(mean[k])}, {tenths(band[k, 0])} to {tenths(band[k, 2])}"
        for k, dose in enumerate(doses)
    )
    return svg.figure(
        uid, f"Gain over no cells by dose: {mark}", f"Month {month:g}. {said}.", width, bottom + 46, *body
    )
