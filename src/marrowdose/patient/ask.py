"""Ask for one patient, question by question. An empty answer is unknown; a bad one is asked again with the
reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import InputError
from ..outcomes import INSTRUMENTS
from .intake import CONDITIONS, EXAMPLE, patient_from


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value


def ask(answer: Callable[[str], str], say: Callable[[str], None] = print) -> dict[str, Any]:
    """The answers as a patient JSON object. ``answer(prompt)`` returns one line; end of input raises
    ``InputError``.
    """

    def one(prompt: str, read: Callable[[str], Any], key: str, needed: bool = False) -> Any:
        while True:
            try:
                text = answer(prompt + ": ").strip()
            except EOFError as problem:
                say("")  # the sentence stands on a line of its own
                raise InputError(
                    "the answers ended early",
                    where="ask",
                    remedy="answer every question; an empty line means unknown",
                ) from problem
            except UnicodeDecodeError as problem:
                say("")
                raise InputError(
                    "an answer is not UTF-8 text", where="ask", remedy="type plain letters and digits"
                ) from problem
            if not text and not needed:
                return None
            try:
                value = read(text)
                patient_from({**EXAMPLE, key: value}, "answer")
                return value
            except (InputError, ValueError) as problem:
                say(f"  {problem if isinstance(problem, InputError) else 'A number is needed.'}")

    say("An empty answer means unknown. Age, KL grade and one score are needed.")
    data: dict[str, Any] = {
        "age": one("Age in years", _number, "age", True),
        "kl_grade": one("Kellgren–Lawrence grade, 0–4, from the radiology report", _number, "kl_grade", True),
        "sex": one("Sex (female, male)", str, "sex"),
        "bmi": one("BMI in kg/m²", _number, "bmi"),
    }
    for key in ("pain", "function"):
        codes = ", ".join(k for k, i in INSTRUMENTS.items() if i.measures == key)

        def score(text: str) -> dict[str, Any]:
            parts = text.replace("/", " ").split()
            if len(parts) != 4:
                raise InputError(
                    "give four words",
                    allowed="instrument value min max",
                    remedy="for example: womac_pain 11 0 20",
                )
            value, low, high = map(_number, parts[1:])
            return {"instrument": parts[0], "value": value, "min": low, "max": high}

        needed = key == "function" and data.get("pain") is None
        question = f"{key.capitalize()} score as: instrument value min max ({codes})"
        data[key] = one(question, score, key, needed)
    data["symptom_months"] = one("Months since symptoms began", _number, "symptom_months")
    data["comorbidities"] = one("Number of other long-term conditions", _number, "comorbidities")
    data["conditions"] = one(
        f"Any of: {', '.join(CONDITIONS)} (comma-separated, or none)",
        lambda t: [] if t == "none" else [p.strip() for p in t.split(",")],
        "conditions",
    )
    data["donor"] = one("Donor (autologous, allogeneic)", str, "donor")
    return {k: v for k, v in data.items() if v is not None}
