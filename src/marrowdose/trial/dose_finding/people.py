"""What a simulated trial takes for true, and the people it meets: the same in every design."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import log2
from typing import Annotated, Literal, NamedTuple

import numpy as np

from ...errors import require, require_between
from ...streams import uniform
from ...units import Array, MillionCells, Probability
from .cells import AS_PLANNED, Cells
from .seen import Flags, Indices

Correlation = Annotated[float, "of the latent normals behind toxicity and efficacy, −1 to 1"]


class Chances(NamedTuple):
    """True probabilities at each dose: (doses,), or (trials, doses) where each trial has its own."""

    toxicity: Array
    efficacy: Array | None
    better: Array | None = None  # (…, doses, levels − 2): efficacy of level 2 or better, of level 3 …

    def of(self, trials: Indices | slice) -> Chances:
        """Those of some trials."""
        if self.toxicity.ndim == 1:
            return self
        return Chances(*(None if x is None else x[trials] for x in self))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """True probabilities at each dose of a design, in its order.

    ``score`` and ``score_sd``: mean and standard deviation of a normal score at each dose, higher being
    worse; or ``grades``: probabilities of grades 0, 1, … at each dose, worth ``grade_scores``. The worse the
    score of a patient, the sooner toxicity: both come from one number.

    ``levels``: probabilities of no, partial … full efficacy at each dose; ``efficacy`` is then that of any.
    The better the response of a patient, the sooner any: one number decides all levels.

    ``stated`` is the truth at every dose of a scenario, of which this is a part; ``doses`` are its doses.
    With ``draws`` every trial has a truth of its own, and ``toxicity`` and ``efficacy`` are the means.
    ``association`` is the correlation of the normals whose quantiles decide toxicity and efficacy of a
    patient. ``late`` is the share of toxicities (and of efficacies) that are seen in the second half of their
    window.
    """

    toxicity: tuple[Probability, ...]
    efficacy: tuple[Probability, ...] | None = None
    association: Correlation = 0.0
    late: Probability = 0.5
    without: Probability | None = None  # efficacy without cells, where the truth says it
    name: str = ""
    score: tuple[float, ...] | None = None
    score_sd: tuple[float, ...] | None = None
    grades: tuple[tuple[Probability, ...], ...] | None = None
    grade_scores: tuple[float, ...] | None = None
    levels: tuple[tuple[Probability, ...], ...] | None = None
    cells: Cells | None = None  # None: those of the design
    doses: tuple[MillionCells, ...] | None = None
    stated: Truth | None = None
    said: Literal["assumed", "fitted"] = "assumed"
    toxicity_is: str = (
        ""  # what the truth calls toxicity and where that comes from, where not stated by the user
    )
    draws: Callable[[Indices], Chances] | None = None

    def __post_init__(self) -> None:
        self._scores_fit()
        self._levels_fit()
        for name, values in (("toxicity", self.toxicity), ("efficacy", self.efficacy or ())):
            for value in values:
                require_between(value, 0, 1, where=name)
        falls = any(a > b for a, b in pairwise(self.toxicity))
        require(
            not falls,
            f"{list(self.toxicity)} falls with dose",
            where="toxicity",
            remedy="give it in the order of the doses; it may stay equal, not fall",
        )
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

    def _scores_fit(self) -> None:
        for one, other in (("score", "score_sd"), ("grades", "grade_scores")):
            both = (getattr(self, one) is None) == (getattr(self, other) is None)
            require(both, f"{one} and {other} belong together", where=one, remedy="give both or none")
        require(
            self.score is None or self.grades is None,
            "besides score",
            where="grades",
            remedy="give one of them",
        )
        for name, low in (("score", -1e6), ("score_sd", 0.0), ("grade_scores", -1e6)):
            for value in getattr(self, name) or ():
                require_between(value, low, 1e6, where=name)
        for name in ("score", "score_sd", "grades"):
            given = getattr(self, name)
            fits = given is None or len(given) == len(self.toxicity)
            require(
                fits,
                f"{len(given or ())} values and {len(self.toxicity)} of toxicity",
                where=name,
                allowed="one a dose",
            )
        worth = self.grade_scores or ()
        require(
            all(a < b for a, b in pairwise(worth)), f"{list(worth)} do not increase", where="grade_scores"
        )
        for row in self.grades or ():
            require(len(row) == len(worth), f"{len(row)} grades and {len(worth)} scores", where="grades")
            require(
                all(0 <= p <= 1 for p in row) and abs(sum(row) - 1) < 1e-6,
                f"{list(row)}",
                where="grades",
                allowed="probabilities that add up to 1",
            )

    def _levels_fit(self) -> None:
        if self.levels is None:
            return
        require(
            len(self.levels) == len(self.toxicity),
            f"{len(self.levels)} rows and {len(self.toxicity)} of toxicity",
            where="levels",
            allowed="one a dose",
        )
        for row in self.levels:
            require(
                2 <= len(row) == len(self.levels[0]),
                f"{list(row)}",
                where="levels",
                allowed="rows of one length: none, partial … full",
            )
            require(
                all(0 <= p <= 1 for p in row) and abs(sum(row) - 1) < 1e-6,
                f"{list(row)}",
                where="levels",
                allowed="probabilities that add up to 1",
            )
        any_ = [1 - row[0] for row in self.levels]
        agrees = self.efficacy is not None and np.allclose(self.efficacy, any_, atol=1e-6)
        require(
            agrees,
            f"{list(self.efficacy or ())} is not 1 less the first of levels",
            where="efficacy",
            remedy="leave efficacy out",
        )

    @property
    def better(self) -> Array | None:
        """Probability of each level from 2 on or a better one: (doses, levels − 2)."""
        if self.levels is None:
            return None
        return np.cumsum(np.array(self.levels)[:, ::-1], axis=1)[:, ::-1][:, 2:].clip(0, 1)

    @property
    def scored(self) -> bool:
        """Whether anything is said of a score."""
        return self.score is not None or self.grades is not None

    @property
    def mean_score(self) -> tuple[float, ...]:
        """By dose, where anything is said of a score."""
        if self.grades is None or self.grade_scores is None:
            return self.score or ()
        worth = self.grade_scores
        return tuple(sum(p * s for p, s in zip(row, worth, strict=True)) for row in self.grades)

    def chances(self, trials: Indices) -> Chances:
        """What is true in the trials with these numbers."""
        if self.draws is not None:
            return self.draws(trials)
        efficacy = None if self.efficacy is None else np.array(self.efficacy)
        return Chances(np.array(self.toxicity), efficacy, self.better)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The patients of many trials in order of entry, each a few uniform numbers: arrays (patients, trials).

    A patient has a toxicity at a dose where ``toxicity`` is below its probability: so one who has it at a
    dose has it at every more toxic one, in whatever design. ``toxicity_time`` and ``efficacy_time`` are
    shares of the windows.
    """

    toxicity: Array
    efficacy: Array | None = None
    toxicity_time: Array | None = None
    efficacy_time: Array | None = None
    delivered: Array | None = None  # over planned dose; None: as planned
    without_product: Indices | None = None  # people not treated before this patient; None: nobody
    doses: tuple[MillionCells, ...] = ()  # planned ones, where delivered ones differ
    scale: Literal["linear", "log"] = "linear"


