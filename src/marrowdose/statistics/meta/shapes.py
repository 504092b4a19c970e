"""Dose-response shapes for meta-analysis: basis functions of dose, some with non-linear parameters.

The effect of dose d against dose d₀ is Σ_j β_j (f_j(d) − f_j(d₀)), so every basis may be shifted freely.
Doses are in the units of the table. Non-linear parameters are positive and searched on the log scale.

Sources: Harrell 2015 (Regression Modeling Strategies, section 2.4.5) for restricted cubic splines; Royston &
Altman 1994 (Appl Stat 43:429) for fractional polynomials; Bretz 2005 and Ritz 2015 (drc) for the others.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InputError, require
from ...units import Array

PERCENTILES = {3: (10, 50, 90), 4: (5, 35, 65, 95), 5: (5, 27.5, 50, 72.5, 95)}  # Harrell, Table 2.3
POWERS = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)  # Royston & Altman 1994


@dataclass(frozen=True, slots=True)
class Shape:
    """``basis(doses (n,), theta (t,))`` → (n, len(names)); ``nonlinear`` names theta.

    ``straight``: indices of the coefficients that a straight line leaves free, the others being zero there;
    None where no straight line is among the shapes.
    """

    name: str
    names: tuple[str, ...]
    basis: Callable[[Array, Array], Array]
    nonlinear: tuple[str, ...] = ()
    straight: tuple[int, ...] | None = None
    knots: tuple[float, ...] = ()
    powers: tuple[float, ...] = ()


def _ratio_power(d: Array, scale: float, power: float) -> Array:
    """(d/scale)^power, zero at d = 0, without overflow."""
    positive = np.where(d > 0, d, 1.0)
    return np.where(d > 0, np.exp(np.clip(power * np.log(positive / scale), -700, 700)), 0.0)


def _sigmoid(d: Array, ed50: float, hill: float, asymmetry: float = 1.0) -> Array:
    ratio = _ratio_power(d, ed50, -hill)
    return np.where(d > 0, np.exp(-asymmetry * np.log1p(ratio)), 0.0)


NONLINEAR: dict[str, tuple[tuple[str, ...], Callable[..., Array]]] = {
    "emax": (("ed50",), lambda d, ed50: d / (ed50 + d)),
    "sigmoid": (("ed50", "hill"), _sigmoid),
    "richards": (("ed50", "hill", "asymmetry"), lambda d, e, h, f: 1 - (1 + _ratio_power(d, e, h)) ** -f),
    "exponential": (("scale",), lambda d, scale: -np.expm1(-d / scale)),
    "weibull": (("scale", "slope"), lambda d, scale, slope: -np.expm1(-_ratio_power(d, scale, slope))),
    "frechet": (("scale", "slope"), lambda d, s, b: np.where(d > 0, np.exp(-_ratio_power(d, s, -b)), 0.0)),
}
CURVES = ("linear", "quadratic", "cubic", "log", "rcs3", "rcs4", "rcs5", "fp1", "fp2", *NONLINEAR)


def shape(
    name: str,
    doses: Array,
    *,
    knots: Sequence[float] | None = None,
    percentiles: Sequence[float] | None = None,
) -> Shape:
    """The shape of that name for these doses (all arms, reference arms included).

    ``linear``, ``quadratic``, ``cubic``, ``log`` (log(1 + d/s), s the median positive dose), ``rcs3`` to
    ``rcs5`` with ``knots`` given or at ``percentiles`` of the doses, ``fp(0.5)`` or ``fp(0.5,2)`` with given
    powers, ``emax`` and the other non-linear ones. Raises ``InputError`` for unknown names and unusable
    knots.
    """
    require(
        len(np.unique(doses)) > 1,
        "all arms have one dose",
        where="dose",
        remedy="a dose-response needs at least two doses",
    )
    if name in ("linear", "quadratic", "cubic"):
        degree = 1 + ("linear", "quadratic", "cubic").index(name)
        names = ("dose", "dose²", "dose³")[:degree]
        return Shape(name, names, lambda d, _: d[:, None] ** np.arange(1, degree + 1), straight=(0,))
    if name == "log":
        middle = float(np.median(doses[doses > 0]))
        return Shape(name, ("log dose",), lambda d, _: np.log1p(d / middle)[:, None])
    if name in ("rcs3", "rcs4", "rcs5"):
        return _spline(name, doses, knots, percentiles)
    if name in NONLINEAR:
        theta_names, f = NONLINEAR[name]
        return Shape(name, ("emax",), lambda d, t: f(d, *np.exp(t))[:, None], nonlinear=theta_names)
    given = re.fullmatch(r"fp\(([-\d., ]+)\)", name)
    if given:
        try:
            powers = tuple(sorted(float(p) for p in given[1].split(",")))
        except ValueError:
            powers = ()
        require(
            1 <= len(powers) <= 2,
            f"{name!r} has no powers that can be read",
            where="curve",
            allowed="fp(0.5) or fp(0.5,2)",
        )
        return fractional(powers, doses)
    raise InputError(f"{name!r} is no curve", where="curve", allowed=", ".join(CURVES) + ", fp(0.5,2)")


def _spline(
    name: str, doses: Array, knots: Sequence[float] | None, percentiles: Sequence[float] | None
) -> Shape:
    """Restricted cubic spline: linear beyond the outer knots (Harrell 2015, equation 2.25)."""
    count = int(name[3:])
    if knots is None:
        chosen = PERCENTILES[count] if percentiles is None else percentiles
        require(all(0 <= p <= 100 for p in chosen), "a percentile is outside 0 to 100", where="percentiles")
        knots = np.percentile(doses, chosen).tolist()
    t = np.asarray(knots, float)
    require(
        len(t) == count and bool(np.isfinite(t).all()),
        f"{name} has {len(t)} knots",
        where="knots",
        allowed=f"{count}",
    )
    require(
        bool((np.diff(t) > 0).all()),
        f"the knots {', '.join(f'{k:g}' for k in t)} do not rise",
        where="knots",
        remedy="give knots=… at doses that differ, or use fewer",
    )

    def basis(d: Array, _: Array) -> Array:
        cube = np.maximum(d[:, None] - t, 0.0) ** 3
        last, before = t[-1], t[-2]
        bent = cube[:, :-2] - np.outer(cube[:, -2], (last - t[:-2]) / (last - before))
        bent += np.outer(cube[:, -1], (before - t[:-2]) / (last - before))
        return np.column_stack([d, bent / (last - t[0]) ** 2])

    names = ("dose", *("dose" + "'" * j for j in range(1, count - 1)))
    return Shape(name, names, basis, straight=(0,), knots=tuple(map(float, t)))


def fractional(powers: Sequence[float], doses: Array) -> Shape:
    """Fractional polynomial in x = (d + shift)/scale: x^p, log x for p = 0, and times log x for a repeat.

    ``shift`` is zero without a zero dose, else the smallest gap between doses (Royston & Altman 1994);
    ``scale`` is the largest dose, for the numbers' sake.
    """
    levels = np.unique(doses)
    moved = float(np.diff(levels).min()) if levels[0] <= 0 and min(powers) <= 0 else 0.0
    scale = float(levels[-1])
    twice = len(powers) == 2 and powers[0] == powers[1]

    def one(x: Array, p: float) -> Array:
        return np.log(x) if p == 0 else x**p

    def basis(d: Array, _: Array) -> Array:
        x = (d + moved) / scale
        columns = [one(x, p) for p in powers]
        if twice:
            safe = np.where(x > 0, x, 1.0)
            columns[1] = columns[1] * np.log(safe)
        return np.column_stack(columns)

    label = f"fp({','.join(f'{p:g}' for p in powers)})"
    names = tuple("log x" if p == 0 else f"x^{p:g}" for p in powers)
    if twice:
        names = (names[0], f"{names[1]}·log x")
    return Shape(label, names, basis, powers=tuple(powers))


def power_sets(degree: int) -> list[tuple[float, ...]]:
    """All sets of powers of a fractional polynomial of that degree (8 or 36)."""
    return list(itertools.combinations_with_replacement(POWERS, degree))
