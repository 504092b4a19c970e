"""What the page of compared designs tells: the true response at the dose chosen, and what is right."""

from __future__ import annotations

from importlib.resources import files
from math import sqrt

import numpy as np
import pytest

from marrowdose.report.trial.dose_finding.comparison import (
    response_chosen,
    rightness,
    sentences,
    truth_rows,
)
from marrowdose.trial.by_dose import drawn_truth
from marrowdose.trial.dose_finding.characteristics import characteristics
from marrowdose.trial.dose_finding.file import read_design
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates
from marrowdose.trial.run import ComparedFinding
from marrowdose.trial.truths.named import Named

DESIGN = read_design(str(files("marrowdose").joinpath("trial/templates/escalation.toml")))[0]


def compared(truth: TrueRates) -> tuple[ComparedFinding, np.ndarray]:
    runs = simulate(DESIGN, truth, 400)
    found = characteristics(DESIGN, truth, runs)
    return ComparedFinding(designs=(DESIGN,), truths=(truth,), found=(found,), differences=()), runs.chosen


def test_the_response_at_the_dose_chosen_is_the_mean_over_trials() -> None:
    truth = TrueRates(toxicity=(0.2, 0.3, 0.5), efficacy=(0.3, 0.5, 0.9), without=0.1, name="toxic")
    one, chosen = compared(truth)
    each = np.array([0.3, 0.5, 0.9, 0.1])[chosen]  # −1: none
    assert (chosen < 0).any()
    told = response_chosen(one, 0)
    assert told is not None
    assert told.value == pytest.approx(each.mean())
    four_more = np.append(each, [0.3, 0.5, 0.9, 0.1])
    assert told.monte_carlo_se == pytest.approx(four_more.std() / sqrt(len(each)))
    assert (
        f"the true response at the dose chosen is {100 * each.mean():.1f} % (A), at best 90.0 %"
        in sentences([one])[-1]
    )
    assert truth_rows(one) == [
        ["", "1 M", "10 M", "50 M", "without cells"],
        ["true toxicity", "20 %", "30 %", "50 %", ""],
        ["true response", "30 %", "50 %", "90 %", "10 %"],
        ["right", "yes", "", "", ""],
    ]


def test_it_is_not_told_where_it_is_not_known() -> None:
    for truth in (
        TrueRates(toxicity=(0.2, 0.3, 0.5)),
        TrueRates(toxicity=(0.2, 0.3, 0.5), efficacy=(0.3, 0.5, 0.9)),  # unsaid: without a dose
        drawn_truth(Named("posterior"), DESIGN),
    ):
        one, _ = compared(truth)
        assert response_chosen(one, 0) is None
        assert "the true response at the dose chosen" not in " ".join(sentences([one]))
    assert "the highest of them" in rightness(compared(TrueRates(toxicity=(0.2, 0.3, 0.5)))[0])
    assert "what each trial's truth says" in sentences([one])[-1]
    assert truth_rows(one)[-1][0] == "true response"  # which dose is right differs by trial
