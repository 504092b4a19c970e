"""Seamless designs against what can be said without simulating: by hand, exact paths, designs of one part."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marrowdose.files.toml import Document, parse_document, read_document
from marrowdose.job_pieces import Way
from marrowdose.report.trial.dose_ranging.run_in import going_on, sets_record
from marrowdose.trial.dose_finding.history import next_dose, read_history
from marrowdose.trial.dose_finding.paths import all_paths
from marrowdose.trial.dose_finding.simulate import run
from marrowdose.trial.dose_ranging.analyses.mcpmod import ContrastAnalysis
from marrowdose.trial.dose_ranging.simulate import Results, simulate
from marrowdose.trial.dose_ranging.visit_means import visit_means
from marrowdose.trial.job import Job, run_job
from marrowdose.trial.seamless.file import PlannedSeamless, read_seamless
from marrowdose.trial.seamless.going_on import after_run_in, exact_sets
from marrowdose.trial.seamless.hand_over import FIRST, HandOver, SeamlessResults, among, part_two
from marrowdose.trial.truths.named import named, preset
from places import TEMPLATES

TEXT = (TEMPLATES / "seamless.toml").read_text(encoding="utf-8")
TOXICITY = "toxicity = [0.02, 0.03, 0.05, 0.08]"
PLANNED = (("dose_cv = 0.1", ""), ("failure = 0.02", ""))  # cells as planned
MCPMOD = 'method = "mcp-mod"\ncandidates = ["linear", "emax=15", "sigemax=40,3"]\n'
CONFIRM = 'method = "select and confirm"\n[selection]\nmargin = 2\n'


def document(toxicity: str = TOXICITY, *changes: tuple[str, str], analysis: str = "") -> Document:
    text = TEXT.replace(TOXICITY, toxicity)
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    if analysis:
        head, rest = text.split("[analysis]\n")
        text = f"{head}[analysis]\n{analysis}[reality]{rest.split('[reality]')[1]}"
    return parse_document(text, "seamless.toml")


def results(
    doc: Document,
    truth: str = "plateau",
    trials: int = 200,
    patients: int = 100,
    seed: int = 3,
    way: Way | None = None,
) -> SeamlessResults:
    job = Job(document=doc, truth=named(truth), seed=seed, patients=patients)
    found = run_job(job, trials) if way is None else run_job(job, trials, way=way)
    assert isinstance(found, SeamlessResults)
    return found


def planned(doc: Document) -> PlannedSeamless:
    return read_seamless(doc)


def same(a: Results, b: Results) -> None:
    for f in fields(a):
        np.testing.assert_array_equal(getattr(a, f.name), getattr(b, f.name), err_msg=f.name)


# by hand: 10, 25, 50 M in the run-in; patients and whether the limits allow, at the end
BY_HAND = [
    # chosen, treated, allowed, up to, least → open
    (1, (3, 6, 3), (1, 1, 1), "chosen", 3, (1, 1, 0)),
    (1, (3, 6, 3), (1, 1, 1), "tried", 3, (1, 1, 1)),
    (2, (3, 6, 2), (1, 1, 1), "chosen", 3, (1, 1, 0)),  # the chosen dose had too few
    (2, (0, 0, 9), (1, 1, 1), "chosen", 3, (1, 1, 1)),  # lower doses go with a safe one, tried or not
    (1, (3, 6, 3), (1, 1, 0), "tried", 3, (1, 1, 0)),  # 50 M is barred
    (0, (2, 0, 0), (1, 1, 1), "chosen", 3, (0, 0, 0)),
    (-1, (9, 0, 0), (1, 1, 1), "tried", 3, (0, 0, 0)),  # no dose chosen: nothing goes on
    (2, (3, 3, 3), (1, 0, 1), "chosen", 3, (1, 0, 1)),  # a limit on efficacy may bar one dose in between
]


@pytest.mark.parametrize(("chosen", "treated", "allowed", "up_to", "least", "wanted"), BY_HAND)
def test_open_doses_by_hand(
    chosen: int, treated: Any, allowed: Any, up_to: Any, least: int, wanted: Any
) -> None:
    found = HandOver(up_to=up_to, least=least).opened(
        np.array([chosen]), np.array([treated], np.int16), np.array([allowed], bool)
    )
    assert found.tolist() == [[bool(x) for x in wanted]]


def test_a_dose_outside_of_the_run_in_follows_the_next_higher_one() -> None:
    doc = document(
        "toxicity = [0.0, 0.0]", ("[run_in] ", "[run_in]\ndoses = [25, 50]  "), ("start = 10\n", "")
    )
    found = results(doc, trials=20)
    # 10 M goes with 25 M; nothing is known of 100 M
    assert found.opened.tolist() == [[True, True, True, False]] * 20
    assert not found.run_in[:, [0, 3]].any()


def test_without_toxicity_it_is_the_plain_design() -> None:
    """The same people, looks and answers; later by the run-in and larger by its patients."""
    found = results(document("toxicity = [0.0, 0.0, 0.0, 0.0]"), "falling")
    longitudinal = read_document(TEMPLATES / "dose-ranging.toml")
    plain = run_job(Job(document=longitudinal, truth=named("falling"), seed=3, patients=100), 200)
    assert found.opened.all()
    for name in ("named", "sure", "positive", "benefit", "lower", "upper", "lost", "look", "truth"):
        np.testing.assert_array_equal(getattr(found, name), getattr(plain, name), err_msg=name)
    np.testing.assert_array_equal(found.treated[:, 1:] - found.run_in, plain.treated[:, 1:])
    np.testing.assert_allclose(found.months, found.run_in_months + 1 + plain.months)


def test_part_one_is_the_dose_finding_design() -> None:
    doc = document("toxicity = [0.05, 0.15, 0.3, 0.45]")
    found, plan = results(doc, trials=300), planned(doc)
    alone = run(plan.run_in.design, plan.run_in.truth, np.arange(300), seed=3, first=FIRST)
    np.testing.assert_array_equal(found.run_in, alone.treated)
    np.testing.assert_array_equal(found.run_in_toxic, alone.toxic)
    np.testing.assert_array_equal(found.run_in_months, alone.duration)
    np.testing.assert_array_equal(found.opened.any(axis=1), alone.chosen >= 0)
    other = run(plan.run_in.design, plan.run_in.truth, np.arange(300), seed=3)
    assert not np.array_equal(other.toxic, alone.toxic)  # other persons than those of a trial of its own


@pytest.mark.parametrize("analysis", ["", MCPMOD, CONFIRM])
def test_part_two_is_the_plain_design_of_the_open_doses(analysis: str) -> None:
    """A toxic top dose: trials that left 10, 25 and 50 M open are those of a design with these doses, person
    by person.
    """
    doc = document("toxicity = [0.0, 0.0, 0.0, 1.0]", *PLANNED, analysis=analysis)
    found, plan = results(doc, trials=60), planned(doc)
    assert found.opened.tolist() == [[True, True, True, False]] * 60
    design = replace(plan.design, patients=100)
    plain = simulate(part_two(design, (True, True, True, False)), preset("plateau"), 60, seed=3)
    np.testing.assert_array_equal(found.named, plain.named)
    np.testing.assert_array_equal(found.benefit[:, :3], plain.benefit)
    assert np.isnan(found.benefit[:, 3]).all()
    assert (found.treated.sum(axis=1) - found.run_in.sum(axis=1)).max() == 100  # places are shared


def test_every_group_keeps_its_own_trials() -> None:
    """Steep toxicity, many sets of open doses: each trial is trial i of the plain design over its set."""
    doc = document("toxicity = [0.05, 0.15, 0.3, 0.45]")
    found, design = results(doc, trials=80), replace(planned(doc).design, patients=100)
    sets = np.unique(found.opened[found.opened.any(axis=1)], axis=0)
    assert len(sets) >= 3
    for row in sets:
        mine = (found.opened == row).all(axis=1)
        plain = simulate(part_two(design, tuple(row.tolist())), preset("plateau"), 80, seed=3)
        np.testing.assert_array_equal(found.named[mine], plain.named[mine])
        np.testing.assert_allclose(found.benefit[mine][:, row], plain.benefit[mine], atol=1e-9)


def test_a_dose_closed_in_between() -> None:
    """A limit on efficacy bars 25 M alone: what is named, treated and estimated belongs to the doses around
    it.
    """
    doc = document(
        "toxicity = [0.0, 0.0, 0.0, 0.0]\nefficacy = [0.9, 0.0, 0.9, 0.9]",
        (
            'kind = "no_skipping"',
            'kind = "no_skipping"\n[[limit]]\nkind = "inefficacy"\nlimit = 0.4\ncutoff = 0.8',
        ),
        ("window = 3 ", "efficacy_window = 3\nwindow = 3 "),
        *PLANNED,
    )
    found = results(doc, "rising", trials=60, patients=160)
    assert (found.opened == [True, False, True, True]).all(axis=1).mean() > 0.5
    answered = found.named > 0
    assert answered.mean() > 0.2
    row = np.flatnonzero(answered)
    assert found.opened[row, found.named[row] - 1].all()
    assert np.isfinite(found.benefit[row, found.named[row] - 1]).all()
    assert (found.named == 4).any()


@pytest.mark.parametrize("analysis", ["", MCPMOD, CONFIRM])
def test_one_dose_left_is_two_arms(analysis: str) -> None:
    doc = document("toxicity = [0.0, 1.0, 1.0, 1.0]", *PLANNED, analysis=analysis)
    found = results(doc, trials=120, patients=120)
    assert (found.opened.sum(axis=1) == 1).all()
    assert set(np.unique(found.named)) == {0, 1}
    assert not (found.treated[:, 2:] - found.run_in[:, 1:]).any()


def test_one_dose_left_is_a_t_test_where_mcp_mod_was_planned() -> None:
    """By hand: the difference of the two arm means over its standard error against Student's quantile."""
    from scipy.stats import t as student

    from marrowdose.trial.dose_ranging.looks import Seen

    doc = document(analysis=MCPMOD)
    inner = planned(doc).design.analysis
    analysis = among(replace(inner, looks=()), (0.0, 10.0))
    assert isinstance(analysis, ContrastAnalysis)
    assert [c.label for c in analysis.candidates] == ["linear"]
    rng = np.random.default_rng(1)
    arm = np.tile([0, 1], (200, 20))
    values = rng.normal(size=(200, 40, 1)) + 0.5 * arm[..., None]
    seen = Seen(
        doses=(0.0, 10.0),
        values=values,
        arm=arm,
        baseline=rng.normal(size=(200, 40)),
        stage=np.zeros(40, int),
        kept=np.ones((200, 2), bool),
        look=0,
        last=True,
    )
    found = analysis.verdict(seen, np.full((200, 2), 0.5))
    m = seen.means
    c = m.covariance
    statistic = (m.last[:, 1] - m.last[:, 0]) / np.sqrt(c[:, 0, 0] + c[:, 1, 1] - 2 * c[:, 0, 1])
    np.testing.assert_array_equal(found.positive, statistic > student.ppf(0.975, m.df))
    assert 0 < found.positive.sum() < 200
    np.testing.assert_array_equal(found.named, found.positive)


