"""What is true in a simulated trial: the mean benefit of any dose at any month, trial by trial.

One small interface for every source of truth: the posterior of the published evidence (a draw a trial), one
of its curves, its mean, or a stated scenario. Trial i has the same truth whatever else is simulated with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Literal, NamedTuple

import numpy as np

from ...curves import curves
from ...domain import DOMAINS, Domain
from ...errors import require
from ...streams import normal, uniform
from ...synthesis.fit import Fit, Mixture, mix, shipped_fit
from ...synthesis.harm import serious_counts
from ...synthesis.model import build_up
from ...synthesis.persons import RESIDUAL_SD, SERIAL_CORRELATION, harm_probability
from ...units import Array, Indices, Months, Points
from .harm import Harm

Active = Literal["ha", "corticosteroid"]
BASELINE_CENTRE: Points = 50.0  # the severity to which ``Setting.response`` belongs
MEAN_GRID = np.concatenate([[0.0], np.geomspace(0.5, 2000.0, 100)])  # doses of a mean curve, linear between


class Setting(NamedTuple):
    """Improvement without cells, and how patients differ, one entry a trial (T,).

    Mean improvement is ``response`` (1 − e^{−t/``onset``}) + ``slope`` (baseline − 50); patients deviate
    from it with standard deviation ``sd`` [points].
    """

    response: Array
    onset: Array
    slope: Array
    sd: Array


Said = Literal["assumed", "fitted"]


class Without(NamedTuple):
    """What happens without cells where it is the same in every trial, as in ``Setting``."""

    response: Points
    onset: Months
    slope: float
    sd: Points

    def in_every(self, trials: Indices) -> Setting:
        """As the setting of these trials."""
        ones = np.ones(len(trials))
        return Setting(self.response * ones, self.onset * ones, self.slope * ones, self.sd * ones)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One truth for every trial. Improvement is positive, on 0–100 points.

    ``effect(trials, doses, months)`` is the mean benefit over placebo (T, D, M) of ``trials`` (T,) at
    ``doses``, (D,) or one row a trial (T, D), and ``months`` (M,); ``setting(trials)`` what happens without
    cells; ``harm(trials, doses)`` the probability of harm (T, D), a local reaction unless asked otherwise;
    ``serial`` the correlation of one patient's deviations six months apart; ``said`` what the numbers rest on
    (fitted | assumed). ``active(trials, treatment, months)`` is the mean benefit (T, M) of another treatment
    over placebo, ``active_said`` where that is from.
    """

    label: str
    said: Said
    effect: Callable[[Indices, Array, Array], Array]
    setting: Callable[[Indices], Setting]
    harm: Callable[[Indices, Array], Array]
    active: Callable[[Indices, Active, Array], Array]
    serial: Annotated[float, "correlation six months apart"] = SERIAL_CORRELATION
    active_said: str = "mean of the fit of the published trials, the same in every trial"

    def benefits(self, trials: Indices, doses: tuple[float, ...], month: Months) -> Array:
        """Mean benefit (T, D) at one month."""
        return self.effect(trials, np.array(doses, float), np.array([month]))[:, :, 0]


def posterior(
    fit: Fit, *, domain: Domain = "pain", seed: int = 0, only: str = "", harm: Harm = "local"
) -> Truth:
    """A draw of the posterior for each trial: a new setting, its effect, curve, course, context and harm.

    ``only`` keeps one candidate curve, as if it were known to be the right one. Raises ``InputError``.
    """
    names = list(fit.draws)
    require(only in ("", *names), f"curve {only!r}", where="truth", allowed=", ".join(names))
    weights = {name: float(name == only) for name in names} if only else None
    mixture = mix(fit, seed=seed, weights=weights) if only else fit.mixture(seed)
    q = DOMAINS.index(domain)
    without = harm_probability(mixture, np.zeros(1), seed)[:, 0]
    odds, rise = np.log(without / (1 - without)), mixture.harm["slope"]

    def drawn(trials: Indices) -> Indices:
        return (uniform(seed, "draw of the posterior", trials, 0) * len(mixture)).astype(np.int64)

    def effect(trials: Indices, doses: Array, months: Array) -> Array:
        rows = drawn(trials)
        shape = _shapes(mixture, rows, np.broadcast_to(doses, (len(rows), doses.shape[-1])))
        return (mixture.new_effect[rows, q, None] * shape)[:, :, None] * _course(mixture, rows, months)[
            :, None, :
        ]

    def setting(trials: Indices) -> Setting:
        rows, c = drawn(trials), mixture.context
        shift = c["tau_context"][rows] * normal(seed, "setting", trials, 0)
        sd = RESIDUAL_SD[domain].value(normal(seed, "residual SD", trials, 0))
        return Setting(
            c[f"context_{domain}"][rows] + shift, c["onset"][rows], c["slope"][rows], np.asarray(sd)
        )

    rare = serious_counts(fit.record.harm_counts) if harm == "serious" else None

    def risk(trials: Indices, doses: Array) -> Array:
        rows = drawn(trials)
        if rare is not None:
            return rare.probability(uniform(seed, "serious events", trials, 0), rise[rows], doses)
        return np.asarray(1 / (1 + np.exp(-odds[rows, None] - rise[rows, None] * np.log1p(doses / 10.0))))

    def active(trials: Indices, treatment: Active, months: Array) -> Array:
        return mixture.comparator(treatment, months)[drawn(trials)]

    label = f"posterior, curve {only}" if only else "posterior"
    source = "drawn for each trial from the fit of the published trials"
    return Truth(
        label=label,
        said="fitted",
        effect=effect,
        setting=setting,
        harm=risk,
        active=active,
        active_said=source,
    )


