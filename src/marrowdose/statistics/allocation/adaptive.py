"""Bayesian response-adaptive randomisation with dropping of arms, on a continuous end point.

Patients are allocated in proportion to P(arm is best)^softening, renewed after every look or after every so
many patients; at a look an arm that is best with less than ``inferiority`` is dropped, and the trial ends
when one is best with at least ``superiority`` (Thall & Wathen 2007; Granholm et al. 2022). P(best) is a
one-dimensional integral, not a simulation inside the simulation. Against runs of bad luck: equal allocation
first (burn-in), a least share of the control (Wathen & Thall 2017, Clin Trials 14:432; Villar, Bowden & Wason
2015), a largest share of any arm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import require, require_seed
from ...special import ndtr
from ...streams import normal
from ...units import Array, Points, Probability
from .shares import limited, permuted

_SCORES = np.linspace(-6.0, 6.0, 61)  # trapezoid: exact to 1e-9 for smooth integrands
_WEIGHTS = np.exp(-0.5 * _SCORES**2) / np.exp(-0.5 * _SCORES**2).sum()
_BATCH = 2000  # trials at a time: bounded memory
_VAGUE = 1e3  # standard deviations of an arm seen less than twice, in those of all patients


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveRandomisation:
    """Rules of the trial: cumulative patients at the looks, the last being the end; limits for P(best).

    ``softening`` 0 keeps the allocation equal among the arms that remain, 1 is in proportion to P(best).
    ``block`` is the size of the permuted blocks (1: every patient on his own). The shares are renewed at
    looks and, with ``every``, whenever so many patients more have an outcome, but not before ``burn_in``
    patients: all arms have equal shares until then, as far as the limits let them. ``control`` above 0 is the
    least share of the first arm, which is then never dropped; ``cap`` the largest share of any arm. Raises
    ``InputError``.
    """

    looks: tuple[int, ...]
    superiority: Probability = 0.99
    inferiority: Probability = 0.01
    softening: Probability = 0.5
    block: int = 1
    every: int | None = None
    burn_in: int = 0
    control: Probability = 0.0
    cap: Probability = 1.0

    def __post_init__(self) -> None:
        rising = all(b > a for a, b in zip((0, *self.looks), self.looks, strict=False))
        require(
            len(self.looks) > 0 and rising,
            f"looks {self.looks!r}",
            where="adaptive randomisation",
            allowed="rising numbers of patients",
        )
        require(
            0 <= self.inferiority < 0.5 < self.superiority <= 1,
            f"inferiority {self.inferiority!r}, superiority {self.superiority!r}",
            where="adaptive randomisation",
            allowed="below and above 0.5",
        )
        require(
            0 <= self.softening <= 1,
            f"softening {self.softening!r}",
            where="adaptive randomisation",
            allowed="0 to 1",
        )
        where, last = "adaptive randomisation", self.looks[-1]
        require(
            isinstance(self.block, int) and 1 <= self.block <= last,
            f"block {self.block!r}",
            where=where,
            allowed=f"1 to {last} patients",
        )
        require(
            isinstance(self.burn_in, int) and 0 <= self.burn_in <= last,
            f"burn_in {self.burn_in!r}",
            where=where,
            allowed=f"0 to {last} patients",
        )
        if self.every is not None:
            require(
                isinstance(self.every, int) and 1 <= self.every <= last and self.every % self.block == 0,
                f"every {self.every!r}",
                where=where,
                allowed=f"1 to {last} patients, whole blocks",
            )
            require(
                self.burn_in > 0,
                "no burn_in",
                where=where,
                remedy="state how many patients are allocated equally before the first renewal",
            )
        require(0 <= self.control < 1, f"control {self.control!r}", where=where, allowed="0 to below 1")
        require(
            self.control <= self.cap <= 1 and self.cap > 0,
            f"cap {self.cap!r}",
            where=where,
            allowed="the control's least share, or more, to 1",
        )

    @property
    def renewals(self) -> tuple[int, ...]:
        """Patients after which the shares are renewed, or a look is taken."""
        step, last = self.every, self.looks[-1]
        between = range(-(-max(self.burn_in, 1) // step) * step, last, step) if step is not None else ()
        return tuple(sorted({*self.looks, *between}))


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveTrials:
    """Simulated trials: ``patients``, ``estimates`` (or NaN), ``active``, P(``best``) (trials, arms).

    ``superior`` says that the trial ended by it; ``selected`` is the arm most probably best at the end;
    ``outcome`` (trials,) the mean outcome of the patients.
    """

    patients: NDArray[np.int64]
    estimates: Array
    active: NDArray[np.bool_]
    best: Array
    superior: NDArray[np.bool_]
    selected: NDArray[np.int64]
    outcome: Array

    @property
    def size(self) -> NDArray[np.int64]:
        """Patients in each trial."""
        return np.asarray(self.patients.sum(axis=1))

    @property
    def selection(self) -> tuple[Array, Array]:
        """Share of trials that select each arm, and its Monte-Carlo standard error."""
        share = np.bincount(self.selected, minlength=self.patients.shape[1]) / len(self.selected)
        return share, np.sqrt(share * (1 - share) / len(self.selected))


def probability_best(means: Array, errors: Array, active: NDArray[np.bool_]) -> Array:
    """P(arm has the highest mean | data) among the ``active`` ones, 0 for the others: all (trials, arms).

    Means are independent and normal with standard ``errors``.

    >>> means, errors = np.array([[0.0, 1.0]]), np.array([[1.0, 1.0]])
    >>> probability_best(means, errors, np.array([[True, True]])).round(3).tolist()  # Φ(1/√2)
    [[0.24, 0.76]]
    """
    at = means[..., None] + errors[..., None] * _SCORES
    others = np.where(active, means, -np.inf)  # who is out is below everybody
    found = np.ones_like(at)
    for b in range(means.shape[1]):
        below = ndtr((at - others[:, b, None, None]) / errors[:, b, None, None])
        below[:, b] = 1.0
        found *= below
    share = np.where(active, found @ _WEIGHTS, 0.0)
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def simulate(
    design: AdaptiveRandomisation,
    means: Sequence[Points],
    *,
    sd: Points,
    trials: int,
    seed: int,
    first: int = 0,
) -> AdaptiveTrials:
    """Trials ``first`` … ``first + trials − 1`` in which arms have true ``means``, higher being better.

    Patient j of trial i has the same luck in every design (``streams``), so that designs can be compared in
    pairs and trials be split between workers. Raises ``InputError``.

    >>> design = AdaptiveRandomisation(looks=(100, 200))
    >>> found = simulate(design, [0.0, 0.0, 0.6], sd=1.0, trials=500, seed=1)
    >>> found.selection[0].round(1).tolist()
    [0.0, 0.0, 1.0]
    """
    truth = np.asarray(means, dtype=float)
    require(
        truth.ndim == 1 and truth.size >= 2 and bool(np.isfinite(truth).all()),
        f"means {means!r}",
        where="adaptive randomisation",
        allowed="a number for each of 2 arms or more",
    )
    require(
        0 < sd < math.inf, f"standard deviation {sd!r}", where="adaptive randomisation", allowed="above 0"
    )
    require(
        trials >= 1 and first >= 0,
        f"{trials!r} trials from {first!r}",
        where="adaptive randomisation",
        allowed="1 or more",
    )
    require_seed(seed)
    parts = [
        _simulate(design, truth, sd, np.arange(start, min(start + _BATCH, first + trials)), seed)
        for start in range(first, first + trials, _BATCH)
    ]
    return AdaptiveTrials(
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in AdaptiveTrials.__slots__}
    )


def _simulate(
    design: AdaptiveRandomisation, truth: Array, sd: float, trial: NDArray[np.int64], seed: int
) -> AdaptiveTrials:
    count, arms = len(trial), len(truth)
    n, total, squares = (np.zeros((count, arms)) for _ in range(3))
    active, going, superior = np.ones((count, arms), bool), np.ones(count, bool), np.zeros(count, bool)
    best = np.full((count, arms), 1 / arms)
    least, most = np.where(np.arange(arms) == 0, design.control, 0.0), np.full(arms, design.cap)
    share = limited(best, active, least, most) if design.control > 1 / arms else best.copy()
    ends = design.renewals
    for start, end in zip((0, *ends), ends, strict=False):
        rows = np.flatnonzero(going)
        patient = np.arange(start, end)
        arm = permuted(share[rows], trial[rows], start, end - start, block=design.block, seed=seed)
        y = truth[arm] + sd * normal(seed, "outcome", trial[rows, None], patient)
        for a in range(arms):
            mine = arm == a
            n[rows, a] += mine.sum(axis=1)
            total[rows, a] += (y * mine).sum(axis=1)
            squares[rows, a] += (y * y * mine).sum(axis=1)
        means, errors = _posterior(n[rows], total[rows], squares[rows])
        chance = probability_best(means, errors, active[rows])
        if end not in design.looks:
            share[rows] = _shares(design, chance, active[rows], least, most)
            continue
        won: NDArray[np.bool_] = np.asarray((chance >= design.superiority).any(axis=1))
        keep = active[rows] & ((chance >= design.inferiority) | won[:, None] | (least > 0))
        chance = probability_best(means, errors, keep)
        won |= (chance >= design.superiority).any(axis=1)
        active[rows], best[rows], superior[rows] = keep, chance, won
        if end >= design.burn_in:
            share[rows] = _shares(design, chance, keep, least, most)
        else:
            share[rows] = limited(keep / keep.sum(axis=1, keepdims=True), keep, least, most)
        going[rows] = ~won
    with np.errstate(invalid="ignore"):
        estimates = total / n
    return AdaptiveTrials(
        patients=n.astype(np.int64),
        estimates=estimates,
        active=active,
        best=best,
        superior=superior,
        selected=best.argmax(axis=1),
        outcome=total.sum(axis=1) / n.sum(axis=1),
    )


def _shares(
    design: AdaptiveRandomisation, chance: Array, kept: NDArray[np.bool_], least: Array, most: Array
) -> Array:
    """Shares of the next patients (T, K) by ``chance``, within the limits if there are any."""
    weight = np.where(kept, chance**design.softening, 0.0)
    share = weight / weight.sum(axis=1, keepdims=True)
    return limited(share, kept, least, most) if design.control > 0 or design.cap < 1 else share


def _posterior(n: Array, total: Array, squares: Array) -> tuple[Array, Array]:
    """Means and standard errors under flat priors, each arm with a standard deviation of its own."""
    everyone = n.sum(axis=1, keepdims=True)
    centre = total.sum(axis=1, keepdims=True) / everyone
    spread = np.sqrt(np.maximum(squares.sum(axis=1, keepdims=True) / everyone - centre**2, 0.0))
    few = n < 2
    size = np.where(few, 2.0, n)
    means = np.where(few, centre, total / size)
    variance = np.maximum(squares - size * means**2, 0.0) / (size - 1)
    errors = np.where(few, _VAGUE * spread, np.sqrt(variance / size))
    return means, np.maximum(errors, 1e-12 * spread + np.finfo(float).tiny)
