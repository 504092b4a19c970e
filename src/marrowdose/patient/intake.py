"""From a JSON object to a Patient and a Goal: every field checked, nothing guessed, unknown stays unknown."""

from __future__ import annotations

import difflib
import math
from itertools import pairwise
from typing import Any

from ..domain import COMPARATORS, DOMAINS, Domain, Goal, Measurement, Patient
from ..errors import InputError, require
from ..files.json import shown
from ..outcomes import INSTRUMENTS, MCIDS, measure
from ..units import Months

MAX_VISITS = 50
VISIT_GAP: Months = 0.25  # scores closer than this are one visit; without a gap their covariance is singular
FIELDS = (
    "age",
    "sex",
    "bmi",
    "height_cm",
    "weight_kg",
    "kl_grade",
    "pain",
    "function",
    "global",
    "symptom_months",
    "comorbidities",
    "conditions",
    "donor",
    "cell_source",
    "compare",
    "treated_dose",
    "follow_up",
)
CONDITIONS: dict[str, str] = {
    "inflammatory_arthritis": "inflammatory arthritis",
    "active_infection": "active infection",
    "pregnancy": "pregnancy or breast-feeding",
    "malignancy": "malignancy",
    "immunosuppression": "immunosuppression",
    "anticoagulation": "anticoagulation",
    "recent_injection": "an injection into this knee within three months",
    "prior_knee_replacement": "a replaced knee joint",
}
EXAMPLE: dict[str, Any] = {
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
_UNKNOWN, _USUAL = "leave it out if it is unknown", "leave it out for the usual goal"


def _known_keys(data: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(key.lower(), known, 1)
            raise InputError(
                f"unknown field {shown(key)}",
                where=where,
                allowed=", ".join(known),
                remedy=f"perhaps {near[0]!r} is meant" if near else "leave it out",
            )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _between(value: Any, low: float, high: float, unit: str, where: str, remedy: str = "") -> float:
    number = _is_number(value)
    usable = number and low <= value <= high  # NaN lies in no range
    fault = "not usable" if number else "text, not a number" if isinstance(value, str) else "not a number"
    allowed = f"{low:g} to {high:g} {unit}".strip()
    require(usable, f"{shown(value)} is {fault}", where=where, allowed=allowed, remedy=remedy)
    return float(value)


def _number(
    data: dict[str, Any], key: str, low: float, high: float, unit: str, where: str, remedy: str = _UNKNOWN
) -> float | None:
    value = data.get(key)
    return None if value is None else _between(value, low, high, unit, f"{where}, {key}", remedy)


def _choice(
    data: dict[str, Any], key: str, allowed: tuple[str, ...], where: str, remedy: str = _UNKNOWN
) -> Any:
    value = data.get(key)
    known, names = value is None or value in allowed, ", ".join(allowed)
    require(known, f"{shown(value)} is not known", where=f"{where}, {key}", allowed=names, remedy=remedy)
    return value


def _list(data: dict[str, Any], key: str, allowed: tuple[str, ...], where: str) -> tuple[Any, ...] | None:
    value = data.get(key)
    if value is None:
        return None
    here, names = f"{where}, {key}", f"a list of {', '.join(allowed)}"
    require(isinstance(value, list), f"{shown(value)} is not a list", where=here, allowed=names)
    for item in value:
        require(item in allowed, f"{shown(item)} is not known", where=here, allowed=names, remedy=_UNKNOWN)
    return tuple(dict.fromkeys(value))


def _score(data: Any, where: str, measures: str, month: float = 0.0) -> Measurement | None:
    if data is None:
        return None
    require(
        isinstance(data, dict),
        f"{shown(data)} is not a score",
        where=where,
        allowed='an object such as {"instrument": "womac_pain", "min": 0, "max": 20, "value": 11}',
    )
    _known_keys(data, ("instrument", "version", "min", "max", "value"), where)
    for key in ("instrument", "min", "max", "value"):
        require(
            data.get(key) is not None,
            f"{key!r} is missing",
            where=where,
            remedy="a score needs its instrument, its range (min, max) and its value",
        )
    for key in ("min", "max", "value"):
        number = data[key]
        require(
            _is_number(number) and abs(number) < 1e6,
            f"{shown(number)} is not usable",
            where=f"{where}.{key}",
            allowed="a plain number in the units of the instrument",
        )
    code, names = data["instrument"], ", ".join(k for k, i in INSTRUMENTS.items() if i.measures == measures)
    known = INSTRUMENTS.get(code) if isinstance(code, str) else None
    if known is None:
        raise InputError(f"unknown instrument {shown(code)}", where=where, allowed=names)
    alone = known.measures == measures
    require(alone, f"{known.label} does not measure {measures} alone", where=where, allowed=names)
    _check_version(code, data.get("version"), float(data["max"]), where)
    return measure(code, data["value"], data["min"], data["max"], where=where, month=month)


_ITEMS = {"womac_pain": 5, "womac_function": 17}
_ITEM_SCORES = {"likert": (4,), "lk": (4,), "nrs": (10,), "vas": (10, 100), "va3": (10, 100)}  # the largest


def _check_version(code: str, version: Any, maximum: float, where: str) -> None:
    """Refuse a range that belongs to another version of the WOMAC than the one that is named."""
    text = version is None or isinstance(version, str)
    require(text, f"{shown(version)} is no version", where=f"{where}.version", allowed='text as "Likert"')
    named = next((v for k, v in _ITEM_SCORES.items() if (version or "").lower().startswith(k)), ())
    item = maximum / _ITEMS.get(code, math.inf)
    if named and item in (4, 10, 100):
        require(
            item in named,
            f"the range 0–{maximum:g} is that of another version than {shown(version)}",
            where=where,
            allowed=" or ".join(f"0–{_ITEMS[code] * k}" for k in named),
            remedy="check which version was filled in",
        )


def patient_from(data: Any, where: str = "patient", *, see: str = "") -> Patient:
    """A checked ``Patient`` from a JSON object. Needs age, KL grade and one pain or function score.

    ``where`` names it in messages, ``see`` is where an example is found.
    """
    require(isinstance(data, dict), "a patient is a JSON object", where=where, remedy=see)
    _known_keys(data, FIELDS, where)
    age = _number(data, "age", 0, 120, "years", where, "age is needed")
    require(age is not None, "age is missing", where=where, remedy="age, KL grade and one score are needed")
    grade = data.get("kl_grade")
    require(
        grade is not None,
        "KL grade is missing",
        where=where,
        remedy="type it from the radiology report; age, KL grade and one score are needed",
    )
    require(
        isinstance(grade, (int, float)) and not isinstance(grade, bool) and grade in range(5),
        f"{shown(grade)} is no Kellgren–Lawrence grade",
        where=f"{where}, kl_grade",
        allowed="0, 1, 2, 3, 4",
        remedy="type it from the radiology report as a plain number",
    )
    pain, function = (
        _score(data.get("pain"), f"{where}, pain", "pain"),
        _score(data.get("function"), f"{where}, function", "function"),
    )
    require(
        pain is not None or function is not None,
        "neither pain nor function is given",
        where=where,
        remedy="give one score with its instrument, min, max and value",
    )
    conditions = _list(data, "conditions", tuple(CONDITIONS), where)
    compare = _list(data, "compare", COMPARATORS, where)
    comorbidities = _number(data, "comorbidities", 0, 20, "long-term conditions", where)
    require(
        comorbidities is None or comorbidities == int(comorbidities),
        "must be a whole number",
        where=f"{where}, comorbidities",
        remedy="count the conditions",
    )
    dose = _number(data, "treated_dose", 0, 1000, "million cells", where)
    follow_up = _follow_up(data.get("follow_up"), f"{where}, follow_up")
    require(
        not follow_up or dose is not None,
        "follow-up scores need the dose that was given",
        where=where,
        remedy="add treated_dose in million cells (0 if no cells were given)",
    )
    require(
        not follow_up
        or all(
            {"pain": pain, "function": function}[INSTRUMENTS[m.instrument].measures] is not None
            for m in follow_up
        ),
        "a follow-up score needs the same domain at baseline",
        where=where,
        remedy="give the score before treatment as well",
    )
    return Patient(
        age=age or 0.0,
        kl_grade=int(grade),
        pain=pain,
        function=function,
        patient_global=_score(data.get("global"), f"{where}, global", "global"),
        sex=_choice(data, "sex", ("female", "male"), where),
        bmi=_bmi(data, where),
        symptom_months=_number(data, "symptom_months", 0, 1200, "months", where),
        comorbidities=None if comorbidities is None else int(comorbidities),
        conditions=conditions,
        donor=_choice(data, "donor", ("autologous", "allogeneic"), where),
        cell_source=_choice(data, "cell_source", ("bm_msc",), where) or "bm_msc",
        compare=compare or COMPARATORS,
        treated_dose=dose,
        follow_up=follow_up,
    )


def _bmi(data: dict[str, Any], where: str) -> float | None:
    bmi = _number(data, "bmi", 12, 80, "kg/m²", where)
    height = _number(data, "height_cm", 100, 250, "cm", where)
    weight = _number(data, "weight_kg", 25, 350, "kg", where)
    both = (height is None) == (weight is None)
    require(both, "height and weight go together", where=where, remedy="give both, or bmi")
    if height is None or weight is None:
        return bmi
    computed = weight / (height / 100) ** 2
    require(
        12 <= computed <= 80,
        f"height and weight make a BMI of {computed:.1f}",
        where=where,
        allowed="12 to 80 kg/m²",
        remedy="check both, in cm and kg",
    )
    require(
        bmi is None or abs(bmi - computed) < 1.0,
        f"bmi {bmi or 0:g} does not fit height and weight ({computed:.1f})",
        where=where,
        remedy="give bmi, or height and weight",
    )
    return computed


def _follow_up(data: Any, where: str) -> tuple[Measurement, ...]:
    if data is None:
        return ()
    one = '{"month": 3, "pain": {…}}'
    require(isinstance(data, list), f"{shown(data)} is no list of visits", where=where, allowed=f"[{one}]")
    few = len(data) <= MAX_VISITS
    require(few, f"{len(data)} visits", where=where, allowed=f"up to {MAX_VISITS}", remedy="give the latest")
    found = []
    for k, visit in enumerate(data):
        here = f"{where}[{k}]"
        require(isinstance(visit, dict), f"{shown(visit)} is no visit", where=here, allowed=one)
        _known_keys(visit, ("month", *DOMAINS), here)
        require(visit.get("month") is not None, "month is missing", where=here, allowed=one)
        month = _between(visit["month"], VISIT_GAP, 24, "months after the injection", f"{here}.month")
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


def goal_from(given: Any, where: str = "goal") -> Goal:
    """A checked ``Goal`` from given fields; the rest is the default. ``mcid`` is a name or points."""
    example = 'an object such as {"month": 6, "comparator": "ha"}'
    require(isinstance(given, dict), f"{shown(given)} is no goal", where=where, allowed=example)
    fields = tuple(Goal.__dataclass_fields__)
    _known_keys(given, tuple(f for f in fields if f != "mcid_source"), where)
    domain: Domain = _choice(given, "domain", DOMAINS, where, _USUAL) or "pain"
    mcid: Any = given.get("mcid")
    if mcid is None:
        mcid = "oarsi_womac_pain" if domain == "pain" else "omeract_function"
    here, names = f"{where}, mcid", ", ".join(k for k, m in MCIDS.items() if m.domain == domain)
    if isinstance(mcid, str):
        known = MCIDS.get(mcid)
        if known is None:
            raise InputError(
                f"unknown MCID {shown(mcid)}", where=here, allowed=f"{names}, or 0.1 to 60 points"
            )
        require(known.domain == domain, f"{mcid!r} is an MCID of {known.domain}", where=here, allowed=names)
        points, source = known.points, mcid
    else:
        points, source = _between(mcid, 0.1, 60, f"points, or {names}", here), "own value"

    def number(key: str, low: float, high: float, default: float, unit: str = "") -> float:
        value = _number(given, key, low, high, unit, where, _USUAL)
        return default if value is None else value

    standard = Goal()
    return Goal(
        domain=domain,
        month=number("month", 1, 24, standard.month, "months"),
        mcid=points,
        mcid_source=source,
        least_probability=number("least_probability", 0, 1, standard.least_probability),
        beat_probability=number("beat_probability", 0, 1, standard.beat_probability),
        harm_limit=_number(given, "harm_limit", 0, 1, "", where, "leave it out for no limit"),
        comparator=_choice(given, "comparator", COMPARATORS, where, _USUAL) or standard.comparator,
        margin_of_mcid=number("margin_of_mcid", 0, 1, standard.margin_of_mcid),
        harm_weight=number("harm_weight", 0, 100, 0.0, "MCIDs"),
        cost_weight=number("cost_weight", 0, 100, 0.0, "MCIDs"),
    )


def goal_text(text: str) -> dict[str, Any]:
    """``"month=6,mcid=vas_pain,comparator=ha"`` → fields. Numbers become numbers."""
    fields: dict[str, Any] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, equals, value = part.partition("=")
        require(
            bool(equals) and bool(value.strip()),
            f"{shown(part)} is not key=value",
            where="goal",
            remedy='write for example "month=6,comparator=ha"',
        )
        once = key.strip() not in fields
        require(once, f"{shown(key.strip())} is given twice", where="goal", remedy="keep one")
        try:
            fields[key.strip()] = float(value)
        except ValueError:
            fields[key.strip()] = value.strip()
    return fields
