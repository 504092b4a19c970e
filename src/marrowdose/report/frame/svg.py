"""The tiny drawing layer: tags, text, scales and axes as SVG strings. Knows nothing of medicine.

One dark hue for what is said, lighter steps of it for doubt, grey for scaffolding, one warm colour for
warnings; every distinction also has a shape, a weight or a pattern, so a black-and-white print reads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Annotated, Literal, NewType

INK, MUTED, RULE = "#1b2a33", "#55636c", "#d5dce0"
DEEP, MID, SOFT, FAINT = "#08415c", "#4f9cc0", "#a3cde0", "#dcecf3"  # one hue, even steps of luminance
PALE = "#aab4ba"
WARM = "#b3470e"  # Okabe–Ito vermillion, darkened to pass contrast on white
FONT = "system-ui, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif"
SIZE = 12.0  # text, CSS pixels; nothing is smaller than 11
_WIDE_LETTER = 0.6  # width of an average letter, in parts of its size: an upper guess

Pixels = Annotated[float, "CSS pixels"]
WIDE: Pixels = 520.0
Svg = NewType("Svg", str)  # a whole picture of our own making: its text is escaped
Attribute = str | float | int | None


def num(x: float) -> str:
    """A coordinate: at most two decimals, so that the same picture is the same bytes."""
    return f"{round(x, 2) + 0.0:.10g}"


def tag(name: str, *children: str, **attributes: Attribute) -> str:
    """``<name …>children</name>``; ``stroke_width`` becomes ``stroke-width``; None is left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value) if isinstance(value, str) else num(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(children)}</{name}>" if children else f"<{name}{written}/>"


def text(x: Pixels, y: Pixels, words: str, **attributes: Attribute) -> str:
    """Escaped text at its baseline."""
    style: dict[str, Attribute] = {"fill": INK, "font_size": SIZE, **attributes}
    return tag("text", escape(words), x=x, y=y, **style)


def hover(words: str) -> str:
    """Escaped words that show where the pointer rests on the group they stand in."""
    return tag("title", escape(words))


def label(x: Pixels, y: Pixels, words: str, **attributes: Attribute) -> str:
    """Text with a white halo, to stand on top of a picture."""
    halo: dict[str, Attribute] = {"stroke": "#fff", "stroke_width": 3.5, "stroke_linejoin": "round"}
    return text(x, y, words, **{**halo, "paint_order": "stroke", **attributes})


def line(x1: Pixels, y1: Pixels, x2: Pixels, y2: Pixels, **attributes: Attribute) -> str:
    """A straight line, grey and thin unless told."""
    style: dict[str, Attribute] = {"stroke": RULE, "stroke_width": 1, **attributes}
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, **style)


def dot(x: Pixels, y: Pixels, r: Pixels = 3.5, **attributes: Attribute) -> str:
    """A filled circle."""
    return tag("circle", cx=x, cy=y, r=r, **({"fill": DEEP} | attributes))


def diamond(x: Pixels, y: Pixels, r: Pixels = 4.5, **attributes: Attribute) -> str:
    """A diamond standing on its corner."""
    path = f"M{num(x)} {num(y - r)}L{num(x + r)} {num(y)}L{num(x)} {num(y + r)}L{num(x - r)} {num(y)}Z"
    return tag("path", d=path, **({"fill": DEEP} | attributes))


def square(x: Pixels, y: Pixels, r: Pixels = 3.5, **attributes: Attribute) -> str:
    """A square around its centre."""
    return tag("rect", x=x - r, y=y - r, width=2 * r, height=2 * r, **({"fill": DEEP} | attributes))


def path_of(xs: Iterable[Pixels], ys: Iterable[Pixels]) -> str:
    """Path data of a line through the points."""
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in zip(xs, ys, strict=True))


def area(xs: Sequence[Pixels], low: Sequence[Pixels], high: Sequence[Pixels], fill: str) -> str:
    """The area between two lines."""
    return tag("path", d=path_of([*xs, *reversed(xs)], [*high, *reversed(low)]) + "Z", fill=fill)


def text_width(words: str, size: float = SIZE) -> Pixels:
    """An upper guess of how wide a text is drawn."""
    return _WIDE_LETTER * size * len(words)


