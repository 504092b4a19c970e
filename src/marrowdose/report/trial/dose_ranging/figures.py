"""Pictures of longitudinal designs: answers and patients by arm, the estimated curve over the true one."""

from __future__ import annotations

from collections.abc import Sequence

from ....units import Z95, MillionCells, Points, Probability
from ...frame import numbers, svg
from ...frame.numbers import banded, simulated_share, tenths, tick
from ...frame.svg import DEEP, INK, MUTED, SOFT, WARM, Pixels, Scale, Svg

_FAINT = "#f3d9cb"  # of WARM, for the spread of the truth
LEFT = 46.0
Spread = tuple[Points, Points, Points]  # mean, and the ends of the middle 95 %


def answer_figure(
    labels: Sequence[str],
    named: Sequence[tuple[Probability, Probability]],
    treated: Sequence[Probability],
    right: Sequence[Probability],
    *,
    width: Pixels = 640,
    uid: str = "answers",
) -> Svg:
    """Bars an arm: how often it is the answer (with the 95 % interval of the simulation), and its share of
    patients.

    Diamonds: how often it is the right answer under the truth. The first arm is placebo: named means "no
    dose".
    """
    entries = [
        (_key(DEEP), "named"),
        (_key(SOFT), "share of patients"),
        (svg.diamond(0, 0, fill=WARM), "right answer"),
    ]
    key, high = svg.legend(entries, LEFT, 14, width - LEFT)
    top, bottom = high + 20, high + 230
    y = Scale(0, 1, bottom, top)
    step = (width - LEFT - 10) / len(labels)
    body, said = (
        [key, svg.y_grid([0, 0.25, 0.5, 0.75, 1], y, LEFT, width - 10, numbers.share)],
        [],
    )
    for k, name in enumerate(labels):
        middle = LEFT + (k + 0.5) * step
        (share, se), people = named[k], treated[k]
        body.append(svg.text(middle, bottom + 18, name, text_anchor="middle", fill=MUTED))
        for side, value, fill in ((-1, share, DEEP), (1, people, SOFT)):
            body.append(
                svg.tag(
                    "rect",
                    x=middle + side * step * 0.17 - step * 0.15,
                    y=y(value),
                    width=step * 0.3,
                    height=y(0) - y(value),
                    fill=fill,
                )
            )
        at = middle - step * 0.17
        body.append(
            svg.line(
                at, y(max(share - Z95 * se, 0)), at, y(min(share + Z95 * se, 1)), stroke=INK, stroke_width=1.5
            )
        )
        body.append(svg.diamond(middle, y(right[k]), 5, fill=WARM, stroke="#fff"))
        said.append(
            f"{name}: named {simulated_share(share)}, right {simulated_share(right[k])},"
            f" {simulated_share(people)} of patients"
        )
    title = "What is named, what would be right, and who is treated"
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, bottom + 30, *body)


def curve_figure(
    doses: Sequence[MillionCells],
    truth: Sequence[Spread],
    estimates: Sequence[Spread | None],
    *,
    width: Pixels = 640,
    uid: str = "estimates",
) -> Svg:
    """Benefit over placebo by dose (square-root axis): the true curve with its spread over trials, and the
    estimates.

    ``doses`` without placebo, whose benefit is 0. Where the truth is one and the same in every trial it has
    no spread. A dose that no trial estimated has None.
    """
    entries = [
        (svg.diamond(0, 0, fill=WARM), "truth: mean, middle 95 % of trials"),
        (svg.dot(0, 0, fill=DEEP), "estimates: mean, middle 95 % of trials"),
    ]
    key, high = svg.legend(entries, LEFT, 14, width - LEFT)
    bottom = high + 250
    ends = [v for row in (*estimates, *truth) if row for v in row] + [0.0]
    ticks = svg.nice_ticks(min(ends), max(ends))
    x = Scale(0, doses[-1], LEFT + 14, width - 24, "sqrt")
    y = Scale(ticks[0], ticks[-1], bottom, high + 24)
    at = [x(0), *map(x, doses)]
    mean, low, high_end = ([0.0, *(row[k] for row in truth)] for k in range(3))
    body = [
        key,
        svg.area(at, [y(v) for v in low], [y(v) for v in high_end], _FAINT),
        svg.y_grid(ticks, y, LEFT, width - 10, tick),
        svg.line(LEFT, y(0), width - 10, y(0), stroke=MUTED),
        svg.x_ticks([0, *doses], x, bottom, lambda d: f"{d:g} M" if d else "placebo", first=[len(doses)]),
        svg.tag("path", d=svg.path_of(at, map(y, mean)), fill="none", stroke=WARM, stroke_width=2),
    ]
    said = []
    for dose, real, found in zip(doses, truth, estimates, strict=True):
        body.append(svg.diamond(x(dose), y(real[0]), fill=WARM, stroke="#fff"))
        if found is None:
            said.append(f"{dose:g} M: true {tenths(real[0])}, no estimate")
            continue
        middle, least, most = found
        place = x(dose) + 5
        body.append(svg.line(place, y(least), place, y(most), stroke=DEEP, stroke_width=2))
        body.append(svg.dot(place, y(middle), fill=DEEP))
        said.append(f"{dose:g} M: true {banded(*real, tenths)}, estimates {banded(*found, tenths)}")
    title = "Benefit over placebo: estimates over the truth"
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, bottom + 30, *body)


def _key(fill: str) -> str:
    return svg.tag("rect", x=-7, y=-6, width=14, height=12, fill=fill)
