"""Pictures of longitudinal designs: answers and patients by arm, estimates over the truth, where trials end."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain import Points, Probability
from . import svg
from .svg import DEEP, INK, MUTED, SOFT, WARM, Pixels, Scale

_95 = 1.959963984540054  # half-width of a 95 % interval in standard errors
LEFT, BOTTOM, TOP = 46.0, 250.0, 40.0


def answer_figure(labels: Sequence[str], named: Sequence[tuple[Probability, Probability]], treated: Sequence[Probability], *, width: Pixels = 640, uid: str = "answers") -> str:  # fmt: skip
    """Bars an arm: how often it is the answer (with the 95 % interval of the simulation), and its share of patients.

    The first arm is placebo: named means "no dose".
    """
    y = Scale(0, 1, BOTTOM, TOP)
    step = (width - LEFT - 10) / len(labels)
    key, _ = svg.legend([(_key(DEEP), "named"), (_key(SOFT), "share of patients")], LEFT, 14, width - LEFT)
    body, said = (
        [key, svg.y_grid([0, 0.25, 0.5, 0.75, 1], y, LEFT, width - 10, lambda v: f"{100 * v:.0f} %")],
        [],
    )
    for k, name in enumerate(labels):
        middle = LEFT + (k + 0.5) * step
        (share, se), people = named[k], treated[k]
        body.append(svg.text(middle, BOTTOM + 18, name, text_anchor="middle", fill=MUTED))
        for side, value, fill in ((-1, share, DEEP), (1, people, SOFT)):
            body.append(svg.tag("rect", x=middle + side * step * 0.17 - step * 0.15, y=y(value), width=step * 0.3, height=y(0) - y(value), fill=fill))  # fmt: skip
        at = middle - step * 0.17
        body.append(svg.line(at, y(max(share - _95 * se, 0)), at, y(min(share + _95 * se, 1)), stroke=INK, stroke_width=1.5))  # fmt: skip
        said.append(f"{name}: named {100 * share:.1f} %, {100 * people:.1f} % of patients")
    title = "What is named, and who is treated"
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, BOTTOM + 30, *body)


def estimate_figure(labels: Sequence[str], truth: Sequence[Points], estimate: Sequence[tuple[Points, Points, Points]], *, width: Pixels = 640, uid: str = "estimates") -> str:  # fmt: skip
    """Diamonds: the true benefit (mean over trials); dots: mean of the estimates, with the middle 95 % of trials."""
    ends = [v for row in estimate for v in row] + [*truth, 0.0]
    ticks = svg.nice_ticks(min(ends), max(ends))
    y = Scale(min(*ends, ticks[0]), max(*ends, ticks[-1]), BOTTOM, TOP)
    step = (width - LEFT - 10) / len(labels)
    entries = [
        (svg.diamond(0, 0, fill=WARM), "true benefit"),
        (svg.dot(0, 0, fill=DEEP), "estimates: mean, middle 95 %"),
    ]
    key, _ = svg.legend(entries, LEFT, 14, width - LEFT)
    body, said = [key, svg.y_grid(ticks, y, LEFT, width - 10, lambda v: f"{v:g}")], []
    for k, name in enumerate(labels):
        at = LEFT + (k + 0.5) * step
        mean, low, high = estimate[k]
        body.append(svg.text(at, BOTTOM + 18, name, text_anchor="middle", fill=MUTED))
        body.append(svg.line(at, y(low), at, y(high), stroke=DEEP, stroke_width=2))
        body.append(svg.dot(at, y(mean), fill=DEEP) + svg.diamond(at - 12, y(truth[k]), fill=WARM))
        said.append(f"{name}: true {truth[k]:.1f}, estimates {mean:.1f} ({low:.1f} to {high:.1f})")
    title = "Benefit over placebo, points: estimates over the truth"
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, BOTTOM + 30, *body)


def ending_figure(
    looks: Sequence[tuple[str, Probability]], *, width: Pixels = 640, uid: str = "endings"
) -> str:
    """One bar a look: the share of trials that end there."""
    body, said, high = [], [], 30.0
    for k, (name, share) in enumerate(looks):
        top = 10 + k * high
        body.append(svg.text(0, top + 15, name, fill=MUTED))
        body.append(svg.tag("rect", x=220, y=top, width=(width - 290) * share, height=20, fill=SOFT))
        body.append(svg.text(226 + (width - 290) * share, top + 15, f"{100 * share:.1f} %"))
        said.append(f"{name}: {100 * share:.1f} %")
    title = "Where trials end"
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, 16 + len(looks) * high, *body)


def _key(fill: str) -> str:
    return svg.tag("rect", x=-7, y=-6, width=14, height=12, fill=fill)
