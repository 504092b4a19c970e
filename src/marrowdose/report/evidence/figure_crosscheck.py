"""The frequentist curves over the Bayesian one: band and mean below, lines with whiskers above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...wording import dose_text
from ..frame import svg
from ..frame.numbers import banded, tenths, tick
from ..frame.svg import DEEP, FAINT, MID, MUTED, WARM, Pixels, Scale, Svg

_DASHES = ("7 4", "2 3", "9 3 2 3", "1 5")
_APART: Pixels = 5.0  # between the whiskers of two curves at one dose


class ComparedPoint(NamedTuple):
    """One frequentist curve at one dose [million], beside the Bayesian average: points with 95 % limits."""

    curve: str
    dose: float
    effect: float
    low: float
    high: float
    bayes: float
    bayes_low: float
    bayes_high: float
    agrees: bool


def crosscheck_figure(
    points: Sequence[ComparedPoint], *, width: Pixels = 640, uid: str = "crosscheck"
) -> Svg:
    """Every frequentist curve with its 95 % whiskers over the Bayesian 95 % band; a ring where they part."""
    title = "Frequentist curves over the Bayesian one: points of improvement at month 12, by dose"
    if not points:
        return svg.nothing(uid, title, width)
    names = list(dict.fromkeys(p.curve for p in points))
    below = sorted({p.dose: p for p in points}.values(), key=lambda p: p.dose)
    ends = [v for p in points for v in (p.low, p.high, p.bayes_low, p.bayes_high)]
    ticks = svg.nice_ticks(min(0.0, *ends), max(ends))
    x, y = Scale(0.0, below[-1].dose, 48, width - 24, "sqrt"), Scale(ticks[0], ticks[-1], 320, 30)
    at = [x(p.dose) for p in below]
    body = [
        svg.text(
            0,
            13,
            "Points of improvement over placebo; a ring: outside the Bayesian interval",
            font_weight=600,
        ),
        svg.y_grid(ticks, y, 48, width - 12, tick),
        svg.area(at, [y(p.bayes_low) for p in below], [y(p.bayes_high) for p in below], FAINT),
        svg.line(48, y(0), width - 12, y(0), stroke=MUTED),
        _line(at, [y(p.bayes) for p in below], MID, None),
    ]
    keys = [(svg.line(-9, 0, 9, 0, stroke=MID, stroke_width=2.4), "Bayesian average with its 95 % band")]
    for k, name in enumerate(names):
        own = sorted((p for p in points if p.curve == name), key=lambda p: p.dose)
        shift = (k - (len(names) - 1) / 2) * _APART
        dash = _DASHES[k % len(_DASHES)]
        body.append(_line([x(p.dose) + shift for p in own], [y(p.effect) for p in own], DEEP, dash))
        for p in own:
            here = x(p.dose) + shift
            body.append(svg.line(here, y(p.low), here, y(p.high), stroke=DEEP, stroke_width=1))
            body.append(svg.dot(here, y(p.effect)))
            if not p.agrees:
                body.append(svg.dot(here, y(p.effect), 7, fill="none", stroke=WARM, stroke_width=2))
        keys.append(
            (
                svg.line(-9, 0, 9, 0, stroke=DEEP, stroke_width=2, stroke_dasharray=dash),
                f"{name}, maximum likelihood",
            )
        )
    body.append(svg.x_ticks([p.dose for p in below], x, 324, dose_text))
    body.append(svg.text(width - 12, 360, "million cells", fill=MUTED, text_anchor="end"))
    drawn, height = svg.legend(keys, 0, 378, width)
    said = [
        f"{p.curve} at {dose_text(p.dose)} million {banded(p.effect, p.low, p.high, tenths)}, Bayesian"
        f" {banded(p.bayes, p.bayes_low, p.bayes_high, tenths)}{'' if p.agrees else ', they part'}"
        for p in points
    ]
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, 378 + height, *body, drawn)


def _line(xs: Sequence[Pixels], ys: Sequence[Pixels], colour: str, dash: str | None) -> str:
    return svg.tag(
        "path", d=svg.path_of(xs, ys), fill="none", stroke=colour, stroke_width=2, stroke_dasharray=dash
    )