def posterior_mean(fit: Fit, *, domain: Domain = "pain", seed: int = 0, harm: Harm = "local") -> Truth:
    """The mean of the posterior in every trial: what a plan that ignores uncertainty takes for the truth."""
    mixture = fit.mixture(seed)
    q, c = DOMAINS.index(domain), mixture.context
    rows = np.arange(len(mixture))
    heights = mixture.new_effect[:, q, None] * _shapes(
        mixture, rows, np.broadcast_to(MEAN_GRID, (len(rows), len(MEAN_GRID)))
    )
    if harm == "serious":
        rare, levels = serious_counts(fit.record.harm_counts), (rows + 0.5) / len(rows)
        risks = rare.probability(levels, mixture.harm["slope"], MEAN_GRID).mean(axis=0)
    else:
        risks = harm_probability(mixture, MEAN_GRID, seed).mean(axis=0)
    response, onset, slope = (float(np.mean(c[name])) for name in (f"context_{domain}", "onset", "slope"))
    without = Without(response, onset, slope, RESIDUAL_SD[domain].loc)

    def effect(trials: Indices, doses: Array, months: Array) -> Array:
        require(
            bool(doses.max() <= MEAN_GRID[-1]),
            f"dose {doses.max():g}",
            where="truth",
            allowed=f"up to {MEAN_GRID[-1]:g} million",
        )
        table = heights.T @ _course(mixture, rows, months) / len(rows)
        wide = np.broadcast_to(doses, (len(trials), doses.shape[-1]))
        return np.stack([np.interp(wide, MEAN_GRID, column) for column in table.T], axis=-1)

    def setting(trials: Indices) -> Setting:
        return without.in_every(trials)

    def risk(trials: Indices, doses: Array) -> Array:
        return np.asarray(np.interp(np.broadcast_to(doses, (len(trials), doses.shape[-1])), MEAN_GRID, risks))

    def active(trials: Indices, treatment: Active, months: Array) -> Array:
        return np.tile(mixture.comparator(treatment, months).mean(axis=0), (len(trials), 1))

    return Truth(
        label="mean of the posterior", said="fitted", effect=effect, setting=setting, harm=risk, active=active
    )


def published_active(trials: Indices, treatment: Active, months: Array) -> Array:
    """The posterior mean of another treatment, the same in every trial: for truths that state none of their
    own.
    """
    found = shipped_fit().mixture(0).comparator(treatment, months).mean(axis=0)
    return np.tile(found, (len(trials), 1))


def stated(
    label: str,
    benefit: Callable[[Array, Array], Array],
    *,
    without: Without,
    serial: float,
    harm: Callable[[Array], Array],
    active: Callable[[Active, Array], Array] | None = None,
) -> Truth:
    """The same truth in every trial: ``benefit(doses, months)`` (…, M) at doses (…), ``harm(doses)``, and
    ``active(treatment, months)`` (M,), the published mean if not stated."""

    def effect(trials: Indices, doses: Array, months: Array) -> Array:
        return benefit(np.broadcast_to(doses, (len(trials), doses.shape[-1])), months)

    def setting(trials: Indices) -> Setting:
        return without.in_every(trials)

    def risk(trials: Indices, doses: Array) -> Array:
        return harm(np.broadcast_to(doses, (len(trials), doses.shape[-1])))

    def other(trials: Indices, treatment: Active, months: Array) -> Array:
        if active is None:
            return published_active(trials, treatment, months)
        return np.tile(active(treatment, months), (len(trials), 1))

    made = Truth(
        label=label, said="assumed", effect=effect, setting=setting, harm=risk, active=other, serial=serial
    )
    return made if active is None else replace(made, active_said="stated in the scenario, assumed")


def _shapes(mixture: Mixture, rows: Indices, doses: Array) -> Array:
    """(T, D) shape of each trial's draw at its own doses (T, D)."""
    out = np.zeros(doses.shape)
    for k, name in enumerate(mixture.names):
        mine = np.flatnonzero(mixture.curve[rows] == k)
        if len(mine):
            curve = curves()[name]
            arguments = [mixture.parameters[f"curve.{p}"][rows[mine], None] for p in curve.priors]
            out[mine] = curve.shape(doses[mine], *arguments, xp=np)
    return out


def _course(mixture: Mixture, rows: Indices, months: Array) -> Array:
    """(T, M) time course of each trial's draw."""
    on, off = mixture.parameters["tau_on"][rows, None], mixture.parameters["tau_off"][rows, None]
    return np.asarray(build_up(months[None, :], on, off))
