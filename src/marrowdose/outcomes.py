"""Instruments, their ranges and directions, sourced MCIDs, and the OMERACT-OARSI responder rule.

Everything is turned once into severity on 0–100 points (higher is worse) and improvement (positive is
better).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from .domain import Domain, Measurement
from .errors import require, require_between
from .units import Array, Months, Points, Score

Measures = Literal["pain", "function", "composite", "global"]
Loading = Annotated[float, "share of the score, 0–1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A patient-reported score: what it measures, its known ranges and direction.

    ``load_pain`` + ``load_function`` = 1: what a composite total measures, by its item counts.
    ``rank``: place in the hierarchy of its domain (SCIENCE section 2); the lowest rank present is used.
    """

    code: str
    label: str
    measures: Measures
    ranges: tuple[tuple[Score, Score], ...]
    higher_is_better: bool
    rank: int
    load_pain: Loading
    load_function: Loading
    source: str


def _of(
    measures: Literal["pain", "function"],
    code: str,
    label: str,
    ranges: tuple[tuple[float, float], ...],
    better: bool,
    rank: int,
    source: str,
) -> Instrument:
    """An instrument of one domain alone."""
    pain = float(measures == "pain")
    return Instrument(
        code=code,
        label=label,
        measures=measures,
        ranges=ranges,
        higher_is_better=better,
        rank=rank,
        load_pain=pain,
        load_function=1.0 - pain,
        source=source,
    )


_WOMAC = "WOMAC items: 5 pain, 2 stiffness, 17 function (benchmarks.csv:75-77)"
_KOOS = "KOOS scoring 2012 (benchmarks.csv:80)"
INSTRUMENTS: dict[str, Instrument] = {
    item.code: item
    for item in (
        _of(
            "pain",
            "womac_pain",
            "WOMAC pain",
            ((0, 20), (0, 50), (0, 500), (0, 100), (0, 10)),
            False,
            1,
            _WOMAC,
        ),
        _of("pain", "vas_pain", "VAS pain", ((0, 100), (0, 10)), False, 2, "visual analogue scale"),
        _of("pain", "nrs_pain", "NRS pain", ((0, 10), (0, 100)), False, 2, "numeric rating scale"),
        _of("pain", "koos_pain", "KOOS pain", ((0, 100),), True, 3, _KOOS),
        _of(
            "function",
            "womac_function",
            "WOMAC function",
            ((0, 68), (0, 170), (0, 1700), (0, 100), (0, 10)),
            False,
            1,
            _WOMAC,
        ),
        _of("function", "koos_adl", "KOOS activities of daily living", ((0, 100),), True, 2, _KOOS),
        Instrument(
            code="womac_total",
            label="WOMAC total",
            measures="composite",
            higher_is_better=False,
            rank=4,
            ranges=((0, 96), (0, 100), (0, 240), (0, 2400)),
            load_pain=5 / 24,
            load_function=19 / 24,
            source=_WOMAC + "; stiffness counted with function (assumed)",
        ),
        Instrument(
            code="koos_global",
            label="KOOS global (mean of five scales)",
            measures="composite",
            higher_is_better=True,
            rank=5,
            ranges=((0, 100),),
            load_pain=0.2,
            load_function=0.8,
            source=_KOOS + "; one of five scales is pain, the rest counted with function (assumed)",
        ),
        Instrument(
            code="vas_global",
            label="patient global assessment",
            measures="global",
            higher_is_better=False,
            rank=1,
            ranges=((0, 100), (0, 10)),
            load_pain=0.0,
            load_function=0.0,
            source="OMERACT-OARSI third domain",
        ),
    )
}

# the names under which the tables carry an instrument, where they differ from its code
TABLE_NAMES = {
    "other:NRS_overall_pain": "nrs_pain",
    "other:NRS_pain": "nrs_pain",
    "other:NPS": "nrs_pain",
    "other:NPRS": "nrs_pain",
    "other:koos_global": "koos_global",
}


def instrument_of(outcome: str) -> Instrument | None:
    """The instrument behind an outcome name of the tables, or None if it measures something else."""
    return INSTRUMENTS.get(TABLE_NAMES.get(outcome, outcome))


def severity(value: Score, minimum: Score, maximum: Score, higher_is_better: bool) -> Points:
    """Score → 0–100 severity, higher is worse: 100 (x − min)/(max − min), reversed where higher is better.

    >>> severity(5, 0, 20, False)
    25.0
    >>> severity(80, 0, 100, True)
    20.0
    """
    x = 100.0 * (value - minimum) / (maximum - minimum)
    return 100.0 - x if higher_is_better else x


