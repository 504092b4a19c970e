"""Pictures of the recorded validation runs, beside their records.

python validation/draw.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from marrowdose.report.frame import svg
from marrowdose.report.frame.svg import DEEP, FAINT, MID, MUTED, PALE, WARM, Scale

HERE = Path(__file__).parent
BINS = np.linspace(0, 1, 11)


def reliability(rows: list[dict[str, Any]]) -> list[tuple[str, list[tuple[float, float, int]]]]:
    """For each statement: (mean probability said, share that was true, how many) in bins of probability."""
    names = [s[0] for s in rows[0]["statements"]]
    found = []
    for k, name in enumerate(names):
        said = np.array([r["statements"][k][1] for r in rows])
        true = np.array([r["statements"][k][2] for r in rows], float)
        place = np.clip(np.digitize(said, BINS) - 1, 0, len(BINS) - 2)
        found.append(
            (
                name,
                [
                    (said[place == b].mean(), true[place == b].mean(), int((place == b).sum()))
                    for b in range(len(BINS) - 1)
                    if (place == b).any()
                ],
            )
        )
    return found


def draw_reliability(rows: list[dict[str, Any]]) -> str:
    """What was said against what was true, one small panel a statement."""
    panels, side, gap = reliability(rows), 190.0, 70.0
    body = []
    for i, (name, points) in enumerate(panels):
        left, top = 50 + (i % 2) * (side + gap), 34 + (i // 2) * (side + 78)
        x, y = Scale(0, 1, left, left + side), Scale(0, 1, top + side, top)
        body += [
            svg.text(left, top - 12, name.replace("does more than", "beats"), font_weight=600),
            svg.y_grid([0, 0.5, 1], y, left, left + side, lambda v: f"{v:g}"),
            svg.x_grid([0, 0.5, 1], x, top, top + side, lambda v: f"{v:g}"),
            svg.line(x(0), y(0), x(1), y(1), stroke=MUTED, stroke_dasharray="4 3"),
        ]
        for said, true, n in points:
            se = np.sqrt(max(true * (1 - true), 0.25 / n) / n)
            body.append(
                svg.line(
                    x(said),
                    y(min(1, true + 2 * se)),
                    x(said),
                    y(max(0, true - 2 * se)),
                    stroke=MID,
                    stroke_width=1.5,
                )
            )
            body.append(svg.dot(x(said), y(true), 2 + 0.35 * np.sqrt(n)))
        body.append(
            svg.text(left + side / 2, top + side + 34, "probability said", text_anchor="middle", fill=MUTED)
        )
    desc = "; ".join(
        f"{n}: " + ", ".join(f"said {a:.2f}, true {b:.2f} (n {c})" for a, b, c in p) for n, p in panels
    )
    return svg.figure(
        "reliability",
        "Said and true, in simulated worlds",
        desc,
        2 * side + gap + 80,
        2 * (side + 78) + 20,
        *body,
    )


def draw_regret(rows: list[dict[str, Any]]) -> str:
    """Benefit lost by the advice and by three naive rules, in each world and over all."""
    rules, worlds = list(rows[0]["loss"]), [*dict.fromkeys(r["world"] for r in rows), "all worlds"]
    inside = {w: [r for r in rows if w in (r["world"], "all worlds")] for w in worlds}
    mean = {(w, rule): float(np.mean([r["loss"][rule] for r in inside[w]])) for w in worlds for rule in rules}
    se = {
        (w, rule): float(np.std([r["loss"][rule] for r in inside[w]]) / np.sqrt(len(inside[w])))
        for w in worlds
        for rule in rules
    }
    x = Scale(0, max(mean.values()) * 1.1, 150, 600)
    fills, body, top = (DEEP, PALE, MID, WARM), [], 30.0
    for w in worlds:
        body.append(svg.text(140, top + 30, w, text_anchor="end", font_weight=600))
        for rule, fill in zip(rules, fills, strict=True):
            m, s = mean[w, rule], se[w, rule]
            body.append(svg.tag("rect", x=x(0), y=top, width=max(0.5, x(m) - x(0)), height=11, fill=fill))
            body.append(svg.line(x(max(0, m - 2 * s)), top + 5.5, x(m + 2 * s), top + 5.5, stroke="#000"))
            top += 13
        top += 12
    body.append(svg.x_grid(svg.nice_ticks(0, x.high)[:-1], x, 24, top, lambda v: f"{v:g}"))
    keys, height = svg.legend(
        [(svg.square(0, 0, 6, fill=f), r) for r, f in zip(rules, fills, strict=True)], 20, top + 40, 600
    )
    desc = "; ".join(
        f"{w}, {rule}: {mean[w, rule]:.2f} points (Monte-Carlo error {se[w, rule]:.2f})"
        for w in worlds
        for rule in rules
    )
    return svg.figure(
        "regret", "Benefit lost against the best dose [points]", desc, 640, top + 44 + height, *body, keys
    )


def draw_ranks(rows: list[dict[str, Any]]) -> str:
    """Rank histograms of some reported quantities, pooled over curves, with the range of uniform ranks."""
    names = [
        "effect",
        "tau",
        "gamma",
        "tau_on",
        "tau_off",
        "slope",
        "serial",
        "pain 50M month 12",
        "function 100M month 6",
    ]
    body, bins = [], 20
    for i, name in enumerate(names):
        ranks = np.array([r["ranks"][name] for r in rows if name in r["ranks"]])
        count = np.histogram(ranks, bins, (-0.5, 99.5))[0]
        expected = len(ranks) / bins
        spread = 2 * np.sqrt(expected)
        left, top = 20 + (i % 3) * 220, 30 + (i // 3) * 130
        x, y = (
            Scale(0, bins, left, left + 190),
            Scale(0, max(count.max(), expected + spread) * 1.05, top + 90, top),
        )
        body.append(svg.text(left, top - 6, name, font_weight=600))
        body.append(
            svg.tag(
                "rect",
                x=left,
                y=y(expected + spread),
                width=190,
                height=y(expected - spread) - y(expected + spread),
                fill=FAINT,
            )
        )
        body += [
            svg.tag("rect", x=x(b) + 1, y=y(c), width=7.5, height=y(0) - y(c), fill=MID)
            for b, c in enumerate(count)
        ]
        body.append(svg.line(left, y(expected), left + 190, y(expected), stroke=DEEP))
    return svg.figure(
        "ranks",
        "Ranks of true values among posterior draws",
        "Rank histograms; uniform ranks lie in the pale band.",
        680,
        430,
        *body,
    )


def main() -> None:
    worlds = json.loads((HERE / "worlds" / "record.json").read_text())["rows"]
    sbc = json.loads((HERE / "sbc" / "record.json").read_text())["rows"]
    (HERE / "worlds" / "reliability.svg").write_text(draw_reliability(worlds) + "\n")
    (HERE / "worlds" / "regret.svg").write_text(draw_regret(worlds) + "\n")
    (HERE / "sbc" / "ranks.svg").write_text(draw_ranks(sbc) + "\n")


if __name__ == "__main__":
    main()
