"""Pictures of a meta-analysis: forest, dose-response with the studies' own effects, funnel, Baujat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...units import Z95, Array
from ..frame import svg
from ..frame.numbers import banded, significant, tick
from ..frame.svg import DEEP, FAINT, MID, MUTED, Pixels, Scale, Svg


def forest_figure(
    labels: Sequence[str],
    y: Array,
    v: Array,
    pooled: tuple[float, float, float] | None = None,
    *,
    x_name: str = "effect",
    width: Pixels = 640,
    uid: str = "forest",
) -> Svg:
    """One row a study: effect with its 95 % interval, the square by weight; a diamond for the pooled effect.

    ``y`` effects and ``v`` their variances (k,); ``pooled`` is (estimate, low, high).
    """
    half = Z95 * np.sqrt(v)
    ends = np.concatenate([y - half, y + half, [] if pooled is None else pooled, [0.0]])
    ticks = svg.nice_ticks(float(ends.min()), float(ends.max()))
    left = 20 + max(svg.text_width(label) for label in [*labels, "all studies"])
    x = Scale(ticks[0], ticks[-1], left, width - 20)
    bottom = 24.0 + 22 * (len(y) + (pooled is not None))
    body = [svg.x_grid(ticks, x, 12, bottom, tick), svg.line(x(0), 12, x(0), bottom, stroke=MUTED)]
    largest = float((1 / v).max())
    for k, label in enumerate(labels):
        at = 24.0 + 22 * k
        body.append(svg.text(0, at + 4, label))
        body.append(svg.line(x(y[k] - half[k]), at, x(y[k] + half[k]), at, stroke=DEEP, stroke_width=1.5))
        body.append(svg.square(x(y[k]), at, 2 + 5 * float(np.sqrt(1 / v[k] / largest))))
    if pooled is not None:
        at, (mean, low, high) = 24.0 + 22 * len(y), pooled
        body.append(svg.text(0, at + 4, "all studies", font_weight=600))
        corners = [(x(low), at), (x(mean), at - 6), (x(high), at), (x(mean), at + 6), (x(low), at)]
        body.append(svg.tag("path", d=svg.path_of(*zip(*corners, strict=True)), fill=MID))
    body.append(svg.text(width - 20, bottom + 34, x_name, fill=MUTED, text_anchor="end"))
    title = "Effect of each study with its 95 % interval"
    said = [f"{label} {banded(y[k], y[k] - half[k], y[k] + half[k])}" for k, label in enumerate(labels)]
    if pooled is not None:
        said.append(f"all studies {banded(*pooled)}")
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, bottom + 42, *body)


def dose_figure(
    doses: Array,
    effect: Array,
    low: Array,
    high: Array,
    studies: Sequence[tuple[str, Array, Array, Array]],
    *,
    y_name: str = "effect",
    width: Pixels = 640,
    uid: str = "dose",
) -> Svg:
    """The pooled curve with its band, and every study's own effects joined by a line.

    ``studies``: (name, doses, heights, standard errors), the study's reference first; it has no standard
    error.
    """
    ends = np.concatenate([low, high, *(e for _, _, e, _ in studies), [0.0]])
    ticks = svg.nice_ticks(float(ends.min()), float(ends.max()))
    right = width - 20 - max((svg.text_width(name) for name, *_ in studies), default=0.0)
    x, y = Scale(0.0, float(doses.max()), 56, right), Scale(ticks[0], ticks[-1], 300, 28)
    xs = [x(d) for d in doses]
    body = [
        svg.text(0, 14, y_name, fill=MUTED),
        svg.text(right, 334, "dose", fill=MUTED, text_anchor="end"),
        svg.y_grid(ticks, y, 56, right, tick),
        svg.area(xs, [y(v) for v in low], [y(v) for v in high], FAINT),
        svg.line(56, y(0), right, y(0), stroke=MUTED),
        svg.x_ticks([t for t in svg.nice_ticks(0, x.high) if t <= x.high], x, 300, tick),
    ]
    for name, at, found, se in studies:
        px, py = [x(d) for d in at], [y(e) for e in found]
        body.append(
            svg.tag(
                "path",
                d=svg.path_of(px, py),
                fill="none",
                stroke=MUTED,
                stroke_dasharray="3 3",
            )
        )
        body += [
            svg.dot(a, b, 2 + 4 / (1 + float(s) / max(1e-12, float(np.ptp(ends))) * 20), fill=MID)
            for a, b, s in zip(px[1:], py[1:], se, strict=True)
        ]
        body.append(svg.label(px[-1] + 6, py[-1] + 4, name, font_size=11))
    body.append(
        svg.tag("path", d=svg.path_of(xs, [y(v) for v in effect]), fill="none", stroke=DEEP, stroke_width=2.4)
    )
    title = "Dose and effect: pooled curve with its 95 % band, and every study"
    desc = "; ".join(
        f"dose {significant(d)}: {banded(e, a, b)}"
        for d, e, a, b in zip(
            doses[:: max(1, len(doses) // 6)],
            effect[:: max(1, len(doses) // 6)],
            low[:: max(1, len(doses) // 6)],
            high[:: max(1, len(doses) // 6)],
            strict=True,
        )
    )
    return svg.figure(uid, title, f"{title}. {desc}.", width, 340, *body)


def funnel_figure(
    y: Array, v: Array, centre: float, *, x_name: str = "effect", width: Pixels = 480, uid: str = "funnel"
) -> Svg:
    """Effects against their standard errors, the most precise at the top, with the 95 % funnel around
    ``centre``.
    """
    se = np.sqrt(v)
    most = float(se.max()) * 1.05
    reach = max(float(np.abs(y - centre).max()), Z95 * most)
    x, at = Scale(centre - reach, centre + reach, 50, width - 20), Scale(0.0, most, 16, 300)
    ticks = [t for t in svg.nice_ticks(x.low, x.high) if x.low <= t <= x.high]
    edge = [
        (x(centre), at(0)),
        (x(centre - Z95 * most), at(most)),
        (x(centre + Z95 * most), at(most)),
        (x(centre), at(0)),
    ]
    body = [
        svg.tag("path", d=svg.path_of(*zip(*edge, strict=True)), fill=FAINT),
        svg.line(x(centre), at(0), x(centre), at(most), stroke=MUTED),
        svg.x_grid(ticks, x, 16, 300, tick),
        *(svg.dot(x(e), at(s)) for e, s in zip(y, se, strict=True)),
        svg.text(0, 12, "SE 0", fill=MUTED),
        svg.text(width - 20, 334, x_name, fill=MUTED, text_anchor="end"),
    ]
    outside = int((np.abs(y - centre) > Z95 * se).sum())
    title = "Funnel: effect against standard error"
    return svg.figure(
        uid,
        title,
        f"{title}. {len(y)} studies, {outside} outside the 95 % funnel around {significant(centre)}.",
        width,
        342,
        *body,
    )


def baujat_figure(
    labels: Sequence[str], share: Array, influence: Array, *, width: Pixels = 520, uid: str = "baujat"
) -> Svg:
    """Contribution to heterogeneity (x) against influence on the pooled effect (y), as ``influence.baujat``
    returns.
    """
    xt, yt = svg.nice_ticks(0, float(share.max())), svg.nice_ticks(0, float(influence.max()))
    x, y = Scale(0, xt[-1], 56, width - 110), Scale(0, yt[-1], 300, 16)
    body = [svg.y_grid(yt, y, 56, width - 110, tick), svg.x_grid(xt, x, 16, 300, tick)]
    for label, a, b in zip(labels, share, influence, strict=True):
        body += [svg.dot(x(a), y(b)), svg.label(x(a) + 6, y(b) + 4, label, font_size=11)]
    body.append(svg.text(60, 12, "pull on the result", fill=MUTED))
    body.append(svg.text(width - 110, 334, "contribution to heterogeneity", fill=MUTED, text_anchor="end"))
    title = "Baujat: heterogeneity brought in against influence"
    said = "; ".join(
        f"{label} {significant(a)}, {significant(b)}"
        for label, a, b in zip(labels, share, influence, strict=True)
    )
    return svg.figure(uid, title, f"{title}. {said}.", width, 342, *body)
