"""Which dose do designs choose where toxicity is low (1–5 %) and efficacy rises, levels off, falls or is
level?

All designs meet the same virtual patients.
Run: python validation/models_and_efficacy/toxicity_alone.py [TRIALS]
"""

from __future__ import annotations

import sys

import numpy as np

from marrowdose.trial.dose_finding.design import Design
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic
from marrowdose.trial.dose_finding.parts.limits.no_skipping import NoSkipping
from marrowdose.trial.dose_finding.parts.toxicity_alone.boin import Boin
from marrowdose.trial.dose_finding.parts.toxicity_alone.crm import Crm
from marrowdose.trial.dose_finding.parts.toxicity_alone.keyboard import Keyboard
from marrowdose.trial.dose_finding.parts.with_efficacy.boin12 import Boin12
from marrowdose.trial.dose_finding.parts.with_efficacy.boin_et import BoinEt
from marrowdose.trial.dose_finding.parts.with_efficacy.efftox import EffTox
from marrowdose.trial.dose_finding.parts.with_efficacy.u_boin import UBoin
from marrowdose.trial.dose_finding.rules import Propose, Select
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates

DOSES = (10.0, 25.0, 50.0, 100.0, 150.0)
TOXICITY = (0.01, 0.02, 0.03, 0.04, 0.05)
EFFICACY = {
    "rises": (0.3, 0.4, 0.5, 0.6, 0.7),
    "levels off": (0.3, 0.5, 0.65, 0.65, 0.65),
    "falls": (0.3, 0.5, 0.65, 0.5, 0.35),
    "level": (0.6, 0.6, 0.6, 0.6, 0.6),
}
MARGIN = 0.05


def design(name: str, propose: Propose, select: Select | None = None) -> Design:
    chooser = propose if select is None else select
    assert isinstance(chooser, Select)
    limits = (Elimination(target=0.25), NoSkipping())
    return Design(
        name=name, doses=DOSES, cohort=3, patients=36, propose=propose, select=chooser, limits=limits
    )


DESIGNS = (
    design("BOIN", Boin(target=0.25), Isotonic(target=0.25)),
    design("Keyboard", Keyboard(target=0.25), Isotonic(target=0.25)),
    design("CRM", Crm(target=0.25, skeleton=(0.05, 0.12, 0.25, 0.4, 0.55))),
    design("U-BOIN", UBoin(toxicity_limit=0.25, efficacy_limit=0.3)),
    design("BOIN12", Boin12(toxicity_limit=0.25, efficacy_limit=0.3)),
    design("BOIN-ET", BoinEt(target=0.25, efficacy=0.6)),
    design(
        "EffTox",
        EffTox(
            toxicity_limit=0.25,
            efficacy_limit=0.3,
            contour=(0.4, 0.6, 0.6, 0.2),
            toxicity_intercept=(-3.0, 1.5),
            toxicity_slope=(0.8, 1.0),
            efficacy_intercept=(0.0, 1.5),
            efficacy_slope=(0.5, 1.0),
            efficacy_curvature=(0.0, 1.0),
            precision=9,
        ),
    ),
)


def main(trials: int) -> None:
    for shape, efficacy in EFFICACY.items():
        truth, rates = TrueRates(toxicity=TOXICITY, efficacy=efficacy), np.array(efficacy)
        least = int(np.argmax(rates >= rates.max() - MARGIN))
        print(
            f"\nefficacy {shape} {efficacy}: smallest dose within {MARGIN:g} of the best is"
            f" {DOSES[least]:g} M"
        )
        print(
            "design      10 M   25 M   50 M  100 M  150 M   none | within margin | smallest such | patients"
            " there"
        )
        for plan in DESIGNS:
            number = trials if plan.name != "EffTox" else max(trials // 10, 1)
            runs = simulate(plan, truth, number, seed=1)
            share = 100 * np.bincount(runs.chosen + 1, minlength=6) / number
            good = share[1:][rates >= rates.max() - MARGIN].sum()
            said = " ".join(f"{s:6.1f}" for s in (*share[1:], share[0]))
            error = 50 / np.sqrt(number)
            print(
                f"{plan.name:9s} {said} | {good:13.1f} | {share[1 + least]:13.1f} |"
                f" {runs.treated[:, least].mean():6.1f}   (± {error:.1f} at most)"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
