"""Numbers with their units, as annotated types, and the array functions that formulas are written with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]  # of trials or doses, from 0; −1: none
Z95 = 1.959963984540054  # half-width of a 95 % interval in standard errors


@dataclass(frozen=True, slots=True)
class Within:
    """The range of a number: from ``low`` to ``high``, ends included, or ``above`` a number; None: open."""

    low: float | None = None
    high: float | None = None
    above: float | None = None


MillionCells = Annotated[float, "million cells per injection per knee", Within(0)]


Points = Annotated[float, "points on a 0–100 severity scale; an improvement is positive"]


Months = Annotated[float, "months after the injection", Within(0)]


Years = Annotated[float, "years", Within(0)]


KgPerM2 = Annotated[float, "kg/m²", Within(above=0)]


Probability = Annotated[float, "0–1", Within(0, 1)]


Score = Annotated[float, "in the units of the instrument it was measured with"]


Count = Annotated[float, "number of patients or events", Within(0)]


class LinearAlgebra(Protocol):
    """What is used of ``linalg``."""

    def cholesky(self, a: Array, /) -> Array:
        """The lower factor of a positive definite matrix (…, n, n)."""

    def solve(self, a: Array, b: Array, /) -> Array:
        """x with a x = b."""


class Numerics(Protocol):
    """The functions that NumPy and JAX NumPy share: a formula written with them serves both.

    An ``Array`` that a formula is given or gives is then of the library whose functions it was given.
    """

    @property
    def linalg(self) -> LinearAlgebra:
        """Linear algebra."""

    def exp(self, x: Array | float, /) -> Array:
        """eˣ."""

    def log(self, x: Array | float, /) -> Array:
        """Natural logarithm."""

    def log1p(self, x: Array | float, /) -> Array:
        """log(1 + x)."""

    def sqrt(self, x: Array | float, /) -> Array:
        """Square root."""

    def logaddexp(self, x: Array | float, y: Array | float, /) -> Array:
        """log(eˣ + eʸ)."""

    def where(self, condition: Flags, x: Array | float, y: Array | float, /) -> Array:
        """``x`` where the condition is true, else ``y``."""

    def asarray(self, x: Array | float, /) -> Array:
        """A number as an array."""

    def stack(self, arrays: Sequence[Array], /, axis: int = ...) -> Array:
        """Arrays along a new axis."""

    def concatenate(self, arrays: Sequence[Array], /, axis: int = ...) -> Array:
        """Arrays along an axis they have."""

    def broadcast_to(self, x: Array, shape: tuple[int, ...], /) -> Array:
        """An array repeated to a shape."""

    def swapaxes(self, x: Array, first: int, second: int, /) -> Array:
        """An array with two axes exchanged."""

    def diagonal(self, x: Array, /, *, axis1: int = ..., axis2: int = ...) -> Array:
        """The diagonal of the matrices in two axes."""
