"""What the words and the limits of the page mean, for readers who ask."""

from __future__ import annotations

from ...curves import curves
from ...domain import Goal, Recommendation
from ...outcomes import INSTRUMENTS, MCIDS
from ...units import Points
from ...wording import number, people, percent
from ..frame.numbers import tenths
from .words import named_row

LIMITS = (
    "For specialists who already know the patient. It informs a talk between two people; it orders nothing.",
    (
        "It speaks of one injection of cultured bone-marrow mesenchymal stem cells into one knee with "
        "osteoarthritis, not of marrow concentrate, cells of other tissues or repeated injections."
    ),
    "It cannot see what the trials did not measure or did not report, and small trials flatter.",
    "Whether cells rebuild cartilage is not answered here: only pain, function and harm are.",
)


def mcid_source(goal: Goal) -> str:
    """Where the MCID of the goal comes from."""
    known = MCIDS.get(goal.mcid_source)
    return known.source if known else goal.mcid_source


def curve_says(name: str) -> str:
    """What a dose-response curve claims, in a phrase."""
    known = curves().get(name)
    return known.says if known else name


def instrument_label(code: str) -> str:
    """``WOMAC pain`` for ``womac_pain``."""
    known = INSTRUMENTS.get(code)
    return known.label if known else code


def serious(rec: Recommendation) -> str:
    """Serious events seen, and what that number of patients can rule out."""
    row = named_row(rec)
    if row is None or not row.harm.serious_at_risk:
        return "No trial counted serious events near this dose."
    harm = row.harm
    return (
        f"Serious events in the trials: {number(harm.serious_events)} of {number(harm.serious_at_risk)} "
        f"patients, so the true rate may be as high as {people(harm.serious_upper95)} (95 % limit)."
    )


def value_of_knowing(rec: Recommendation) -> str:
    """EVPI in points and plain words."""
    small = rec.evpi < rec.goal.margin_of_mcid * rec.goal.mcid
    worth = (
        "That is small beside the smallest change a patient notices: "
        "another trial of the dose would change little for patients like this one."
        if small
        else "That is enough to matter: a trial that compares doses would be worth having."
    )
    return (
        f"If the best dose were known for certain, patients like this one would gain {_gained(rec.evpi)} "
        f"more on average; knowing only the true shape of the dose curve, {_gained(rec.evpi_curve)}. {worth}"
    )


def _gained(x: Points) -> str:
    return f"{tenths(x)} points" if x >= 0.05 else "next to nothing"


def simulation_error(rec: Recommendation) -> str:
    """How much of the last digit is computer noise."""
    return (
        f"Numbers out of 100 carry a simulation error of about {tenths(max(100 * rec.monte_carlo_se, 0.1))} "
        f"(standard error near 50 of 100). In {percent(rec.floor_share)} of the simulated scores the "
        "improvement would have passed the end of the scale; they were set to the end."
    )


def glossary(goal: Goal) -> tuple[tuple[str, str], ...]:
    """The terms of the page, explained for this goal."""
    return (
        (
            "Points",
            "All scores are turned to a 0–100 scale. An improvement is positive: less pain, better function.",
        ),
        (
            "MCID",
            (
                "Minimal clinically important difference: the smallest change that patients find worthwhile. "
                f"Here {number(goal.mcid)} points. Source: {mcid_source(goal)}."
            ),
        ),
        (
            "Benefit",
            (
                "What the cells add over placebo, as an average of patients like this one. Improvement is the"
                " whole change of one patient from today's score: benefit, placebo response and natural"
                " course."
            ),
        ),
        (
            "Responder",
            (
                "By the OMERACT-OARSI rule: pain or function better by at least 50 % and 20 points, or two of"
                " pain, function and patient's global assessment better by at least 20 % and 10 points."
                " Undetermined: a score that could decide it is not known."
            ),
        ),
        (
            "Band",
            (
                "50, 80 and 95 % bands: the truth is expected inside them with that chance, given the trials"
                " and the model."
            ),
        ),
        (
            "Of 100 and %",
            "“58 of 100” counts patients. “91 %” says how sure we are of a statement.",
        ),
    )
