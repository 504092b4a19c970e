"""Which parameters drive the answers: Sobol indices over the priors (Saltelli 2010; SALib).

For a typical knee (its pain, function, age and body-mass index are held). First order: the share of the
variance that a parameter explains alone; total: with all its interactions. Intervals are 95 %, by bootstrap.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from ..errors import InputError, require
from ..units import Array
from .knee import knee_of
from .kpd5 import course
from .parameters import parameters

SAMPLES = 512
_LEAST, _MOST = 64, 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Indices:
    """Sobol indices of one answer; arrays are (symbols,), ``_half`` the half-width of the 95 % interval."""

    answer: str
    unit: str
    symbols: tuple[str, ...]
    first: Array
    first_half: Array
    total: Array
    total_half: Array
    mean: float
    sd: float


def sobol(*, samples: int = SAMPLES, seed: int = 0) -> tuple[Indices, ...]:
    """Indices for pain at month 12, cartilage at year 5 and the dose-response of pain.

    ``samples`` (a power of 2) × (parameters + 2) runs. Raises ``InputError`` where SALib is not installed.
    """
    require(
        _LEAST <= samples <= _MOST and samples & (samples - 1) == 0,
        f"{samples} is not usable",
        where="samples",
        allowed=f"a power of 2 from {_LEAST} to {_MOST}",
    )
    sampler, analyser = _salib()  # a seed of 0 would leave the bootstrap without one
    held = knee_of(None).fixed
    free = [p for p in parameters().values() if p.prior != "fixed" and p.symbol not in held]
    names = [p.symbol for p in free]
    problem = {
        "num_vars": len(free),
        "names": names,
        "bounds": [[0.0, 1.0]] * len(free),
    }
    shares = sampler.sample(problem, samples, calc_second_order=False, seed=seed + 1)
    sets: dict[str, float | Array] = {p.symbol: p.value for p in parameters().values()}
    sets |= held
    sets |= {p.symbol: p.at(np.ascontiguousarray(shares[:, k])) for k, p in enumerate(free)}
    run = course(sets, (10, 50, 100), (0, 12, 60))
    answers = (
        ("pain 12 months after 50 million cells", "points", run.pain[:, 1, 1]),
        ("cartilage 5 years after 50 million cells", "share of the thickness", run.cartilage[:, 1, 2]),
        (
            "dose response: pain after 10 million less pain after 100 million, month 12",
            "points",
            run.pain[:, 0, 1] - run.pain[:, 2, 1],
        ),
    )
    found = []
    for answer, unit, y in answers:
        s = analyser.analyze(problem, y, calc_second_order=False, seed=seed + 1)
        found.append(
            Indices(
                answer=answer,
                unit=unit,
                symbols=tuple(names),
                first=s["S1"],
                first_half=s["S1_conf"],
                total=s["ST"],
                total_half=s["ST_conf"],
                mean=float(y.mean()),
                sd=float(y.std()),
            )
        )
    return tuple(found)


def _salib() -> tuple[ModuleType, ModuleType]:
    try:
        from SALib.analyze import sobol as analyser
        from SALib.sample import sobol as sampler
    except ImportError as missing:
        raise InputError(
            "SALib is not installed", where="joint explain", remedy="pip install 'marrowdose[explain]'"
        ) from missing
    return sampler, analyser
