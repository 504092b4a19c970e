"""Bayesian monitoring of a rate with beta priors: tables, Thall–Simon bounds, predictive probability."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import require
from ...special import betaincc, betaln, gammaln
from ...units import Array, Probability
from .crossing import Counts, check_looks
from .rules import check_beta

_NODES = 200  # Gauss–Legendre in the standard treatment's rate, on a scale that follows its distribution


@lru_cache(maxsize=4)
def _legendre(nodes: int) -> tuple[Array, Array]:
    x, w = np.polynomial.legendre.leggauss(nodes)
    return x, w


def _whole(n: int, what: str) -> int:
    require(
        isinstance(n, (int, np.integer)) and n >= 1, f"{n!r} patients", where=what, allowed="whole, 1 or more"
    )
    return int(n)


def _first(above: NDArray[np.bool_], n: Counts) -> Counts:
    """For each n the fewest events at which ``above`` holds, n + 1 where at none."""
    inside = above & (np.arange(above.shape[1]) <= n[:, None])
    return np.asarray(np.where(inside.any(axis=1), inside.argmax(axis=1), n + 1))


def posterior_table(patients: int, p0: Probability, cut: Probability, prior: tuple[float, float]) -> Counts:
    """Fewest events at which to stop after 1 … ``patients``: P(rate > p0 | data) > ``cut``; n + 1 for never.

    Raises ``InputError``.

    >>> posterior_table(10, 0.3, 0.95, (0.6, 1.4)).tolist()
    [2, 3, 3, 4, 4, 5, 5, 5, 6, 6]
    """
    check_beta(prior, "stopping table")
    require(
        0 < p0 < 1 and 0 < cut < 1,
        f"p0 = {p0!r}, cut = {cut!r}",
        where="stopping table",
        allowed="above 0 and below 1",
    )
    n = check_looks(np.arange(1, _whole(patients, "stopping table") + 1))
    x = np.arange(patients + 1)
    return _first(betaincc(prior[0] + x, prior[1] + np.maximum(n[:, None] - x, 0), p0) > cut, n)


def superiority_probability(
    events: ArrayLike,
    patients: ArrayLike,
    prior: tuple[float, float],
    standard: tuple[float, float],
    margin: float = 0.0,
) -> Array:
    """P(rate > standard rate + margin | data), the rates independent and beta (broadcast).

    Thall & Simon (1994), equation 1: an integral over the standard treatment's rate.

    >>> round(float(superiority_probability(12, 20, (0.4, 1.6), (20, 80))), 4)
    0.9996
    """
    check_beta(prior, "prior of the experimental treatment")
    check_beta(standard, "prior of the standard treatment")
    require(
        min(standard) >= 0.5,
        f"standard treatment {standard!r}",
        where="Thall–Simon",
        allowed="parameters of 0.5 or more",
    )
    require(-1 < margin < 1, f"margin {margin!r}", where="Thall–Simon", allowed="above −1 and below 1")
    # s = sin²(u): smooth at both ends for parameters of ½ and more; the mass is where the density is
    mean = standard[0] / sum(standard)
    spread = np.sqrt(mean * (1 - mean) / (sum(standard) + 1))
    low, high = (float(np.clip(mean + k * spread, 0.0, 1.0)) for k in (-12.0, 25.0))
    u0, u1 = (np.arcsin(np.sqrt(edge)) for edge in (low, high))
    x, w = _legendre(_NODES)
    u = u0 + (x + 1) * (u1 - u0) / 2
    s = np.sin(u) ** 2
    log_density = (
        (2 * standard[0] - 1) * np.log(np.sin(u))
        + (2 * standard[1] - 1) * np.log(np.cos(u))
        - betaln(*standard)
    )
    weight = w * (u1 - u0) * np.exp(log_density)
    weight = weight / weight.sum()
    x, n = (np.asarray(v, dtype=float)[..., None] for v in (events, patients))
    return np.asarray(betaincc(prior[0] + x, prior[1] + n - x, np.clip(s + margin, 0.0, 1.0)) @ weight)


def thall_simon(
    patients: int,
    theta: Probability,
    prior: tuple[float, float],
    standard: tuple[float, float],
    *,
    side: Literal["futility", "superiority"],
    margin: float = 0.0,
) -> list[tuple[int, int | None]]:
    """The bound on events and the n from which it holds, up to ``patients``; None where no count is enough.

    Futility: stop with so many events or fewer, where P(rate > standard + margin) < ``theta``; superiority:
    with so many or more, where it is > ``theta``. Thall & Simon (1994). Raises ``InputError``.

    >>> thall_simon(20, 0.05, (0.4, 1.6), (20, 80), side="futility", margin=0.2)
    [(1, None), (2, 0), (7, 1), (11, 2), (15, 3), (18, 4)]
    """
    require(0 < theta < 1, f"θ = {theta!r}", where="Thall–Simon", allowed="above 0 and below 1")
    require(
        side in ("futility", "superiority"), f"{side!r}", where="Thall–Simon", allowed="futility, superiority"
    )
    n = np.arange(1, _whole(patients, "Thall–Simon") + 1)
    low, high = np.zeros_like(n), n + 1  # the fewest events with which the probability is beyond θ
    while (low < high).any():
        middle = (low + high) // 2
        probability = superiority_probability(np.minimum(middle, n), n, prior, standard, margin)
        beyond = (middle > n) | (probability > theta if side == "superiority" else probability >= theta)
        high = np.where(beyond & (low < high), middle, high)
        low = np.where(beyond, low, np.minimum(middle + 1, high))
    bound = low if side == "superiority" else low - 1
    found = [int(b) if 0 <= b <= k else None for b, k in zip(bound, n, strict=True)]
    return [(int(k), b) for j, (k, b) in enumerate(zip(n, found, strict=True)) if j == 0 or b != found[j - 1]]


def predictive_probability(
    events: int, seen: int, patients: int, *, p0: Probability, cut: Probability, prior: tuple[float, float]
) -> float:
    """P(the trial ends with P(rate > p0 | data) > ``cut`` | ``events`` in ``seen`` of ``patients``).

    Lee & Liu (2008), equation 1: a beta-binomial sum over what is still to come. Raises ``InputError``.

    Sixteen responses in 23 of 40 patients (Lee & Liu 2008, table 1):

    >>> round(predictive_probability(16, 23, 40, p0=0.6, cut=0.9, prior=(0.6, 0.4)), 4)
    0.5656
    """
    check_beta(prior, "predictive probability")
    require(
        0 <= events <= seen <= patients and 0 < patients <= 1_000_000,
        f"{events!r} events in {seen!r} of {patients!r}",
        where="predictive probability",
        allowed="0 ≤ events ≤ seen ≤ patients ≤ 1000000",
    )
    require(
        0 < p0 < 1 and 0 < cut < 1,
        f"p0 = {p0!r}, cut = {cut!r}",
        where="predictive probability",
        allowed="above 0 and below 1",
    )
    left = patients - seen
    y = np.arange(left + 1)
    a, b = prior[0] + events, prior[1] + seen - events
    log_mass = (
        gammaln(left + 1)
        - gammaln(y + 1)
        - gammaln(left - y + 1)
        + betaln(a + y, b + left - y)
        - betaln(a, b)
    )
    return float(np.exp(log_mass) @ (betaincc(a + y, b + left - y, p0) > cut))
