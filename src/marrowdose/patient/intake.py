"""From a JSON object to a Patient and a Goal: every field checked, nothing guessed, unknown stays unknown."""

from __future__ import annotations

import difflib
import json
import math
from pathlib import Path
from typing import Any

from ..domain import (
    COMPARATORS,
    DOMAINS,
    Domain,
    Goal,
    InputError,
    Measurement,
    Patient,
    require,
    require_between,
)
from ..outcomes import INSTRUMENTS, MCIDS, measure

MAX_BYTES = 1_000_000
FIELDS = (
    "age", "sex", "bmi", "height_cm", "weight_kg", "kl_grade", "pain", "function", "global", "symptom_months",
    "comorbidities", "conditions", "donor", "cell_source", "compare", "treated_dose", "follow_up",
)  # fmt: skip
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


def read_json(path: Path) -> Any:
    """A JSON file as Python values. Raises ``InputError`` for anything that is not readable UTF-8 JSON."""
    where = str(path)
    try:
        size = path.stat().st_size
        require(size <= MAX_BYTES, f"{size} bytes", where=where, allowed=f"up to {MAX_BYTES} bytes", remedy="give one patient a file")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise InputError(f"cannot be read ({problem.strerror or problem})", where=where, remedy="check the path, or try: marrowdose plan --example") from problem  # fmt: skip
    except UnicodeDecodeError as problem:
        raise InputError("is not UTF-8 text", where=where, remedy="save it as UTF-8") from problem
    return parse_json(text, where)


