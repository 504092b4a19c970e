"""What ``simulate`` is given, checked once: shapes, ranges, order of times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError, require, require_between
from ...units import Array
from ..mechanism import Event, Mechanism
from .control import ABSOLUTE, LONGEST
from .stretch import Constant

MOST_PATIENTS, MOST_TIMES, MOST_DOSES, MOST_EVENTS = 10_000_000, 100_000, 1_000, 1_000
MOST_DOSE = 1e6  # in the model's unit (million cells for a knee): what is more is a slip of units
MOST_TIME = 1e9
RTOL = 1e-4
MOST_VALUES = 1e9  # patients × times × states: 8 GB


class Numerics(TypedDict, total=False):
    """How exactly, on which steps and in which numbers; see ``simulate``."""

    rtol: float
    atol: ArrayLike | None
    grid: Literal["adaptive", "graded"] | ArrayLike
    dtype: Literal["float64", "float32"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Checked inputs. ``parameters`` holds every parameter: a number, or an array (patients,)."""

    patients: int
    parameters: dict[str, Constant]
    doses: tuple[tuple[float, Constant], ...]
    events: tuple[Event, ...]
    times: Array
    stops: tuple[float, ...]  # 0 and every time of a dose or event, increasing
    longest: float  # step: where time is in the rates, so that a pulse after a rest is not stepped over
    grid: str | Array
    rtol: float
    atol: Array
    dtype: np.dtype[np.floating]


def check_inputs(
    model: Mechanism,
    parameters: Mapping[str, ArrayLike],
    doses: Sequence[tuple[float, ArrayLike]],
    times: ArrayLike,
    events: Sequence[Event],
    numerics: Numerics,
    *,
    extrapolate: bool,
) -> Given:
    """Everything checked. Raises ``InputError``."""
    rtol, dtype = numerics.get("rtol", RTOL), numerics.get("dtype", "float64")
    require(
        dtype in ("float64", "float32"), f"{dtype!r} is no type", where="dtype", allowed="float64, float32"
    )
    require_between(rtol, 1e-12, 0.1, where="rtol")
    asked = _times(times)
    values = _parameters(model, parameters, extrapolate)
    given = _doses(model, doses, asked[-1])
    require(
        len(events) <= MOST_EVENTS, f"{len(events)} events", where="events", allowed=f"at most {MOST_EVENTS}"
    )
    for event in events:
        model.check_event(event)
    used = tuple(e for e in events if e.time <= asked[-1])
    stops = sorted({0.0, *(float(t) for t, _ in given), *(float(e.time) for e in used)})
    return Given(
        patients=_patients(model, [*values.values(), *(amount for _, amount in given)], asked.size),
        parameters=values,
        doses=given,
        events=used,
        times=asked,
        stops=tuple(stops),
        grid=_grid(numerics.get("grid", "adaptive")),
        longest=float(asked[-1]) * LONGEST if model.driven else np.inf,
        rtol=float(rtol),
        dtype=np.dtype(dtype),
        atol=_tolerance(model, numerics.get("atol"), rtol),
    )


def _times(times: ArrayLike) -> Array:
    asked = _numbers(times, "times")
    require(
        asked.ndim == 1 and 0 < asked.size <= MOST_TIMES,
        f"{asked.size} times",
        where="times",
        allowed=f"1 to {MOST_TIMES} in a row",
    )
    require(
        bool((asked >= 0).all() and (asked <= MOST_TIME).all()),
        "a time is negative or too large",
        where="times",
        allowed=f"0 to {MOST_TIME:g}",
    )
    require(bool((np.diff(asked) > 0).all()), "not increasing", where="times", remedy="sort them, each once")
    return asked


def _patients(model: Mechanism, values: Sequence[Constant], times: int) -> int:
    """How many patients there are: the one length of all arrays."""
    sizes = {np.size(v) for v in values if np.ndim(v)}
    where = "parameters and doses"
    require(
        len(sizes) <= 1,
        f"arrays of different lengths ({', '.join(map(str, sorted(sizes)))})",
        where=where,
        allowed="one entry for each patient",
    )
    n = sizes.pop() if sizes else 1
    parts = "simulate them in parts"
    most = f"1 to {MOST_PATIENTS}"
    require(0 < n <= MOST_PATIENTS, f"{n} patients", where=where, allowed=most, remedy=parts)
    asked_for = n * times * len(model.states)
    require(
        asked_for <= MOST_VALUES,
        f"{asked_for:.2g} values",
        where="patients × times × states",
        allowed=f"up to {MOST_VALUES:g}",
        remedy=parts,
    )
    return n


