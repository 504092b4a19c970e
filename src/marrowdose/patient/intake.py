"""From a JSON object to a Patient and a Goal: every field checked, nothing guessed, unknown stays unknown.

What may be given is said in ``fields``; this file adds what no single field can show.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from ..domain import COMPARATORS, DOMAINS, Domain, Goal, Measurement, Patient
from ..errors import InputError, require
from ..files.json import shown
from ..outcomes import INSTRUMENTS, MCIDS, measure
from ..units import KgPerM2, Months, Points
from .fields import CONDITIONS, MAX_VISITS, PATIENT, VISIT_GAP
from .given import Given, between, check_keys, choice, choices, json_object, number
from .goal_fields import GOAL

__all__ = ["CONDITIONS", "EXAMPLE", "FIELDS", "goal_from", "goal_text", "patient_from"]

FIELDS = tuple(PATIENT)
EXAMPLE: dict[str, object] = {
    "age": 61,
    "sex": "female",
    "bmi": 29.4,
    "kl_grade": 3,
    "pain": {"instrument": "womac_pain", "version": "Likert", "min": 0, "max": 20, "value": 11},
    "function": {"instrument": "womac_function", "version": "Likert", "min": 0, "max": 68, "value": 36},
    "symptom_months": 48,
    "conditions": [],
    "donor": "autologous",
    "cell_source": "bm_msc",
    "compare": ["placebo", "ha", "corticosteroid"],
}
_USUAL = "leave it out for the usual goal"
_SCORE = ("instrument", "version", "min", "max", "value")


def _score(given: object, where: str, measures: str, month: Months = 0.0) -> Measurement | None:
    if given is None:
        return None
    example = 'an object such as {"instrument": "womac_pain", "min": 0, "max": 20, "value": 11}'
    data = json_object(given, f"{shown(given)} is not a score", where, example)
    check_keys(data, _SCORE, where)
    for key in ("instrument", "min", "max", "value"):
        remedy = "a score needs its instrument, its range (min, max) and its value"
        require(data.get(key) is not None, f"{key!r} is missing", where=where, remedy=remedy)
    low, high, value = (_figure(data[key], f"{where}.{key}") for key in ("min", "max", "value"))
    code, names = data["instrument"], ", ".join(k for k, i in INSTRUMENTS.items() if i.measures == measures)
    known = INSTRUMENTS.get(code) if isinstance(code, str) else None
    if known is None:
        raise InputError(f"unknown instrument {shown(code)}", where=where, allowed=names)
    alone = known.measures == measures
    require(alone, f"{known.label} does not measure {measures} alone", where=where, allowed=names)
    _check_version(known.code, data.get("version"), high, where)
    return measure(known.code, value, low, high, where=where, month=month)


def _figure(value: object, where: str) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e6:
        return value
    allowed = "a plain number in the units of the instrument"
    raise InputError(f"{shown(value)} is not usable", where=where, allowed=allowed)


_ITEMS = {"womac_pain": 5, "womac_function": 17}
_ITEM_SCORES = {"likert": (4,), "lk": (4,), "nrs": (10,), "vas": (10, 100), "va3": (10, 100)}  # the largest


def _check_version(code: str, version: object, maximum: float, where: str) -> None:
    """Refuse a range that belongs to another version of the WOMAC than the one that is named."""
    if version is None:
        return
    if not isinstance(version, str):
        what, allowed = f"{shown(version)} is no version", 'text as "Likert"'
        raise InputError(what, where=f"{where}.version", allowed=allowed)
    named = next((v for k, v in _ITEM_SCORES.items() if version.lower().startswith(k)), ())
    item = maximum / _ITEMS.get(code, math.inf)
    if named and item in (4, 10, 100):
        require(
            item in named,
            f"the range 0–{maximum:g} is that of another version than {shown(version)}",
            where=where,
            allowed=" or ".join(f"0–{_ITEMS[code] * k}" for k in named),
            remedy="check which version was filled in",
        )


def patient_from(given: object, where: str = "patient", *, see: str = "") -> Patient:
    """A checked ``Patient`` from a JSON object. Needs age, KL grade and one pain or function score.

    ``where`` names it in messages, ``see`` is where an example is found.
    """
    data = json_object(given, "a patient is a JSON object", where, remedy=see)
    check_keys(data, FIELDS, where)
    age, grade = _age(data, where), _grade(data, where)
    pain = _score(data.get("pain"), f"{where}, pain", "pain")
    function = _score(data.get("function"), f"{where}, function", "function")
    require(
        pain is not None or function is not None,
        "neither pain nor function is given",
        where=where,
        remedy="give one score with its instrument, min, max and value",
    )
    conditions = choices(data, PATIENT["conditions"], where)
    compare = choices(data, PATIENT["compare"], where)
    comorbidities = _comorbidities(data, where)
    dose = number(data, PATIENT["treated_dose"], where)
    follow_up = _follow_up(data.get("follow_up"), f"{where}, follow_up")
    _check_follow_up(follow_up, dose, {"pain": pain, "function": function}, where)
    return Patient(
        age=age,
        kl_grade=grade,
        pain=pain,
        function=function,
        patient_global=_score(data.get("global"), f"{where}, global", "global"),
        sex=choice(data, PATIENT["sex"], where),
        bmi=_bmi(data, where),
        symptom_months=number(data, PATIENT["symptom_months"], where),
        comorbidities=comorbidities,
        conditions=conditions,
        donor=choice(data, PATIENT["donor"], where),
        cell_source=choice(data, PATIENT["cell_source"], where) or "bm_msc",
        compare=compare or COMPARATORS,
        treated_dose=dose,
        follow_up=follow_up,
    )


def _age(data: Given, where: str) -> float:
    age = number(data, PATIENT["age"], where, "age is needed")
    if age is None:
        raise InputError("age is missing", where=where, remedy="age, KL grade and one score are needed")
    return age


def _grade(data: Given, where: str) -> int:
    grade, field = data.get("kl_grade"), PATIENT["kl_grade"]
    remedy = "type it from the radiology report"
    if grade is None:
        needed = f"{remedy}; age, KL grade and one score are needed"
        raise InputError("KL grade is missing", where=where, remedy=needed)
    if (
        isinstance(grade, (int, float))
        and not isinstance(grade, bool)
        and grade in [int(choice) for choice in field.choices]
    ):
        return int(grade)
    raise InputError(
        f"{shown(grade)} is no Kellgren–Lawrence grade",
        where=f"{where}, kl_grade",
        allowed=field.allowed,
        remedy=f"{remedy} as a plain number",
    )


def _comorbidities(data: Given, where: str) -> int | None:
    field = PATIENT["comorbidities"]
    found = number(data, field, where)
    if found is None or found == int(found):
        return None if found is None else int(found)
    here = f"{where}, {field.key}"
    raise InputError("must be a whole number", where=here, remedy="count the conditions")


def _bmi(data: Given, where: str) -> KgPerM2 | None:
    field = PATIENT["bmi"]
    bmi = number(data, field, where)
    height, weight = (number(data, PATIENT[key], where) for key in ("height_cm", "weight_kg"))
    both = (height is None) == (weight is None)
    require(both, "height and weight go together", where=where, remedy="give both, or bmi")
    if height is None or weight is None:
        return bmi
    computed = weight / (height / 100) ** 2
    require(
        field.low <= computed <= field.high,
        f"height and weight make a BMI of {computed:.1f}",
        where=where,
        allowed=field.span,
        remedy="check both, in cm and kg",
    )
    require(
        bmi is None or abs(bmi - computed) < 1.0,
        f"bmi {bmi or 0:g} does not fit height and weight ({computed:.1f})",
        where=where,
        remedy="give bmi, or height and weight",
    )
    return computed


def _check_follow_up(
    follow_up: tuple[Measurement, ...],
    dose: float | None,
    today: Mapping[str, Measurement | None],
    where: str,
) -> None:
    """Later scores need the dose that was given, and the same domain before treatment."""
    require(
        not follow_up or dose is not None,
        "follow-up scores need the dose that was given",
        where=where,
        remedy="add treated_dose in million cells (0 if no cells were given)",
    )
    require(
        all(today[INSTRUMENTS[m.instrument].measures] is not None for m in follow_up),
        "a follow-up score needs the same domain at baseline",
        where=where,
        remedy="give the score before treatment as well",
    )


def _follow_up(given: object, where: str) -> tuple[Measurement, ...]:
    if given is None:
        return ()
    one = '{"month": 3, "pain": {…}}'
    if not isinstance(given, list):
        raise InputError(f"{shown(given)} is no list of visits", where=where, allowed=f"[{one}]")
    few, most = len(given) <= MAX_VISITS, f"up to {MAX_VISITS}"
    require(few, f"{len(given)} visits", where=where, allowed=most, remedy="give the latest")
    found: list[Measurement] = []
    for k, item in enumerate(given):
        here = f"{where}[{k}]"
        visit = json_object(item, f"{shown(item)} is no visit", here, one)
        check_keys(visit, ("month", *DOMAINS), here)
        require(visit.get("month") is not None, "month is missing", where=here, allowed=one)
        month = between(visit["month"], PATIENT["follow_up"], f"{here}.month")
        scores = [m for d in DOMAINS if (m := _score(visit.get(d), f"{here}.{d}", d, month)) is not None]
        require(bool(scores), "neither pain nor function is given", where=here, allowed=one)
        found += scores
    for domain in DOMAINS:
        months = sorted(m.month for m in found if INSTRUMENTS[m.instrument].measures == domain)
        for a, b in pairwise(months):
            require(
                b - a >= VISIT_GAP,
                f"two {domain} scores at month {a:g}",
                where=where,
                allowed=f"one in {VISIT_GAP:g} months",
                remedy="keep one of them",
            )
    return tuple(found)


def goal_from(given: object, where: str = "goal") -> Goal:
    """A checked ``Goal`` from given fields; the rest is the default. ``mcid`` is a name or points."""
    example = 'an object such as {"month": 6, "comparator": "ha"}'
    data = json_object(given, f"{shown(given)} is no goal", where, example)
    check_keys(data, tuple(GOAL), where)
    domain: Domain = choice(data, GOAL["domain"], where, _USUAL) or "pain"
    points, source = _mcid(data, domain, where)
    usual = Goal()

    def or_usual(key: str, default: float) -> float:
        value = number(data, GOAL[key], where, _USUAL)
        return default if value is None else value

    return Goal(
        domain=domain,
        month=or_usual("month", usual.month),
        mcid=points,
        mcid_source=source,
        least_probability=or_usual("least_probability", usual.least_probability),
        beat_probability=or_usual("beat_probability", usual.beat_probability),
        harm_limit=number(data, GOAL["harm_limit"], where, "leave it out for no limit"),
        comparator=choice(data, GOAL["comparator"], where, _USUAL) or usual.comparator,
        margin_of_mcid=or_usual("margin_of_mcid", usual.margin_of_mcid),
        harm_weight=or_usual("harm_weight", usual.harm_weight),
        cost_weight=or_usual("cost_weight", usual.cost_weight),
    )


def _mcid(data: Given, domain: Domain, where: str) -> tuple[Points, str]:
    """Points and their source: a named MCID of the domain, or a value of one's own."""
    here, field = f"{where}, mcid", GOAL["mcid"]
    names = ", ".join(k for k, m in MCIDS.items() if m.domain == domain)
    mcid = data.get("mcid")
    if mcid is None:
        mcid = "oarsi_womac_pain" if domain == "pain" else "omeract_function"
    if not isinstance(mcid, str):
        return between(mcid, replace(field, unit=f"points, or {names}"), here), "own value"
    known = MCIDS.get(mcid)
    if known is None:
        raise InputError(f"unknown MCID {shown(mcid)}", where=here, allowed=f"{names}, or {field.span}")
    require(known.domain == domain, f"{mcid!r} is an MCID of {known.domain}", where=here, allowed=names)
    return known.points, mcid


def goal_text(text: str) -> dict[str, object]:
    """``"month=6,mcid=vas_pain,comparator=ha"`` → fields. Numbers become numbers."""
    fields: dict[str, object] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, equals, value = part.partition("=")
        require(
            bool(equals) and bool(value.strip()),
            f"{shown(part)} is not key=value",
            where="goal",
        )
        once = key.strip() not in fields
        require(once, f"{shown(key.strip())} is given twice", where="goal", remedy="keep one")
        try:
            fields[key.strip()] = float(value)
        except ValueError:
            fields[key.strip()] = value.strip()
    return fields
