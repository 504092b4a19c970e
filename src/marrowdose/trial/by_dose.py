"""The truths of longitudinal designs as truths of dose-finding designs: a probability of response and of harm
by dose.

One interface serves both families (``truths.truth.Truth``): the posterior of the published trials, one of
its curves, its mean, the knee model, presets and scenario files. A patient improves by a normal amount about

    response (1 − e^{−t/onset}) + slope (baseline − 50) + benefit(dose, t),

as in a longitudinal trial, and responds by improving ``responder`` points or more from baseline: without
cells, too. Harm is what the design counts as toxicity (``harm``), as far as the published trials say anything
of it; other truths state their harm themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
from scipy.special import ndtr, ndtri

from ..domain import Domain
from ..errors import require, require_between
from ..units import Array, Indices, MillionCells, Months, Points
from .dose_finding.design import Design
from .dose_finding.true_rates import Chances, TrueRates
from .dose_ranging.persons import Reality
from .truths import truth as longitudinal
from .truths.harm import Harm, stands_for
from .truths.named import Named, is_fitted, is_uncertain, truth_of

MONTH = 6.0  # at which efficacy is judged where the design says nothing
MEAN_OF = 4000  # trials whose truths are averaged for what is shown
STATED = "Toxicity is the harm that this truth states (assumed)."
_NODES = (np.arange(16) + 0.5) / 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """A truth for each trial of this seed, at ``doses``: what both a worker and a digest need to know."""

    named: Named
    doses: tuple[MillionCells, ...]
    month: Months
    responder: Points
    seed: int
    further: tuple[Points, ...] = ()  # improvements that make level 2, 3 … of efficacy
    domain: Domain = "pain"
    harm: Harm = "serious"

    def __call__(self, trials: Indices) -> Chances:
        """Probabilities (trials, doses)."""
        truth = _longitudinal(self.named, self.domain, self.seed, self.harm)
        doses, setting = np.array(self.doses, float), truth.setting(trials)
        rise = setting.response * -np.expm1(-self.month / setting.onset)
        gain = truth.effect(trials, doses, np.array([self.month]))[:, :, 0]
        base = setting.slope[:, None] * (_baselines() - longitudinal.BASELINE_CENTRE)
        reached = np.zeros((1 + len(self.further), *gain.shape))  # by each of these improvements or more
        for node in base.T:
            for k, points in enumerate((self.responder, *self.further)):
                reached[k] += ndtr(((rise + node)[:, None] + gain - points) / setting.sd[:, None])
        efficacy, *better = reached / len(base.T)
        return Chances(truth.harm(trials, doses), efficacy, np.stack(better, axis=2) if better else None)


def drawn_truth(
    named: Named,
    design: Design,
    *,
    responder: Points = 20.0,
    further: tuple[Points, ...] = (),
    seed: int = 0,
    harm: Harm | None = None,
) -> TrueRates:
    """The named truth at the doses and the efficacy month of a design; a draw a trial where it is uncertain.

    ``harm``: None for what the design counts as toxicity. Raises ``InputError``.
    """
    levels = (responder, *further)
    for points in levels:
        require_between(points, 1, 90, where="responder", unit="points")
    rising = all(a < b for a, b in pairwise(levels))
    require(
        rising,
        f"{[*levels]} do not increase",
        where="responder",
        remedy="give the improvement of each level, partial first",
    )
    require(
        harm is None or is_fitted(named.name),
        "has no effect here",
        where="harm",
        allowed="posterior, posterior-mean or curve:NAME as the truth",
        remedy="other truths state their harm themselves",
    )
    harm, month = harm or design.harm, efficacy_month(design)
    draws = Draws(
        named=named,
        doses=design.doses,
        month=month,
        responder=responder,
        seed=seed,
        further=further,
        harm=harm,
    )
    truth = _longitudinal(named, draws.domain, seed, harm)
    uncertain = is_uncertain(named.name)
    chances = draws(np.arange(MEAN_OF if uncertain else 1))
    none = replace(draws, doses=(0.0,))(np.arange(1)).efficacy
    assert chances.efficacy is not None
    assert none is not None
    return TrueRates(
        toxicity=tuple(chances.toxicity.mean(axis=0).tolist()),
        efficacy=tuple(chances.efficacy.mean(axis=0).tolist()),
        levels=_levels(chances),
        name=(
            f"{truth.label} (response: {', '.join(f'{p:g}' for p in levels)} points or more at month"
            f" {month:g})"
        ),
        said="fitted" if truth.said == "fitted" else "assumed",
        toxicity_is=stands_for(harm) if is_fitted(named.name) else STATED,
        draws=draws if uncertain else None,
        without=None if uncertain else float(none[0, 0]),
    )


def _levels(chances: Chances) -> tuple[tuple[float, ...], ...] | None:
    """Mean probability of each level of efficacy by dose; None where there are two."""
    if chances.better is None or chances.efficacy is None:
        return None
    reached = np.column_stack([chances.efficacy.mean(axis=0), chances.better.mean(axis=0)])
    ends = np.zeros((len(reached), 1))
    return tuple(map(tuple, -np.diff(np.column_stack([1 + ends, reached, ends]))))


def efficacy_month(design: Design) -> Months:
    """When the design judges efficacy."""
    return design.timing.efficacy_window or MONTH


def _baselines() -> Array:
    """Severity at entry of equally likely patients, as longitudinal designs draw it."""
    r = Reality()
    low, high = (ndtr((end - r.baseline_mean) / r.baseline_sd) for end in (r.baseline_least, 100.0))
    return np.asarray(r.baseline_mean + r.baseline_sd * ndtri(low + _NODES * (high - low)))


@cache
def _longitudinal(named: Named, domain: Domain, seed: int, harm: Harm) -> longitudinal.Truth:
    """The truth, read once in each process."""
    return truth_of(named, domain=domain, seed=seed, harm=harm)
