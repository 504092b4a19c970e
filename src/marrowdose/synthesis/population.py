"""The dose-response of the population of settings, and the answers to "is more better?"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..domain import DOMAINS, Domain
from ..errors import require
from ..units import Array, MillionCells, Months, Points, Probability
from .check import effect_draws, more_is_better
from .fit import Fit, mix
from .record import MoreIsBetter, StudyPoint

GRID = np.array([0, 1, 2, 3, 5, 7.5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 90, 100, 125, 150], float)
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
QUESTIONS: tuple[tuple[MillionCells, MillionCells], ...] = ((100.0, 25.0), (50.0, 10.0), (150.0, 50.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseComparison:
    """Does a higher dose do more than a lower one? For population effects, not new settings."""

    higher: MillionCells
    lower: MillionCells
    found: MoreIsBetter


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseResponse:
    """Mean effect of cells over placebo at one month: quantiles (7, doses) and mean (doses,) [points].

    ``curves``: name → (weight, mean effect at every dose); ``points``: the studies' contrasts at the nearest
    month; ``answers``: one for each pair of doses.
    """

    domain: Domain
    month: Months
    mcid: Points
    doses: Array
    mean: Array
    quantiles: Array
    p_positive: Array
    curves: dict[str, tuple[Probability, Array]]
    points: tuple[StudyPoint, ...]
    answers: tuple[DoseComparison, ...]


def dose_response(
    fit: Fit, domain: Domain = "pain", month: Months = 12.0, mcid: Points = 10.0, seed: int = 0
) -> DoseResponse:
    """The averaged dose-response and every curve of it. Raises ``InputError`` for a domain that was not
    fitted.
    """
    require(domain in fit.domains, f"{domain} was not fitted", where="domain", allowed=", ".join(fit.domains))
    mixture = mix(fit, seed=seed)
    q = DOMAINS.index(domain)
    draws = mixture.effect[:, q][:, None] * mixture.shape(GRID) * mixture.course(np.array([month]))
    nearest = sorted({p.month for p in fit.record.points}, key=lambda m: abs(m - month))[0]
    return DoseResponse(
        domain=domain,
        month=month,
        mcid=mcid,
        doses=GRID,
        mean=draws.mean(axis=0),
        quantiles=np.quantile(draws, LEVELS, axis=0),
        p_positive=(draws > 0).mean(axis=0),
        curves={
            name: (w, np.array([effect_draws(name, fit.draws[name], d, month, domain).mean() for d in GRID]))
            for name, w in fit.weights.items()
        },
        points=tuple(p for p in fit.record.points if p.month == nearest and p.domain == domain),
        answers=tuple(
            DoseComparison(higher=high, lower=low, found=_compared(fit, domain, month, mcid, high, low))
            for high, low in QUESTIONS
        ),
    )


def _compared(
    fit: Fit, domain: Domain, month: Months, mcid: Points, high: MillionCells, low: MillionCells
) -> MoreIsBetter:
    return more_is_better(fit.draws, fit.weights, domain, month=month, more=high, less=low, mcid=mcid)


def effect_at(
    fit: Fit, doses: tuple[MillionCells, ...], month: Months, domain: Domain = "pain", seed: int = 0
) -> tuple[Array, Array]:
    """Mean effect over placebo (doses,) and its quantiles at 2.5 and 97.5 % (2, doses) [points]."""
    mixture = mix(fit, seed=seed)
    effect = mixture.effect[:, DOMAINS.index(domain)]
    draws = effect[:, None] * mixture.shape(np.asarray(doses)) * mixture.course(np.array([month]))
    return draws.mean(axis=0), np.quantile(draws, (0.025, 0.975), axis=0)
