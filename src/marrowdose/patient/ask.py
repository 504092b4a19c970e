"""Ask for one patient, question by question. An empty answer is unknown; a bad one is asked again with the
reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..errors import InputError
from ..outcomes import INSTRUMENTS
from .fields import PATIENT, Field
from .intake import EXAMPLE, patient_from

ASKED = (
    "age",
    "kl_grade",
    "sex",
    "bmi",
    "pain",
    "function",
    "symptom_months",
    "comorbidities",
    "conditions",
    "donor",
)


def ask(answer: Callable[[str], str], say: Callable[[str], None] = print) -> dict[str, object]:
    """The answers as a patient JSON object. ``answer(prompt)`` returns one line; end of input raises
    ``InputError``.
    """
    talk = _Talk(answer=answer, say=say)
    say("An empty answer means unknown. Age, KL grade and one score are needed.")
    data: dict[str, object] = {}
    for field in map(PATIENT.__getitem__, ASKED):
        needed = field.needed or (field.key == "function" and "pain" not in data)
        value = talk.value_of(field, needed)
        if value is not None:
            data[field.key] = value
    return data


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    """Whom to ask, and how to answer."""

    answer: Callable[[str], str]
    say: Callable[[str], None]

    def value_of(self, field: Field, needed: bool) -> object:
        """The value of one field, asked until it can be used; None if unknown."""
        while True:
            text = self._line(f"{question(field)}: ")
            if not text and not needed:
                return None
            try:
                value = _read(field, text)
                patient_from({**EXAMPLE, field.key: value}, "answer")
                return value
            except InputError as problem:
                self.say(f"  {problem}")

    def _line(self, prompt: str) -> str:
        try:
            return self.answer(prompt).strip()
        except EOFError as problem:
            self.say("")  # the sentence stands on a line of its own
            remedy = "answer every question; an empty line means unknown"
            raise InputError("the answers ended early", where="ask", remedy=remedy) from problem
        except UnicodeDecodeError as problem:
            self.say("")
            remedy = "type plain letters and digits"
            raise InputError("an answer is not UTF-8 text", where="ask", remedy=remedy) from problem


def question(field: Field) -> str:
    """The field as a question: its label with its unit, its choices, or the form of the answer."""
    if field.kind == "score":
        codes = ", ".join(k for k, i in INSTRUMENTS.items() if i.measures == field.key)
        return f"{field.label} as: instrument value min max ({codes})"
    if field.kind == "list":
        return f"{field.label}: {', '.join(field.choices)} (comma-separated, or none)"
    if field.kind == "choice":
        return f"{field.label} ({field.allowed})"
    return field.label if field.kind == "whole" else f"{field.label} in {field.unit}"


def _read(field: Field, text: str) -> object:
    if field.kind in ("number", "whole") or field.key == "kl_grade":
        return _number(text)
    if field.kind == "list":
        return [] if text == "none" else [part.strip() for part in text.split(",")]
    if field.kind != "score":
        return text
    parts = text.replace("/", " ").split()
    if len(parts) != 4:
        remedy = "for example: womac_pain 11 0 20"
        raise InputError("give four words", allowed="instrument value min max", remedy=remedy)
    value, low, high = map(_number, parts[1:])
    return {"instrument": parts[0], "value": value, "min": low, "max": high}


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError as problem:
        raise InputError("a number is needed") from problem
    return int(value) if value.is_integer() else value
