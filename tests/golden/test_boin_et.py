"""BOIN-ET against boinet 1.5.0: boundaries, and operating characteristics within Monte-Carlo error."""

import json
from pathlib import Path

import numpy as np
import pytest

from marrowdose.trial.designs.boin_et import BoinEt
from marrowdose.trial.designs.elimination import Elimination
from marrowdose.trial.designs.inefficacy import Inefficacy
from marrowdose.trial.escalation import simulate
from marrowdose.trial.models.boin_et_bounds import Rates, boundaries
from marrowdose.trial.rules import Design
from marrowdose.trial.truth import Truth

CASES = json.loads((Path(__file__).parent / "trials" / "boin_et.json").read_text())["cases"]
ESTIMATOR = {"obs.prob": "observed", "multi.iso": "unimodal"}
CRITERION = {"max.effprob": "efficacy", "utility.weighted": "weighted", "utility.scoring": "scored"}


def cases(kind: str):
    return [pytest.param(c["input"], c["expected"], id=c["id"]) for c in CASES if c["kind"] == kind]


@pytest.mark.parametrize("given,expected", cases("BOIN-ET_boundaries"))
def test_boundaries(given, expected) -> None:
    assert given["prior"] == pytest.approx([1 / 6] * 6)
    rates = Rates(
        target=given["phi"],
        safe=given["phi1"],
        toxic=given["phi2"],
        efficacy=given["delta"],
        idle=given["delta1"],
    )
    assert boundaries(rates, given["n"], given["grid"]) == (
        expected["lambda1"],
        expected["lambda2"],
        expected["eta1"],
    )


def same(share, p, trials: int, theirs: int) -> None:
    mean = (share * trials + p * theirs + 1) / (trials + theirs + 2)  # pooled: a share of 0 has an error too
    se = np.sqrt(mean * (1 - mean) * (1 / trials + 1 / theirs))
    assert (np.abs(share - p) <= 4 * se + 1e-3).all(), (share, p)  # their percentages have one decimal


@pytest.mark.parametrize("given,expected", cases("BOIN-ET_OC"))
def test_operating_characteristics(given, expected) -> None:
    part = BoinEt(
        target=given["phi"],
        efficacy=given["delta"],
        estimator=ESTIMATOR[given["estimator"]],
        criterion=CRITERION[given["obd"]],
    )
    design = Design(
        name="BOIN-ET",
        doses=tuple(range(1, 6)),
        cohort=given["cohort"],
        patients=given["cohort"] * given["ncohort"],
        propose=part,
        select=part,
        limits=(
            Elimination(target=given["phi"], least=1),
            Inefficacy(limit=part.rates.idle, cutoff=0.99, least=1),
        ),
    )
    truth = Truth(
        toxicity=tuple(given["tox"]), efficacy=tuple(given["eff"]), association=given["te_corr"]
    )
    trials = 2000
    runs = simulate(design, truth, trials, seed=3)
    share = np.bincount(runs.chosen[runs.chosen >= 0], minlength=5) / trials
    same(share, np.array(expected["select_pct"]) / 100, trials, given["nsim"])
    se = runs.treated.std(axis=0) * np.sqrt(1 / trials + 1 / given["nsim"])
    assert (np.abs(runs.treated.mean(axis=0) - expected["n"]) <= 4 * se + 0.05).all()
