"""Pictures of how and when simulated trials end, and of paired differences: for designs of every kind."""

from __future__ import annotations

from collections.abc import Sequence

from ...units import Z95, Months, Probability
from ..frame import numbers, svg
from ..frame.numbers import share_plus_minus, simulated_share, tenths, tick, whole
from ..frame.svg import DEEP, INK, MUTED, SOFT, Pixels, Scale, Svg

WHISKERS = "Whiskers are 95 % intervals of the simulation."
PLUS_MINUS = "± is one Monte-Carlo standard error; whiskers are 95 % intervals of the simulation."
PAIRED = "Differences trial by trial over the same patients; lines are 95 % intervals of the simulation."
Row = tuple[str, float, float, float, str]  # name, value, low, high, the numbers in words


def ending_figure(
    ends: Sequence[tuple[str, Probability, Probability]],
    *,
    width: Pixels = 640,
    uid: str = "endings",
    title: str = "Where trials end",
) -> Svg:
    """One bar a reason or look: the share of trials that end there, with the 95 % interval of the
    simulation.
    """
    body, said, high = [], [], 42.0
    x = Scale(0, 1, 0, width - 120)
    for k, (name, share, se) in enumerate(ends):
        top = 4 + k * high
        low, most = max(share - Z95 * se, 0), min(share + Z95 * se, 1)
        body.append(svg.text(0, top + 11, name, fill=MUTED))
        body.append(svg.tag("rect", x=0, y=top + 17, width=x(share), height=14, fill=SOFT))
        body.append(svg.line(x(low), top + 24, x(most), top + 24, stroke=INK, stroke_width=1.5))
        body.append(svg.text(x(most) + 8, top + 28, share_plus_minus(share, se)))
        said.append(f"{name}: {simulated_share(share)}")
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, 8 + len(ends) * high, *body)


def months_figure(quantiles: Sequence[Months], *, width: Pixels = 640, uid: str = "months") -> Svg:
    """Share of trials that have ended by each month, from equally spaced quantiles of their durations (0 to
    100 %).
    """
    left, bottom = 46.0, 190.0
    ticks = svg.nice_ticks(0.0, max(quantiles))
    x, y = Scale(0, ticks[-1], left, width - 16), Scale(0, 1, bottom, 16)
    shares = [k / (len(quantiles) - 1) for k in range(len(quantiles))]
    path = svg.path_of(
        [x(0), x(quantiles[0]), *map(x, quantiles), x(ticks[-1])], [y(0), y(0), *map(y, shares), y(1)]
    )
    half = quantiles[len(quantiles) // 2]
    mark = f"half by month {whole(half)}"
    body = [
        svg.y_grid([0, 0.25, 0.5, 0.75, 1], y, left, width - 16, numbers.share),
        svg.x_ticks(ticks, x, bottom, tick),
        svg.text(width - 16, bottom + 34, "months from the first patient", fill=MUTED, text_anchor="end"),
        svg.tag("path", d=path, fill="none", stroke=DEEP, stroke_width=2),
        svg.dot(x(half), y(0.5), fill=DEEP),
        (
            svg.label(x(half) - 9, y(0.5) - 6, mark, text_anchor="end")
            if half > ticks[-1] / 2
            else svg.label(x(half) + 9, y(0.5) + 14, mark)
        ),
    ]
    title = "Share of trials that have ended, by month"
    said = (
        f"The first after {tenths(quantiles[0])} months, half by {tenths(half)}, the last after"
        f" {tenths(quantiles[-1])}"
    )
    return svg.figure(uid, title, f"{title}. {said}.", width, bottom + 42, *body)


def difference_figure(
    rows: Sequence[Row], *, unit: str, width: Pixels = 640, uid: str = "differences"
) -> Svg:
    """Paired differences with their intervals around no difference, all of one unit."""
    values = [v for _, _, low, high, _ in rows for v in (low, high)]
    ticks = svg.nice_ticks(min(0.0, *values), max(0.0, *values))
    x, high = Scale(ticks[0], ticks[-1], 26, width - 26), 40.0
    bottom = 4 + high * len(rows)
    body = [
        svg.x_grid(ticks, x, 0, bottom, tick),
        svg.line(x(0), 0, x(0), bottom, stroke=INK, stroke_width=1.5),
        svg.text(width - 8, bottom + 34, unit, fill=MUTED, text_anchor="end"),
    ]
    for k, (name, value, low, most, words) in enumerate(rows):
        top = 4 + k * high
        body.append(svg.label(8, top + 11, f"{name}: {words}"))
        body.append(svg.line(x(low), top + 24, x(most), top + 24, stroke=DEEP, stroke_width=2))
        body.append(svg.dot(x(value), top + 24, fill=DEEP))
    title = "Differences over the same virtual patients"
    said = "; ".join(f"{name}: {words}" for name, _, _, _, words in rows)
    return svg.figure(uid, title, f"{title}. {said}.", width, bottom + 40, *body)
