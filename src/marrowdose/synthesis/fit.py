"""The Fit: draws, the model that made them, diagnostics, digests. Loading and mixing need NumPy alone."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from ..curves import curves
from ..domain import Domain
from ..errors import InputError, require
from ..files.json import exact_text, parse_json
from ..units import Array
from .model import build_up, comparator_course

SHIPPED = ("fit.npz", "fit.json")
MIXTURE_SIZE = 4000
REMEMBERED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A posterior: named draws of every curve, their weights, the context and the harm model.

    ``draws[curve][parameter]`` and ``context``/``harm`` are arrays (n,). ``meta`` holds what a page must
    say about the fit: weights, diagnostics, leave-one-study-out records, influence, digests, versions, seed.
    """

    domains: tuple[Domain, ...]
    draws: dict[str, dict[str, Array]]
    context: dict[str, Array]
    harm: dict[str, Array]
    meta: dict[str, Any] = field(default_factory=dict)
    _mixtures: dict[int, Mixture] = field(default_factory=dict, repr=False, compare=False)

    def mixture(self, seed: int) -> Mixture:
        """``mix`` of this fit, remembered for the last few seeds: every patient asks for the same."""
        if seed not in self._mixtures:
            if len(self._mixtures) >= REMEMBERED:
                self._mixtures.clear()
            self._mixtures[seed] = mix(self, seed=seed)
        return self._mixtures[seed]

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each curve."""
        return dict(self.meta["weights"]["used"])

    @property
    def dose_range(self) -> tuple[float, float]:
        """Lowest and highest dose with a randomised figure [million cells]."""
        low, high = self.meta["dose_range"]
        return float(low), float(high)

    @property
    def month_range(self) -> tuple[float, float]:
        """First and last month with a randomised figure."""
        low, high = self.meta["month_range"]
        return float(low), float(high)


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Equally weighted draws over curves: what everything downstream of the fit works with.

    ``effect`` (n, 2): population effect on pain and function where the shape is 1 [points, month 6];
    ``new_effect``: the same in a new setting, study spread included; ``curve`` (n,) index into ``names``.
    """

    names: tuple[str, ...]
    curve: np.ndarray[tuple[int, ...], np.dtype[np.int_]]
    effect: Array
    new_effect: Array
    parameters: dict[str, Array]
    context: dict[str, Array]
    harm: dict[str, Array]
    _shapes: dict[bytes, Array] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.curve)

    def shape(self, doses: Array) -> Array:
        """(n, doses) the curve of each draw at each dose, remembered: every patient asks for the same
        doses.
        """
        key = doses.tobytes()
        if key not in self._shapes:
            self._shapes[key] = self._shape(doses)
        return self._shapes[key]

    def _shape(self, doses: Array) -> Array:
        out = np.zeros((len(self), len(doses)))
        for k, name in enumerate(self.names):
            rows = np.flatnonzero(self.curve == k)
            if len(rows):
                curve = curves()[name]
                arguments = [self.parameters[f"curve.{p}"][rows, None] for p in curve.priors]
                out[rows] = curve.shape(doses[None, :], *arguments, xp=np)
        out.flags.writeable = False
        return out

    def course(self, months: Array) -> Array:
        """(n, months) the time course g(t) of each draw."""
        return np.asarray(
            build_up(months[None, :], self.parameters["tau_on"][:, None], self.parameters["tau_off"][:, None])
        )

    def comparator(self, name: str, months: Array) -> Array:
        """(n, months) effect of a comparator over placebo [points]; placebo itself is 0."""
        if name == "placebo":
            return np.zeros((len(self), len(months)))
        peak = {"ha_peak": self.context["ha_peak"][:, None]}
        return np.asarray(self.context[name][:, None] * comparator_course(name, months[None, :], peak))


