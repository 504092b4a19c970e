"""Pictures of the evidence and of the fit, from plain arrays: curves, priors, influence, coverage."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ... import wording
from ...domain import Origin
from ...synthesis.learned import Learned
from ...units import MillionCells, Months, Points, Probability
from ..frame import numbers, svg
from ..frame.svg import DEEP, FAINT, INK, MID, MUTED, PALE, SOFT, WARM, Pixels, Scale, Svg, nothing

Line = Sequence[float]
_ROOMY: Pixels = 560
_DASHES = (None, "5 2", "2 2", "7 2 2 2", "4 4", "1 4", "8 2 1 2 1 2")  # told apart without colour
_BEFORE: dict[str, svg.Attribute] = {"stroke": MUTED, "stroke_width": 1.5, "stroke_dasharray": "4 3"}


class CurvePoint(NamedTuple):
    """One arm against its control, for ``curve_figure``."""

    label: str
    dose: MillionCells
    effect: Points
    se: Points
    origin: Origin


class InfluenceRow(NamedTuple):
    """A statistic and its 95 % interval without one study."""

    study: str
    value: float
    low: float
    high: float


class CoverageRow(NamedTuple):
    """A held-out arm mean and its 95 % predictive interval."""

    study: str
    arm: str
    month: Months
    observed: Points
    low: Points
    high: Points


def curve_figure(
    doses: Line,
    band: Sequence[Line],
    curves: Mapping[str, tuple[Probability, Line]],
    points: Sequence[CurvePoint],
    *,
    title: str = "Benefit over placebo, by dose",
    width: Pixels = 720,
    uid: str = "curve",
) -> Svg:
    """The population's dose-response: band, each curve by weight, and the arms sized by information.

    ``band`` holds the quantiles 2.5, 10, 25, 50, 75, 90, 97.5 % at ``doses``; ``curves`` maps a name to its
    weight and its line at ``doses``.
    """
    top, bottom, left = 26.0, 380.0, 42.0
    edges = [*band[0], *band[6], *(p.effect for p in points), 0.0]
    ticks = svg.nice_ticks(min(edges), max(edges), 6)
    right = width - (96 if width >= _ROOMY else 10)  # room for the names of the curves at their ends
    x = Scale(min(doses), max([*doses, *(p.dose for p in points)]), left + 12, right - 10, "sqrt")
    y = Scale(ticks[0], ticks[-1], bottom, top)
    xs, q = [x(d) for d in doses], [[y(v) for v in row] for row in band]
    most = max((p.se**-2 for p in points), default=1.0)
    keys, height = svg.legend(_curve_keys(curves, points), 0, bottom + 58, width)
    at = sorted({p.dose for p in points} | {min(doses), max(doses)})
    return svg.figure(
        uid,
        title,
        _curve_desc(title, doses, band, curves, points),
        width,
        bottom + 54 + height,
        svg.text(0, 13, f"{title} (points)", font_weight=600),
        svg.y_grid(ticks, y, left, right, wording.number),
        svg.area(xs, q[0], q[6], FAINT),
        svg.area(xs, q[1], q[5], SOFT),
        svg.area(xs, q[2], q[4], MID),
        svg.line(left, y(0), right, y(0), stroke=INK, stroke_width=1.4),
        *(
            svg.tag("path", d=svg.path_of(xs, [y(v) for v in values]), fill="none", **_curve_style(i, weight))
            for i, (weight, values) in enumerate(curves.values())
        ),
        svg.tag("path", d=svg.path_of(xs, q[3]), fill="none", stroke=DEEP, stroke_width=3),
        *(_arm(p, x(p.dose), y(p.effect), 3 + 8 * math.sqrt(p.se**-2 / most)) for p in points),
        svg.x_ticks(at, x, bottom, wording.dose_text, [0, len(at) - 1]),
        svg.text((left + right) / 2, bottom + 37, "million cells in one injection", text_anchor="middle"),
        _curve_names(curves, y, xs[-1] + 12) if width >= _ROOMY else "",
        keys,
    )


def _curve_style(i: int, weight: Probability) -> dict[str, svg.Attribute]:
    """Heavier curves are thicker; each has dashes of its own."""
    return {"stroke": INK, "stroke_width": 0.8 + 3 * weight, "stroke_dasharray": _DASHES[i % len(_DASHES)]}


def _curve_names(curves: Mapping[str, tuple[Probability, Line]], y: Scale, left: Pixels) -> str:
    """Each curve named at its end, from the top down, moved until they do not touch."""
    drawn, free = "", -math.inf
    for name, (weight, line) in sorted(curves.items(), key=lambda item: -item[1][1][-1]):
        free = max(y(line[-1]) + 4, free + 13)
        drawn += svg.text(left, free, f"{name} {wording.percent(weight)}", font_size=11)
    return drawn


def _arm(p: CurvePoint, x: Pixels, y: Pixels, r: Pixels) -> str:
    name = svg.hover(f"{p.label}: {wording.number(p.effect)} points, {p.origin}")
    return svg.tag("g", name, _origin_mark(p.origin, x, y, r))


def _origin_mark(origin: Origin, x: Pixels, y: Pixels, r: Pixels) -> str:
    if origin == "reported":
        return svg.dot(x, y, r, fill=DEEP, fill_opacity=0.75, stroke="#fff", stroke_width=1.2)
    if origin == "converted":
        return svg.diamond(x, y, r, fill="#fff", fill_opacity=0.75, stroke=DEEP, stroke_width=1.8)
    return svg.square(
        x, y, 0.85 * r, fill="#fff", fill_opacity=0.75, stroke=WARM, stroke_width=1.8, stroke_dasharray="3 2"
    )


def _curve_keys(
    curves: Mapping[str, tuple[Probability, Line]], points: Sequence[CurvePoint]
) -> list[tuple[str, str]]:
    keys = [(svg.line(-9, 0, 9, 0, stroke=DEEP, stroke_width=3), "average (50, 80, 95 % bands)")]
    for i, (name, (weight, _)) in enumerate(curves.items()):
        mark = svg.line(-9, 0, 9, 0, **_curve_style(i, weight))
        keys.append((mark, f"{name} {wording.percent(weight)}"))
    origins = dict.fromkeys(p.origin for p in points)
    return keys + [(_origin_mark(origin, 0, 0, 5), f"arm, {origin}") for origin in origins]


def _curve_desc(
    title: str,
    doses: Line,
    band: Sequence[Line],
    curves: Mapping[str, tuple[Probability, Line]],
    points: Sequence[CurvePoint],
) -> str:
    marked = sorted({0, len(doses) // 4, len(doses) // 2, 3 * len(doses) // 4, len(doses) - 1})
    line = "; ".join(
        f"{wording.dose_text(doses[i])} million {wording.number(band[3][i])} "
        f"({wording.number(band[0][i])} to {wording.number(band[6][i])})"
        for i in marked
    )
    weights = ", ".join(f"{name} {wording.percent(weight)}" for name, (weight, _) in curves.items())
    drawn = f"Curves: {weights or 'none'}. {len(points)} arms drawn."
    return f"{title}. Points, median and 95 % band: {line}. {drawn}"


def prior_posterior_figure(
    rows: Sequence[Learned], *, width: Pixels = 720, uid: str = "prior-posterior"
) -> Svg:
    """Each parameter before (grey, dashed) and after the trials, with the share that the trials taught."""
    title = "What the trials taught about each parameter"
    if not rows:
        return nothing(uid, title, width)
    columns = max(1, int(width // 170))
    cell, step = width / columns, 140.0
    body = [
        svg.tag(
            "g",
            _density(row, cell - 18),
            transform=f"translate({svg.num(i % columns * cell)} {svg.num(i // columns * step)})",
        )
        for i, row in enumerate(rows)
    ]
    bottom = step * math.ceil(len(rows) / columns)
    keys, height = svg.legend(
        [
            (svg.line(-9, 0, 9, 0, **_BEFORE), "before"),
            (svg.line(-9, 0, 9, 0, stroke=DEEP, stroke_width=2.2), "after the trials"),
        ],
        0,
        bottom + 6,
        width,
    )
    each = "; ".join(f"{row.name}: {_learned(row.contraction)}" for row in rows)
    return svg.figure(uid, title, f"{title}. {each}.", width, bottom + height, *body, keys)


def _learned(contraction: Probability) -> str:
    return "the trials do not tell" if contraction < 0.1 else f"{wording.percent(contraction)} learned"


def _density(row: Learned, width: Pixels) -> str:
    low, high = row.x[0], row.x[-1]
    x = Scale(low, high, 0, width)
    y = Scale(0, max(*row.before, *row.after), 108, 40)
    xs = [x(v) for v in row.x]
    before, after = ([y(v) for v in heights] for heights in (row.before, row.after))
    return (
        svg.text(0, 13, row.name, font_weight=600)
        + svg.text(0, 29, _learned(row.contraction), fill=MUTED)
        + svg.area(xs, [108.0] * len(xs), after, FAINT)
        + svg.tag("path", d=svg.path_of(xs, after), fill="none", stroke=DEEP, stroke_width=2.2)
        + svg.tag(
            "path",
            d=svg.path_of(xs, before),
            fill="none",
            stroke=MUTED,
            stroke_width=1.5,
            stroke_dasharray="4 3",
        )
        + svg.line(0, 108, width, 108, stroke=MUTED)
        + svg.text(0, 123, numbers.significant(low), fill=MUTED, font_size=11)
        + svg.text(
            width,
            123,
            f"{numbers.significant(high)} {row.unit}".strip(),
            fill=MUTED,
            font_size=11,
            text_anchor="end",
        )
    )


def influence_figure(
    rows: Sequence[InfluenceRow],
    *,
    overall: float | None = None,
    statistic: str = "P(more is better)",
    width: Pixels = 640,
    uid: str = "influence",
) -> Svg:
    """The statistic without each study, its 95 % interval, and a dashed line where it is with all."""
    title = f"{statistic}, leaving one study out"
    marks = [(f"without {r.study}", r.value, r.low, r.high, True) for r in rows]
    return _forest(uid, title, marks, overall, width)


def coverage_figure(rows: Sequence[CoverageRow], *, width: Pixels = 640, uid: str = "coverage") -> Svg:
    """Held-out arm means against their 95 % predictive intervals; misses are named."""
    inside = [r.low <= r.observed <= r.high for r in rows]
    title = f"Inside the predicted 95 % interval: {sum(inside)} of {len(rows)}"
    marks = [
        (f"{r.study} {r.arm}, month {r.month:g}", r.observed, r.low, r.high, ok)
        for r, ok in zip(rows, inside, strict=True)
    ]
    return _forest(uid, title, marks, None, width)


def _forest(
    uid: str,
    title: str,
    rows: Sequence[tuple[str, float, float, float, bool]],
    overall: float | None,
    width: Pixels,
) -> Svg:
    """One line a row: name, interval and value; a warm diamond and the word "outside" where it misses."""
    if not rows:
        return nothing(uid, title, width)
    edges = [v for _, value, low, high, _ in rows for v in (value, low, high)]
    ticks = svg.nice_ticks(min(edges), max(edges))
    names = min(0.5 * width, 12 + max(svg.text_width(name, 11) for name, *_ in rows))
    x, top, step = Scale(ticks[0], ticks[-1], names, width - 62), 30.0, 19.0
    bottom, room = top + step * len(rows), int(names / svg.text_width("x", 11))
    drawn = []
    for i, (name, value, low, high, ok) in enumerate(rows):
        y = top + step * (i + 0.5)
        short = name if len(name) <= room else name[: room - 1] + "…"
        mark = svg.dot(x(value), y, 4) if ok else svg.diamond(x(value), y, 6, fill=WARM)
        drawn.append(svg.text(0, y + 4, short, font_size=11))
        drawn.append(svg.line(x(low), y, x(high), y, stroke=PALE, stroke_width=5) + mark)
        drawn.append(
            "" if ok else svg.text(width, y + 4, "outside", font_size=11, text_anchor="end", fill=WARM)
        )
    line = (
        ""
        if overall is None
        else svg.line(x(overall), top, x(overall), bottom, stroke=INK, stroke_dasharray="5 4")
    )
    each = "; ".join(
        f"{name} {numbers.banded(value, low, high)}" + ("" if ok else " outside")
        for name, value, low, high, ok in rows
    )
    return svg.figure(
        uid,
        title,
        f"{title}. {each}.",
        width,
        bottom + 26,
        svg.text(0, 13, title, font_weight=600),
        svg.x_grid(ticks, x, top, bottom, numbers.tick),
        line,
        *drawn,
    )
