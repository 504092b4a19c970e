"""A candidate: a shape with guessed parameters, a placebo response and a largest effect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import require
from ...units import Array, Probability
from .doses import effective_dose, first_of, peak, target_dose
from .shapes import Dose, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What the truth might look like, said before the trial.

    ``max_effect`` is the effect over placebo furthest from 0 within 0 to the largest dose, below 0 where a
    fall is the benefit. Contrasts depend on the shape and the sign only, power and target doses on all.
    """

    label: str
    shape: Shape
    guess: tuple[float, ...] = ()
    placebo: float = 0.0
    max_effect: float = 1.0

    def __post_init__(self) -> None:
        require(
            math.isfinite(self.placebo) and math.isfinite(self.max_effect) and self.max_effect != 0,
            f"placebo {self.placebo!r}, largest effect {self.max_effect!r}",
            where=self.label,
            allowed="numbers, the effect not 0",
        )
        require(peak(self._rise, self.shape.top)[1] != 0, f"guess {self.guess} is flat", where=self.label)

    def _rise(self, doses: Array) -> Array:
        """Effect before scaling."""
        return self.shape.candidate(doses, *self.guess) - self.shape.candidate(np.zeros(1), *self.guess)

    def effect(self, doses: Array) -> Array:
        """Effect over placebo at ``doses``."""
        return (
            self.max_effect / peak(self._rise, self.shape.top)[1] * self._rise(np.asarray(doses, dtype=float))
        )

    def means(self, doses: Sequence[float] | Array) -> Array:
        """Mean response at ``doses``."""
        return self.placebo + self.effect(np.asarray(doses, dtype=float))

    def target_dose(self, delta: float, *, among: Sequence[Dose] | None = None) -> Dose | None:
        """Smallest dose (of the doses ``among``) with effect ``delta`` over placebo; None for none."""
        if among is not None:
            return first_of(self.effect, delta, among)
        return target_dose(self.effect, delta, self.shape.top)

    def effective_dose(self, p: Probability, *, among: Sequence[Dose] | None = None) -> Dose | None:
        """Smallest dose (of the doses ``among``) with share ``p`` of the largest effect; None for none."""
        if among is not None:
            return first_of(self.effect, p * peak(self.effect, self.shape.top)[1], among)
        return effective_dose(self.effect, p, self.shape.top)

    def coefficients(self) -> tuple[Array, Array]:
        """e0 with slopes, and θ, of the same curve as a fit would give them."""
        theta = np.array(self.guess[: len(self.shape.parameters)])
        grid = np.linspace(0.0, self.shape.top, 101)
        columns = np.column_stack([np.ones_like(grid), *self.shape.columns(grid, *theta)])
        linear: Array = np.asarray(np.linalg.lstsq(columns, self.means(grid))[0], dtype=np.float64)
        return linear, theta


def candidate_of_coefficients(label: str, shape: Shape, coefficients: Sequence[float]) -> Candidate:
    """The candidate that has the coefficients of a fit: e0, slopes, θ.

    >>> candidate_of_coefficients("e", make_shape("emax", 10.0), [1.0, 4.0, 10.0]).max_effect
    2.0
    """
    k = len(shape.coefficients)
    names = (*shape.coefficients, *shape.parameters)
    values = np.asarray(coefficients, dtype=float)
    require(
        values.shape == (len(names),) and bool(np.isfinite(values).all()),
        f"coefficients {list(coefficients)}",
        where=label,
        allowed=f"a number each for {', '.join(names)}",
    )
    slopes, theta = values[1:k], values[k:]

    def mean(doses: Array) -> Array:
        columns = shape.columns(doses, *theta)
        return np.asarray(
            values[0] + sum(slope * column for slope, column in zip(slopes, columns, strict=True))
        )

    placebo = float(mean(np.zeros(1))[0])
    guess = tuple(float(t) for t in theta)
    if (
        shape.standard is not None
    ):  # a quadratic is known by the ratio of its slopes, an interpolation by its means
        guess = (
            tuple(slopes) if shape.guesses and len(shape.guesses) == len(slopes) else (slopes[1] / slopes[0],)
        )
    _, most = peak(lambda d: mean(d) - placebo, shape.top)
    return Candidate(label=label, shape=shape, guess=guess, placebo=placebo, max_effect=most)


def candidate_means(candidates: Sequence[Candidate], doses: Array) -> Array:
    """Means (K doses, M candidates), of different labels, up to the largest dose. Raises ``InputError``."""
    require(len(candidates) > 0, "no candidate", where="candidates", remedy="name one shape or more")
    labels = [c.label for c in candidates]
    require(
        len(set(labels)) == len(labels), f"labels {labels}", where="candidates", allowed="each label once"
    )
    top = min(c.shape.top for c in candidates)
    require(
        bool(np.max(doses) <= top * (1 + 1e-9)),
        f"dose {np.max(doses):g} is above the candidates' range",
        allowed=f"0 to {top:g}",
    )
    return np.column_stack([c.means(doses) for c in candidates])
