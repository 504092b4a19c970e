"""Pictures of dose-finding designs: what is chosen and who is treated by dose, and the decision table."""

from __future__ import annotations

from collections.abc import Sequence

from ....units import Z95, Probability
from ...frame import numbers, svg
from ...frame.numbers import significant, simulated_share
from ...frame.svg import DEEP, FAINT, INK, MID, MUTED, PALE, SOFT, WARM, Pixels, Scale, Svg

Share = tuple[Probability, Probability]  # value and Monte-Carlo standard error
_TOLD = {"E": "escalate", "S": "stay", "D": "de-escalate", "X": "eliminate", "■": "the trial ends"}
_FILL = {"E": SOFT, "S": FAINT, "D": MID, "X": WARM, "■": WARM}


def choice_figure(
    labels: Sequence[str],
    chosen: Sequence[Share],
    treated: Sequence[Share | None],
    toxicity: Sequence[Probability | None],
    efficacy: Sequence[Probability | None],
    *,
    width: Pixels = 640,
    uid: str = "choice",
) -> Svg:
    """Bars a dose: how often it is chosen and its share of the patients; dots: the truth that was assumed.

    Whiskers are 95 % intervals of the Monte-Carlo error. None where a column has no such number ("none").
    """
    left = 46.0
    step = (width - left - 10) / len(labels)
    entries = [
        (_key(DEEP), "chosen"),
        (_key(SOFT), "share of patients"),
        (svg.diamond(0, 0, fill=WARM), "true toxicity"),
    ]
    if any(p is not None for p in efficacy):
        entries.append((svg.dot(0, 0, fill="#fff", stroke=INK, stroke_width=2), "true response"))
    key, high = svg.legend(entries, left, 14, width - left)
    bottom = high + 230
    y = Scale(0, 1, bottom, high + 20)
    body = [key, svg.y_grid([0, 0.25, 0.5, 0.75, 1], y, left, width - 10, numbers.share)]
    said = []
    for k, name in enumerate(labels):
        middle = left + (k + 0.5) * step
        body.append(svg.text(middle, bottom + 18, name, text_anchor="middle", fill=MUTED))
        words = [f"{name}: chosen {simulated_share(chosen[k][0])}"]
        for side, share, fill in ((-1, chosen[k], DEEP), (1, treated[k], SOFT)):
            if share is not None:
                body.append(_bar(middle + side * step * 0.17, step * 0.3, share, y, fill))
        if (share := treated[k]) is not None:
            words.append(f"{simulated_share(share[0])} of patients")
        for p, shape, what in ((toxicity[k], _toxic, "toxicity"), (efficacy[k], _effective, "efficacy")):
            if p is not None:
                body.append(shape(middle, y(p)))
                words.append(f"true {what} {significant(100 * p)} %")
        said.append(", ".join(words))
    title = "What is chosen, and who is treated"
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, bottom + 28, *body)


def _key(fill: str) -> str:
    return svg.tag("rect", x=-7, y=-6, width=14, height=12, fill=fill)


def _bar(x: Pixels, width: Pixels, share: Share, y: Scale, fill: str) -> str:
    value, se = share
    low, high = max(value - Z95 * se, 0), min(value + Z95 * se, 1)
    box = svg.tag("rect", x=x - width / 2, y=y(value), width=width, height=y(0) - y(value), fill=fill)
    return box + svg.line(x, y(low), x, y(high), stroke=INK, stroke_width=1.5)


def _toxic(x: Pixels, y: Pixels) -> str:
    return svg.diamond(x, y, 5, fill=WARM, stroke="#fff")


def _effective(x: Pixels, y: Pixels) -> str:
    return svg.dot(x, y, 4.5, fill="#fff", stroke=INK, stroke_width=2)


