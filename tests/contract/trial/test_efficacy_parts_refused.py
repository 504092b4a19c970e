"""Phase I/II parts refuse what cannot be meant, naming the field."""

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.files.toml import parse_document
from marrowdose.trial.dose_finding.file import design_from
from marrowdose.trial.dose_finding.mathematics import crm_planning as planning
from marrowdose.trial.dose_finding.mathematics import crm_posterior as crm
from marrowdose.trial.dose_finding.mathematics.desirability import Limits, Utilities, score_table
from marrowdose.trial.dose_finding.parts.limits.coherence import Coherence
from marrowdose.trial.dose_finding.parts.limits.inefficacy import Inefficacy
from marrowdose.trial.dose_finding.parts.toxicity_alone.crm import Crm
from marrowdose.trial.dose_finding.parts.toxicity_alone.gboin import GBoin
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_boin import (
    EliminationByTreated,
    TiteBoin,
    TooManyPending,
)
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_crm import TiteCrm
from marrowdose.trial.dose_finding.parts.with_efficacy.boin12 import Boin12
from marrowdose.trial.dose_finding.parts.with_efficacy.boin_et import BoinEt
from marrowdose.trial.dose_finding.parts.with_efficacy.efftox import EffTox
from marrowdose.trial.dose_finding.parts.with_efficacy.tepi import Tepi
from marrowdose.trial.dose_finding.parts.with_efficacy.tite_boin12 import TiteBoin12
from marrowdose.trial.dose_finding.parts.with_efficacy.u_boin import UBoin

OK = (0.05, 0.12, 0.25)
CONTOUR = (0.5, 0.65, 0.7, 0.25)
CUTS = (0.1, 0.2, 0.3)
BAD = [
    (lambda: Crm(target=0.25, skeleton=(0.1, 0.3, 0.2)), "skeleton"),
    (lambda: Crm(target=0.25, skeleton=(0.1, 0.1)), "skeleton"),
    (lambda: Crm(target=0.25, skeleton=(0.1, 1.0)), "skeleton"),
    (lambda: Crm(target=0.25, skeleton=()), "skeleton"),
    (lambda: Crm(target=1.2, skeleton=OK), "target"),
    (lambda: Crm(target=float("nan"), skeleton=OK), "target"),
    (lambda: Crm(target=0.25, skeleton=OK, prior_sd=0), "prior_sd"),
    (lambda: Crm(target=0.25, skeleton=OK, model="probit"), "model"),
    (lambda: Crm(target=0.25, skeleton=OK, model="logistic", intercept=-2), "intercept"),
    (lambda: TiteCrm(target=0, skeleton=OK), "target"),
    (lambda: TiteBoin(target=0.25, safe=0.3), "safe"),
    (lambda: TiteBoin(target=0.25, toxic=0.2), "toxic"),
    (lambda: TooManyPending(share=1.5), "share"),
    (lambda: EliminationByTreated(target=0.2, least=0), "least"),
    (lambda: Coherence(target=2), "target"),
    (lambda: Boin12(toxicity_limit=0.3, efficacy_limit=0.25, neither=101), "neither"),
    (lambda: Boin12(toxicity_limit=1.3, efficacy_limit=0.25), "toxicity"),
    (lambda: Boin12(toxicity_limit=0.3, efficacy_limit=0.25, enough=0), "enough"),
    (lambda: TiteBoin12(toxicity_limit=0.3, efficacy_limit=0.0), "efficacy"),
    (lambda: UBoin(toxicity_limit=0.3, efficacy_limit=0.25, learn=0), "learn"),
    (lambda: BoinEt(target=0.3, efficacy=0.6, safe=0.4), "safe, target, toxic"),
    (lambda: BoinEt(target=0.3, efficacy=0.6, idle=0.7), "idle, efficacy"),
    (lambda: BoinEt(target=0.3, efficacy=0.6, criterion="best"), "criterion"),
    (lambda: Tepi(toxicity_cuts=(0.3, 0.2, 0.1), efficacy_cuts=CUTS), "toxicity_cuts"),
    (lambda: Tepi(toxicity_cuts=CUTS, efficacy_cuts=(0.1, 0.2)), "efficacy_cuts"),
    (lambda: Inefficacy(limit=0), "limit"),
    (lambda: GBoin(target=-1.0), "target"),
    (lambda: GBoin(target=1.0, low=2.0), "low"),
    (lambda: GBoin(target=0.3, endpoint="ordinal"), "endpoint"),
    (lambda: EffTox(toxicity_limit=0.3, efficacy_limit=0.5, contour=(0.7, 0.65, 0.5, 0.25)), "between"),
    (lambda: EffTox(toxicity_limit=0.3, efficacy_limit=0.5, contour=CONTOUR, precision=3), "precision"),
    (lambda: EffTox(toxicity_limit=0.3, efficacy_limit=0.5, contour=CONTOUR).model((0.0, 10.0)), "doses"),
    (
        lambda: EffTox(toxicity_limit=0.3, efficacy_limit=0.5, contour=CONTOUR, association=(0, 0)),
        "association",
    ),
    (lambda: planning.skeleton(0.25, 0.3, 2, 5), "halfwidth"),
    (lambda: planning.skeleton(0.25, 0.05, 5, 5), "prior_dose"),
    (lambda: planning.skeleton(0.25, 0.05, 1, float("inf")), "doses"),
    (lambda: planning.skeleton(0.25, 0.05, 1, 4, model="logistic", intercept=float("nan")), "intercept"),
    (lambda: planning.sample_size(0.6, 0.25, 10**9, 1.8), "doses"),
    (lambda: crm.posterior(planning.Curves(skeleton=OK), 1.0, [[3, float("nan"), 0]], [[0, 0, 0]]), "safe"),
    (lambda: crm.posterior(planning.Curves(skeleton=OK), 1.0, [[3, 0, 0]], [[0, -1, 0]]), "toxic"),
    (lambda: planning.sample_size(0.1, 0.25, 5, 1.8), "accuracy"),
    (lambda: planning.sample_size(0.6, 0.25, 5, 1.0), "odds_ratio"),
    (lambda: crm.weights(np.array([[-1.0]]), np.array([[False]]), 6), "followed"),
    (lambda: crm.weights(np.array([[1.0]]), np.array([[False]]), 0), "window"),
    (
        lambda: crm.maximum_likelihood(planning.Curves(skeleton=OK), np.array([[3, 0, 0]]), np.zeros((1, 3))),
        "method",
    ),
    (
        lambda: score_table(Utilities(neither=30, both=30), Limits(toxicity=0.3, efficacy=0.3), [3]),
        "utilities",
    ),
]


@pytest.mark.parametrize("make,field", BAD, ids=[f"{i}-{f}" for i, (_, f) in enumerate(BAD)])
def test_refused(make, field) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert caught.value.where == field
    assert caught.value.what


FILE = """
[design]
name = "x"
doses = [10, 25, 50]
cohort = 3
patients = 18
[propose]
kind = "crm"
target = 0.25
skeleton = {skeleton}
[select]
kind = "crm"
"""


def test_a_skeleton_of_another_length_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match="2 prior guesses for 3 doses") as caught:
        design_from(parse_document(FILE.format(skeleton="[0.1, 0.3]"), "x.toml"))
    assert "10" in caught.value.where


def test_a_part_that_is_named_alone_chooses_too() -> None:
    found = design_from(parse_document(FILE.format(skeleton="[0.1, 0.3, 0.4]"), "x.toml"))
    assert found.select is found.propose
