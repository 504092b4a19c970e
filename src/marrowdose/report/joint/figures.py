"""Pictures of the knee: a course with its bands, a dose-by-time map, the drivers of an answer."""

from __future__ import annotations

from collections.abc import Sequence

from ...joint.outlook import Series
from ...units import Array
from ..frame import svg
from ..frame.numbers import banded, significant, tenths, tick
from ..frame.svg import DEEP, FAINT, INK, MID, MUTED, SOFT, WARM, Pixels, Scale, Svg

_BANDS = ((0, 6, FAINT), (1, 5, SOFT), (2, 4, MID))  # 95, 80, 50 %
_MAP_MONTHS = (0, 1, 2, 3, 6, 9, 12, 18, 24, 36, 48, 60, 84, 120)


def course_figure(
    series: Series, months: Array, mark: str, dose: str, *, width: Pixels = 520, uid: str = "course"
) -> Svg:
    """One quantity: 50, 80 and 95 % bands of the dose, its central line, and no cells as a dashed line.

    ``mark`` is the label of the model, written into the picture.
    """
    band, centre = series.band[:, 1], series.centre
    title, unit = series.title, series.unit
    ends = [float(band.min()), float(band.max()), float(centre.min()), float(centre.max())]
    ticks = svg.nice_ticks(min(ends), max(ends))
    height: Pixels = 290
    x, y = Scale(0.0, float(months[-1]), 54, width - 16, "sqrt"), Scale(ticks[0], ticks[-1], height - 70, 44)
    at = [x(float(m)) for m in months]
    shown = [float(m) for m in _MAP_MONTHS if m <= months[-1]]
    body = [
        svg.text(0, 14, f"{title} [{unit}]", font_weight=600),
        svg.text(0, 31, mark, fill=WARM, font_size=11),
        svg.y_grid(ticks, y, x.start, x.end, tick),
    ]
    for low, high, fill in _BANDS:
        body.append(svg.area(at, [y(float(v)) for v in band[low]], [y(float(v)) for v in band[high]], fill))
    for line, style in (
        (centre[0], {"stroke": INK, "stroke_dasharray": "6 4"}),
        (centre[1], {"stroke": DEEP}),
    ):
        path = svg.path_of(at, [y(float(v)) for v in line])
        body.append(svg.tag("path", d=path, fill="none", stroke_width=2.0, **style))
    body.append(svg.x_ticks(shown, x, y.start, tick, first=(0, len(shown) - 1)))
    marks = [
        (svg.line(-9, 0, 9, 0, stroke=DEEP, stroke_width=2), dose),
        (svg.line(-9, 0, 9, 0, stroke=INK, stroke_width=2, stroke_dasharray="6 4"), "no cells"),
        (svg.tag("rect", x=-9, y=-6, width=18, height=12, fill=SOFT), "50, 80, 95 % band"),
    ]
    legend, _ = svg.legend(marks, x.start, height - 30, width - x.start)
    body += [svg.text(x.end, height - 6, "months after the injection", text_anchor="end", fill=MUTED), legend]
    said = "; ".join(
        f"month {m:g}: {banded(centre[1, k], band[0, k], band[6, k])}, no cells {significant(centre[0, k])}"
        for k, m in enumerate(months.tolist())
        if m in shown
    )
    return svg.figure(
        uid, f"{title}: {mark}", f"{title} [{unit}], {dose} and no cells. {said}.", width, height, *body
    )


