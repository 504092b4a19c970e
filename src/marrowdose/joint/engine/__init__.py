"""``simulate``: any mechanism, many parameter sets at once, doses, events and values at exact times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from typing import Literal, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError, require
from ...units import Array
from ..expression import evaluate, number, parse
from ..mechanism import Event, Mechanism
from . import with_numpy
from .control import REASONS
from .inputs import Given, Numerics, check_inputs
from .run import Switch, run_chunk
from .source import module_of, source_for
from .stretch import Advance, Constant

Engine = Literal["auto", "numba", "numpy"]
CHUNK = 4096  # patients at a time under Numba
# patients from which "auto" takes Numba: it first compiles for some seconds, NumPy begins at once
WORTH_COMPILING = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What a mechanism does over time. ``label`` is the mechanism's own and belongs on every picture and
    file.

    ``values`` has the shape (patients, times, states), in the units of the states. At the time of a dose or
    event it is the value after it. The rows of a patient in ``failures`` (index, reason) are NaN. ``steps``
    counts steps tried, (patients,).
    """

    model: Mechanism
    label: str
    times: Array
    values: Array
    failures: tuple[tuple[int, str], ...]
    steps: NDArray[np.int64]
    parameters: dict[str, Constant] = field(repr=False)  # name to number or (patients,)
    switches: tuple[Switch, ...] = field(default=(), repr=False)  # time, parameter, new value (patients,)

    def of(self, name: str) -> Array:
        """A state, definition or output by name, (patients, times).

        Raises ``InputError`` for any other name.
        """
        model = self.model
        if name in model.state_names:
            return self.values[:, :, model.state_names.index(name)]
        text = model.outputs.get(name, model.definitions.get(name))
        known = (*model.state_names, *model.definitions, *model.outputs)
        if text is None:
            raise InputError(
                f"{name} is not a state or output", where=f"mechanism {model.name}", allowed=", ".join(known)
            )
        values: dict[str, Constant] = {"t": self.times[None, :]}
        for parameter, value in self.parameters.items():
            column = np.asarray(value, float).reshape(-1, 1)
            for time, target, new in self.switches:
                if target == parameter:
                    column = np.where(self.times >= time, np.reshape(new, (-1, 1)), column)
            values[parameter] = column
        for i, state in enumerate(model.state_names):
            values[state] = self.values[:, :, i]
        for definition, formula in model.definitions.items():
            with np.errstate(all="ignore"):
                values[definition] = evaluate(parse(number(formula, definition)), values)
        with np.errstate(all="ignore"):
            return np.broadcast_to(evaluate(parse(number(text, name)), values), self.values.shape[:2]).copy()


def simulate(
    model: Mechanism,
    parameters: Mapping[str, ArrayLike] | None = None,
    doses: Iterable[tuple[float, ArrayLike]] = (),
    times: ArrayLike = (),
    *,
    events: Sequence[Event] = (),
    engine: Engine = "auto",
    extrapolate: bool = False,
    **numerics: Unpack[Numerics],
) -> Course:
    """Run ``model`` from time 0; the states at ``times`` (increasing, in the model's time, days for a knee).

    ``parameters`` replaces defaults: a number for all patients or an array (patients,). ``doses`` are pairs
    (time, amount) with an amount for all or one for each patient. ``events`` come after those of the model.
    Local errors are kept below ``rtol`` (1e-4) of a state plus ``atol`` (a number or one for each state; 1e-6
    rtol unless given). ``grid`` is "adaptive" (each patient has steps of his own), "graded" (fixed growing
    steps after each event, no error control) or the ends of fixed steps. ``dtype`` "float32" halves the
    memory traffic of the NumPy engine. ``extrapolate`` allows parameters outside their range. Raises
    ``InputError`` for what cannot be used; a patient that fails in the run is reported in ``failures``.
    """
    require(isinstance(model, Mechanism), f"{type(model).__name__} is not a mechanism", where="model")
    for what, several in (("doses", doses), ("events", events)):
        require(isinstance(several, Iterable), f"{several!r} is not usable", where=what, allowed="a list")
    given = check_inputs(
        model,
        parameters if parameters is not None else {},
        tuple(doses),
        times,
        (*model.events, *events),
        numerics,
        extrapolate=extrapolate,
    )
    source = source_for(model)
    advance, chunk = _advance(engine, source, model, given)
    n, states = given.patients, len(model.states)
    out = np.full((n, given.times.size, states), np.nan, given.dtype)
    steps, failures = np.zeros(n, np.int64), []
    switches: list[list[Switch]] = []
    for first in range(0, n, chunk):
        rows = slice(first, min(first + chunk, n))
        status, reached, switched = run_chunk(
            model, given, rows, module_of(source), advance, out[rows], steps[rows]
        )
        switches.append(switched)
        for j in np.flatnonzero(status):
            out[first + j] = np.nan
            failures.append((int(first + j), f"{REASONS[int(status[j])]} near t = {reached[j]:g}"))
    return Course(
        model=model,
        label=model.label,
        times=given.times,
        values=out,
        failures=tuple(failures),
        steps=steps,
        parameters=given.parameters,
        switches=_joined(switches),
    )


def _joined(switches: list[list[Switch]]) -> tuple[Switch, ...]:
    """The same switches of all chunks as one, over all patients."""
    return tuple(
        (parts[0][0], parts[0][1], np.concatenate([new for _, _, new in parts]))
        for parts in zip(*switches, strict=True)
    )


def _advance(engine: str, source: str, model: Mechanism, given: Given) -> tuple[Advance, int]:
    """The function that runs a stretch between events, and how many patients it takes at a time."""
    require(
        engine in ("auto", "numba", "numpy"),
        f"{engine!r} is no engine",
        where="engine",
        allowed="auto, numba, numpy",
    )
    double = given.dtype == np.float64
    require(double or engine != "numba", "float32 is for the NumPy engine", where="dtype")
    if engine == "auto":  # the two give the same bytes, up to the last digits of exp, log and powers
        many = given.patients >= WORTH_COMPILING and double
        engine = "numba" if many and find_spec("numba") is not None else "numpy"
    if engine == "numpy":
        return partial(with_numpy.run, module_of(source)), with_numpy.CHUNK
    from . import with_numba  # imports nothing heavy itself; here beside its use

    return partial(with_numba.run, source, model.name), CHUNK
