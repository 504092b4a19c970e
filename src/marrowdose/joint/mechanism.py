"""A mechanism: a system of rate equations given as data, with doses, events and read-outs.

Everything a model says stands in one ``Mechanism``: nothing is registered and no code is written for it. Time
is ``t``, in days for the models of the package. The engine (``engine.simulate``) runs it for many parameter
sets.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2s
from numbers import Real
from typing import Literal

from ..errors import InputError, require
from .expression import FUNCTIONS, names, number, parse

Kind = Literal["measured", "fitted", "derived", "assumed"]
KINDS: tuple[Kind, ...] = ("measured", "fitted", "derived", "assumed")
Formula = str  # see ``expression``
MOST, MOST_PARAMETERS = 200, 1000  # states and parameters of one mechanism


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One quantity that changes: its start (number, or formula in parameters) and d/dt as a formula."""

    name: str
    start: float | Formula
    rate: float | Formula
    unit: str = "1"
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number of the model with its plausible range, unit, kind and source."""

    name: str
    value: float
    lo: float
    hi: float
    unit: str = "1"
    kind: Kind = "assumed"
    source: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """At time ``time``, ``target`` (a state or parameter) becomes ``value`` (formula in states, parameters,
    t).

    The solver stops exactly there. Doses of the same time come first, then events in the order given.
    """

    time: float
    target: str
    value: float | Formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """Which state receives a dose, and what one unit of dose adds to it (formula in parameters)."""

    state: str
    scale: float | Formula = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """A model as data.

    ``label`` says what the output may claim ("hypothesis", "published model" …) and travels with every
    result. ``definitions`` are named formulas or numbers, each in states, parameters, t and earlier
    definitions. ``outputs`` are read-outs of the same kind that nothing depends on. ``events`` are part of
    the model; more can be given to ``simulate``. Raises ``InputError`` where a part is missing, unknown,
    doubled or not finite.
    """

    name: str
    label: str
    states: tuple[State, ...]
    parameters: tuple[Parameter, ...] = ()
    definitions: Mapping[str, float | Formula] = field(default_factory=dict)
    outputs: Mapping[str, float | Formula] = field(default_factory=dict)
    dose: Dose | None = None
    events: tuple[Event, ...] = ()
    says: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        require(
            bool(re.fullmatch(r"[a-z][a-z0-9_]{0,40}", str(self.name))),
            f"{self.name!r} is no name",
            where="mechanism",
            allowed="small letters, digits, _",
        )
        where = f"mechanism {self.name}"
        self._check_parts(where)
        require(
            bool(str(self.label).strip()), "no label", where=where, remedy="say what the output may claim"
        )
        require(
            0 < len(self.states) <= MOST, f"{len(self.states)} states", where=where, allowed=f"1 to {MOST}"
        )
        require(
            len(self.parameters) <= MOST_PARAMETERS,
            f"{len(self.parameters)} parameters",
            where=where,
            allowed=f"at most {MOST_PARAMETERS}",
        )
        self._check_names(where)
        self._check_parameters(where)
        parameters = set(self.parameter_names)
        known = parameters | set(self.state_names) | {"t"}
        fixed = set(parameters)  # what a start may use: parameters and definitions of parameters alone
        for name, text in self.definitions.items():
            used = _known(text, known, f"{where}: {name}")
            known.add(name)
            if used <= fixed:
                fixed.add(name)
        for state in self.states:
            _known(state.rate, known, f"{where}: rate of {state.name}")
            _known(state.start, fixed, f"{where}: start of {state.name}")
        for name, text in self.outputs.items():
            _known(text, known, f"{where}: {name}")
        if self.dose is not None:
            require(
                self.dose.state in self.state_names,
                f"{self.dose.state} is not a state",
                where=f"{where}: dose",
                allowed=", ".join(self.state_names),
            )
            _known(self.dose.scale, fixed, f"{where}: scale of the dose")
        for event in self.events:
            self.check_event(event)

    def _check_parts(self, where: str) -> None:
        for what, part, kind in (
            ("states", self.states, State),
            ("parameters", self.parameters, Parameter),
            ("events", self.events, Event),
        ):
            fits = isinstance(part, Sequence) and all(isinstance(one, kind) for one in part)
            require(
                fits,
                f"{part!r:.60} is not usable",
                where=f"{where}: {what}",
                allowed=f"only {kind.__name__}",
            )
        for what, named in (("definitions", self.definitions), ("outputs", self.outputs)):
            require(
                isinstance(named, Mapping),
                f"{named!r:.60} is not usable",
                where=f"{where}: {what}",
                allowed="names with their formulas",
            )
        require(
            self.dose is None or isinstance(self.dose, Dose),
            f"{self.dose!r:.60} is not usable",
            where=f"{where}: dose",
            allowed="a Dose",
        )

    def _check_names(self, where: str) -> None:
        seen = {"t", *FUNCTIONS}
        for name in (*self.state_names, *self.parameter_names, *self.definitions, *self.outputs):
            fine = bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,60}", str(name))) and not keyword.iskeyword(
                name
            )
            require(
                fine, f"{name!r} is no name", where=where, allowed="letters, digits, _; no word of Python"
            )
            require(name not in seen, f"{name} is there twice, or means something else", where=where)
            seen.add(name)

    def _check_parameters(self, where: str) -> None:
        for p in self.parameters:
            at = f"{where}: {p.name}"
            require(p.kind in KINDS, f"{p.kind!r} is no kind", where=at, allowed=", ".join(KINDS))
            for x in (p.value, p.lo, p.hi):
                fine = isinstance(x, Real) and not isinstance(x, bool) and math.isfinite(x)
                require(fine, f"{x!r} is not usable", where=at, allowed="a finite number")
            require(p.lo <= p.value <= p.hi, f"{p.value:g} is not in [{p.lo:g}, {p.hi:g}]", where=at)

    def check_event(self, event: Event) -> None:
        """Raise ``InputError`` unless the event fits this mechanism."""
        require(
            isinstance(event, Event), f"{event!r:.60} is not usable", where="events", allowed="only Event"
        )
        where = f"mechanism {self.name}: event at {event.time!r}"
        fine = isinstance(event.time, Real) and not isinstance(event.time, bool)
        require(fine and 0 <= event.time < math.inf, "not a usable time", where=where, allowed="0 or later")
        targets = (*self.state_names, *self.parameter_names)
        require(event.target in targets, f"{event.target} is no state or parameter", where=where)
        _known(event.value, {*targets, *self.definitions, "t"}, where)

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the states in order."""
        return tuple(s.name for s in self.states)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters in order."""
        return tuple(p.name for p in self.parameters)

    @property
    def driven(self) -> bool:
        """Whether the rates hold the time itself, so that a knee at rest may be moved later."""
        timed = {"t"}
        for name, text in self.definitions.items():
            if timed & set(names(parse(number(text, name)))):
                timed.add(name)
        return any(timed & set(names(parse(number(s.rate, s.name)))) for s in self.states)

    @property
    def fingerprint(self) -> str:
        """Of the equations alone (names, definitions, rates): generated source fits while this is the
        same.
        """
        parts: Sequence[str] = (
            *(f"state {s.name} {s.rate}" for s in self.states),
            *("parameter " + name for name in self.parameter_names),
            *(f"let {name} {text}" for name, text in self.definitions.items()),
        )
        return blake2s("\n".join(parts).encode(), digest_size=8).hexdigest()


def _known(text: float | Formula, known: set[str], where: str) -> set[str]:
    used = set(names(parse(number(text, where), where)))
    strange = sorted(used - known)
    if strange:
        raise InputError(
            f"{', '.join(strange)} is not known there",
            where=where,
            allowed="what the model names, and definitions above; a start uses parameters only",
        )
    return used
