"""Candidate dose-response shapes of MCP-Mod: one file each, found by this folder.

A shape is μ(d) = e0 + Σ slope_j · column_j(d; θ): linear in e0 and the slopes, non-linear in θ. Every file
holds ``shape(top)``, top being the largest dose, which sets the bounds of θ as DoseFinding does, and the
offset or scale of the shapes that have one. Doses are in the unit of the trial, all alike.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated

import numpy as np

from ....errors import require
from ....units import Array

Dose = Annotated[float, "in the unit of the trial's doses"]
Share = Annotated[float, "of the maximum effect, 0–1"]
_NOT_A_SHAPE = "user"  # builds shapes from what the user gives


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One shape on the dose range 0 to top. Raises ``TypeError`` where names and bounds do not match.

    ``columns(dose, *theta)`` gives one array a slope and ``gradient(dose, *theta)`` the derivatives of the
    first column by each θ; both broadcast. ``standard(dose, *guess)`` is the candidate before scaling to a
    placebo and a maximum effect: the first column unless given (a quadratic needs the ratio of its slopes).
    ``guesstimate(doses, shares)`` finds the candidate's parameters from prior beliefs "at this dose this
    share of the maximum effect".
    """

    name: str
    says: str
    source: str
    top: Dose
    coefficients: tuple[str, ...]  # e0 and the slopes
    columns: Callable[..., tuple[Array, ...]]
    guesstimate: Callable[..., tuple[float, ...]]
    parameters: tuple[str, ...] = ()  # θ
    bounds: tuple[tuple[float, float], ...] = ()
    gradient: Callable[..., tuple[Array, ...]] = lambda dose, *theta: ()
    standard: Callable[..., Array] | None = None
    guesses: tuple[str, ...] | None = field(
        default=None
    )  # names of the candidate's parameters, θ unless given

    def __post_init__(self) -> None:
        if len(self.parameters) != len(self.bounds):
            raise TypeError(f"shape {self.name!r}: parameters {self.parameters}, bounds {self.bounds}")
        require(
            math.isfinite(self.top) and self.top > 0,
            f"largest dose {self.top!r}",
            where=self.name,
            allowed="a positive number",
        )
        for name, (low, high) in zip(self.parameters, self.bounds, strict=True):
            require(
                math.isfinite(low) and math.isfinite(high) and low < high,
                f"bounds {low:g} to {high:g} of {name}",
                where=self.name,
                allowed="a finite lower bound below a finite upper bound",
            )

    def candidate(self, dose: Array, *guess: float) -> Array:
        """The standardised candidate at ``dose``; its level and height are arbitrary."""
        names = self.parameters if self.guesses is None else self.guesses
        require(
            len(guess) == len(names) and all(map(math.isfinite, guess)),
            f"guess {guess}",
            where=self.name,
            allowed=f"a number each for {', '.join(names) or 'nothing: it has no parameter'}",
        )
        if self.guesses is None:
            for name, value, (low, _) in zip(self.parameters, guess, self.bounds, strict=True):
                require(
                    low < 0 or value > 0, f"guess {value:g} of {name}", where=self.name, allowed="above 0"
                )
        with np.errstate(all="ignore"):  # a guess that makes no sense is refused by what it gives
            curve = self.standard(dose, *guess) if self.standard else self.columns(dose, *guess)[0]
        found = np.asarray(curve, dtype=float)
        require(bool(np.isfinite(found).all()), f"guess {guess} gives no finite curve", where=self.name)
        return found


@cache
def shape_names() -> tuple[str, ...]:
    """The shapes of this folder, in the order of their names.

    >>> shape_names()
    ('beta', 'emax', 'exponential', 'linear', 'linlog', 'logistic', 'quadratic', 'sigemax')
    """
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != _NOT_A_SHAPE))


def make_shape(name: str, top: Dose, **settings: Dose | None) -> Shape:
    """The named shape on 0 to ``top``; ``settings`` are its offset (linlog) or scale (beta).

    >>> make_shape("emax", 100.0).candidate(np.array([0.0, 20.0]), 20.0).tolist()
    [0.0, 0.5]
    """
    require(name in shape_names(), f"shape {name!r}", allowed=", ".join(shape_names()))
    made: Shape = importlib.import_module(f"{__name__}.{name}").shape(top, **settings)
    return made


def prior_points(
    doses: Sequence[Dose], shares: Sequence[Share], *, least: int, shape: str
) -> tuple[Array, Array]:
    """Doses and shares of a guesstimate as arrays. Raises ``InputError`` where they cannot be meant."""
    d, p = np.atleast_1d(np.asarray(doses, float)), np.atleast_1d(np.asarray(shares, float))
    require(
        d.shape == p.shape and d.ndim == 1 and len(d) >= least,
        f"{len(d)} doses and {len(p)} shares",
        where=f"guesstimate of {shape}",
        allowed=f"{least} or more doses with a share each",
    )
    require(
        bool(np.all((d > 0) & (p > 0) & (p <= 1) & np.isfinite(d))),
        f"doses {d.tolist()} with shares {p.tolist()}",
        where=f"guesstimate of {shape}",
        allowed="doses above 0, shares of the maximum effect above 0 and at most 1",
    )
    return d, p


def no_guess(doses: Sequence[Dose] = (), shares: Sequence[Share] = ()) -> tuple[float, ...]:
    """Guesstimate of a shape without parameters."""
    return ()


def logit(p: Array) -> Array:
    """log(p/(1 − p)); shares of 1 have none. Raises ``InputError``."""
    require(bool(np.all(p < 1)), f"shares {p.tolist()}", where="guesstimate", allowed="below 1")
    return np.log(p / (1 - p))
