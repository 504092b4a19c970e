"""Two courses over months, one with a band: the picture that the plan and the knee model share."""

from __future__ import annotations

from ...units import Array
from . import svg
from .numbers import banded, significant, tick
from .svg import DEEP, MUTED, PALE, SOFT, WARM, Pixels, Scale, Svg


def paths_figure(
    months: Array,
    context: Array,
    cells: Array,
    low: Array,
    high: Array,
    mark: str,
    *,
    width: Pixels = 490,
    uid: str = "paths",
) -> Svg:
    """Points of relief by the injection itself (grey) and by the cells on top (blue, with a 95 % band), over
    months.
    """
    top = float(max((context + high).max(), (context + cells).max(), 1.0))
    ticks = svg.nice_ticks(min(0.0, float((context + low).min())), top)
    height: Pixels = 230
    x, y = Scale(0.0, float(months[-1]), 46, width - 16, "sqrt"), Scale(ticks[0], ticks[-1], height - 66, 40)
    at, zero = [x(float(m)) for m in months], [y(0.0)] * len(months)
    saline = [y(float(v)) for v in context]
    both = [y(float(v)) for v in context + cells]
    body = [
        svg.text(0, 14, "Points of pain removed: medians, 95 % band of the cells", font_weight=600),
        svg.text(0, 31, mark, fill=WARM, font_size=11),
        svg.area(at, zero, saline, PALE),
        svg.area(at, saline, both, SOFT),
        svg.y_grid(ticks, y, x.start, x.end, tick),
        *(
            svg.tag(
                "path",
                d=svg.path_of(at, [y(float(v)) for v in edge]),
                fill="none",
                stroke=DEEP,
                stroke_dasharray="2 3",
            )
            for edge in (context + low, context + high)
        ),
        svg.tag("path", d=svg.path_of(at, both), fill="none", stroke=DEEP, stroke_width=2),
        svg.x_ticks(months.tolist(), x, y.start, tick, first=(0, len(months) - 1)),
    ]
    marks = [
        (svg.tag("rect", x=-9, y=-6, width=18, height=12, fill=PALE), "injection alone"),
        (svg.tag("rect", x=-9, y=-6, width=18, height=12, fill=SOFT), "cells"),
        (svg.line(-9, 0, 9, 0, stroke=DEEP, stroke_dasharray="2 3"), "95 % band"),
    ]
    legend, _ = svg.legend(marks, x.start, height - 28, width - x.start)
    body += [svg.text(x.end, height - 6, "months after the injection", text_anchor="end", fill=MUTED), legend]
    said = "; ".join(
        f"month {m:g}: injection {significant(a)}, cells {banded(b, p, q)}"
        for m, a, b, p, q in zip(months.tolist(), context, cells, low, high, strict=True)
    )
    return svg.figure(
        uid, f"How this dose may act: {mark}", f"Points of pain removed. {said}.", width, height, *body
    )