def parse_json(text: str, where: str) -> Any:
    """JSON text as Python values; NaN, infinity and repeated keys are refused."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [k for k, _ in pairs]
        twice = next((k for k in keys if keys.count(k) > 1), None)
        require(twice is None, f"the field {twice!r} is given twice", where=where, remedy="keep one")
        return dict(pairs)

    def constant(name: str) -> Any:
        raise InputError(f"{name} is not a number", where=where, remedy="leave the field out if it is unknown")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=constant)
    except json.JSONDecodeError as problem:
        raise InputError(f"is not valid JSON ({problem.msg}, line {problem.lineno} column {problem.colno})", where=where,
                         remedy="see the example: marrowdose plan --show-example") from problem  # fmt: skip
    except RecursionError as problem:
        raise InputError("is nested too deeply", where=where, remedy="see the example: marrowdose plan --show-example") from problem


def _known_keys(data: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            raise InputError(f"unknown field {key!r}", where=where, allowed=", ".join(known),
                             remedy=f"did you mean {near[0]!r}?" if near else "leave it out")  # fmt: skip


def _number(data: dict[str, Any], key: str, low: float, high: float, unit: str, where: str) -> float | None:
    value = data.get(key)
    if value is None:
        return None
    require_between(value, low, high, where=f"{where}.{key}", unit=unit, remedy="leave it out if it is unknown")
    return float(value)


def _choice(data: dict[str, Any], key: str, allowed: tuple[str, ...], where: str) -> Any:
    value = data.get(key)
    require(value is None or value in allowed, f"{value!r} is not known", where=f"{where}.{key}", allowed=", ".join(allowed), remedy="leave it out if it is unknown")  # fmt: skip
    return value


def _list(data: dict[str, Any], key: str, allowed: tuple[str, ...], where: str) -> tuple[Any, ...] | None:
    value = data.get(key)
    if value is None:
        return None
    require(isinstance(value, list), "must be a list", where=f"{where}.{key}", allowed=", ".join(allowed))
    for item in value:
        require(item in allowed, f"{item!r} is not known", where=f"{where}.{key}", allowed=", ".join(allowed))
    return tuple(dict.fromkeys(value))


def _score(data: Any, where: str, measures: str, month: float = 0.0) -> Measurement | None:
    if data is None:
        return None
    require(isinstance(data, dict), "a score is an object", where=where, allowed='{"instrument": "womac_pain", "min": 0, "max": 20, "value": 11}')  # fmt: skip
    _known_keys(data, ("instrument", "version", "min", "max", "value"), where)
    for key in ("instrument", "min", "max", "value"):
        require(data.get(key) is not None, f"{key!r} is missing", where=where,
                remedy="a score needs its instrument, its range (min, max) and its value")  # fmt: skip
    for key in ("min", "max", "value"):
        number = data[key]
        require(isinstance(number, (int, float)) and not isinstance(number, bool) and math.isfinite(number), f"{number!r} is not a number", where=f"{where}.{key}")  # fmt: skip
    code = data["instrument"]
    require(isinstance(code, str) and code in INSTRUMENTS, f"unknown instrument {code!r}", where=where,
            allowed=", ".join(k for k, i in INSTRUMENTS.items() if i.measures == measures))  # fmt: skip
    require(INSTRUMENTS[code].measures == measures, f"{INSTRUMENTS[code].label} does not measure {measures} alone", where=where,
            allowed=", ".join(k for k, i in INSTRUMENTS.items() if i.measures == measures))  # fmt: skip
    return measure(code, data["value"], data["min"], data["max"], where=where, month=month)


def patient_from(data: Any, where: str = "patient") -> Patient:
    """A checked ``Patient`` from a JSON object. Needs age, KL grade and one pain or function score."""
    require(isinstance(data, dict), "a patient is a JSON object", where=where, remedy="see: marrowdose plan --show-example")
    _known_keys(data, FIELDS, where)
    age = _number(data, "age", 0, 120, "years", where)
    require(age is not None, "age is missing", where=where, remedy="age, KL grade and one score are needed")
    grade = data.get("kl_grade")
    require(grade is not None, "KL grade is missing", where=where, remedy="type it from the radiology report; age, KL grade and one score are needed")  # fmt: skip
    require(isinstance(grade, int) and not isinstance(grade, bool) and 0 <= grade <= 4, f"{grade!r} is no Kellgren–Lawrence grade", where=f"{where}.kl_grade", allowed="0, 1, 2, 3, 4")  # fmt: skip
    pain, function = _score(data.get("pain"), f"{where}.pain", "pain"), _score(data.get("function"), f"{where}.function", "function")  # fmt: skip
    require(pain is not None or function is not None, "neither pain nor function is given", where=where,
            remedy="give one score with its instrument, min, max and value")  # fmt: skip
    conditions = _list(data, "conditions", tuple(CONDITIONS), where)
    compare = _list(data, "compare", COMPARATORS, where)
    comorbidities = _number(data, "comorbidities", 0, 20, "long-term conditions", where)
    require(comorbidities is None or comorbidities == int(comorbidities), "must be a whole number", where=f"{where}.comorbidities")  # fmt: skip
    dose = _number(data, "treated_dose", 0, 1000, "million cells", where)
    follow_up = _follow_up(data.get("follow_up"), f"{where}.follow_up")
    require(not follow_up or dose is not None, "follow-up scores need the dose that was given", where=where,
            remedy="add treated_dose in million cells (0 if no cells were given)")  # fmt: skip
    require(not follow_up or all({"pain": pain, "function": function}[INSTRUMENTS[m.instrument].measures] is not None for m in follow_up),
            "a follow-up score needs the same domain at baseline", where=where, remedy="give the score before treatment as well")  # fmt: skip
    return Patient(
        age=age or 0.0, kl_grade=grade, pain=pain, function=function,
        patient_global=_score(data.get("global"), f"{where}.global", "global"),
        sex=_choice(data, "sex", ("female", "male"), where), bmi=_bmi(data, where),
        symptom_months=_number(data, "symptom_months", 0, 1200, "months", where),
        comorbidities=None if comorbidities is None else int(comorbidities), conditions=conditions,
        donor=_choice(data, "donor", ("autologous", "allogeneic"), where),
        cell_source=_choice(data, "cell_source", ("bm_msc",), where) or "bm_msc",
        compare=compare or COMPARATORS, treated_dose=dose, follow_up=follow_up,
    )  # fmt: skip


def _bmi(data: dict[str, Any], where: str) -> float | None:
    bmi = _number(data, "bmi", 12, 80, "kg/m²", where)
    height, weight = _number(data, "height_cm", 100, 250, "cm", where), _number(data, "weight_kg", 25, 350, "kg", where)
    require((height is None) == (weight is None), "height and weight go together", where=where, remedy="give both, or bmi")
    if height is None or weight is None:
        return bmi
    computed = weight / (height / 100) ** 2
    require(bmi is None or abs(bmi - computed) < 1.0, f"bmi {bmi} does not fit height and weight ({computed:.1f})", where=where, remedy="give one of them")  # fmt: skip
    require_between(computed, 12, 80, where=f"{where}.bmi", unit="kg/m² from height and weight")
    return computed


def _follow_up(data: Any, where: str) -> tuple[Measurement, ...]:
    if data is None:
        return ()
    require(isinstance(data, list), "must be a list", where=where, allowed='[{"month": 3, "pain": {…}}]')
    found = []
    for k, visit in enumerate(data):
        here = f"{where}[{k}]"
        require(isinstance(visit, dict), "a visit is an object", where=here, allowed='{"month": 3, "pain": {…}}')
        _known_keys(visit, ("month", *DOMAINS), here)
        month = visit.get("month")
        require(month is not None, "month is missing", where=here)
        require_between(month, 0.25, 24, where=f"{here}.month", unit="months after the injection")
        scores = [m for d in DOMAINS if (m := _score(visit.get(d), f"{here}.{d}", d, month=float(month))) is not None]
        require(bool(scores), "a visit needs a pain or function score", where=here)
        found += scores
    keys = [(m.month, INSTRUMENTS[m.instrument].measures) for m in found]
    require(len(keys) == len(set(keys)), "two scores of one domain at one month", where=where, remedy="keep one")
    return tuple(found)


def goal_from(given: dict[str, Any], where: str = "--goal") -> Goal:
    """A checked ``Goal`` from given fields; the rest is the default. ``mcid`` is a name or points."""
    fields = tuple(Goal.__dataclass_fields__)
    _known_keys(given, tuple(f for f in fields if f != "mcid_source"), where)
    domain: Domain = _choice(given, "domain", DOMAINS, where) or "pain"
    mcid, source = given.get("mcid"), ""
    if mcid is None:
        mcid = "oarsi_womac_pain" if domain == "pain" else "omeract_function"
    if isinstance(mcid, str) and mcid in MCIDS:
        require(MCIDS[mcid].domain == domain, f"{mcid!r} is an MCID of {MCIDS[mcid].domain}", where=f"{where}.mcid",
                allowed=", ".join(k for k, m in MCIDS.items() if m.domain == domain))  # fmt: skip
        mcid, source = MCIDS[mcid].points, mcid
    require(not isinstance(mcid, str), f"unknown MCID {mcid!r}", where=f"{where}.mcid",
            allowed=", ".join(k for k, m in MCIDS.items() if m.domain == domain) + ", or points 0.1 to 60")  # fmt: skip
    require_between(mcid, 0.1, 60, where=f"{where}.mcid", unit="points on 0–100")

    def number(key: str, low: float, high: float, default: float, unit: str = "") -> float:
        value = _number(given, key, low, high, unit, where)
        return default if value is None else value

    standard = Goal()
    return Goal(
        domain=domain, month=number("month", 1, 24, standard.month, "months"), mcid=float(mcid), mcid_source=source or "own value",
        least_probability=number("least_probability", 0, 1, standard.least_probability),
        beat_probability=number("beat_probability", 0, 1, standard.beat_probability),
        harm_limit=_number(given, "harm_limit", 0, 1, "", where),
        comparator=_choice(given, "comparator", COMPARATORS, where) or standard.comparator,
        margin_of_mcid=number("margin_of_mcid", 0, 1, standard.margin_of_mcid),
        harm_weight=number("harm_weight", 0, 100, 0.0, "MCIDs"), cost_weight=number("cost_weight", 0, 100, 0.0, "MCIDs"),
    )  # fmt: skip


def goal_text(text: str) -> dict[str, Any]:
    """``"month=6,mcid=vas_pain,comparator=ha"`` → fields. Numbers become numbers."""
    fields: dict[str, Any] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, equals, value = part.partition("=")
        require(bool(equals) and bool(value.strip()), f"{part!r} is not key=value", where="--goal", remedy='write for example --goal "month=6,comparator=ha"')  # fmt: skip
        require(key.strip() not in fields, f"{key.strip()!r} is given twice", where="--goal")
        try:
            fields[key.strip()] = float(value)
        except ValueError:
            fields[key.strip()] = value.strip()
    return fields