def _tolerance(model: Mechanism, atol: ArrayLike | None, rtol: float) -> Array:
    """The absolute tolerance of each state."""
    states = (len(model.states),)
    tolerance = _numbers(rtol * ABSOLUTE if atol is None else atol, "atol")
    fits = tolerance.ndim == 0 or tolerance.shape == states
    require(
        fits and bool((tolerance > 0).all()),
        "not usable",
        where="atol",
        allowed="above 0: one, or one for each state",
    )
    return np.broadcast_to(tolerance, states).astype(float)


def _numbers(given: ArrayLike, where: str) -> Array:
    try:
        found = np.asarray(given, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{given!r} is not usable", where=where, allowed="numbers") from None
    require(bool(np.isfinite(found).all()), "a number is missing or not finite", where=where)
    return found


def _parameters(model: Mechanism, given: Mapping[str, ArrayLike], extrapolate: bool) -> dict[str, Constant]:
    require(
        isinstance(given, Mapping),
        f"{given!r:.60} is not usable",
        where="parameters",
        allowed="names with their values",
    )
    strange = sorted(map(str, set(given) - set(model.parameter_names)))
    starts = set(strange) & set(model.state_names)
    require(
        not strange,
        f"{', '.join(strange)} is not a parameter",
        where=f"mechanism {model.name}",
        allowed=", ".join(model.parameter_names) or "none",
        remedy="give the state a parameter as its start" if starts else "",
    )
    values: dict[str, Constant] = {}
    for p in model.parameters:
        value = _numbers(given.get(p.name, p.value), p.name)
        require(value.ndim <= 1, f"an array of {value.ndim} dimensions", where=p.name, allowed="(patients,)")
        outside = value.size > 0 and not (p.lo <= value.min() and value.max() <= p.hi)
        require(
            extrapolate or not outside,
            "outside its range",
            where=f"parameter {p.name}",
            allowed=f"{p.lo:g} to {p.hi:g} {p.unit}",
            remedy="extrapolate=True allows it",
        )
        values[p.name] = value.copy() if value.ndim else float(value)
    return values


def _doses(
    model: Mechanism, doses: Sequence[tuple[float, ArrayLike]], last: float
) -> tuple[tuple[float, Constant], ...]:
    require(
        not doses or model.dose is not None,
        "takes no dose",
        where=f"mechanism {model.name}",
        remedy="say which state gets it",
    )
    require(len(doses) <= MOST_DOSES, f"{len(doses)} doses", where="doses", allowed=f"at most {MOST_DOSES}")
    found = []
    for dose in doses:
        pair = isinstance(dose, (Sequence, np.ndarray)) and not isinstance(dose, str) and len(dose) == 2
        require(pair, f"{dose!r:.60} is not usable", where="doses", allowed="pairs (time, amount)")
        time, amount = _numbers(dose[0], "time of a dose"), _numbers(dose[1], "dose")
        fits = time.ndim == 0 and 0 <= time <= last
        require(
            bool(fits),
            f"{dose[0]!r} is not usable",
            where="time of a dose",
            allowed=f"0 to {last:g}, the last time asked for",
        )
        require(
            amount.ndim <= 1, f"an array of {amount.ndim} dimensions", where="dose", allowed="(patients,)"
        )
        require(
            bool(amount.size == 0 or (amount.min() >= 0 and amount.max() <= MOST_DOSE)),
            "not usable",
            where="dose",
            allowed=f"0 to {MOST_DOSE:g}",
        )
        found.append((float(time), amount.copy() if amount.ndim else float(amount)))
    return tuple(found)


def _grid(grid: ArrayLike) -> str | Array:
    if isinstance(grid, str):
        require(
            grid in ("adaptive", "graded"),
            f"{grid!r} is no grid",
            where="grid",
            allowed="adaptive, graded, or times",
        )
        return grid
    ends = _numbers(grid, "grid")
    fits = ends.ndim == 1 and ends.size > 0 and ends.min() > 0 and (np.diff(ends) > 0).all()
    require(bool(fits), "not usable", where="grid", allowed="ends of steps, above 0 and increasing")
    return ends
