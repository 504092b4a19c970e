"""One patient's outlook: what happens without cells, what each dose adds, and how that patient varies.

    improvement(d, t) = C_new (1 − e^{−t/τ_c}) + b (baseline − 50) + E_new f(d) g(t) · m(x) + ε

    (SCIENCE section 7).

Every draw is one possible truth with one possible patient like this one; the same patient appears at every
dose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np

from ..domain import DOMAINS, Band, Patient
from ..outcomes import responder
from ..priors import Prior
from ..synthesis.fit import Mixture
from ..synthesis.persons import RESIDUAL_CORRELATION, RESIDUAL_SD, harm_probability, standard_normals
from ..units import Array, MillionCells, Months, Points, Probability, Years

DOSES: tuple[MillionCells, ...] = (1, 2, 5, 10, 15, 25, 40, 50, 75, 100, 150)


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """How one patient feature may change the effect of cells: log m per unit from the centre of the
    trials.
    """

    field_name: str
    label: str
    prior: Prior
    centre: float
    unit: Annotated[float, "size of one unit of the feature"]
    spread: Annotated[float, "SD of the feature in trial populations, used where it is unknown"]


MODIFIERS: tuple[Modifier, ...] = (
    Modifier(
        field_name="kl_grade",
        label="KL grade",
        centre=2.6,
        unit=1.0,
        spread=0.7,
        prior=Prior(
            "normal",
            -0.10,
            0.25,
            "log effect per grade",
            "worse grades did less well in some series, better in one; no trial tested it"
            " (modifiers.csv:6-18)",
        ),
    ),
    Modifier(
        field_name="age",
        label="age",
        centre=57.0,
        unit=10.0,
        spread=9.0,
        prior=Prior(
            "normal",
            0.0,
            0.15,
            "log effect per 10 years",
            "no influence found in two regressions (modifiers.csv:19, 22)",
        ),
    ),
    Modifier(
        field_name="bmi",
        label="BMI",
        centre=28.0,
        unit=5.0,
        spread=4.5,
        prior=Prior(
            "normal",
            -0.05,
            0.15,
            "log effect per 5 kg/m²",
            "one registry: less at higher BMI; two regressions: none (modifiers.csv:19, 20, 22)",
        ),
    ),
    Modifier(
        field_name="sex",
        label="sex",
        centre=0.5,
        unit=1.0,
        spread=0.5,
        prior=Prior(
            "normal",
            0.0,
            0.12,
            "log effect, female against male",
            "no difference in two series (modifiers.csv:21, 22)",
        ),
    ),
    Modifier(
        field_name="comorbidities",
        label="other long-term conditions",
        centre=1.0,
        unit=1.0,
        spread=1.0,
        prior=Prior(
            "normal",
            -0.05,
            0.15,
            "log effect per condition",
            "overall health: no evidence read; assumed weak",
        ),
    ),
)


def feature(patient: Patient, name: str) -> float | None:
    """A feature as a number; None if unknown."""
    value = getattr(patient, name)
    if name == "sex":
        return None if value is None else float(value == "female")
    return None if value is None else float(value)


def deviations(size: int, seed: int) -> Array:
    """(features, 2, size) standard normal numbers for modifiers: their slope and the unknown feature."""
    return standard_normals(seed, 2, (len(MODIFIERS), 2, size))


def multiplier(patient: Patient, noise: Array, *, forget: str = "") -> Array:
    """m(x) (n,): the effect of cells in such a patient over that in a typical trial patient.

    An unknown feature (or the one to ``forget``) is drawn from the trial populations: it widens m.
    """
    log_m = np.zeros(noise.shape[-1])
    for k, mod in enumerate(MODIFIERS):
        value = None if mod.field_name == forget else feature(patient, mod.field_name)
        x = (mod.spread * noise[k, 1] if value is None else value - mod.centre) / mod.unit
        log_m += mod.prior.value(noise[k, 0]) * x
    return np.exp(log_m)


class Improved(NamedTuple):
    """Improvement from baseline (n, doses), kept on the scale, and the share of draws set to an end of it."""

    points: Array
    floor_share: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDraws:
    """What may happen to one patient at one month. Domains in the order of ``DOMAINS``; points on 0–100.

    ``gain`` (2, n, doses) what cells add over placebo; ``context`` (2, n) improvement without cells;
    ``residual`` (2, n) how this patient differs from the mean;
    ``comparator`` name → (n,) effect over placebo (both domains alike); ``baseline`` (2,) NaN if unknown;
    ``harm`` (n, doses) probability of a local reaction in a new setting.
    """

    doses: Array
    gain: Array
    context: Array
    residual: Array
    comparator: dict[str, Array]
    baseline: Array
    harm: Array

    def improvements(self, added: Array) -> list[Improved | None]:
        """Improvement from baseline of both domains with ``added`` (2, n, doses) over context; None: no
        baseline.
        """
        return [self._improvement(q, added[q]) if np.isfinite(self.baseline[q]) else None for q in range(2)]

    def _improvement(self, domain: int, added: Array) -> Improved:
        raw = added + (self.context[domain] + self.residual[domain])[:, None]
        base = self.baseline[domain]
        kept = np.clip(raw, base - 100.0, base)
        return Improved(kept, float(np.mean(kept != raw)))


def baselines(patient: Patient) -> Array:
    """(2,) baseline severity of pain and function [points], NaN if unknown."""
    return np.array([m.severity if m else np.nan for m in (patient.pain, patient.function)])


def context_at(mixture: Mixture, patient: Patient, months: Array, setting: Array) -> Array:
    """(2, n, months) improvement without cells: the setting's response, and regression from a bad
    baseline.
    """
    c = mixture.context
    rise = 1.0 - np.exp(-months[None, :] / c["onset"][:, None])
    gap = np.nan_to_num(baselines(patient) - 50.0, nan=0.0)
    means = np.stack([c["context_pain"], c["context_function"]]) + c["tau_context"] * setting
    return np.asarray(means[:, :, None] * rise + (c["slope"] * gap[:, None])[:, :, None])


def predict(
    mixture: Mixture,
    patient: Patient,
    month: Months,
    *,
    doses: tuple[MillionCells, ...] = DOSES,
    seed: int = 0,
) -> PatientDraws:
    """The draws of a patient at one month for every dose. NumPy alone; a few milliseconds."""
    n, grid, at = len(mixture), np.array(doses, float), np.array([month])
    noise = standard_normals(seed, 1, (5, n))
    m = multiplier(patient, deviations(n, seed))
    shape = mixture.shape(grid) * mixture.course(at)
    gain = np.stack([(effect * m)[:, None] * shape for effect in mixture.new_effect.T])
    sd = np.stack([RESIDUAL_SD[d].value(noise[k]) for k, d in enumerate(DOMAINS)])
    other = RESIDUAL_CORRELATION * noise[2] + np.sqrt(1 - RESIDUAL_CORRELATION**2) * noise[3]
    return PatientDraws(
        doses=grid,
        gain=gain,
        context=context_at(mixture, patient, at, noise[4])[:, :, 0],
        residual=sd * np.stack([noise[2], other]),
        comparator={c: mixture.comparator(c, at)[:, 0] for c in ("placebo", "ha", "corticosteroid")},
        baseline=baselines(patient),
        harm=harm_probability(mixture, grid, seed),
    )


def responders(draws: PatientDraws, patient: Patient, improved: list[Improved | None]) -> tuple[Array, Array]:
    """(doses,) P(OMERACT-OARSI responder) and P(undetermined) of individuals who improve by ``improved``.

    Patient global is not predicted (no evidence on it); where it could decide, the draw is undetermined.
    """
    gains = [found and found.points for found in improved]
    base: list[Points | None] = [float(b) if np.isfinite(b) else None for b in draws.baseline]
    verdict = responder(
        gains[0],
        gains[1],
        None,
        pain_baseline=base[0],
        function_baseline=base[1],
        global_baseline=patient.patient_global.severity if patient.patient_global else None,
    )
    return (verdict == 1).mean(axis=0), (verdict == 2).mean(axis=0)


_LEVELS = np.array([0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])


def bands(draws: Array) -> list[Band]:
    """One ``Band`` for each column of draws (n, k). Sorting contiguous rows is the fast way to seven
    quantiles.
    """
    rows = np.sort(np.ascontiguousarray(draws.T), axis=1)
    place = _LEVELS * (rows.shape[1] - 1)
    below = np.floor(place).astype(int)
    above, share = np.minimum(below + 1, rows.shape[1] - 1), place - below
    table = np.column_stack([rows.mean(axis=1), rows[:, below] * (1 - share) + rows[:, above] * share])
    return [Band(*row) for row in table.tolist()]


def trial_ages() -> tuple[Years, Years]:
    """Ages that the trials' means ± 2 SD cover; outside, a prediction is marked as extrapolated."""
    return 37.0, 77.0