def measure(
    code: str, value: Score, minimum: Score, maximum: Score, *, where: str, month: Months = 0.0
) -> Measurement:
    """A checked ``Measurement``. Raises ``InputError`` for an unknown instrument, range or an impossible
    score.
    """
    require(code in INSTRUMENTS, f"unknown instrument {code!r}", where=where, allowed=", ".join(INSTRUMENTS))
    known = INSTRUMENTS[code]
    require(
        (minimum, maximum) in known.ranges,
        f"{known.label} is not known with the range {minimum:g}–{maximum:g}",
        where=where,
        allowed=" or ".join(f"{a:g}–{b:g}" for a, b in known.ranges),
        remedy="give min and max of the version that was filled in",
    )
    require_between(
        value,
        minimum,
        maximum,
        where=f"{where}.value",
        unit=f"({known.label})",
        remedy="check the score and the version of the questionnaire",
    )
    return Measurement(
        instrument=code,
        value=float(value),
        minimum=float(minimum),
        maximum=float(maximum),
        month=float(month),
        severity=severity(value, minimum, maximum, known.higher_is_better),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mcid:
    """A minimal clinically important difference, with where it comes from."""

    name: str
    domain: Domain
    points: Points
    source: str


MCIDS: dict[str, Mcid] = {
    m.name: m
    for m in (
        Mcid(
            name="oarsi_womac_pain",
            domain="pain",
            points=10.0,
            source="OARSI moderate response, 2 of WOMAC pain 0–20 (benchmarks.csv:72)",
        ),
        Mcid(
            name="half_sd_womac_pain",
            domain="pain",
            points=8.0,
            source="half a standard deviation, 1.6 of WOMAC pain 0–20 (benchmarks.csv:71)",
        ),
        Mcid(name="vas_pain", domain="pain", points=17.5, source="1.75 of VAS pain 0–10 (benchmarks.csv:49)"),
        Mcid(
            name="nrs_pain",
            domain="pain",
            points=20.0,
            source="2 of NRS pain 0–10, chronic musculoskeletal pain (benchmarks.csv:50)",
        ),
        Mcid(
            name="mcalindon_womac_pain",
            domain="pain",
            points=19.7,
            source="3.94 of WOMAC pain 0–20, McAlindon 2017 (benchmarks.csv:70)",
        ),
        Mcid(
            name="omeract_function",
            domain="function",
            points=10.0,
            source="absolute part of the OMERACT-OARSI rule for two of three domains, Pham 2004",
        ),
        Mcid(
            name="angst_highest",
            domain="function",
            points=16.24,
            source="highest MCID of WOMAC/SF-36 scales, Angst 2018 (benchmarks.csv:53)",
        ),
    )
}

_NO, _YES, _UNDETERMINED = np.int8(0), np.int8(1), np.int8(2)


def responder(
    pain: Array | None,
    function: Array | None,
    patient_global: Array | None,
    *,
    pain_baseline: Points | Array | None,
    function_baseline: Points | Array | None,
    global_baseline: Points | Array | None = None,
) -> NDArray[np.int8]:
    """OMERACT-OARSI responder of individuals: 0 no, 1 yes, 2 undetermined (Pham 2004, scenario D).

    Arguments: improvements from baseline [points] of the same individuals, any shape, None if not known;
    baselines of that shape or one for all.
    Responder if pain or function improves by ≥ 50 % and ≥ 20 points; else if two of pain, function and
    patient global improve by ≥ 20 % and ≥ 10 points. A missing domain that could change the answer makes
    it undetermined, never "no". Apply it to draws of individuals, never to arm means.
    """
    known = [x for x in (pain, function, patient_global) if x is not None]
    require(
        bool(known), "no domain is known", where="responder", remedy="give pain, function or patient global"
    )
    high = np.zeros(known[0].shape, bool)
    low_count = np.zeros(known[0].shape, int)
    missing_high, missing_low = 0, 0
    for gain, base, may_be_high in (
        (pain, pain_baseline, True),
        (function, function_baseline, True),
        (patient_global, global_baseline, False),
    ):
        if gain is None or base is None:
            missing_low += 1
            missing_high += may_be_high
            continue
        if may_be_high:
            high |= (gain >= 0.5 * base) & (gain >= 20.0)
        low_count += (gain >= 0.2 * base) & (gain >= 10.0)
    yes = high | (low_count >= 2)
    could_be = (missing_high > 0) | (low_count + missing_low >= 2)
    return np.where(yes, _YES, np.where(could_be, _UNDETERMINED, _NO))
