"""What a design counts as toxicity under the published trials: serious events or local reactions, each with
its source.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from marrowdose.cli import main
from marrowdose.domain import EvidenceRow
from marrowdose.evidence.counts import HarmCount
from marrowdose.synthesis.fit import shipped_fit
from marrowdose.synthesis.serious import REFERENCE, SeriousEvents, serious_counts
from marrowdose.trial.by_dose import drawn_truth
from marrowdose.trial.dose_finding.characteristics import characteristics
from marrowdose.trial.dose_finding.file import read_design
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.truths.harm import stands_for
from marrowdose.trial.truths.named import Named, truth_of

TEMPLATES = files("marrowdose").joinpath("trial/templates")
OBD = read_design(str(TEMPLATES.joinpath("obd.toml")))[0]
LEVELS = (np.arange(20_000) + 0.5) / 20_000


def test_the_counts_are_those_of_the_fit() -> None:
    found = serious_counts(shipped_fit().record.harm_counts)
    told = shipped_fit().record.serious
    assert (found.events, found.at_risk) == (told.events, told.at_risk)
    assert all(row.startswith("safety.csv:") for row in found.rows)


def test_a_count_over_several_arms_never_stands_beside_them() -> None:
    def count(study: str, pooled: bool, events: float, source: str = "bm_msc") -> HarmCount:
        return HarmCount(
            study=study,
            arm="",
            category="serious",
            source=source,
            dose=None,
            pooled=pooled,
            events=events,
            at_risk=10.0,
            row=EvidenceRow(study),
        )

    found = serious_counts(
        [count("a", False, 1), count("a", True, 2), count("b", True, 3), count("c", False, 9, "ad_msc")]
    )
    assert (found.events, found.at_risk, found.rows) == (4, 20, ("a", "b"))


def test_at_the_dose_of_the_trials_it_is_the_beta_posterior() -> None:
    found = SeriousEvents(events=2, at_risk=30, rows=())
    drawn = found.probability(LEVELS, np.full(len(LEVELS), 0.7), np.array([REFERENCE, 0.0, 90.0]))
    assert drawn[:, 0].mean() == pytest.approx(2.5 / 31, rel=1e-4)
    assert drawn[:, 0] == pytest.approx(beta.ppf(LEVELS, 2.5, 28.5), rel=1e-9)
    odds = drawn / (1 - drawn)
    assert odds[:, 2] / odds[:, 1] == pytest.approx(np.full(len(LEVELS), 10**0.7), rel=1e-6)  # log(1 + 90/10)


@given(st.integers(0, 20), st.integers(1, 200), st.floats(0, 1))
def test_more_events_and_more_cells_are_never_safer(events: int, more: int, slope: float) -> None:
    people, doses = float(events + more), np.array([1.0, 10.0, 50.0, 150.0])
    u = np.array([0.01, 0.5, 0.99])
    few, many = (
        SeriousEvents(events=float(e), at_risk=people, rows=()).probability(u, np.full(3, slope), doses)
        for e in (events, events + 1)
    )
    assert np.all(many >= few * (1 - 1e-9))
    assert np.all(np.diff(few, axis=1) >= -1e-15)
    assert np.all((few >= 0) & (few <= 1))


def test_designs_go_on_under_serious_events_and_often_end_under_any_reaction() -> None:
    ended = {}
    for harm in ("serious", "local"):
        truth = drawn_truth(Named("posterior"), replace(OBD, harm=harm))
        found = characteristics(OBD, truth, simulate(OBD, truth, 400))
        ended[harm] = dict(found.ended)["no dose allowed"].value
        assert truth.toxicity_is == stands_for(harm)
    assert ended["serious"] < 0.02  # 400 trials, at most 0.2 % expected
    assert ended["local"] > 0.1  # SE 0.02 about 0.22


def test_longitudinal_truths_count_reactions_unless_asked() -> None:
    doses, trials = np.array([10.0, 100.0]), np.arange(500)
    for name in ("posterior", "posterior-mean", "curve:emax"):
        rare, usual = (truth_of(name, harm=h).harm(trials, doses).mean(axis=0) for h in ("serious", "local"))
        assert np.all(rare < 0.02)
        assert np.all(usual > 0.1)
        assert np.array_equal(truth_of(name).harm(trials, doses).mean(axis=0), usual)
    assert np.array_equal(
        truth_of("plateau", harm="serious").harm(trials, doses), truth_of("plateau").harm(trials, doses)
    )


def test_report_and_protocol_say_what_toxicity_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "d.toml"
    text = TEMPLATES.joinpath("escalation.toml").read_text(encoding="utf-8")
    for harm, endpoint in (
        ("serious", "a serious adverse event of any cause"),
        ("local", "swelling or effusion"),
    ):
        path.write_text(text.replace('harm = "serious"', f'harm = "{harm}"'))
        assert main(["trial", "protocol", str(path), "--truth", "posterior", "--trials", "50"]) == 0
        said = capsys.readouterr().out
        assert endpoint in said
        assert "safety.csv:" in said
    assert (
        main(["trial", "run", str(path), "--truth", "posterior", "--trials", "50", "--harm", "serious"]) == 0
    )
    assert "of 71 patients" in capsys.readouterr().out
    text = text.replace('harm = "serious"', 'harm = "mild"')
    path.write_text(text)
    for words in (
        ["trial", "run", str(path)],
        ["trial", "run", str(TEMPLATES.joinpath("obd.toml")), "--harm=local"],
        ["trial", "run", str(TEMPLATES.joinpath("obd.toml")), "--truth=plateau", "--harm=local"],
        ["trial", "run", str(TEMPLATES.joinpath("dose-ranging.toml")), "--harm=local"],
    ):
        assert main(words) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "harm" in said
