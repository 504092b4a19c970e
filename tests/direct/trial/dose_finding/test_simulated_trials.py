"""Simulated escalation trials: the same people everywhere, the clock, and what is said of them."""

from dataclasses import dataclass, replace
from math import hypot, sqrt
from typing import ClassVar

import numpy as np
import pytest

from dose_finding_checks import TRUTH, design, random_view, three_plus_three
from marrowdose.errors import InputError
from marrowdose.job_pieces import Way
from marrowdose.trial.dose_finding import simulate as escalation
from marrowdose.trial.dose_finding.characteristics import characteristics, paired, per_trial, right_doses
from marrowdose.trial.dose_finding.decisions import decide
from marrowdose.trial.dose_finding.design import Timing
from marrowdose.trial.dose_finding.parts.limits.enough_at_dose import EnoughAtDose
from marrowdose.trial.dose_finding.paths import all_paths
from marrowdose.trial.dose_finding.pending import late_events
from marrowdose.trial.dose_finding.people import people
from marrowdose.trial.dose_finding.rules import Pause
from marrowdose.trial.dose_finding.simulate import run, simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates
from marrowdose.trial.estimate import estimate


def _same(a, b):
    for name in ("chosen", "treated", "toxic", "effective", "ended", "duration"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name


def test_any_division_of_the_trials_is_the_same(monkeypatch):
    whole = simulate(design(), TRUTH, 1000, seed=5)
    monkeypatch.setattr(escalation, "CHUNK", 170)
    told = []
    way = Way(progress=lambda *now: told.append(now))
    _same(whole, simulate(design(), TRUTH, 1000, seed=5, way=way))
    assert told[0] == ("trials", 170, 1000)
    assert told[-1] == ("trials", 1000, 1000)
    _same(run(design(), TRUTH, np.arange(40, 60), seed=5), _cut(whole, slice(40, 60)))


def test_two_processes_are_the_same(monkeypatch):
    monkeypatch.setattr(escalation, "CHUNK", 300)
    _same(simulate(design(), TRUTH, 600), simulate(design(), TRUTH, 600, way=Way(processes=2)))


def _cut(runs, part):
    there = {f: getattr(runs, f) for f in runs.__dataclass_fields__}
    return replace(runs, **{f: v[part] for f, v in there.items() if v is not None})


def test_a_patient_is_the_same_in_every_design():
    """Whoever has a toxicity at a dose has it in any design, and at any higher dose."""
    met = people(TRUTH, np.arange(200), 12, seed=3, timed=False)
    for plan in (design(), three_plus_three(), design(start=2)):
        found = simulate(plan, TRUTH, 200, seed=3)
        first = met.toxicity[: plan.cohort] < TRUTH.toxicity[plan.start]
        only = found.treated[:, plan.start] == plan.cohort
        assert only.any()
        assert np.array_equal(found.toxic[only, plan.start], first.sum(axis=0)[only])


@pytest.mark.parametrize("waits", [True, False])
def test_the_clock_of_trials_that_wait(waits):
    """Settled patients give the same trials by either engine; cohorts of 3, months by hand."""
    plan = design(patients=9, timing=Timing(interval=0.5, window=2.0 if waits else 0.0, waits=waits))
    counted = simulate(replace(plan, timing=replace(plan.timing, waits=True)), TRUTH, 300, seed=9)
    met = people(TRUTH, np.arange(300), 9, seed=9, timed=True)
    final, ended, months = late_events(
        replace(plan, timing=replace(plan.timing, efficacy_window=0.0)),
        TRUTH,
        TRUTH.chances(np.arange(300)),
        met,
        300,
    )
    assert np.array_equal(final.toxic, counted.toxic)
    assert np.array_equal(final.effective, counted.effective)
    assert np.array_equal(ended, counted.ended)
    assert months == pytest.approx(counted.duration)
    full = counted.treated.sum(axis=1) == 9
    assert counted.duration[full] == pytest.approx(
        3 * 1.0 + 2 * max(0.5, plan.timing.window) + plan.timing.window
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyPending(Pause):
    """Waits until all are settled."""

    reason: ClassVar[str] = "somebody is pending"

    def pause(self, view):
        return view.pending.sum(axis=1) > 0

    def sentences(self, doses):
        return ("Nobody enters while somebody is pending.",)


def test_a_pause_holds_the_trial_until_it_is_lifted():
    """With a pause for everybody pending, a design that does not wait treats as one that waits."""
    timing = Timing(interval=0.5, window=3.0, waits=False)
    waiting = simulate(design(timing=replace(timing, waits=True)), TRUTH, 200, seed=2)
    paused = simulate(design(timing=timing, pauses=(NobodyPending(),)), TRUTH, 200, seed=2)
    hasty = simulate(design(timing=timing), TRUTH, 200, seed=2)
    assert np.array_equal(waiting.toxic, paused.toxic)
    assert np.all(paused.duration <= waiting.duration + 1e-9)
    assert hasty.duration.mean() < 0.6 * waiting.duration.mean()
    assert not np.array_equal(waiting.toxic, hasty.toxic)


def test_late_toxicities_come_late():
    times = people(replace(TRUTH, late=0.8), np.arange(500), 12, seed=1, timed=True).toxicity_time
    assert np.mean(times > 0.5) == pytest.approx(0.8, abs=4 * sqrt(0.8 * 0.2 / times.size))


def test_characteristics_are_those_of_the_trials():
    plan = design(stops=(EnoughAtDose(patients=6),))
    runs = simulate(plan, TRUTH, 2000, seed=4)
    found, exact = characteristics(plan, TRUTH, runs), all_paths(plan, TRUTH)
    assert sum(e.value for e in found.chosen) + found.none.value == pytest.approx(1)
    assert sum(e.value for _, e in found.ended) == pytest.approx(1)
    above = exact.view.treated[:, [2, 3]].sum(axis=1) / exact.view.entered
    assert abs(found.overdosed.value - exact.probability @ above) < 4.5 * found.overdosed.monte_carlo_se
    assert found.right_doses == (1,)
    assert found.right.value == pytest.approx(np.mean(runs.chosen == 1))
    spread = runs.treated.sum(axis=1).std(ddof=1)
    assert found.total_patients.monte_carlo_se == pytest.approx(spread / sqrt(2000))
    assert found.months_10_90[0] <= found.months.value <= found.months_10_90[1]


def test_what_is_right():
    assert right_doses(TrueRates(toxicity=(0.1, 0.2, 0.4)), 0.3, 0.05) == (1,)
    assert right_doses(TrueRates(toxicity=(0.4, 0.5)), 0.3, 0.05) == ()
    plateau = TrueRates(toxicity=(0.01, 0.02, 0.03, 0.4), efficacy=(0.2, 0.5, 0.52, 0.9))
    assert right_doses(plateau, 0.3, 0.05) == (1, 2)
    nothing = TrueRates(toxicity=(0.5, 0.6, 0.7, 0.8))
    runs = simulate(design(), nothing, 300)
    assert np.array_equal(per_trial(design(), nothing, runs)["right"], runs.chosen < 0)


def test_pairs_know_more_than_two_runs():
    a, b = design(), design(stops=(EnoughAtDose(patients=9),))
    one, two = (per_trial(d, TRUTH, simulate(d, TRUTH, 2000)) for d in (a, b))
    found = paired(one, two)["patients"]
    assert found.value == pytest.approx(np.mean(two["patients"]) - np.mean(one["patients"]))
    apart = [estimate(each["patients"]).monte_carlo_se for each in (one, two)]
    assert found.monte_carlo_se < hypot(*apart)


@pytest.mark.parametrize(
    ("truth", "trials", "says"),
    [
        (TrueRates(toxicity=(0.1, 0.2)), 10, "2 values for 4 doses"),
        (TRUTH, 0, "trials: 0"),
        (TRUTH, 10**9, "allowed: 1 to 10000000"),
    ],
)
def test_what_cannot_be_simulated_is_refused(truth, trials, says):
    with pytest.raises(InputError, match=says):
        simulate(design(), truth, trials)


def test_a_trial_of_no_patient_yet_starts_at_the_start():
    seen = random_view(1, trials=5)
    fresh = replace(seen, current=np.full(5, -1), treated=0 * seen.treated, toxic=0 * seen.toxic)
    assert decide(design(start=2), fresh).next.tolist() == [2] * 5


def test_too_large_an_enumeration_is_refused(monkeypatch):
    monkeypatch.setattr("marrowdose.trial.dose_finding.paths.MOST_STATES", 500)
    with pytest.raises(InputError, match="too many states"):
        all_paths(design(), TRUTH)
    waits = design(timing=Timing(waits=False))
    with pytest.raises(InputError, match="pending cannot be enumerated"):
        all_paths(waits, TRUTH)
