"""One self-contained page: every number a doctor needs in two minutes, and where it comes from."""

from __future__ import annotations

import re
from functools import partial
from typing import NamedTuple

from ...domain import DOMAINS, Measurement, Patient, Recommendation
from ...files.whole import write_text_atomically
from ...joint.action import DoseAction
from ...wording import TREATMENT, dose_text, interval, months, number, of_100, people, percent
from ..frame.document import Picture
from ..frame.numbers import UNKNOWN, signed, tenths
from ..frame.page import environment
from ..frame.pictures import Draw, drawn
from ..frame.words import STALE, listed
from . import explanations, figures_dose, figures_patient, how_it_may_act, tables, words

__all__ = ["to_html", "write_text_atomically"]
_SIZES = (490, 326)  # CSS pixels: a column of the desk page, the whole of a phone


class Fact(NamedTuple):
    """A number to be seen first, and what it means."""

    value: str
    meaning: str


def to_html(rec: Recommendation, action: DoseAction | None = None) -> str:
    """The page, with inline styles and pictures; the same bytes for the same Recommendation and action."""
    template = environment().get_template("plan/templates/plan.html")
    written = template.render(
        rec=rec,
        words=words,
        stale_words=STALE,
        explanations=explanations,
        stated=rec.verdict != "refused" and bool(rec.doses),
        undetermined=any((row.p_responder_undetermined or 0) >= 0.005 for row in rec.doses),
        goal_months=months(rec.goal.month),
        pictures=_pictures(rec, action),
        facts=_facts(rec),
        patient=_patient(rec.patient),
        doses=tables.dose_lines(rec),
        notes=tables.notes(rec),
        comparisons=tables.comparison_lines(rec),
        counts=tables.counts(rec),
        inputs=tables.inputs(rec),
        follow_up=tables.follow_up(rec),
        weights=tables.weights(rec),
        trace=tables.trace(rec),
        domains=DOMAINS,
        action=() if action is None else how_it_may_act.action_sentences(action),
        action_title=how_it_may_act.TITLE,
        follow_up_domains=tuple(d for d in DOMAINS if any(row.domain == d for row in rec.follow_up)),
    )
    return re.sub(r"(\d) %", "\\1\u00a0%", written)  # a number stays with its sign


def _pictures(rec: Recommendation, action: DoseAction | None) -> dict[str, Picture]:
    draw: dict[str, Draw] = {
        "answers": partial(figures_dose.answers_figure, rec),
        "comparators": partial(figures_patient.comparator_figure, rec),
        "harm": partial(figures_dose.harm_figure, rec),
        "inputs": partial(figures_patient.inputs_figure, rec),
    }
    for domain in DOMAINS:
        draw[f"benefit-{domain}"] = partial(figures_dose.benefit_figure, rec, domain)
        draw[f"follow-up-{domain}"] = partial(figures_patient.follow_up_figure, rec, domain)
    if action is not None:
        draw["action"] = partial(how_it_may_act.action_figure, action)
    row = words.named_row(rec)
    outlook = words.outlook_of(row, rec.goal.domain) if row else None
    if outlook is not None and outlook.p_improvement_mcid is not None:
        draw["icons"] = partial(figures_patient.icon_figure, rec)
    return {name: drawn(one, name, sizes=_SIZES) for name, one in draw.items()}


def _facts(rec: Recommendation) -> tuple[Fact, ...]:
    """Up to four numbers about the dose that the words speak of."""
    row, goal = words.named_row(rec), rec.goal
    outlook = words.outlook_of(row, goal.domain) if row else None
    if rec.verdict == "refused" or row is None or outlook is None:
        return ()
    versus, other = (
        words.versus_of(outlook, goal.comparator),
        words.without_cells(rec, goal.comparator, goal.domain),
    )
    against, facts = TREATMENT[goal.comparator], []
    if outlook.p_improvement_mcid is not None:
        p_without = other[1].p_improvement_mcid if other else None
        without = "" if p_without is None else f"; {of_100(p_without)} with {against}"
        facts.append(Fact(people(outlook.p_improvement_mcid), f"have {words.gain(goal)}{without}"))
    if versus is not None:
        facts.append(
            Fact(
                signed(versus.difference.mean),
                f"points more than {against} on average (95 % band {interval(versus.difference)})",
            )
        )
        facts.append(Fact(percent(versus.p_better), f"chance that the cells do more than {against}"))
    harm = row.harm
    serious = f"serious events: {number(harm.serious_events)} of {number(harm.serious_at_risk)}"
    facts.append(Fact(people(harm.p_local_reaction.mean), f"have a local reaction; {serious}"))
    return tuple(facts)


def _patient(patient: Patient) -> tuple[tuple[str, str], ...]:
    """What was told about the patient, unknown things named as such."""

    def told(value: object, written: str) -> str:
        return UNKNOWN if value is None else written

    conditions = patient.conditions
    treated = patient.treated_dose
    return (
        ("Age", f"{patient.age:g} years"),
        ("Sex", told(patient.sex, str(patient.sex))),
        ("Kellgren–Lawrence grade", str(patient.kl_grade)),
        ("Pain", _score(patient.pain)),
        ("Function", _score(patient.function)),
        ("Patient’s global assessment", _score(patient.patient_global)),
        ("Body-mass index", told(patient.bmi, f"{tenths(patient.bmi or 0)} kg/m²")),
        ("Symptoms for", told(patient.symptom_months, f"{patient.symptom_months or 0:g} months")),
        ("Other illnesses", told(patient.comorbidities, str(patient.comorbidities))),
        ("Conditions", told(conditions, listed(conditions or ()).replace("_", " ") or "none")),
        ("Cells from", told(patient.donor, "the patient" if patient.donor == "autologous" else "a donor")),
        *([("Treated with", f"{dose_text(treated)} million cells")] if treated is not None else []),
    )


def _score(score: Measurement | None) -> str:
    """``WOMAC pain 11 of 0–20: severity 55 of 100``."""
    if score is None:
        return UNKNOWN
    measured = f"{score.value:g} of {score.minimum:g}–{score.maximum:g}"
    severity = f"severity {number(score.severity)} of 100"
    return f"{explanations.instrument_label(score.instrument)} {measured}: {severity}"
