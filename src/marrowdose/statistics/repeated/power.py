"""Sample size and power of an MMRM with drop-out, at the last visit (Lu, Luo & Chen 2008)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ...errors import require
from ...special import ndtr, ndtri
from ...units import Array, Probability


def ar1(rho: float, visits: int) -> Array:
    """First-order autoregressive correlation ρ^|i−j| of equally spaced visits.

    >>> ar1(0.5, 3).tolist()
    [[1.0, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 1.0]]
    """
    require(
        -1 < rho < 1 and visits > 0,
        f"ρ = {rho!r}, {visits!r} visits",
        where="AR(1)",
        allowed="ρ above −1, below 1",
    )
    return np.asarray(rho ** np.abs(np.subtract.outer(np.arange(visits), np.arange(visits))), dtype=float)


def last_visit_variance(correlation: ArrayLike, retention: ArrayLike) -> float:
    """Variance of a mean at the last visit × n, for SD 1: above 1 by what drop-out costs.

    ``correlation`` of the visits; ``retention`` the part of the patients still there at each visit (drop-out
    at random, monotone). Lu, Luo & Chen (2008), equation 3: the last diagonal of the inverse information.
    Raises ``InputError``.

    >>> round(last_visit_variance(ar1(0.5, 3), [1.0, 0.9, 0.8]), 3)  # 1.25 if the earlier visits said nothing
    1.208
    """
    r, left = np.asarray(correlation, dtype=float), np.asarray(retention, dtype=float)
    require(
        r.ndim == 2 and r.shape[0] == r.shape[1] == left.size > 0,
        "visits do not match",
        where="MMRM",
        allowed="a correlation visits × visits, a retention for each visit",
    )
    require(
        bool(
            np.isfinite(r).all()
            and np.allclose(r, r.T)
            and np.allclose(np.diag(r), 1)
            and np.linalg.eigvalsh(r)[0] > 0
        ),
        "no correlation of the visits",
        where="MMRM",
        allowed="symmetric, positive definite, 1 on the diagonal",
    )
    require(
        bool((np.diff(left) <= 0).all() and left[0] <= 1 and left[-1] > 0),
        f"retention {left.tolist()}",
        where="MMRM",
        allowed="parts from 1 down to above 0, never rising",
    )
    information = np.zeros_like(r)
    for visit, share in enumerate(left - np.append(left[1:], 0.0)):
        information[: visit + 1, : visit + 1] += share * np.linalg.inv(r[: visit + 1, : visit + 1])
    return float(np.linalg.inv(information)[-1, -1])


@dataclass(frozen=True, slots=True, kw_only=True)
class LastVisitTest:
    """Test of a difference ``delta`` between two arms at the last visit, where the SD is ``sd``.

    ``alpha`` is the error of the test, one-sided or two-sided by ``sides``. Raises ``InputError``.
    """

    delta: float
    sd: float
    alpha: Probability = 0.05
    sides: Literal[1, 2] = 2

    def __post_init__(self) -> None:
        sd, delta = self.sd, self.delta
        require(sd > 0 and math.isfinite(sd), f"standard deviation {sd!r}", where="MMRM", allowed="above 0")
        require(delta != 0 and math.isfinite(delta), f"difference {delta!r}", where="MMRM", allowed="not 0")
        require(0 < self.alpha < 1, f"alpha {self.alpha!r}", where="MMRM", allowed="above 0 and below 1")
        require(self.sides in (1, 2), f"{self.sides!r} sides", where="MMRM", allowed="1 or 2")

    @property
    def critical(self) -> float:
        """The normal quantile that is to be exceeded."""
        return float(ndtri(1 - self.alpha / self.sides))


def mmrm_sample_size(
    correlation: ArrayLike,
    retention: ArrayLike,
    test: LastVisitTest,
    *,
    power: Probability = 0.8,
    ratio: float = 1.0,
    retention_control: ArrayLike | None = None,
) -> tuple[float, float]:
    """Patients in the two arms, not rounded, for ``power``; ``ratio`` is those in the first over the second.

    ``retention_control`` is that of the second arm where it differs. Lu, Luo & Chen (2008), equation 6.
    Raises ``InputError``.

    >>> first, second = mmrm_sample_size(ar1(0.5, 3), [1.0, 0.9, 0.8], LastVisitTest(delta=5.0, sd=10.0))
    >>> round(first), round(second)
    (76, 76)
    """
    require(ratio > 0 and math.isfinite(ratio), f"ratio {ratio!r}", where="MMRM", allowed="above 0")
    least = test.alpha / test.sides
    require(least < power < 1, f"power {power!r}", where="MMRM", allowed="above alpha and below 1")
    first = last_visit_variance(correlation, retention)
    second = first if retention_control is None else last_visit_variance(correlation, retention_control)
    z = test.critical + float(ndtri(power))
    n = (first + ratio * second) * (z * test.sd / test.delta) ** 2
    return n, n / ratio


def mmrm_power(
    n: tuple[float, float],
    correlation: ArrayLike,
    retention: ArrayLike,
    test: LastVisitTest,
    *,
    retention_control: ArrayLike | None = None,
) -> float:
    """Power with ``n`` patients in the two arms. Raises ``InputError``.

    >>> round(mmrm_power((77, 77), ar1(0.5, 3), [1.0, 0.9, 0.8], LastVisitTest(delta=5.0, sd=10.0)), 2)
    0.81
    """
    require(min(n) > 0, f"{n!r} patients", where="MMRM", allowed="above 0 in both arms")
    first = last_visit_variance(correlation, retention)
    second = first if retention_control is None else last_visit_variance(correlation, retention_control)
    error = test.sd * math.sqrt(first / n[0] + second / n[1])
    return float(ndtr(abs(test.delta) / error - test.critical))