def people(
    truth: Truth,
    trials: Indices,
    patients: int,
    *,
    seed: int,
    timed: bool,
    cells: Cells = AS_PLANNED,
    doses: tuple[MillionCells, ...] = (),
    first: int = 0,
) -> People:
    """The patients of the trials with these numbers, the first being person ``first``. The same for any
    division of the trials.

    ``doses`` are the planned ones: needed where those delivered differ.
    """
    row = np.arange(first, first + patients)[:, None]

    def draw(purpose: str) -> Array:
        return uniform(seed, purpose, trials, row)

    def outcome(purpose: str) -> Array:
        return (
            draw(purpose)
            if not cells.batch_correlation
            else _quantile(cells.latent(seed, purpose, trials, row))
        )

    def share_of_window(purpose: str) -> Array:
        """Of a power law with ``late`` above one half of the window."""
        return np.asarray(draw(purpose) ** (-1 / log2(1 - truth.late)))

    toxicity = outcome("toxicity")
    efficacy = None
    if truth.efficacy is not None:
        associated = bool(truth.association)
        efficacy = _associated(truth, trials, row, seed, cells) if associated else outcome("efficacy")
    return People(
        toxicity=toxicity,
        efficacy=efficacy,
        toxicity_time=share_of_window("toxicity time") if timed else None,
        efficacy_time=share_of_window("efficacy time") if timed and efficacy is not None else None,
        delivered=cells.delivered(seed, trials, row),
        without_product=cells.without_product(seed, trials, row),
        doses=doses,
        scale=cells.scale,
    )


