"""From one patient to the parameters of one knee: what is measured is held, what is unknown stays wide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..domain import Patient
from ..errors import require
from ..units import Array
from .kpd5 import SLOWEST_LOSS
from .parameters import defaults, draw, parameters

FEATURES = ("P0", "F0", "age", "bmi")  # what a patient has; all else is the mechanism
OLDEST_UNTREATED = 18  # years: adult cartilage


@dataclass(frozen=True, slots=True, kw_only=True)
class Knee:
    """``fixed``: symbol → value that every draw keeps; ``origin``: symbol → where that value is from."""

    fixed: dict[str, float]
    origin: dict[str, str]  # "measured in this patient", "set", "typical knee"
    notes: tuple[str, ...]  # how the value was used, if not as it is
    not_known: tuple[str, ...]

    def centre(self) -> dict[str, float]:
        """The defaults with what is known of this knee."""
        return defaults() | self.fixed

    def draws(self, n: int, seed: int) -> dict[str, Array]:
        """``n`` parameter sets, each (n,)."""
        return draw(n, np.random.default_rng(seed), self.fixed)


def knee_of(patient: Patient | None, given: Mapping[str, float] | None = None) -> Knee:
    """The knee of a patient (None: a typical one), with parameters ``given`` in their place.

    Raises ``InputError`` under 18 years and for KL grade 0, of which the model knows nothing.
    """
    given = dict(given or {})
    if patient is None:
        known = {s: parameters()[s].value for s in FEATURES}
        origin: dict[str, str] = dict.fromkeys(FEATURES, "typical knee")
        unknown: tuple[str, ...] = ()
    else:
        require(
            patient.age >= OLDEST_UNTREATED,
            f"{patient.age:g} is not usable",
            where="patient, age",
            allowed="18 to 120 years",
            remedy="the model is of adult cartilage",
        )
        require(
            patient.kl_grade > 0,
            "KL grade 0 is no osteoarthritis",
            where="patient, kl_grade",
            allowed="1 to 4",
        )
        measured = {
            "P0": None if patient.pain is None else patient.pain.severity,
            "F0": None if patient.function is None else patient.function.severity,
            "age": patient.age,
            "bmi": patient.bmi,
        }
        known = {s: float(v) for s, v in measured.items() if v is not None}
        origin = dict.fromkeys(known, "measured in this patient")
        unknown = _not_known(patient, known)
    fixed = known | given
    return Knee(
        fixed=fixed,
        origin=origin | dict.fromkeys(given, "set"),
        notes=_notes(fixed),
        not_known=unknown,
    )


def _not_known(patient: Patient, known: Mapping[str, float]) -> tuple[str, ...]:
    found = [
        f"{p.name.lower()}: drawn from {p.low:g} to {p.high:g} {p.unit}"
        for p in map(parameters().__getitem__, FEATURES)
        if p.symbol not in known
    ]
    found.append(
        f"what KL grade {patient.kl_grade} changes: the range of cartilage loss is the same for every grade"
    )
    found.append(
        "how sex, symptom duration, other illnesses and the donor of the cells change the course: no evidence"
        " on the mechanism was found, so they change nothing here"
    )
    if patient.follow_up or patient.treated_dose is not None:
        found.append(
            "how later scores of this patient change the course: they are used by the plan, not here"
        )
    return tuple(found)


def _notes(fixed: Mapping[str, float]) -> tuple[str, ...]:
    found = []
    for symbol in ("age", "bmi"):
        p = parameters()[symbol]
        if symbol in fixed and not p.low <= fixed[symbol] <= p.high:
            found.append(
                f"{p.name.lower()} {fixed[symbol]:g} lies outside {p.low:g} to {p.high:g} {p.unit}: its slope"
                " on cartilage loss is extrapolated"
            )
    x = defaults() | dict(fixed)
    line = x["r_V"] + x["b_age"] * (x["age"] - 61) + x["b_BMI"] * (x["bmi"] - 28)
    if line < SLOWEST_LOSS:
        found.append(
            f"age and body-mass index together would make a cartilage loss of {line:.2g} %/year; the smallest"
            f" measured one, {SLOWEST_LOSS:g}, is used"
        )
    return tuple(found)
