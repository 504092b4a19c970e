"""The parameters of the knee: a read-only table in which every value has range, unit, kind and source.

``low`` and ``high`` are the 2.5 % and 97.5 % points of the prior and its ends: on its scale (logarithmic for
``lognormal``) a normal with the value as median, its two halves as wide as the two sides of the range, cut at
the ends. ``fixed``: the value stays unless it is set. Where no range was found the table says "assumed".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import NormalDist
from typing import Literal, cast

import numpy as np

from ..domain import EvidenceRow
from ..errors import InputError, require
from ..files.csv import read_table
from ..units import Array

Kind = Literal["measured", "fitted", "derived", "assumed"]
Prior = Literal["lognormal", "normal", "fixed", ""]
KINDS: tuple[Kind, ...] = ("measured", "fitted", "derived", "assumed")
TAIL = 0.025  # of the prior, below ``low`` and above ``high``, before it is cut there
_COLUMNS = [
    "role",
    "symbol",
    "name",
    "value",
    "low",
    "high",
    "unit",
    "prior",
    "kind",
    "source",
    "url",
    "note",
]
_STEEP = NormalDist().inv_cdf(1 - TAIL)  # standard errors from the median to an end of the range


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One row: ``value`` in ``unit`` with its range (NaN where none was reported) and where it comes from."""

    row: EvidenceRow
    role: str  # "tier1": a parameter of the closed form; "anchor": a measurement it was held against
    symbol: str
    name: str
    value: float
    low: float
    high: float
    unit: str
    prior: Prior
    kind: Kind
    source: str
    url: str
    note: str

    def at(self, share: Array) -> Array:
        """Quantiles of the prior: ``share`` in [0, 1] of any shape → values inside the range."""
        inverse = NormalDist().inv_cdf
        cut = TAIL + (1 - 2 * TAIL) * share.ravel()
        return self.bent(np.fromiter(map(inverse, cut), np.float64, share.size).reshape(share.shape))

    def bent(self, z: Array) -> Array:
        """The value ``z`` standard errors from the median, each side as wide as its side of the range."""
        if self.prior == "fixed":
            return np.full(z.shape, self.value)
        part = z / _STEEP
        if self.prior == "lognormal":
            up, down = math.log(self.high / self.value), math.log(self.value / self.low)
            return np.asarray(self.value * np.exp(np.where(part > 0, up, down) * part))
        return np.asarray(
            self.value + np.where(part > 0, self.high - self.value, self.value - self.low) * part
        )


@cache
def table() -> tuple[Parameter, ...]:
    """All rows, as shipped. Raises ``InputError`` naming the line that cannot be used."""
    label = "parameters.csv"
    shipped = read_table(files("marrowdose.joint").joinpath("data", label), label)
    shipped.require(*_COLUMNS)
    rows = []
    for cells in shipped.rows:
        value, low, high = (cells.number(c, missing=math.nan) for c in ("value", "low", "high"))
        kind = cells["kind"]
        require(kind in KINDS, f"{kind!r} is no kind", where=cells.where("kind"), allowed=", ".join(KINDS))
        texts = {c: cells[c] for c in ("role", "symbol", "name", "unit", "source", "url", "note")}
        rows.append(
            Parameter(
                row=EvidenceRow(cells.where()),
                value=value,
                low=low,
                high=high,
                prior=cast(Prior, cells["prior"]),
                kind=cast(Kind, kind),
                **texts,
            )
        )
    return tuple(rows)


@cache
def parameters() -> Mapping[str, Parameter]:
    """The parameters of tier 1 by symbol, in the order of the table."""
    return {p.symbol: p for p in table() if p.role == "tier1"}


def defaults() -> dict[str, float]:
    """Symbol → default value."""
    return {symbol: p.value for symbol, p in parameters().items()}


def settings(given: Iterable[str], allowed: Mapping[str, Parameter] | None = None) -> dict[str, float]:
    """``["N50=20"]`` → ``{"N50": 20.0}``. Raises ``InputError`` for an unknown name or a value out of its
    range.

    ``allowed``: the parameters of the model, those of tier 1 unless given.
    """
    allowed = parameters() if allowed is None else allowed
    found: dict[str, float] = {}
    for text in given:
        symbol, _, number = text.partition("=")
        p = allowed.get(symbol.strip())
        if p is None:
            raise InputError(
                f"{symbol[:40]!r} is no parameter",
                where="set",
                allowed=", ".join(allowed),
                remedy="write for example `set` N50=20",
            )
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        where = f"set={p.symbol}"
        require(
            p.low <= value <= p.high,
            f"{number[:40]!r} is not usable",
            where=where,
            allowed=f"{p.low:g} to {p.high:g} {p.unit}",
        )
        require(p.symbol not in found, "is given twice", where=where, remedy="keep one")
        found[p.symbol] = value
    return found


def draw(
    n: int,
    rng: np.random.Generator,
    fixed: Mapping[str, float],
    table: Mapping[str, Parameter] | None = None,
) -> dict[str, Array]:
    """``n`` parameter sets from the priors, each (n,); those in ``fixed`` keep that value in every set.

    A value that is fixed does not change the draws of the others. ``table``: tier 1 unless given.
    """
    table = parameters() if table is None else table
    z = rng.standard_normal((len(table), n))
    while np.any(outside := np.abs(z) > _STEEP):  # cut at the ends of the range
        z[outside] = rng.standard_normal(int(outside.sum()))
    return {
        symbol: np.full(n, fixed[symbol]) if symbol in fixed else p.bent(row)
        for (symbol, p), row in zip(table.items(), z, strict=True)
    }