def map_figure(
    doses: Array, months: Array, values: Array, mark: str, *, width: Pixels = 640, uid: str = "map"
) -> Svg:
    """Points of pain with a dose less without, by dose (rows) and month (columns); darker is more relief.

    ``values`` (doses, times). Every cell carries its number, so that no colour has to be read.
    """
    columns = [(k, m) for k, m in enumerate(months.tolist()) if m in _MAP_MONTHS]
    rows = [k for k in range(len(doses)) if doses[k] > 0][::-1]
    left, top, high = 54.0, 44.0, 22.0
    wide = (width - left - 8) / len(columns)
    most = max(1e-9, float(-values.min()))
    body = [
        svg.text(0, 14, "Pain with cells less pain without [points]", font_weight=600),
        svg.text(0, 31, mark, fill=WARM, font_size=11),
    ]
    for r, i in enumerate(rows):
        body.append(svg.text(left - 7, top + r * high + 15, f"{doses[i]:g}", text_anchor="end", fill=MUTED))
        for c, (k, _) in enumerate(columns):
            value = float(values[i, k])
            part = max(0.0, -value) / most
            fill, ink = _shade(part)
            place = (left + c * wide, top + r * high)
            body.append(svg.tag("rect", x=place[0], y=place[1], width=wide - 1, height=high - 1, fill=fill))
            shown = tenths(value) if abs(value) >= 0.05 else "0"
            body.append(
                svg.text(
                    place[0] + wide / 2, place[1] + 15, shown, text_anchor="middle", fill=ink, font_size=11
                )
            )
    bottom = top + len(rows) * high
    for c, (_, m) in enumerate(columns):
        body.append(
            svg.text(left + (c + 0.5) * wide, bottom + 15, f"{m:g}", text_anchor="middle", fill=MUTED)
        )
    body.append(
        svg.text(
            0,
            bottom + 34,
            "rows: million cells an injection; columns: months; darker: more relief; central values, no band",
            fill=MUTED,
        )
    )
    said = "; ".join(
        f"{doses[i]:g} million: "
        + ", ".join(f"month {m:g} {significant(round(float(values[i, k]), 1))}" for k, m in columns)
        for i in rows
    )
    title = f"Map of pain by dose and month: {mark}"
    return svg.figure(uid, title, f"{title}. {said}.", width, bottom + 44, *body)


def _shade(part: float) -> tuple[str, str]:
    """Fill and ink for a part of the largest relief."""
    steps = ("#ffffff", FAINT, SOFT, "#7bb6d1", MID, "#2b6f92", DEEP)
    step = min(len(steps) - 1, round(part * (len(steps) - 1)))
    return steps[step], "#ffffff" if step >= 5 else INK


def drivers_figure(
    title: str,
    names: Sequence[str],
    first: Array,
    total: Array,
    half: Array,
    mark: str,
    *,
    width: Pixels = 520,
    uid: str = "drivers",
) -> Svg:
    """Bars of total-order indices with 95 % intervals, first order as a dot; the largest on top."""
    left, top, row = 12 + max(map(svg.text_width, names)), 50.0, 22.0
    x = Scale(0.0, max(1.0, float((total + half).max())), left, width - 20)
    bottom = top + row * len(names)
    body = [
        svg.text(0, 14, title, font_weight=600),
        svg.text(0, 31, mark, fill=WARM, font_size=11),
        svg.x_grid([0, 0.25, 0.5, 0.75, 1], x, top - 6, bottom, tick),
    ]
    for k, name in enumerate(names):
        y = top + row * k + 8
        body += [
            svg.text(left - 8, y + 4, name, text_anchor="end"),
            svg.tag("rect", x=x(0), y=y - 7, width=max(0.0, x(float(total[k])) - x(0)), height=14, fill=SOFT),
            svg.line(
                x(max(0.0, float(total[k] - half[k]))),
                y,
                x(float(total[k] + half[k])),
                y,
                stroke=DEEP,
                stroke_width=1.5,
            ),
            svg.dot(x(max(0.0, float(first[k]))), y, 3.5),
        ]
    body.append(
        svg.text(
            0, bottom + 36, "bar: total share of the variance, with its 95 % interval; dot: alone", fill=MUTED
        )
    )
    said = "; ".join(
        f"{n} {significant(t)} (± {significant(h)}), alone {significant(f)}"
        for n, t, h, f in zip(names, total, half, first, strict=True)
    )
    return svg.figure(uid, f"{title}: {mark}", f"{title}. {said}.", width, bottom + 46, *body)