def decision_figure(
    patients: Sequence[int], decisions: Sequence[str], *, width: Pixels = 640, uid: str = "decisions"
) -> Svg:
    """The decision table to print and hang up: a column for every number of patients, a row for every
    toxicity.

    ``decisions[k]`` holds one letter for 0, 1, 2 … toxicities of ``patients[k]``: E, S, D, X or ■.
    """
    longest = max(len(column) for column in decisions)
    barred = [all(column[y] in "X■" for column in decisions if y < len(column)) for y in range(longest)]
    rows = next((y + 1 for y in range(longest) if all(barred[y:])), longest)  # what follows is all alike
    left, top, high = 60.0, 52.0, 20.0
    wide = min((width - left - 10) / len(patients), 60.0)
    used = [letter for letter in _TOLD if any(letter in column for column in decisions)]
    entries = [(_key(_FILL[letter]) + _letter(0, 4, letter), _TOLD[letter]) for letter in used]
    key, _ = svg.legend(entries, 0, 10, width)
    body = [key, svg.text(0, top - 8, "patients", fill=MUTED)]
    body += [
        svg.text(left + (k + 0.5) * wide, top - 8, str(n), text_anchor="middle")
        for k, n in enumerate(patients)
    ]
    for y in range(rows):
        said_y = f"{y}+" if y == rows - 1 < longest - 1 else str(y)
        body.append(svg.text(left - 8, top + (y + 0.7) * high, said_y, text_anchor="end"))
        for k, column in enumerate(decisions):
            if y < len(column):
                at = {"x": left + k * wide + 1, "y": top + y * high + 1}
                body.append(svg.tag("rect", width=wide - 2, height=high - 2, fill=_FILL[column[y]], **at))
                body.append(_letter(left + (k + 0.5) * wide, top + (y + 0.7) * high, column[y]))
    body.append(svg.text(0, top + 0.7 * high, "toxic", fill=MUTED))
    title = "Decision by the toxicities at the current dose"
    said = [
        f"{n} patients: " + ", ".join(f"{y} {_TOLD[c]}" for y, c in enumerate(column))
        for n, column in zip(patients, decisions, strict=True)
    ]
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, top + rows * high + 8, *body)


def _letter(x: Pixels, y: Pixels, letter: str) -> str:
    fill = INK if letter in "ES" else "#fff"
    return svg.text(x, y, letter, text_anchor="middle", fill=fill, font_weight=600)


_FILLS = (DEEP, MID, SOFT, PALE)


def chosen_figure(
    labels: Sequence[str],
    designs: Sequence[tuple[str, Sequence[Share | None]]],
    toxicity: Sequence[Probability | None],
    efficacy: Sequence[Probability | None],
    *,
    width: Pixels = 640,
    uid: str = "chosen",
) -> Svg:
    """Bars a dose, one for each design: how often it chooses the dose; marks: the truth that was assumed.

    None where a design has no such dose, or the truth says nothing.
    """
    entries = [(_key(_FILLS[k % 4]), name) for k, (name, _) in enumerate(designs)]
    entries.append((svg.diamond(0, 0, fill=WARM), "true toxicity"))
    if any(p is not None for p in efficacy):
        entries.append((svg.dot(0, 0, fill="#fff", stroke=INK, stroke_width=2), "true response"))
    left = 46.0
    key, high = svg.legend(entries, left, 14, width - left)
    bottom = high + 230
    y = Scale(0, 1, bottom, high + 20)
    step = (width - left - 10) / len(labels)
    wide = step * 0.8 / len(designs)
    body = [key, svg.y_grid([0, 0.25, 0.5, 0.75, 1], y, left, width - 10, numbers.share)]
    said = []
    for j, label in enumerate(labels):
        middle, words = left + (j + 0.5) * step, []
        body.append(svg.text(middle, bottom + 18, label, text_anchor="middle", fill=MUTED))
        for k, (name, shares) in enumerate(designs):
            if (share := shares[j]) is not None:
                at = middle + (k - (len(designs) - 1) / 2) * wide
                body.append(_bar(at, wide * 0.92, share, y, _FILLS[k % 4]))
                words.append(f"{name} {simulated_share(share[0])}")
        for p, shape, what in ((toxicity[j], _toxic, "toxicity"), (efficacy[j], _effective, "response")):
            if p is not None:
                body.append(shape(middle, y(p)))
                words.append(f"true {what} {significant(100 * p)} %")
        said.append(f"{label}: {', '.join(words)}")
    title = "How often each dose is chosen"
    return svg.figure(uid, title, f"{title}. {'; '.join(said)}.", width, bottom + 28, *body)
