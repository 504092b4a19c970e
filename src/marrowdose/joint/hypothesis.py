"""Tier 2 of one knee: the 12-state what-if model, run as tier 1 is. Everything that leaves here is a
hypothesis.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from ..domain import EvidenceRow
from ..errors import InputError
from ..units import Array, MillionCells, Months
from .engine import Course, simulate
from .knee import Knee
from .kpd5 import DAYS_PER_MONTH, loss_rate
from .models.knee12 import MECHANISM
from .outlook import MAP_DOSES, KneeOutlook, Series, grid, series_of
from .parameters import Parameter, defaults, draw

_OUTPUTS = (
    ("cells", "Cells in the joint", "million cells"),
    ("inflammation", "Inflammation", "ratio to this knee before"),
    ("cartilage", "Cartilage thickness", "% of the thickness before"),
    ("pain", "Pain", "points 0–100"),
    ("function", "Loss of function", "points 0–100"),
)
_KIND = "hypothesis: most parameters assumed"


@cache
def tier2() -> dict[str, Parameter]:
    """The parameters of the 12-state model as those of tier 1; ``row`` names the model's file."""
    return {
        p.name: Parameter(
            row=EvidenceRow(f"joint/models/{MECHANISM.name}.py:{p.name}"),
            role="tier2",
            symbol=p.name,
            name=p.meaning,
            value=p.value,
            low=p.lo,
            high=p.hi,
            unit=p.unit,
            prior="lognormal" if p.lo > 0 else "normal",
            kind=p.kind,
            source=p.source,
            url="",
            note="",
        )
        for p in MECHANISM.parameters
    }


def hypothesis(
    knee: Knee,
    dose: MillionCells,
    *,
    months: Months = 60.0,
    repeats: Sequence[Months] = (),
    draws: int = 400,
    seed: int = 0,
) -> KneeOutlook:
    """Tier 2 for one knee, as ``outlook``: a draw that the solver cannot finish is reported and left out of
    the bands.

    Raises ``InputError`` as ``outlook`` does, or where no draw could be finished.
    """
    times = grid(dose, months, repeats, draws)
    given = {s: v for s, v in knee.fixed.items() if s in tier2()}
    features = knee.draws(draws, seed)  # of the patient, drawn as in tier 1 where they are not known
    centre = {s: p.value for s, p in tier2().items()} | {s: knee.centre()[s] for s in ("P0", "F0")} | given
    drawn = draw(draws, np.random.default_rng(seed), given, tier2()) | {s: features[s] for s in ("P0", "F0")}
    if "k_K" not in given:
        centre["k_K"] *= float(wear({s: np.array(knee.centre()[s]) for s in ("age", "bmi")}))
        drawn["k_K"] = drawn["k_K"] * wear({s: features[s] for s in ("age", "bmi")})
    middle = _run({s: np.array([v]) for s, v in centre.items()}, (0.0, dose), times, repeats)
    mapped = _run({s: np.array([v]) for s, v in centre.items()}, MAP_DOSES, times, repeats)
    run = _run(drawn, (0.0, dose), times, repeats)
    failed = {k % draws: why for k, why in run.failures}
    good = np.array([k not in failed for k in range(draws)])
    if middle.failures or mapped.failures or not good.any():
        raise InputError(
            "the 12-state model could not be solved",
            where="tier=2",
            remedy="set fewer parameters to extremes",
        )

    def series(name: str, title: str, unit: str) -> Series:
        values = _of(run, name).reshape(2, draws, -1).transpose(1, 0, 2)[good]
        return series_of(name, title, "relative" if unit == "1" else unit, _KIND, _of(middle, name), values)

    pain = mapped.of("pain")
    return KneeOutlook(
        tier=2,
        dose=dose,
        months=times,
        repeats=tuple(repeats),
        draws=draws,
        seed=seed,
        knee=knee,
        parameters=tier2(),
        central=centre,
        series=(
            *(series(*about) for about in _OUTPUTS),
            *(
                series(s.name, f"{s.meaning[:1].upper()}{s.meaning[1:]} ({s.name})", s.unit)
                for s in MECHANISM.states
            ),
        ),
        map_doses=np.array(MAP_DOSES),
        map=pain - pain[:1],
        failed=tuple(sorted(failed.items())),
    )


def wear(features: dict[str, Array]) -> Array:
    """How much faster a knee of this age and body-mass index loses cartilage than a typical one, as in tier
    1.
    """
    typical = {s: np.array(v) for s, v in defaults().items()}
    return loss_rate({**typical, **features}) / loss_rate(typical)


def _of(run: Course, name: str) -> Array:
    """A state or output by name; cartilage as thickness, as tier 1 shows it."""
    return 100 * run.of("K") if name == "cartilage" else run.of(name)


def _run(sets: dict[str, Array], doses: Sequence[float], times: Array, repeats: Sequence[Months]) -> Course:
    """Every set at every dose: patients are doses × sets, the sets innermost."""
    n = len(next(iter(sets.values())))
    amount = np.repeat(np.asarray(doses, dtype=np.float64), n)
    given = [(month * DAYS_PER_MONTH, amount) for month in (0.0, *sorted(repeats))]
    tiled = {s: np.tile(v, len(doses)) for s, v in sets.items()}
    # a measured score or a wear by age may lie outside the range of a typical knee
    return simulate(MECHANISM, tiled, given, times * DAYS_PER_MONTH, engine="numpy", extrapolate=True)
