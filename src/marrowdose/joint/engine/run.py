"""One chunk of patients through all doses and events: start, stretch, event … to the last asked time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...units import Array
from ..expression import evaluate, number, parse
from ..mechanism import Mechanism
from .control import FINE, NOT_FINITE, STRICT, graded
from .inputs import Given
from .stretch import Advance, Constant, Fate, Source, Stretch

Switch = tuple[float, str, Array]  # time, parameter, its new value (patients,)
Values = dict[str, Constant]


def run_chunk(
    model: Mechanism,
    given: Given,
    rows: slice,
    module: Source,
    advance: Advance,
    out: Array,
    steps: NDArray[np.int64],
) -> tuple[NDArray[np.int64], Array, list[Switch]]:
    """Fills ``out`` (patients, times, states) and ``steps`` for the patients of ``rows``.

    Gives the status of each patient, the time reached, and the parameters that events changed.
    """
    n = rows.stop - rows.start
    parameters = {k: v[rows] if isinstance(v, np.ndarray) else v for k, v in given.parameters.items()}
    state = np.empty((len(model.states), n), given.dtype)
    status, reached, switches = np.full(n, FINE), np.zeros(n), []
    with np.errstate(all="ignore"):
        known = _of_parameters(model, {"t": 0.0, **parameters})
        for i, s in enumerate(model.states):
            state[i] = evaluate(parse(number(s.start, s.name)), known)
        constants = _constants(module, model, parameters, given.dtype)
    for begin, end in zip(given.stops, (*given.stops[1:], given.times[-1]), strict=True):
        with np.errstate(all="ignore"):
            _give(model, given, rows, begin, parameters, state)
            if switched := _happen(model, given, begin, parameters, state):
                switches += switched
                constants = _constants(module, model, parameters, given.dtype)
        status[~np.isfinite(state).all(axis=0)] = NOT_FINITE
        out[:, given.times == begin] = state.T[:, None]
        if end > begin:
            at_end = (given.times == end) & (end not in given.stops)  # else the next stretch begins with it
            slots = np.flatnonzero((given.times > begin) & (given.times < end) | at_end)
            part = np.empty((n, slots.size, len(model.states)), given.dtype)
            stretch = Stretch(
                start=begin,
                end=end,
                grid=_grid(given, begin, end),
                longest=given.longest,
                times=given.times[slots],
                rtol=STRICT * given.rtol,
                atol=STRICT * given.atol,
            )
            advance(stretch, state, constants, part, Fate(status, reached, steps))
            out[:, slots] = part
    return status, reached, switches


def _give(model: Mechanism, given: Given, rows: slice, now: float, parameters: Values, state: Array) -> None:
    """Add the doses of this moment to the state that takes them."""
    for time, amount in given.doses:
        if time == now and model.dose is not None:
            scale = evaluate(
                parse(number(model.dose.scale, "dose")), _of_parameters(model, {"t": now, **parameters})
            )
            state[model.state_names.index(model.dose.state)] += (
                amount[rows] if isinstance(amount, np.ndarray) else amount
            ) * scale


def _happen(model: Mechanism, given: Given, now: float, parameters: Values, state: Array) -> list[Switch]:
    """Do the events of this moment, each seeing what those before it did."""
    switches: list[Switch] = []
    for event in given.events:
        if event.time != now:
            continue
        known = {"t": now, **parameters, **dict(zip(model.state_names, state, strict=True))}
        for name, text in model.definitions.items():
            known[name] = evaluate(parse(number(text, name)), known)
        new = evaluate(parse(number(event.value, "event")), known)
        if event.target in model.state_names:
            state[model.state_names.index(event.target)] = new
        else:
            changed = np.broadcast_to(np.asarray(new, float), state.shape[1:]).copy()
            parameters[event.target] = changed
            switches.append((now, event.target, changed))
    return switches


def _of_parameters(model: Mechanism, values: Values) -> Values:
    """``values`` (parameters and t) with every definition that needs no state."""
    known = dict(values)
    for name, text in model.definitions.items():
        try:
            known[name] = evaluate(parse(number(text, name)), known)
        except KeyError:  # needs a state; what uses it here was refused when the mechanism was made
            continue
    return known


def _constants(
    module: Source, model: Mechanism, parameters: Mapping[str, Constant], dtype: np.dtype[np.floating]
) -> list[Constant]:
    """What the generated step needs of the parameters: numbers, or arrays over the patients."""
    columns = [np.asarray(parameters[name], float)[()] for name in model.parameter_names]
    found = module.constants(columns)  # numbers stay NumPy's: a division by zero is a failure of the patient
    return [c.astype(dtype, copy=False) if np.ndim(c) else float(c) for c in found]


def _grid(given: Given, begin: float, end: float) -> Array:
    """Ends of fixed steps between two stops; empty for adaptive steps."""
    if isinstance(given.grid, str):
        return np.empty(0) if given.grid == "adaptive" else graded(begin, end, given.times[-1])
    inside = given.grid[(given.grid > begin) & (given.grid < end)]
    return np.append(inside, end)