@dataclass(frozen=True, slots=True)
class Scale:
    """Data → pixels, linear or by the square root (which opens the low doses without losing zero)."""

    low: float
    high: float
    start: Pixels
    end: Pixels
    kind: Literal["linear", "sqrt"] = "linear"

    def __call__(self, value: float) -> Pixels:
        """The pixel of a value; the middle of the range where the scale has no extent."""
        bend: Callable[[float], float] = (lambda v: math.sqrt(max(v, 0.0))) if self.kind == "sqrt" else float
        extent = bend(self.high) - bend(self.low)
        share = (bend(value) - bend(self.low)) / extent if extent else 0.5
        return self.start + share * (self.end - self.start)


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``.

    >>> nice_ticks(-3, 17)
    [-5.0, 0.0, 5.0, 10.0, 15.0, 20.0]
    """
    high = high if high > low else low + 1.0
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def uncrowded(labels: Sequence[str], at: Sequence[Pixels], first: Iterable[int] = ()) -> list[int]:
    """Which labels can be written side by side: those of ``first`` before the others."""
    kept: list[int] = []
    for i in dict.fromkeys([*first, *range(len(labels))]):
        room = [(text_width(labels[i]) + text_width(labels[k])) / 2 + 5 for k in kept]
        if all(abs(at[i] - at[k]) >= r for k, r in zip(kept, room, strict=True)):
            kept.append(i)
    return sorted(kept)


def y_grid(ticks: Sequence[float], y: Scale, x0: Pixels, x1: Pixels, write: Callable[[float], str]) -> str:
    """Horizontal rules with their values at the left."""
    return "".join(
        line(x0, y(t), x1, y(t)) + text(x0 - 7, y(t) + 4, write(t), text_anchor="end", fill=MUTED)
        for t in ticks
    )


def x_grid(ticks: Sequence[float], x: Scale, y0: Pixels, y1: Pixels, write: Callable[[float], str]) -> str:
    """Vertical rules with their values below."""
    return "".join(
        line(x(t), y0, x(t), y1) + text(x(t), y1 + 16, write(t), text_anchor="middle", fill=MUTED)
        for t in ticks
    )


def x_ticks(
    values: Sequence[float], x: Scale, y: Pixels, write: Callable[[float], str], first: Iterable[int] = ()
) -> str:
    """An axis with a tick at every value, and a label where there is room."""
    labels, at = [write(v) for v in values], [x(v) for v in values]
    ticks = "".join(line(p, y, p, y + 4, stroke=MUTED) for p in at)
    names = "".join(
        text(at[i], y + 17, labels[i], text_anchor="middle", fill=MUTED) for i in uncrowded(labels, at, first)
    )
    return line(x.start, y, x.end, y, stroke=MUTED) + ticks + names


def legend(entries: Sequence[tuple[str, str]], x: Pixels, y: Pixels, width: Pixels) -> tuple[str, Pixels]:
    """Marks (drawn around 0, 0, 18 wide) with their words, wrapped at ``width``; and the height they took."""
    drawn, left, top = [], x, y
    for mark, words in entries:
        needed = 24 + text_width(words) + 20
        if left > x and left + needed - 20 > x + width:
            left, top = x, top + 18
        drawn.append(tag("g", mark, transform=f"translate({num(left + 9)} {num(top)})"))
        drawn.append(text(left + 24, top + 4, words, fill=MUTED))
        left += needed
    return "".join(drawn), top - y + 18


def hatching(uid: str, colour: str = WARM) -> str:
    """A pattern of slanting lines: fill with ``url(#uid-hatch)``."""
    stroke = line(0, 0, 0, 7, stroke=colour, stroke_width=1.6, stroke_opacity=0.75)
    return tag(
        "defs",
        tag(
            "pattern",
            stroke,
            id=f"{uid}-hatch",
            width=7,
            height=7,
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        ),
    )


def figure(uid: str, title: str, desc: str, width: Pixels, height: Pixels, *body: str) -> Svg:
    """The whole picture with its name and its text alternative."""
    drawn = tag(
        "svg",
        tag("title", escape(title), id=f"{uid}-title"),
        tag("desc", escape(desc), id=f"{uid}-desc"),
        *body,
        xmlns="http://www.w3.org/2000/svg",
        role="img",
        aria_labelledby=f"{uid}-title",
        aria_describedby=f"{uid}-desc",
        viewBox=f"0 0 {num(width)} {num(height)}",
        width=width,
        height=height,
        font_family=FONT,
    )
    return Svg(drawn)


def nothing(uid: str, title: str, width: Pixels) -> Svg:
    """A picture that says there is nothing to draw."""
    said = text(0, 20, "Nothing to draw: no number is stated here.", fill=MUTED)
    return figure(uid, title, f"{title}: no number is stated.", width, 32, said)
