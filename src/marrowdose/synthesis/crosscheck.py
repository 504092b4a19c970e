"""The frequentist curve beside the Bayesian one, on the same contrasts: where do they disagree?

At one month every study gives the contrasts of pain (or of its composite) against its control, less what the
comparators and the imbalance at baseline are expected to bring, with their sampling covariance. ``drma`` fits
curves to them by maximum likelihood, without priors on the effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..curves import curves
from ..domain import Domain
from ..errors import InputError
from ..evidence.contrasts import Analysis, select
from ..evidence.tables import Evidence
from ..statistics.meta import Effects, Fitting, StudyEffects, fit_studies
from ..units import MillionCells, Months, Points
from .fit import Fit
from .model import Model, moments
from .network import build
from .population import dose_response

DOSES: tuple[MillionCells, ...] = (10.0, 25.0, 50.0, 100.0, 150.0)
SHAPES = ("linear", "quadratic", "emax")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One frequentist curve at one dose beside the Bayesian average: 95 % intervals, and whether they
    part.
    """

    curve: str
    dose: MillionCells
    effect: Points
    low: Points
    high: Points
    bayes: Points
    bayes_low: Points
    bayes_high: Points
    agrees: bool  # the frequentist estimate lies inside the Bayesian interval


def month_effects(evidence: Evidence, domain: Domain, month: Months) -> list[StudyEffects]:
    """Adjusted contrasts of every study at one month, with their covariance."""
    network = build(select(evidence, Analysis()).contrasts, (domain,))
    typical = Model(network, curves()["null"])
    p = {k: np.asarray(v) for k, v in typical.parameters(np.zeros(typical.dim)).items()}
    p |= {"tau": np.asarray(0.0), "gamma": np.asarray(0.0)}
    found = []
    for s in network.studies:
        expected, covariance = moments(typical, s, p)
        at = np.flatnonzero(s.month == month)
        if len(at):
            effects = Effects(s.y[at] - expected[at], covariance[np.ix_(at, at)])
            found.append(StudyEffects(name=s.name, reference=0.0, doses=s.treated.dose[at], effects=effects))
    return found


def cross_check(
    fit: Fit, evidence: Evidence, domain: Domain = "pain", month: Months = 12.0
) -> tuple[list[Comparison], list[str]]:
    """Every comparison, and the curves that could not be fitted with the reason."""
    studies = month_effects(evidence, domain, month)
    bayes = dose_response(fit, domain, month)
    at = [int(np.flatnonzero(bayes.doses == d)[0]) for d in DOSES]
    rows, failed = [], []
    for name in SHAPES:
        try:
            points = fit_studies(studies, name, fitting=Fitting(method="ml", structure="id")).predict(DOSES)
        except InputError as problem:
            failed.append(f"{name}: {problem}")
            continue
        for k, i in enumerate(at):
            low, high = float(bayes.quantiles[0, i]), float(bayes.quantiles[6, i])
            rows.append(
                Comparison(
                    curve=name,
                    dose=DOSES[k],
                    effect=float(points.effect[k]),
                    low=float(points.low[k]),
                    high=float(points.high[k]),
                    bayes=float(bayes.mean[i]),
                    bayes_low=low,
                    bayes_high=high,
                    agrees=bool(low <= points.effect[k] <= high),
                )
            )
    return rows, failed
