"""CPU seconds of simulating CRM, BOIN12 and EffTox trials, against one-at-a-time references in the same run.

The references do what the R packages do for each decision, in plain Python: adaptive integration (dfcrm), a
Beta probability for each neighbour (escalation), and a random-walk Metropolis chain (trialr samples by HMC).
They make a few trials only; their time is scaled to the same number.
Run: python benchmarks/models_and_efficacy.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.integrate import quad
from scipy.stats import beta

from marrowdose.trial.dose_finding.design import Design
from marrowdose.trial.dose_finding.mathematics.efftox_posterior import Model
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.one_step_up import OneStepUp
from marrowdose.trial.dose_finding.parts.toxicity_alone.crm import Crm
from marrowdose.trial.dose_finding.parts.with_efficacy.boin12 import Boin12
from marrowdose.trial.dose_finding.parts.with_efficacy.efftox import EffTox
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates

DOSES = (10.0, 25.0, 50.0, 100.0, 150.0)
TRUTH = TrueRates(toxicity=(0.02, 0.04, 0.08, 0.15, 0.25), efficacy=(0.2, 0.4, 0.6, 0.6, 0.55))
CRM = Crm(target=0.25, skeleton=(0.05, 0.12, 0.25, 0.4, 0.55))
BOIN12 = Boin12(toxicity_limit=0.35, efficacy_limit=0.25)
EFFTOX = EffTox(toxicity_limit=0.3, efficacy_limit=0.5, contour=(0.5, 0.65, 0.7, 0.25))


def cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def design(name: str, part: Crm | Boin12 | EffTox, patients: int, **more: object) -> Design:
    return Design(name=name, doses=DOSES, cohort=3, patients=patients, propose=part, select=part, **more)  # type: ignore[arg-type]


def crm_decision() -> None:
    """One decision after ten cohorts, as dfcrm makes it: two adaptive integrals of a patient-by-patient
    product.
    """
    level, tox = np.repeat([0, 1, 2, 2, 3, 2, 3, 3, 2, 3], 3), np.arange(30) % 7 == 3
    p = np.array(CRM.skeleton)[level]

    def density(b: float, power: int) -> float:
        q = p ** np.exp(b)
        return float(b**power * np.exp(-(b**2) / 2 / 1.34) * np.prod(np.where(tox, q, 1 - q)))

    total = quad(density, -np.inf, np.inf, args=(0,))[0]
    mean = quad(density, -np.inf, np.inf, args=(1,))[0] / total
    np.abs(np.array(CRM.skeleton) ** np.exp(mean) - 0.25).argmin()


def boin12_decision() -> None:
    """One decision as escalation makes it: Beta probabilities of three doses, from patient rows."""
    rows = np.array([(j % 5, j % 7 == 0, j % 2 == 0) for j in range(36)])
    for dose in range(3):
        of = rows[rows[:, 0] == dose]
        n, t, e = len(of), of[:, 1].sum(), of[:, 2].sum()
        beta.sf(0.35, 1 + t, 1 + n - t)
        beta.cdf(0.25, 1 + e, 1 + n - e)
        x = (40 * (n - t) + 60 * e) / 100
        beta.sf(BOIN12.benchmark, 1 + x, 1 + n - x)


def efftox_decision(draws: int = 2000) -> None:
    """One decision by a Metropolis chain over the six parameters, as short as one could defend."""
    model: Model = EFFTOX.model(DOSES)
    x, rng = model.codes, np.random.default_rng(0)
    n, t, e = np.array([3, 3, 12, 9, 9]), np.array([0, 0, 1, 1, 2]), np.array([1, 1, 8, 5, 5])
    priors = np.array([getattr(model.priors, k) for k in model.priors.__dataclass_fields__])

    def log_density(theta: np.ndarray) -> float:
        a = theta[0] + theta[1] * x
        b = theta[2] + theta[3] * x + theta[4] * x**2
        fit = (t * a - n * np.logaddexp(0, a) + e * b - n * np.logaddexp(0, b)).sum()
        return float(fit - 0.5 * (((theta - priors[:, 0]) / priors[:, 1]) ** 2).sum())

    at = priors[:, 0].copy()
    now = log_density(at)
    for _ in range(draws):
        new = at + 0.3 * priors[:, 1] * rng.normal(size=6)
        value = log_density(new)
        if np.log(rng.random()) < value - now:
            at, now = new, value


def main() -> None:
    rows = (
        ("CRM", design("CRM", CRM, 30, limits=(OneStepUp(),)), 1000, 10, crm_decision, 20),
        (
            "BOIN12",
            design("BOIN12", BOIN12, 36, limits=(Elimination(target=0.35),)),
            10_000,
            12,
            boin12_decision,
            50,
        ),
        ("EffTox", design("EffTox", EFFTOX, 36), 1000, 12, efftox_decision, 3),
    )
    print("design     trials  CPU s   reference CPU s   ratio   distinct final states")
    for name, plan, trials, cohorts, decision, repeats in rows:
        simulate(plan, TRUTH, 2, seed=1)  # imports, compiled streams and tables
        found = []
        ours = cpu(
            lambda plan=plan, trials=trials, found=found: found.append(simulate(plan, TRUTH, trials, seed=2))
        )  # type: ignore[misc]
        decision()
        one = cpu(lambda decision=decision, repeats=repeats: [decision() for _ in range(repeats)]) / repeats  # type: ignore[misc]
        theirs = one * cohorts * trials
        states = len(np.unique(np.concatenate([found[0].treated, found[0].toxic], axis=1), axis=0))
        print(f"{name:8s} {trials:8d} {ours:7.3f} {theirs:14.1f} {theirs / ours:11.0f} {states:12d}")


if __name__ == "__main__":
    main()
