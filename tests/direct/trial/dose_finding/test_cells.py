"""What happens to cells between plan and patient in dose-finding trials, and scores in place of yes or no."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from dose_finding_checks import DOSES, TRUTH, design
from marrowdose.errors import InputError
from marrowdose.files.json import text_of
from marrowdose.files.toml import parse_document
from marrowdose.report.trial.dose_finding.ran import characteristics_record
from marrowdose.report.trial.dose_finding.text import characteristics_lines
from marrowdose.trial.dose_finding.cells import Cells
from marrowdose.trial.dose_finding.characteristics import characteristics
from marrowdose.trial.dose_finding.design import Timing
from marrowdose.trial.dose_finding.file import Scenario, design_from, truth_from
from marrowdose.trial.dose_finding.parts.toxicity_alone.gboin import GBoin
from marrowdose.trial.dose_finding.paths import all_paths
from marrowdose.trial.dose_finding.people import people, scores, shows
from marrowdose.trial.dose_finding.simulate import run, simulate
from marrowdose.trial.dose_finding.true_rates import Chances, TrueRates

TRIALS = 4000
NOW = np.arange(TRIALS)


def same(a, b) -> None:
    for f in fields(a):
        assert np.array_equal(getattr(a, f.name), getattr(b, f.name)), f.name


@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from(["linear", "log"]),
    size=st.integers(1, 9),
    late=st.booleans(),
)
@settings(max_examples=15, deadline=None)
def test_zero_settings_change_nothing(seed, scale, size, late):
    """Cells and staggers that do nothing: the same numbers to the last bit, in a design or in a truth."""
    timing = Timing(interval=0.5, window=2.0, efficacy_window=1.0, waits=not late)
    plan, idle = design(timing=timing), Cells(scale=scale, batch_size=size)
    before = run(plan, TRUTH, np.arange(40), seed=seed)
    same(before, run(replace(plan, cells=idle), TRUTH, np.arange(40), seed=seed))
    same(before, run(plan, replace(TRUTH, cells=idle), np.arange(40), seed=seed))
    same(before, run(replace(plan, timing=replace(timing, stagger=0.5)), TRUTH, np.arange(40), seed=seed))
    assert idle.sentences() == ()


def toxic_at(truth, who, dose):
    return shows(truth, truth.chances(NOW), who, "toxicity", slice(0, 6), dose)


def met(cells, truth=TRUTH, patients=6, seed=4):
    return people(truth, NOW, patients, seed=seed, timed=False, cells=cells, doses=DOSES)


def test_what_a_delivered_dose_does():
    """The mean over delivered doses by quadrature; a dose everybody gets as planned needs none."""
    cells = Cells(dose_cv=0.3)
    dose = np.full(TRIALS, 2)
    found = toxic_at(TRUTH, met(cells), dose)
    z = np.linspace(-8, 8, 20001)
    p = np.trapezoid(np.interp(25 * np.exp(0.3 * z), DOSES, TRUTH.toxicity) * norm.pdf(z), z)
    assert abs(p - TRUTH.toxicity[2]) > 0.002
    assert abs(found.mean() - p) < 4 * np.sqrt(p * (1 - p) / found.size)
    log = replace(cells, scale="log")
    other = np.trapezoid(np.interp(np.log(25) + 0.3 * z, np.log(DOSES), TRUTH.toxicity) * norm.pdf(z), z)
    assert abs(toxic_at(TRUTH, met(log), dose).mean() - other) < 4 * np.sqrt(p * (1 - p) / found.size)


def test_a_scenario_says_what_lies_beside_the_doses_of_the_design():
    """A half dose of the lowest dose has what the scenario says of dose 0, half way; without it, what the
    lowest has.
    """
    cells = Cells(failure=0.5, fallback=0.5)
    wide = Scenario(doses=(0.0, *DOSES), toxicity=(0.0, 0.5, 0.5, 0.5, 0.5)).at(DOSES, cells)
    narrow = Scenario(toxicity=(0.5,) * 4).at(DOSES, cells)
    lowest = np.zeros(TRIALS, int)
    for truth, expected in ((wide, 0.5 * 0.5 + 0.5 * 0.25), (narrow, 0.5)):
        rate = toxic_at(truth, met(cells, truth), lowest).mean()
        assert abs(rate - expected) < 4 * np.sqrt(0.25 / TRIALS / 6)


def _tiled(trials):
    return Chances(*(np.tile(p, (len(trials), 1)) for p in (TRUTH.toxicity, TRUTH.efficacy)))


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_truths_drawn_for_each_trial(scale, late):
    """The same truth in every trial, drawn or stated: the same trials."""
    plan = design(cells=Cells(dose_cv=0.4, scale=scale), timing=Timing(waits=not late))
    drawn = run(plan, replace(TRUTH, draws=_tiled), np.arange(500), seed=6)
    stated = run(plan, TRUTH, np.arange(500), seed=6)
    same(replace(drawn, true_toxicity=None, true_efficacy=None), stated)
    one = design(doses=(5.0,), limits=(), cells=Cells(dose_cv=0.4), patients=30)
    truth = TrueRates(toxicity=(0.3,), draws=lambda t: Chances(np.full((len(t), 1), 0.3), None))
    assert abs(run(one, truth, np.arange(500), seed=6).toxic.mean() - 9) < 4 * np.sqrt(6.3 / 500)


def test_batches_correlate_and_keep_the_rates():
    cells = Cells(batch_size=3, batch_correlation=0.4)
    who = met(cells)
    toxic = who.toxicity < 0.3
    assert abs(toxic.mean() - 0.3) < 4 * np.sqrt(0.21 * 2 / toxic.size)
    z = norm.ppf(who.toxicity)
    error = 4 / np.sqrt(TRIALS)
    assert np.corrcoef(z[0], z[2])[0, 1] == pytest.approx(0.4, abs=error)  # of one batch
    assert np.corrcoef(z[2], z[3])[0, 1] == pytest.approx(0.0, abs=error)  # of two
    e = norm.ppf(who.efficacy)
    assert np.corrcoef(z[0], e[0])[0, 1] == pytest.approx(TRUTH.association, abs=error)
    assert np.corrcoef(z[0], e[1])[0, 1] == pytest.approx(0.4 * TRUTH.association, abs=error)


@pytest.mark.parametrize("waits", [True, False])
def test_people_without_product_cost_time(waits):
    """The same treated patients; months more by the number of people before each, one interval each."""
    timing = Timing(interval=0.5, window=2.0 if waits else 0.0, waits=waits)
    plan = design(timing=timing)
    before = run(plan, TRUTH, NOW, seed=5)
    after = run(replace(plan, cells=Cells(failure=0.2)), TRUTH, NOW, seed=5)
    assert np.array_equal(before.treated, after.treated)
    assert np.array_equal(before.chosen, after.chosen)
    n = after.treated.sum(axis=1)
    mean, sd = 0.25, np.sqrt(0.2) / 0.8  # geometric
    assert abs(after.untreated.mean() - mean * n.mean()) < 4 * sd * np.sqrt(n.mean() / TRIALS)
    late = (after.duration - before.duration).mean()
    assert abs(late - 0.5 * mean * (n - 1).mean()) < 0.5 * 4 * sd * np.sqrt(n.mean() / TRIALS)


@pytest.mark.parametrize("waits", [True, False])
def test_stagger_at_new_doses(waits):
    """Two gaps a month longer in the first cohort of every dose, by either clock."""
    timing = Timing(interval=0.5, window=2.0 if waits else 0.0, waits=waits)
    before = run(design(timing=timing), TRUTH, NOW, seed=5)
    after = run(design(timing=replace(timing, stagger=1.5)), TRUTH, NOW, seed=5)
    assert np.array_equal(before.treated, after.treated)
    assert after.duration - before.duration == pytest.approx(2.0 * (before.treated > 0).sum(axis=1))


SCORED = TrueRates(toxicity=(0.1, 0.2, 0.3, 0.4), score=(0.5, 1.0, 2.0, 3.0), score_sd=(0.2, 0.4, 0.6, 0.8))
GRADED = TrueRates(
    toxicity=(0.1, 0.2, 0.3, 0.4),
    grades=((0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (0.4, 0.3, 0.3), (0.2, 0.4, 0.4)),
    grade_scores=(0.0, 0.5, 1.0),
)


def test_scores_have_the_stated_moments_and_go_with_toxicity():
    none = met(Cells(), SCORED)
    for j in range(4):
        found = scores(SCORED, none, slice(0, 6), np.full(TRIALS, j))
        error = SCORED.score_sd[j] / np.sqrt(found.size)
        assert abs(found.mean() - SCORED.score[j]) < 4 * error
        assert abs(found.std() - SCORED.score_sd[j]) < 4 * error
        grades = scores(GRADED, met(Cells(), GRADED), slice(0, 6), np.full(TRIALS, j))
        for value, p in zip(GRADED.grade_scores, GRADED.grades[j], strict=True):
            assert abs((grades == value).mean() - p) < 4 * np.sqrt(p * (1 - p) / grades.size)
    toxic = toxic_at(SCORED, none, np.full(TRIALS, 3))
    assert found[toxic].min() >= found[~toxic].max()


def test_delivered_doses_move_scores():
    """Every patient gets half: the score of 25 M is that of 12.5 M, the grades likewise."""
    half = Cells(failure=0.9, fallback=0.5)
    where = np.full(TRIALS, 2)
    for truth, mean in ((SCORED, 1.0 + 2.5 / 15), (GRADED, 0.3 + 0.15 * 2.5 / 15)):
        who = met(half, truth)
        found = scores(truth, who, slice(0, 6), where)[who.delivered == 0.5]
        assert abs(found.mean() - mean) < 4 * found.std() / np.sqrt(found.size)


def test_scored_designs_run():
    for part, truth in ((GBoin(target=2.0), SCORED), (GBoin(target=0.3, endpoint="graded"), GRADED)):
        plan = design(propose=part, select=part, limits=(), patients=30)
        whole = simulate(plan, truth, 300, seed=2)
        same(simulate(plan, replace(truth, cells=Cells(batch_size=4)), 300, seed=2), whole)
        assert (whole.treated.sum(axis=1) == 30).all()
        assert (whole.treated % 3 == 0).all()
    assert (
        np.bincount(
            simulate(
                design(propose=GBoin(target=2.0), select=GBoin(target=2.0), limits=(), patients=60),
                SCORED,
                300,
            ).chosen
        )
        > 150
    ).argmax() == 2


TEXT = """
[design]
name = "x"
doses = [10, 20]
cohort = 3
patients = 9
[propose]
kind = "boin"
target = 0.3
[select]
kind = "isotonic"
[truth]
toxicity = [0.1, 0.2]
[cells]
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("dose_cv = 0.6", r"x.toml:15: \[cells\] dose_cv"),
        ("dose_cv = -1", "dose_cv"),
        ("failure = 1", "failure"),
        ("fallback = 0.5", "given to nobody"),
        ("batch_correlation = 0.5", "correlates nobody"),
        ("batch_size = 0", "batch_size"),
        ("batch_size = 2.5", "whole number"),
        ('scale = "cube"', "scale"),
        ("potency = 1", "unknown key"),
    ],
)
def test_hostile_cells(line, said):
    with pytest.raises(InputError, match=said):
        design_from(parse_document(TEXT + line, "x.toml"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("score = [1, 2]", "belong together"),
        ("score = [1, 2, 3]\nscore_sd = [1, 1, 1]", "3 values for 2 doses"),
        ("score = [1, 2]\nscore_sd = [1, -1]", "score_sd"),
        ("grades = [[0.5, 0.4], [0.5, 0.5]]\ngrade_scores = [0, 1]", "add up to 1"),
        ("grades = [[1, 0], [0.5, 0.5]]\ngrade_scores = [0, 1, 2]", "2 grades and 3 scores"),
        ("grades = [[1, 0], [0.5, 0.5]]\ngrade_scores = [1, 0]", "do not increase"),
        (
            "grades = [[1, 0], [0.5, 0.5]]\ngrade_scores = [0, 1]\nscore = [1, 2]\nscore_sd = [1, 1]",
            "besides",
        ),
        ("grades = [0.1]", "a list of"),
    ],
)
def test_hostile_scores(line, said):
    with pytest.raises(InputError, match=said):
        truth_from(parse_document(f"[truth]\ntoxicity = [0.1, 0.2]\n{line}", "t.toml"), (10.0, 20.0))