def test_shapes_that_the_open_arms_cannot_fit_are_left_out() -> None:
    inner = planned(document(analysis=MCPMOD)).design.analysis
    labels = {n: [c.label for c in among(inner, (0.0, 10.0, 25.0, 50.0)[:n]).candidates] for n in (2, 3, 4)}  # type: ignore[attr-defined]
    assert labels == {2: ["linear"], 3: ["linear", "emax=15"], 4: ["linear", "emax=15", "sigemax=40,3"]}


def test_places_of_closed_arms() -> None:
    design = planned(document()).design
    opened = (True, True, False, False)
    assert part_two(design, opened).patients == 300
    dropped = part_two(design, opened, "dropped")
    assert (dropped.patients, dropped.allocation) == (200, (2.0, 1.0, 1.0))


def test_no_safe_dose_ends_the_trial() -> None:
    found = results(document("toxicity = [1.0, 1.0, 1.0, 1.0]"), trials=20)
    assert not found.opened.any()
    assert (found.named == 0).all()
    assert (found.look == -1).all()
    np.testing.assert_array_equal(found.treated.sum(axis=1), 3)
    np.testing.assert_array_equal(found.months, found.run_in_months)
    assert np.isnan(found.benefit).all()


def test_open_doses_follow_the_exact_paths() -> None:
    """Every set of open doses as often as all paths of the run-in say, within four standard errors."""
    doc = document("toxicity = [0.05, 0.15, 0.3, 0.45]", *PLANNED)
    plan, trials = planned(doc), 2000
    assert plan.run_in.truth is not None
    exact = sets_record(exact_sets(plan, all_paths(plan.run_in.design, plan.run_in.truth)))
    found = results(doc, trials=trials, patients=30)
    assert sum(exact.values()) == pytest.approx(1)
    for name, p in exact.items():
        doses = [] if name == "none" else [float(x) for x in name.removesuffix(" M").split(", ")]
        row = [d in doses for d in (10.0, 25.0, 50.0, 100.0)]
        share = (found.opened == row).all(axis=1).mean()
        assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / trials) + 1e-3 * (p < 1e-3), name


