"""gBOIN against UnifiedDoseFinding 0.1.10, and toxicity and efficacy intervals against Keyboard 0.1.3."""

import numpy as np
import pytest

from marrowdose.trial.dose_finding.design import Design
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.inefficacy import Inefficacy
from marrowdose.trial.dose_finding.parts.toxicity_alone.gboin import GBoin
from marrowdose.trial.dose_finding.parts.with_efficacy.tepi import Tepi
from marrowdose.trial.dose_finding.seen import View
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates
from places import golden


def cases(name: str, kinds: str):
    found = [c for c in golden(name)["cases"] if c["kind"].startswith(kinds)]
    assert found
    return [pytest.param(c["input"], c["expected"], id=f"{c['id']}-{i}") for i, c in enumerate(found)]


def scored(n, total, current) -> View:
    n = np.atleast_2d(n)
    return View(
        doses=tuple(range(1, n.shape[1] + 1)),
        current=np.atleast_1d(current),
        treated=n,
        toxic=np.zeros_like(n),
        score=np.atleast_2d(np.asarray(total, float)),
    )


def check(part: GBoin, given, total, expected) -> None:
    view = scored(given["n"], total, given["current"] - 1)
    assert part.propose(view)[0] + 1 == expected["next_dose"]
    assert part.select(view, np.ones(view.treated.shape, bool))[0] + 1 == expected["selected"]


@pytest.mark.parametrize("given,expected", cases("gboin_continuous", "gBOIN_continuous"))
def test_continuous(given, expected) -> None:
    check(GBoin(target=given["target"]), given, given["y_sum"], expected)


@pytest.mark.parametrize("given,expected", cases("gboin_continuous", "QuasiBOIN"))
def test_graded(given, expected) -> None:
    part = GBoin(target=given["target"], endpoint="graded")
    check(part, given, given["y_sum_equivalent_toxicity_score"], expected)


@pytest.mark.parametrize("given,expected", cases("gboin_continuous", "gBOIN_OC"))
def test_operating_characteristics(given, expected) -> None:
    """By the simulator; SD 0.3 × dose level, as that package has it."""
    part, doses, trials = GBoin(target=given["target"]), len(given["c_true"]), 10_000
    levels = tuple(range(1, doses + 1))
    design = Design(
        name="gBOIN",
        doses=levels,
        cohort=given["cohortsize"],
        patients=given["ncohort"] * given["cohortsize"],
        propose=part,
        select=part,
    )
    truth = TrueRates(
        toxicity=(0.0,) * doses,
        score=tuple(given["c_true"]),
        score_sd=tuple(0.3 * level for level in levels),
    )
    runs = simulate(design, truth, trials, seed=7)
    share = np.bincount(runs.chosen, minlength=doses) / trials
    p = np.array(expected["selpercent"]) / 100
    assert (np.abs(share - p) <= 4 * np.sqrt(2 * p * (1 - p) / trials) + 1e-4).all(), share
    sd = runs.treated.std(axis=0)
    assert (np.abs(runs.treated.mean(axis=0) - expected["npts"]) <= 4 * sd * np.sqrt(2 / trials) + 1e-3).all()


@pytest.mark.parametrize("given,expected", cases("toxicity_efficacy_intervals", "keyboard_obd"))
def test_toxicity_and_efficacy_intervals(given, expected) -> None:
    """That package names a de-escalation or escalation after the dose is dropped for toxicity or
    inefficacy.
    """
    part = Tepi(toxicity_cuts=tuple(given["tox_cuts"]), efficacy_cuts=tuple(given["eff_cuts"]))
    rows = np.array([[int(v) for v in row[:3]] for row in expected["rows"]])
    n, t, e = (rows[:, [k]].astype(np.int16) for k in range(3))
    view = View(doses=(1.0,), current=np.zeros(len(n), int), treated=n, toxic=t, effective=e, both=0 * n)
    toxic = ~Elimination(target=given["target_tox"], cutoff=0.95, least=1).allowed(view)[:, 0]
    idle = Inefficacy(limit=given["target_eff"], cutoff=0.7, least=1).flagged(view)[:, 0]
    moves = part.moves(n, t, e)[:, 0]
    for row, move, too_toxic, too_idle in zip(expected["rows"], moves, toxic, idle, strict=True):
        found = {1: "E", 0: "S", -1: "D"}[int(move)]
        if found == "D" and too_toxic:
            found = "DUT"
        elif found != "S" and too_idle:
            found += "UE"
        assert found == row[3], row
