"""What this patient's own later scores change: Gaussian conditioning on draws.

For each draw the mean course is known and the patient's deviation ε(t) is Gaussian with serial correlation;
draws are reweighted by how well they foretold the scores, and ε is conditioned on them. Later predictions
narrow.
"""

from __future__ import annotations

import numpy as np

from ..domain import DOMAINS, FollowUpRow, Patient
from ..outcomes import INSTRUMENTS
from ..synthesis.fit import Mixture
from ..synthesis.persons import RESIDUAL_CORRELATION, RESIDUAL_SD, SERIAL_CORRELATION, standard_normals
from ..units import Array, MillionCells, Months
from .predict import bands, baselines, context_at, deviations, multiplier


def mean_course(mixture: Mixture, patient: Patient, dose: MillionCells, months: Array, seed: int) -> Array:
    """(2, n, months) expected improvement of each draw at the dose that was given."""
    n = len(mixture)
    noise = standard_normals(seed, 1, (5, n))
    m = multiplier(patient, deviations(n, seed))
    shape = mixture.shape(np.array([dose]))
    gain = (mixture.new_effect * m[:, None]).T[:, :, None] * (shape * mixture.course(months))[None]
    return np.asarray(context_at(mixture, patient, months, noise[4]) + gain)


def deviation_covariance(months: Array, domain: Array) -> Array:
    """(k, k) covariance of one patient's deviations at given months and domains (index into ``DOMAINS``)."""
    sd = np.array([RESIDUAL_SD[d].loc for d in DOMAINS])[domain]
    serial = SERIAL_CORRELATION ** (np.abs(months[:, None] - months) / 6.0)
    cross = np.where(domain[:, None] == domain, 1.0, RESIDUAL_CORRELATION)
    return np.asarray(np.outer(sd, sd) * serial * cross)


def condition(means: Array, observed: Array, covariance: Array) -> tuple[Array, Array]:
    """Weights (n,) of draws with observed values (k,), and the residuals (n, k) left to explain.

    ``means`` (n, k) what each draw foretold, ``covariance`` (k, k) of the patient's deviations.
    """
    residual = observed - means
    quad = (residual * np.linalg.solve(covariance, residual.T).T).sum(axis=1)
    weight = np.exp(-0.5 * (quad - quad.min()))
    return weight / weight.sum(), residual


def follow_up(
    mixture: Mixture, patient: Patient, goal_month: Months, seed: int = 0
) -> tuple[FollowUpRow, ...]:
    """Severity-improvement bands at later months before and after this patient's measured scores.

    Empty without follow-up. Months: the goal's, 12 and 24, as far as they lie after the last measurement.
    """
    if not patient.follow_up or patient.treated_dose is None:
        return ()
    base, rng = baselines(patient), np.random.default_rng([seed, 4])
    seen_month = np.array([m.month for m in patient.follow_up])
    seen_domain = np.array(
        [
            DOMAINS.index("pain" if INSTRUMENTS[m.instrument].measures == "pain" else "function")
            for m in patient.follow_up
        ]
    )
    observed = base[seen_domain] - np.array([m.severity for m in patient.follow_up])
    ahead = sorted({m for m in (goal_month, 12.0, 24.0) if m > seen_month.max()})
    if not ahead:
        return ()
    months = np.array(ahead)
    all_months = np.unique(np.concatenate([seen_month, months]))
    means = mean_course(mixture, patient, patient.treated_dose, all_months, seed)
    at = np.searchsorted(all_months, seen_month)
    weights, residual = condition(
        np.stack([means[q, :, k] for q, k in zip(seen_domain, at, strict=True)], axis=1),
        observed,
        deviation_covariance(seen_month, seen_domain),
    )
    pick = rng.choice(len(weights), len(weights), p=weights)
    rows = []
    for q, domain in enumerate(DOMAINS):
        if not np.isfinite(base[q]):
            continue
        for month in months:
            k = int(np.searchsorted(all_months, month))
            full = deviation_covariance(np.append(seen_month, month), np.append(seen_domain, q))
            inside, cross, own = full[:-1, :-1], full[-1, :-1], full[-1, -1]
            gain = np.linalg.solve(inside, cross)
            noise = rng.standard_normal(len(weights))
            before = means[q, :, k] + np.sqrt(own) * noise
            spread = np.sqrt(max(0.0, own - cross @ gain))
            after = means[q, pick, k] + residual[pick] @ gain + spread * noise
            kept = np.clip(np.column_stack([before, after]), base[q] - 100.0, base[q])
            first, second = bands(kept)
            rows.append(FollowUpRow(month=float(month), domain=domain, before=first, after=second))
    return tuple(rows)