def _quantile(latent: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(ndtr(latent))


def _associated(truth: Truth, trials: Indices, row: Indices, seed: int, cells: Cells = AS_PLANNED) -> Array:
    """Uniform numbers for efficacy that go with those for toxicity, by a Gaussian copula."""
    rho = truth.association
    toxic, effective = (cells.latent(seed, what, trials, row) for what in ("toxicity", "efficacy"))
    return _quantile(rho * toxic + np.sqrt(1 - rho**2) * effective)


def happens(number: Array, probability: Array, dose: Indices) -> Flags:
    """Whether the event happens to each patient (patients, trials) at the dose of the trial.

    ``probability`` is (doses,) or (trials, doses).
    """
    chance = probability[dose] if probability.ndim == 1 else probability[np.arange(len(dose)), dose]
    flags: Flags = number < chance
    return flags


Who = slice | tuple[int | Indices, Indices]  # rows of patients, or one patient of some trials


def shows(
    truth: Truth,
    true: Chances,
    met: People,
    endpoint: Literal["toxicity", "efficacy"],
    who: Who,
    dose: Indices,
    level: int = 1,
) -> Flags:
    """Whether patients ``who`` have the event at the planned ``dose`` (an index) of their trial.

    ``true`` are the chances of these trials; efficacy is of ``level`` or better.
    """
    number, chance = getattr(met, endpoint)[who], getattr(true, endpoint)
    what: str = endpoint
    if level > 1:
        assert true.better is not None
        chance, what = true.better[..., level - 2], f"level {level}"
    if met.delivered is None:
        return happens(number, chance, dose)
    if chance.ndim == 1:
        chance = _between(truth, met, what, who, dose)
    else:
        chance = _by_trial(*_axis(met, np.asarray(met.doses), who, dose), chance)
    flags: Flags = number < chance
    return flags


def scores(truth: Truth, met: People, who: Who, dose: Indices) -> Array:
    """The scores of patients ``who`` at the planned ``dose`` (an index) of their trial."""
    from scipy.special import ndtri

    number = met.toxicity[who]  # the smaller, the worse
    if truth.grades is None:
        mean, sd = (_between(truth, met, what, who, dose) for what in ("score", "score_sd"))
        return np.asarray(mean - sd * ndtri(number))
    assert truth.grade_scores is not None
    worth, found = truth.grade_scores, np.full(number.shape, truth.grade_scores[0])
    for k in range(1, len(worth)):
        found += (worth[k] - worth[k - 1]) * (number < _between(truth, met, f"grade {k}", who, dose))
    return np.asarray(found)


def _between(truth: Truth, met: People, what: str, who: Who, dose: Indices) -> Array:
    """A quantity at the delivered dose of each patient: interpolated between the doses that the truth
    states.
    """
    if met.delivered is None:
        return _values(truth, what)[dose]
    known = truth.stated or truth
    delivered, doses = _axis(met, np.asarray(known.doses or met.doses), who, dose)
    return np.interp(delivered, doses, _values(known, what))


def _axis(met: People, doses: Array, who: Who, dose: Indices) -> tuple[Array, Array]:
    """Delivered doses of patients, and the stated ``doses``, on the scale of interpolation."""
    assert met.delivered is not None
    delivered = np.asarray(met.doses)[dose] * met.delivered[who]
    return (np.log(delivered), np.log(doses)) if met.scale == "log" else (delivered, doses)


def _by_trial(at: Array, doses: Array, chance: Array) -> Array:
    """As ``numpy.interp``, the values (trials, doses) being those of each trial."""
    rows = np.arange(len(chance))
    if len(doses) == 1:
        return np.broadcast_to(chance[:, 0], at.shape)
    below = (np.searchsorted(doses, at) - 1).clip(0, len(doses) - 2)
    part = ((at - doses[below]) / (doses[below + 1] - doses[below])).clip(0, 1)
    return np.asarray(chance[rows, below] * (1 - part) + chance[rows, below + 1] * part)


def _values(truth: Truth, what: str) -> Array:
    """By dose; "grade k" is the probability of that grade or a worse one, "level k" of that or a better
    one.
    """
    if what.startswith("level "):
        assert truth.better is not None
        return np.asarray(truth.better[:, int(what[6:]) - 2])
    if what.startswith("grade "):
        return np.asarray(np.array(truth.grades)[:, int(what[6:]) :].sum(axis=1))
    return np.asarray(getattr(truth, what))
