"""Pictures of a page of sections: drawn for a desk and for a phone, with a title and an explanation."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

_WIDE, _NARROW = 640, 330  # CSS pixels


def picture(title: str, words: str, draw: Callable[[int, str], str], uid: str) -> str:
    """``draw(width, uid)`` twice, of which the reader's screen shows one."""
    sizes = (("wide", _WIDE), ("narrow", _NARROW))
    drawn = "".join(f"<div class='{size}'>{draw(width, f'{uid}-{size}')}</div>" for size, width in sizes)
    return (
        f"<figure><h3>{escape(title)}</h3>{drawn}<figcaption"
        f" class='note'>{escape(words)}</figcaption></figure>"
    )
