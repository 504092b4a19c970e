"""Pictures of a dose-finding trial: candidate shapes, contrast tests, fitted curves, power over patients."""

from __future__ import annotations

from collections.abc import Sequence

from ..frame import svg
from ..frame.numbers import banded, decimals, four_digits, tick
from ..frame.svg import DEEP, FAINT, INK, MID, MUTED, WARM, Pixels, Scale, Svg

_STYLES: tuple[tuple[str, str | None], ...] = (
    (DEEP, None),
    (MID, None),
    (DEEP, "7 4"),
    (MID, "7 4"),
    (DEEP, "2 4"),
    (MID, "2 4"),
    (MUTED, None),
    (MUTED, "7 4"),
)
Line = tuple[str, Sequence[float], Sequence[float]]  # name, x, y


def _stroke(k: int, width: float = 1.8) -> dict[str, svg.Attribute]:
    colour, dashes = _STYLES[k % len(_STYLES)]
    return {"fill": "none", "stroke": colour, "stroke_width": width, "stroke_dasharray": dashes}


def _legend(names: Sequence[str], x: Pixels, y: Pixels, width: Pixels) -> tuple[str, Pixels]:
    marks = [(svg.tag("path", d="M-9 0L9 0", **_stroke(k, 2.2)), name) for k, name in enumerate(names)]
    return svg.legend(marks, x, y, width)


def _axes(
    low: float, high: float, top: float, right: Pixels, x_name: str, y_name: str
) -> tuple[Scale, Scale, str]:
    """Scales with their grid and names."""
    ticks = svg.nice_ticks(low, high)
    left = 24 + max(svg.text_width(tick(t)) for t in ticks)
    x, y = Scale(0.0, top, left, right), Scale(ticks[0], ticks[-1], 300, 28)
    at = [t for t in svg.nice_ticks(0, top) if t <= top * (1 + 1e-9)]
    drawn = [
        svg.text(0, 14, y_name, fill=MUTED),
        svg.y_grid(ticks, y, left, right, tick),
        svg.x_ticks(at, x, 300, tick),
        svg.text(right, 334, x_name, fill=MUTED, text_anchor="end"),
    ]
    return x, y, "".join(drawn)


def lines_figure(
    lines: Sequence[Line],
    *,
    title: str,
    x_name: str,
    y_name: str,
    at: tuple[float, str] | None = None,
    level: float | None = None,
    width: Pixels = 640,
    uid: str,
) -> Svg:
    """Several lines with a legend; ``level`` a horizontal line, ``at`` a vertical one with its words."""
    values = [v for _, _, ys in lines for v in ys]
    right = width - 16
    x, y, axes = _axes(
        min(0.0, *values), max(values), max(max(xs) for _, xs, _ in lines), right, x_name, y_name
    )
    body = [axes]
    if level is not None:
        body.append(svg.line(x.start, y(level), right, y(level), stroke=WARM, stroke_dasharray="5 3"))
    for k, (_, xs, ys) in enumerate(lines):
        body.append(svg.tag("path", d=svg.path_of(map(x, xs), map(y, ys)), **_stroke(k)))
    if at is not None:
        body.append(svg.line(x(at[0]), 28, x(at[0]), 300, stroke=INK))
        end = x(at[0]) > (x.start + right) / 2
        body.append(
            svg.label(x(at[0]) + (-6 if end else 6), 292, at[1], text_anchor="end" if end else "start")
        )
    names, height = _legend([name for name, _, _ in lines], x.start, 356, right - x.start)
    said = "; ".join(f"{name} ends at {four_digits(ys[-1])}" for name, _, ys in lines)
    return svg.figure(uid, title, f"{title}. {said}.", width, 356 + height, *body, names)


