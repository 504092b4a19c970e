"""The protocol given to its reader: Markdown to a file or the terminal, HTML to a file, or data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ....domain import BANNER
from ....files.json import text_of
from ....files.whole import write_text_atomically
from ...frame.document import Block, Section, markdown, record
from ...frame.page import page
from .frame import TITLE
from .record import TrialProtocolRecord


def give(
    name: str, sections: Sequence[Section[Block]], out: str | None, html: str | None, *, as_json: bool
) -> str:
    """Writes the files that are asked for and returns what to print: the protocol, unless a file has it."""
    title, written = TITLE.format(name=name), []
    told: TrialProtocolRecord = {
        "schema": "trial-protocol/1",
        "banner": BANNER,
        **record(title, sections),
    }
    if out is not None:
        write_text_atomically(Path(out), markdown(title, sections))
        written.append(f"Protocol written to {out}\n")
    if html is not None:
        write_text_atomically(Path(html), page(title, sections))
        written.append(f"Protocol written to {html}\n")
    if as_json:
        return text_of(told)
    return "".join(written) or markdown(title, sections)
