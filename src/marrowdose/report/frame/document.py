"""A document of sections, written once and rendered as Markdown, HTML or a record: the same words in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Annotated, TypedDict

from ...domain import BANNER

MARK = "[to be completed: "  # begins what only a person can know


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences, one a bullet."""

    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: ``rows`` begin with the headings, and each row with its name."""

    caption: str
    rows: Sequence[Sequence[str]]


Block = str | Points | Grid
Section = tuple[str, Sequence[Block]]  # heading, and what stands below


def to_complete(what: str) -> str:
    """A mark where a person must write, saying what is wanted there."""
    return f"{MARK}{what}]"


def markdown(title: str, sections: Sequence[Section]) -> str:
    """The document with its banner below the title."""
    body = "\n".join(
        f"## {head}\n\n" + "\n\n".join(map(_markdown, blocks)) + "\n" for head, blocks in sections
    )
    return f"# {title}\n\n*{BANNER}*\n\n{body}"


def _markdown(block: Block) -> str:
    if isinstance(block, str):
        return block
    if isinstance(block, Points):
        return "\n".join(f"- {s}" for s in block.sentences)
    head, *rows = (f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in block.rows)
    return "\n".join([f"{block.caption}:", "", head, "|" + "---|" * len(block.rows[0]), *rows])


def html_parts(sections: Sequence[Section]) -> list[tuple[str, str]]:
    """(heading, HTML) of every section, for ``population.page``."""
    return [(head, "".join(map(html_of, blocks))) for head, blocks in sections]


def html_of(block: Block) -> str:
    """One block; what is to be completed is marked, also where colours are not printed."""
    if isinstance(block, str):
        return f"<p>{_marked(block)}</p>"
    if isinstance(block, Points):
        return f"<ul>{''.join(f'<li>{_marked(s)}</li>' for s in block.sentences)}</ul>"
    head, *rows = block.rows
    top = "".join(f"<th scope='col'>{escape(h)}</th>" for h in head)
    body = "".join(
        f"<tr><th scope='row'>{escape(first)}</th>{''.join(f'<td>{escape(c)}</td>' for c in rest)}</tr>"
        for first, *rest in rows
    )
    return (
        "<div class='scroll'"
        f" tabindex='0'><table><caption>{escape(block.caption)}</caption><thead><tr>{top}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _marked(text: str) -> str:
    """Escaped; ``[to be completed: …]`` as a mark, `code` as code."""
    out, rest = "", escape(text)
    while MARK in rest:
        before, _, rest = rest.partition(MARK)
        what, _, rest = rest.partition("]")
        out += f"{before}<mark>{MARK}{what}]</mark>"
    pieces = (out + rest).split("`")
    return "".join(f"<code>{p}</code>" if k % 2 else p for k, p in enumerate(pieces))


class GridRecord(TypedDict):
    """A table: rows begin with the headings, and each row with its name."""

    caption: str
    rows: list[list[str]]


class SectionRecord(TypedDict):
    """A section of a document."""

    heading: str
    blocks: Annotated[list[str | list[str] | GridRecord], "paragraphs, lists of sentences and tables"]


class DocumentRecord(TypedDict):
    """A document as data."""

    title: str
    sections: list[SectionRecord]
    to_complete: Annotated[list[str], "what a person must still write"]


def record(title: str, sections: Sequence[Section]) -> DocumentRecord:
    """The document as data: strings, lists of sentences, and tables as rows."""
    return {
        "title": title,
        "sections": [{"heading": head, "blocks": [_data(b) for b in blocks]} for head, blocks in sections],
        "to_complete": [what for _, blocks in sections for b in blocks for what in wanted(b)],
    }


def _data(block: Block) -> str | list[str] | GridRecord:
    if isinstance(block, Grid):
        return {"caption": block.caption, "rows": [list(row) for row in block.rows]}
    return block if isinstance(block, str) else list(block.sentences)


def wanted(block: Block) -> list[str]:
    """What a person must still write in a block."""
    texts = [block] if isinstance(block, str) else block.sentences if isinstance(block, Points) else []
    return [piece.partition("]")[0] for text in texts for piece in text.split(MARK)[1:]]
