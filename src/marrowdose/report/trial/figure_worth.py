"""Picture of what trials are worth: net benefit over sample size, a curve a design."""

from __future__ import annotations

from collections.abc import Sequence

from ..frame import svg
from ..frame.numbers import banded, tick, whole
from ..frame.svg import DEEP, INK, MID, MUTED, WARM, Pixels, Scale, Svg

Point = tuple[int, float, float, float]  # patients, net benefit, its 95 % interval
LEFT, TOP, BOTTOM = 76.0, 20.0, 260.0
STYLES = ((DEEP, None), (WARM, "6 3"), (MID, "2 3"), (INK, "8 3 2 3"), (MUTED, "1 2"))


def net_figure(
    curves: Sequence[tuple[str, Sequence[Point]]], *, width: Pixels = 640, uid: str = "net"
) -> Svg:
    """Net benefit [points over the population, less the price] with 95 % intervals; each design has a dash of
    its own.
    """
    points = [p for _, curve in curves for p in curve]
    ends = [0.0, *(v for p in points for v in p[1:])]
    ticks = svg.nice_ticks(min(ends), max(ends))
    y = Scale(min(*ends, ticks[0]), max(*ends, ticks[-1]), BOTTOM, TOP)
    most = max(p[0] for p in points)
    across = svg.nice_ticks(0, most)
    x = Scale(0, max(most, across[-1]), LEFT, width - 20)
    body = [
        svg.y_grid(ticks, y, LEFT, width - 20, whole),
        svg.x_grid(across, x, TOP, BOTTOM, tick),
        svg.line(LEFT, y(0), width - 20, y(0), stroke=INK),
        svg.text(LEFT, BOTTOM + 34, "patients planned", fill=MUTED),
    ]
    said = []
    for k, (name, curve) in enumerate(curves):
        colour, dash = STYLES[k % len(STYLES)]
        xs, ys = [x(p[0]) for p in curve], [y(p[1]) for p in curve]
        if len(curve) > 1:
            body.append(
                svg.tag(
                    "path",
                    d=svg.path_of(xs, ys),
                    fill="none",
                    stroke=colour,
                    stroke_width=2,
                    stroke_dasharray=dash,
                )
            )
        for at, (_, net, low, high) in zip(xs, curve, strict=True):
            body.append(
                svg.line(at, y(low), at, y(high), stroke=colour) + svg.dot(at, y(net), 3.5, fill=colour)
            )
        row = BOTTOM + 56 + 20 * k
        body.append(
            svg.line(LEFT, row - 4, LEFT + 34, row - 4, stroke=colour, stroke_width=2, stroke_dasharray=dash)
        )
        body.append(svg.text(LEFT + 42, row, name))
        said.append(f"{name}: " + ", ".join(f"{n} patients {banded(v, a, b, whole)}" for n, v, a, b in curve))
    title = "Net benefit by planned size, points"
    return svg.figure(
        uid, title, f"{title}. {'; '.join(said)}.", width, BOTTOM + 50 + 20 * len(curves), *body
    )
