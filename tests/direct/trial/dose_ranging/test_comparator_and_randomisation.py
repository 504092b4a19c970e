"""An active arm, a background treatment and randomisation of dose-ranging trials against what they are said
to be.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t as student

from marrowdose.cli import main
from marrowdose.files.toml import Document, parse_document
from marrowdose.statistics.repeated import mmrm
from marrowdose.synthesis.fit import shipped_fit
from marrowdose.trial.dose_ranging.comparator import Background, Comparator
from marrowdose.trial.dose_ranging.design import Ranging
from marrowdose.trial.dose_ranging.file import read_ranging
from marrowdose.trial.dose_ranging.looks import Seen
from marrowdose.trial.dose_ranging.persons import Reality, analysed, draw_persons, follow
from marrowdose.trial.dose_ranging.randomisation import Randomisation
from marrowdose.trial.dose_ranging.simulate import simulate
from marrowdose.trial.dose_ranging.versus import versus
from marrowdose.trial.truths.named import preset, read_scenario, truth_of
from marrowdose.trial.truths.truth import Truth, posterior
from places import TEMPLATES

GOOD = (TEMPLATES / "dose-ranging.toml").read_text(encoding="utf-8")
PLAIN = (
    '[design]\ntype = "dose-ranging"\nname = "x"\ndoses = [0, 25, 100]\nvisits = [6, 12]\npatients = 160\n'
)
MCP = PLAIN + '[analysis]\nmethod = "mcp-mod"\ncandidates = ["linear", "emax=20"]\n'
MONTHS = (6.0, 12.0)


def design(text: str) -> Ranging:
    return read_ranging(parse_document(text, "design.toml")).design


def stated(points: float, largest: float = 10.0, sd: float = 20.0) -> Truth:
    table = {
        "effect": {"shape": "plateau", "largest": largest},
        "ha": {"months": [6, 12], "points": [points, points]},
        "patients": {"sd": sd},
    }
    return read_scenario(Document(path="here", data=table))


def test_the_active_arm_is_compared_as_the_mixed_model_would() -> None:
    """Difference, interval and test from the means of all arms, the comparator's covariance and df with
    them.
    """
    truth, reality = stated(6.0), Reality(lost=0.2)
    people = draw_persons(truth, reality, np.arange(5), 120, MONTHS, 2)
    arm = np.broadcast_to(np.arange(120) % 4, (5, 120))
    course = follow(truth, reality, people, np.array([0.0, 25.0, 100.0, 0.0])[arm], MONTHS)
    values = analysed(course, "hypothetical", reality)
    seen = Seen(
        doses=(0.0, 25.0, 100.0),
        values=values,
        arm=arm,
        baseline=people.baseline,
        stage=np.zeros(120, int),
        kept=np.ones((5, 3), bool),
        look=0,
        last=True,
        off_axis=1,
    )
    rule = Comparator(looks=(), compared=2)
    told, shown = rule.against(seen)
    means, covariance = mmrm(values, arm, baseline=people.baseline).visit()
    np.testing.assert_allclose(told[:, :, 0], means[:, :3] - means[:, 3:], atol=1e-4)
    every = seen.every_mean.covariance
    np.testing.assert_allclose(every, covariance, rtol=0.15, atol=0.2)
    spread = np.sqrt(every[:, 1, 1] + every[:, 3, 3] - 2 * every[:, 1, 3])
    df = seen.every_mean.df
    np.testing.assert_allclose(told[:, 1, 2] - told[:, 1, 0], student.ppf(0.975, df) * spread, rtol=1e-9)
    lower = told[:, 1, 0] - student.ppf(1 - 0.0125, df) * spread
    assert (shown[:, 0] == (lower > 0)).all()
    assert replace(rule, question="non-inferiority", margin=50.0).against(seen)[1].all()


def test_error_is_shared_among_doses_and_spent_over_looks() -> None:
    assert Comparator(looks=(), compared=4).levels == pytest.approx([0.025 / 4])
    spent = Comparator(looks=(0.3, 0.6), compared=2).levels
    assert len(spent) == 3
    assert spent[0] == pytest.approx(
        0.0125 * np.log(1 + (np.e - 1) * 0.3), rel=1e-6
    )  # Lan and DeMets, Pocock
    assert spent.max() < 0.0125 < spent.sum()


@pytest.mark.parametrize("text", [GOOD, MCP], ids=["smallest sufficient", "mcp-mod"])
def test_the_active_arm_counts_and_stays_off_the_dose_axis(text: str) -> None:
    """With it, who is in it is fixed; moving only its effect changes its own estimates and nothing on the
    dose axis.
    """
    made = replace(design(text + "\n[comparator]\nallocation = 2\nharm = 0.5\n"), reality=Reality())
    own = 2 / sum(made.parts)
    low, high = (simulate(made, stated(points), 60, seed=3) for points in (0.0, 30.0))
    assert made.parts[-1] == 2
    np.testing.assert_allclose(low.treated[:, -1] / low.treated.sum(axis=1), own, atol=0.02)
    np.testing.assert_array_equal(low.treated, high.treated)
    np.testing.assert_allclose(low.benefit, high.benefit, rtol=1e-9, atol=1e-8)
    np.testing.assert_array_equal(low.named, high.named)
    assert low.versus is not None
    assert high.versus is not None
    np.testing.assert_allclose(low.versus[:, :, :2] - 30, high.versus[:, :, :2], atol=1e-6)
    np.testing.assert_allclose(low.versus[:, 1:, 3], low.truth, atol=1e-9)
    share = low.harmed[:, -1].sum() / low.treated[:, -1].sum()
    assert share == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / low.treated[:, -1].sum()))


def test_an_arm_more_meets_the_same_persons() -> None:
    """Where neither cells nor the comparator do anything, nobody's course depends on the arm."""
    truth, plain = stated(0.0, largest=0.0), replace(design(MCP), reality=Reality(lost=0.2, rescue=0.5))
    a, b = (
        simulate(d, truth, 40, seed=9)
        for d in (plain, replace(design(MCP + "[comparator]\n"), reality=plain.reality))
    )
    np.testing.assert_array_equal(a.months, b.months)
    np.testing.assert_array_equal(a.lost, b.lost)
    assert a.versus is None
    assert a.treated.sum() == b.treated.sum()


