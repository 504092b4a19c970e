"""Longitudinal truths as chances of response and harm: as the simulated patients of longitudinal trials have
them.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.synthesis.fit import shipped_fit
from marrowdose.trial.by_dose import Draws, drawn_truth
from marrowdose.trial.dose_finding.characteristics import characteristics, per_trial
from marrowdose.trial.dose_finding.file import read_design
from marrowdose.trial.dose_finding.paths import all_paths
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_ranging.persons import Reality, draw_persons, follow
from marrowdose.trial.truths.harm import Harm
from marrowdose.trial.truths.named import Named, truth_of
from marrowdose.trial.truths.truth import posterior

TEMPLATES = files("marrowdose").joinpath("trial/templates")
DESIGN = read_design(str(TEMPLATES.joinpath("escalation.toml")))[0]
OBD = read_design(str(TEMPLATES.joinpath("obd.toml")))[0]


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("posterior", "local"),
        ("posterior", "serious"),
        ("knee", "serious"),
        ("plateau", "serious"),
        ("posterior-mean", "local"),
    ],
)
def test_the_chances_are_the_shares_among_simulated_patients(name: str, harm: Harm) -> None:
    trials, doses, people = np.arange(200), (10.0, 100.0), 400
    draws = Draws(named=Named(name), doses=doses, month=6.0, responder=20.0, seed=3, harm=harm)
    chances, truth, reality = draws(trials), truth_of(name, seed=3, harm=harm), Reality()
    met = draw_persons(truth, reality, trials, people, (6.0,), 3)
    assert chances.efficacy is not None
    for k, dose in enumerate(doses):
        course = follow(truth, reality, met, np.full((len(trials), people), dose), (6.0,))
        responded = (course.improvement[..., 0] >= 20).mean(axis=1)
        for seen, told in (
            (responded, chances.efficacy[:, k]),
            (course.harmed.mean(axis=1), chances.toxicity[:, k]),
        ):
            error = np.sqrt(np.mean(told * (1 - told)) / (people * len(trials)))
            assert np.mean(seen - told) == pytest.approx(0, abs=4 * error + 1e-3)  # 16 nodes: within 0.001
            assert np.all(np.abs(seen - told) < 5 * np.sqrt(told * (1 - told) / people) + 0.02)


def test_trial_i_has_one_truth_whatever_the_design_and_the_piece() -> None:
    whole = simulate(DESIGN, drawn_truth(Named("posterior"), DESIGN, seed=4), 60, seed=4)
    late = pickle.loads(
        pickle.dumps(Draws(named=Named("posterior"), doses=DESIGN.doses, month=6.0, responder=20.0, seed=4))
    )(np.arange(40, 60))
    assert whole.true_toxicity is not None
    assert np.array_equal(whole.true_toxicity[40:], late.toxicity)
    harm = posterior(shipped_fit(), seed=4, harm="serious").harm(np.arange(60), np.array(OBD.doses))
    assert np.allclose(harm[:, OBD.doses.index(10)], whole.true_toxicity[:, DESIGN.doses.index(10)])


def test_a_narrow_posterior_is_its_mean() -> None:
    """Patients treated follow their own trial's chances: events agree with the sum of the chances."""
    truth = drawn_truth(Named("posterior"), DESIGN, seed=1)
    runs = simulate(DESIGN, truth, 4000, seed=1)
    assert runs.true_toxicity is not None
    assert runs.true_efficacy is not None
    assert runs.effective is not None
    for seen, chance in ((runs.toxic, runs.true_toxicity), (runs.effective, runs.true_efficacy)):
        expected, spread = runs.treated * chance, np.sqrt((runs.treated * chance * (1 - chance)).sum())
        assert abs(seen.sum() - expected.sum()) < 4 * spread
    assert truth.toxicity == pytest.approx(runs.true_toxicity.mean(axis=0), abs=1e-12)


def test_right_and_overdosed_are_judged_by_the_truth_of_each_trial() -> None:
    truth = drawn_truth(Named("posterior"), DESIGN, harm="local")  # serious events seldom exceed any limit
    runs = simulate(DESIGN, truth, 300)
    assert runs.true_toxicity is not None
    assert runs.true_efficacy is not None
    found = per_trial(DESIGN, truth, runs, margin=0.05)
    for i in range(300):  # one at a time, in words
        safe = [j for j in range(3) if runs.true_toxicity[i, j] <= 0.2]
        best = max((runs.true_efficacy[i, j] for j in safe), default=0)
        good = [j for j in safe if runs.true_efficacy[i, j] >= best - 0.05]
        assert np.asarray(found["right"])[i] == (runs.chosen[i] in good if good else runs.chosen[i] < 0)
        above = sum(runs.treated[i, j] for j in range(3) if j not in safe)
        assert np.asarray(found["overdosed"])[i] == above / max(runs.treated[i].sum(), 1)
    told = characteristics(DESIGN, truth, runs)
    assert told.right_doses is None
    assert told.true_toxicity_10_90 is not None
    assert all(
        low < mean < high for (low, high), mean in zip(told.true_toxicity_10_90, truth.toxicity, strict=True)
    )


def test_the_month_and_the_threshold_are_those_asked() -> None:
    def rate(design: object, points: float) -> float:
        return drawn_truth(Named("plateau"), design, responder=points).efficacy[-1]  # type: ignore[arg-type,index]

    later = replace(OBD, timing=replace(OBD.timing, efficacy_window=24.0))
    assert rate(OBD, 20) < rate(later, 20)  # a preset builds up
    assert rate(OBD, 20) < rate(OBD, 10)
    with pytest.raises(InputError, match="responder"):
        rate(OBD, 0)
    assert drawn_truth(Named("plateau"), OBD).draws is None
    with pytest.raises(InputError, match="a truth for each trial"):
        all_paths(DESIGN, drawn_truth(Named("posterior"), DESIGN))
