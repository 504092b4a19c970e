"""Scores while patients are pending: TITE-gBOIN, and gBOIN that looks at settled patients alone."""

from dataclasses import replace

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.report.trial.dose_finding.protocol import protocol
from marrowdose.trial.dose_finding.characteristics import characteristics
from marrowdose.trial.dose_finding.design import Design, Timing
from marrowdose.trial.dose_finding.history import Entered, next_dose, read_history, view_of
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.toxicity_alone.gboin import GBoin
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_gboin import EliminationByScore, TiteGBoin
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates

GRADES = ((0.85, 0.1, 0.04, 0.01), (0.6, 0.25, 0.1, 0.05), (0.4, 0.3, 0.2, 0.1), (0.15, 0.25, 0.3, 0.3))
TRUTH = TrueRates(toxicity=(0.05, 0.15, 0.3, 0.6), grades=GRADES, grade_scores=(0.0, 1 / 3, 2 / 3, 1.0))
NOW = Timing(interval=1.0, window=3.0, waits=False)


ELIMINATION = (EliminationByScore(target=0.3),)


def design(part, timing=NOW, limits=ELIMINATION):
    return Design(
        name="scores",
        doses=(1.0, 10.0, 25.0, 50.0),
        cohort=3,
        patients=24,
        propose=part,
        select=part,
        limits=limits,
        timing=timing,
    )


def patient(dose, score, followed, toxic=False):
    return Entered(line=0, dose=dose, toxic=toxic, effective=False, score=score, followed=followed)


def test_a_pending_patient_counts_by_the_part_of_the_window_seen():
    """By hand: 3 settled (scores 0, 0, 1/3), one pending for 1 of 3 months, one pending that showed 2/3."""
    seen = [
        patient(1, 0.0, 3.0),
        patient(1, 0.0, 3.0),
        patient(1, 1 / 3, 3.0),
        patient(1, 0.0, 1.0),
        patient(1, 2 / 3, 1.0),
    ]
    tite = design(TiteGBoin(target=0.3))
    n, total = tite.propose.weighed(view_of(tite, seen))
    assert n[0].tolist() == pytest.approx([0, 4 + 1 / 3, 0, 0])
    assert total[0].tolist() == pytest.approx([0, 1.0, 0, 0])
    alone = design(GBoin(target=0.3, endpoint="graded"))
    n, total = alone.propose.weighed(view_of(alone, seen))
    assert n[0].tolist() == [0, 3, 0, 0]
    assert total[0].tolist() == pytest.approx([0, 1 / 3, 0, 0])


