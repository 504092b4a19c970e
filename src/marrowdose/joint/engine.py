"""``simulate``: any mechanism, many parameter sets at once, doses and events at exact times, values at asked times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..domain import Array, InputError, require
from . import engine_numpy
from .engine_control import FINE, REASONS, graded
from .engine_inputs import Given, check_inputs
from .engine_source import module_of, source_for
from .expression import evaluate, number, parse
from .mechanism import Event, Mechanism

Engine = Literal["auto", "numba", "numpy"]
CHUNK = 4096  # patients at a time under Numba
WORTH_COMPILING = 2000  # patients from which "auto" compiles a mechanism that has no committed source


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What a mechanism does over time. ``label`` is the mechanism's own and belongs on every picture and file.

    ``values`` has the shape (patients, times, states), in the units of the states. At the time of a dose or event it
    is the value after it. The rows of a patient in ``failures`` (index, reason) are NaN. ``steps`` counts
    steps tried, (patients,).
    """

    model: Mechanism
    label: str
    times: Array
    values: Array
    failures: tuple[tuple[int, str], ...]
    steps: NDArray[np.int64]
    parameters: dict[str, Any] = field(repr=False)  # name to number or (patients,)
    switches: tuple[tuple[float, str, Any], ...] = field(default=(), repr=False)  # time, parameter, new value

    def of(self, name: str) -> Array:
        """A state, definition or output by name, (patients, times). Raises ``InputError`` for any other name."""
        model = self.model
        if name in model.state_names:
            return self.values[:, :, model.state_names.index(name)]
        text = model.outputs.get(name, model.definitions.get(name))
        known = (*model.state_names, *model.definitions, *model.outputs)
        require(text is not None, f"{name} is not a state or output", where=f"mechanism {model.name}",
                allowed=", ".join(known))  # fmt: skip
        values: dict[str, Any] = {"t": self.times[None, :]}
        for parameter, value in self.parameters.items():
            column = np.asarray(value, float).reshape(-1, 1)
            for time, target, new in self.switches:
                if target == parameter:
                    column = np.where(self.times >= time, np.reshape(new, (-1, 1)), column)
            values[parameter] = column
        for i, state in enumerate(model.state_names):
            values[state] = self.values[:, :, i]
        for definition, formula in model.definitions.items():
            values[definition] = evaluate(parse(formula), values)
        with np.errstate(all="ignore"):
            return np.broadcast_to(evaluate(parse(str(text)), values), self.values.shape[:2]).copy()


def simulate(
    model: Mechanism,
    parameters: Mapping[str, ArrayLike] | None = None,
    doses: Iterable[tuple[float, ArrayLike]] = (),
    times: ArrayLike = (),
    *,
    events: Sequence[Event] = (),
    rtol: float = 1e-4,
    atol: ArrayLike | None = None,
    engine: Engine = "auto",
    grid: Literal["adaptive", "graded"] | ArrayLike = "adaptive",
    dtype: Literal["float64", "float32"] = "float64",
    extrapolate: bool = False,
) -> Course:
    """Run ``model`` from time 0 and give the states at ``times`` (increasing, in the model's time, days for a knee).

    ``parameters`` replaces defaults: a number for all patients or an array (patients,). ``doses`` are pairs (time,
    amount) with an amount for all or one for each patient. ``events`` come after those of the model. Local errors are
    kept below ``rtol`` of a state plus ``atol`` (a number or one for each state; 1e-3 rtol unless given). ``grid`` is
    "adaptive" (each patient has steps of his own), "graded" (fixed growing steps after each event, no error control)
    or the ends of fixed steps. ``dtype`` "float32" halves the memory traffic of the NumPy engine. ``extrapolate``
    allows parameters outside their range. Raises ``InputError`` for what cannot be used; a patient that fails in the
    run is reported in ``failures``.
    """
    given = check_inputs(model, parameters or {}, tuple(doses), times, (*model.events, *events), rtol, atol, grid,
                         dtype, extrapolate)  # fmt: skip
    source = source_for(model)
    advance, chunk = _advance(engine, source, model, given, dtype)
    n, states = given.patients, len(model.states)
    out = np.full((n, given.times.size, states), np.nan, np.dtype(dtype))
    steps, failures = np.zeros(n, np.int64), []
    switches: dict[tuple[int, float, str], list[Any]] = {}
    for first in range(0, n, chunk):
        rows = slice(first, min(first + chunk, n))
        status, reached = _run(model, given, rows, source, advance, out[rows], steps[rows], switches, rtol, dtype)
        for j in np.flatnonzero(status):
            out[first + j] = np.nan
            failures.append((int(first + j), f"{REASONS[int(status[j])]} near t = {reached[j]:g}"))
    changes = tuple((time, name, np.concatenate(parts)) for (_, time, name), parts in sorted(switches.items()))
    return Course(
        model=model, label=model.label, times=given.times, values=out, failures=tuple(failures), steps=steps,
        parameters=given.parameters, switches=changes,
    )  # fmt: skip


