"""Shapes of the user's own: any function of dose and θ, or straight lines between given doses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ....errors import require
from ....units import Array
from . import Dose, Shape, no_guess

_STEP = 1e-6  # of θ, for the central differences of a function given without a gradient


def user_shape(
    function: Callable[..., Array],
    *,
    name: str,
    top: Dose,
    parameters: Sequence[str] = (),
    bounds: Sequence[tuple[float, float]] = (),
    gradient: Callable[..., tuple[Array, ...]] | None = None,
) -> Shape:
    """e0 + eMax·function(d, *θ). ``function`` and ``gradient`` must broadcast; θ is kept within ``bounds``.

    Without ``gradient`` central differences are taken.

    >>> root = user_shape(lambda dose: np.sqrt(dose), name="root", top=100.0)
    >>> root.candidate(np.array([0.0, 25.0])).tolist()
    [0.0, 5.0]
    """

    def differences(dose: Array, *theta: Array) -> tuple[Array, ...]:
        found = []
        for k, value in enumerate(theta):
            step = _STEP * (1.0 + np.abs(value))
            up, down = (function(dose, *theta[:k], value + s, *theta[k + 1 :]) for s in (step, -step))
            found.append((up - down) / (2 * step))
        return tuple(found)

    return Shape(
        name=name,
        says="the user's own curve",
        source="user",
        top=top,
        coefficients=("e0", "eMax"),
        parameters=tuple(parameters),
        bounds=tuple(bounds),
        columns=lambda dose, *theta: (function(dose, *theta),),
        gradient=gradient or differences,
        guesstimate=no_guess,
    )


def interpolation(doses: Sequence[Dose]) -> Shape:
    """Straight lines between the means at ``doses`` (first the placebo): the analysis of variance as a curve.

    Slopes are the differences from the first dose; a candidate's guesses are its values at the other doses.

    >>> interpolation([0, 10, 20]).candidate(np.array([5.0]), 2.0, 3.0).tolist()
    [1.0]
    """
    knots = np.asarray(doses, dtype=float)
    require(
        knots.ndim == 1 and len(knots) >= 2 and bool(np.all(np.diff(knots) > 0)),
        f"doses {list(doses)}",
        where="interpolation",
        allowed="two or more, in ascending order",
    )
    names = tuple(f"d{d:g}" for d in knots[1:])
    hats = np.eye(len(knots))[1:]

    return Shape(
        name="interpolation",
        says="straight lines between the doses tried",
        source="Pinheiro 2014, as non-parametric candidate",
        top=float(knots[-1]),
        coefficients=("e0", *names),
        columns=lambda dose: tuple(np.interp(dose, knots, hat) for hat in hats),
        standard=lambda dose, *values: np.interp(dose, knots, (0.0, *values)),
        guesses=names,
        guesstimate=no_guess,
    )
