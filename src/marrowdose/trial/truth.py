"""What a simulated trial takes for true, and the people it meets: the same in every design."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import log2
from typing import Annotated, Literal, NamedTuple

import numpy as np

from ..domain import Array, Probability, require, require_between
from ..streams import normal, uniform
from .view import Flags, Indices

Correlation = Annotated[float, "of the latent normals behind toxicity and efficacy, −1 to 1"]


class Chances(NamedTuple):
    """True probabilities at each dose: (doses,), or (trials, doses) where each trial has its own."""

    toxicity: Array
    efficacy: Array | None

    def of(self, trials: Indices | slice) -> Chances:
        """Those of some trials."""
        if self.toxicity.ndim == 1:
            return self
        return Chances(self.toxicity[trials], None if self.efficacy is None else self.efficacy[trials])


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """True probabilities at each dose of a design, in its order.

    With ``draws`` every trial has a truth of its own, and ``toxicity`` and ``efficacy`` are the means.
    ``association`` is the correlation of the normals whose quantiles decide toxicity and efficacy of a patient.
    ``late`` is the share of toxicities (and of efficacies) that are seen in the second half of their window.
    """

    toxicity: tuple[Probability, ...]
    efficacy: tuple[Probability, ...] | None = None
    association: Correlation = 0.0
    late: Probability = 0.5
    without: Probability | None = None  # efficacy without cells, where the truth says it
    name: str = ""
    said: Literal["assumed", "fitted"] = "assumed"
    draws: Callable[[Indices], Chances] | None = None

    def __post_init__(self) -> None:
        for name, values in (("toxicity", self.toxicity), ("efficacy", self.efficacy or ())):
            for value in values:
                require_between(value, 0, 1, where=name)
        falls = any(a > b for a, b in pairwise(self.toxicity))
        require(not falls, f"{list(self.toxicity)} falls with dose", where="toxicity", remedy="give it in the order of the doses; it may stay equal, not fall")  # fmt: skip
        require(
            self.efficacy is None or len(self.efficacy) == len(self.toxicity),
            f"{len(self.efficacy or ())} values of efficacy and {len(self.toxicity)} of toxicity",
            where="efficacy",
            allowed="one a dose",
        )
        require_between(self.association, -0.999, 0.999, where="association")
        require_between(self.late, 0.01, 0.99, where="late")
        if self.without is not None:
            require_between(self.without, 0, 1, where="without")

    def chances(self, trials: Indices) -> Chances:
        """What is true in the trials with these numbers."""
        if self.draws is not None:
            return self.draws(trials)
        return Chances(np.array(self.toxicity), None if self.efficacy is None else np.array(self.efficacy))


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The patients of many trials in order of entry, each a few uniform numbers: arrays (patients, trials).

    A patient has a toxicity at a dose where ``toxicity`` is below its probability: so one who has it at a dose
    has it at every more toxic one, in whatever design. ``toxicity_time`` and ``efficacy_time`` are shares of
    the windows.
    """

    toxicity: Array
    efficacy: Array | None = None
    toxicity_time: Array | None = None
    efficacy_time: Array | None = None


def people(truth: Truth, trials: Indices, patients: int, *, seed: int, timed: bool) -> People:
    """The patients of the trials with these numbers. The same for any division of the trials."""

    def draw(purpose: str) -> Array:
        return uniform(seed, purpose, trials, np.arange(patients)[:, None])

    def share_of_window(purpose: str) -> Array:
        """Of a power law with ``late`` above one half of the window."""
        return np.asarray(draw(purpose) ** (-1 / log2(1 - truth.late)))

    toxicity = draw("toxicity")
    efficacy = None
    if truth.efficacy is not None:
        efficacy = draw("efficacy") if not truth.association else _associated(truth, trials, patients, seed)
    return People(
        toxicity=toxicity,
        efficacy=efficacy,
        toxicity_time=share_of_window("toxicity time") if timed else None,
        efficacy_time=share_of_window("efficacy time") if timed and efficacy is not None else None,
    )


def _associated(truth: Truth, trials: Indices, patients: int, seed: int) -> Array:
    """Uniform numbers for efficacy that go with those for toxicity, by a Gaussian copula."""
    from scipy.special import ndtr

    row, rho = np.arange(patients)[:, None], truth.association
    mixed = rho * normal(seed, "toxicity", trials, row) + np.sqrt(1 - rho**2) * normal(seed, "efficacy", trials, row)  # fmt: skip
    return np.asarray(ndtr(mixed))


def happens(number: Array, probability: Array, dose: Indices) -> Flags:
    """Whether the event happens to each patient (patients, trials) at the dose of the trial.

    ``probability`` is (doses,) or (trials, doses).
    """
    chance = probability[dose] if probability.ndim == 1 else probability[np.arange(len(dose)), dose]
    flags: Flags = number < chance
    return flags
