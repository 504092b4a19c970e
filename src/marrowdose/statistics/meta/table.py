"""A table of arms → the effects of each study: what ``drma`` fits.

Columns: ``study``, ``dose``, and by measure ``md``, ``smd``, ``cohen``, ``glass``: ``mean``, ``sd``, ``n``;
``or``, ``rr``, ``irr``: ``cases``, ``n`` (person-time for irr); ``reported``: ``effect`` and ``se`` of every
arm against the reference (effect 0, se empty), with ``cases``, ``n`` and ``type`` (cc, ci, ir) for the
pseudo-counts, or a covariance of your own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError, require
from ...units import Array
from ..arms import Arms, Table, arms_of
from .effects import (
    Effects,
    Standardiser,
    log_ratios,
    mean_differences,
    standardised_differences,
    user_covariance,
)
from .pseudocounts import StudyDesign, greenland_longnecker, hamling

Measure = Literal["md", "smd", "cohen", "glass", "or", "rr", "irr", "reported"]
Reference = Literal["lowest", "highest", "first"]
Covariances = Literal["gl", "hamling"] | Mapping[str, ArrayLike]
MEASURES: tuple[Measure, ...] = ("md", "smd", "cohen", "glass", "or", "rr", "irr", "reported")
_NEEDED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("md", "smd", "cohen", "glass"), ("mean", "sd", "n")),
    **dict.fromkeys(("or", "rr", "irr"), ("cases", "n")),
    "reported": ("effect", "se"),
}

_NAMING = "name them so, in small letters; in a file, separate them by commas and write 0.5, not 0,5"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyEffects:
    """Effects of a study's arms at ``doses`` (m,) against that at ``reference``; ``covariates`` by name."""

    name: str
    reference: float
    doses: Array
    effects: Effects
    covariates: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How the arms of a study are compared.

    ``reference``: the arm with the lowest or highest dose, or the first row. ``covariance`` of reported
    ratios: the pseudo-count method, or study → matrix in the order of the study's other rows. ``pooled``: one
    SD a study for mean differences. Raises ``InputError``.
    """

    reference: Reference = "lowest"
    covariance: Covariances = "gl"
    pooled: bool = False

    def __post_init__(self) -> None:
        require(
            self.reference in ("lowest", "highest", "first"),
            f"{self.reference!r} is no choice",
            where="reference",
            allowed="lowest, highest, first",
        )


AGAINST_LOWEST = Comparison()


class _Question(NamedTuple):
    """What is asked of every study."""

    measure: Measure
    covariates: tuple[str, ...]
    comparison: Comparison


def studies_of(
    table: Table,
    measure: Measure,
    *,
    covariates: Sequence[str] = (),
    comparison: Comparison = AGAINST_LOWEST,
) -> list[StudyEffects]:
    """Every study of the table, in order of first appearance.

    Raises ``InputError`` naming study, row and column, of a file its line.

    >>> arms = {"study": ["a"] * 3, "dose": [0, 10, 20], "mean": [5, 7, 8], "sd": [9] * 3, "n": [50] * 3}
    >>> [study] = studies_of(arms, "md")
    >>> study.doses.tolist(), study.effects.y.tolist()
    ([10.0, 20.0], [2.0, 3.0])
    """
    require(measure in MEASURES, f"{measure!r} is no measure", where="measure", allowed=", ".join(MEASURES))
    require(
        measure != "reported" or comparison.reference == "lowest",
        "the effects are against the row without se",
        where="reference",
        remedy="leave it out",
    )
    require(
        not comparison.pooled or measure == "md",
        f"{measure} has no SD to pool",
        where="pooled",
        remedy="leave it out",
    )
    given = arms_of(table)
    wanted = ("study", "dose", *_NEEDED[measure], *covariates)
    _require_columns(given, wanted, measure)
    rows_of = _rows_of(given)
    given.refuse_repeats()
    number = {name: given.numbers(name) for name in (*wanted[1:], "cases", "n") if name in given.columns}
    usable = np.isfinite(number["dose"]) & (number["dose"] >= 0)
    require(
        bool(usable.all()),
        "a dose is missing or negative",
        where=given.where(int(np.argmin(usable)), "dose"),
        allowed="0 or more",
    )
    asked = _Question(measure, tuple(covariates), comparison)
    found = []
    for name, rows in rows_of.items():
        arms = {column: values[rows] for column, values in number.items()}
        try:
            found.append(_study(name, arms, _design(given, rows, asked), asked))
        except InputError as problem:
            first = f"{given.where(rows[0])}: " if given.file else ""
            named = "" if problem.where.startswith("study ") else f"study {name}, "
            where = f"{first}{named}{problem.where}"
            raise InputError(
                problem.what, where=where, allowed=problem.allowed, remedy=problem.remedy
            ) from problem
    return found


def _require_columns(given: Arms, wanted: Sequence[str], measure: Measure) -> None:
    for name in wanted:
        require(
            name in given.columns,
            f"there is no column {name!r} among {', '.join(given.columns)[:80]!r}",
            where=given.head,
            allowed=f"columns for {measure}: {', '.join(wanted)}",
            remedy=_NAMING,
        )


def _rows_of(given: Arms) -> dict[str, list[int]]:
    """Study → its rows, in order of first appearance."""
    labels = ["" if s is None or s != s else str(s).strip() for s in given.columns["study"]]
    require(len(labels) > 0, "has no rows", where=given.file or "table")
    require(
        "" not in labels,
        "has no study",
        where=given.where(labels.index("")) if "" in labels else "",
        remedy="name the study in every row, and take empty rows out",
    )
    rows: dict[str, list[int]] = {}
    for i, label in enumerate(labels):
        rows.setdefault(label, []).append(i)
    return rows


def _study(name: str, arms: dict[str, Array], design: StudyDesign, asked: _Question) -> StudyEffects:
    dose = arms["dose"]
    require(
        len(dose) >= 2,
        "a single arm has nothing to be compared with",
        where="rows",
        remedy="leave the study out",
    )
    require(
        float(np.ptp(dose)) > 0,
        "all arms have one dose",
        where="dose",
        remedy="leave the study out: it says nothing about dose",
    )
    if asked.measure == "reported":
        bare = np.flatnonzero(~(arms["se"] > 0))
        require(
            len(bare) == 1 and arms["effect"][bare[0]] == 0,
            f"{len(bare)} rows have no standard error",
            where="se",
            allowed="exactly one, the reference, with effect 0",
        )
        first = int(bare[0])
    else:
        places = {"lowest": int(np.argmin(dose)), "highest": int(np.argmax(dose)), "first": 0}
        first = places[asked.comparison.reference]
    order = np.concatenate([[first], np.delete(np.arange(len(dose)), first)])
    arms = {column: values[order] for column, values in arms.items()}
    for c in asked.covariates:
        require(
            bool(np.isfinite(arms[c]).all()) and float(np.ptp(arms[c])) == 0,
            "differs between arms or is missing",
            where=c,
            remedy="a study covariate has one value a study",
        )
    return StudyEffects(
        name=name,
        reference=float(arms["dose"][0]),
        doses=arms["dose"][1:],
        covariates=tuple(float(arms[c][0]) for c in asked.covariates),
        effects=_effects(name, arms, design, asked),
    )


def _effects(name: str, arms: dict[str, Array], design: StudyDesign, asked: _Question) -> Effects:
    measure, covariance = asked.measure, asked.comparison.covariance
    if measure == "md":
        found = mean_differences(arms["mean"], arms["sd"], arms["n"], pooled=asked.comparison.pooled)
    elif measure in ("smd", "cohen", "glass"):
        by: Standardiser = "hedges" if measure == "smd" else measure
        found = standardised_differences(arms["mean"], arms["sd"], arms["n"], by=by)
    elif measure in ("or", "rr", "irr"):
        found = log_ratios(arms["cases"], arms["n"], measure=measure)
    elif not isinstance(covariance, str):
        found = Effects(arms["effect"][1:], np.diag(arms["se"][1:] ** 2))
    elif len(arms["effect"]) == 2:  # one effect: no covariance to work out
        return user_covariance(arms["effect"][1:], np.diag(arms["se"][1:] ** 2))
    else:
        require(
            "cases" in arms and "n" in arms,
            "the covariance of its effects is not known",
            where="table",
            remedy="give columns cases, n and type, or covariance={study: matrix}",
        )
        require(
            covariance in ("gl", "hamling"),
            f"{covariance!r} is no method",
            where="covariance",
            allowed="gl, hamling",
        )
        method = greenland_longnecker if covariance == "gl" else hamling
        return method(arms["effect"], arms["se"], arms["cases"], arms["n"], design)
    if isinstance(covariance, str):
        return found
    require(
        name in covariance, "has no covariance", where="covariance", remedy="give a matrix for every study"
    )
    return user_covariance(found.y, np.asarray(covariance[name], float))


def _design(given: Arms, rows: Sequence[int], asked: _Question) -> StudyDesign:
    """The study's design of reported ratios: column ``type``, by default cc."""
    told = asked.measure == "reported" and isinstance(asked.comparison.covariance, str)
    if not told or "type" not in given.columns:
        return "cc"
    found = {str(given.columns["type"][i]).strip() for i in rows}
    require(len(found) == 1, f"{len(found)} types in one study", where="type", allowed="cc, ci, ir")
    return cast(StudyDesign, found.pop())