def test_background_shifts_everybody_and_scales_the_benefit() -> None:
    """Two backgrounds that differ only in interaction: truths in proportion; placebo improves by the
    background.
    """
    alone = design(MCP)
    truth = stated(7.0, sd=0.2)
    none = simulate(alone, truth, 5, seed=1)
    added = simulate(replace(alone, background=Background()), truth, 5, seed=1)
    less = simulate(replace(alone, background=Background(interaction=-0.4)), truth, 5, seed=1)
    np.testing.assert_allclose(added.truth, none.truth)
    np.testing.assert_allclose(less.truth, 0.6 * none.truth)
    np.testing.assert_allclose(less.benefit, less.truth, atol=0.4)
    composite = replace(alone, estimand="composite", reality=Reality(responder=24.0))
    shares = [
        simulate(replace(composite, background=b), truth, 20, seed=1).benefit.mean()
        for b in (None, Background())
    ]
    assert shares[0] > shares[1] + 5  # with the background, many respond on placebo


def test_background_harm_is_added_independently() -> None:
    base = preset("plateau")
    beneath = Background(harm=0.25).beneath(base)
    doses, trials = np.array([0.0, 50.0]), np.arange(3)
    np.testing.assert_allclose(beneath.harm(trials, doses), 1 - 0.75 * (1 - base.harm(trials, doses)))


