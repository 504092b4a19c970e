"""Stated scenarios: what might be true, written down in a file. Everything in it is an assumption.

```toml
label = "plateau from 25 million"
[effect]                        # a preset …
shape = "plateau"               # null | plateau | rising | falling
largest = 10                    # points over placebo, at the best dose up to `top`, at 12 months
top = 100                       # million cells
[context]                       # improvement without cells (optional, as are its keys)
response = 16
[patients]
sd = 20
serial = 0.65                   # correlation six months apart
[harm]
doses = [0, 100]
probability = [0.02, 0.08]      # linear between the doses
``` Optional ``[ha]`` and ``[corticosteroid]``: ``months`` and ``points`` over placebo, for designs with such
an arm or background. Or, instead of a preset, a table: ``doses``, ``months`` and ``points`` (one row a dose),
linear between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...domain import Domain
from ...errors import InputError, require, require_between
from ...files.toml import Document, parse_document, read_toml
from ...synthesis.fit import shipped_fit
from ...units import Array, MillionCells, Points
from .harm import Harm
from .knee import knee
from .truth import Active, Truth, Without, posterior, posterior_mean, stated

ONSET, REFERENCE = 3.0, 12.0  # months: build-up of a preset, and the month to which ``largest`` belongs
TOP = 100.0  # million cells: the top dose of a preset unless stated
PEAK = 0.3  # where a falling preset peaks, in shares of the top dose


def _plateau(share: Array) -> Array:
    return np.asarray(np.expm1(-share / 0.08) / np.expm1(-1 / 0.08))


def _falling(share: Array) -> Array:
    return np.asarray(share / PEAK * np.exp(1 - share / PEAK))


PRESETS: dict[str, tuple[str, Callable[[Array], Array]]] = {
    "null": ("cells do nothing", np.zeros_like),
    "plateau": ("95 % of the effect from a quarter of the top dose on", _plateau),
    "rising": ("in proportion to the dose", np.positive),
    "falling": (
        "best at 0.3 of the top dose, a third of that at the top",
        _falling,
    ),
}
TABLES = {
    "effect": ("shape", "largest", "top", "fades", "doses", "months", "points"),
    "context": ("response", "onset", "slope"),
    "patients": ("sd", "serial"),
    "harm": ("doses", "probability"),
    "ha": ("months", "points"),
    "corticosteroid": ("months", "points"),
}


Section = Mapping[str, object]


class Named(NamedTuple):
    """A truth as a user names it, and the text of its file: what a worker on another machine can read too."""

    name: str
    text: str = ""


def is_name(name: str) -> bool:
    """Whether this is the name of a truth rather than of a file."""
    return name in (*PRESETS, "posterior", "posterior-mean", "knee") or name.startswith("curve:")


def is_fitted(name: str) -> bool:
    """Whether the truth of this name rests on the published trials, its harm too."""
    return name in ("posterior", "posterior-mean") or name.startswith("curve:")


def is_uncertain(name: str) -> bool:
    """Whether each trial has a truth of its own."""
    return name in ("posterior", "knee") or name.startswith("curve:")


def named(name: str) -> Named:
    """A truth by its name, or the file of this name, read now. Raises ``InputError``."""
    if is_name(name):
        return Named(name)
    try:
        return Named(name, read_toml(name))
    except InputError as problem:
        allowed = "a file, or: posterior, posterior-mean, curve:NAME, knee, " + ", ".join(PRESETS)
        raise InputError(problem.what, where=problem.where, allowed=allowed) from problem


def scenario(of: Named) -> Truth:
    """The truth of a scenario file. Raises ``InputError``."""
    return read_scenario(parse_document(of.text, of.name))


def preset(shape: str, *, largest: Points = 10.0, top: MillionCells = TOP) -> Truth:
    """A preset with the usual context, spread and harm. Raises ``InputError``."""
    stated = {"label": shape, "effect": {"shape": shape, "largest": largest, "top": top}}
    return read_scenario(Document(path=shape, data=stated))


def read_scenario(document: Document) -> Truth:
    """The truth of a parsed scenario. Raises ``InputError`` for unknown keys and impossible numbers."""
    known = ", ".join(("label", *TABLES))
    for name in document.data:
        require(name == "label" or name in TABLES, "unknown key", where=document.where(name), allowed=known)
    parts: dict[str, Section] = {}
    for name, keys in TABLES.items():
        part = document.data.get(name, {})
        if not isinstance(part, Mapping):
            raise InputError("is not a table", where=document.where(name), remedy=f"write [{name}]")
        for key in part:
            require(key in keys, "unknown key", where=document.where(name, key), allowed=", ".join(keys))
        parts[name] = part

    def number(part: str, key: str, default: float, low: float, high: float) -> float:
        value = parts[part].get(key, default)
        require_between(value, low, high, where=document.where(part, key))
        assert isinstance(value, (int, float))
        return float(value)

    return stated(
        str(document.data.get("label", Path(document.path).stem)),
        _benefit(parts["effect"], partial(document.where, "effect"), number),
        without=Without(
            response=number("context", "response", 16.0, -50.0, 80.0),
            onset=number("context", "onset", 0.5, 0.01, 24.0),
            slope=number("context", "slope", 0.34, -1.0, 1.0),
            sd=number("patients", "sd", 20.0, 0.1, 60.0),
        ),
        serial=number("patients", "serial", 0.65, 0.0, 0.99),
        harm=_harm(parts["harm"], partial(document.where, "harm")),
        active=None if document.path in PRESETS else _active(parts, document),
    )


def _benefit(
    part: Section, where: Callable[[str], str], number: Callable[..., float]
) -> Callable[[Array, Array], Array]:
    if "points" in part:
        odd = [k for k in ("shape", "largest", "top", "fades") if k in part]
        require(
            not odd, f"both points and {', '.join(odd)}", where=where("points"), remedy="keep one of them"
        )
        return _table(part, where)
    shape = part.get("shape")
    require(
        shape in PRESETS,
        f"shape {shape!r}",
        where=where("shape"),
        allowed=", ".join(PRESETS) + ", or doses, months and points",
    )
    largest, top = number("effect", "largest", 10.0, -60.0, 60.0), number("effect", "top", TOP, 0.1, 2000.0)
    fades = number("effect", "fades", 1e6, 6.0, 1e6)
    form = PRESETS[str(shape)][1]

    def course(months: Array) -> Array:
        return -np.expm1(-months / ONSET) * np.exp(-months / fades)

    def benefit(doses: Array, months: Array) -> Array:
        return largest * form(doses / top)[..., None] * (course(months) / course(np.array(REFERENCE)))

    return benefit


def _table(part: Section, where: Callable[[str], str]) -> Callable[[Array, Array], Array]:
    """Linear between the doses and months of a table, and from 0 at dose 0 and at month 0."""
    doses, months = _ascending(part, "doses", where), _ascending(part, "months", where)
    try:
        points = np.array(part["points"], dtype=float)
    except (TypeError, ValueError):
        points = np.full((0, 0), np.nan)
    require(
        points.shape == (len(doses), len(months)) and bool((np.abs(points) <= 100).all()),
        "points do not fit",
        where=where("points"),
        allowed=f"{len(doses)} rows of {len(months)} numbers from -100 to 100",
    )
    if doses[0] > 0:
        doses, points = np.append(0.0, doses), np.vstack([np.zeros(len(months)), points])
    require(
        not points[0].any(),
        "an effect at dose 0",
        where=where("points"),
        remedy="effects are over placebo: 0 there",
    )
    if months[0] > 0:
        months, points = np.append(0.0, months), np.column_stack([np.zeros(len(doses)), points])

    def benefit(at: Array, when: Array) -> Array:
        require(
            bool(when.max() <= months[-1]),
            f"month {when.max():g} is beyond the table",
            where=where("months"),
            allowed=f"up to {months[-1]:g}",
            remedy="state the effect up to there",
        )
        require(
            bool(at.max() <= doses[-1]),
            f"dose {at.max():g} is beyond the table",
            where=where("doses"),
            allowed=f"up to {doses[-1]:g}",
            remedy="state the effect up to there; delivered doses vary around the planned ones",
        )
        rows = np.stack([np.interp(when, months, row) for row in points])
        return np.stack([np.interp(at, doses, column) for column in rows.T], axis=-1)

    return benefit


def _harm(part: Section, where: Callable[[str], str]) -> Callable[[Array], Array]:
    if not part:
        part = {"doses": [0, 100], "probability": [0.02, 0.06]}
    doses = _ascending(part, "doses", where)
    chances = _several(part, "probability")
    require(
        len(chances) == len(doses),
        f"probability {part.get('probability')!r}",
        where=where("probability"),
        allowed=f"{len(doses)} numbers",
    )
    for chance in chances:
        require_between(chance, 0.0, 1.0, where=where("probability"))
    return lambda at: np.interp(at, doses, np.array(chances, float))


def _active(parts: Mapping[str, Section], document: Document) -> Callable[[Active, Array], Array]:
    """Other treatments over placebo, linear between their months and from 0 at month 0."""
    tables = {}
    for name in ("ha", "corticosteroid"):
        if part := parts[name]:
            months, points = (
                _ascending(part, "months", partial(document.where, name)),
                _several(part, "points"),
            )
            require(
                len(points) == len(months) and months[0] > 0,
                f"points {part.get('points')!r}",
                where=document.where(name, "points"),
                allowed=f"{len(months)} numbers, one for each month above 0",
            )
            for value in points:
                require_between(value, -60.0, 60.0, where=document.where(name, "points"))
            tables[name] = np.append(0.0, months), np.append(0.0, np.array(points, float))

    def active(treatment: Active, months: Array) -> Array:
        require(
            treatment in tables,
            f"says nothing of {treatment}",
            where=document.path,
            remedy=f"state [{treatment}] months and points: the design has it",
        )
        known, points = tables[treatment]
        require(
            bool(months.max() <= known[-1]),
            f"month {months.max():g} is beyond the table",
            where=document.where(treatment, "months"),
            allowed=f"up to {known[-1]:g}",
            remedy="state the effect up to there",
        )
        return np.asarray(np.interp(months, known, points))

    return active


def _ascending(part: Section, key: str, where: Callable[[str], str]) -> Array:
    given = _several(part, key)
    numbers = [float(x) for x in given if isinstance(x, (int, float)) and not isinstance(x, bool)]
    require(
        len(numbers) == len(given) > 0
        and all(0 <= x < 1e6 for x in numbers)
        and all(a < b for a, b in pairwise(numbers)),
        f"{key} {part.get(key)!r}",
        where=where(key),
        allowed="numbers from 0 up, each above the one before",
    )
    return np.array(numbers)


def _several(part: Section, key: str) -> list[object]:
    """The values of a list; none where there is no list."""
    given = part.get(key)
    return given if isinstance(given, list) else []


def truth_of(of: Named | str, *, domain: Domain = "pain", seed: int = 0, harm: Harm = "local") -> Truth:
    """The truth that a user names: posterior, posterior-mean, curve:NAME, knee, a preset, or a scenario file.

    ``harm`` is what the published trials counted; other truths state their harm themselves. Raises
    ``InputError``.
    """
    of = named(of) if isinstance(of, str) else of
    if of.name in PRESETS:
        return preset(of.name)
    if of.name == "posterior":
        return posterior(shipped_fit(), domain=domain, seed=seed, harm=harm)
    if of.name == "posterior-mean":
        return posterior_mean(shipped_fit(), domain=domain, seed=seed, harm=harm)
    if of.name == "knee":
        return knee(domain=domain, seed=seed)
    if of.name.startswith("curve:"):
        return posterior(
            shipped_fit(), domain=domain, seed=seed, only=of.name.removeprefix("curve:"), harm=harm
        )
    return scenario(of)