def _advance(engine: str, source: str, model: Mechanism, given: Given, dtype: str) -> tuple[Any, int]:
    """The function that runs a stretch between events, and how many patients it takes at a time."""
    require(engine in ("auto", "numba", "numpy"), f"{engine!r} is no engine", where="engine", allowed="auto, numba, numpy")
    require(not (engine == "numba" and dtype == "float32"), "float32 is for the NumPy engine", where="dtype")
    if engine == "auto":
        from .engine_source import FOLDER

        ready = (FOLDER / f"{model.name}.py").is_file() and source == (FOLDER / f"{model.name}.py").read_text("utf-8")
        worth = ready or given.patients >= WORTH_COMPILING
        fast = find_spec("numba") is not None and worth and dtype == "float64"
        engine = "numba" if fast else "numpy"
    if engine == "numpy":
        return partial(engine_numpy.run, module_of(source)), engine_numpy.CHUNK
    from . import engine_numba

    return partial(engine_numba.run, source, model.name), CHUNK


def _run(model: Mechanism, given: Given, rows: slice, source: str, advance: Any, out: Array, steps: Any,
         switches: dict[tuple[int, float, str], list[Any]], rtol: float, dtype: str) -> tuple[Any, Array]:  # fmt: skip
    """One chunk of patients through all doses and events; fills ``out`` and ``steps``."""
    n, module = rows.stop - rows.start, module_of(source)
    values = {k: v[rows] if np.ndim(v) else v for k, v in given.parameters.items()}
    state = np.empty((len(model.states), n), np.dtype(dtype))
    with np.errstate(all="ignore"):
        start = _definitions(model, {"t": 0.0, **values}, of_parameters=True)
        for i, s in enumerate(model.states):
            state[i] = evaluate(parse(number(s.start, s.name)), start)
    status = np.where(np.isfinite(state).all(axis=0), FINE, 1)
    reached = np.zeros(n)
    constants: list[Any] | None = None
    ends = [*given.stops[1:], given.times[-1]]
    for begin, end in zip(given.stops, ends, strict=True):
        with np.errstate(all="ignore"):
            for time, amount in given.doses:
                if time == begin and model.dose is not None:
                    scale = evaluate(parse(number(model.dose.scale, "dose")), _definitions(model, {"t": begin, **values}, of_parameters=True))
                    state[model.state_names.index(model.dose.state)] += np.asarray(amount[rows] if np.ndim(amount) else amount) * scale
            for k, event in enumerate(given.events):
                if event.time == begin:
                    now = {"t": begin, **values, **dict(zip(model.state_names, state, strict=True))}
                    new = evaluate(parse(number(event.value, "event")), _definitions(model, now))
                    if event.target in model.state_names:
                        state[model.state_names.index(event.target)] = new
                    else:
                        values[event.target] = np.broadcast_to(np.asarray(new, float), (n,)).copy()
                        switches.setdefault((k, begin, event.target), []).append(values[event.target])
                        constants = None
            if constants is None:
                constants = _constants(module, model, values, state.dtype)
        here = np.flatnonzero(given.times == begin)
        for i in here:
            out[:, i] = state.T
        last = end == given.times[-1] and end not in given.stops
        inside = (given.times > begin) & ((given.times <= end) if last else (given.times < end))
        if end > begin:
            status[~np.isfinite(state).all(axis=0)] = 1
            slots = np.flatnonzero(inside)
            part = np.empty((n, slots.size, len(model.states)), state.dtype)
            advance(state, constants, begin, end, _grid(given, begin, end), given.times[slots], part, rtol, given.atol, status, reached, steps)
            out[:, slots] = part
    return status, reached


def _definitions(model: Mechanism, values: dict[str, Any], of_parameters: bool = False) -> dict[str, Any]:
    """``values`` with every definition that they suffice for."""
    known = dict(values)
    for name, text in model.definitions.items():
        try:
            known[name] = evaluate(parse(text), known)
        except KeyError:  # needs a state, and only parameters are wanted
            if not of_parameters:
                raise
    return known


def _constants(module: Any, model: Mechanism, values: Mapping[str, Any], dtype: Any) -> list[Any]:
    """What the generated step needs of the parameters: numbers, or arrays over the patients."""
    columns = [np.asarray(values[name], float) for name in model.parameter_names]
    found = module.constants([c if c.ndim else float(c) for c in columns])
    return [c.astype(dtype, copy=False) if isinstance(c, np.ndarray) and c.ndim else float(c) for c in found]


def _grid(given: Given, begin: float, end: float) -> Array:
    if isinstance(given.grid, str):
        return np.empty(0) if given.grid == "adaptive" else graded(begin, end, given.times[-1])
    inside = given.grid[(given.grid > begin) & (given.grid < end)]
    return np.append(inside, end)


__all__ = ["Course", "InputError", "simulate"]
