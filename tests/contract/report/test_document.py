"""The nouns of a page: the same words in every medium, escaped, and HTML in templates alone."""

import ast
import re
from pathlib import Path

import pytest

import marrowdose
from marrowdose.report.frame import svg
from marrowdose.report.frame.document import (
    Beside,
    Blank,
    PageBlock,
    Paragraph,
    Picture,
    Points,
    Section,
    Table,
    Verbatim,
    as_text,
    headed,
    markdown,
    record,
    to_complete,
)
from marrowdose.report.frame.page import environment, page
from marrowdose.report.frame.pictures import drawn

SOURCE = Path(marrowdose.__file__).parent
TEMPLATES = {path.relative_to(SOURCE).as_posix(): path.read_text("utf-8") for path in SOURCE.rglob("*.html")}
ELEMENTS = (
    "a|article|b|body|br|caption|code|dd|div|dl|dt|em|figcaption|figure|h[1-6]|head|header|html|i|li|main|mark|"
    "nav|ol|p|pre|script|section|small|span|strong|style|table|tbody|td|th|thead|tr|ul"
)
TAG = re.compile(rf"</?({ELEMENTS})(\s[^<>]*)?>|<({ELEMENTS})\s[a-z-]+=")
EVIL = "<script>alert('x')</script> & \"y\""
BLOCKS: dict[str, PageBlock] = {
    "words": EVIL,
    "points": Points([EVIL]),
    "table": Table(EVIL, [EVIL, EVIL], [[EVIL, EVIL]]),
    "paragraph": Paragraph(lead=EVIL, words=EVIL, source=EVIL, url=EVIL),
    "title of a picture": Picture(svg=svg.nothing("a", EVIL, 99), title=EVIL, words=EVIL),
    "verbatim": Verbatim(EVIL),
    "to fill in": Blank([EVIL]),
    "section": Section(EVIL, [EVIL]),
    "beside": Beside([EVIL, Section(EVIL, [Points([EVIL])])]),
    "to be written": to_complete(EVIL),
    "code": f"`{EVIL}`",
}


def written(*blocks: PageBlock) -> str:
    """The page's body."""
    return page("A page", [Section("A part", blocks)]).partition("<h1>")[2]


def words_of(html: str) -> list[str]:
    return re.sub(r"<[^>]+>", " ", html).split()


def strings(path: Path) -> list[str]:
    """Every string of a module but its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    told = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told
    ]


def test_html_is_written_in_templates_alone() -> None:
    modules = {path for path in SOURCE.rglob("*.py") if path != SOURCE / "report/frame/svg.py"}
    found = {
        (path.relative_to(SOURCE).as_posix(), text)
        for path in modules
        for text in strings(path)
        if TAG.search(text)
    }
    assert not found
    assert TAG.search("<p class='next'>")
    assert TAG.search("<table>")
    assert not TAG.search("p < 0.0001 and q > 2")


def test_only_our_own_drawings_are_trusted() -> None:
    trusted = {name: text.count("safe") for name, text in TEMPLATES.items() if "safe" in text}
    assert trusted == {"report/frame/templates/blocks.html": 1}
    assert environment().autoescape is True


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_text_is_escaped_in_every_block(block: PageBlock) -> None:
    html = written(block)
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_table_has_the_same_cells_in_every_medium() -> None:
    table = headed("Doses", [["dose", "effect", "says"], ["10 M", "−3.1", "of all"], ["25 M", "12.0", "two"]])
    html = written(table)
    assert " ".join(words_of(html)).endswith("Doses dose effect says 10 M −3.1 of all 25 M 12.0 two")
    assert as_text(table).splitlines() == [
        "Doses",
        "dose  effect    says",
        "----  ------  ------",
        "10 M    −3.1  of all",
        "25 M    12.0     two",
    ]
    assert "| 25 M | 12.0 | two |" in markdown("A", [Section("B", [table])])
    assert record("A", [Section("B", [table])])["sections"][0]["blocks"][0] == {
        "caption": "Doses",
        "rows": [["dose", "effect", "says"], ["10 M", "−3.1", "of all"], ["25 M", "12.0", "two"]],
    }


def test_a_table_can_be_read_and_scrolled_without_a_mouse() -> None:
    html = written(Table("Doses", ["dose", "effect", "says"], [["10 M", "−3.1", "of all"]], words=[2]))
    assert 'role="region" aria-label="Table: Doses" tabindex="0"' in html
    assert "<caption>Doses</caption>" in html
    assert html.count('scope="col"') == 3
    assert '<th scope="row">10 M</th><td class="n">−3.1</td><td>of all</td>' in html


def test_words_stand_to_the_left_in_plain_text() -> None:
    table = Table("", ["a", "says"], [["1", "x"], ["2", "longer"]], words=[1])
    assert as_text(table) == "a  says\n-  ------\n1  x\n2  longer\n"


def test_a_picture_is_drawn_for_desk_and_phone() -> None:
    def draw(*, width: svg.Pixels, uid: str) -> svg.Svg:
        return svg.figure(uid, "Title", "Description", width, 10)

    html = written(drawn(draw, "shown", title="Seen", words="What it is"))
    assert re.findall(r'<div class="(\w+)"><svg.*?id="shown-(\w+)-title"', html) == [
        ("wide", "wide"),
        ("narrow", "narrow"),
    ]
    assert re.findall(r'<svg[^>]* width="(\d+)"', html) == ["640", "330"]
    assert "<h3>Seen</h3>" in html
    assert '<figcaption class="note">What it is</figcaption>' in html


def test_what_a_person_must_write_is_marked() -> None:
    html = written(f"Run `fit` first. {to_complete('who decides')}")
    assert "<p>Run <code>fit</code> first. <mark>[to be completed: who decides]</mark></p>" in html


def test_a_source_is_linked_and_a_lead_is_bold() -> None:
    html = written(Paragraph(lead="Yes.", words="It holds.", source="A 2020", url="https://example.org/a"))
    assert '<p><b>Yes.</b> It holds. Source: <a href="https://example.org/a">A 2020</a>.</p>' in html


def test_a_stale_fit_is_warned_of() -> None:
    assert 'role="alert"' in page("A", [], stale=True)
    assert 'role="alert"' not in page("A", [])