def test_workers_do_not_matter() -> None:
    doc = document("toxicity = [0.05, 0.15, 0.3, 0.45]")
    one, two = (results(doc, trials=510, patients=40, way=Way(processes=n)) for n in (1, 2))
    same(one, two)


def test_type_one_error_whatever_the_run_in_left_open() -> None:
    """2,000 trials without any effect: 2.5 % is not exceeded by more than three standard errors (0.35 %)."""
    doc = document(
        "toxicity = [0.05, 0.15, 0.3, 0.45]", ("looks = [0.5, 0.75]", "looks = []"), analysis=MCPMOD
    )
    found = results(doc, "null", trials=2000, patients=120)
    assert abs(found.positive.mean() - 0.025) < 3 * np.sqrt(0.025 * 0.975 / 2000)
    assert len(np.unique(found.opened, axis=0)) >= 4


def test_cells_of_both_parts() -> None:
    """[reality] says what holds of the product; people without one are replaced in the run-in, which so takes
    longer.
    """
    doc = document(TOXICITY, ("failure = 0.02", "failure = 0.5"))
    cells = planned(doc).run_in.design.cells
    assert (cells.dose_cv, cells.failure) == (0.1, 0.5)
    assert (
        results(doc, trials=50).run_in_months.mean() > results(document(), trials=50).run_in_months.mean() + 3
    )