@pytest.mark.parametrize("part", [TiteGBoin(target=0.3), GBoin(target=0.3, endpoint="graded")])
def test_a_score_more_never_raises_the_next_dose(part):
    plan, rng = design(part), np.random.default_rng(4)
    for _ in range(200):
        many = 3 * rng.integers(1, 7)
        seen = [
            patient(int(d), float(s), float(f))
            for d, s, f in zip(
                np.repeat(rng.integers(0, 4, many // 3), 3),
                rng.choice([0, 0, 1 / 3, 2 / 3, 1], many),
                rng.choice([0.0, 1.0, 3.0], many),
                strict=True,
            )
        ]
        worse = [*seen]
        k = int(rng.integers(many))
        worse[k] = replace(seen[k], score=1.0)
        before, after = (part.propose(view_of(plan, x))[0] for x in (seen, worse))
        assert after <= before


def test_all_settled_it_is_graded_gboin():
    """The same trials patient by patient where every cohort is waited for."""
    waits = replace(NOW, waits=True)
    one, other = (
        simulate(design(part, waits), TRUTH, 500, seed=3)
        for part in (TiteGBoin(target=0.3), GBoin(target=0.3, endpoint="graded"))
    )
    assert np.array_equal(one.treated, other.treated)
    assert np.array_equal(one.chosen, other.chosen)


def test_deciding_now_is_faster_and_finds_the_dose():
    """Mean scores 0.07, 0.2, 0.33 and 0.58: the third is nearest to 0.3."""
    now, waits = (
        simulate(design(TiteGBoin(target=0.3), replace(NOW, waits=w)), TRUTH, 2000, seed=1)
        for w in (False, True)
    )
    assert now.duration.mean() < 0.8 * waits.duration.mean()
    for runs in (now, waits):
        assert np.bincount(runs.chosen[runs.chosen >= 0], minlength=4).argmax() == 2
    assert (now.treated[:, 3].mean() - waits.treated[:, 3].mean()) < 3


def test_elimination_by_score_bars_upward_and_ends_the_trial():
    plan = design(TiteGBoin(target=0.3))
    bad = [patient(0, 1.0, 3.0, True)] * 3
    assert next_dose(plan, bad).dose == -1
    assert "mean score" in " ".join(next_dose(plan, bad).reasons)
    strict = EliminationByScore(target=0.001)
    assert strict.allowed(view_of(plan, [patient(0, 0.0, 3.0)] * 3)).all()  # nothing was seen
    assert not strict.allowed(view_of(plan, [patient(0, 1 / 3, 3.0)] * 3)).any()
    assert plan.limits[0].sentences(plan.doses)[0].count("0.95") == 1
    assert "0.9 " in EliminationByScore(target=0.3, cutoff=0.9).sentences(plan.doses)[0]


def test_what_it_cannot_use_is_refused(tmp_path):
    normal = TrueRates(toxicity=(0.1,) * 4, score=(0.1, 0.2, 0.3, 0.5), score_sd=(0.1,) * 4)
    with pytest.raises(InputError, match="grade_scores"):
        simulate(design(TiteGBoin(target=0.3)), normal, 10)
    with pytest.raises(InputError, match="divide their scores"):
        simulate(design(TiteGBoin(target=0.3)), replace(TRUTH, grade_scores=(0.0, 1.0, 2.0, 3.0)), 10)
    file = tmp_path / "h.csv"
    file.write_text("dose,toxic,score,followed\n1,0,1.5,3\n")
    with pytest.raises(InputError, match=r"1\.5 is no grade"):
        read_history(file, design(TiteGBoin(target=0.3)))
    with pytest.raises(InputError, match="target"):
        TiteGBoin(target=0.9)
    for wrong in ({"target": 0.0}, {"target": 0.3, "cutoff": 1.5}, {"target": 0.3, "least": 0}):
        with pytest.raises(InputError):
            EliminationByScore(**wrong)


def test_the_protocol_speaks_of_scores():
    """And of dose-limiting toxicity where a limit looks at it, only."""
    for limits, told in ((ELIMINATION, False), ((Elimination(target=0.3),), True)):
        plan = design(TiteGBoin(target=0.3), limits=limits)
        found = characteristics(plan, TRUTH, simulate(plan, TRUTH, 20))
        text = repr(protocol(plan, TRUTH, found, seed=0)).split("operating")[0]
        assert "mean toxicity score" in text
        assert ("dose-limiting toxicity within 3 months" in text) == told
    plan = replace(design(TiteGBoin(target=0.3)), limits=())
    assert "dose-limiting" not in repr(
        protocol(plan, TRUTH, characteristics(plan, TRUTH, simulate(plan, TRUTH, 20)), seed=0)
    )


def test_no_score_is_used_before_it_is_seen():
    """Everybody gets the worst grade, most of them late in the window: a fast trial rises before it can
    know.
    """
    worst = ((0.0, 0.0, 0.0, 1.0),) * 4
    late = TrueRates(toxicity=(0.0,) * 4, grades=worst, grade_scores=TRUTH.grade_scores, late=0.99)
    fast = design(TiteGBoin(target=0.3), replace(NOW, interval=0.1), limits=())
    assert (simulate(fast, late, 100, seed=2).treated[:, 3] > 0).mean() > 0.5
    slow = design(TiteGBoin(target=0.3), replace(NOW, interval=0.1, waits=True), limits=())
    assert (simulate(slow, late, 100, seed=2).treated[:, 0] == 24).all()
