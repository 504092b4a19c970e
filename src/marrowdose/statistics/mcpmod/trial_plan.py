"""A planned MCP-Mod trial from what is asked to what it is worth: patients, power, estimates, other sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np

from ...errors import require
from ...units import Probability
from .candidates import Candidate
from .planning import Power, power, sample_size
from .precision import Estimation, assess_estimation
from .rule import ContrastRule
from .shapes import Dose

SHARES = np.linspace(0.1, 1.5, 15)  # other sizes, in shares of the planned one
Effect = Annotated[float, "in the unit of the response"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialAsked:
    """A trial to be planned: ``n`` patients by dose, or the fewest that reach power ``target``.

    ``over``: which power of the candidates must reach it. ``delta``: an effect whose dose is to be estimated:
    how well is assessed. ``other_sizes``: the power of smaller and larger trials too. Raises ``InputError``.
    """

    candidates: Sequence[Candidate]
    doses: Sequence[Dose]
    sigma: Annotated[float, "residual SD of the response"]
    n: tuple[int, ...] | None = None
    target: Probability | None = None
    over: Literal["min", "mean"] = "min"
    rule: ContrastRule = field(default_factory=ContrastRule)
    delta: Effect | None = None
    other_sizes: bool = False

    def __post_init__(self) -> None:
        doses = list(self.doses)
        require(
            len(doses) >= 2 and min(doses) >= 0 and len(set(doses)) == len(doses),
            ",".join(f"{d:g}" for d in doses),
            where="doses",
            allowed="two or more different doses from 0 up",
        )
        require((self.n is None) != (self.target is None), "give n or target", where="planned trial")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPlan:
    """Patients by dose, power, the worth of the estimates by true candidate, and power by total size."""

    asked: TrialAsked
    n: tuple[int, ...]
    power: Power
    estimation: Mapping[str, Estimation] = field(default_factory=dict)
    other_sizes: tuple[tuple[float, Power], ...] = ()


def plan_trial(asked: TrialAsked) -> TrialPlan:
    """The plan that was asked for. Raises ``InputError`` where it cannot be made.

    >>> emax = Candidate(label="emax", shape=make_shape("emax", 1.0), guess=(0.2,), max_effect=0.4)
    >>> plan_trial(TrialAsked(candidates=[emax], doses=[0, 0.05, 0.2, 0.6, 1], sigma=0.65, target=0.8)).n
    (29, 29, 29, 29, 29)
    """
    n, found = (asked.n, _power(asked, asked.n)) if asked.n is not None else _size(asked)
    sizes = [np.maximum(2, np.round(share * np.array(n))) for share in SHARES] if asked.other_sizes else []
    return TrialPlan(
        asked=asked,
        n=n,
        power=found,
        estimation={} if asked.delta is None else _estimation(asked, n),
        other_sizes=tuple((float(size.sum()), _power(asked, size.tolist())) for size in sizes),
    )


def _power(asked: TrialAsked, n: Sequence[int]) -> Power:
    """The power with ``n`` patients by dose."""
    return power(asked.candidates, asked.doses, n, asked.sigma, rule=asked.rule)


def _size(asked: TrialAsked) -> tuple[tuple[int, ...], Power]:
    """The fewest patients by dose that reach the target, and the power that they give."""
    assert asked.target is not None
    found = sample_size(
        asked.candidates,
        asked.doses,
        asked.sigma,
        target=asked.target,
        over=np.min if asked.over == "min" else np.mean,
        rule=asked.rule,
    )
    return found.n, found.power


def _estimation(asked: TrialAsked, n: tuple[int, ...]) -> dict[str, Estimation]:
    """What the fits are worth if each candidate is the truth, over simulated trials."""
    shapes = list({c.shape.name: c.shape for c in asked.candidates}.values())
    covariance = np.diag(asked.sigma**2 / np.array(n, dtype=float))
    return {
        truth.label: assess_estimation(
            truth,
            shapes,
            asked.doses,
            covariance,
            rng=np.random.default_rng(asked.rule.seed),
            delta=asked.delta,
        )
        for truth in asked.candidates
    }
