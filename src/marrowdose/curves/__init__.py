"""Dose-response curves: one file each, found by this folder. A curve is a shape with f(0) = 0 and its priors.

Every file holds ``CURVE``: a function ``shape(dose, *parameters, xp)`` whose parameter names are the names
of the priors, a sentence, and a source. ``dose`` is in million cells; ``xp`` is NumPy or JAX NumPy.
The effect of a dose is E · shape(dose): E [points] is the effect where the shape is 1.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from ..priors import Prior
from ..units import Array, MillionCells

REFERENCE_DOSE: MillionCells = 100.0  # where the unbounded curves (linear, log-linear) have shape 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A named shape and the priors of its parameters. Raises ``TypeError`` where the two do not match."""

    name: str
    says: str
    shape: Callable[..., Array]
    priors: dict[str, Prior]
    source: str

    def __post_init__(self) -> None:
        arguments = [p for p in inspect.signature(self.shape).parameters if p not in ("dose", "xp")]
        if arguments != list(self.priors):
            raise TypeError(f"curve {self.name!r}: shape takes {arguments}, priors are {list(self.priors)}")


@cache
def curves() -> dict[str, Curve]:
    """All curves of this folder by name, in the order of their names."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}").CURVE for name in names}