def with_stratum(shift: float = 0.0, seed: int = 2) -> tuple[Any, Any, Any, Any]:
    """Two visits of 90 randomised patients in 3 arms with gaps, then 12 of a run-in in arms 1 and 2."""
    rng = np.random.default_rng(seed)
    arm = np.tile(np.append(np.arange(90) % 3, [1, 2] * 6), (4, 1))
    stratum = np.arange(102) >= 90
    values = rng.normal(size=(4, 102, 2)).cumsum(axis=2) + arm[..., None] + shift * stratum[:, None]
    values[:, 5:100:7, 1] = np.nan
    return values, arm, rng.normal(size=(4, 102)), stratum


def test_a_stratum_is_a_covariate() -> None:
    """Without gaps: least squares with one more column; its means are those of the randomised patients."""
    values, arm, baseline, stratum = with_stratum(3.0)
    y = np.nan_to_num(values)[:, :, 1:]
    found = visit_means(y, arm, baseline, 3, stratum)
    for t in range(4):
        x = np.column_stack([arm[t][:, None] == np.arange(3), baseline[t] - baseline[t].mean(), stratum])
        slopes, rss = np.linalg.lstsq(x.astype(float), y[t, :, 0])[:2]
        cov = np.linalg.inv(x.T.astype(float) @ x) * rss / (102 - 5)
        np.testing.assert_allclose(found.last[t], slopes[:3], rtol=1e-9)
        np.testing.assert_allclose(found.covariance[t], cov[:3, :3], rtol=1e-9)


