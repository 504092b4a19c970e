"""One self-contained page: its frame, and the one environment of all templates.

All HTML stands in templates: those every story uses in ``frame/templates``, a story's own beside it. Text is
escaped by the environment; only the macro of a picture takes what it is given as it is, our own SVG.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...domain import BANNER
from ...wording import capital, number, sentence
from .document import PageBlock, Section, spans
from .words import STALE

if TYPE_CHECKING:
    from jinja2 import Environment


def page(title: str, sections: Sequence[Section[PageBlock]], *, stale: bool = False) -> str:
    """A page of sections, with the banner on top and, where ``stale``, the warning that its fit is old."""
    template = environment().get_template("frame/templates/page.html")
    return template.render(title=title, banner=BANNER, stale=STALE if stale else "", sections=sections)


def environment() -> Environment:
    """Templates by their path below ``report``: escaped, and strict about names."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("marrowdose.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "capital": capital,
        "noun": _noun,
        "number": number,
        "sentence": sentence,
        "spans": spans,
    }
    return made


def _noun(block: PageBlock) -> str:
    """The name of a block's class: which macro writes it."""
    return type(block).__name__
