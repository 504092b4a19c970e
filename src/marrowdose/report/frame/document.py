"""What a page, a text or a protocol is made of, and how it is written as Markdown, plain text or data.

``frame.page`` writes the same nouns as HTML. ``Block`` is what every medium can say; ``PageBlock`` what a
page can also show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypedDict, TypeVar

from ...domain import BANNER
from .svg import Svg

MARK = "[to be completed: "  # begins what only a person can know


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences, one a bullet."""

    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """Cells below their headings; the first cell of a row is its name.

    Columns hold numbers, to the right, but for the first and those of ``words``. ``small``: in small print
    on paper.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: Sequence[int] = ()
    small: bool = False


def headed(caption: str, rows: Sequence[Sequence[str]], *, small: bool = False) -> Table:
    """A table of rows that begin with the headings."""
    return Table(caption, rows[0], rows[1:], small=small)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Words with a lead in bold before them, or their source after them; ``loud``: to be read from afar."""

    words: str
    lead: str = ""
    source: str = ""
    url: str = ""
    loud: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Our own drawing, with its title above and its explanation below.

    ``narrow``: the same for a phone, where it is drawn twice.
    """

    svg: Svg
    narrow: Svg | None = None
    title: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text whose lines and spaces stay as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Blank:
    """One empty row to be filled in by hand."""

    head: Sequence[str]


B = TypeVar("B", covariant=True)


@dataclass(frozen=True, slots=True)
class Section(Generic[B]):
    """Blocks below their heading; without a heading, the beginning of a page."""

    heading: str
    blocks: Sequence[B]


@dataclass(frozen=True, slots=True)
class Beside(Generic[B]):
    """Blocks side by side where the screen is wide enough."""

    blocks: Sequence[B]


Block = str | Points | Table
Simple = Block | Paragraph | Picture | Verbatim | Blank
PageBlock = Simple | Section[Simple] | Beside[Simple | Section[Simple]]


def to_complete(what: str) -> str:
    """A mark where a person must write, saying what is wanted there."""
    return f"{MARK}{what}]"


def spans(text: str) -> list[tuple[str, str]]:
    """A text as pieces, each "mark" (to be completed), "code" (between backticks) or "words".

    >>> spans("Run `fit`, then [to be completed: who]")
    [('words', 'Run '), ('code', 'fit'), ('words', ', then '), ('mark', '[to be completed: who]')]
    """
    found = []
    for k, piece in enumerate(text.split("`")):
        if k % 2:
            found.append(("code", piece))
            continue
        before, *marked = piece.split(MARK)
        found.append(("words", before))
        for what, _, after in (part.partition("]") for part in marked):
            found += [("mark", f"{MARK}{what}]"), ("words", after)]
    return [(kind, piece) for kind, piece in found if piece]


# plain text -------------------------------------------------------------------------------------------------


def as_text(*blocks: Block) -> str:
    """The blocks for a terminal, one below the other, and a line feed at the end."""
    return "\n".join(map(_lines_of, blocks)) + "\n"


def _lines_of(block: Block) -> str:
    if isinstance(block, str):
        return block
    if isinstance(block, Points):
        return "\n".join(f"- {s}" for s in block.sentences)
    widths = [max(map(len, column)) for column in zip(block.head, *block.rows, strict=True)]

    left = {0, *block.words}

    def line(cells: Sequence[str]) -> str:
        padded = enumerate(zip(cells, widths, strict=True))
        return "  ".join(c.ljust(w) if k in left else c.rjust(w) for k, (c, w) in padded).rstrip()

    lines = [line(block.head), "  ".join("-" * w for w in widths), *map(line, block.rows)]
    return "\n".join([block.caption, *lines] if block.caption else lines)


# Markdown ---------------------------------------------------------------------------------------------------


def markdown(title: str, sections: Sequence[Section[Block]]) -> str:
    """The document with its banner below the title."""
    body = "\n".join(f"## {s.heading}\n\n" + "\n\n".join(map(_markdown, s.blocks)) + "\n" for s in sections)
    return f"# {title}\n\n*{BANNER}*\n\n{body}"


def _markdown(block: Block) -> str:
    if not isinstance(block, Table):
        return _lines_of(block)
    head, *rows = (
        f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in (block.head, *block.rows)
    )
    return "\n".join([f"{block.caption}:", "", head, "|" + "---|" * len(block.head), *rows])


# data -------------------------------------------------------------------------------------------------------


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


def record(title: str, sections: Sequence[Section[Block]]) -> DocumentRecord:
    """The document as data: strings, lists of sentences, and tables as rows."""
    return {
        "title": title,
        "sections": [{"heading": s.heading, "blocks": [_data(b) for b in s.blocks]} for s in sections],
        "to_complete": [what for s in sections for b in s.blocks for what in wanted(b)],
    }


def _data(block: Block) -> str | list[str] | GridRecord:
    if isinstance(block, Table):
        return {"caption": block.caption, "rows": [list(row) for row in (block.head, *block.rows)]}
    return block if isinstance(block, str) else list(block.sentences)


def wanted(block: Block) -> list[str]:
    """What a person must still write in a block."""
    texts = [block] if isinstance(block, str) else block.sentences if isinstance(block, Points) else []
    return [piece.partition("]")[0] for text in texts for piece in text.split(MARK)[1:]]
