"""Each estimand under each way to leave: biased where theory says so and in that direction, and nowhere
else.
"""

from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from marrowdose.files.toml import parse_document
from marrowdose.statistics.mcpmod import Candidate, make_shape
from marrowdose.trial.dose_ranging.analyses.mcpmod import ContrastAnalysis
from marrowdose.trial.dose_ranging.characteristics import RangingCharacteristics, characteristics
from marrowdose.trial.dose_ranging.design import Ranging
from marrowdose.trial.dose_ranging.file import read_ranging
from marrowdose.trial.dose_ranging.persons import ESTIMANDS, Reality, draw_persons
from marrowdose.trial.dose_ranging.simulate import simulate
from marrowdose.trial.dose_ranging.true_estimand import OWN, true_estimand
from marrowdose.trial.truths.named import preset

RESCUE = dict(rescue=0.5, rescue_below=8.0, rescue_gain=10.0)
AT_RANDOM = {
    "nobody": {},
    "completely at random": dict(lost=0.3),
    "at random": dict(lost=0.3, lost_log_odds=0.6),
}
LACK_OF_EFFECT = dict(leave=0.5, leave_below=10.0)
DOSES, MONTHS = (0.0, 50.0), (3.0, 6.0, 12.0)


def found(estimand, trials=400, **reality) -> RangingCharacteristics:
    line = Candidate(label="linear", shape=make_shape("linear", 50.0), guess=())
    analysis = ContrastAnalysis(doses=DOSES, candidates=(line,), looks=())
    design = Ranging(
        name="two arms",
        doses=DOSES,
        visits=MONTHS,
        patients=200,
        allocation=(1.0, 1.0),
        analysis=analysis,
        estimand=estimand,
        reality=Reality(**RESCUE | reality),
    )
    return characteristics(simulate(design, preset("plateau"), trials, seed=3), margin=2.0, looks=1)


@pytest.mark.parametrize("leaving", AT_RANDOM)
@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_no_bias_where_who_leaves_depends_on_what_was_seen(estimand, leaving):
    """Within 4 Monte-Carlo errors, and intervals that hold the truth in 95 % within 4 errors."""
    told = found(estimand, **AT_RANDOM[leaving])
    bias, coverage = told.bias[0], told.coverage[0]
    assert abs(bias.value) < 4 * bias.monte_carlo_se
    assert abs(coverage.value - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 400)


@pytest.mark.parametrize("estimand", ["treatment policy", "hypothetical"])
def test_leaving_for_lack_of_effect_hides_benefit(estimand):
    """Placebo loses more of its bad scores, unseen: the benefit is underestimated, and intervals miss it more
    often.
    """
    told = found(estimand, **LACK_OF_EFFECT)
    assert told.bias[0].value < -4 * told.bias[0].monte_carlo_se
    assert told.coverage[0].value < 0.95


def test_leaving_for_lack_of_effect_is_no_bias_where_it_counts_as_failure():
    told = found("composite", **LACK_OF_EFFECT)
    assert abs(told.bias[0].value) < 4 * told.bias[0].monte_carlo_se


def test_targets_are_ordered_as_theory_says():
    """Rescue draws the arms together; leaving dilutes responders in proportion; the hypothetical one is the
    effect.
    """
    policy, free, responders = (found(e, trials=100) for e in ESTIMANDS)
    assert free.target[0].value == pytest.approx(free.true_benefit[0].value, abs=1e-9)
    assert policy.target[0].value < free.target[0].value - 0.5
    lost = found("composite", trials=100, lost=0.3)
    pair = responders.target[0].value, lost.target[0].value
    assert pair[1] == pytest.approx(
        0.7 * pair[0], abs=4 * (lost.target[0].monte_carlo_se + responders.target[0].monte_carlo_se)
    )
    harmful = found("treatment policy", trials=100, rescue_gain=-10.0)  # a rescue that hurts parts the arms
    assert harmful.target[0].value > free.target[0].value


def test_products_that_cannot_be_made_dilute_every_estimand():
    truth, trials = preset("plateau"), np.arange(200)
    for estimand in ("treatment policy", "hypothetical"):
        reality = Reality(failure=0.2)
        people = draw_persons(truth, reality, trials, 100, MONTHS, 5)
        target = true_estimand(truth, reality, people, DOSES, MONTHS, estimand)[:, 0]
        full = truth.benefits(trials, DOSES[1:], 12.0)[:, 0]
        assert target == pytest.approx(full * (1 - people.unmade.mean(axis=1)))


def test_a_share_of_responders_is_told_by_twice_the_patients():
    """Weights that make the variance of estimate less target that of the estimate: w² + (1 − w)² = 2w."""
    assert abs(OWN**2 + (1 - OWN) ** 2 - 2 * OWN) < 1e-12
    truth, trials, reality = preset("plateau"), np.arange(20), Reality(lost=0.2)
    everybody = draw_persons(truth, reality, trials, 60, MONTHS, 5)
    both = true_estimand(truth, reality, everybody, DOSES, MONTHS, "composite", 30)
    own = draw_persons(truth, reality, trials, 30, MONTHS, 5)  # the first 30 are the same persons
    first = true_estimand(truth, reality, own, DOSES, MONTHS, "composite")
    whole = true_estimand(truth, reality, everybody, DOSES, MONTHS, "composite")
    assert both == pytest.approx(OWN * first + (1 - OWN) * (2 * whole - first))


def test_without_rescue_and_failures_treatment_policy_is_hypothetical():
    truth, trials = preset("plateau"), np.arange(20)
    reality = Reality(dose_cv=0.3, batch_sd=0.3)
    people = draw_persons(truth, reality, trials, 50, MONTHS, 5)
    both = [
        true_estimand(truth, reality, people, DOSES, MONTHS, e) for e in ("treatment policy", "hypothetical")
    ]
    assert np.array_equal(*both)


def test_the_extension_has_five_years_of_numbers():
    """Losses near those stated, no bias but by lack of effect, five years more."""
    text = files("marrowdose").joinpath("trial/templates/extension.toml").read_text(encoding="utf-8")
    design = read_ranging(parse_document(text, "extension")).design
    told = {}
    for leave in (0.0, 0.6):
        reality = replace(design.reality, leave=leave, lost_log_odds=0.0)
        told[leave] = characteristics(
            simulate(replace(design, reality=reality), preset("plateau"), 300, seed=2), margin=2.0, looks=1
        )
    calm, gone = told[0.0], told[0.6]
    assert calm.lost.value == pytest.approx(240 * (1 - 0.94**5), abs=4 * calm.lost.monte_carlo_se)
    assert gone.lost.value > calm.lost.value + 20
    assert all(abs(b.value) < 4 * b.monte_carlo_se for b in calm.bias)
    assert all(b.value < -4 * b.monte_carlo_se for b in gone.bias)
    assert calm.months.value == pytest.approx(
        60 + 239 / design.reality.per_month, abs=4 * calm.months.monte_carlo_se
    )
