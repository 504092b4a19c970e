"""Simon's two-stage designs for a response rate (Simon 1989): optimal and minimax, by full enumeration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InputError, require
from ...special import gammaln, xlog1py, xlogy
from ...units import Array, Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStage:
    """Stop after ``n1`` with ``r1`` responses or fewer; no success with ``r`` or fewer of ``n``.

    Under p0: ``expected`` patients, ``early`` probability of stopping, ``alpha``; ``power`` under p1.
    """

    r1: int
    n1: int
    r: int
    n: int
    expected: float
    early: Probability
    alpha: Probability
    power: Probability


def _pmf(n: int, p: float) -> Array:
    x = np.arange(n + 1)
    return np.asarray(
        np.exp(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1) + xlogy(x, p) + xlog1py(n - x, -p))
    )


def simon(
    p0: Probability, p1: Probability, alpha: Probability, power: Probability, *, most: int = 100
) -> tuple[TwoStage, TwoStage]:
    """The optimal design (fewest expected under p0) and the minimax one (fewest at most).

    Among designs of at most ``most`` patients. Raises ``InputError``.

    >>> optimal, minimax = simon(0.2, 0.4, 0.05, 0.8)
    >>> (optimal.r1, optimal.n1, optimal.r, optimal.n), (minimax.r1, minimax.n1, minimax.r, minimax.n)
    ((3, 13, 12, 43), (4, 18, 10, 33))
    """
    require(0 < p0 < p1 < 1, f"rates {p0!r} and {p1!r}", where="Simon", allowed="0 < p0 < p1 < 1")
    require(
        0 < alpha < power < 1,
        f"alpha {alpha!r}, power {power!r}",
        where="Simon",
        allowed="0 < alpha < power < 1",
    )
    require(2 <= most <= 500, f"{most!r} patients", where="Simon", allowed="2 to 500")
    null, other = [_pmf(n, p0) for n in range(most + 1)], [_pmf(n, p1) for n in range(most + 1)]
    optimal: TwoStage | None = None
    minimax: TwoStage | None = None
    for n in range(2, most + 1):
        best = None
        for n1 in range(1, n):
            if optimal is not None and n1 >= optimal.expected and minimax is not None and minimax.n < n:
                break  # nobody does with fewer than the first stage
            found = _cheapest(n1, n, null, other, alpha, power)
            if found is not None and (best is None or found.expected < best.expected):
                best = found
        if best is not None:
            minimax = minimax or best
            if optimal is None or best.expected < optimal.expected:
                optimal = best
    if optimal is None or minimax is None:
        raise InputError(
            f"no design of at most {most} patients",
            where="Simon",
            remedy="more patients or a larger difference",
        )
    return optimal, minimax


def _cheapest(
    n1: int, n: int, null: list[Array], other: list[Array], alpha: float, power: float
) -> TwoStage | None:
    """The design with these sizes and the most early stopping that keeps alpha and power."""
    error, right = (_rejects(n1, n, pmf) for pmf in (null, other))
    good = (error <= alpha) & (right >= power)
    if not good.any():
        return None
    r1 = int(np.flatnonzero(good.any(axis=1))[-1])
    r = int(good[r1].argmax())
    early = float(null[n1][: r1 + 1].sum())
    return TwoStage(
        r1=r1,
        n1=n1,
        r=r,
        n=n,
        early=early,
        expected=n1 + (1 - early) * (n - n1),
        alpha=float(error[r1, r]),
        power=float(right[r1, r]),
    )


def _rejects(n1: int, n: int, pmf: list[Array]) -> Array:
    """P(more than r1 in n1 and more than r in n) for every r1 (rows) and r."""
    second = np.append(np.cumsum(pmf[n - n1][::-1])[::-1], 0.0)  # P(X ≥ x)
    need = np.clip(np.arange(n + 1) - np.arange(n1 + 1)[:, None] + 1, 0, n - n1 + 1)
    each = pmf[n1][:, None] * second[need]
    return np.asarray(np.cumsum(each[::-1], axis=0)[::-1] - each)  # strictly more than r1