def test_the_posterior_gives_the_active_arm_its_published_course() -> None:
    truth, trials = posterior(shipped_fit(), seed=0), np.arange(4000)
    months = np.array([3.0, 12.0])
    drawn = truth.active(trials, "ha", months)
    whole = shipped_fit().mixture(0).comparator("ha", months)
    error = whole.std(axis=0) / np.sqrt(len(trials))
    assert (np.abs(drawn.mean(axis=0) - whole.mean(axis=0)) < 4 * error).all()
    assert drawn.std(axis=0) == pytest.approx(whole.std(axis=0), rel=0.1)
    np.testing.assert_allclose(truth_of("null").active(trials[:2], "ha", months)[0], whole.mean(axis=0))


def test_characteristics_against_the_active_arm() -> None:
    made = design(MCP + "[comparator]\nmargin = 2\n")
    found = simulate(made, stated(4.0), 400, seed=6)
    told = versus(found, 2.0)
    assert told.true_benefit.value == pytest.approx(4.0)
    assert abs(told.bias.value) < 4 * told.bias.monte_carlo_se
    assert all(abs(b.value) < 4 * b.monte_carlo_se for b in told.difference_bias)
    assert all(abs(c.value - 0.95) < 4 * 0.011 for c in told.difference_coverage)
    assert told.named_shown.value <= max(s.value for s in told.shown) * 2
    assert found.shown is not None
    by_hand = [
        p and n > 0 and bool(s[n - 1])
        for p, n, s in zip(found.positive, found.named, found.shown, strict=True)
    ]
    assert told.named_shown.value == pytest.approx(np.mean(by_hand))
    assert told.error.value == 0  # every dose is truly more than 2 points better


def test_renewal_at_every_patient_and_limits_hold() -> None:
    made = design(GOOD.replace("adapt = 0.5", "adapt = 1.5"))
    free, tight = Randomisation(every=5, burn_in=60), Randomisation(every=5, burn_in=60, least=0.1, cap=0.2)
    found = [
        simulate(
            replace(made, looks=(), reality=Reality(per_month=2.0), randomisation=r),
            preset("falling"),
            30,
            seed=2,
        ).treated
        for r in (free, tight)
    ]
    assert found[0][:, 1:].max() > found[1][:, 1:].max()
    # 60 patients as planned, then a share of the other 240 within limits, each with chance
    room = 240 * 0.2 + 10 + 5 * np.sqrt(240 * 0.2 * 0.8)
    assert found[1][:, 1:].max() <= room
    assert found[1].min() >= 10 + 24 - 5 * np.sqrt(240 * 0.1 * 0.9)


def test_a_command_shows_the_arm_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, page, rows = tmp_path / "a.toml", tmp_path / "a.html", tmp_path / "a.parquet"
    path.write_text(GOOD + '\n[comparator]\nquestion = "non-inferiority"\nmargin = 3\n', encoding="utf-8")
    other = tmp_path / "b.toml"
    other.write_text(GOOD.replace('name = "', 'name = "no such arm '), encoding="utf-8")
    common = ["--trials", "40", "--truth", "plateau"]
    assert main(["trial", "run", str(path), *common, "--html", str(page)]) == 0
    text = capsys.readouterr().out
    assert "named dose shown not inferior to hyaluronic acid by 3 points" in text
    assert "Estimated difference from hyaluronic acid" in page.read_text(encoding="utf-8")
    assert main(["trial", "run", str(path), *common, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["comparator"]
    assert told["asked"] == "not inferior to hyaluronic acid by 3 points"
    assert len(told["doses"]) == 4
    assert told["patients"]["value"] > 30
    assert main(["trial", "compare", str(path), str(other), *common, "--parquet", str(rows)]) == 0
    capsys.readouterr()
    import pyarrow.parquet as pq

    table = pq.read_table(rows).to_pydict()
    assert sum(x is None for x in table["difference_25"]) == 40
    assert sum(x is not None for x in table["shown_25"]) == 40
    assert main(["trial", "protocol", str(path), *common]) == 0
    assert "hyaluronic acid" in capsys.readouterr().out
