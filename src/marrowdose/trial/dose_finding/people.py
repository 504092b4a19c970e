"""The people whom a simulated dose-finding trial meets: the same in every design."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import Literal

import numpy as np

from ...streams import uniform
from ...units import Array, Flags, Indices, MillionCells
from .cells import AS_PLANNED, Cells
from .true_rates import Chances, TrueRates


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
    truth: TrueRates,
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


def _associated(
    truth: TrueRates, trials: Indices, row: Indices, seed: int, cells: Cells = AS_PLANNED
) -> Array:
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
    truth: TrueRates,
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


def scores(truth: TrueRates, met: People, who: Who, dose: Indices) -> Array:
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


def _between(truth: TrueRates, met: People, what: str, who: Who, dose: Indices) -> Array:
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


def _values(truth: TrueRates, what: str) -> Array:
    """By dose; "grade k" is the probability of that grade or a worse one, "level k" of that or a better
    one.
    """
    if what.startswith("level "):
        assert truth.better is not None
        return np.asarray(truth.better[:, int(what[6:]) - 2])
    if what.startswith("grade "):
        return np.asarray(np.array(truth.grades)[:, int(what[6:]) :].sum(axis=1))
    return np.asarray(getattr(truth, what))
