"""Power and assurance: the probability of success averaged over what is believed of the effect.

O'Hagan, Stevens & Campbell (2005). Power at the mean of a prior is not assurance: it takes the effect as
known.
"""

from __future__ import annotations

import math

import numpy as np

from ...errors import require
from ...special import ndtr, ndtri, stdtrit
from ...units import Points, Probability
from ..one_dimension import root
from .bounds import Bounds
from .integration import legendre

_NODES, _REACH = 128, 8.0  # Gauss–Legendre over ±8 standard deviations of the prior


def _check(sd: float, n: tuple[float, float], alpha: float) -> None:
    require(sd > 0 and math.isfinite(sd), f"standard deviation {sd!r}", where="power", allowed="above 0")
    require(
        min(n) > 0 and math.isfinite(max(n)), f"{n!r} patients", where="power", allowed="above 0 in both arms"
    )
    require(0 < alpha < 1, f"alpha {alpha!r}", where="power", allowed="above 0 and below 1")


def z_power(delta: Points, *, sd: Points, n: tuple[float, float], alpha: Probability = 0.025) -> float:
    """Power of the one-sided z test of two means, the standard deviation known. Raises ``InputError``.

    >>> round(z_power(0.5, sd=1.0, n=(63, 63)), 3)
    0.801
    """
    _check(sd, n, alpha)
    require(math.isfinite(delta), f"difference {delta!r}", where="power", allowed="a number")
    return float(ndtr(delta / (sd * math.sqrt(1 / n[0] + 1 / n[1])) + ndtri(alpha)))


def z_assurance(
    prior: tuple[Points, Points], *, sd: Points, n: tuple[float, float], alpha: Probability = 0.025
) -> float:
    """``z_power`` averaged over a normal prior (mean, standard deviation) of the difference, in closed form.

    O'Hagan, Stevens & Campbell (2005), equation 3. Raises ``InputError``.

    >>> round(z_assurance((0.5, 0.5), sd=1.0, n=(63, 63)), 3)  # the effect may be small, or none
    0.612
    """
    _check(sd, n, alpha)
    mean, spread = prior
    require(
        math.isfinite(mean) and 0 <= spread < math.inf,
        f"prior {prior!r}",
        where="assurance",
        allowed="a mean and a standard deviation of 0 or more",
    )
    error = sd * math.sqrt(1 / n[0] + 1 / n[1])
    return float(ndtr((mean + ndtri(alpha) * error) / math.hypot(error, spread)))


def t_power(delta: Points, *, sd: Points, n: tuple[float, float], alpha: Probability = 0.025) -> float:
    """Power of the one-sided t test of two means with a common standard deviation. Raises ``InputError``.

    Half a standard deviation and 64 patients an arm, the example of many textbooks:

    >>> round(t_power(0.5, sd=1.0, n=(64, 64)), 4)
    0.8015
    """
    from scipy.stats import nct

    _check(sd, n, alpha)
    df = n[0] + n[1] - 2
    require(df > 0, f"{n!r} patients", where="power", allowed="more than 2 in all")
    found = float(nct.sf(stdtrit(df, 1 - alpha), df, delta / (sd * math.sqrt(1 / n[0] + 1 / n[1]))))
    require(
        math.isfinite(found),
        f"difference {delta!r} with standard deviation {sd!r}",
        where="power",
        allowed="a difference of fewer standard deviations",
    )
    return found


def t_sample_size(
    delta: Points, *, sd: Points, power: Probability = 0.8, alpha: Probability = 0.025, ratio: float = 1.0
) -> tuple[float, float]:
    """Patients in the two arms, not rounded, for ``t_power``; ``ratio`` is first over second.

    Raises ``InputError``.

    >>> [round(n, 2) for n in t_sample_size(0.5, sd=1.0)]
    [63.77, 63.77]
    """
    _check(sd, (1.0, 1.0), alpha)
    require(
        delta > 0 and math.isfinite(delta), f"difference {delta!r}", where="sample size", allowed="above 0"
    )
    require(alpha < power < 1, f"power {power!r}", where="sample size", allowed="above alpha and below 1")
    require(0 < ratio < math.inf, f"ratio {ratio!r}", where="sample size", allowed="above 0")

    def short(second: float) -> float:
        return t_power(delta, sd=sd, n=(ratio * second, second), alpha=alpha) - power

    low = 4.0 / (1 + ratio)  # with fewer the non-central t distribution is not to be had in floating point
    if short(low) >= 0:
        return ratio * low, low
    normal = (1 + 1 / ratio) * ((ndtri(1 - alpha) + ndtri(power)) * sd / delta) ** 2
    second = float(root(short, low, 2 * normal + 100, xtol=1e-9))
    return ratio * second, second


def sequential_assurance(bounds: Bounds, prior: tuple[float, float]) -> float:
    """Probability of crossing the upper bound, averaged over a normal prior (mean, SD) of the drift.

    The drift is the expected Z at full information: for a prior of the effect δ multiply both by √I_max, or,
    relative to the effect the bounds were made for, by ``bounds.drift``. Raises ``InputError``.

    >>> bounds = wang_tsiatis(2, 0.025, 0.0)
    >>> round(sequential_assurance(bounds, (3.0, 1.5)), 3), round(float(bounds.power(3.0)), 3)
    (0.716, 0.848)
    """
    mean, spread = prior
    require(
        math.isfinite(mean) and 0 <= spread < math.inf,
        f"prior {prior!r}",
        where="assurance",
        allowed="a mean and a standard deviation of 0 or more",
    )
    x, w = legendre(_NODES)
    density = w * _REACH * np.exp(-0.5 * (_REACH * x) ** 2) / math.sqrt(2 * math.pi)
    drift = mean + spread * _REACH * x
    # far out the answer is known, and the integration need not reach there
    inside = np.abs(drift) < 20
    power = np.where(drift > 0, 1.0, 0.0)
    power[inside] = bounds.power(drift[inside])
    return float(density @ power)
