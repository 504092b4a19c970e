"""Pictures drawn for a desk and for a phone: text keeps its size, and the style sheet shows one of them."""

from __future__ import annotations

from typing import Protocol

from .document import Picture
from .svg import Pixels, Svg

_SIZES: tuple[Pixels, Pixels] = (640, 330)  # of a page of sections


class Draw(Protocol):
    """Anything that draws one picture in a width; ``uid`` begins the ids in it."""

    def __call__(self, *, width: Pixels, uid: str) -> Svg:
        """The picture."""


def drawn(
    draw: Draw, uid: str, *, title: str = "", words: str = "", sizes: tuple[Pixels, Pixels] = _SIZES
) -> Picture:
    """The picture wide and narrow."""
    wide, narrow = sizes
    return Picture(
        svg=draw(width=wide, uid=f"{uid}-wide"),
        narrow=draw(width=narrow, uid=f"{uid}-narrow"),
        title=title,
        words=words,
    )