def mix(
    fit: Fit, *, size: int = MIXTURE_SIZE, seed: int = 0, weights: dict[str, float] | None = None
) -> Mixture:
    """Equally weighted draws from the weighted curves. Curves share in proportion, to within one draw."""
    rng = np.random.default_rng(seed)
    used = weights or fit.weights
    names = tuple(fit.draws)
    edges = np.floor(np.cumsum([used[n] for n in names]) / sum(used.values()) * size + 0.5).astype(int)
    counts = np.diff(edges, prepend=0)
    keys = dict.fromkeys(k for d in fit.draws.values() for k in d)
    columns: dict[str, list[Array]] = {k: [] for k in keys}
    for name, count in zip(names, counts, strict=True):
        draws = fit.draws[name]
        available = len(draws["effect"])
        pick = rng.permutation(np.resize(rng.permutation(available), count))
        for k in keys:
            columns[k].append(draws[k][pick].astype(float) if k in draws else np.full(count, np.nan))
    p = {k: np.concatenate(v) for k, v in columns.items()}
    gap = p.get("domain_gap", np.zeros(size))
    effect = np.column_stack([p["effect"] + gap, p["effect"] - gap])
    shared, own = rng.standard_normal((2, size)), rng.standard_normal((2, size))
    rho = p.get("rho", np.ones(size))
    first, second = shared[0], rho * shared[0] + np.sqrt(np.maximum(0.0, 1 - rho**2)) * own[0]
    pick = rng.permutation(np.resize(np.arange(len(fit.context["onset"])), size))
    pick_harm = rng.permutation(np.resize(np.arange(len(fit.harm["slope"])), size))
    return Mixture(
        names=names,
        curve=np.repeat(np.arange(len(names)), counts),
        effect=effect,
        new_effect=effect + p["tau"][:, None] * np.column_stack([first, second]),
        parameters=p,
        context={k: v[pick].astype(float) for k, v in fit.context.items()},
        harm={k: v[pick_harm].astype(float) for k, v in fit.harm.items()},
    )


def pack(fit: Fit) -> tuple[bytes, str]:
    """(npz bytes, JSON text): float32 draws and the meta data. The same fit gives the same bytes."""
    arrays = {f"draws/{c}/{k}": v for c, d in fit.draws.items() for k, v in d.items()}
    arrays |= {f"context/{k}": v for k, v in fit.context.items()} | {
        f"harm/{k}": v for k, v in fit.harm.items()
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{k: v.astype(np.float32) for k, v in arrays.items()})  # type: ignore[arg-type]
    return (
        buffer.getvalue(),
        exact_text(
            {"domains": list(fit.domains), **{k: v for k, v in fit.meta.items() if k != "digest"}}, indent=1
        )
        + "\n",
    )


def unpack(packed: bytes, meta_text: str) -> Fit:
    """The inverse of ``pack``."""
    meta = parse_json(meta_text, SHIPPED[1])
    meta["digest"] = hashlib.sha256(packed).hexdigest()
    draws: dict[str, dict[str, Array]] = {}
    parts: dict[str, dict[str, Array]] = {"context": {}, "harm": {}}
    with np.load(io.BytesIO(packed)) as stored:
        for key in stored.files:
            kind, *rest = key.split("/", 2)
            if kind == "draws":
                draws.setdefault(rest[0], {})[rest[1]] = stored[key]
            else:
                parts[kind]["/".join(rest)] = stored[key]
    return Fit(
        domains=tuple(meta.pop("domains")),
        draws=draws,
        context=parts["context"],
        harm=parts["harm"],
        meta=meta,
    )


def read_fit(folder: Path) -> Fit:
    """A fit that was written to a folder. Raises ``InputError`` unless it can be used for a plan."""
    try:
        fit = unpack((folder / SHIPPED[0]).read_bytes(), (folder / SHIPPED[1]).read_text(encoding="utf-8"))
        mix(fit, size=1)
    except Exception as problem:  # a broken file breaks in many ways: all of them end here
        what = problem.strerror if isinstance(problem, OSError) else "a file is broken or of another version"
        raise InputError(f"no usable fit ({what})", where=str(folder)) from problem
    missing = ", ".join(sorted(shipped_fit().meta.keys() - fit.meta.keys()))
    require(not missing, f"no usable fit (without {missing})", where=str(folder))
    return fit


@cache
def shipped_fit() -> Fit:
    """The fit that comes with the package."""
    data = files("marrowdose.evidence") / "data"
    return unpack((data / SHIPPED[0]).read_bytes(), (data / SHIPPED[1]).read_text(encoding="utf-8"))
