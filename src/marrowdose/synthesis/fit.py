"""The Fit: draws, the model that made them, diagnostics, digests. Loading and mixing need NumPy alone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from ..curves import curves
from ..domain import DOMAINS, Domain
from ..errors import InputError
from ..files.json import exact_text, parse_json
from ..files.typed import plain, read_as
from ..units import Array
from .model import build_up, comparator_course
from .record import FitRecord

SHIPPED = ("fit.npz", "fit.json")
MIXTURE_SIZE = 4000
REMEMBERED = 4  # mixtures; every patient asks for the same
REMEMBERED_SHAPES = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """A posterior: named draws of every curve, their weights, the context and the harm model.

    ``draws[curve][parameter]`` and ``context``/``harm`` are arrays (n,). ``record`` holds what a page must
    say about the fit: checks, weights, influence, versions; ``digest`` is that of the draws as they were
    read. Nothing in it changes: threads may share it. Two fits are equal only if they are the same one.
    """

    domains: tuple[Domain, ...]
    draws: dict[str, dict[str, Array]]
    context: dict[str, Array]
    harm: dict[str, Array]
    record: FitRecord
    digest: str = ""

    def mixture(self, seed: int) -> Mixture:
        """``mix`` of this fit, remembered for the last few seeds."""
        return _mixture(self, seed)

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each curve."""
        return dict(self.record.weights.used)

    @property
    def dose_range(self) -> tuple[float, float]:
        """Lowest and highest dose with a randomised figure [million cells]."""
        return self.record.dose_range

    @property
    def month_range(self) -> tuple[float, float]:
        """First and last month with a randomised figure."""
        return self.record.month_range


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
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

    def __len__(self) -> int:
        return len(self.curve)

    def shape(self, doses: Array) -> Array:
        """(n, doses) the curve of each draw at each dose, read-only; remembered for the last few grids."""
        return _shape(self, tuple(doses.tolist()))

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


@lru_cache(maxsize=REMEMBERED_SHAPES)
def _shape(mixture: Mixture, doses: tuple[float, ...]) -> Array:
    out = np.zeros((len(mixture), len(doses)))
    for k, name in enumerate(mixture.names):
        rows = np.flatnonzero(mixture.curve == k)
        if len(rows):
            curve = curves()[name]
            arguments = [mixture.parameters[f"curve.{p}"][rows, None] for p in curve.priors]
            out[rows] = curve.shape(np.array(doses)[None, :], *arguments, xp=np)
    out.flags.writeable = False
    return out


@lru_cache(maxsize=REMEMBERED)
def _mixture(fit: Fit, seed: int) -> Mixture:
    return mix(fit, seed=seed)


def mix(
    fit: Fit, *, size: int = MIXTURE_SIZE, seed: int = 0, weights: Mapping[str, float] | None = None
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
    """(npz bytes, JSON text): float32 draws and the record. The same fit gives the same bytes."""
    arrays = {f"draws/{c}/{k}": v for c, d in fit.draws.items() for k, v in d.items()}
    arrays |= {f"context/{k}": v for k, v in fit.context.items()}
    arrays |= {f"harm/{k}": v for k, v in fit.harm.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{k: v.astype(np.float32) for k, v in arrays.items()})  # type: ignore[arg-type]
    told = {"domains": list(fit.domains), **plain(fit.record)}
    return buffer.getvalue(), exact_text(told, indent=1) + "\n"


def unpack(packed: bytes, text: str, where: str = SHIPPED[1]) -> Fit:
    """The inverse of ``pack``. Raises ``InputError`` for a damaged record, with ``where`` and the key."""
    told = parse_json(text, where)
    if not isinstance(told, dict):
        raise InputError("is not usable", where=where, allowed="an object")
    domains = told.pop("domains", None)
    if domains not in ([*DOMAINS], *([d] for d in DOMAINS)):
        raise InputError(
            "is not usable", where=f"{where}, domains", allowed="a list of " + ", ".join(DOMAINS)
        )
    draws: dict[str, dict[str, Array]] = {}
    layers: dict[str, dict[str, Array]] = {"context": {}, "harm": {}}
    with np.load(io.BytesIO(packed)) as stored:
        for key in stored.files:
            kind, *rest = key.split("/", 2)
            if kind == "draws":
                draws.setdefault(rest[0], {})[rest[1]] = stored[key]
            else:
                layers[kind]["/".join(rest)] = stored[key]
    return Fit(
        domains=tuple(domains),
        draws=draws,
        context=layers["context"],
        harm=layers["harm"],
        record=read_as(FitRecord, told, where),
        digest=hashlib.sha256(packed).hexdigest(),
    )


def read_fit(folder: Path) -> Fit:
    """A fit from a folder that ``pack``'s two files stand in. Raises ``InputError`` unless it can be used."""
    arrays, record = (folder / name for name in SHIPPED)
    try:
        fit = unpack(arrays.read_bytes(), record.read_text(encoding="utf-8"), str(record))
        mix(fit, size=1)
    except InputError as problem:  # a key of the record
        raise InputError(
            f"no usable fit ({problem.what})", where=problem.where, allowed=problem.allowed
        ) from problem
    except OSError as problem:
        raise InputError(f"no usable fit ({problem.strerror or problem})", where=str(folder)) from problem
    except Exception as problem:  # broken bytes break NumPy and zipfile in many ways: all of them end here
        what = "no usable fit (a file is broken or of another version)"
        raise InputError(what, where=str(folder)) from problem
    return fit


@cache
def shipped_fit() -> Fit:
    """The fit that comes with the package."""
    data = files("marrowdose.evidence") / "data"
    return unpack((data / SHIPPED[0]).read_bytes(), (data / SHIPPED[1]).read_text(encoding="utf-8"))
