"""What a page says of a Recommendation beside its three sentences. Numbers are written, never made."""

from __future__ import annotations

from ...domain import FollowUpRow, Goal, Patient, Recommendation
from ...patient.sentences import (
    answer_sentence,
    gain,
    headline,
    named_row,
    outlook_of,
    versus_of,
    without_cells,
)
from ...wording import TREATMENT, capital, interval, months, number, sentence

__all__ = [
    "about_goal",
    "about_patient",
    "after_headline",
    "answer_sentence",
    "follow_up_sentence",
    "gain",
    "headline",
    "named_row",
    "outlook_of",
    "sentence",
    "versus_of",
    "without_cells",
]


def after_headline(rec: Recommendation) -> str:
    """The first sentence without the headline that a page has already set above it."""
    return capital(rec.sentences[0].removeprefix(headline(rec)).lstrip(".;: "))


def about_patient(patient: Patient) -> str:
    """``Woman, 58 years, Kellgren–Lawrence grade 3``."""
    who = {"female": "Woman", "male": "Man", None: "Patient"}[patient.sex]
    return f"{who}, {patient.age:g} years, knee osteoarthritis of Kellgren–Lawrence grade {patient.kl_grade}"


def about_goal(goal: Goal) -> str:
    """The goal as it was set."""
    return f"{gain(goal)} after {months(goal.month)}, compared with {TREATMENT[goal.comparator]}"


def follow_up_sentence(row: FollowUpRow) -> str:
    """What was expected of a later month before this patient's own scores, and after."""
    before, after = (f"{number(b.mean)} points ({interval(b)})" for b in (row.before, row.after))
    return (
        f"{row.domain.capitalize()} after {months(row.month)}: {after} better than before treatment, {before}"
        " before the scores were known."
    )