def test_a_stratum_informs_differences_between_doses_alone() -> None:
    """A constant added to all its scores changes nothing; nobody of it seen is nobody there; placebo gains
    nothing.
    """
    values, arm, baseline, stratum = with_stratum()
    found, moved = (visit_means(v, arm, baseline, 3, stratum) for v in (values, with_stratum(50.0)[0]))
    np.testing.assert_allclose(found.last, moved.last, atol=1e-9)
    np.testing.assert_allclose(found.covariance, moved.covariance, atol=1e-9)
    alone = visit_means(values[:, :90], arm[:, :90], baseline[:, :90], 3)

    def spread(c: Any, a: int, b: int) -> Any:
        return c.covariance[:, a, a] + c.covariance[:, b, b] - 2 * c.covariance[:, a, b]

    factor = spread(found, 1, 2) / spread(alone, 1, 2)
    assert (factor < spread(found, 0, 1) / spread(alone, 0, 1)).all()
    gone = values.copy()
    gone[:, 90:] = np.nan
    without = visit_means(gone, arm, baseline, 3, stratum)
    np.testing.assert_allclose(np.diff(without.last), np.diff(alone.last), atol=1e-9)
    only = arm.copy()
    only[:, :90][only[:, :90] == 2] = 0  # arm 2 has run-in patients alone: nothing can be said of it
    assert visit_means(values, arm, baseline, 3, stratum).ready.all()
    assert not visit_means(values, only, baseline, 3, stratum).ready.any()


STRATUM = ('scores = "apart"  ', 'scores = "stratum"')


def test_scores_of_the_run_in_as_a_stratum() -> None:
    """They move estimates a little and keep the type-I error (2,000 trials, three standard errors)."""
    steep, alone = "toxicity = [0.05, 0.15, 0.3, 0.45]", ("looks = [0.5, 0.75]", "looks = []")
    apart, counted = (
        results(document(steep, alone, *more, analysis=MCPMOD), "null", trials=2000, patients=120)
        for more in ((), (STRATUM,))
    )
    np.testing.assert_array_equal(apart.treated, counted.treated)
    assert abs(counted.positive.mean() - 0.025) < 3 * np.sqrt(0.025 * 0.975 / 2000)
    away = counted.benefit - apart.benefit
    assert 0.1 < np.nanstd(away) < 2
    assert abs(np.nanmean(away)) < 4 * np.nanstd(away) / np.sqrt(2000)


HISTORY = "dose,toxic\n" + "10,0\n" * 3 + "25,0\n" * 3 + "50,0\n" * 3 + "100,1\n" * 3 + "50,0\n" * 6


def test_the_bedside_names_the_next_dose_and_then_those_that_go_on(tmp_path: Path) -> None:
    plan = planned(document())
    for text, wanted in ((HISTORY, [10, 25, 50]), (HISTORY[:40], None)):
        path = tmp_path / "history.csv"
        path.write_text(text, encoding="utf-8")
        history = read_history(path, plan.run_in.design)
        told, said = going_on(plan, after_run_in(plan, history, next_dose(plan.run_in.design, history)))
        assert told["open_doses"] == wanted
        if wanted:
            assert said[0] == "Part two randomises placebo and 10, 25, 50 million cells; closed: 100."
