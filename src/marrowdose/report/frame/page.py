"""One self-contained page: its frame and the environment of its templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...domain import BANNER
from .numbers import estimate, number, share
from .words import STALE, capital, sentence

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def page(title: str, parts: Sequence[tuple[str, str]], stale: bool) -> str:
    """A small self-contained page of sections; the figures are our own SVG, the texts our own words."""

    pass

    return (
        environment()
        .get_template("sections.html")
        .render(
            title=title,
            banner=BANNER,
            stale=STALE if stale else "",
            parts=[(head, as_markup(body)) for head, body in parts],
        )
    )


def as_markup(own: str) -> Markup:
    """HTML or SVG of our own making, whose text is escaped already."""
    from markupsafe import Markup

    return Markup(own)


def environment() -> Environment:
    """Templates of this folder: escaped, and strict about names."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("marrowdose.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": number,
        "share": share,
        "estimate": estimate,
        "sentence": sentence,
        "capital": capital,
        "minus": lambda written: written.replace("-", "−"),
    }
    return made
