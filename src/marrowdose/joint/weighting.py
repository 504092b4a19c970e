"""Weights that bring virtual patients towards what trials measured, and how far that can be done.

Maximum entropy (exponential tilting): among all weights that meet the targets as well as their standard
errors ask, those that disturb the population least. w_i ∝ exp(λ·g_i), with λ the minimum of the convex
function log mean exp(λ·(g_i − τ)) + ½ λ'Σλ (Jaynes 1957; with Σ for uncertain targets, Dudík, Phillips &
Schapire 2007). So the weight of a patient is a function of that patient alone, once λ is found on a sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal, cast

import numpy as np

from ..domain import EvidenceRow
from ..errors import require
from ..files.csv import read_table
from ..units import Array, MillionCells, Months
from .population import Population, Results, outcomes, people

Quantity = Literal["pain_relief", "function_relief", "pain_relief_share", "cartilage_change"]
SAMPLE = 16384  # patients on which λ is found
_COLUMNS = [
    "name",
    "quantity",
    "dose",
    "minus_dose",
    "month",
    "value",
    "se",
    "unit",
    "kind",
    "source",
    "row",
    "note",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The mean over patients of ``quantity`` at ``dose`` (less that at ``minus_dose``) and ``month`` is
    ``value`` ± ``se``.
    """

    name: str
    quantity: Quantity
    dose: MillionCells
    minus_dose: MillionCells | None
    month: Months
    value: float
    se: float
    unit: str
    kind: str
    source: str
    row: EvidenceRow  # where the figure stands; empty: only in ``source``
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighting:
    """λ with what it does: means of the targets before and after, and the share of patients that still
    counts.
    """

    targets: tuple[Target, ...]
    tilt: Array  # (targets,), per SE of each target
    before: Array  # (targets,) in the units of the targets
    after: Array
    effective_share: float  # effective sample size / patients
    # (targets,) the same with one target left out: the lower ``effective_share``, the higher its price
    share_without: Array
    largest: float  # the largest exponent seen: weights are exp(g·λ − largest)


@cache
def targets() -> tuple[Target, ...]:
    """The shipped targets. Raises ``InputError`` naming the line that cannot be used."""
    label = "weighting.csv"
    found = []
    table = read_table(files("marrowdose.joint").joinpath("data", label), label)
    table.require(*_COLUMNS)
    for cells in table.rows:
        require(cells.number("se") > 0, "is not above 0", where=cells.where("se"))
        found.append(
            Target(
                name=cells["name"],
                quantity=cast(Quantity, cells["quantity"]),
                dose=cells.number("dose"),
                minus_dose=cells.number("minus_dose") if cells["minus_dose"] else None,
                month=cells.number("month"),
                value=cells.number("value"),
                se=cells.number("se"),
                unit=cells["unit"],
                kind=cells["kind"],
                source=cells["source"],
                row=EvidenceRow(cells["row"]),
                note=cells["note"],
            )
        )
    return tuple(found)


def gains(
    person: Mapping[str, Array],
    results: Results,
    doses: Sequence[float],
    months: Sequence[float],
    asked: Sequence[Target],
) -> Array:
    """Each target's quantity of each patient: (patients, targets)."""

    def at(quantity: str, dose: float, month: float) -> Array:
        d, m = doses.index(dose), months.index(month)
        if quantity == "cartilage_change":
            return np.asarray(100 * (results["cartilage"][:, d, m] - 1))
        domain, start = ("function", "F0") if quantity == "function_relief" else ("pain", "P0")
        relief = person[start] - results[domain][:, d, m]
        return np.asarray(relief / person[start] if quantity == "pain_relief_share" else relief)

    def one(t: Target) -> Array:
        found = at(t.quantity, t.dose, t.month)
        return found if t.minus_dose is None else found - at(t.quantity, t.minus_dose, t.month)

    return np.column_stack([one(t) for t in asked])


def layout(asked: Sequence[Target]) -> tuple[list[float], list[float]]:
    """The doses and months at which the targets are read."""
    doses = {0.0} | {d for t in asked for d in (t.dose, t.minus_dose) if d is not None}
    return sorted(doses), sorted({t.month for t in asked})


def standing(population: Population, person: Mapping[str, Array], asked: Sequence[Target]) -> Array:
    """``gains`` from one injection, by the targets' own doses and months: (patients, targets)."""
    doses, months = layout(asked)
    found, _ = outcomes(replace(population, repeats=()), person, doses, months)
    return gains(person, found, doses, months, asked)


def weighting(population: Population, asked: Sequence[Target] = ()) -> Weighting:
    """Find λ on the first patients of the population (all targets unless ``asked``).

    Raises ``InputError`` if the search does not end at a minimum.
    """
    asked = tuple(asked) or targets()
    value, se = np.array([t.value for t in asked]), np.array([t.se for t in asked])
    g = standing(population, people(population, 0, SAMPLE), asked)
    g = g[np.isfinite(g).all(axis=1)]
    z = (g - value) / se

    tilt = _tilt(z)
    exponent = z @ tilt
    w = np.exp(exponent - exponent.max())
    others = [np.delete(z, k, axis=1) for k in range(len(asked))] if len(asked) > 1 else []
    without = [_effective(part @ _tilt(part)) for part in others] or [1.0]
    return Weighting(
        targets=asked,
        tilt=tilt,
        before=g.mean(axis=0),
        after=w @ g / w.sum(),
        effective_share=_effective(exponent),
        share_without=np.array(without),
        largest=float(exponent.max()),
    )


def _tilt(z: Array) -> Array:
    """The minimum of the convex function of λ, from each patient's distance to the targets in SEs (patients,
    targets).
    """
    from scipy.optimize import minimize

    def dual(tilt: Array) -> tuple[float, Array]:
        exponent = z @ tilt
        top = exponent.max()
        w = np.exp(exponent - top)
        total = w.sum()
        return float(top + np.log(total / len(z)) + tilt @ tilt / 2), w @ z / total + tilt

    found = minimize(dual, np.zeros(z.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-6})
    steepest = float(np.abs(dual(found.x)[1]).max())
    require(
        steepest < 1e-4,
        "no weights were found",
        where="population",
        remedy="leave out a target, or take the patients unweighted",
    )
    return np.asarray(found.x)


def _effective(exponent: Array) -> float:
    """Effective sample size of weights exp(exponent), as a share."""
    w = np.exp(exponent - exponent.max())
    return float(w.sum() ** 2 / (w @ w) / len(w))


def weights(weighting: Weighting, standing: Array) -> Array:
    """Weights of patients from their ``standing`` (patients, targets); 1 is the largest of the sample."""
    value = np.array([t.value for t in weighting.targets])
    se = np.array([t.se for t in weighting.targets])
    return np.asarray(np.exp((standing - value) / se @ weighting.tilt - weighting.largest))
