"""Tier 1, "K-PD5": cells → signal → memory → inflammation, cartilage, pain; closed form and quadrature.

D in million cells, t in days; repeat injections superpose their cells.

    cells      N  = D[(1−f) e^(−k1 t) + f e^(−k2 t)],  f = f_e/(1 + D/N_sp)
    signal     s  = N/(N50 + N)
    memory     R' = k_on s (1−R) − k_off R,  R(0) = 0
    inflamm.   I  = I0 (1 − Emax R)
    cartilage  V' = −r_V I^gI V + k_rep R',  V(0) = 1
    context    Z  = Zmax (1 − e^(−kpl t)) e^(−kw t)
    pain       P  = P0 (1−Z)(1 − Emax R) + aV (1−V) [+ flare]
    function   F0 (1 − g_F relief),  relief = 1 − (1−Z)(1 − Emax R)      assumed: it is not simulated

R and V are linear equations with known coefficients: their integrating factors are evaluated by
Gauss–Legendre quadrature on panels that end at every asked time and injection. Worst error against an ODE
solver 1e-8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from ..errors import require
from ..units import Array, Months

DAYS_PER_YEAR = 365.0
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
LARGEST_DOSE, LONGEST, MOST_REPEATS = 1000.0, 120.0, 12  # million cells, months, injections after the first
SLOWEST_LOSS = 0.2  # %/year: the smallest measured cartilage loss; the slopes by age and BMI go no lower
_NODES = 10
_GROWTH, _FIRST = 0.5, 0.5  # a panel is at most this part of the time since the last injection, or days
_TOGETHER = 250  # sets at once
_EXPONENT = 6.0  # largest exponent of the memory inside one panel


@dataclass(frozen=True, slots=True, kw_only=True)
class KneeCourse:
    """What happens in the knee; every array is (sets, doses, times)."""

    doses: Array  # (doses,) million cells an injection
    months: Array  # (times,)
    cells: Array  # million cells in the joint
    signal: Array  # 0–1
    memory: Array  # 0–1, share of the tissue reprogrammed
    inflammation: Array  # ratio to a typical osteoarthritic knee
    cartilage: Array  # share of the thickness before treatment
    context: Array  # share of pain that the contextual response removes
    pain: Array  # points 0–100 of severity; not cut at 100
    function: Array  # points 0–100 of severity


def course(
    values: Mapping[str, float | Array],
    doses: Sequence[float] | Array,
    months: Sequence[Months] | Array,
    repeats: Sequence[Months] = (),
) -> KneeCourse:
    """Simulate parameter sets × doses × times.

    ``values``: every symbol of ``parameters()``, a number or (sets,). ``doses`` million cells, the same at
    month 0 and at each of ``repeats``. Raises ``InputError`` for a dose, month or repeat out of range.
    """
    dose, month = np.asarray(doses, dtype=np.float64), np.asarray(months, dtype=np.float64)
    check(dose, month, repeats)
    # a leading axis of sets, then one for doses
    x = {symbol: np.atleast_1d(np.asarray(v, dtype=np.float64))[:, None] for symbol, v in values.items()}
    t = month * DAYS_PER_MONTH
    cells, memory, cartilage, flare = _solved(x, dose[None, :], t, [r * DAYS_PER_MONTH for r in repeats])
    x = {symbol: v[:, :, None] for symbol, v in x.items()}  # … and one for times
    kept = 1 - x["Emax"] * memory
    context = x["Zmax"] * (1 - np.exp(-x["kpl"] * t)) * np.exp(-x["kw"] * t) * np.ones_like(memory)
    share = (1 - context) * kept
    return KneeCourse(
        doses=dose,
        months=month,
        cells=cells,
        signal=cells / (x["N50"] + cells),
        memory=memory,
        inflammation=x["I0"] * kept,
        cartilage=cartilage,
        context=context,
        pain=x["P0"] * share + x["aV"] * (1 - cartilage) + flare,
        function=x["F0"] * (1 - x["g_F"] * (1 - share)),
    )


def loss_rate(x: Mapping[str, Array]) -> Array:
    """Cartilage loss at I = 1 [share a day]: the typical rate, the slopes of Cai 2019, the unknown KL
    factor.
    """
    yearly = x["r_V"] + x["b_age"] * (x["age"] - 61) + x["b_BMI"] * (x["bmi"] - 28)
    return np.asarray(x["h_KL"] * np.maximum(yearly, SLOWEST_LOSS) / (100 * DAYS_PER_YEAR))


def check(dose: Array, month: Array, repeats: Sequence[Months]) -> None:
    """Raises ``InputError`` for a dose, month or repeat out of range, and for times that do not ascend."""
    for d in dose:
        require(
            0 <= d <= LARGEST_DOSE,
            f"{d:g} is not usable",
            where="dose",
            allowed=f"0 to {LARGEST_DOSE:g} million cells",
        )
    for m in month:
        require(0 <= m <= LONGEST, f"{m:g} is not usable", where="months", allowed=f"0 to {LONGEST:g}")
    ascending = month.size > 0 and bool(np.all(np.diff(month) > 0))
    require(ascending, "times must ascend", where="months", allowed="each time once, the earliest first")
    require(
        len(repeats) <= MOST_REPEATS,
        f"{len(repeats)} repeats",
        where="repeat",
        allowed=f"up to {MOST_REPEATS}",
    )
    for r in repeats:
        require(
            0 < r <= month[-1],
            f"{r:g} is not usable",
            where="repeat",
            allowed=f"above 0 to {month[-1]:g} months, the last time asked",
        )
    require(len(set(repeats)) == len(repeats), "is given twice", where="repeat", remedy="keep one")


@cache
def _rule() -> tuple[Array, Array, Array]:
    """Gauss–Legendre on [0, 1]: nodes (q,), weights (q,), and the integrals up to each node (q, q)."""
    k = np.arange(1, _NODES)
    powers = np.arange(_NODES)
    beside = np.diag(k / np.sqrt(4.0 * k**2 - 1), 1)  # Golub & Welsch 1969: nodes are eigenvalues
    x, vectors = np.linalg.eigh(beside + beside.T)
    c, w = (x + 1) / 2, 2 * vectors[0] ** 2
    moments = c[:, None] ** (powers + 1) / (powers + 1)
    return c, w / 2, moments @ np.linalg.inv(c[:, None] ** powers)


def _solved(x: Mapping[str, Array], dose: Array, t: Array, repeats: Sequence[float]) -> tuple[Array, ...]:
    """``_march`` over parts of the sets that fit the cache: the panels of a part follow its own rates."""
    sets = max(len(v) for v in x.values())
    parts = [slice(k, k + _TOGETHER) for k in range(0, sets, _TOGETHER)]
    found = [_march({s: v[p] if len(v) > 1 else v for s, v in x.items()}, dose, t, repeats) for p in parts]
    return tuple(np.concatenate(each) for each in zip(*found, strict=True))


def _march(x: Mapping[str, Array], dose: Array, t: Array, repeats: Sequence[float]) -> tuple[Array, ...]:
    """Cells, memory, cartilage and flare, each (sets, doses, times); ``t`` and ``repeats`` in days."""
    given = {0.0, *repeats}
    slow_share = x["f_e"] / (1 + dose / x["N_sp"])
    surge = x["rho"] * dose / (1 + dose / x["Df"])
    rate = loss_rate(x)
    shape = np.broadcast_shapes(slow_share.shape, rate.shape)
    fast, slow, flare, memory = (np.zeros(shape) for _ in range(4))
    cartilage = np.ones(shape)
    kept: list[tuple[Array, ...]] = []
    asked = set(t.tolist())
    stops = sorted({0.0, *asked, *repeats})
    last = 0.0
    for start, stop in pairwise([*stops, stops[-1]]):
        if start in given:
            fast, slow = fast + dose * (1 - slow_share), slow + dose * slow_share
            flare, last = flare + surge, start
        if start in asked:
            kept.append((fast + slow, memory, cartilage, flare))
        while start < stop:
            cells = fast + slow
            speed = float(np.max(x["k_on"] * cells / (x["N50"] + cells) + x["k_off"]))
            h = min(stop - start, max(_FIRST, _GROWTH * (start - last)), _EXPONENT / speed)
            memory, cartilage = _panel(x, h, fast, slow, memory, cartilage, rate)
            fast, slow = fast * np.exp(-x["k1"] * h), slow * np.exp(-x["k2"] * h)
            flare = flare * np.exp(-x["kF"] * h)
            start = stop if start + h >= stop * (1 - 1e-15) else start + h
    return tuple(np.stack(np.broadcast_arrays(*each), axis=-1) for each in zip(*kept, strict=True))


def _panel(
    x: Mapping[str, Array], h: float, fast: Array, slow: Array, memory: Array, cartilage: Array, rate: Array
) -> tuple[Array, Array]:
    """Memory and cartilage ``h`` days later."""
    c, w, upto = _rule()
    c = c[:, None, None]

    def through(y: Array) -> tuple[Array, Array]:  # its integrals up to each node and over the panel
        flat = y.reshape(_NODES, -1)
        return h * (upto @ flat).reshape(y.shape), h * (w @ flat).reshape(y.shape[1:])

    cells = fast * np.exp(-x["k1"] * h * c) + slow * np.exp(-x["k2"] * h * c)
    push = x["k_on"] * cells / (x["N50"] + cells)
    inner, whole = through(push)
    inner, whole = np.exp(inner + x["k_off"] * h * c), np.exp(whole + x["k_off"] * h)
    gained, gain = through(push * inner)
    at_nodes, after = (memory + gained) / inner, (memory + gain) / whole
    loss, lost = through(rate * (x["I0"] * (1 - x["Emax"] * at_nodes)) ** x["gI"])
    repair = np.zeros(())
    if np.any(x["k_rep"]):
        turned = push * (1 - at_nodes) - x["k_off"] * at_nodes
        repair = x["k_rep"] * through(turned * np.exp(loss))[1]
    return after, np.exp(-lost) * (cartilage + repair)
