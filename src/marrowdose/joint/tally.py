"""Patients counted: weighted sums and histograms of a size that does not depend on their number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..outcomes import MCIDS, responder
from ..units import Array, Points, Probability
from .population import Population, Results
from .weighting import Weighting

BIN = 0.1  # points or %: quantiles are read from counts in bins of this width
_LOW, _HIGH = -100.05, 100.05  # a bin around 0; beyond the ends, values are counted in the last bin
_BINS = round((_HIGH - _LOW) / BIN)
QUANTILES = (0.1, 0.5, 0.9)
MCID = MCIDS["oarsi_womac_pain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Patients ``first`` … of a population: who they are, their weights, what happens, who failed and why."""

    first: int
    person: dict[str, Array]  # (patients,)
    weight: Array  # (patients,), 0 for the failed
    results: Results  # (patients, doses, months)
    failures: tuple[tuple[int, str], ...]  # index in the population


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Weighted sums over patients, each (doses, months); ``counts`` with an axis of bins. Tallies add up."""

    counts: dict[str, Array]
    sums: dict[str, Array]
    beats: Array
    responders: Array
    undetermined: Array
    weight: float
    square: float  # of the weights
    failures: tuple[tuple[int, str], ...]

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            counts={name: mine + other.counts[name] for name, mine in self.counts.items()},
            sums={name: mine + other.sums[name] for name, mine in self.sums.items()},
            beats=self.beats + other.beats,
            responders=self.responders + other.responders,
            undetermined=self.undetermined + other.undetermined,
            weight=self.weight + other.weight,
            square=self.square + other.square,
            failures=self.failures + other.failures,
        )


def tally(batch: Batch) -> Tally:
    """Count a batch. Dose 0 is the first of its doses."""
    good = batch.weight > 0
    w = batch.weight[good]
    found = {name: values[good] for name, values in batch.results.items()}
    p0, f0 = (batch.person[s][good][:, None, None] for s in ("P0", "F0"))
    pain, function = p0 - found["pain"], f0 - found["function"]
    measured = {
        "pain_relief": pain,
        "pain_gain": pain - pain[:, :1],
        "function_gain": function - function[:, :1],
        "cartilage_change": 100 * (found["cartilage"] - 1),
    }
    answer = responder(pain, function, None, pain_baseline=p0, function_baseline=f0)
    return Tally(
        counts={name: _histogram(values, w) for name, values in measured.items()},
        sums={name: np.tensordot(w, values, 1) for name, values in measured.items()},
        beats=np.tensordot(w, measured["pain_gain"] >= MCID.points, 1),
        responders=np.tensordot(w, answer == 1, 1),
        undetermined=np.tensordot(w, answer == 2, 1),
        weight=float(w.sum()),
        square=float(w @ w),
        failures=batch.failures,
    )


def _histogram(values: Array, w: Array) -> Array:
    """Weights by bin: (doses, months, bins)."""
    cells = values[0].size if len(values) else int(np.prod(values.shape[1:]))
    place = np.clip(((values - _LOW) / BIN).astype(np.int64), 0, _BINS - 1).reshape(-1, cells)
    place += _BINS * np.arange(cells)
    flat = np.bincount(place.ravel(), np.repeat(w, cells), _BINS * cells)
    return np.asarray(flat.reshape(*values.shape[1:], _BINS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Weighted over patients; arrays are (doses, months). ``bands`` add an axis for ``QUANTILES``.

    ``pain_relief`` is from the patient's own pain before; ``pain_gain`` and ``function_gain`` are over the
    same knee with dose 0; ``cartilage_change`` is % of thickness since month 0.
    """

    population: Population
    weighting: Weighting | None
    mean: dict[str, Array]
    bands: dict[str, Array]
    beats_by_mcid: Array  # share with a pain gain of at least the MCID
    responders: Array  # share of certain OMERACT-OARSI responders
    undetermined: Array  # share in whom the patient's global score, which is not simulated, would decide
    mcid: Points
    effective: float  # effective number of patients: 1 / Σ w², w adding to 1
    share_se: Probability  # Monte-Carlo standard error of a share near one half
    failures: tuple[tuple[int, str], ...]


def summary(counted: Tally, population: Population, weighting: Weighting | None) -> Summary:
    """What was counted, as means, quantiles and shares."""
    total = counted.weight
    effective = total**2 / counted.square if total else 0.0
    return Summary(
        population=population,
        weighting=weighting,
        mean={name: values / total for name, values in counted.sums.items()},
        bands={name: _quantiles(values / total) for name, values in counted.counts.items()},
        beats_by_mcid=counted.beats / total,
        responders=counted.responders / total,
        undetermined=counted.undetermined / total,
        mcid=MCID.points,
        effective=effective,
        share_se=0.5 / effective**0.5 if effective else float("nan"),
        failures=counted.failures,
    )


def _quantiles(counts: Array) -> Array:
    """``QUANTILES`` of counts that add to 1 over the last axis, linear inside a bin: (…, quantiles)."""
    upto = np.cumsum(counts, axis=-1)
    found = []
    for q in QUANTILES:
        k = np.argmax(upto >= q * upto[..., -1:], axis=-1)
        here = np.take_along_axis(counts, k[..., None], -1)[..., 0]
        above = np.take_along_axis(upto, k[..., None], -1)[..., 0] - q * upto[..., -1]
        found.append(_LOW + BIN * (k + 1 - above / np.where(here > 0, here, 1)))
    return np.stack(found, axis=-1)
