"""A published model, how long it runs and what is done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from marrowdose.joint.mechanism import Dose, Event, Mechanism, Parameter, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model, how long it runs (ten asked times), its doses (time, amount), further events and
    tolerances.
    """

    model: Mechanism
    end: float
    doses: Sequence[tuple[float, float]] = ()
    events: Sequence[Event] = ()
    atol: float | None = None

    @property
    def times(self) -> np.ndarray:
        return np.linspace(0, self.end, 11)


def model(
    name: str,
    source: str,
    states: Mapping[str, tuple[float | str, str]],
    values: Mapping[str, float],
    definitions: Mapping[str, str] | None = None,
    dose: Dose | None = None,
) -> Mechanism:
    return Mechanism(
        name=name,
        label="published model",
        source=source,
        definitions=definitions or {},
        dose=dose,
        states=tuple(State(name=n, start=start, rate=rate) for n, (start, rate) in states.items()),
        parameters=tuple(Parameter(name=n, value=v, lo=-1e9, hi=1e9) for n, v in values.items()),
    )