def contrast_figure(
    labels: Sequence[str],
    statistics: Sequence[float],
    critical_value: float,
    two_sided: bool,
    *,
    width: Pixels = 640,
    uid: str = "tests",
) -> Svg:
    """One row a candidate: its statistic, filled where it is beyond the critical value."""
    ends = [0.0, critical_value, *statistics, *([-critical_value] if two_sided else [])]
    ticks = svg.nice_ticks(min(ends), max(ends))
    left = 20 + max(svg.text_width(label) for label in labels)
    x, bottom = Scale(ticks[0], ticks[-1], left, width - 20), 12.0 + 24 * len(labels)
    body = [svg.x_grid(ticks, x, 8, bottom, tick), svg.line(x(0), 8, x(0), bottom, stroke=MUTED)]
    for limit in (critical_value, -critical_value)[: 2 if two_sided else 1]:
        body.append(
            svg.line(x(limit), 8, x(limit), bottom, stroke=WARM, stroke_width=1.6, stroke_dasharray="5 3")
        )
    said = []
    for k, (label, t) in enumerate(zip(labels, statistics, strict=True)):
        y = 24.0 + 24 * k
        beyond = (abs(t) if two_sided else t) > critical_value
        body.append(svg.text(0, y + 4, label, font_weight=600 if beyond else None))
        body.append(svg.line(x(0), y, x(t), y, stroke=DEEP, stroke_width=1.5))
        body.append(svg.dot(x(t), y, 4.5, fill=DEEP if beyond else "#fff", stroke=DEEP, stroke_width=1.5))
        said.append(f"{label} {decimals(t, 3)}{', significant' if beyond else ''}")
    words = f"critical value {decimals(critical_value, 3)}"
    side = "end" if x(critical_value) > (left + width) / 2 else "start"
    body.append(svg.text(x(critical_value), bottom + 34, words, fill=WARM, text_anchor=side))
    title = f"Statistics of the candidates and their critical value {decimals(critical_value, 3)}"
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, bottom + 40, *body)


def response_figure(
    arms: Sequence[tuple[float, float, float, float]],
    band: tuple[Sequence[float], Sequence[float], Sequence[float]] | None,
    lines: Sequence[Line],
    *,
    target: tuple[float, float | None, float | None] | None = None,
    y_name: str,
    width: Pixels = 640,
    uid: str = "response",
) -> Svg:
    """Estimates with their intervals (dose, mean, low, high), fitted curves, the band of the first one, the
    target.

    ``target`` is a dose and the limits of its interval, None for a limit beyond the largest dose.
    """
    values = [v for arm in arms for v in arm[1:]]
    values += [v for _, _, ys in lines for v in ys] + ([*band[1], *band[2]] if band else [])
    top = max(arm[0] for arm in arms)
    x, y, axes = _axes(min(values), max(values), top, width - 24, "dose", y_name)
    body = []
    if band is not None:
        xs, low, high = band
        body.append(svg.area([x(d) for d in xs], [y(v) for v in low], [y(v) for v in high], FAINT))
    body.append(axes)
    if target is not None:
        dose, first, last = target
        ends = x(0.0 if first is None else first), x(top if last is None else last)
        body.append(svg.line(x(dose), 28, x(dose), 300, stroke=WARM, stroke_dasharray="5 3"))
        body.append(svg.line(ends[0], 300, ends[1], 300, stroke=WARM, stroke_width=4))
        side = "end" if x(dose) > (x.start + x.end) / 2 else "start"
        shift = -6 if side == "end" else 6
        body.append(
            svg.label(x(dose) + shift, 292, f"target dose {four_digits(dose)}", fill=WARM, text_anchor=side)
        )
    for k, (_, xs, ys) in reversed(list(enumerate(lines))):
        body.append(
            svg.tag("path", d=svg.path_of(map(x, xs), map(y, ys)), **_stroke(k, 2.6 if k == 0 else 1.5))
        )
    for dose, mean, low_end, high_end in arms:
        body.append(svg.line(x(dose), y(low_end), x(dose), y(high_end), stroke=INK, stroke_width=1.4))
        body.append(svg.square(x(dose), y(mean), 4, fill=INK))
    names, height = (
        _legend([name for name, _, _ in lines], x.start, 356, x.end - x.start) if lines else ("", 0.0)
    )
    title = "Estimates by dose with 95 % intervals" + (", and the fitted curves" if lines else "")
    said = "; ".join(f"dose {four_digits(d)}: {banded(m, a, b, four_digits)}" for d, m, a, b in arms)
    return svg.figure(uid, title, f"{title}. {said}.", width, 346 + height, *body, names)