@pytest.mark.parametrize(
    ("target", "endpoint", "truth", "right"),
    [(2.0, "continuous", SCORED, (2,)), (0.46, "graded", GRADED, (2,))],
)
def test_a_scored_design_is_judged_by_its_score(target, endpoint, truth, right):
    part = GBoin(target=target, endpoint=endpoint)
    plan = design(propose=part, select=part, limits=(), patients=30)
    runs = simulate(plan, truth, 200)
    found = characteristics(plan, truth, runs)
    assert found.right_doses == right
    assert found.right.value == np.mean(runs.chosen == 2)
    assert found.overdosed.value == pytest.approx((runs.treated[:, 3] / 30).mean())
    assert f"a mean score above {target:.3g}" in " ".join(characteristics_lines(plan, found))


def test_what_was_assumed_is_said():
    cells = Cells(dose_cv=0.2, failure=0.25, batch_size=3, batch_correlation=0.1)
    plan = design(cells=cells, timing=Timing(stagger=2.0))
    found = characteristics(plan, TRUTH, simulate(plan, TRUTH, 500))
    said = " ".join(characteristics_lines(plan, found))
    assert "People not treated for want of a product: " in said
    for number in ("0.25", "0.2 ", "3 patients in turn", "by 0.1", "2 months apart"):
        assert number in said, number
    record = characteristics_record(plan, replace(TRUTH, cells=cells), found, 0)
    assert '"dose_cv": 0.2' in text_of(record)
    graded = characteristics(plan, replace(GRADED, efficacy=TRUTH.efficacy), simulate(plan, TRUTH, 50))
    assert "0.2, 0.4, 0.4" in " ".join(graded.assumed)
    plain = characteristics(design(), TRUTH, simulate(design(), TRUTH, 50))
    assert plain.assumed == ()
    assert "untreated" not in text_of(characteristics_record(design(), TRUTH, plain, 0))


def test_what_cannot_be_simulated_is_refused():
    part = GBoin(target=2.0)
    with pytest.raises(InputError, match="score"):
        simulate(design(propose=part, select=part), TRUTH, 10)
    with pytest.raises(InputError, match="dose 0"):
        simulate(design(doses=(0.0, 1, 2, 3), cells=Cells(dose_cv=0.1, scale="log")), TRUTH, 10)
    for cells in (Cells(dose_cv=0.1), Cells(failure=0.1), Cells(batch_size=2, batch_correlation=0.1)):
        with pytest.raises(InputError, match="cannot be enumerated"):
            all_paths(design(cells=cells), TRUTH)
        assert cells.sentences() != ()
    with pytest.raises(InputError, match="do not increase"):
        Scenario(doses=(20.0, 10.0), toxicity=(0.1, 0.2)).at((10.0,), Cells(dose_cv=0.1))
