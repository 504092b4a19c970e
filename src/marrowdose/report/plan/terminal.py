"""The plan in a terminal: 80 columns, readable without colour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...domain import Recommendation
from ...joint.action import DoseAction
from ...wording import capital, number, sentence
from ..frame.words import STALE
from . import how_it_may_act, words
from .tables import dose_lines, notes

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 80


def print_plan(rec: Recommendation, console: Console | None = None, action: DoseAction | None = None) -> None:
    """The three sentences, the table of doses, the reasons, the doubts, and how the dose may act."""
    from rich.console import Console
    from rich.text import Text

    # what comes from outside is printed as text, never read as markup
    out = console or Console(highlight=False)
    width = min(out.width, WIDTH)

    def say(sentence: str, style: str = "", bullet: str = "") -> None:
        indent = " " * len(bullet)
        lines = Text(sentence, style).wrap(out, width - len(bullet))
        for i, line in enumerate(lines):
            line.rstrip()
            out.print(Text(indent if i else bullet) + line, soft_wrap=True)

    def part(title: str, sentences: Iterable[str]) -> None:
        for i, said in enumerate(sentences):
            if i == 0:
                out.print()
                say(title, "bold")
            say(said, bullet="  - ")

    say(rec.banner, "dim")
    if rec.stale:
        say(f"WARNING. {STALE}", "bold")
    out.print()
    say(words.headline(rec), "bold")
    say(f"{words.about_patient(rec.patient)}. Goal: {words.about_goal(rec.goal)}.", "dim")
    for said in rec.sentences:
        out.print()
        say(said)
    if rec.doses and rec.verdict != "refused":
        out.print()
        out.print(_table(rec), width=width)
        say("Benefit: points over placebo, mean and 95 % band. Columns without a unit count", "dim")
        say("patients of 100; in brackets after +, those who cannot be told.", "dim")
    part(
        "Notes",
        (f"{n.letter}  {capital(n.doses)}, {n.kind}. {sentence(n.sentence)}" for n in notes(rec)),
    )
    part("Reasons", map(sentence, rec.reasons))
    part("After the measured scores", map(words.follow_up_sentence, rec.follow_up))
    part("Doubts", map(sentence, rec.caveats))
    part("Not known", map(sentence, rec.unknown))
    part(how_it_may_act.TITLE, () if action is None else how_it_may_act.action_sentences(action))


def _table(rec: Recommendation) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, pad_edge=False)
    goal = rec.goal
    heads = (
        "Million\ncells",
        f"Benefit,\n{goal.domain}",
        f"≥ {number(goal.mcid)}\npoints",
        "Respon-\nders",
        "Local\nreaction",
    )
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("\nAdvice", no_wrap=True)
    for line in dose_lines(rec):
        benefit = line.benefits[0 if goal.domain == "pain" else 1]
        cells = (line.dose, benefit, line.reaching, line.responder, line.reaction)
        style = "bold" if line.status == "named first" else "dim" if line.status == "refused" else ""
        advice = f"{line.status} {line.letters}".rstrip()
        table.add_row(*(Text(cell) for cell in (*cells, advice)), style=style)
    return table
